/* SPDX-License-Identifier: GPL-2.0-only */
/* Entries into the guest (entry.S): with the exit handlers, or one round trip without them. */
#ifndef HV_ENTRY_H
#define HV_ENTRY_H

#include <stdint.h>

#include "l1-hypervisor/cpu/vcpu.h"

/*
 * Executes VMLAUNCH with vcpu->regs and handles exits until a handler returns OUTCOME_STOP. vmcs01
 * is current. vcpu must be aligned to 16 bytes and have a stack below it.
 */
void guest_run(struct vcpu *vcpu);

/* HOST_RIP while guest_run() runs. */
extern uint8_t guest_exit[];

/*
 * round_trip() executes VMRESUME and returns at the next exit. round_trip_launch() does so with
 * VMLAUNCH, for a cleared VMCS. Before the call, HOST_RIP must be round_trip_exit and HOST_RSP must
 * be round_trip_stack. The guest must not change any general-purpose register. A failed entry ends
 * the run.
 */
void round_trip(void);
void round_trip_launch(void);
extern uint8_t round_trip_exit[], round_trip_stack[];

#endif
