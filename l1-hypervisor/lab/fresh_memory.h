/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fresh memory (abi/services.h): guest-physical pages that are mapped at their first touch. All
 * pages of one size map to the same host page. The cost of a first touch depends on the number of
 * table levels that it needs.
 */
#ifndef HV_FRESH_MEMORY_H
#define HV_FRESH_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

#include "l1-hypervisor/cpu/vcpu.h"
#include "microbench/abi/pvh.h"
#include "microbench/abi/services.h"

/*
 * Chooses the host-physical frames for fresh pages of 2 MiB and 1 GiB. Each frame is aligned to its
 * page size and starts at least 2 MiB of memory. Without such memory, pages of that size cannot be
 * used. The word fresh_tables= limits the number of tables. A bad value ends the run.
 */
void fresh_init(const struct vcpu *vcpu, const struct nb_pvh_start_info *info, const char *cmdline);

/*
 * Makes all fresh memory untouched again, in pages of page_size bytes. Returns false if this size
 * is unsupported or has no frame.
 */
bool fresh_begin(struct vcpu *vcpu, uint64_t page_size);

/* Returns the page size of fresh memory in bytes. */
uint64_t fresh_size(void);

/*
 * Translates a guest-physical address in fresh memory to a host-physical address. Returns
 * UINT64_MAX for any other address.
 */
uint64_t fresh_host(uint64_t physical);

/* The same, with the size of fresh pages. Returns false for any other address. */
bool fresh_translate(uint64_t physical, uint64_t *host, uint64_t *page_size);

/* Returns true if the guest-physical address is in fresh memory. */
static inline bool fresh_contains(uint64_t physical)
{
	return physical >= NB_FRESH && physical < NB_FRESH_END;
}

/*
 * Maps the page of fresh memory that an EPT violation has touched. Returns true. Ends the run if
 * the EPT tables run out.
 */
bool fresh_map(uint64_t physical);

#endif
