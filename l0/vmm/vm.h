/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One virtual machine on the KVM API: one vCPU, prefaulted memory, a PVH image and its modules.
 */
#ifndef NB_L0_VM_H
#define NB_L0_VM_H

#include <linux/kvm.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "l0/vmm/kvm_stats.h"
#include "microbench/abi/pvh.h"

#define VM_REGIONS 2

struct vm_region {
	uint64_t address; /* guest-physical */
	uint64_t size;
	uint8_t *memory; /* ours */
};

struct vm {
	int kvm, fd, vcpu;
	struct kvm_run *run;
	size_t run_size;
	struct vm_region region[VM_REGIONS];
	unsigned regions;
	struct kvm_stats *stats;
	uint32_t entry, start_info;
};

struct vm_plan {
	const char *image;                      /* path of the PVH ELF */
	const char *module[NB_PVH_MODULES_MAX]; /* paths, from module 0 on; one that is there twice is loaded once */
	unsigned modules;
	const char *cmdline;
	bool nested;         /* the image wants VMX */
	unsigned memory_mib; /* of the region at 0 */
	unsigned high_mib;   /* of a second region at 1 GiB, for guests that want memory aligned so; 0: there is none */
};

/*
 * Makes the machine ready to enter the image. Returns NB_EXIT_GOOD, or, after a message, NB_EXIT_FAILED or
 * NB_EXIT_SKIPPED (no /dev/kvm, no right to use it, no nested VMX). vm__destroy() may follow in any case.
 */
int vm__create(struct vm *vm, const struct vm_plan *plan);
void vm__destroy(struct vm *vm);

/* Our pointer to guest-physical [address, address + bytes), or NULL if that is not memory of one region. */
void *vm__memory(const struct vm *vm, uint64_t address, uint64_t bytes);

/* Opens /dev/kvm. -1, after a message that says what to do, if that cannot be. */
int kvm__open(void);

#endif
