// SPDX-License-Identifier: GPL-2.0-only
/* Window exiting (SDM 25.6.2) and the VMX-preemption timer (SDM 25.5.1). */
#include "l1-hypervisor/cpu/vmx/injection.h"

void injection_set_window(struct vcpu *vcpu, uint32_t bit, bool on)
{
	uint32_t control;

	/* While the nested guest runs, vmcs02 holds merged controls. */
	if (vcpu->nested_runs) {
		control = (uint32_t)vmcs_read(CPU_BASED_VM_EXEC_CONTROL);
		vmcs_write(CPU_BASED_VM_EXEC_CONTROL, on ? control | bit : control & ~bit);
		return;
	}
	control = on ? vcpu->primary | bit : vcpu->primary & ~bit;
	if (control == vcpu->primary)
		return;
	vcpu->primary = control;
	vmcs_write(CPU_BASED_VM_EXEC_CONTROL, control);
}

/*
 * The control is set only while the timer runs. KVM emulates the countdown with a separate timer.
 */
bool preemption_timer_start(struct vcpu *vcpu, uint64_t ticks)
{
	if (!(vmx.pin >> 32 & PIN_BASED_VMX_PREEMPTION_TIMER) || ticks > UINT32_MAX)
		return false;
	vmcs_write(VMX_PREEMPTION_TIMER_VALUE, ticks);
	vcpu->pin |= PIN_BASED_VMX_PREEMPTION_TIMER;
	vmcs_write(PIN_BASED_VM_EXEC_CONTROL, vcpu->pin);
	return true;
}

void preemption_timer_stop(struct vcpu *vcpu)
{
	vcpu->pin &= ~PIN_BASED_VMX_PREEMPTION_TIMER;
	vmcs_write(PIN_BASED_VM_EXEC_CONTROL, vcpu->pin);
}
