// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sets up the TSS and the IDT of an image. An exception without a handler prints a dump with its
 * name and ends the run.
 */
#include "microbench/bare/bare.h"
#include "microbench/bare/cpu.h"

struct gate {
	uint16_t offset_low, selector;
	uint8_t ist, type;
	uint16_t offset_mid;
	uint32_t offset_high, reserved;
};

_Static_assert(sizeof(struct tss) == 104, "SDM 8.7: a 64-bit TSS is 104 bytes");

extern uint8_t bare_vectors[];
void bare_exception(struct exception_frame *frame);

struct tss bare_tss;
static struct gate idt[256];
static bare_handler handlers[256];
static uint8_t fault_stack[8192] __attribute__((aligned(16)));

/* clang-format off */
/* Names from SDM 6.15. The missing numbers are reserved. */
static const char *const exception_name[32] = {
	[0] = "#DE divide error",          [1] = "#DB debug",
	[2] = "NMI",                       [3] = "#BP breakpoint",
	[4] = "#OF overflow",              [5] = "#BR bound range",
	[6] = "#UD invalid opcode",        [7] = "#NM device not available",
	[8] = "#DF double fault",          [10] = "#TS invalid TSS",
	[11] = "#NP segment not present",  [12] = "#SS stack fault",
	[13] = "#GP general protection",   [14] = "#PF page fault",
	[16] = "#MF x87 floating point",   [17] = "#AC alignment check",
	[18] = "#MC machine check",        [19] = "#XM SIMD floating point",
	[20] = "#VE virtualization",       [21] = "#CP control protection",
};
/* clang-format on */

__attribute__((weak)) void bare_interrupt(unsigned vector)
{
	bare_fail("unexpected interrupt, vector %u", vector);
}

void bare_handle(unsigned vector, bare_handler handler)
{
	handlers[vector] = handler;
}

void bare_use_stack(unsigned vector, unsigned ist)
{
	idt[vector].ist = (uint8_t)ist;
}

void bare_exception(struct exception_frame *f)
{
	static bool dying;
	const char *name;

	if (handlers[f->vector]) {
		handlers[f->vector](f);
		return;
	}
	if (f->vector >= 32) {
		bare_interrupt((unsigned)f->vector);
		return;
	}
	/*
	 * An exception during the dump runs on the same stack, so the code cannot return from it.
	 */
	if (dying)
		cpu_halt_forever();
	dying = true;
	name = exception_name[f->vector] ? exception_name[f->vector] : "reserved exception";
	bare_printf("%s: exception %lu, %s, error code %lx\n", bare_name, f->vector, name, f->error);
	bare_printf("  rip %016lx cs %04lx rflags %08lx rsp %016lx ss %04lx\n", f->rip, f->cs, f->rflags, f->rsp,
		    f->ss);
	bare_printf("  rax %016lx rbx %016lx rcx %016lx rdx %016lx\n", f->rax, f->rbx, f->rcx, f->rdx);
	bare_printf("  rsi %016lx rdi %016lx rbp %016lx r8  %016lx\n", f->rsi, f->rdi, f->rbp, f->r8);
	bare_printf("  r9  %016lx r10 %016lx r11 %016lx r12 %016lx\n", f->r9, f->r10, f->r11, f->r12);
	bare_printf("  r13 %016lx r14 %016lx r15 %016lx cr2 %016lx\n", f->r13, f->r14, f->r15, read_cr2());
	bare_printf("  cr0 %016lx cr3 %016lx cr4 %016lx efer %08lx\n", read_cr0(), read_cr3(), read_cr4(),
		    rdmsr(MSR_EFER));
	bare_fail("stopped by exception %lu (%s) at rip %lx", f->vector, name, f->rip);
}

void bare_exceptions_init(void)
{
	const struct descriptor_pointer idt_pointer = {sizeof(idt) - 1, (uintptr_t)idt};
	uint64_t tss = (uintptr_t)&bare_tss;

	for (unsigned vector = 0; vector < 256; vector++) {
		uint64_t entry = (uintptr_t)bare_vectors + 16ull * vector;

		idt[vector] = (struct gate){
			.offset_low = (uint16_t)entry,
			.selector = BARE_CS,
			.ist = 1, /* a separate stack is valid even if the fault damaged RSP */
			.type = 0x8e,
			.offset_mid = (uint16_t)(entry >> 16),
			.offset_high = (uint32_t)(entry >> 32),
		};
	}
	bare_tss.ist[0] = (uintptr_t)fault_stack + sizeof(fault_stack);
	bare_tss.io_bitmap = sizeof(bare_tss);
	/* SDM 8.2.3: a 16-byte descriptor of type 9 (available 64-bit TSS), present. */
	bare_gdt[BARE_TR / 8] = (sizeof(bare_tss) - 1) | (tss & 0xffffff) << 16 | 0x89ull << 40 |
				(tss >> 24 & 0xff) << 56;
	bare_gdt[BARE_TR / 8 + 1] = tss >> 32;
	/*
	 * LTR marks the descriptor busy and LIDT points to the IDT. The memory clobber makes the
	 * compiler finish the stores above first.
	 */
	__asm__ volatile("ltr %w0" : : "r"(BARE_TR) : "memory");
	__asm__ volatile("lidt %0" : : "m"(idt_pointer) : "memory");
}
