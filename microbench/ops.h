/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The operations: one row each. Everything else about an operation is made from its row here
 * and from the inline function op_<name>() in operations.h.
 */
#ifndef NB_OPS_H
#define NB_OPS_H

#include <stdint.h>

#include "abi/record.h"

/* Where an operation is legal: bits of the `where` column. */
#define NB_RING3 0x1 /* in a process */
#define NB_RING0 0x2 /* on a machine with no hypervisor below */
#define NB_GUEST 0x4 /* with a hypervisor below */
#define NB_FAULT 0x8 /* ends the guest on purpose: runs only when named, for tests */

/*
 * X(name, exits, where, text). exits: VM exits that one execution causes in a guest whose hypervisor asks for no more
 * than the architecture demands (SDM 26.1.2): CPUID and VMCALL exit always.
 */
#define NB_OPS(X)                                                                                                      \
	X(empty, 0, NB_RING3 | NB_RING0 | NB_GUEST, "nothing: the cost of the loop and its two time stamps")           \
	X(cpuid, 1, NB_RING3 | NB_RING0 | NB_GUEST, "CPUID leaf 0: exits always, changes four registers")              \
	X(vmcall, 1, NB_GUEST, "VMCALL: an empty hypercall")                                                           \
	X(hang, 0, NB_GUEST | NB_FAULT, "runs to the middle of its window, then loops without an exit")                \
	X(triple_fault, 0, NB_GUEST | NB_FAULT, "runs to the middle of its window, then shuts its CPU down")

enum nb_op {
#define X(name, exits, where, text) NB_OP_##name,
	NB_OPS(X)
#undef X
		NB_OP_COUNT
};

struct nb_op_info {
	const char *name;
	int exits;      /* VM exits of one execution in a guest */
	unsigned where; /* NB_RING3 ... */
	const char *text;
};

extern const struct nb_op_info nb_op_info[NB_OP_COUNT];

/* The operation called name[0..length), or -1. */
int nb_op_find(const char *name, unsigned length);

/* VM exits of one execution of the operation called name in a guest, or -1 if there is no such operation. */
int nb_op_exits(const char *name);

#endif
