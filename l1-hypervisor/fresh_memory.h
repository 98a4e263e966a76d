/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fresh memory (abi/services.h): guest-physical pages that are mapped at their first touch. All
 * pages of one size map to the same host page. The cost of a first touch depends on the number of
 * table levels that it needs.
 */
#ifndef HV_FRESH_H
#define HV_FRESH_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Sets the host-physical frames for fresh pages of 2 MiB and 1 GiB. Each frame is aligned to its
 * page size and starts at least 2 MiB of memory. 0 means that no suitable memory exists.
 */
void fresh_init(uint64_t frame_2m, uint64_t frame_1g);

/*
 * Makes all fresh memory untouched again, in pages of page_size bytes. Returns false if this size
 * is unsupported or has no frame.
 */
bool fresh_begin(uint64_t page_size);

/* Returns the page size of fresh memory in bytes. */
uint64_t fresh_size(void);

/*
 * Translates a guest-physical address in fresh memory to a host-physical address. Returns
 * UINT64_MAX for any other address.
 */
uint64_t fresh_host(uint64_t physical);

/*
 * Call this at an EPT violation: maps the touched page. Returns false if the address is not in
 * fresh memory. Ends the run if the EPT tables run out.
 */
bool fresh_touched(uint64_t physical);

#endif
