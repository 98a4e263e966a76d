// SPDX-License-Identifier: GPL-2.0-only
/*
 * Notes and restores the host state of L1. Exits load it from VMCS fields that cases may have
 * changed (SDM 28.5).
 */
#include "l2-guests/vmxdiff/diff_host.h"

#include "l2-guests/vmxdiff/diff_run.h"
#include "l2-guests/vmxdiff/case_hash.h"
#include "microbench/bare/bare.h"
#include "microbench/bare/cpu.h"
#include "vmcs-shadow/x86.h"

static uint64_t cr0, cr3, cr4, efer;
static struct descriptor_pointer gdt, idt;

static uint64_t read_dr7(void)
{
	uint64_t value;

	__asm__ volatile("mov %%dr7, %0" : "=r"(value));
	return value;
}

void host_init(void)
{
	cr0 = read_cr0();
	cr3 = read_cr3();
	cr4 = read_cr4();
	efer = rdmsr(MSR_EFER);
	__asm__ volatile("sgdt %0" : "=m"(gdt));
	__asm__ volatile("sidt %0" : "=m"(idt));
}

static void look_at_all(void)
{
	static const char *const names[8] = {"cs", "ss", "ds", "es", "fs", "gs", "tr", "ldtr"};
	struct descriptor_pointer table;

	for (unsigned i = 0; i < 8; i++)
		note(NOTE_HOST, names[i], run_selectors[i]);
	note(NOTE_HOST, "fs base", rdmsr(MSR_FS_BASE));
	note(NOTE_HOST, "gs base", rdmsr(MSR_GS_BASE));
	note(NOTE_HOST, "sysenter cs", rdmsr(MSR_SYSENTER_CS));
	note(NOTE_HOST, "sysenter esp", rdmsr(MSR_SYSENTER_ESP));
	note(NOTE_HOST, "sysenter eip", rdmsr(MSR_SYSENTER_EIP));
	note(NOTE_HOST, "debugctl", rdmsr(MSR_DEBUGCTL));
	note(NOTE_HOST, "dr7", read_dr7());
	__asm__ volatile("sgdt %0" : "=m"(table));
	note(NOTE_HOST, "gdt limit", table.limit);
	note(NOTE_HOST, "gdt base", table.base);
	__asm__ volatile("sidt %0" : "=m"(table));
	note(NOTE_HOST, "idt limit", table.limit);
	note(NOTE_HOST, "idt base", table.base);
	note(NOTE_HOST, "cr0", read_cr0());
	note(NOTE_HOST, "cr3", read_cr3());
	note(NOTE_HOST, "cr4", read_cr4());
}

void host_restore(bool look, uint64_t efer_bits)
{
	uint64_t now = rdmsr(MSR_EFER);

	if (look) {
		look_at_all();
		note(NOTE_HOST, "efer", now & efer_bits);
	}
	if (now != efer)
		wrmsr(MSR_EFER, efer);
	if (read_cr4() != cr4)
		write_cr4(cr4);
	if (read_cr3() != cr3)
		write_cr3(cr3);
	if (read_cr0() != cr0)
		write_cr0(cr0);
	__asm__ volatile("lgdt %0" : : "m"(gdt) : "memory");
	__asm__ volatile("lidt %0" : : "m"(idt) : "memory");
	__asm__ volatile("mov %0, %%dr7" : : "r"(0x400ull));
}
