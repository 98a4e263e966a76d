/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sets of VMCS fields, stored as one bit for each field index. Includes set operations and sets
 * that follow from the list of fields.
 */
#ifndef VMCS_SHADOW_FIELD_SET_H
#define VMCS_SHADOW_FIELD_SET_H

#include "vmcs-shadow/fields.h"

#define FIELD_SET_WORDS ((VMCS_FIELD_COUNT + 63) / 64)

struct field_set {
	uint64_t word[FIELD_SET_WORDS];
};

static inline bool field_set_has(const struct field_set *set, unsigned index)
{
	return set->word[index / 64] >> index % 64 & 1;
}

static inline void field_set_add(struct field_set *set, unsigned index)
{
	set->word[index / 64] |= 1ull << index % 64;
}

static inline void field_set_remove(struct field_set *set, unsigned index)
{
	set->word[index / 64] &= ~(1ull << index % 64);
}

static inline bool field_set_is_empty(const struct field_set *set)
{
	uint64_t any = 0;

	for (unsigned i = 0; i < FIELD_SET_WORDS; i++)
		any |= set->word[i];
	return any == 0;
}

/* a &= b (and), a |= b (or), a &= ~b (without) */
static inline void field_set_and(struct field_set *a, const struct field_set *b)
{
	for (unsigned i = 0; i < FIELD_SET_WORDS; i++)
		a->word[i] &= b->word[i];
}

static inline void field_set_or(struct field_set *a, const struct field_set *b)
{
	for (unsigned i = 0; i < FIELD_SET_WORDS; i++)
		a->word[i] |= b->word[i];
}

static inline void field_set_without(struct field_set *a, const struct field_set *b)
{
	for (unsigned i = 0; i < FIELD_SET_WORDS; i++)
		a->word[i] &= ~b->word[i];
}

/* Returns true if the sets have a common member. */
static inline bool field_sets_meet(const struct field_set *a, const struct field_set *b)
{
	uint64_t any = 0;

	for (unsigned i = 0; i < FIELD_SET_WORDS; i++)
		any |= a->word[i] & b->word[i];
	return any != 0;
}

/*
 * for (FIELD_SET_EACH(index, &set)) visits the members in ascending order. The loop may remove
 * members that it has already visited.
 */
#define FIELD_SET_EACH(index, set)                                                                                     \
	int index = field_set_next((set), 0);                                                                          \
	index >= 0;                                                                                                    \
	index = field_set_next((set), (unsigned)index + 1)

/* Returns the first member with an index of at least `from`, or -1. */
static inline int field_set_next(const struct field_set *set, unsigned from)
{
	unsigned i = from / 64;
	uint64_t word;

	if (i >= FIELD_SET_WORDS)
		return -1;
	word = set->word[i] & ~0ull << from % 64;
	while (!word) {
		if (++i == FIELD_SET_WORDS)
			return -1;
		word = set->word[i];
	}
	return (int)(64 * i) + __builtin_ctzll(word);
}

/* The fields that a CPU with these capabilities supports. */
void field_set_existing(struct field_set *set, const struct vmx_capabilities *cpu);

/* The fields whose value in a vmcs02 has this origin. */
void field_set_of_origin(struct field_set *set, enum vmcs_origin origin);

/*
 * The fields that the CPU writes while a guest runs or exits: guest state, exit information, and
 * VM-entry interruption information. Only fields of origin VMCS_ORIGIN_SAME are included.
 */
void field_set_written(struct field_set *set);

#endif
