/* SPDX-License-Identifier: GPL-2.0-only */
/* Enables VMX on this CPU, and reads what its VMX can do. */
#ifndef BARE_VMX_CAPABILITIES_H
#define BARE_VMX_CAPABILITIES_H

#include <stdbool.h>

#include "vmcs-shadow/capability.h"

/*
 * Sets IA32_FEATURE_CONTROL (SDM 24.7) if the firmware has not locked it. The CPU must have VMX.
 * Returns false if the firmware has locked VMX out.
 */
bool bare_vmx_enable(void);

/* Reads the capability MSRs (SDM appendix A). The CPU must have VMX. */
void bare_vmx_read_capabilities(struct vmx_capabilities *vmx);

#endif
