// SPDX-License-Identifier: GPL-2.0-only
/* The watchdog for the guest uses the local APIC's timer (SDM 11.5.4). */
#include "l1-hypervisor/events/watchdog.h"

#include "l1-hypervisor/events/lapic.h"
#include "microbench/bare/bare.h"
#include "microbench/bare/cpu.h"

#define CALIBRATION 2000000u /* in time stamp ticks */

static uint64_t last_head;
static uint32_t period; /* in timer counts; 0: no watchdog */

void watchdog_start(uint32_t mticks)
{
	uint64_t begin, counts, elapsed;

	if (mticks == 0)
		return;
	lapic_init();
	/*
	 * Measures the timer's frequency: the timer runs on the bus clock, and nothing reports its
	 * frequency reliably.
	 */
	lapic_arm(UINT32_MAX);
	begin = rdtsc();
	while ((elapsed = rdtsc() - begin) < CALIBRATION)
		__asm__ volatile("pause");
	counts = UINT32_MAX - lapic_read(APIC_CURRENT_COUNT);
	counts = counts * mticks / (elapsed / 1000000 ? elapsed / 1000000 : 1);
	if (counts == 0 || counts > UINT32_MAX)
		counts = UINT32_MAX;

	period = (uint32_t)counts;
	watchdog_restart();
}

void watchdog_restart(void)
{
	if (period)
		lapic_arm(period);
}

bool watchdog_interrupt(uint8_t vector, const struct nb_ring *ring)
{
	static unsigned without_ring;
	bool progress = ring ? ring->head != last_head : ++without_ring <= 2;

	if (vector != LAPIC_TIMER_VECTOR || !period)
		bare_fail("unexpected interrupt with vector %u", vector);
	if (ring)
		last_head = ring->head;
	watchdog_restart();
	return progress;
}

bool watchdog_is_on(void)
{
	return period != 0;
}

void watchdog_stop(void)
{
	if (period)
		lapic_arm(0);
}
