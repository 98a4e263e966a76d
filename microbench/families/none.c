// SPDX-License-Identifier: GPL-2.0-only
/* Kernel operations that cause no exit, unless a hypervisor is asked to trap them. */
#include "microbench/abi/memory.h"
#include "microbench/abi/services.h"
#include "microbench/bare/bare.h"
#include "microbench/bare/cpu.h"
#include "microbench/family.h"
#include "vmcs-shadow/x86.h"

#define PAGE_USER  4ull
#define PAGE_LARGE 0x80ull

static struct descriptor_pointer table;
static uint64_t cr3;

/* Goes to ring 3 and returns at once. SYSCALL and SYSRET do not change RSP. */
__asm__(".text\n"
	"user_round_trip:\n"
	"	lea user_code(%rip), %rcx\n"
	"	pushf\n"
	"	pop %r11\n"
	"	sysretq\n"
	"user_code:\n"
	"	syscall\n"
	"user_return:\n"
	"	ret\n");
extern uint8_t user_code[], user_return[];

static void set_user(bool user)
{
	uint64_t *entry = bare_page_entry((uintptr_t)user_code);

	*entry = user ? *entry | PAGE_USER : *entry & ~PAGE_USER;
	/*
	 * If the entry leads to a table, the rights of 512 pages change. INVLPG would flush only
	 * one of them.
	 */
	if (*entry & PAGE_LARGE)
		__asm__ volatile("invlpg (%0)" : : "r"(user_code) : "memory");
	else
		write_cr3(read_cr3());
}

static const char *prepare_syscall(void)
{
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SCE);
	wrmsr(MSR_STAR, (uint64_t)BARE_SYSRET_BASE << 48 | (uint64_t)BARE_CS << 32);
	wrmsr(MSR_LSTAR, (uintptr_t)user_return);
	wrmsr(MSR_SFMASK, 0);
	set_user(true);
	return NULL;
}

static void finish_syscall(uint32_t executions __attribute__((unused)))
{
	set_user(false);
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) & ~EFER_SCE);
}

NB_OPERATION_WITH(syscall, prepare_syscall, finish_syscall)
{
	__asm__ volatile("call user_round_trip" : : : "rcx", "r11", "memory", "cc");
}

NB_OPERATION(walk_hit)
{
	__asm__ volatile("invlpg (%0); mov (%0), %%rax" : : "r"(NB_SPARE_PAGE) : "rax", "memory");
}

static const char *prepare_cr3(void)
{
	cr3 = read_cr3();
	return NULL;
}

NB_OPERATION_WITH(cr3_write, prepare_cr3, NULL)
{
	write_cr3(cr3);
}

NB_OPERATION(invlpg)
{
	__asm__ volatile("invlpg (%0)" : : "r"(NB_SPARE_PAGE) : "memory");
}

NB_OPERATION(rdmsr_pass)
{
	rdmsr(MSR_KERNEL_GS_BASE);
}

NB_OPERATION(wrmsr_pass)
{
	wrmsr(MSR_KERNEL_GS_BASE, 0);
}

NB_OPERATION(sidt)
{
	__asm__ volatile("sidt %0" : "=m"(table));
}

NB_OPERATION(sgdt)
{
	__asm__ volatile("sgdt %0" : "=m"(table));
}

NB_OPERATION(sldt)
{
	__asm__ volatile("sldt %%eax" : : : "eax");
}

NB_OPERATION(str)
{
	__asm__ volatile("str %%eax" : : : "eax");
}

NB_OPERATION(smsw)
{
	__asm__ volatile("smsw %%eax" : : : "eax");
}

NB_OPERATION(popf)
{
	__asm__ volatile("pushf; popf" : : : "memory", "cc");
}
