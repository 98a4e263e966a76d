/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What this machine's kernel lets us do with eBPF, found out by doing it: no version numbers are compared.
 * Lacks come with their reason and with what to do, so that `doctor` and the tracer say the same.
 */
#ifndef NB_ABILITY_H
#define NB_ABILITY_H

#include <stdbool.h>
#include <stddef.h>

enum trace_source {
	TRACE_SOURCE_NONE,
	TRACE_SOURCE_ATTACHED, /* a program was attached to it for a moment */
	TRACE_SOURCE_BTF,      /* we may not attach, but the kernel's types name it */
	TRACE_SOURCE_TRACEFS,  /* or tracefs does */
};

struct trace_ability {
	bool load;           /* the kernel took a raw tracepoint program from us */
	int load_error;      /* errno if not */
	char load_why[160];  /* why not; "" if load */
	char load_todo[160]; /* what to do about it; "" if load */

	bool btf;            /* /sys/kernel/btf/vmlinux is there and readable: CO-RE works */
	bool btf_kvm;        /* kvm's types, in a BTF of its own or, built in, in vmlinux's */
	bool btf_vendor;     /* the same for kvm_intel or kvm_amd: what fentry on their exit handler needs */
	char btf_found[160]; /* where these are, or which is missing */

	enum trace_source tracepoints;        /* kvm:kvm_entry and kvm:kvm_exit */
	enum trace_source nested_tracepoints; /* kvm:kvm_nested_vmexit */
};

void trace_ability__probe(struct trace_ability *ability);

/* The words for an errno of loading a program; `root`: we are. For trace_ability__probe() and its test. */
void trace_ability__explain(int error, bool root, struct trace_ability *ability);

#endif
