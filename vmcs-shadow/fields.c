// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of VMCS fields and the two ways to look one up.
 * What can be checked about the list without running anything is checked here, at compile time.
 */
#include "fields.h"

#define FIELD_INFO(name, encoding, shadowed) [VMCS_INDEX_##name] = {#name, encoding, VMCS_SHADOWED_##shadowed},
const struct vmcs_field_info vmcs_field_info[VMCS_FIELD_COUNT] = {VMCS_FIELDS(FIELD_INFO)};

/* Linux 6.1 shadows 35 fields; its file has 36 rows, as GUEST_PHYSICAL_ADDRESS stands there in two halves. */
#define COUNT_RO(name, encoding, shadowed) +(VMCS_SHADOWED_##shadowed == VMCS_SHADOWED_RO)
#define COUNT_RW(name, encoding, shadowed) +(VMCS_SHADOWED_##shadowed == VMCS_SHADOWED_RW)
_Static_assert((0 VMCS_FIELDS(COUNT_RO)) == 11, "Linux 6.1 shadows 11 fields for reading only");
_Static_assert((0 VMCS_FIELDS(COUNT_RW)) == 24, "Linux 6.1 shadows 24 fields for reading and writing");

#define CHECK_ENCODING(name, encoding, shadowed)                                                                       \
	_Static_assert(((encoding)&VMCS_ENCODING_RESERVED) == 0, #name " has a reserved bit in its encoding");         \
	_Static_assert(((encoding)&1) == 0, #name " is the high half of a field");
VMCS_FIELDS(CHECK_ENCODING)

/* VMWRITE to an exit-information field fails on CPUs without IA32_VMX_MISC bit 29, so KVM cannot rely on it. */
#define CHECK_SHADOWED(name, encoding, shadowed)                                                                       \
	_Static_assert(((encoding) >> 10 & 3) != VMCS_TYPE_EXIT_INFORMATION ||                                         \
			       VMCS_SHADOWED_##shadowed != VMCS_SHADOWED_RW,                                           \
		       #name " is read-only");
VMCS_FIELDS(CHECK_SHADOWED)

int vmcs_field_index_of(uint32_t encoding)
{
	int low = 0, high = VMCS_FIELD_COUNT - 1;

	while (low <= high) {
		int middle = low + (high - low) / 2;

		if (vmcs_field_info[middle].encoding == encoding)
			return middle;
		if (vmcs_field_info[middle].encoding < encoding)
			low = middle + 1;
		else
			high = middle - 1;
	}
	return -1;
}

static bool same(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

int vmcs_field_index_of_name(const char *name)
{
	for (int i = 0; i < VMCS_FIELD_COUNT; i++) {
		if (same(vmcs_field_info[i].name, name))
			return i;
	}
	return -1;
}
