/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory for the pointer chase: how much of this computer's each level gets, and what this process has in pages of a size that is proven.
 */
#ifndef NB_L0_CHASE_MEMORY_H
#define NB_L0_CHASE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "microbench/pointer_chase.h"

/* What `available` bytes of memory are shared into. */
struct chase_shares {
	uint64_t process_set; /* the largest working set of a process, bytes; each page size has one */
	unsigned guest_mib;   /* memory of a guest of KVM, and of our hypervisor's guest */
	unsigned nested_mib;  /* memory of the guest that our hypervisor is */
};

/*
 * The largest shares, of what max_set bytes want, that leave a quarter of `available`. guests: how many VMs there will be; ept: page size of
 * ept12, as our hypervisor has tables for so much small pages, and huge ones come from memory of their own.
 */
struct chase_shares chase_memory__share(uint64_t max_set, uint64_t available, bool process, unsigned guests,
					const char *ept);

/* Bytes that the kernel could give without swapping (MemAvailable); 0 if it does not tell. */
uint64_t chase_memory__available(void);

/* The process' share: from now on chase_memory__get() gives no more. */
void chase_memory__limit(uint64_t process_set);

/*
 * Memory of this process for struct nb_chase, prefaulted: of pages of 4 KiB alone, or of 2 MiB alone, as /proc/self/smaps has it. Each kind is
 * mapped once, when it is first wanted, and stays: later wishes are not larger.
 */
struct nb_chase_memory chase_memory__get(enum nb_chase_layout page, uint64_t wanted);

/* KiB in transparent huge pages of the mapping at address, by a text like /proc/self/smaps; -1 if it does not tell. */
long chase_memory__huge_kib(const char *path, const void *address);

#endif
