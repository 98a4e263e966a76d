// SPDX-License-Identifier: GPL-2.0-only
/* The registers of the guest's local APIC, and the choice of the next interrupt (SDM 11.8.3). */
#include "l1-hypervisor/vapic.h"

#include "l1-hypervisor/lapic.h"
#include "l1-hypervisor/watchdog.h"
#include "microbench/bare/bare.h"

#define VERSION          0x00000014u /* integrated APIC; the highest LVT entry is entry 0 */
#define ICR_SELF         (1u << 18)
#define ICR_SHORTHAND    (3u << 18)
#define ICR_DELIVERY     (7u << 8)
#define LVT_PERIODIC     (1u << 17)
#define SPURIOUS_RESET   0xffu
#define LOWEST_INTERRUPT 16u /* vectors below 16 are illegal (SDM 11.5.2) */

static struct {
	uint64_t base;
	uint32_t tpr, spurious, divide, lvt_timer, initial_count, icr_high;
	uint32_t irr[8], isr[8];
	bool armed;
} apic = {
	.base = VAPIC_PAGE | APIC_BASE_ENABLE | APIC_BASE_BSP,
	.spurious = SPURIOUS_RESET,
	.lvt_timer = LVT_MASKED,
};

static bool has_requests; /* false only if no bit of IRR is set */

static int highest(const uint32_t bits[8])
{
	for (int i = 7; i >= 0; i--)
		if (bits[i])
			return 32 * i + 31 - __builtin_clz(bits[i]);
	return -1;
}

int vapic_pending(void)
{
	int vector = highest(apic.irr);
	int serving, priority;

	if (vector < 0 || !(apic.spurious & APIC_SOFTWARE_ENABLE))
		return -1;
	serving = highest(apic.isr);
	priority = (int)(apic.tpr >> 4);
	if (serving >> 4 > priority)
		priority = serving >> 4;
	return vector >> 4 > priority ? vector : -1;
}

void vapic_start_service(void)
{
	int vector = highest(apic.irr);

	if (vector < 0)
		return;
	apic.irr[vector / 32] &= ~(1u << vector % 32);
	apic.isr[vector / 32] |= 1u << vector % 32;
	has_requests = highest(apic.irr) >= 0;
}

bool vapic_has_requests(void)
{
	return has_requests;
}

static void request(uint32_t vector)
{
	vector &= 0xff;
	has_requests = true;
	if (vector >= LOWEST_INTERRUPT)
		apic.irr[vector / 32] |= 1u << vector % 32;
}

static void end_of_interrupt(void)
{
	int vector = highest(apic.isr);

	if (vector >= 0)
		apic.isr[vector / 32] &= ~(1u << vector % 32);
}

/*
 * Accepts fixed interrupts to the guest's one CPU, by the self shorthand or by APIC ID 0. Other
 * commands are ignored, because there is no other CPU.
 */
static void interrupt_command(uint32_t command, uint32_t destination)
{
	uint32_t shorthand = command & ICR_SHORTHAND;

	if ((command & ICR_DELIVERY) == 0 && (shorthand == ICR_SELF || (shorthand == 0 && destination == 0)))
		request(command);
}

/*
 * The guest's timer runs on this hypervisor's APIC timer, whose divider is 16. So the counts are
 * scaled.
 */
static void arm_timer(void)
{
	static const uint8_t shift_of[8] = {1, 2, 3, 4, 5, 6, 7, 0}; /* SDM figure 11-10 */
	unsigned shift = shift_of[(apic.divide & 3) | (apic.divide >> 1 & 4)];
	uint64_t counts = ((uint64_t)apic.initial_count << shift) >> 4;

	apic.armed = apic.initial_count && !(apic.lvt_timer & LVT_MASKED);
	lapic_init();
	if (counts > UINT32_MAX)
		counts = UINT32_MAX;
	lapic_arm(apic.armed ? (uint32_t)(counts ? counts : 1) : 0);
	if (!apic.armed)
		watchdog_restart(); /* the watchdog uses the same timer */
}

bool vapic_timer(uint8_t vector)
{
	if (vector != LAPIC_TIMER_VECTOR || !apic.armed)
		return false;
	apic.armed = false;
	if (!(apic.lvt_timer & LVT_MASKED))
		request(apic.lvt_timer);
	if (apic.lvt_timer & LVT_PERIODIC)
		arm_timer();
	else
		watchdog_restart();
	return true;
}

bool vapic_read(uint32_t reg, uint64_t *value)
{
	switch (reg) {
	case APIC_ID:
		*value = 0;
		return true;
	case APIC_VERSION:
		*value = VERSION;
		return true;
	case APIC_TPR:
		*value = apic.tpr;
		return true;
	case APIC_SPURIOUS:
		*value = apic.spurious;
		return true;
	case APIC_ISR ... APIC_ISR + 0x70:
		*value = apic.isr[(reg - APIC_ISR) / 0x10];
		return true;
	case APIC_IRR ... APIC_IRR + 0x70:
		*value = apic.irr[(reg - APIC_IRR) / 0x10];
		return true;
	case APIC_ICR:
		*value = 0; /* the delivery status is always idle */
		return true;
	case APIC_ICR_HIGH:
		*value = apic.icr_high;
		return true;
	case APIC_LVT_TIMER:
		*value = apic.lvt_timer;
		return true;
	case APIC_INITIAL_COUNT:
		*value = apic.initial_count;
		return true;
	case APIC_CURRENT_COUNT:
		*value = 0;
		if (apic.armed)
			*value = lapic_read(APIC_CURRENT_COUNT);
		return true;
	case APIC_DIVIDE:
		*value = apic.divide;
		return true;
	default:
		return false;
	}
}

bool vapic_write(uint32_t reg, uint64_t value)
{
	switch (reg) {
	case APIC_TPR:
		apic.tpr = (uint8_t)value;
		return true;
	case APIC_EOI:
		end_of_interrupt();
		return true;
	case APIC_SPURIOUS:
		apic.spurious = (uint32_t)value & 0x1ff;
		return true;
	case APIC_ICR:
		interrupt_command((uint32_t)value, vapic_is_x2apic() ? (uint32_t)(value >> 32) : apic.icr_high >> 24);
		return true;
	case APIC_ICR_HIGH:
		apic.icr_high = (uint32_t)value;
		return !vapic_is_x2apic();
	case APIC_LVT_TIMER:
		apic.lvt_timer = (uint32_t)value & (LVT_PERIODIC | LVT_MASKED | 0xff);
		if (apic.lvt_timer & LVT_MASKED) {
			apic.armed = false;
			if (watchdog_is_on())
				watchdog_restart();
			else
				lapic_release();
		}
		return true;
	case APIC_INITIAL_COUNT:
		apic.initial_count = (uint32_t)value;
		arm_timer();
		return true;
	case APIC_DIVIDE:
		apic.divide = (uint32_t)value & 0xb;
		return true;
	case APIC_SELF_IPI:
		if (!vapic_is_x2apic())
			return false;
		request((uint32_t)value);
		return true;
	default:
		return false;
	}
}

uint64_t vapic_base(void)
{
	return apic.base;
}

bool vapic_set_base(uint64_t value)
{
	const uint64_t mode = APIC_BASE_X2APIC | APIC_BASE_ENABLE;

	if (value & ~(APIC_BASE_ADDRESS | APIC_BASE_BSP | mode) || (value & mode) == APIC_BASE_X2APIC)
		return false;
	/* SDM 11.12.5: the only way out of x2APIC mode is to disable the APIC. */
	if ((apic.base & mode) == mode && (value & mode) == APIC_BASE_ENABLE)
		return false;
	if ((value & APIC_BASE_ADDRESS) != VAPIC_PAGE)
		return false;
	apic.base = (value & ~APIC_BASE_BSP) | APIC_BASE_BSP;
	return true;
}

bool vapic_is_x2apic(void)
{
	return apic.base & APIC_BASE_X2APIC;
}
