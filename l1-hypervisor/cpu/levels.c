// SPDX-License-Identifier: GPL-2.0-only
/* The level of this hypervisor and of its guest, in the numbers of the whole stack. */
#include "l1-hypervisor/cpu/levels.h"

const char *level_own_name = "L0", *level_guest_name = "L1";

void levels_init(bool below)
{
	level_own_name = below ? "L1" : "L0";
	level_guest_name = below ? "L2" : "L1";
}
