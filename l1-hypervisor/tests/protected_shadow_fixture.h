/* SPDX-License-Identifier: GPL-2.0-only */
/* A guest on write-protected shadow tables: its pages, faults and stores. */
#ifndef HV_PROTECTED_SHADOW_FIXTURE_H
#define HV_PROTECTED_SHADOW_FIXTURE_H

#include "l1-hypervisor/tests/unit.h"

#include "l1-hypervisor/memory/ept.h"
#include "l1-hypervisor/memory/protected_shadow.h"
#include "l1-hypervisor/tests/fake_guest.h"

#define ALL  (PTE_P | PTE_W | PTE_U | PTE_A | PTE_D)
#define CODE 0x400000ull /* an address of the guest */
#define PAGE 0x800000ull /* where its pages are in memory */
#define DATA 0x40000000ull

static struct vcpu vcpu;

/* --- What the shadow tables map now ----------------------------------------------------------- */

static uint64_t wanted, found_entry, found_size;
static unsigned pages;

static inline void note(uint64_t linear, uint64_t entry, uint64_t size)
{
	pages++;
	if (linear != (wanted & ~(size - 1)))
		return;
	found_entry = entry;
	found_size = size;
}

/* The entry of the page that contains the address, with the rights of all levels, or 0. */
static inline uint64_t shadow(uint64_t linear)
{
	wanted = linear;
	found_entry = found_size = pages = 0;
	protected_shadow_for_each_page(note);
	return found_entry;
}

static inline uint64_t physical_of(uint64_t linear)
{
	return (shadow(linear) & SHADOW_ADDRESS) - vcpu.base;
}

static inline void begin(void)
{
	fake_cpu_reset();
	fake_guest_reset(&vcpu);
	vcpu.shadow = vcpu.write_protect = true;
	vcpu.paging.state = (struct walk_paging){.mode = WALK_4LEVEL, .physical_bits = 46, .nxe = true, .has_1g = true};
	assert_true(shadow_pool_set(0));
	protected_shadow_begin(&vcpu, FAKE_ROOT);
	fake.invalidations = 0;
}

/* A fault at this address, whose walk was good. */
static inline void touch(uint64_t linear)
{
	const struct shadow_page page = {.linear = linear, .size = EPT_PAGE_4K};

	protected_shadow_map(&vcpu, &page);
}

/* The guest's page at this address, after a fault. Returns the physical address of its entry. */
static inline uint64_t map(uint64_t linear, uint64_t physical, uint64_t bits)
{
	uint64_t entry = fake_map(linear, physical, EPT_PAGE_4K, bits);

	/*
	 * The tables may be new, and the guest has made the new entries before it touches the page.
	 */
	for (unsigned shift = 12; shift <= 39; shift += 9)
		protected_shadow_written(&vcpu, fake_entry(linear, shift), 8);
	touch(linear);
	return entry;
}

/* A store to a write-protected table that the hypervisor emulates. */
static inline void store(uint64_t entry, uint64_t value)
{
	*fake_qword(entry) = value;
	protected_shadow_written(&vcpu, entry, 8);
}

static inline bool flushed(void)
{
	return fake_invalidations(FAKE_INVVPID, INVVPID_SINGLE_CONTEXT, GUEST_VPID) > 0;
}

#endif
