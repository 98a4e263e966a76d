/* SPDX-License-Identifier: GPL-2.0-only */
/* Checks and restores the state that a VM exit loads from the host-state area. */
#ifndef VMXDIFF_HOST_H
#define VMXDIFF_HOST_H

#include <stdbool.h>
#include <stdint.h>

/* Stores the current state as the reference for host_restore(). */
void host_init(void);

/*
 * Restores the state after an exit. If `look` is true, notes the loaded state first. `efer_bits`
 * selects the bits of EFER to note.
 */
void host_restore(bool look, uint64_t efer_bits);

#endif
