// SPDX-License-Identifier: GPL-2.0-only
/*
 * Instructions that always exit, or that exit because the hypervisor below was asked to trap them.
 */
#include "microbench/abi/memory.h"
#include "microbench/abi/services.h"
#include "microbench/bare/bare.h"
#include "microbench/bare/cpu.h"
#include "microbench/family.h"
#include "vmcs-shadow/x86.h"

#define LEAF_1_ECX_XSAVE (1u << 26)

static struct descriptor_pointer table;
static uint64_t before; /* the register's value before the operation */
/* Every write changes the register's value, so no write stores the value that is already there. */
static uint64_t toggled;

NB_OPERATION(vmcall)
{
	uint64_t a = NB_HYPERCALL_NOTHING;

	__asm__ volatile("vmcall" : "+a"(a) : : "memory");
}

static const char *prepare_misc_enable(void)
{
	before = rdmsr(MSR_MISC_ENABLE);
	return NULL;
}

NB_OPERATION(rdmsr_trap)
{
	rdmsr(MSR_MISC_ENABLE);
}

NB_OPERATION_WITH(wrmsr_trap, prepare_misc_enable, NULL)
{
	wrmsr(MSR_MISC_ENABLE, before);
}

NB_OPERATION(rdmsr_l0)
{
	rdmsr(MSR_SYSENTER_ESP);
}

NB_OPERATION(rdtsc_trap)
{
}

NB_OPERATION(rdpmc_trap)
{
	__asm__ volatile("rdpmc" : : "c"(0) : "eax", "edx");
}

static const char *prepare_cr0(void)
{
	before = toggled = read_cr0();
	return NULL;
}

static void finish_cr0(uint32_t executions __attribute__((unused)))
{
	write_cr0(before);
}

NB_OPERATION_WITH(cr0_write, prepare_cr0, finish_cr0)
{
	toggled ^= CR0_WP;
	write_cr0(toggled);
}

static const char *prepare_cr3(void)
{
	before = read_cr3();
	return NULL;
}

NB_OPERATION_WITH(cr3_trap, prepare_cr3, NULL)
{
	write_cr3(before);
}

NB_OPERATION(cr3_read_trap)
{
	read_cr3();
}

static const char *prepare_cr4(void)
{
	before = toggled = read_cr4();
	return NULL;
}

static void finish_cr4(uint32_t executions __attribute__((unused)))
{
	write_cr4(before);
}

NB_OPERATION_WITH(cr4_write, prepare_cr4, finish_cr4)
{
	toggled ^= CR4_PSE;
	write_cr4(toggled);
}

NB_OPERATION(cr8_write)
{
	__asm__ volatile("mov %0, %%cr8" : : "r"((uint64_t)(i & 1)) : "memory");
}

NB_OPERATION(cr8_read)
{
	__asm__ volatile("mov %%cr8, %%rax" : : : "rax");
}

NB_OPERATION(dr_write)
{
	__asm__ volatile("mov %0, %%dr0" : : "r"((uint64_t)i));
}

NB_OPERATION(dr_read)
{
	__asm__ volatile("mov %%dr0, %%rax" : : : "rax");
}

NB_OPERATION(sidt_trap)
{
	__asm__ volatile("sidt %0" : "=m"(table));
}

NB_OPERATION(sgdt_trap)
{
	__asm__ volatile("sgdt %0" : "=m"(table));
}

NB_OPERATION(sldt_trap)
{
	__asm__ volatile("sldt %%eax" : : : "eax");
}

NB_OPERATION(str_trap)
{
	__asm__ volatile("str %%eax" : : : "eax");
}

static struct descriptor_pointer stored;

static const char *prepare_lidt(void)
{
	__asm__ volatile("sidt %0" : "=m"(stored));
	return NULL;
}

static const char *prepare_lgdt(void)
{
	__asm__ volatile("sgdt %0" : "=m"(stored));
	return NULL;
}

NB_OPERATION_WITH(lidt_trap, prepare_lidt, NULL)
{
	__asm__ volatile("lidt %0" : : "m"(stored) : "memory");
}

NB_OPERATION_WITH(lgdt_trap, prepare_lgdt, NULL)
{
	__asm__ volatile("lgdt %0" : : "m"(stored) : "memory");
}

NB_OPERATION(lldt_trap)
{
	__asm__ volatile("lldt %%ax" : : "a"(0) : "memory");
}

NB_OPERATION(invlpg_trap)
{
	__asm__ volatile("invlpg (%0)" : : "r"(NB_SPARE_PAGE) : "memory");
}

NB_OPERATION(wbinvd)
{
	__asm__ volatile("wbinvd" : : : "memory");
}

NB_OPERATION(wbinvd_trap)
{
	__asm__ volatile("wbinvd" : : : "memory");
}

static const char *prepare_xsetbv(void)
{
	uint32_t low, high;

	if (!(cpuid(1, 0).ecx & LEAF_1_ECX_XSAVE))
		return "skip=this CPU has no XSAVE";
	write_cr4(read_cr4() | CR4_OSXSAVE);
	__asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
	before = (uint64_t)high << 32 | low;
	return NULL;
}

static void finish_xsetbv(uint32_t executions __attribute__((unused)))
{
	write_cr4(read_cr4() & ~CR4_OSXSAVE);
}

NB_OPERATION_WITH(xsetbv, prepare_xsetbv, finish_xsetbv)
{
	__asm__ volatile("xsetbv" : : "c"(0), "a"((uint32_t)before), "d"((uint32_t)(before >> 32)));
}

NB_OPERATION(monitor)
{
	__asm__ volatile("monitor" : : "a"(&table), "c"(0), "d"(0));
}

NB_OPERATION(mwait)
{
	__asm__ volatile("mwait" : : "a"(0), "c"(0));
}

NB_OPERATION(pause_trap)
{
	__asm__ volatile("pause");
}

NB_OPERATION(hang)
{
	if (i == n / 2)
		for (;;)
			__asm__ volatile("pause");
}

NB_OPERATION(triple_fault)
{
	/*
	 * With an empty IDT the CPU can deliver neither the #UD, nor the #GP, nor the #DF (SDM
	 * 7.15).
	 */
	static const struct descriptor_pointer none;

	if (i == n / 2)
		__asm__ volatile("lidt %0; ud2" : : "m"(none) : "memory");
}
