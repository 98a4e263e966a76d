/* SPDX-License-Identifier: GPL-2.0-only */
/* Gives the guest its memory and its image, exactly as a VMM loads this hypervisor. */
#ifndef HV_GUEST_LOAD_H
#define HV_GUEST_LOAD_H

#include "l1-hypervisor/cpu/vcpu.h"
#include "microbench/abi/pvh.h"

/*
 * Chooses guest memory from the memory map, loads the image of module 0 and writes the guest's
 * start info. Ends the run with a message if a part of this fails.
 */
void guest_load(struct vcpu *vcpu, const struct nb_pvh_start_info *info, const char *cmdline);

#endif
