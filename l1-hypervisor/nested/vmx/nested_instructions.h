/* SPDX-License-Identifier: GPL-2.0-only */
/* The VMX instructions of the guest, and those of the nested guest that the host emulates. */
#ifndef HV_NESTED_INSTRUCTIONS_H
#define HV_NESTED_INSTRUCTIONS_H

#include "l1-hypervisor/cpu/vcpu.h"

/* Emulates a VMX instruction of the guest. vmcs01 is current. */
exit_handler nested_instruction;

/*
 * Emulates a VMREAD or VMWRITE of the nested guest on a VMCS that the guest lets it shadow. The
 * guest gets no exit for it. vmcs02 is current.
 */
exit_handler nested_shadow_access;

#endif
