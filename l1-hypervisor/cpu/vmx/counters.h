/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counts the hypervisor's own events. Counting is always on. The count of a window is the
 * difference between the counts at its two doorbells.
 */
#ifndef HV_COUNTERS_H
#define HV_COUNTERS_H

#include <stdint.h>

#include "microbench/abi/ring.h"
#include "vmcs-shadow/exit_reasons.h"
#include "vmcs-shadow/fields.h"

struct counters {
	uint64_t exit[VMX_EXIT_REASON_COUNT]; /* exits of the guest and of the nested guest */
	/* exits of the nested guest that were reflected to the guest hypervisor */
	uint64_t nested[VMX_EXIT_REASON_COUNT];
	uint64_t vmread[VMCS_FIELD_COUNT];
	uint64_t vmwrite[VMCS_FIELD_COUNT];
	/*
	 * Loads of a guest hypervisor's host state (virtual_exit.h). The VMWRITEs of one load are
	 * not counted one by one.
	 */
	uint64_t host_states, host_tables;
	uint64_t vmptrld, vmclear; /* switches between VMCSs */
	uint64_t vmlaunch;
	uint64_t vmresume;
	/*
	 * Doorbells and other requests that are passed to the level below. Each one is an exit of
	 * this hypervisor.
	 */
	uint64_t forwarded;
	uint64_t shadow_fills;    /* exits that only filled a shadow page-table entry */
	uint64_t shadow_stores;   /* exits caused by a guest store to a write-protected page table */
	uint64_t shadow_reclaims; /* times the pool of shadow tables ran out and was emptied */
	/*
	 * Privileged operations for this hypervisor itself, for example on the local APIC. Each one
	 * is an exit if a hypervisor is below.
	 */
	uint64_t housekeeping;
};

extern struct counters counters;

/*
 * Sets the prefix of the counter names in the ring. It ends at the first blank and holds at most 7
 * characters. The default is "hv".
 */
void counters_name(const char *name);

/* Counts an entry as a VMLAUNCH that handle_exit() has counted as a VMRESUME. */
static inline void counters_launch(void)
{
	counters.vmresume--;
	counters.vmlaunch++;
}

/* Takes a snapshot of the counts as the beginning of a window. */
void counters_open(void);

/*
 * Writes the counts since counters_open() into the ring, one line each, as "hv.exit.CPUID=1000".
 * Counts of zero are left out. Ends the run if the ring is full.
 */
void counters_close(struct nb_ring *ring);

#endif
