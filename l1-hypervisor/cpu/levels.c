// SPDX-License-Identifier: GPL-2.0-only
/* The names of the levels. Before levels_init() they are those of the machine itself. */
#include "l1-hypervisor/cpu/levels.h"

const char *level_own_name = "L0", *level_guest_name = "L1";

void levels_init(bool below)
{
	level_own_name = below ? "L1" : "L0";
	level_guest_name = below ? "L2" : "L1";
}
