/* SPDX-License-Identifier: GPL-2.0-only */
/* The hypercall to our hypervisor, for operations that need one. */
#ifndef NB_HYPERCALL_H
#define NB_HYPERCALL_H

#include "microbench/abi/services.h"

/* Executes VMCALL. Returns the result, which enum nb_hypercall describes. */
static inline __attribute__((always_inline)) uint64_t nb_hypercall(enum nb_hypercall number, uint64_t argument)
{
	uint64_t result = number;

	__asm__ volatile("vmcall" : "+a"(result) : "D"(argument) : "memory");
	return result;
}

#endif
