// SPDX-License-Identifier: GPL-2.0-only
/* The local APIC of the CPU that we run on. */
#include "lapic.h"

#include "bare/cpu.h"
#include "counters.h"

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
	base = rdmsr(MSR_IA32_APIC_BASE);
	x2apic = base & APIC_BASE_X2APIC;
	registers = (volatile uint32_t *)(uintptr_t)(base & APIC_BASE_ADDRESS);
	lapic_write(APIC_SPURIOUS, APIC_SOFTWARE_ENABLE | LAPIC_SPURIOUS_VECTOR);
	lapic_write(APIC_DIVIDE, APIC_DIVIDE_BY_16);
	lapic_write(APIC_LVT_TIMER, LAPIC_TIMER_VECTOR);
}

void lapic_release(void)
{
	if (!ready)
		return;
	ready = false;
	lapic_write(APIC_LVT_TIMER, LVT_MASKED | LAPIC_TIMER_VECTOR);
	lapic_write(APIC_SPURIOUS, LAPIC_SPURIOUS_VECTOR);
}

void lapic_arm(uint32_t counts)
{
	lapic_write(APIC_INITIAL_COUNT, counts);
}
