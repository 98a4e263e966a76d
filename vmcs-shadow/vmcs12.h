/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A VMCS as data: the values that a hypervisor wrote for its guest, 64 bits for each field, in the
 * order of fields.h.
 */
#ifndef VMCS_SHADOW_VMCS12_H
#define VMCS_SHADOW_VMCS12_H

#include "vmcs-shadow/fields.h"

struct vmcs12 {
	uint64_t field[VMCS_FIELD_COUNT];
};

/* The value of a field by name, as an lvalue: VMCS12(v, GUEST_RIP). */
#define VMCS12(v, name) ((v)->field[VMCS_INDEX_##name])

#endif
