/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * With the word check=nested: what L2 is about to run on must be L0's own, and lead L2 to nothing but L1's memory and the devices that L1
 * has. It is looked at in front of each VM entry, in tables and in the VMCS as they are, not as they were meant.
 */
#ifndef HV_NESTED_CHECK_H
#define HV_NESTED_CHECK_H

#include <stdbool.h>

extern bool nested_check_wanted;

void nested_check_init(const char *cmdline);

/* vmcs02 is current. Where something is wrong the run ends in words. */
void nested_check(void);

/* Says on the console how much was looked at. */
void nested_check_report(void);

#endif
