/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the eBPF programs that read KVM's tables (tables.bpf.c) and their loader (tables.c) have in common.
 */
#ifndef NB_TRACE_TABLES_BPF_H
#define NB_TRACE_TABLES_BPF_H

#include <linux/types.h>

#define TABLES_ROOTS 4 /* of ept02: the one in use, and those that KVM keeps (KVM_MMU_NUM_PREV_ROOTS) */

/* A topmost table, and whose it is: of ept02 the EPTP that L1 has given for ept12. */
struct tables_root {
	__u64 address; /* host-physical; all ones: none */
	__u64 eptp;
};

struct tables_roots {
	struct tables_root ept01, ept02[TABLES_ROOTS]; /* the first one is that in use */
	__u32 levels01, levels02;
	__u64 entered; /* the topmost table of ept02 when L2 was entered last; 0: it never was */
};

/* In memory that programs and loader share. */
struct tables_exchange {
	__u64 vcpu;  /* its address in the kernel, as its last entry had it; 0: none has entered */
	__u64 base;  /* where the kernel has all physical memory; 0: not looked up yet */
	__s64 error; /* of the program that has run last: 0, or a negative error number */
	struct tables_roots roots;
	__u64 address, word; /* host-physical, and what is there */
};

#endif
