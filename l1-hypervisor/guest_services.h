/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What we do for our guest beyond the architecture (abi/services.h): messages, the clock page, the virtqueue.
 */
#ifndef HV_SERVICES_H
#define HV_SERVICES_H

#include "l1-hypervisor/guest.h"

/* A message has come, by whatever way: what it says is not looked at; and how many have. */
void services_message(uint32_t message);
uint64_t services_messages(void);

/* VMCALL: does what RAX says. */
void services_hypercall(struct guest_registers *regs);

/* A virtqueue kick: every buffer that is available is echoed. */
void services_kick(const struct guest_registers *regs);

/*
 * The clock page, if there is one, is brought up to date: call before the guest goes on, if it has been out for long. stopped: the
 * time stamp when it stopped; what has passed since is stolen from it.
 */
void services_clock_update(uint64_t stopped);

/* The VMX-preemption timer has fired. */
void services_preempted(void);

#endif
