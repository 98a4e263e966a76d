// SPDX-License-Identifier: GPL-2.0-only
/*
 * VM-entry checks on the VM-exit and VM-entry controls (SDM 27.2.1.2, 27.2.1.3), their MSR areas,
 * and the event to inject. The rules assume that the CPU is not in SMM, where a few rules differ.
 */
#include <stddef.h>

#include "vmcs-shadow/entry_rules.h"

/*
 * #DF, #TS, #NP, #SS, #GP, #PF and #AC. #CP is missing because a CPU with #CP also reports
 * VMX_BASIC_ANY_ERROR_CODE.
 */
#define VECTORS_WITH_ERROR_CODE (1u << 8 | 1u << 10 | 1u << 11 | 1u << 12 | 1u << 13 | 1u << 14 | 1u << 17)

/*
 * The first and the last byte of the area must be within the address width. An entry has 16 bytes.
 * No rule applies to an empty area.
 */
static bool msr_area_ok(const struct vmx_entry *e, uint64_t address, uint64_t count)
{
	return count == 0 || (vmx_address_ok(e, address, 0xf) && vmx_address_ok(e, address + count * 16 - 1, 0));
}

const char *vmx_check_exit_controls(const struct vmx_entry *e)
{
	RULE(vmx_reserved_ok(e->exit, e->cpu->vmx.exit), "27.2.1.2 VM-exit controls: reserved bits");
	/*
	 * struct vmx_capabilities has no secondary VM-exit controls, so all of them are reserved.
	 */
	RULE(IF_THEN(e->exit & VM_EXIT_ACTIVATE_SECONDARY_CONTROLS, FIELD(e, SECONDARY_VM_EXIT_CONTROLS) == 0),
	     "27.2.1.2 secondary VM-exit controls: reserved bits");
	RULE(IF_THEN(e->exit & VM_EXIT_SAVE_VMX_PREEMPTION_TIMER, e->pin & PIN_BASED_VMX_PREEMPTION_TIMER),
	     "27.2.1.2 save VMX-preemption timer value: needs activate VMX-preemption timer");
	RULE(msr_area_ok(e, FIELD(e, VM_EXIT_MSR_STORE_ADDR), FIELD(e, VM_EXIT_MSR_STORE_COUNT)),
	     "27.2.1.2 VM-exit MSR-store area: alignment and width");
	RULE(msr_area_ok(e, FIELD(e, VM_EXIT_MSR_LOAD_ADDR), FIELD(e, VM_EXIT_MSR_LOAD_COUNT)),
	     "27.2.1.2 VM-exit MSR-load area: alignment and width");
	return NULL;
}

static const char *check_error_code(const struct vmx_entry *e, bool hardware_exception, uint32_t vector)
{
	bool deliver = e->event & INTR_INFO_DELIVER_CODE_MASK;

	if (!hardware_exception) {
		RULE(!deliver, "27.2.1.3 event injection: an error code is only of a hardware exception");
	} else if ((e->secondary & SECONDARY_EXEC_UNRESTRICTED_GUEST) && !(FIELD(e, GUEST_CR0) & CR0_PE)) {
		RULE(!deliver, "27.2.1.3 event injection: no error code in real-address mode");
	} else if (!(e->cpu->vmx.basic & VMX_BASIC_ANY_ERROR_CODE)) {
		RULE(deliver == (VECTORS_WITH_ERROR_CODE >> vector & 1),
		     "27.2.1.3 event injection: an error code if and only if the exception has one");
	}
	return NULL;
}

static const char *check_event(const struct vmx_entry *e)
{
	uint32_t type = e->event & INTR_INFO_INTR_TYPE_MASK, vector = e->event & INTR_INFO_VECTOR_MASK;
	uint64_t length = FIELD(e, VM_ENTRY_INSTRUCTION_LEN);
	bool has_monitor_trap = e->cpu->vmx.primary >> 32 & CPU_BASED_MONITOR_TRAP_FLAG;
	bool zero_length = e->cpu->vmx.misc & VMX_MISC_ZERO_LEN_INS;

	RULE(type != 1u << 8, "27.2.1.3 event injection: interruption type 1 is reserved");
	RULE(IF_THEN(type == INTR_TYPE_OTHER_EVENT, has_monitor_trap),
	     "27.2.1.3 event injection: other event needs a CPU with the monitor trap flag");
	RULE(IF_THEN(type == INTR_TYPE_NMI_INTR, vector == NMI_VECTOR),
	     "27.2.1.3 event injection: the vector of an NMI is 2");
	RULE(IF_THEN(type == INTR_TYPE_HARD_EXCEPTION, vector <= 31),
	     "27.2.1.3 event injection: the vector of a hardware exception is at most 31");
	RULE(IF_THEN(type == INTR_TYPE_OTHER_EVENT, vector == 0),
	     "27.2.1.3 event injection: the vector of other event is 0");
	RULES_OF(check_error_code, e, type == INTR_TYPE_HARD_EXCEPTION, vector);
	RULE((e->event & 0x7ffff000) == 0, "27.2.1.3 event injection: reserved bits 30:12");
	RULE(IF_THEN(e->event & INTR_INFO_DELIVER_CODE_MASK, FIELD(e, VM_ENTRY_EXCEPTION_ERROR_CODE) <= 0xffff),
	     "27.2.1.3 event injection: bits 31:16 of the error code are 0");
	if (type == INTR_TYPE_SOFT_INTR || type == INTR_TYPE_PRIV_SW_EXCEPTION || type == INTR_TYPE_SOFT_EXCEPTION) {
		RULE(length <= 15, "27.2.1.3 event injection: instruction length at most 15");
		RULE(length > 0 || zero_length,
		     "27.2.1.3 event injection: instruction length 0 needs IA32_VMX_MISC[30]");
	}
	return NULL;
}

const char *vmx_check_entry_controls(const struct vmx_entry *e)
{
	RULE(vmx_reserved_ok(e->entry, e->cpu->vmx.entry), "27.2.1.3 VM-entry controls: reserved bits");
	if (e->event)
		RULES_OF(check_event, e);
	RULE(msr_area_ok(e, FIELD(e, VM_ENTRY_MSR_LOAD_ADDR), FIELD(e, VM_ENTRY_MSR_LOAD_COUNT)),
	     "27.2.1.3 VM-entry MSR-load area: alignment and width");
	RULE(!(e->entry & VM_ENTRY_SMM), "27.2.1.3 entry to SMM: only in SMM");
	RULE(!(e->entry & VM_ENTRY_DEACT_DUAL_MONITOR), "27.2.1.3 deactivate dual-monitor treatment: only in SMM");
	return NULL;
}
