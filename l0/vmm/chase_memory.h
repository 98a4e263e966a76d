/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory for the pointer chase: the share of this computer's memory for each level, and memory of
 * this process whose page size is verified.
 */
#ifndef NB_L0_CHASE_MEMORY_H
#define NB_L0_CHASE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "microbench/pointer_chase.h"

/* The shares of the available memory. */
struct chase_shares {
	uint64_t process_set; /* bytes of the largest working set of a process; there is one set for each page size */
	unsigned guest_mib;   /* MiB of memory of a guest of KVM, and of our hypervisor's guest */
	unsigned nested_mib;  /* MiB of memory of the VM that runs our hypervisor */
};

/*
 * Returns the largest shares, for sets of at most max_set bytes, that leave a quarter of the
 * available bytes free. available == 0 means unknown: then nothing is limited by it. guests is the
 * number of VMs, and ept is the page size of ept12. With 4 KiB or 1 GiB pages in ept12, the set of
 * a guest has a smaller limit.
 */
struct chase_shares chase_memory__share(uint64_t max_set, uint64_t available, bool process, unsigned guests,
					const char *ept);

/*
 * Returns the bytes that the kernel can allocate without swapping (MemAvailable), or 0 if it does
 * not report them.
 */
uint64_t chase_memory__available(void);

/* Sets the process's share in bytes, which limits later calls of chase_memory__get(). */
void chase_memory__limit(uint64_t process_set);

/*
 * Returns prefaulted memory of this process for struct nb_chase, with only 4 KiB pages or only 2
 * MiB pages, as /proc/self/smaps reports. Each page size is mapped once, at the first call, and
 * stays mapped. Later calls must not request more. The text in .why explains why larger sets are
 * skipped.
 */
struct nb_chase_memory chase_memory__get(enum nb_chase_layout page, uint64_t wanted);

/*
 * Returns the KiB in transparent huge pages of the mapping at address. path is a text like
 * /proc/self/smaps. Returns -1 if the text does not report it.
 */
long chase_memory__huge_kib(const char *path, const void *address);

#endif
