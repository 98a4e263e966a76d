/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Services for the guest beyond the architecture (abi/services.h): messages, the clock page, the
 * virtqueue.
 */
#ifndef HV_GUEST_SERVICES_H
#define HV_GUEST_SERVICES_H

#include "l1-hypervisor/cpu/vcpu.h"

/*
 * services_message() counts a message that came by any path and ignores its content.
 * services_messages() returns the count.
 */
void services_message(uint32_t message);
uint64_t services_messages(void);

/*
 * Executes the hypercall in RAX with the argument in RDI. The result goes into RAX. Does not skip
 * the instruction. An invalid argument ends the run with a dump.
 */
void services_hypercall(struct vcpu *vcpu);

/*
 * Handles a virtqueue kick: echoes every available buffer. A driver error ends the run with a dump.
 */
void services_kick(struct vcpu *vcpu);

/*
 * Updates the clock page, if there is one. Call it before the guest resumes after a long stop.
 * stopped is the TSC value at the stop. The TSC ticks since then count as stolen time.
 */
void services_clock_update(uint64_t stopped);

/* Handles the exit of the VMX-preemption timer: stops the timer and injects NB_VECTOR_PREEMPTED. */
enum outcome services_preempted(struct vcpu *vcpu, uint32_t reason);

#endif
