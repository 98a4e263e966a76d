// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interrupts and NMIs: injected, pending for a window, and self-sent. An operation counts the
 * interrupts that it takes and checks the count at its end.
 */
#include "microbench/abi/services.h"
#include "microbench/bare/bare.h"
#include "microbench/bare/cpu.h"
#include "microbench/families/hypercall.h"
#include "microbench/family.h"
#include "vmcs-shadow/x86.h"

#define VECTOR 0x50u

#define XAPIC_PAGE       0xfee00000ull
#define ICR_FIXED_SELF   0x44000u /* shorthand: self; level: assert; fixed */
#define SPURIOUS_ENABLE  0x1ffu
#define SPURIOUS_DISABLE 0x0ffu
#define DIVIDE_BY_1      0xbu
#define TIMER_COUNTS     20000u
#define PREEMPTION_TICKS 1000u

static volatile uint32_t taken;
static volatile uint32_t misplaced; /* interrupts that arrived at another instruction than `due` */
static volatile uint64_t due;

static void count(struct exception_frame *frame __attribute__((unused)))
{
	taken++;
}

static void count_at_due(struct exception_frame *frame)
{
	taken++;
	misplaced += frame->rip != due;
}

static const char *expect(unsigned vector, bare_handler handler)
{
	taken = misplaced = 0;
	bare_handle(vector, handler);
	return NULL;
}

static void check(const char *op, uint32_t wanted)
{
	if (taken != wanted || misplaced)
		bare_fail("%s: %u interrupts taken, not %u; %u of them at the wrong instruction", op, taken, wanted,
			  misplaced);
}

static const char *prepare_inject(void)
{
	return expect(VECTOR, count);
}

static void finish_inject(uint32_t executions)
{
	check("injection", executions);
	bare_handle(VECTOR, NULL);
}

NB_OPERATION_WITH(inject, prepare_inject, finish_inject)
{
	outl(NB_PORT_INTERRUPT, VECTOR);
}

NB_OPERATION_WITH(inject_window, prepare_inject, finish_inject)
{
	__asm__ volatile("cli; outl %0, %1; sti; nop" : : "a"(VECTOR), "Nd"((uint16_t)NB_PORT_INTERRUPT) : "memory");
}

static const char *prepare_shadow(void)
{
	return expect(VECTOR, count_at_due);
}

/* SDM vol. 2, STI: the CPU recognises interrupts after the instruction that follows STI. */
NB_OPERATION_WITH(sti_shadow, prepare_shadow, finish_inject)
{
	__asm__ volatile("lea 1f(%%rip), %%rcx; mov %%rcx, %[due]; cli; outl %[vector], %[port]; sti; nop; 1: nop; nop"
			 : [due] "=m"(due)
			 : [vector] "a"(VECTOR), [port] "Nd"((uint16_t)NB_PORT_INTERRUPT)
			 : "rcx", "memory");
}

/*
 * SDM vol. 2: MOV to SS blocks interrupts for one instruction. Here this instruction requests the
 * interrupt.
 */
NB_OPERATION_WITH(movss_shadow, prepare_shadow, finish_inject)
{
	__asm__ volatile(
		"lea 1f(%%rip), %%rcx; mov %%rcx, %[due]; mov %%ss, %%ecx; mov %%ecx, %%ss; outl %[vector], %[port]; "
		"1: nop; nop"
		: [due] "=m"(due)
		: [vector] "a"(VECTOR), [port] "Nd"((uint16_t)NB_PORT_INTERRUPT)
		: "rcx", "memory");
}

static const char *prepare_nmi(void)
{
	return expect(VECTOR_NMI, count);
}

static void finish_nmi(uint32_t executions)
{
	check("NMI", executions);
	bare_handle(VECTOR_NMI, NULL);
}

NB_OPERATION_WITH(nmi, prepare_nmi, finish_nmi)
{
	outl(NB_PORT_INTERRUPT, VECTOR_NMI);
}

static volatile bool again;

/* NMIs are blocked in this handler until IRET, so the second NMI must wait. */
static void ask_again(struct exception_frame *frame __attribute__((unused)))
{
	taken++;
	if (again) {
		again = false;
		outl(NB_PORT_INTERRUPT, VECTOR_NMI);
	}
}

static const char *prepare_nmi_window(void)
{
	return expect(VECTOR_NMI, ask_again);
}

static void finish_nmi_window(uint32_t executions)
{
	check("NMI window", 2 * executions);
	bare_handle(VECTOR_NMI, NULL);
}

NB_OPERATION_WITH(nmi_window, prepare_nmi_window, finish_nmi_window)
{
	again = true;
	outl(NB_PORT_INTERRUPT, VECTOR_NMI);
}

/* --- The guest's local APIC --- */

static inline void x2apic_write(uint32_t reg, uint64_t value)
{
	wrmsr(0x800u + reg / 16, value);
}

static inline void xapic_write(uint32_t reg, uint32_t value)
{
	*(volatile uint32_t *)(XAPIC_PAGE + reg) = value;
}

static void end_x2apic(struct exception_frame *frame __attribute__((unused)))
{
	taken++;
	x2apic_write(APIC_EOI, 0);
}

static void end_xapic(struct exception_frame *frame __attribute__((unused)))
{
	taken++;
	xapic_write(APIC_EOI, 0);
}

static const char *prepare_x2apic(void)
{
	if (!(cpuid(1, 0).ecx & LEAF_1_ECX_X2APIC))
		return "skip=this CPU has no x2APIC";
	wrmsr(MSR_APIC_BASE, rdmsr(MSR_APIC_BASE) | APIC_BASE_ENABLE | APIC_BASE_X2APIC);
	x2apic_write(APIC_SPURIOUS, SPURIOUS_ENABLE);
	return expect(VECTOR, end_x2apic);
}

/* SDM 11.12.5: software leaves x2APIC mode through the disabled state. */
static void leave_x2apic(void)
{
	uint64_t base = rdmsr(MSR_APIC_BASE) & ~(APIC_BASE_ENABLE | APIC_BASE_X2APIC);

	wrmsr(MSR_APIC_BASE, base);
	wrmsr(MSR_APIC_BASE, base | APIC_BASE_ENABLE);
}

static void finish_eoi(uint32_t executions __attribute__((unused)))
{
	leave_x2apic();
	bare_handle(VECTOR, NULL);
}

static void finish_x2apic(uint32_t executions)
{
	check("x2APIC", executions);
	leave_x2apic();
	bare_handle(VECTOR, NULL);
}

NB_OPERATION_WITH(eoi_x2apic, prepare_x2apic, finish_eoi)
{
	x2apic_write(APIC_EOI, 0);
}

NB_OPERATION_WITH(ipi_x2apic, prepare_x2apic, finish_x2apic)
{
	x2apic_write(APIC_SELF_IPI, VECTOR);
}

/*
 * The interrupt is pending when the CPU reaches HLT, in the shadow of STI. The CPU wakes at once.
 */
NB_OPERATION_WITH(hlt, prepare_x2apic, finish_x2apic)
{
	__asm__ volatile("cli" : : : "memory");
	x2apic_write(APIC_SELF_IPI, VECTOR);
	__asm__ volatile("sti; hlt" : : : "memory");
}

static const char *prepare_xapic(void)
{
	xapic_write(APIC_SPURIOUS, SPURIOUS_ENABLE);
	return expect(VECTOR, end_xapic);
}

static void finish_xapic(uint32_t executions)
{
	check("xAPIC", executions);
	xapic_write(APIC_SPURIOUS, SPURIOUS_DISABLE);
	bare_handle(VECTOR, NULL);
}

NB_OPERATION_WITH(ipi_xapic, prepare_xapic, finish_xapic)
{
	xapic_write(APIC_ICR, ICR_FIXED_SELF | VECTOR);
}

static const char *prepare_timer(void)
{
	const char *why = prepare_x2apic();

	if (why)
		return why;
	x2apic_write(APIC_DIVIDE, DIVIDE_BY_1);
	x2apic_write(APIC_LVT_TIMER, VECTOR);
	return NULL;
}

static void finish_timer(uint32_t executions)
{
	x2apic_write(APIC_LVT_TIMER, LVT_MASKED);
	finish_x2apic(executions);
}

NB_OPERATION_WITH(apic_timer, prepare_timer, finish_timer)
{
	uint32_t before = taken;

	x2apic_write(APIC_INITIAL_COUNT, TIMER_COUNTS);
	while (taken == before)
		__asm__ volatile("pause");
}

static const char *prepare_preempt(void)
{
	return expect(NB_VECTOR_PREEMPTED, count);
}

static void finish_preempt(uint32_t executions)
{
	check("preemption timer", executions);
	bare_handle(NB_VECTOR_PREEMPTED, NULL);
}

NB_OPERATION_WITH(preempt_timer, prepare_preempt, finish_preempt)
{
	uint32_t before = taken;

	nb_hypercall(NB_HYPERCALL_PREEMPT, PREEMPTION_TICKS);
	while (taken == before)
		__asm__ volatile("pause");
}
