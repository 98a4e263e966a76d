/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads an EPT by the walk of formats/ept_walk.c, which has separate tests (SDM 29.3). */
#ifndef HV_EPT_FIXTURE_H
#define HV_EPT_FIXTURE_H

#include "l1-hypervisor/tests/unit.h"

#include "l1-hypervisor/formats/ept_walk.h"
#include "l1-hypervisor/memory/ept.h"

#define BASE 0x140000000ull /* host-physical address of the guest's memory; nothing is there */
#define WB   (6ull << 3)

static const uint64_t sizes[] = {EPT_PAGE_4K, EPT_PAGE_2M, EPT_PAGE_1G};

static inline uint64_t *entry_at(void *context __attribute__((unused)), uint64_t physical)
{
	return (uint64_t *)(uintptr_t)physical;
}

static inline enum ept_result walk_ept(uint64_t eptp, uint64_t guest, uint64_t access, struct ept_page *page)
{
	const struct ept_walk ept = {.eptp = eptp, .ept_vpid = vmx.ept_vpid, .physical_bits = 52, .entry = entry_at};

	return ept_walk(&ept, guest, access, true, page);
}

static inline void assert_maps(uint64_t eptp, uint64_t guest, uint64_t host, uint64_t size)
{
	struct ept_page page;

	assert_int_equal(walk_ept(eptp, guest, EPT_RWX, &page), EPT_WALK_GOOD);
	assert_int_equal(page.physical, host);
	assert_int_equal(page.size, size);
	assert_int_equal(page.type, WB);
}

static inline void assert_maps_nothing(uint64_t eptp, uint64_t guest)
{
	struct ept_page page;

	assert_int_equal(walk_ept(eptp, guest, EPT_READ, &page), EPT_WALK_VIOLATION);
}

#endif
