/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the hypervisor counts about itself: the first of the three witnesses.
 * Everything is counted always; a window's share is the difference between its two doorbells.
 */
#ifndef HV_COUNTERS_H
#define HV_COUNTERS_H

#include <stdint.h>

#include "microbench/abi/ring.h"
#include "vmcs-shadow/exit_reasons.h"
#include "vmcs-shadow/fields.h"

struct counters {
	uint64_t exit[VMX_EXIT_REASON_COUNT];
	uint64_t nested[VMX_EXIT_REASON_COUNT]; /* of the exits, those of our guest's guest that it was told of */
	uint64_t vmread[VMCS_FIELD_COUNT];
	uint64_t vmwrite[VMCS_FIELD_COUNT];
	uint64_t host_states,
		host_tables; /* loads of a guest hypervisor's host state (virtual_exit.h): VMWRITEs that are not counted one by one */
	uint64_t vmptrld, vmclear; /* between two of its VMCSs */
	uint64_t vmlaunch;
	uint64_t vmresume;
	uint64_t forwarded;     /* doorbells and other wishes passed on to the level below, each an exit of ours */
	uint64_t shadow_fills;  /* of the exits, those by which only a shadow entry came to be */
	uint64_t shadow_stores; /* of the exits, those by which the guest wrote to one of its tables that is followed */
	uint64_t shadow_reclaims; /* shadow tables used up, and begun anew */
	uint64_t housekeeping;    /* our own accesses to the local APIC, each an exit of ours under a hypervisor */
};

extern struct counters counters;

/* Whose counts they are, in the ring: "hv" unless this says otherwise, up to a blank. */
void counters_name(const char *name);

/* Remembers the present counts as the window's beginning. */
void counters_open(void);

/* Writes what was counted since counters_open() into the ring, "hv.exit.CPUID=1000" and so on; zeros are left out. */
void counters_close(struct nb_ring *ring);

#endif
