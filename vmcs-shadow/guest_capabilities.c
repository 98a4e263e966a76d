// SPDX-License-Identifier: GPL-2.0-only
/*
 * The controls that a guest hypervisor may use, one list for each control field. Comments name the
 * unsupported controls and the reason.
 */
#include "vmcs-shadow/guest_capabilities.h"

#include "vmcs-shadow/controls.h"
#include "vmcs-shadow/fields.h"

/* Posted interrupts are unsupported, because virtual-interrupt delivery is unsupported. */
#define PIN_OFFERED                                                                                                    \
	(PIN_BASED_EXT_INTR_MASK | PIN_BASED_NMI_EXITING | PIN_BASED_VIRTUAL_NMIS | PIN_BASED_VMX_PREEMPTION_TIMER)

/* The TPR shadow and tertiary controls are unsupported. */
#define PRIMARY_OFFERED                                                                                                \
	(CPU_BASED_INTR_WINDOW_EXITING | CPU_BASED_USE_TSC_OFFSETTING | CPU_BASED_HLT_EXITING |                        \
	 CPU_BASED_INVLPG_EXITING | CPU_BASED_MWAIT_EXITING | CPU_BASED_RDPMC_EXITING | CPU_BASED_RDTSC_EXITING |      \
	 CPU_BASED_CR3_LOAD_EXITING | CPU_BASED_CR3_STORE_EXITING | CPU_BASED_CR8_LOAD_EXITING |                       \
	 CPU_BASED_CR8_STORE_EXITING | CPU_BASED_NMI_WINDOW_EXITING | CPU_BASED_MOV_DR_EXITING |                       \
	 CPU_BASED_UNCOND_IO_EXITING | CPU_BASED_USE_IO_BITMAPS | CPU_BASED_MONITOR_TRAP_FLAG |                        \
	 CPU_BASED_USE_MSR_BITMAPS | CPU_BASED_MONITOR_EXITING | CPU_BASED_PAUSE_EXITING |                             \
	 CPU_BASED_ACTIVATE_SECONDARY_CONTROLS)

/* Controls for a virtual APIC, VM functions, #VE and sub-page permissions are unsupported. */
#define SECONDARY_OFFERED                                                                                              \
	(SECONDARY_EXEC_ENABLE_EPT | SECONDARY_EXEC_DESC | SECONDARY_EXEC_ENABLE_RDTSCP | SECONDARY_EXEC_ENABLE_VPID | \
	 SECONDARY_EXEC_WBINVD_EXITING | SECONDARY_EXEC_UNRESTRICTED_GUEST | SECONDARY_EXEC_PAUSE_LOOP_EXITING |       \
	 SECONDARY_EXEC_RDRAND_EXITING | SECONDARY_EXEC_ENABLE_INVPCID | SECONDARY_EXEC_SHADOW_VMCS |                  \
	 SECONDARY_EXEC_RDSEED_EXITING | SECONDARY_EXEC_ENABLE_PML | SECONDARY_EXEC_XSAVES |                           \
	 SECONDARY_EXEC_TSC_SCALING)

/* VM entries and exits that load or save IA32_PAT or IA32_PERF_GLOBAL_CTRL are unsupported. */
#define EXIT_OFFERED                                                                                                   \
	(VM_EXIT_SAVE_DEBUG_CONTROLS | VM_EXIT_HOST_ADDR_SPACE_SIZE | VM_EXIT_ACK_INTR_ON_EXIT |                       \
	 VM_EXIT_SAVE_IA32_EFER | VM_EXIT_LOAD_IA32_EFER | VM_EXIT_SAVE_VMX_PREEMPTION_TIMER)
#define ENTRY_OFFERED (VM_ENTRY_LOAD_DEBUG_CONTROLS | VM_ENTRY_IA32E_MODE | VM_ENTRY_LOAD_IA32_EFER)

/*
 * These controls must be 1. A 32-bit guest hypervisor is unsupported, and every exit and entry
 * saves and loads the debug controls.
 */
#define EXIT_REQUIRED  (VM_EXIT_SAVE_DEBUG_CONTROLS | VM_EXIT_HOST_ADDR_SPACE_SIZE)
#define ENTRY_REQUIRED VM_ENTRY_LOAD_DEBUG_CONTROLS

/* The default1 class: bits that are 1 on every CPU without the TRUE MSRs (SDM A.2). */
#define PIN_DEFAULT1     0x00000016u
#define PRIMARY_DEFAULT1 0x0401e172u
#define EXIT_DEFAULT1    0x00036dffu
#define ENTRY_DEFAULT1   0x000011ffu

/* Default1 bits without a name. No CPU allows 0 for them. */
#define PIN_RESERVED1     PIN_DEFAULT1
#define PRIMARY_RESERVED1 0x04006172u
#define EXIT_RESERVED1    0x00036dfbu
#define ENTRY_RESERVED1   0x000011fbu

#define BASIC_VMCS_SIZE (0x1000ull << VMX_BASIC_VMCS_SIZE_SHIFT)
#define BASIC_TYPE      (MEMORY_TYPE_WB << VMX_BASIC_MEM_TYPE_SHIFT)
#define MISC_OFFERED                                                                                                   \
	(VMX_MISC_PREEMPTION_TIMER_RATE_MASK | VMX_MISC_SAVE_EFER_LMA | VMX_MISC_ACTIVITY_HLT |                        \
	 VMX_MISC_CR3_TARGETS_MASK | VMX_MISC_VMWRITE_SHADOW_RO_FIELDS | VMX_MISC_ZERO_LEN_INS)
#define EPT_VPID_OFFERED                                                                                               \
	(VMX_EPT_EXECUTE_ONLY_BIT | VMX_EPT_PAGE_WALK_4_BIT | VMX_EPTP_WB_BIT | VMX_EPT_2MB_PAGE_BIT |                 \
	 VMX_EPT_1GB_PAGE_BIT | VMX_EPT_INVEPT_BIT | VMX_EPT_AD_BIT | VMX_EPT_EXTENT_CONTEXT_BIT |                     \
	 VMX_EPT_EXTENT_GLOBAL_BIT | VMX_VPID_INVVPID_BIT | VMX_VPID_EXTENT_INDIVIDUAL_ADDR_BIT |                      \
	 VMX_VPID_EXTENT_SINGLE_CONTEXT_BIT | VMX_VPID_EXTENT_GLOBAL_CONTEXT_BIT |                                     \
	 VMX_VPID_EXTENT_SINGLE_NON_GLOBAL_BIT)

/* Returns the value of a capability MSR: the high half has the bits that may be 1 (SDM A.3). */
static uint64_t control(uint64_t cpu, uint32_t offered, uint32_t required)
{
	uint32_t may_be_1 = (uint32_t)(cpu >> 32) & offered;

	return (uint64_t)(may_be_1 | required) << 32 | required;
}

void vmx_offer(const struct vmx_capabilities *cpu, struct vmx_capabilities *offered)
{
	uint32_t secondary = SECONDARY_OFFERED;

	/*
	 * L0 reports virtual exits in a shadow VMCS, so all fields must be writable, including exit
	 * information.
	 */
	if (!(cpu->misc & VMX_MISC_VMWRITE_SHADOW_RO_FIELDS))
		secondary &= ~SECONDARY_EXEC_SHADOW_VMCS;
	/* The log is based on dirty flags (SDM 29.3.6). */
	if (!(cpu->ept_vpid & VMX_EPT_AD_BIT))
		secondary &= ~SECONDARY_EXEC_ENABLE_PML;
	*offered = (struct vmx_capabilities){
		.basic = VMCS12_REVISION | BASIC_VMCS_SIZE | BASIC_TYPE | VMX_BASIC_TRUE_CTLS |
			 (cpu->basic & (VMX_BASIC_INOUT | VMX_BASIC_ANY_ERROR_CODE)),
		.pin = control(cpu->pin, PIN_OFFERED, PIN_RESERVED1),
		.primary = control(cpu->primary, PRIMARY_OFFERED, PRIMARY_RESERVED1),
		.secondary = control(cpu->secondary, secondary, 0),
		.exit = control(cpu->exit, EXIT_OFFERED, EXIT_RESERVED1 | EXIT_REQUIRED),
		.entry = control(cpu->entry, ENTRY_OFFERED, ENTRY_RESERVED1 | ENTRY_REQUIRED),
		.cr0_fixed0 = cpu->cr0_fixed0,
		.cr0_fixed1 = cpu->cr0_fixed1,
		.cr4_fixed0 = cpu->cr4_fixed0,
		.cr4_fixed1 = cpu->cr4_fixed1,
		.misc = cpu->misc & MISC_OFFERED,
		.ept_vpid = cpu->ept_vpid & EPT_VPID_OFFERED,
	};
	if (!(offered->secondary >> 32 & SECONDARY_EXEC_ENABLE_EPT))
		offered->ept_vpid &= ~0xffffffffull;
	if (!(offered->secondary >> 32 & SECONDARY_EXEC_ENABLE_VPID))
		offered->ept_vpid &= 0xffffffffull;
}

/* Returns the value for the MSR without TRUE in its name, in which default1 bits must be 1. */
static uint64_t without_true(uint64_t control, uint32_t default1)
{
	return control | default1 | (uint64_t)default1 << 32;
}

/* IA32_VMX_VMCS_ENUM has the highest index of a field that exists (SDM A.9). */
static uint64_t highest_field_index(const struct vmx_capabilities *o)
{
	uint32_t highest = 0;

	for (unsigned i = 0; i < VMCS_FIELD_COUNT; i++)
		if (vmcs_field_exists((enum vmcs_field_index)i, o) &&
		    vmcs_encoding_index(vmcs_field_info[i].encoding) > highest)
			highest = vmcs_encoding_index(vmcs_field_info[i].encoding);
	return highest;
}

bool vmx_offered_msr(const struct vmx_capabilities *o, uint32_t msr, uint64_t *value)
{
	switch (msr) {
	case MSR_IA32_FEATURE_CONTROL:
		*value = FEATURE_CONTROL_LOCKED | FEATURE_CONTROL_VMX_OUTSIDE_SMX;
		return true;
	case MSR_IA32_VMX_BASIC:
		*value = o->basic;
		return true;
	case MSR_IA32_VMX_PINBASED_CTLS:
		*value = without_true(o->pin, PIN_DEFAULT1);
		return true;
	case MSR_IA32_VMX_PROCBASED_CTLS:
		*value = without_true(o->primary, PRIMARY_DEFAULT1);
		return true;
	case MSR_IA32_VMX_EXIT_CTLS:
		*value = without_true(o->exit, EXIT_DEFAULT1);
		return true;
	case MSR_IA32_VMX_ENTRY_CTLS:
		*value = without_true(o->entry, ENTRY_DEFAULT1);
		return true;
	case MSR_IA32_VMX_MISC:
		*value = o->misc;
		return true;
	case MSR_IA32_VMX_CR0_FIXED0:
		*value = o->cr0_fixed0;
		return true;
	case MSR_IA32_VMX_CR0_FIXED1:
		*value = o->cr0_fixed1;
		return true;
	case MSR_IA32_VMX_CR4_FIXED0:
		*value = o->cr4_fixed0;
		return true;
	case MSR_IA32_VMX_CR4_FIXED1:
		*value = o->cr4_fixed1;
		return true;
	case MSR_IA32_VMX_VMCS_ENUM:
		*value = highest_field_index(o) << 1;
		return true;
	case MSR_IA32_VMX_PROCBASED_CTLS2:
		*value = o->secondary;
		return o->primary >> 32 & CPU_BASED_ACTIVATE_SECONDARY_CONTROLS;
	case MSR_IA32_VMX_EPT_VPID_CAP:
		*value = o->ept_vpid;
		return o->secondary >> 32 & (SECONDARY_EXEC_ENABLE_EPT | SECONDARY_EXEC_ENABLE_VPID);
	case MSR_IA32_VMX_TRUE_PINBASED_CTLS:
		*value = o->pin;
		return true;
	case MSR_IA32_VMX_TRUE_PROCBASED_CTLS:
		*value = o->primary;
		return true;
	case MSR_IA32_VMX_TRUE_EXIT_CTLS:
		*value = o->exit;
		return true;
	case MSR_IA32_VMX_TRUE_ENTRY_CTLS:
		*value = o->entry;
		return true;
	default: /* VM functions are unsupported */
		return false;
	}
}
