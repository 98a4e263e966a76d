// SPDX-License-Identifier: GPL-2.0-only
/* Walks the EPT and holds each entry against the list of what makes one misconfigured (SDM 29.3.3.1). */
#include "misconfig.h"

#include "bare/bare.h"
#include "bare/cpu.h"

#define ADDRESS        0x000ffffffffff000ull
#define LEAF_ADDRESSES 0x80000008u

/* Bits high to low, both included; none if high is below low. */
static uint64_t bits(unsigned high, unsigned low)
{
	return high < low ? 0 : (~0ull >> (63 - high)) & (~0ull << low);
}

/* SDM tables 29-1 to 29-6. A bit 7 where there are no pages of that size is reserved, too. */
static uint64_t reserved_of(uint64_t entry, unsigned shift)
{
	const uint64_t everywhere = bits(51, cpuid(LEAF_ADDRESSES, 0).eax & 0xff);
	bool has_size = (shift == 21 && vmx.ept_vpid & VMX_EPT_2MB_PAGE_BIT) ||
			(shift == 30 && vmx.ept_vpid & VMX_EPT_1GB_PAGE_BIT);

	if (shift == 12)
		return everywhere;
	if (has_size && entry & EPT_LARGE_PAGE)
		return everywhere | bits(shift - 1, 12);
	return everywhere | bits(6, 3) | (has_size ? 0 : EPT_LARGE_PAGE);
}

static bool is_leaf(uint64_t entry, unsigned shift)
{
	return shift == 12 || (shift < 39 && entry & EPT_LARGE_PAGE);
}

/* NULL: nothing is. */
static const char *what_is_wrong(uint64_t entry, unsigned shift)
{
	const unsigned type = (entry & EPT_MEMORY_TYPE_MASK) >> EPT_MEMORY_TYPE_SHIFT;

	if (!(entry & EPT_RWX))
		return NULL;
	if (entry & EPT_WRITE && !(entry & EPT_READ))
		return "it allows writes without reads";
	if (!(entry & EPT_READ) && !(vmx.ept_vpid & VMX_EPT_EXECUTE_ONLY_BIT))
		return "it allows fetches without reads, which this CPU does not have";
	if (entry & reserved_of(entry, shift))
		return "a reserved bit is set";
	if (is_leaf(entry, shift) && (type == 2 || type == 3 || type == 7))
		return "there is no such memory type";
	return NULL;
}

void misconfig_fail(const struct guest_registers *regs, uint64_t physical)
{
	static const char *const names[] = {"PTE", "PDE", "PDPTE", "PML4E"};
	const char *ours = guest.has_devices ? "L1's ept12" : "L0's EPT";
	const uint64_t *table = (const uint64_t *)(uintptr_t)(guest.eptp & ADDRESS);
	char text[200];

	bare_snprintf(text, sizeof(text), "%s is misconfigured for guest-physical %lx, but no entry is wrong as it is",
		      ours, physical);
	for (unsigned shift = 39; shift >= 12; shift -= 9) {
		const uint64_t *entry = &table[physical >> shift & 511];
		const char *wrong = what_is_wrong(*entry, shift);

		if (wrong) {
			bare_snprintf(text, sizeof(text),
				      "%s is misconfigured: %s %lx at %lx, for guest-physical %lx: %s", ours,
				      names[(shift - 12) / 9], *entry, (uintptr_t)entry, physical, wrong);
			break;
		}
		if (is_leaf(*entry, shift) || !(*entry & EPT_RWX))
			break;
		table = (const uint64_t *)(uintptr_t)(*entry & ADDRESS);
	}
	guest_dump_and_fail(regs, VMX_EXIT_EPT_MISCONFIG, text);
}
