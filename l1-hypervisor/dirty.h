/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Dirty logging (abi/services.h): which of some pages has the guest written to since the last look? In the three ways that hypervisors
 * have, for an experiment.
 */
#ifndef HV_DIRTY_H
#define HV_DIRTY_H

#include <stdbool.h>
#include <stdint.h>

/* From now on logs in this way, of enum nb_dirty; NB_DIRTY_OFF ends it. False: our guest has no EPT, or the CPU not what it takes. */
bool dirty_begin(uint64_t way);

/* How many pages have been written to since it began, or since it was asked last. */
uint64_t dirty_collect(void);

/* An EPT violation: was it a store to one of the pages, which is let through now? */
bool dirty_touched(uint64_t physical);

/* The exit by which the CPU says that the log is full. */
void dirty_log_full(void);

#endif
