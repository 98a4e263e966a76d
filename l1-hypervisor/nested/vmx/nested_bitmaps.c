// SPDX-License-Identifier: GPL-2.0-only
/* A small cache of merged bitmap pages, with the kind and the guest's address as its key. */
#include "l1-hypervisor/nested/vmx/nested_bitmaps.h"

#include "l1-hypervisor/backend/backend.h"
#include "l1-hypervisor/cpu/vcpu.h"
#include "l1-hypervisor/cpu/vmx/vmx.h"
#include "l1-hypervisor/emulate/msr.h"
#include "l1-hypervisor/emulate/port_io.h"
#include "l1-hypervisor/memory/ept.h"
#include "microbench/bare/bare.h"
#include "vmcs-shadow/field_set.h"
#include "vmcs-shadow/merge.h"
#include "vmcs-shadow/shadow_policy.h"

#define PAGES 20u /* four sets of five kinds */

#define NONE UINT64_MAX

unsigned nested_bitmaps_generation = 1;

static uint64_t pages[PAGES][512] __attribute__((aligned(4096)));
static struct {
	uint64_t address; /* of the guest's page; NONE: free */
	enum nested_bitmap kind;
	bool valid;
	uint64_t last_used;
} entries[PAGES];
static uint64_t clock;
static bool ready;

/*
 * Returns the host's bitmap of this kind. For VMREAD and VMWRITE: it allows the fields of origin
 * SAME.
 */
static const uint64_t *host_bitmap(enum nested_bitmap kind)
{
	static uint64_t fields[512] __attribute__((aligned(4096)));
	static bool made;
	struct field_set same;
	uint64_t io[2];

	switch (kind) {
	case NESTED_MSR:
		return (const uint64_t *)(uintptr_t)msr_bitmap_address();
	case NESTED_IO_A:
	case NESTED_IO_B:
		io_bitmap_addresses(io);
		return (const uint64_t *)(uintptr_t)io[kind == NESTED_IO_B];
	default:
		/*
		 * In the region of a shadow VMCS, only fields of origin SAME hold the guest's
		 * values (nested_vmcs.h).
		 */
		if (!made) {
			field_set_of_origin(&same, VMCS_ORIGIN_SAME);
			shadow_policy_bitmap(&same, (uint8_t *)fields);
			made = true;
		}
		return fields;
	}
}

static bool is_protected(uint64_t page)
{
	for (unsigned i = 0; i < PAGES; i++)
		if (entries[i].valid && entries[i].address == page)
			return true;
	return false;
}

bool nested_bitmaps_overlap_protected(uint64_t physical, uint64_t bytes)
{
	for (unsigned i = 0; ready && i < PAGES; i++)
		if (entries[i].valid && physical < entries[i].address + 4096 && entries[i].address < physical + bytes)
			return true;
	return false;
}

static void forget(unsigned i)
{
	uint64_t page = entries[i].address;

	if (!entries[i].valid)
		return;
	entries[i].valid = false;
	nested_bitmaps_generation++;
	/* An entry that regains write access needs no INVEPT (SDM 29.4.3.1). */
	if (!is_protected(page))
		ept_set_writable(page, true);
}

/* Returns the entry for a guest's bitmap. Replaces the least recently used one if there is none. */
static unsigned find(enum nested_bitmap kind, uint64_t address)
{
	unsigned oldest = 0;

	for (unsigned i = 0; i < PAGES; i++) {
		if (entries[i].address == address && entries[i].kind == kind)
			return i;
		if (entries[i].last_used < entries[oldest].last_used)
			oldest = i;
	}
	forget(oldest);
	nested_bitmaps_generation++; /* a vmcs02 may use the old page */
	entries[oldest].address = address;
	entries[oldest].kind = kind;
	return oldest;
}

uint64_t nested_bitmap(struct vcpu *vcpu, enum nested_bitmap kind, uint64_t address, bool *protects)
{
	uint64_t *guest_bitmap = guest_memory(vcpu, address, 4096);
	unsigned i;

	for (i = 0; !ready && i < PAGES; i++)
		entries[i].address = NONE;
	ready = true;
	i = find(kind, address);
	entries[i].last_used = ++clock;
	if (!entries[i].valid) {
		vmcs_merge_bitmaps(pages[i], host_bitmap(kind), guest_bitmap);
		if (guest_bitmap && !is_protected(address)) {
			ept_set_writable(address, false);
			tlb_flush_ept(vcpu->eptp);
			*protects = true;
		}
		entries[i].valid = guest_bitmap != NULL;
	}
	return (uintptr_t)pages[i];
}

void nested_bitmaps_forget(struct vcpu *vcpu __attribute__((unused)))
{
	for (unsigned i = 0; i < PAGES; i++)
		forget(i);
	nested_bitmaps_generation++;
}

bool nested_bitmaps_touched(struct vcpu *vcpu, uint64_t physical)
{
	if (!nested_bitmaps_overlap_protected(physical, 1))
		return false;
	nested_bitmaps_written(vcpu, physical, 1);
	return true;
}

void nested_bitmaps_written(struct vcpu *vcpu __attribute__((unused)), uint64_t physical, uint64_t bytes)
{
	if (!ready)
		return;
	for (unsigned i = 0; i < PAGES; i++)
		if (entries[i].valid && physical < entries[i].address + 4096 && entries[i].address < physical + bytes)
			forget(i);
}
