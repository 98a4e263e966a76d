// SPDX-License-Identifier: GPL-2.0-only
/*
 * The shadowing policies, which derive from the list of fields. The measured list of the "hot"
 * policy is below.
 */
#include "vmcs-shadow/shadow_policy.h"

#include <stddef.h>

/*
 * Fields that the exit paths of our hypervisor access, over all operations of the suite at L2. The
 * source is results/reference/results.csv: vmread.* and vmwrite.* in rows with more than one access
 * in ten executions.
 */
static const uint8_t hot_read[] = {
	VMCS_INDEX_VM_EXIT_REASON,
	VMCS_INDEX_EXIT_QUALIFICATION,
	VMCS_INDEX_VM_EXIT_INSTRUCTION_LEN,
	VMCS_INDEX_VM_EXIT_INTR_INFO,
	VMCS_INDEX_VM_EXIT_INTR_ERROR_CODE,
	VMCS_INDEX_IDT_VECTORING_INFO_FIELD,
	VMCS_INDEX_IDT_VECTORING_ERROR_CODE,
	VMCS_INDEX_GUEST_PHYSICAL_ADDRESS,
	VMCS_INDEX_VMX_INSTRUCTION_INFO,
	VMCS_INDEX_GUEST_RIP,
	VMCS_INDEX_GUEST_RFLAGS,
	VMCS_INDEX_GUEST_CR3,
	VMCS_INDEX_GUEST_CS_AR_BYTES,
	VMCS_INDEX_GUEST_INTERRUPTIBILITY_INFO,
};
static const uint8_t hot_write[] = {
	VMCS_INDEX_GUEST_RIP,
	VMCS_INDEX_GUEST_CR3,
	VMCS_INDEX_VM_ENTRY_INTR_INFO_FIELD,
	VMCS_INDEX_VM_ENTRY_EXCEPTION_ERROR_CODE,
	VMCS_INDEX_VM_ENTRY_INSTRUCTION_LEN,
	VMCS_INDEX_CPU_BASED_VM_EXEC_CONTROL,
	VMCS_INDEX_GUEST_INTERRUPTIBILITY_INFO,
	VMCS_INDEX_GUEST_ACTIVITY_STATE,
};

int shadow_policy_find(const char *name)
{
	static const char *const names[SHADOW_POLICY_COUNT] = {
#define X(policy, word, text, rule) word,
		SHADOW_POLICIES(X)
#undef X
	};

	for (int i = 0; i < SHADOW_POLICY_COUNT; i++) {
		size_t length = 0;

		while (names[i][length] && names[i][length] == name[length])
			length++;
		if (!names[i][length] && (name[length] == ' ' || name[length] == '\0'))
			return i;
	}
	return -1;
}

static bool is_hot(const struct vmcs_field_info *field, bool write)
{
	const uint8_t *list = write ? hot_write : hot_read;
	const unsigned count = write ? sizeof(hot_write) : sizeof(hot_read);

	for (unsigned i = 0; i < count; i++)
		if (&vmcs_field_info[list[i]] == field)
			return true;
	return false;
}

static bool is_legal(enum shadow_policy policy, unsigned i, bool write)
{
	const struct vmcs_field_info *field = &vmcs_field_info[i];

	switch (policy) {
#define X(name, word, text, rule)                                                                                      \
	case SHADOW_POLICY_##name:                                                                                     \
		return rule;
		SHADOW_POLICIES(X)
#undef X
	default:
		return false;
	}
}

void shadow_policy_fields(enum shadow_policy policy, const struct field_set *existing, struct field_set *read,
			  struct field_set *write)
{
	*read = *write = (struct field_set){{0}};
	for (unsigned i = 0; i < VMCS_FIELD_COUNT; i++) {
		if (is_legal(policy, i, false))
			field_set_add(read, i);
		if (is_legal(policy, i, true))
			field_set_add(write, i);
	}
	field_set_and(read, existing);
	field_set_and(write, existing);
}

void shadow_policy_bitmap(const struct field_set *set, uint8_t bitmap[4096])
{
	for (unsigned i = 0; i < 4096; i++)
		bitmap[i] = 0xff;
	for (FIELD_SET_EACH(i, set)) {
		uint32_t encoding = vmcs_field_info[i].encoding;

		bitmap[encoding / 8] &= (uint8_t) ~(1u << encoding % 8);
		if (vmcs_encoding_width(encoding) == VMCS_WIDTH_64)
			bitmap[encoding / 8] &= (uint8_t) ~(2u << encoding % 8);
	}
}
