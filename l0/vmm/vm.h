/* SPDX-License-Identifier: GPL-2.0-only */
/* One virtual machine on the KVM API: one vCPU, prefaulted memory, a PVH image and its modules. */
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
	uint8_t *memory; /* address of the region in this process */
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
	const char *module[NB_PVH_MODULES_MAX]; /* paths, in the order of modules; a repeated path is loaded once */
	unsigned modules;
	const char *cmdline;
	bool nested;         /* the image needs VMX */
	unsigned memory_mib; /* MiB of the region at 0 */
	unsigned high_mib;   /* MiB of a second region at 1 GiB, for guests with memory aligned to 1 GiB; 0: none */
};

/*
 * Makes the machine ready to enter the image. Returns NB_EXIT_GOOD; or, after a message,
 * NB_EXIT_FAILED or NB_EXIT_SKIPPED (no /dev/kvm, no permission, no nested VMX). The caller may
 * call vm__destroy() in any case.
 */
int vm__create(struct vm *vm, const struct vm_plan *plan);
/* Frees all resources of the VM. */
void vm__destroy(struct vm *vm);

/*
 * Returns this process's pointer to guest-physical [address, address + bytes), or NULL if the range
 * is not in one region.
 */
void *vm__memory(const struct vm *vm, uint64_t address, uint64_t bytes);

/*
 * Opens /dev/kvm. Returns -1 after a message with the remedy if it cannot be opened or has another
 * API version.
 */
int kvm__open(void);

#endif
