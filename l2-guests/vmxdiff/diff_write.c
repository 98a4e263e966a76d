// SPDX-License-Identifier: GPL-2.0-only
/* Writes VMCS fields that cases use to the current VMCS: all of them, or only the changed ones. */
#include "l2-guests/vmxdiff/diff_entry.h"
#include "l2-guests/vmxdiff/diff_vmx.h"
#include "microbench/bare/bare.h"

static unsigned cr3_targets(void)
{
	return (unsigned)((vmx.misc & VMX_MISC_CR3_TARGETS_MASK) >> VMX_MISC_CR3_TARGETS_SHIFT);
}

/* Returns false for fields that no case uses. A CPU without the feature may lack such a field. */
static bool is_used(unsigned field)
{
	uint32_t encoding = vmcs_field_info[field].encoding;

	if (vmcs_encoding_type(encoding) == VMCS_TYPE_EXIT_INFORMATION)
		return false;
	switch (field) {
	case VMCS_INDEX_VIRTUAL_PROCESSOR_ID:
	case VMCS_INDEX_IO_BITMAP_A:
	case VMCS_INDEX_IO_BITMAP_B:
	case VMCS_INDEX_MSR_BITMAP:
	case VMCS_INDEX_VM_EXIT_MSR_STORE_ADDR:
	case VMCS_INDEX_VM_EXIT_MSR_LOAD_ADDR:
	case VMCS_INDEX_VM_ENTRY_MSR_LOAD_ADDR:
	case VMCS_INDEX_TSC_OFFSET:
	case VMCS_INDEX_EPT_POINTER:
	case VMCS_INDEX_VMCS_LINK_POINTER:
	case VMCS_INDEX_GUEST_IA32_DEBUGCTL:
	case VMCS_INDEX_GUEST_IA32_EFER:
	case VMCS_INDEX_GUEST_PDPTR0:
	case VMCS_INDEX_GUEST_PDPTR1:
	case VMCS_INDEX_GUEST_PDPTR2:
	case VMCS_INDEX_GUEST_PDPTR3:
	case VMCS_INDEX_HOST_IA32_EFER:
		return true;
	case VMCS_INDEX_CR3_TARGET_VALUE0:
	case VMCS_INDEX_CR3_TARGET_VALUE1:
	case VMCS_INDEX_CR3_TARGET_VALUE2:
	case VMCS_INDEX_CR3_TARGET_VALUE3:
		return cr3_targets() == 4;
	case VMCS_INDEX_GUEST_INTR_STATUS:
	case VMCS_INDEX_GUEST_PML_INDEX:
	case VMCS_INDEX_GUEST_UINV:
	case VMCS_INDEX_TPR_THRESHOLD:
	case VMCS_INDEX_PLE_GAP:
	case VMCS_INDEX_PLE_WINDOW:
	case VMCS_INDEX_NOTIFY_WINDOW:
	case VMCS_INDEX_GUEST_SMBASE:
	case VMCS_INDEX_VMX_PREEMPTION_TIMER_VALUE:
	case VMCS_INDEX_GUEST_S_CET:
	case VMCS_INDEX_GUEST_SSP:
	case VMCS_INDEX_GUEST_INTR_SSP_TABLE:
	case VMCS_INDEX_HOST_S_CET:
	case VMCS_INDEX_HOST_SSP:
	case VMCS_INDEX_HOST_INTR_SSP_TABLE:
		return false;
	default:
		return vmcs_encoding_width(encoding) != VMCS_WIDTH_64 &&
		       !(vmcs_encoding_width(encoding) == VMCS_WIDTH_16 &&
			 vmcs_encoding_type(encoding) == VMCS_TYPE_CONTROL);
	}
}

static uint8_t used[VMCS_FIELD_COUNT];
static unsigned used_count;

void entry_write(const struct vmcs12 *v)
{
	if (used_count == 0)
		for (unsigned i = 0; i < VMCS_FIELD_COUNT; i++)
			if (is_used(i))
				used[used_count++] = (uint8_t)i;
	for (unsigned i = 0; i < used_count; i++)
		if (!vmx_write(vmcs_field_info[used[i]].encoding, v->field[used[i]]))
			bare_fail("VMWRITE of %s has failed", vmcs_field_info[used[i]].name);
}

void entry_write_changes(const struct vmcs12 *from, const struct vmcs12 *to)
{
	for (unsigned i = 0; i < used_count; i++)
		if (from->field[used[i]] != to->field[used[i]])
			vmx_write(vmcs_field_info[used[i]].encoding, to->field[used[i]]);
}

/*
 * Checks a control word against a capability MSR, only for the bits in `cases`. A bit may be 1 if
 * it is 1 in the upper half of the MSR. A bit must be 1 if it is 1 in the lower half.
 */
static bool allows(uint64_t capability, uint64_t control, uint32_t cases)
{
	return !(control & cases & ~(capability >> 32)) && !(~control & cases & capability);
}

bool entry_is_possible(const struct entry_case *c)
{
	const struct vmcs12 *v = &c->vmcs;

	return allows(vmx.pin, VMCS12(v, PIN_BASED_VM_EXEC_CONTROL), CASE_PIN) &&
	       allows(vmx.primary, VMCS12(v, CPU_BASED_VM_EXEC_CONTROL), CASE_PRIMARY) &&
	       allows(vmx.secondary, VMCS12(v, SECONDARY_VM_EXEC_CONTROL), CASE_2ND) &&
	       allows(vmx.exit, VMCS12(v, VM_EXIT_CONTROLS), CASE_EXIT) &&
	       allows(vmx.entry, VMCS12(v, VM_ENTRY_CONTROLS), CASE_ENTRY) &&
	       !(c->wants_cr3_targets && cr3_targets() != 4) && !(c->wants_ad && !(vmx.ept_vpid & VMX_EPT_AD_BIT));
}
