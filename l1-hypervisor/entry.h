/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What entry.S has besides guest_run(): one entry into the guest and back, without an exit handler.
 */
#ifndef HV_ENTRY_H
#define HV_ENTRY_H

#include <stdint.h>

/*
 * VMRESUME, and back at the next exit. HOST_RIP and HOST_RSP are the two below; the guest changes no register. The other one is for a
 * VMCS that has been cleared: VMLAUNCH.
 */
void round_trip(void);
void round_trip_launch(void);
extern uint8_t round_trip_exit[], round_trip_stack[];

#endif
