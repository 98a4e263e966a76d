/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Dirty logging (abi/services.h): reports how many of the logged pages the guest has written since
 * the last query. It offers the three methods that hypervisors use, for an experiment.
 */
#ifndef HV_DIRTY_H
#define HV_DIRTY_H

#include <stdbool.h>
#include <stdint.h>

#include "l1-hypervisor/cpu/vcpu.h"

/*
 * Starts logging by this method, a value of enum nb_dirty. NB_DIRTY_OFF ends logging. Returns false
 * if the method is invalid, the guest has no EPT, or the CPU lacks the feature.
 */
bool dirty_begin(struct vcpu *vcpu, uint64_t method);

/*
 * Returns the number of logged pages written since dirty_begin() or the last call. Returns 0 if
 * logging is off.
 */
uint64_t dirty_collect(struct vcpu *vcpu);

/*
 * Call this at an EPT violation. Returns true if the access touched a write-protected logged page.
 * The page is then writable, and the guest can retry.
 */
bool dirty_touched(uint64_t physical);

/* Handles the exit for a full page-modification log: counts the entries and empties the log. */
void dirty_log_full(struct vcpu *vcpu);

#endif
