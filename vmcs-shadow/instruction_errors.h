/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The list of VM-instruction error numbers (SDM 31.4) with names and texts. A VMX instruction that
 * fails with ZF = 1 writes one to VM_INSTRUCTION_ERROR. With CF = 1 there is no error number.
 */
#ifndef VMCS_SHADOW_INSTRUCTION_ERRORS_H
#define VMCS_SHADOW_INSTRUCTION_ERRORS_H

#include <stdint.h>

/* X(NAME, number, text), in ascending order. The SDM does not use the numbers 14, 21 and 27. */
/* clang-format off */
#define VMX_INSTRUCTION_ERRORS(X) \
	X(VMCALL_IN_VMX_ROOT,             1, "VMCALL executed in VMX root operation") \
	X(VMCLEAR_INVALID_ADDRESS,        2, "VMCLEAR with invalid physical address") \
	X(VMCLEAR_VMXON_POINTER,          3, "VMCLEAR with VMXON pointer") \
	X(VMLAUNCH_NONCLEAR_VMCS,         4, "VMLAUNCH with non-clear VMCS") \
	X(VMRESUME_NONLAUNCHED_VMCS,      5, "VMRESUME with non-launched VMCS") \
	X(VMRESUME_AFTER_VMXOFF,          6, "VMRESUME after VMXOFF") \
	X(ENTRY_INVALID_CONTROL_FIELD,    7, "VM entry with invalid control field(s)") \
	X(ENTRY_INVALID_HOST_STATE,       8, "VM entry with invalid host-state field(s)") \
	X(VMPTRLD_INVALID_ADDRESS,        9, "VMPTRLD with invalid physical address") \
	X(VMPTRLD_VMXON_POINTER,         10, "VMPTRLD with VMXON pointer") \
	X(VMPTRLD_INCORRECT_REVISION,    11, "VMPTRLD with incorrect VMCS revision identifier") \
	X(UNSUPPORTED_VMCS_COMPONENT,    12, "VMREAD/VMWRITE from/to unsupported VMCS component") \
	X(VMWRITE_READ_ONLY_COMPONENT,   13, "VMWRITE to read-only VMCS component") \
	X(VMXON_IN_VMX_ROOT,             15, "VMXON executed in VMX root operation") \
	X(ENTRY_INVALID_EXECUTIVE_VMCS,  16, "VM entry with invalid executive-VMCS pointer") \
	X(ENTRY_NONLAUNCHED_EXECUTIVE,   17, "VM entry with non-launched executive VMCS") \
	X(ENTRY_EXECUTIVE_NOT_VMXON,     18, "VM entry with executive-VMCS pointer not VMXON pointer") \
	X(VMCALL_NONCLEAR_VMCS,          19, "VMCALL with non-clear VMCS") \
	X(VMCALL_INVALID_EXIT_CONTROLS,  20, "VMCALL with invalid VM-exit control fields") \
	X(VMCALL_INCORRECT_MSEG,         22, "VMCALL with incorrect MSEG revision identifier") \
	X(VMXOFF_UNDER_DUAL_MONITOR,     23, "VMXOFF under dual-monitor treatment of SMIs and SMM") \
	X(VMCALL_INVALID_SMM_FEATURES,   24, "VMCALL with invalid SMM-monitor features") \
	X(ENTRY_INVALID_EXECUTIVE_CTLS,  25, "VM entry with invalid VM-execution control fields in executive VMCS") \
	X(ENTRY_BLOCKED_BY_MOV_SS,       26, "VM entry with events blocked by MOV SS") \
	X(INVALID_OPERAND_INVEPT_INVVPID, 28, "Invalid operand to INVEPT/INVVPID")
/* clang-format on */

#define VMX_INSTRUCTION_ERROR_NUMBER(name, number, text) VMX_ERROR_##name = (number),
enum vmx_instruction_error {
	VMX_INSTRUCTION_ERRORS(VMX_INSTRUCTION_ERROR_NUMBER) VMX_INSTRUCTION_ERROR_COUNT /* the highest number + 1 */
};
#undef VMX_INSTRUCTION_ERROR_NUMBER

/*
 * Return the name and the text of an error. For 0 and for unused numbers, the name is "UNKNOWN" and
 * the text says that the SDM has no such error.
 */
const char *vmx_instruction_error_name(uint32_t error);
const char *vmx_instruction_error_text(uint32_t error);

#endif
