/* SPDX-License-Identifier: GPL-2.0-only */
/* Finds unused RAM in the memory map of the start info. */
#ifndef HV_FREE_MEMORY_H
#define HV_FREE_MEMORY_H

#include "l1-hypervisor/cpu/vcpu.h"
#include "microbench/abi/pvh.h"

/* Returns the modules: [0] is the guest's image. Ends the run if the start info has no modules. */
const struct nb_pvh_module *guest_module(const struct nb_pvh_start_info *info);

/*
 * Returns the lowest aligned address of size bytes of RAM that overlap neither this hypervisor, nor
 * a module, nor the guest's memory. Returns 0 if there is none. align is a power of two.
 */
uint64_t find_free_memory(const struct vcpu *vcpu, const struct nb_pvh_start_info *info, uint64_t size, uint64_t align);

#endif
