/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The policies for VMCS shadowing (SDM 25.10). L0 chooses the fields of its current VMCS that a
 * guest hypervisor reads and writes without an exit.
 */
#ifndef VMCS_SHADOW_SHADOW_POLICY_H
#define VMCS_SHADOW_SHADOW_POLICY_H

#include "vmcs-shadow/field_set.h"

/*
 * X(NAME, word, text, rule). The rule is true if the guest hypervisor may read (or write, if
 * `write` is true) the field `field` without an exit. A new policy is one row here.
 */
#define SHADOW_POLICIES(X)                                                                                             \
	X(NONE, "none", "every VMREAD and VMWRITE exits", false)                                                       \
	X(LINUX, "linux", "the list of Linux 6.1",                                                                     \
	  field->shadowed == VMCS_SHADOWED_RW || (!write && field->shadowed == VMCS_SHADOWED_RO))                      \
	X(HOT, "hot", "the fields that our hypervisor accesses in the suite", is_hot(field, write))                    \
	X(ALL, "all", "every field of the CPU", true)                                                                  \
	X(FREE, "free", "every field with the same value in vmcs12 and vmcs02: nothing is copied",                     \
	  field->vmcs02 == VMCS_ORIGIN_SAME)

enum shadow_policy {
#define X(name, word, text, rule) SHADOW_POLICY_##name,
	SHADOW_POLICIES(X)
#undef X
		SHADOW_POLICY_COUNT
};

/* All words, for help: " none linux ...". */
#define SHADOW_POLICY_SPACED(name, word, text, rule) " " word

/* All words, for messages: "none, linux, ...". */
#define SHADOW_POLICY_WORD(name, word, text, rule) ", " word
#define SHADOW_POLICY_WORDS                        (&(SHADOW_POLICIES(SHADOW_POLICY_WORD))[2])

/* Returns the policy with this name, which ends at a space or NUL, or -1 if there is none. */
int shadow_policy_find(const char *name);

/*
 * Computes the fields for reading and for writing without an exit. Both sets contain only fields of
 * `existing`.
 */
void shadow_policy_fields(enum shadow_policy policy, const struct field_set *existing, struct field_set *read,
			  struct field_set *write);

/*
 * Builds a VMREAD or VMWRITE bitmap (25.6.15) of 4 KiB. Bits are 0 for the fields of the set and
 * for the upper halves of its 64-bit fields, and 1 otherwise.
 */
void shadow_policy_bitmap(const struct field_set *set, uint8_t bitmap[4096]);

#endif
