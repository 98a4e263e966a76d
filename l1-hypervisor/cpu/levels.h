/* SPDX-License-Identifier: GPL-2.0-only */
/* The names of the levels of this stack, for messages. */
#ifndef HV_LEVELS_H
#define HV_LEVELS_H

#include <stdbool.h>

/* This hypervisor is "L0" and its guest "L1" on the machine itself. On a hypervisor: "L1", "L2". */
extern const char *level_own_name, *level_guest_name;

/* Sets the names. below: another hypervisor with devices runs below this one. */
void levels_init(bool below);

#endif
