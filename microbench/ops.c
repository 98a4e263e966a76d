// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of operations as data, and the search by name. The code is freestanding: every level
 * links it.
 */
#include "microbench/ops.h"

#include <stddef.h>

_Static_assert(NB_OP_COUNT < 256, "operations are counted in a byte");
#define X(name, family, where, traps, l1, l0, kvm, text)                                                               \
	_Static_assert(sizeof(#name) <= NB_OP_NAME_LEN, "the name fits a record: " #name);
NB_OPS(X)
#undef X

const struct nb_op_info nb_op_info[NB_OP_COUNT] = {
#define X(name, family, where, traps, l1, l0, kvm, text)                                                               \
	[NB_OP_##name] = {#name, #family, where, traps, l1, l0, kvm, text},
	NB_OPS(X)
#undef X
};

int nb_op_find(const char *name, unsigned length)
{
	for (int op = 0; op < NB_OP_COUNT; op++) {
		const char *candidate = nb_op_info[op].name;
		unsigned i = 0;

		while (i < length && candidate[i] && candidate[i] == name[i])
			i++;
		if (i == length && candidate[i] == '\0')
			return op;
	}
	return -1;
}

const struct nb_op_info *nb_op_get(const char *name)
{
	unsigned length = 0;
	int op;

	while (name[length])
		length++;
	op = nb_op_find(name, length);
	return op < 0 ? NULL : &nb_op_info[op];
}
