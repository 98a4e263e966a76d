// SPDX-License-Identifier: GPL-2.0-only
/*
 * The MSR bitmap (SDM 25.6.9), and the emulation of trapped accesses. An access traps only if it
 * must not reach the CPU's MSR, or if an operation requests the trap.
 */
#include "l1-hypervisor/emulate/msr.h"

#include "l1-hypervisor/backend/backend.h"
#include "l1-hypervisor/events/events.h"
#include "l1-hypervisor/events/passthrough.h"
#include "l1-hypervisor/events/vapic.h"
#include "l1-hypervisor/memory/guest_paging.h"
#include "microbench/bare/bare.h"
#include "microbench/bare/cpu.h"
#include "vmcs-shadow/x86.h"

#define MSR_IA32_TSC_DEADLINE 0x6e0u

#define BITMAP_HIGH  1024u /* for MSRs from 0xc0000000 */
#define BITMAP_WRITE 2048u

static uint8_t bitmap[4096] __attribute__((aligned(4096)));

static void set_bit(uint32_t byte, uint32_t bit, bool on)
{
	if (on)
		bitmap[byte + bit / 8] |= (uint8_t)(1u << bit % 8);
	else
		bitmap[byte + bit / 8] &= (uint8_t) ~(1u << bit % 8);
}

void msr_trap(struct vcpu *vcpu, uint32_t msr, bool trap)
{
	uint32_t half = msr >= 0xc0000000u ? BITMAP_HIGH : 0;

	set_bit(half, msr & 0x1fff, trap);
	set_bit(half + BITMAP_WRITE, msr & 0x1fff, trap);
	if (vcpu->nested)
		vcpu->nested->bitmaps_changed(vcpu);
}

uint64_t msr_bitmap_init(struct vcpu *vcpu)
{
	/* The guest has an emulated APIC, unless it uses the machine's APIC. */
	msr_trap(vcpu, MSR_APIC_BASE, !passthrough_is_on(vcpu));
	msr_trap(vcpu, MSR_IA32_TSC_DEADLINE, !passthrough_is_on(vcpu));
	msr_trap(vcpu, MSR_EFER, vcpu->shadow);
	for (uint32_t msr = MSR_X2APIC; msr <= MSR_X2APIC_LAST; msr++)
		msr_trap(vcpu, msr, !passthrough_is_on(vcpu));
	vcpu->misc_enable = rdmsr(MSR_MISC_ENABLE);
	if (vcpu->nested)
		msr_trap(vcpu, MSR_IA32_FEATURE_CONTROL, true);
	/*
	 * A virtual VM exit does not reload the SYSENTER MSRs until the guest writes one
	 * (nested_reflect.c).
	 */
	for (uint32_t msr = MSR_SYSENTER_CS; vcpu->nested && msr <= MSR_SYSENTER_EIP; msr++)
		set_bit(BITMAP_WRITE, msr, true);
	for (uint32_t msr = MSR_IA32_VMX_BASIC; vcpu->nested && msr <= MSR_IA32_VMX_VMFUNC; msr++)
		msr_trap(vcpu, msr, true);
	return msr_bitmap_address();
}

uint64_t msr_bitmap_address(void)
{
	return (uintptr_t)bitmap;
}

bool msr_is_trapped(uint32_t msr, bool write)
{
	uint32_t at = (msr >= 0xc0000000u ? BITMAP_HIGH : 0) + (write ? BITMAP_WRITE : 0);

	if ((msr & ~0xc0000000u) > 0x1fff || (msr >= 0x40000000u && msr < 0xc0000000u))
		return true;
	return bitmap[at + (msr & 0x1fff) / 8] >> (msr & 7) & 1;
}

bool msr_read(struct vcpu *vcpu, uint32_t msr, uint64_t *value)
{
	switch (msr) {
	case MSR_MISC_ENABLE:
		*value = vcpu->misc_enable;
		return true;
	case MSR_EFER: /* traps only with shadow page tables */
		*value = paging_efer(vcpu);
		return true;
	case MSR_APIC_BASE:
		*value = vapic_base(vcpu);
		return true;
	case MSR_X2APIC ... MSR_X2APIC_LAST:
		return vapic_is_x2apic(vcpu) && vapic_read(vcpu, (msr - MSR_X2APIC) << 4, value);
	default:
		return vcpu->nested && vcpu->nested->read_msr(vcpu, msr, value);
	}
}

/*
 * Writes the MSR of the guest, or of the nested guest while it runs. These writes exit if the guest
 * is a hypervisor.
 */
static bool write_sysenter(struct vcpu *vcpu, uint32_t msr, uint64_t value)
{
	if (msr == MSR_SYSENTER_CS) {
		state_write(SYSENTER_CS, (uint32_t)value);
	} else if (!cpu_is_canonical(value)) {
		return false;
	} else if (msr == MSR_SYSENTER_ESP) {
		state_write(SYSENTER_ESP, value);
	} else {
		state_write(SYSENTER_EIP, value);
	}
	if (vcpu->nested && !vcpu->nested_runs)
		vcpu->nested->tables_change(vcpu);
	return true;
}

bool msr_write(struct vcpu *vcpu, uint32_t msr, uint64_t value)
{
	switch (msr) {
	case MSR_MISC_ENABLE:
		vcpu->misc_enable = value;
		return true;
	case MSR_EFER:
		return paging_write_efer(vcpu, value);
	case MSR_APIC_BASE:
		return vapic_set_base(vcpu, value);
	case MSR_X2APIC ... MSR_X2APIC_LAST:
		return vapic_is_x2apic(vcpu) && vapic_write(vcpu, (msr - MSR_X2APIC) << 4, value);
	case MSR_SYSENTER_CS ... MSR_SYSENTER_EIP:
		return write_sysenter(vcpu, msr, value);
	default:
		return false;
	}
}

enum outcome msr_exit(struct vcpu *vcpu, bool is_write)
{
	uint32_t msr = (uint32_t)vcpu->regs.rcx;
	uint64_t value = (vcpu->regs.rdx << 32) | (uint32_t)vcpu->regs.rax;

	if (!(is_write ? msr_write(vcpu, msr, value) : msr_read(vcpu, msr, &value))) {
		event_exception(vcpu, VECTOR_GP, true, 0);
		return OUTCOME_RESUME;
	}
	if (!is_write) {
		vcpu->regs.rax = (uint32_t)value;
		vcpu->regs.rdx = value >> 32;
	}
	skip_instruction();
	if (is_write)
		event_deliver(vcpu, true);
	return OUTCOME_RESUME;
}
