// SPDX-License-Identifier: GPL-2.0-only
/* The watchdog over our guest, on the local APIC's timer (SDM 11.5.4). */
#include "watchdog.h"

#include "bare/bare.h"
#include "bare/cpu.h"
#include "counters.h"

#define MSR_APIC_BASE        0x1bu
#define APIC_BASE_X2APIC     (1ull << 10)
#define APIC_BASE_ADDRESS    0xffffff000ull
#define APIC_EOI             0x0b0u
#define APIC_SPURIOUS        0x0f0u
#define APIC_LVT_TIMER       0x320u
#define APIC_INITIAL_COUNT   0x380u
#define APIC_CURRENT_COUNT   0x390u
#define APIC_DIVIDE          0x3e0u
#define APIC_DIVIDE_BY_16    0x3u
#define APIC_SOFTWARE_ENABLE 0x100u
#define LVT_MASKED           (1u << 16)

#define TIMER_VECTOR    0x40u
#define SPURIOUS_VECTOR 0x4fu
#define CALIBRATION     2000000u /* ticks */

static uint64_t last_head;
static uint32_t period; /* timer counts; 0: no watchdog */
static bool x2apic;
static volatile uint32_t *registers;

static void apic_write(uint32_t reg, uint32_t value)
{
	counters.housekeeping++;
	if (x2apic)
		wrmsr(0x800u + (reg >> 4), value);
	else
		registers[reg / 4] = value;
}

static uint32_t apic_read(uint32_t reg)
{
	counters.housekeeping++;
	return x2apic ? (uint32_t)rdmsr(0x800u + (reg >> 4)) : registers[reg / 4];
}

void watchdog_start(uint32_t mticks)
{
	uint64_t base = rdmsr(MSR_APIC_BASE);
	uint64_t begin, counts, elapsed;

	if (mticks == 0)
		return;
	x2apic = base & APIC_BASE_X2APIC;
	registers = (volatile uint32_t *)(uintptr_t)(base & APIC_BASE_ADDRESS);
	apic_write(APIC_SPURIOUS, APIC_SOFTWARE_ENABLE | SPURIOUS_VECTOR);
	apic_write(APIC_DIVIDE, APIC_DIVIDE_BY_16);
	apic_write(APIC_LVT_TIMER, LVT_MASKED | TIMER_VECTOR);

	/* How many counts make the period: the timer's clock is the bus's, which nothing names reliably. */
	apic_write(APIC_INITIAL_COUNT, UINT32_MAX);
	begin = rdtsc();
	while ((elapsed = rdtsc() - begin) < CALIBRATION)
		__asm__ volatile("pause");
	counts = UINT32_MAX - apic_read(APIC_CURRENT_COUNT);
	counts = counts * mticks / (elapsed / 1000000 ? elapsed / 1000000 : 1);
	if (counts == 0 || counts > UINT32_MAX)
		counts = UINT32_MAX;

	period = (uint32_t)counts;
	apic_write(APIC_LVT_TIMER, TIMER_VECTOR);
	watchdog_wind();
}

void watchdog_wind(void)
{
	if (period)
		apic_write(APIC_INITIAL_COUNT, period);
}

bool watchdog_interrupt(uint8_t vector, const struct nb_ring *ring)
{
	static unsigned without_ring;
	bool progress = ring ? ring->head != last_head : ++without_ring <= 2;

	if (vector == SPURIOUS_VECTOR) /* SDM 11.9: needs no EOI */
		return true;
	if (vector != TIMER_VECTOR || !period)
		bare_fail("an interrupt that nobody asked for, vector %u", vector);
	if (ring)
		last_head = ring->head;
	apic_write(APIC_EOI, 0);
	watchdog_wind();
	return progress;
}

void watchdog_stop(void)
{
	if (period)
		apic_write(APIC_LVT_TIMER, LVT_MASKED | TIMER_VECTOR);
}
