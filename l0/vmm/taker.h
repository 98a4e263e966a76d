/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Takes pages of a guest's memory away while it runs, as a host does that is short of memory, or moves them: when a guest asks for it by
 * NB_PORT_TAKE or NB_PORT_AWAIT (abi/ports.h). What is in them is kept, and comes back.
 */
#ifndef NB_L0_VMM_TAKER_H
#define NB_L0_VMM_TAKER_H

#include <stdbool.h>
#include <stdint.h>

/* Takes the page of 4 KiB, and gives it back at once, which no access can see but by its time. False after a message. */
bool taker__take(uint8_t *page);

/* Takes the page until it is touched, by the guest, by KVM or by us. One at a time: another one comes back then. False after a message. */
bool taker__await(uint8_t *page);

/* How many pages have come back because they were touched. UINT32_MAX: this kernel lets us wait for none. */
uint32_t taker__awaited(void);

#endif
