/* SPDX-License-Identifier: GPL-2.0-only */
/* The names of the levels of this stack, for messages. */
#ifndef HV_LEVELS_H
#define HV_LEVELS_H

#include <stdbool.h>

/* "L0" and "L1" on the machine itself, "L1" and "L2" on a hypervisor. */
extern const char *level_own_name, *level_guest_name;

/* Sets the names. below: another hypervisor is below this one, and has devices. */
void levels_init(bool below);

#endif
