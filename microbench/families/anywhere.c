// SPDX-License-Identifier: GPL-2.0-only
/* The operations that are legal in ring 3 too, of whatever family: linked at every level. */
#include "../family.h"

NB_OPERATION(empty)
{
}

NB_OPERATION(rdtsc)
{
	__asm__ volatile("rdtsc" : : : "eax", "edx");
}

NB_OPERATION(rdtscp)
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
