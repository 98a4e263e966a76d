/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Takes pages of a guest's memory away while it runs, like a host that is short of memory or moves
 * pages. A guest requests it through NB_PORT_TAKE or NB_PORT_AWAIT (abi/ports.h). The pages keep
 * their content.
 */
#ifndef NB_L0_VMM_TAKER_H
#define NB_L0_VMM_TAKER_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Takes the 4 KiB page and restores it at once. Accesses can notice it only by their duration.
 * Returns false after a message.
 */
bool taker__take(uint8_t *page);

/*
 * Takes the page until the guest, KVM or this process touches it. There is only one missing page:
 * the next call restores it first. Returns false after a message.
 */
bool taker__await(uint8_t *page);

/*
 * Returns how many pages were restored because they were touched. Returns UINT32_MAX if the kernel
 * does not permit userfaultfd.
 */
uint32_t taker__awaited(void);

#endif
