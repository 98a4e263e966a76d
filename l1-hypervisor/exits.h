/* SPDX-License-Identifier: GPL-2.0-only */
/* The functions that entry.S calls. */
#ifndef HV_EXITS_H
#define HV_EXITS_H

#include "l1-hypervisor/cpu/vcpu.h"

/* Handles an exit of the guest, or of the nested guest while it runs. */
enum outcome handle_exit(struct vcpu *vcpu);

/*
 * Handles a failed VMLAUNCH or VMRESUME (resume). If the nested guest was to run, the guest gets
 * the failure. Otherwise the run ends.
 */
enum outcome handle_failed_entry(struct vcpu *vcpu, bool resume);

#endif
