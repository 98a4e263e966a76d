/* SPDX-License-Identifier: GPL-2.0-only */
/* Ends a run after an error that this hypervisor does not handle. */
#ifndef HV_DUMP_H
#define HV_DUMP_H

#include "l1-hypervisor/cpu/vcpu.h"

/* Prints why the guest stopped, its registers and its VMCS, and ends the run. */
void guest_dump_and_fail(struct vcpu *vcpu, const char *why) __attribute__((noreturn));

/* Ends the run after a failed VMLAUNCH, or VMRESUME (resume), of the guest. */
void entry_failed(bool resume) __attribute__((noreturn));

/*
 * Ends the run after a failed VMWRITE of HOST_RSP in entry.S. This VMWRITE is the only VMCS access
 * that vmcs_write() does not make or count.
 */
void entry_host_rsp_failed(void) __attribute__((noreturn));

#endif
