/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a VM exit loads from the host-state area, looked at and put back.
 */
#ifndef VMXDIFF_HOST_H
#define VMXDIFF_HOST_H

#include <stdbool.h>
#include <stdint.h>

/* Remembers how the state is to be. */
void host_init(void);

/* Puts the state right after an exit; if wanted, notes it first: of EFER these bits. */
void host_restore(bool look, uint64_t efer_bits);

#endif
