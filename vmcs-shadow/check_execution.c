// SPDX-License-Identifier: GPL-2.0-only
/*
 * VM-entry checks on the VM-execution controls (SDM 27.2.1.1), grouped by purpose. A structure is
 * checked only if a control uses it.
 */
#include <stddef.h>

#include "vmcs-shadow/entry_rules.h"

#define VM_FUNCTION_EPTP_SWITCHING 1ull /* 25.6.14, the only defined VM function */

static const char *check_reserved(const struct vmx_entry *e)
{
	const struct vmx_capabilities *vmx = &e->cpu->vmx;
	uint32_t targets = (vmx->misc & VMX_MISC_CR3_TARGETS_MASK) >> VMX_MISC_CR3_TARGETS_SHIFT;

	RULE(vmx_reserved_ok(e->pin, vmx->pin), "27.2.1.1 pin-based controls: reserved bits");
	RULE(vmx_reserved_ok(e->primary, vmx->primary), "27.2.1.1 primary processor-based controls: reserved bits");
	RULE(IF_THEN(e->primary & CPU_BASED_ACTIVATE_SECONDARY_CONTROLS, vmx_reserved_ok(e->secondary, vmx->secondary)),
	     "27.2.1.1 secondary processor-based controls: reserved bits");
	/* struct vmx_capabilities has no tertiary controls, so all of them are reserved. */
	RULE(IF_THEN(e->primary & CPU_BASED_ACTIVATE_TERTIARY_CONTROLS, FIELD(e, TERTIARY_VM_EXEC_CONTROL) == 0),
	     "27.2.1.1 tertiary processor-based controls: reserved bits");
	RULE(FIELD(e, CR3_TARGET_COUNT) <= targets, "27.2.1.1 CR3-target count: no more than the CPU supports");
	return NULL;
}

static const char *check_bitmaps(const struct vmx_entry *e)
{
	if (e->primary & CPU_BASED_USE_IO_BITMAPS) {
		RULE(vmx_page_ok(e, FIELD(e, IO_BITMAP_A)), "27.2.1.1 I/O bitmap A: alignment and width");
		RULE(vmx_page_ok(e, FIELD(e, IO_BITMAP_B)), "27.2.1.1 I/O bitmap B: alignment and width");
	}
	RULE(IF_THEN(e->primary & CPU_BASED_USE_MSR_BITMAPS, vmx_page_ok(e, FIELD(e, MSR_BITMAP))),
	     "27.2.1.1 MSR bitmap: alignment and width");
	if (e->secondary & SECONDARY_EXEC_SHADOW_VMCS) {
		RULE(vmx_page_ok(e, FIELD(e, VMREAD_BITMAP)), "27.2.1.1 VMREAD bitmap: alignment and width");
		RULE(vmx_page_ok(e, FIELD(e, VMWRITE_BITMAP)), "27.2.1.1 VMWRITE bitmap: alignment and width");
	}
	return NULL;
}

static const char *check_tpr_shadow(const struct vmx_entry *e)
{
	uint64_t threshold = FIELD(e, TPR_THRESHOLD), page = FIELD(e, VIRTUAL_APIC_PAGE_ADDR);

	if (!(e->primary & CPU_BASED_TPR_SHADOW)) {
		RULE(!(e->secondary & SECONDARY_EXEC_VIRTUALIZE_X2APIC_MODE),
		     "27.2.1.1 virtualize x2APIC mode: needs use TPR shadow");
		RULE(!(e->secondary & SECONDARY_EXEC_APIC_REGISTER_VIRT),
		     "27.2.1.1 APIC-register virtualization: needs use TPR shadow");
		RULE(!(e->secondary & SECONDARY_EXEC_VIRTUAL_INTR_DELIVERY),
		     "27.2.1.1 virtual-interrupt delivery: needs use TPR shadow");
		return NULL;
	}
	RULE(vmx_page_ok(e, page), "27.2.1.1 virtual-APIC page: alignment and width");
	if (e->secondary & SECONDARY_EXEC_VIRTUAL_INTR_DELIVERY)
		return NULL;
	RULE(threshold < 16, "27.2.1.1 TPR threshold: bits 31:4 are 0");
	/*
	 * VTPR is at offset 80H of the page (30.1.1). With "virtualize APIC accesses" this rule
	 * does not apply; a VM exit may follow the entry instead (27.7.7).
	 */
	if (!(e->secondary & SECONDARY_EXEC_VIRTUALIZE_APIC_ACCESSES))
		RULE(threshold <= (vmx_read_physical(e, page + 0x80) >> 4 & 0xf),
		     "27.2.1.1 TPR threshold: not greater than bits 7:4 of VTPR");
	return NULL;
}

static const char *check_apic(const struct vmx_entry *e)
{
	RULES_OF(check_tpr_shadow, e);
	if (e->secondary & SECONDARY_EXEC_VIRTUALIZE_APIC_ACCESSES) {
		RULE(vmx_page_ok(e, FIELD(e, APIC_ACCESS_ADDR)), "27.2.1.1 APIC-access page: alignment and width");
		RULE(!(e->secondary & SECONDARY_EXEC_VIRTUALIZE_X2APIC_MODE),
		     "27.2.1.1 virtualize x2APIC mode: not with virtualize APIC accesses");
	}
	RULE(IF_THEN(e->secondary & SECONDARY_EXEC_VIRTUAL_INTR_DELIVERY, e->pin & PIN_BASED_EXT_INTR_MASK),
	     "27.2.1.1 virtual-interrupt delivery: needs external-interrupt exiting");
	return NULL;
}

static const char *check_posted_interrupts(const struct vmx_entry *e)
{
	if (!(e->pin & PIN_BASED_POSTED_INTR))
		return NULL;
	RULE(e->secondary & SECONDARY_EXEC_VIRTUAL_INTR_DELIVERY,
	     "27.2.1.1 process posted interrupts: needs virtual-interrupt delivery");
	RULE(e->exit & VM_EXIT_ACK_INTR_ON_EXIT,
	     "27.2.1.1 process posted interrupts: needs acknowledge interrupt on exit");
	RULE(FIELD(e, POSTED_INTR_NV) <= 0xff, "27.2.1.1 posted-interrupt notification vector: at most 255");
	RULE(vmx_address_ok(e, FIELD(e, POSTED_INTR_DESC_ADDR), 0x3f),
	     "27.2.1.1 posted-interrupt descriptor: alignment and width");
	return NULL;
}

static const char *check_nmis(const struct vmx_entry *e)
{
	RULE(IF_THEN(e->pin & PIN_BASED_VIRTUAL_NMIS, e->pin & PIN_BASED_NMI_EXITING),
	     "27.2.1.1 virtual NMIs: needs NMI exiting");
	RULE(IF_THEN(e->primary & CPU_BASED_NMI_WINDOW_EXITING, e->pin & PIN_BASED_VIRTUAL_NMIS),
	     "27.2.1.1 NMI-window exiting: needs virtual NMIs");
	return NULL;
}

static const char *check_eptp(const struct vmx_entry *e)
{
	uint64_t eptp = FIELD(e, EPT_POINTER), can = e->cpu->vmx.ept_vpid;
	uint64_t type = eptp & EPTP_MEMORY_TYPE_MASK, length = eptp & EPTP_WALK_LENGTH_MASK;
	/*
	 * Bits 11:8 are reserved on every CPU. Bits 6 and 7 are reserved on a CPU without the
	 * feature that they enable.
	 */
	uint64_t reserved = e->beyond_width | 0xf00;

	if (!(can & VMX_EPT_AD_BIT))
		reserved |= EPTP_ACCESSED_DIRTY;
	if (!(can & VMX_EPT_SUPERVISOR_SHADOW_STACK_BIT))
		reserved |= EPTP_SUPERVISOR_SHADOW_STACK;
	RULE((type == MEMORY_TYPE_UC && (can & VMX_EPTP_UC_BIT)) || (type == MEMORY_TYPE_WB && (can & VMX_EPTP_WB_BIT)),
	     "27.2.1.1 EPTP: memory type that the CPU supports");
	RULE((length == EPTP_WALK_LENGTH_4 && (can & VMX_EPT_PAGE_WALK_4_BIT)) ||
		     (length == EPTP_WALK_LENGTH_5 && (can & VMX_EPT_PAGE_WALK_5_BIT)),
	     "27.2.1.1 EPTP: page-walk length that the CPU supports");
	RULE((eptp & reserved) == 0, "27.2.1.1 EPTP: reserved bits");
	return NULL;
}

/*
 * The rules apply only with "enable VM functions". struct vmx_capabilities does not include
 * IA32_VMX_VMFUNC, which defines one bit (A.11).
 */
static const char *check_vm_functions(const struct vmx_entry *e)
{
	uint64_t functions = FIELD(e, VM_FUNCTION_CONTROL);

	if (!(e->secondary & SECONDARY_EXEC_ENABLE_VMFUNC))
		return NULL;
	RULE((functions & ~VM_FUNCTION_EPTP_SWITCHING) == 0, "27.2.1.1 VM-function controls: reserved bits");
	if (!(functions & VM_FUNCTION_EPTP_SWITCHING))
		return NULL;
	RULE(e->secondary & SECONDARY_EXEC_ENABLE_EPT, "27.2.1.1 EPTP switching: needs enable EPT");
	RULE(vmx_page_ok(e, FIELD(e, EPTP_LIST_ADDRESS)), "27.2.1.1 EPTP list: alignment and width");
	return NULL;
}

static const char *check_translation(const struct vmx_entry *e)
{
	uint32_t secondary = e->secondary;
	bool ept = secondary & SECONDARY_EXEC_ENABLE_EPT;

	RULE(IF_THEN(secondary & SECONDARY_EXEC_ENABLE_VPID, FIELD(e, VIRTUAL_PROCESSOR_ID) != 0),
	     "27.2.1.1 VPID: not 0");
	if (ept)
		RULES_OF(check_eptp, e);
	if (secondary & SECONDARY_EXEC_ENABLE_PML) {
		RULE(ept, "27.2.1.1 enable PML: needs enable EPT");
		RULE(vmx_page_ok(e, FIELD(e, PML_ADDRESS)), "27.2.1.1 PML address: alignment and width");
	}
	RULE(IF_THEN(secondary & SECONDARY_EXEC_UNRESTRICTED_GUEST, ept),
	     "27.2.1.1 unrestricted guest: needs enable EPT");
	RULE(IF_THEN(secondary & SECONDARY_EXEC_MODE_BASED_EPT_EXEC, ept),
	     "27.2.1.1 mode-based execute control for EPT: needs enable EPT");
	if (secondary & SECONDARY_EXEC_SUB_PAGE_WRITE) {
		RULE(ept, "27.2.1.1 sub-page write permissions for EPT: needs enable EPT");
		RULE(vmx_page_ok(e, FIELD(e, SPP_TABLE_POINTER)), "27.2.1.1 SPPTP: alignment and width");
	}
	RULES_OF(check_vm_functions, e);
	/* The manual does not require "enable EPT" here. */
	RULE(IF_THEN(secondary & SECONDARY_EXEC_EPT_VIOLATION_VE, vmx_page_ok(e, FIELD(e, VE_INFORMATION_ADDRESS))),
	     "27.2.1.1 virtualization-exception information: alignment and width");
	return NULL;
}

static const char *check_newer_features(const struct vmx_entry *e)
{
	if (e->secondary & SECONDARY_EXEC_PT_USE_GPA) {
		RULE(e->secondary & SECONDARY_EXEC_ENABLE_EPT,
		     "27.2.1.1 Intel PT uses guest physical addresses: needs enable EPT");
		RULE(e->entry & VM_ENTRY_LOAD_IA32_RTIT_CTL,
		     "27.2.1.1 Intel PT uses guest physical addresses: needs load IA32_RTIT_CTL");
		RULE(e->exit & VM_EXIT_CLEAR_IA32_RTIT_CTL,
		     "27.2.1.1 Intel PT uses guest physical addresses: needs clear IA32_RTIT_CTL");
	}
	RULE(IF_THEN(e->secondary & SECONDARY_EXEC_TSC_SCALING, FIELD(e, TSC_MULTIPLIER) != 0),
	     "27.2.1.1 TSC multiplier: not 0");
	if (e->secondary & SECONDARY_EXEC_PASID_TRANSLATION) {
		RULE(vmx_page_ok(e, FIELD(e, LOW_PASID_DIRECTORY_ADDRESS)),
		     "27.2.1.1 low PASID directory: alignment and width");
		RULE(vmx_page_ok(e, FIELD(e, HIGH_PASID_DIRECTORY_ADDRESS)),
		     "27.2.1.1 high PASID directory: alignment and width");
	}
	return NULL;
}

const char *vmx_check_execution_controls(const struct vmx_entry *e)
{
	RULES_OF(check_reserved, e);
	RULES_OF(check_bitmaps, e);
	RULES_OF(check_nmis, e);
	RULES_OF(check_apic, e);
	RULES_OF(check_posted_interrupts, e);
	RULES_OF(check_translation, e);
	return check_newer_features(e);
}
