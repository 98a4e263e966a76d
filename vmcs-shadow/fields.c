// SPDX-License-Identifier: GPL-2.0-only
/* The table of VMCS fields and its two lookup functions. Compile-time assertions check the list. */
#include "vmcs-shadow/fields.h"

#include <stddef.h>

#include "vmcs-shadow/controls.h"

#define FIELD_INFO(name, encoding, shadowed, vmcs02, feature)                                                          \
	[VMCS_INDEX_##name] = {#name, encoding, VMCS_SHADOWED_##shadowed, VMCS_ORIGIN_##vmcs02, VMCS_FEATURE_##feature},
const struct vmcs_field_info vmcs_field_info[VMCS_FIELD_COUNT] = {VMCS_FIELDS(FIELD_INFO)};

/*
 * Linux 6.1 shadows 35 fields. Its file has 36 rows, because GUEST_PHYSICAL_ADDRESS takes two rows
 * (the low and the high half).
 */
#define COUNT_RO(name, encoding, shadowed, vmcs02, feature) +(VMCS_SHADOWED_##shadowed == VMCS_SHADOWED_RO)
#define COUNT_RW(name, encoding, shadowed, vmcs02, feature) +(VMCS_SHADOWED_##shadowed == VMCS_SHADOWED_RW)
_Static_assert((0 VMCS_FIELDS(COUNT_RO)) == 11, "Linux 6.1 shadows 11 fields for reading only");
_Static_assert((0 VMCS_FIELDS(COUNT_RW)) == 24, "Linux 6.1 shadows 24 fields for reading and writing");

#define CHECK_ENCODING(name, encoding, shadowed, vmcs02, feature)                                                      \
	_Static_assert(((encoding)&VMCS_ENCODING_RESERVED) == 0, #name " has a reserved bit in its encoding");         \
	_Static_assert(((encoding)&1) == 0, #name " is the high half of a field");
VMCS_FIELDS(CHECK_ENCODING)

/*
 * VMWRITE to an exit-information field fails on CPUs without bit 29 of IA32_VMX_MISC, so KVM cannot
 * shadow these fields for writing.
 */
#define CHECK_SHADOWED(name, encoding, shadowed, vmcs02, feature)                                                      \
	_Static_assert(((encoding) >> 10 & 3) != VMCS_TYPE_EXIT_INFORMATION ||                                         \
			       VMCS_SHADOWED_##shadowed != VMCS_SHADOWED_RW,                                           \
		       #name " is read-only");
VMCS_FIELDS(CHECK_SHADOWED)

#define CHECK_ORIGIN(name, encoding, shadowed, vmcs02, feature)                                                        \
	_Static_assert(((encoding) >> 10 & 3) != VMCS_TYPE_HOST || VMCS_ORIGIN_##vmcs02 == VMCS_ORIGIN_L0,             \
		       #name " must have the origin L0, as all host state");
VMCS_FIELDS(CHECK_ORIGIN)

bool vmcs_field_exists(enum vmcs_field_index index, const struct vmx_capabilities *cpu)
{
	static const struct {
		size_t capability; /* offset of a member of struct vmx_capabilities */
		uint32_t bits;
	} features[VMCS_FEATURE_COUNT] = {
#define FEATURE(name, capability, bits) {offsetof(struct vmx_capabilities, capability), bits},
		VMCS_FEATURES(FEATURE)
#undef FEATURE
	};
	unsigned feature = vmcs_field_info[index].feature;
	uint64_t allowed = *(const uint64_t *)((const char *)cpu + features[feature].capability);

	return feature == VMCS_FEATURE_ANY || allowed >> 32 & features[feature].bits;
}

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
