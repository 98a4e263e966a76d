/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A VMCS as data: what a hypervisor wrote for its guest, field by field, each in 64 bits, in the order of the list (fields.h).
 */
#ifndef VMCS_SHADOW_VMCS12_H
#define VMCS_SHADOW_VMCS12_H

#include "vmcs-shadow/fields.h"

struct vmcs12 {
	uint64_t field[VMCS_FIELD_COUNT];
};

/* The value of a field by name, to be read or written: VMCS12(v, GUEST_RIP). */
#define VMCS12(v, name) ((v)->field[VMCS_INDEX_##name])

#endif
