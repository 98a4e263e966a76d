/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which fields of its current VMCS a guest hypervisor may read and write without an exit (VMCS shadowing, SDM 25.10): a choice of L0's.
 */
#ifndef VMCS_SHADOW_SHADOW_POLICY_H
#define VMCS_SHADOW_SHADOW_POLICY_H

#include "vmcs-shadow/field_set.h"

/* X(NAME, name, text) */
#define SHADOW_POLICIES(X)                                                                                             \
	X(NONE, "none", "every VMREAD and VMWRITE exits")                                                              \
	X(LINUX, "linux", "the list of Linux 6.1")                                                                     \
	X(HOT, "hot", "what our hypervisor was seen to use in the windows of the suite")                               \
	X(ALL, "all", "every field there is")                                                                          \
	X(FREE, "free", "every field whose value in vmcs02 is vmcs12's own: nothing is copied")

enum shadow_policy {
#define X(name, word, text) SHADOW_POLICY_##name,
	SHADOW_POLICIES(X)
#undef X
		SHADOW_POLICY_COUNT
};

/* The policy of this name, which ends at a blank or NUL; -1: there is none. */
int shadow_policy_find(const char *name);

/* The fields that may be read, and written, of those that exist. */
void shadow_policy_fields(enum shadow_policy policy, const struct field_set *existing, struct field_set *read,
			  struct field_set *write);

/*
 * A VMREAD or VMWRITE bitmap (25.6.15), 4 KiB: 0 for the fields of the set, and for the upper halves of those with 64 bits; 1 for all else.
 */
void shadow_policy_bitmap(const struct field_set *set, uint8_t bitmap[4096]);

#endif
