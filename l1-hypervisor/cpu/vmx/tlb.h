/* SPDX-License-Identifier: GPL-2.0-only */
/* Discards cached translations of the guest. These names are the same in every backend. */
#ifndef HV_TLB_H
#define HV_TLB_H

#include <stdint.h>

/*
 * Executes INVEPT for one EPTP, and counts it as housekeeping. If the CPU has no single-context
 * INVEPT, it calls vmx_invalidate_all() instead and counts nothing.
 */
void tlb_flush_ept(uint64_t eptp);

/*
 * Execute INVVPID for one linear address of the guest, or for all its translations, and count it as
 * housekeeping. Without INVVPID, both do nothing. Then a guest on shadow page tables has no VPID,
 * and every VM entry and exit discards its translations.
 */
void tlb_flush_address(uint64_t linear);
void tlb_flush_guest(void);

#endif
