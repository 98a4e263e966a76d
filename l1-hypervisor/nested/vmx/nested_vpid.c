// SPDX-License-Identifier: GPL-2.0-only
/* A table from the guest's VPIDs to the host's VPIDs. A full table is emptied and filled again. */
#include "l1-hypervisor/nested/vmx/nested_vpid.h"

#include "l1-hypervisor/cpu/vmx/vmx.h"
#include "l1-hypervisor/nested/vmx/nested_ept.h"
#include "vmcs-shadow/controls.h"
#include "vmcs-shadow/merge.h"

/*
 * For a nested guest without a VPID. VM entries and exits of the guest flush it, as they flush VPID
 * 0 (SDM 29.4.3.1).
 */
#define SHARED_VPID (GUEST_VPID + 1u)
#define FIRST_VPID  (GUEST_VPID + 2u)
#define VPIDS       64u

static uint16_t guest_vpids[VPIDS];
static unsigned used;

/* Returns the host's VPID for this VPID of the guest, or -1 if there is none yet. */
static int find(uint16_t vpid12)
{
	for (unsigned i = 0; i < used; i++)
		if (guest_vpids[i] == vpid12)
			return (int)(FIRST_VPID + i);
	return -1;
}

uint16_t nested_vpid(const struct vmcs12 *v)
{
	uint16_t vpid12 = (uint16_t)VMCS12(v, VIRTUAL_PROCESSOR_ID);
	int vpid = find(vpid12);

	if (!(vmx.secondary >> 32 & SECONDARY_EXEC_ENABLE_VPID))
		return 0;
	if (!(vmcs12_secondary(v) & SECONDARY_EXEC_ENABLE_VPID))
		return SHARED_VPID;
	if (vpid >= 0)
		return (uint16_t)vpid;
	if (used == VPIDS) {
		nested_vpid_forget_all();
		used = 0;
		nested_ept_generation++; /* other vmcs02s must get new VPIDs */
	}
	guest_vpids[used++] = vpid12;
	return (uint16_t)find(vpid12);
}

void nested_vpid_flush_shared(void)
{
	vmx_invalidate_vpid(SHARED_VPID);
}

void nested_vpid_forget(uint16_t vpid12)
{
	int vpid = find(vpid12);

	if (vpid >= 0)
		vmx_invalidate_vpid((uint16_t)vpid);
}

void nested_vpid_forget_address(uint16_t vpid12, uint64_t linear)
{
	int vpid = find(vpid12);

	if (vpid >= 0)
		vmx_invalidate_vpid_address((uint16_t)vpid, linear);
}

void nested_vpid_forget_all(void)
{
	for (unsigned i = 0; i < used; i++)
		vmx_invalidate_vpid((uint16_t)(FIRST_VPID + i));
}
