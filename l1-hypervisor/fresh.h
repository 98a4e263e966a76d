/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fresh memory (abi/services.h): guest-physical pages that are mapped when they are touched, all to one page of ours. What a first
 * touch costs depends on how many levels of tables it needs.
 */
#ifndef HV_FRESH_H
#define HV_FRESH_H

#include <stdbool.h>
#include <stdint.h>

/* All of it is untouched again. */
void fresh_begin(void);

/* Is it of fresh memory? Then our physical address of it; otherwise UINT64_MAX. */
uint64_t fresh_host(uint64_t physical);

/* An EPT violation: maps the page. False: it is none of fresh memory. */
bool fresh_touched(uint64_t physical);

#endif
