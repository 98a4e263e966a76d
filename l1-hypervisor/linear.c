// SPDX-License-Identifier: GPL-2.0-only
/* Walks the guest's page tables (SDM 5.5.4) on its behalf, as an instruction's emulation must. */
#include "linear.h"

#include "bare/bare.h"
#include "bare/cpu.h"
#include "guest.h"

#define AR_LONG     (1u << 13)
#define PTE_PRESENT 1ull
#define PTE_LARGE   (1ull << 7)
#define PTE_ADDRESS 0x000ffffffffff000ull

/* The guest-physical address, and in *left how many bytes follow on the same page. */
static bool translate(uint64_t cr3, uint64_t linear, uint64_t *physical, uint64_t *left)
{
	uint64_t table = cr3 & PTE_ADDRESS;

	for (unsigned shift = 39;; shift -= 9) {
		const uint64_t *entry = guest_memory(&guest, table + (linear >> shift & 511) * 8, 8);
		uint64_t mask = (1ull << shift) - 1;

		if (!entry || !(*entry & PTE_PRESENT))
			return false;
		if (shift == 12 || (shift <= 30 && *entry & PTE_LARGE)) {
			*physical = (*entry & PTE_ADDRESS & ~mask) | (linear & mask);
			*left = mask + 1 - (linear & mask);
			return true;
		}
		table = *entry & PTE_ADDRESS;
	}
}

static bool copy(uint64_t linear, void *ours, uint64_t bytes, bool write)
{
	uint8_t *p = ours;
	uint64_t cr3 = 0;
	bool paging = true;

	/* A 64-bit code segment says long mode, hence 4-level paging: one VMREAD that L0 shadows instead of two that it does not. */
	if (!(vmcs_read(GUEST_CS_AR_BYTES) & AR_LONG)) {
		paging = vmcs_read(GUEST_CR0) & CR0_PG;
		if (paging)
			bare_fail(
				"the guest uses a paging mode that is not walked here: only 4-level paging, in 64-bit code");
	}
	if (paging)
		cr3 = vmcs_read(GUEST_CR3);
	while (bytes > 0) {
		uint64_t physical = linear, left = bytes, piece;
		void *memory;

		if (paging && !translate(cr3, linear, &physical, &left))
			return false;
		piece = left < bytes ? left : bytes;
		memory = guest_memory(&guest, physical, piece);
		if (!memory)
			return false;
		if (write)
			memcpy(memory, p, piece);
		else
			memcpy(p, memory, piece);
		p += piece;
		linear += piece;
		bytes -= piece;
	}
	return true;
}

bool linear_read(uint64_t linear, void *to, uint64_t bytes)
{
	return copy(linear, to, bytes, false);
}

bool linear_write(uint64_t linear, const void *from, uint64_t bytes)
{
	return copy(linear, (void *)(uintptr_t)from, bytes, true);
}
