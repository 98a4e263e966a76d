// SPDX-License-Identifier: GPL-2.0-only
/* The registers of the guest's local APIC, and the choice of the next interrupt (SDM 11.8.3). */
#include "l1-hypervisor/events/vapic.h"

#include "l1-hypervisor/events/lapic.h"
#include "l1-hypervisor/events/watchdog.h"
#include "microbench/bare/bare.h"

#define VERSION          0x00000014u /* integrated APIC; the highest LVT entry is entry 0 */
#define ICR_SELF         (1u << 18)
#define ICR_SHORTHAND    (3u << 18)
#define ICR_DELIVERY     (7u << 8)
#define LVT_PERIODIC     (1u << 17)
#define SPURIOUS_RESET   0xffu
#define LOWEST_INTERRUPT 16u /* vectors below 16 are illegal (SDM 11.5.2) */

static int highest(const uint32_t bits[8])
{
	for (int i = 7; i >= 0; i--)
		if (bits[i])
			return 32 * i + 31 - __builtin_clz(bits[i]);
	return -1;
}

void vapic_reset(struct vcpu *vcpu)
{
	vcpu->apic = (struct local_apic){
		.base = VAPIC_PAGE | APIC_BASE_ENABLE | APIC_BASE_BSP,
		.spurious = SPURIOUS_RESET,
		.lvt_timer = LVT_MASKED,
	};
}

int vapic_pending(struct vcpu *vcpu)
{
	int vector = highest(vcpu->apic.irr);
	int serving, priority;

	if (vector < 0 || !(vcpu->apic.spurious & APIC_SOFTWARE_ENABLE))
		return -1;
	serving = highest(vcpu->apic.isr);
	priority = (int)(vcpu->apic.tpr >> 4);
	if (serving >> 4 > priority)
		priority = serving >> 4;
	return vector >> 4 > priority ? vector : -1;
}

void vapic_start_service(struct vcpu *vcpu)
{
	int vector = highest(vcpu->apic.irr);

	if (vector < 0)
		return;
	vcpu->apic.irr[vector / 32] &= ~(1u << vector % 32);
	vcpu->apic.isr[vector / 32] |= 1u << vector % 32;
	vcpu->apic.has_requests = highest(vcpu->apic.irr) >= 0;
}

bool vapic_has_requests(struct vcpu *vcpu)
{
	return vcpu->apic.has_requests;
}

static void request(struct vcpu *vcpu, uint32_t vector)
{
	vector &= 0xff;
	vcpu->apic.has_requests = true;
	if (vector >= LOWEST_INTERRUPT)
		vcpu->apic.irr[vector / 32] |= 1u << vector % 32;
}

static void end_of_interrupt(struct vcpu *vcpu)
{
	int vector = highest(vcpu->apic.isr);

	if (vector >= 0)
		vcpu->apic.isr[vector / 32] &= ~(1u << vector % 32);
}

/*
 * Accepts fixed interrupts to the guest's one CPU, by the self shorthand or by APIC ID 0. Other
 * commands are ignored, because there is no other CPU.
 */
static void interrupt_command(struct vcpu *vcpu, uint32_t command, uint32_t destination)
{
	uint32_t shorthand = command & ICR_SHORTHAND;

	if ((command & ICR_DELIVERY) == 0 && (shorthand == ICR_SELF || (shorthand == 0 && destination == 0)))
		request(vcpu, command);
}

/*
 * The guest's timer runs on this hypervisor's APIC timer, whose divider is 16. So the counts are
 * scaled.
 */
static void arm_timer(struct vcpu *vcpu)
{
	static const uint8_t shift_of[8] = {1, 2, 3, 4, 5, 6, 7, 0}; /* SDM figure 11-10 */
	unsigned shift = shift_of[(vcpu->apic.divide & 3) | (vcpu->apic.divide >> 1 & 4)];
	uint64_t counts = ((uint64_t)vcpu->apic.initial_count << shift) >> 4;

	vcpu->apic.armed = vcpu->apic.initial_count && !(vcpu->apic.lvt_timer & LVT_MASKED);
	lapic_init();
	if (counts > UINT32_MAX)
		counts = UINT32_MAX;
	lapic_arm(vcpu->apic.armed ? (uint32_t)(counts ? counts : 1) : 0);
	if (!vcpu->apic.armed)
		watchdog_restart(); /* the watchdog uses the same timer */
}

bool vapic_timer(struct vcpu *vcpu, uint8_t vector)
{
	if (vector != LAPIC_TIMER_VECTOR || !vcpu->apic.armed)
		return false;
	vcpu->apic.armed = false;
	if (!(vcpu->apic.lvt_timer & LVT_MASKED))
		request(vcpu, vcpu->apic.lvt_timer);
	if (vcpu->apic.lvt_timer & LVT_PERIODIC)
		arm_timer(vcpu);
	else
		watchdog_restart();
	return true;
}

bool vapic_read(struct vcpu *vcpu, uint32_t reg, uint64_t *value)
{
	switch (reg) {
	case APIC_ID:
		*value = 0;
		return true;
	case APIC_VERSION:
		*value = VERSION;
		return true;
	case APIC_TPR:
		*value = vcpu->apic.tpr;
		return true;
	case APIC_SPURIOUS:
		*value = vcpu->apic.spurious;
		return true;
	case APIC_ISR ... APIC_ISR + 0x70:
		*value = vcpu->apic.isr[(reg - APIC_ISR) / 0x10];
		return true;
	case APIC_IRR ... APIC_IRR + 0x70:
		*value = vcpu->apic.irr[(reg - APIC_IRR) / 0x10];
		return true;
	case APIC_ICR:
		*value = 0; /* the delivery status is always idle */
		return true;
	case APIC_ICR_HIGH:
		*value = vcpu->apic.icr_high;
		return true;
	case APIC_LVT_TIMER:
		*value = vcpu->apic.lvt_timer;
		return true;
	case APIC_INITIAL_COUNT:
		*value = vcpu->apic.initial_count;
		return true;
	case APIC_CURRENT_COUNT:
		*value = 0;
		if (vcpu->apic.armed)
			*value = lapic_read(APIC_CURRENT_COUNT);
		return true;
	case APIC_DIVIDE:
		*value = vcpu->apic.divide;
		return true;
	default:
		return false;
	}
}

bool vapic_write(struct vcpu *vcpu, uint32_t reg, uint64_t value)
{
	switch (reg) {
	case APIC_TPR:
		vcpu->apic.tpr = (uint8_t)value;
		return true;
	case APIC_EOI:
		end_of_interrupt(vcpu);
		return true;
	case APIC_SPURIOUS:
		vcpu->apic.spurious = (uint32_t)value & 0x1ff;
		return true;
	case APIC_ICR:
		interrupt_command(vcpu, (uint32_t)value,
				  vapic_is_x2apic(vcpu) ? (uint32_t)(value >> 32) : vcpu->apic.icr_high >> 24);
		return true;
	case APIC_ICR_HIGH:
		vcpu->apic.icr_high = (uint32_t)value;
		return !vapic_is_x2apic(vcpu);
	case APIC_LVT_TIMER:
		vcpu->apic.lvt_timer = (uint32_t)value & (LVT_PERIODIC | LVT_MASKED | 0xff);
		if (vcpu->apic.lvt_timer & LVT_MASKED) {
			vcpu->apic.armed = false;
			if (watchdog_is_on())
				watchdog_restart();
			else
				lapic_release();
		}
		return true;
	case APIC_INITIAL_COUNT:
		vcpu->apic.initial_count = (uint32_t)value;
		arm_timer(vcpu);
		return true;
	case APIC_DIVIDE:
		vcpu->apic.divide = (uint32_t)value & 0xb;
		return true;
	case APIC_SELF_IPI:
		if (!vapic_is_x2apic(vcpu))
			return false;
		request(vcpu, (uint32_t)value);
		return true;
	default:
		return false;
	}
}

uint64_t vapic_base(struct vcpu *vcpu)
{
	return vcpu->apic.base;
}

bool vapic_set_base(struct vcpu *vcpu, uint64_t value)
{
	const uint64_t mode = APIC_BASE_X2APIC | APIC_BASE_ENABLE;

	if (value & ~(APIC_BASE_ADDRESS | APIC_BASE_BSP | mode) || (value & mode) == APIC_BASE_X2APIC)
		return false;
	/* SDM 11.12.5: the only way out of x2APIC mode is to disable the APIC. */
	if ((vcpu->apic.base & mode) == mode && (value & mode) == APIC_BASE_ENABLE)
		return false;
	if ((value & APIC_BASE_ADDRESS) != VAPIC_PAGE)
		return false;
	vcpu->apic.base = (value & ~APIC_BASE_BSP) | APIC_BASE_BSP;
	return true;
}

bool vapic_is_x2apic(struct vcpu *vcpu)
{
	return vcpu->apic.base & APIC_BASE_X2APIC;
}
