/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What we do for our guest beyond the architecture (abi/services.h): messages, the clock page, the virtqueue.
 */
#ifndef HV_SERVICES_H
#define HV_SERVICES_H

#include "guest.h"

/* A message has come, by whatever way; and how many have. */
void services_message(uint32_t message);
uint64_t services_messages(void);

/* VMCALL: does what RAX says. */
void services_hypercall(struct guest_registers *regs);

/* A virtqueue kick: every buffer that is available is echoed. */
void services_kick(const struct guest_registers *regs);

/* The clock page, if there is one, is brought up to date: call when the guest has been out for long. */
void services_clock_update(void);

/* The VMX-preemption timer has fired. */
void services_preempted(void);

#endif
