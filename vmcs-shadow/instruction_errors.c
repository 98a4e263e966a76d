// SPDX-License-Identifier: GPL-2.0-only
/*
 * The names and texts of the VM-instruction errors, in a table indexed by number. Entries of unused
 * numbers are empty.
 */
#include "vmcs-shadow/instruction_errors.h"

#include <stddef.h>

static const struct {
	const char *name;
	const char *text;
} errors[VMX_INSTRUCTION_ERROR_COUNT] = {
#define ERROR_ROW(name, number, text) [number] = {#name, text},
	VMX_INSTRUCTION_ERRORS(ERROR_ROW)};

const char *vmx_instruction_error_name(uint32_t error)
{
	if (error >= VMX_INSTRUCTION_ERROR_COUNT || errors[error].name == NULL)
		return "UNKNOWN";
	return errors[error].name;
}

const char *vmx_instruction_error_text(uint32_t error)
{
	if (error >= VMX_INSTRUCTION_ERROR_COUNT || errors[error].text == NULL)
		return "not a VM-instruction error of the SDM";
	return errors[error].text;
}
