// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sets of fields that follow from the list of fields. The caller builds each set once at run time.
 */
#include "vmcs-shadow/field_set.h"

static void empty(struct field_set *set)
{
	for (unsigned i = 0; i < FIELD_SET_WORDS; i++)
		set->word[i] = 0;
}

void field_set_existing(struct field_set *set, const struct vmx_capabilities *cpu)
{
	empty(set);
	for (unsigned i = 0; i < VMCS_FIELD_COUNT; i++)
		if (vmcs_field_exists((enum vmcs_field_index)i, cpu))
			field_set_add(set, i);
}

void field_set_of_origin(struct field_set *set, enum vmcs_origin origin)
{
	empty(set);
	for (unsigned i = 0; i < VMCS_FIELD_COUNT; i++)
		if (vmcs_field_info[i].vmcs02 == origin)
			field_set_add(set, i);
}

void field_set_written(struct field_set *set)
{
	empty(set);
	for (unsigned i = 0; i < VMCS_FIELD_COUNT; i++) {
		enum vmcs_type type = vmcs_encoding_type(vmcs_field_info[i].encoding);

		if (vmcs_field_info[i].vmcs02 == VMCS_ORIGIN_SAME &&
		    (type == VMCS_TYPE_GUEST || type == VMCS_TYPE_EXIT_INFORMATION))
			field_set_add(set, i);
	}
	field_set_add(set, VMCS_INDEX_VM_ENTRY_INTR_INFO_FIELD);
}
