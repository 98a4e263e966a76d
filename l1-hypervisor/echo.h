/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The device side of a split virtqueue: it echoes every buffer that the guest makes available.
 */
#ifndef HV_ECHO_H
#define HV_ECHO_H

#include <stdbool.h>
#include <stdint.h>

/* Where the guest has its struct nb_virtqueue (guest-physical); 0: no queue. False if that cannot be. */
bool echo_set_queue(uint64_t address);

/* Serves all that is available. NULL, or what the driver did wrong. */
const char *echo_kick(void);

#endif
