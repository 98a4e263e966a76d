/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fresh memory (abi/services.h): guest-physical pages that are mapped when they are touched, all of a size to one page of ours. What a
 * first touch costs depends on how many levels of tables it needs.
 */
#ifndef HV_FRESH_H
#define HV_FRESH_H

#include <stdbool.h>
#include <stdint.h>

/* Where pages of 2 MiB and of 1 GiB shall lead: memory that nobody else has, at least 2 MiB of it; or 0: there is none that is aligned so. */
void fresh_init(uint64_t frame_2m, uint64_t frame_1g);

/* All of it is untouched again, in pages of this size. False: there are none, or no memory for one. */
bool fresh_begin(uint64_t page_size);

/* The size of its pages. */
uint64_t fresh_size(void);

/* Is it of fresh memory? Then our physical address of it; otherwise UINT64_MAX. */
uint64_t fresh_host(uint64_t physical);

/* An EPT violation: maps the page. False: it is none of fresh memory. */
bool fresh_touched(uint64_t physical);

#endif
