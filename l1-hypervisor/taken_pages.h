/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pages that the level below takes away from us just when we handle a page fault of the guest's: the guest must see its one fault all
 * the same, and no other.
 */
#ifndef HV_TAKEN_H
#define HV_TAKEN_H

#include <stdbool.h>
#include <stdint.h>

/* NB_HYPERCALL_TAKE_PAGE (abi/services.h): at the guest's next page fault. False: there is no such page, or nobody who takes it. */
bool taken_arm(uint64_t request);

/* A page fault of the guest's has come to us, and nothing has been done about it yet. */
void taken_page_fault(void);

/* How many pages were taken; and how many of those came back because they were touched. UINT64_MAX: nobody below does such things. */
uint64_t taken_count(void);
uint64_t taken_awaited(void);

#endif
