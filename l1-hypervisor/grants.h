/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Wishes of the guest (microbench/wishes.h): which of them this CPU lets us grant, and granting them.
 */
#ifndef HV_GRANTS_H
#define HV_GRANTS_H

#include <stdbool.h>
#include <stdint.h>

/* Bits of NB_WISH_... that can be granted. */
uint32_t grants_offered(void);

/* Grants exactly these from now on. False if one of them is not offered. */
bool grants_set(uint32_t wishes);

#endif
