/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Checks whether the witnesses agree. Our hypervisor and KVM count the exits of the same windows
 * independently; eBPF programs do so on request. The exits that one witness predicts and the exits
 * that the other counts must be equal.
 */
#ifndef NB_AGREEMENT_H
#define NB_AGREEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * One counter of a window: "hv.exit.CPUID", "kvm.exits", ... A counter that is not in a list counts
 * as 0.
 */
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

/* Values of exits_per_op and kept_per_op if no number is predicted. */
enum {
	NB_EXITS_COUNTED = -1, /* the hypervisor's policy decides; the exits are counted but not predicted */
	NB_EXITS_UNKNOWN = -2, /* the operation is not in the list */
};

/* The merged windows of one operation in one run. */
struct nb_window_set {
	const char *op;
	const char *level; /* level of the operation: "L0", "L1", "L2" */
	const char *l0;    /* "kvm", "own" or "none" */
	enum nb_shadowing shadow_vmcs;
	int exits_per_op; /* exits of one execution to the level right below, or NB_EXITS_... */
	int kept_per_op;  /* at L2: exits that L0 handles without L1, or NB_EXITS_... */
	bool l0_shadows;  /* L0 has no EPT, so its policy decides the cost when our hypervisor writes its page tables */
	uint64_t n;       /* executions in all windows */
	uint64_t windows;
	const struct nb_counter *counters;
	size_t counter_count;
};

struct nb_agreement {
	enum nb_verdict verdict;
	char reason[160]; /* one line: the disagreement or the missing witness; "" on agreement */
	char *text;       /* on disagreement: a table of several lines, if more is known; otherwise NULL */
	bool has_total;   /* total and irq_exits were counted */
	/*
	 * Exits to L0 without interrupts, as L0 counted them; 0 on level L0. If a number is
	 * predicted, total also excludes exits that only filled a page table of L0.
	 */
	uint64_t total;
	uint64_t irq_exits;
	bool has_own;               /* the members below were counted, or our hypervisor does not run */
	uint64_t handled;           /* exits that our hypervisor handled, without interrupts */
	uint64_t vmreads, vmwrites; /* by our hypervisor, trapping or not */
};

/* Returns the knob shadow_vmcs of a configuration (l0/request/config.h). */
enum nb_shadowing nb_shadowing_of_config(const char *config);

/*
 * Returns the value of key among counters[0..count), or 0. If found is not NULL, *found tells
 * whether the key exists.
 */
uint64_t nb_counter_value(const struct nb_counter *counters, size_t count, const char *key, bool *found);

/* Checks the set and fills *agreement completely. Free it with nb_agreement_free(). */
void nb_agreement_check(const struct nb_window_set *set, struct nb_agreement *agreement);
void nb_agreement_free(struct nb_agreement *agreement);

/*
 * Returns the share of one execution in a total: (total - windows * overhead) / n. overhead is the
 * cost of a window of the `empty` operation in the same run: its closing doorbell and its first
 * resume. Returns NAN if n or empty_windows is 0.
 */
double nb_per_op(uint64_t total, uint64_t windows, uint64_t n, uint64_t empty_total, uint64_t empty_windows);

#endif
