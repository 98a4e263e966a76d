/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The functions of entry.S besides guest_run(): one entry into the guest and the return from it,
 * without an exit handler.
 */
#ifndef HV_ENTRY_H
#define HV_ENTRY_H

#include <stdint.h>

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
