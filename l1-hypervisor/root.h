/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Measurements of the hypervisor itself: the VMX instructions, in VMX root operation, while its guest waits.
 */
#ifndef HV_ROOT_H
#define HV_ROOT_H

#include <stdbool.h>
#include <stdint.h>

/* Reads warmup= and the plan. False if the command line is malformed. */
bool root_init(const char *cmdline);

/* Measures a window (NB_NEXT) into the guest's ring. */
void root_measure(uint32_t next);

#endif
