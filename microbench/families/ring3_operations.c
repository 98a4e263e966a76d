// SPDX-License-Identifier: GPL-2.0-only
/* The operations that are legal in ring 3 too, from all families. Every level links this file. */
#include "microbench/bare/cpu.h"
#include "microbench/family.h"

NB_OPERATION(empty)
{
}

NB_OPERATION(rdtsc)
{
	__asm__ volatile("rdtsc" : : : "eax", "edx");
}

static const char *prepare_rdtscp(void)
{
	return cpuid(LEAF_EXT_1, 0).edx & LEAF_EXT_1_EDX_RDTSCP ? NULL : "skip=this CPU has no RDTSCP";
}

NB_OPERATION_WITH(rdtscp, prepare_rdtscp, NULL)
{
	__asm__ volatile("rdtscp" : : : "eax", "edx", "ecx");
}

NB_OPERATION(pause)
{
	__asm__ volatile("pause");
}

NB_OPERATION(cpuid)
{
	uint32_t a = 0, c = 0;

	__asm__ volatile("cpuid" : "+a"(a), "+c"(c) : : "ebx", "edx", "memory");
}
