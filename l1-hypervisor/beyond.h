/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The end of a guest that leaves its memory: by which entry of its tables, in words that are the same with EPT and with shadow tables.
 */
#ifndef HV_BEYOND_H
#define HV_BEYOND_H

#include <stdint.h>

struct guest_registers;

/* The access of this exit ended where neither memory nor a device is: on its way through the tables, or behind them. */
void beyond_fail(const struct guest_registers *regs, uint32_t reason) __attribute__((noreturn));

/* What the level of our guest is called: L2 on another hypervisor, L1 on the machine itself. */
const char *beyond_guest_name(void);

/* And our own one. */
const char *beyond_own_name(void);

#endif
