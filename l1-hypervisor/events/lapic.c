// SPDX-License-Identifier: GPL-2.0-only
/* Driver for the local APIC of the CPU that runs this hypervisor. */
#include "l1-hypervisor/events/lapic.h"

#include "l1-hypervisor/backend/backend.h"
#include "microbench/bare/cpu.h"

static bool x2apic, ready;
static volatile uint32_t *registers;

void lapic_write(uint32_t reg, uint32_t value)
{
	counters.housekeeping++;
	if (x2apic)
		wrmsr(MSR_X2APIC + (reg >> 4), value);
	else
		registers[reg / 4] = value;
}

uint32_t lapic_read(uint32_t reg)
{
	counters.housekeeping++;
	return x2apic ? (uint32_t)rdmsr(MSR_X2APIC + (reg >> 4)) : registers[reg / 4];
}

void lapic_init(void)
{
	uint64_t base;

	if (ready)
		return;
	ready = true;
	counters.housekeeping++;
	base = rdmsr(MSR_APIC_BASE);
	x2apic = base & APIC_BASE_X2APIC;
	registers = (volatile uint32_t *)(uintptr_t)(base & APIC_BASE_ADDRESS);
	lapic_write(APIC_SPURIOUS, APIC_SOFTWARE_ENABLE | LAPIC_SPURIOUS_VECTOR);
	lapic_write(APIC_DIVIDE, APIC_DIVIDE_BY_16);
	lapic_write(APIC_LVT_TIMER, LAPIC_TIMER_VECTOR);
}

/*
 * A timer that fires while the host has interrupts disabled makes the VMM below request an
 * interrupt window. The interrupt then reaches the host as an exit of the guest, so the request
 * stays open until the host enables interrupts. Until then, Linux KVM looks for events at each
 * VMRESUME (nested_vmx_enter_non_root_mode). CR8 = 15 blocks all interrupts here, because the host
 * has no handlers for them.
 */
static void end_interrupt_window(void)
{
	counters.housekeeping += 2;
	__asm__ volatile("mov %0, %%cr8; sti; nop; cli; mov %1, %%cr8" : : "r"(15ull), "r"(0ull) : "memory");
}

void lapic_release(void)
{
	if (!ready)
		return;
	ready = false;
	lapic_write(APIC_LVT_TIMER, LVT_MASKED | LAPIC_TIMER_VECTOR);
	lapic_write(APIC_SPURIOUS, LAPIC_SPURIOUS_VECTOR);
	end_interrupt_window();
}

void lapic_arm(uint32_t counts)
{
	lapic_write(APIC_INITIAL_COUNT, counts);
}
