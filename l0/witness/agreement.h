/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Do the witnesses agree? Our hypervisor and KVM count the exits of the same windows independently, and eBPF programs do where
 * they are asked to; what one predicts the other must have seen, exactly.
 */
#ifndef NB_AGREEMENT_H
#define NB_AGREEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One counter of a window: "hv.exit.CPUID", "kvm.exits", ... A counter that is not in a list counts as 0. */
struct nb_counter {
	char *key;
	uint64_t value;
};

enum nb_verdict {
	NB_AGREE,
	NB_DISAGREE,
	NB_NOT_AVAILABLE, /* a witness is missing, so nothing was checked */
};

enum nb_shadowing {
	NB_SHADOWING_UNKNOWN,
	NB_SHADOWING_OFF,
	NB_SHADOWING_ON,
};

/* Exits of one execution, where no number is predicted. */
enum {
	NB_EXITS_COUNTED = -1, /* the hypervisor's policy decides: they are counted, and that is all */
	NB_EXITS_UNKNOWN = -2, /* an operation that is not in the list */
};

/* The merged windows of one operation in one run. */
struct nb_window_set {
	const char *op;
	const char *level; /* "L0", "L1", "L2" */
	const char *l0;    /* "kvm", "own" or "none" */
	enum nb_shadowing shadow_vmcs;
	int exits_per_op; /* exits of one execution to the level right below, or NB_EXITS_... */
	int kept_per_op;  /* at L2: exits that L0 keeps for itself, or NB_EXITS_... */
	bool l0_shadows; /* L0 has no EPT: our hypervisor's writes to page tables of its own cost what L0's policy is */
	uint64_t n;      /* executions in all windows */
	uint64_t windows;
	const struct nb_counter *counters;
	size_t counter_count;
};

struct nb_agreement {
	enum nb_verdict verdict;
	char reason[160]; /* one line: what disagrees or what is missing; "" on agreement */
	char *text;       /* on disagreement: a table of several lines, if there is more to say; otherwise NULL */
	bool has_total;   /* total and irq_exits were counted */
	/*
	 * Exits to L0 without interrupts, as L0 counted them; 0 on level L0. Where a number is predicted, also without those by which
	 * only a page table of L0's was filled.
	 */
	uint64_t total;
	uint64_t irq_exits;
	bool has_own;               /* what follows was counted, or there is no hypervisor of ours to do any */
	uint64_t handled;           /* exits that our hypervisor handled, without interrupts */
	uint64_t vmreads, vmwrites; /* by our hypervisor, trapping or not */
};

/* The word "shadow_vmcs=on" or "shadow_vmcs=off" among config's words, which commas or spaces separate. */
enum nb_shadowing nb_shadowing_of_config(const char *config);

/* The value of key among counters[0..count), and in *found (unless NULL) whether it is there. */
uint64_t nb_counter_value(const struct nb_counter *counters, size_t count, const char *key, bool *found);

/* Fills *agreement completely. Free it with nb_agreement_free(). */
void nb_agreement_check(const struct nb_window_set *set, struct nb_agreement *agreement);
void nb_agreement_free(struct nb_agreement *agreement);

/*
 * What one execution adds to a total: (total - windows * overhead) / n. A window's overhead (its closing doorbell, its
 * first resume) is what a window of the `empty` operation cost in the same run. NAN if n or empty_windows is 0.
 */
double nb_per_op(uint64_t total, uint64_t windows, uint64_t n, uint64_t empty_total, uint64_t empty_windows);

#endif
