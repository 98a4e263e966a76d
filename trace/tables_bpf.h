/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Structures that the eBPF programs for KVM's tables (tables.bpf.c) share with their loader
 * (tables.c).
 */
#ifndef NB_TRACE_TABLES_BPF_H
#define NB_TRACE_TABLES_BPF_H

#include <linux/types.h>

#define TABLES_ROOTS 4 /* of ept02: the root in use and KVM's previous roots (KVM_MMU_NUM_PREV_ROOTS) */

/* A topmost table and its EPTP. For ept02, the EPTP is the one that L1 set for ept12. */
struct tables_root {
	__u64 address; /* host-physical; all ones: none */
	__u64 eptp;
};

struct tables_roots {
	struct tables_root ept01, ept02[TABLES_ROOTS]; /* ept02[0] is in use */
	__u32 levels01, levels02;
	__u64 entered; /* the topmost table of ept02 at the last entry of L2; 0: L2 was never entered */
};

/* Memory that programs and loader share. */
struct tables_exchange {
	__u64 vcpu;  /* the vCPU's kernel address, from its last entry; 0: no entry yet */
	__u64 base;  /* virtual address at which the kernel maps all physical memory; 0: not looked up yet */
	__s64 error; /* result of the last program: 0, or a negative error number */
	struct tables_roots roots;
	__u64 address, word; /* host-physical address, and the word there */
};

#endif
