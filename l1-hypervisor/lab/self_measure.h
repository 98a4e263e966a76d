/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Measurements of the hypervisor itself: VMX instructions in VMX root operation, while the guest
 * does not run.
 */
#ifndef HV_SELF_MEASURE_H
#define HV_SELF_MEASURE_H

#include <stdbool.h>
#include <stdint.h>

#include "l1-hypervisor/cpu/vcpu.h"

/*
 * Reads the address for translate.h from the command line. executions: warm-up executions of each
 * window.
 */
void self_measure_init(const char *cmdline, uint32_t executions);

/*
 * Measures one window for the hypervisor and writes the records into the guest's ring. next is the
 * request of NB_NEXT(). A request without a ring, an unknown operation or an invalid length ends
 * the run.
 */
void self_measure(struct vcpu *vcpu, uint32_t next);

#endif
