/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest that has the machine's own devices: ports, APICs, timers. For operating systems, which want a PC: Linux, whose KVM is a hypervisor
 * for us to run. There is no protection from such a guest's devices, and no sharing with it: it is the only one.
 */
#ifndef HV_THROUGH_H
#define HV_THROUGH_H

#include <stdbool.h>
#include <stdint.h>

#include "microbench/abi/pvh.h"

/* The word devices=through. */
void through_init(const char *cmdline);
bool through_is_on(void);

/* The guest's memory has holes then, where a PC has them. */
void through_memory_map(struct nb_pvh_boot *boot);

/* Maps the devices' pages, and copies the firmware's tables into the guest's memory. Its EPT has been built. */
void through_map(void);

/* The guest looks for something where it has no memory: a device's page, or firmware's, which it gets. False: not such a guest. */
bool through_touched(uint64_t physical);

/* An interrupt of the machine's has come and is acknowledged: it is the guest's. */
void through_interrupt(uint8_t vector);

/* The next one for the guest, or -1; and: it has been delivered. */
int through_pending(void);
void through_accept(void);

#endif
