/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Finds out what this machine's kernel permits with eBPF. It tries each feature and compares no
 * version numbers. A missing feature comes with its reason and its remedy, so that `doctor` and the
 * tracer say the same.
 */
#ifndef NB_ABILITY_H
#define NB_ABILITY_H

#include <stdbool.h>
#include <stddef.h>

enum trace_source {
	TRACE_SOURCE_NONE,
	TRACE_SOURCE_ATTACHED, /* a program was attached to it for a moment */
	TRACE_SOURCE_BTF,      /* we may not attach, but the kernel's types name it */
	TRACE_SOURCE_TRACEFS,  /* we may not attach, but tracefs names it */
};

struct trace_ability {
	bool load;           /* the kernel accepted a raw tracepoint program */
	int load_error;      /* errno of the load; 0 if load */
	char load_why[160];  /* the reason; "" if load */
	char load_todo[160]; /* the remedy; "" if load */

	bool btf;            /* /sys/kernel/btf/vmlinux exists and is readable: CO-RE works */
	bool btf_kvm;        /* types of kvm exist, in the BTF of its module or, if built in, of vmlinux */
	bool btf_vendor;     /* the same for kvm_intel or kvm_amd; fentry on their exit handler needs it */
	char btf_found[160]; /* where these types are, or which are missing */

	enum trace_source tracepoints;        /* kvm:kvm_entry and kvm:kvm_exit */
	enum trace_source nested_tracepoints; /* kvm:kvm_nested_vmexit */
};

/* Fills *ability completely. It needs no privilege to run. */
void trace_ability__probe(struct trace_ability *ability);

/*
 * Fills load and the load_* members for an errno of loading a program; 0 means success. root tells
 * whether the process runs as root. Only trace_ability__probe() and its test call it.
 */
void trace_ability__explain(int error, bool root, struct trace_ability *ability);

#endif
