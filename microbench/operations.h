/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What each operation does, once for all levels. op_<name>() is inlined between the two time stamps,
 * so it holds the operation and nothing else; `i` and `n` are the sample's number and the window's length.
 */
#ifndef NB_OPERATIONS_H
#define NB_OPERATIONS_H

#include <stdint.h>

#define NB_OPERATION(name) static inline __attribute__((always_inline)) void op_##name(uint32_t i, uint32_t n)
#define NB_UNUSED(x)       ((void)(x))

NB_OPERATION(empty)
{
	NB_UNUSED(i);
	NB_UNUSED(n);
}

NB_OPERATION(cpuid)
{
	uint32_t a = 0, c = 0;

	NB_UNUSED(i);
	NB_UNUSED(n);
	__asm__ volatile("cpuid" : "+a"(a), "+c"(c) : : "ebx", "edx", "memory");
}

NB_OPERATION(vmcall)
{
	uint64_t a = UINT64_C(0x6e62); /* a hypercall number that no hypervisor defines: KVM answers -ENOSYS */

	NB_UNUSED(i);
	NB_UNUSED(n);
	__asm__ volatile("vmcall" : "+a"(a) : : "memory");
}

NB_OPERATION(hang)
{
	if (i == n / 2)
		for (;;)
			__asm__ volatile("pause");
}

NB_OPERATION(triple_fault)
{
	/* An IDT without entries: the #UD cannot be delivered, nor the #GP, nor the #DF (SDM 7.15). */
	static const struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) none;

	if (i == n / 2)
		__asm__ volatile("lidt %0; ud2" : : "m"(none));
}

#endif
