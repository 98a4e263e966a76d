// SPDX-License-Identifier: GPL-2.0-only
/*
 * Adjusts control fields and control registers to the values of the capability MSRs (SDM appendix
 * A). The functions only compute and read no MSR.
 */
#include "vmcs-shadow/capability.h"

const struct vmx_capability_msr_info vmx_capability_msrs[VMX_CAPABILITY_MSR_COUNT] = {
#define MSR_ROW(name, number) {#name, number},
	VMX_CAPABILITY_MSRS(MSR_ROW)
#undef MSR_ROW
};

const char *vmx_capability_msr_name(uint32_t msr)
{
	for (unsigned i = 0; i < VMX_CAPABILITY_MSR_COUNT; i++)
		if (vmx_capability_msrs[i].number == msr)
			return vmx_capability_msrs[i].name;
	return "UNKNOWN";
}

bool vmx_adjust_control(uint64_t capability, uint32_t required, uint32_t optional, uint32_t *control, uint32_t *missing)
{
	uint32_t must_be_one = (uint32_t)capability; /* allowed 0-settings: a bit that is 1 forbids 0 */
	uint32_t may_be_one = capability >> 32;

	*missing = required & ~may_be_one;
	if (*missing)
		return false;
	*control = required | (optional & may_be_one) | must_be_one;
	return true;
}

bool vmx_fixed_bits_ok(uint64_t value, uint64_t fixed0, uint64_t fixed1)
{
	return (value & fixed0) == fixed0 && (value & ~fixed1) == 0;
}

uint64_t vmx_apply_fixed_bits(uint64_t value, uint64_t fixed0, uint64_t fixed1)
{
	return (value | fixed0) & fixed1;
}
