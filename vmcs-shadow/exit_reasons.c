// SPDX-License-Identifier: GPL-2.0-only
/*
 * The names of the basic exit reasons. They are in a table indexed by number, because a trace looks
 * up a name for every exit.
 */
#include "vmcs-shadow/exit_reasons.h"

#define REASON_NAME(name, number) [number] = #name,
static const char *const names[VMX_EXIT_REASON_COUNT] = {VMX_EXIT_REASONS(REASON_NAME)};

const char *vmx_exit_reason_name(uint32_t basic)
{
	if (basic >= VMX_EXIT_REASON_COUNT || !names[basic])
		return "UNKNOWN";
	return names[basic];
}
