// SPDX-License-Identifier: GPL-2.0-only
/* Walks page tables in all formats: 32-bit, PAE and 4-level paging (SDM 5.3, 5.4, 5.5). */
#include "l1-hypervisor/formats/guest_walk.h"

#include <stddef.h>

#define PTE_PRESENT  (1ull << 0)
#define PTE_WRITE    (1ull << 1)
#define PTE_USER     (1ull << 2)
#define PTE_ACCESSED 0x20u
#define PTE_DIRTY    0x40u
#define PTE_LARGE    (1ull << 7)
#define PTE_NX       (1ull << 63)
#define PTE_ADDRESS  0x000ffffffffff000ull

#define LEVELS_MAX 4

/* A mask of bits high to low, both included. */
#define BITS(high, low) ((~0ull >> (63 - (high))) & (~0ull << (low)))

/* Inlining compiles the walk once for each mode, with the mode as a constant. */
#define INLINE static inline __attribute__((always_inline))

INLINE bool is_large(const struct walk_paging *p, enum walk_mode mode, unsigned shift, uint64_t entry)
{
	if (!(entry & PTE_LARGE))
		return false;
	if (mode == WALK_32BIT)
		return shift == 22 && p->pse;
	return shift == 21 || (shift == 30 && p->has_1g);
}

/*
 * In 32-bit paging, bits 20:13 of a large entry hold upper address bits (PSE-36, SDM figure 5-4),
 * as far as MAXPHYADDR allows.
 */
static uint64_t reserved_32bit(const struct walk_paging *p, bool large)
{
	unsigned bits = p->physical_bits < 40 ? p->physical_bits : 40;

	if (!large)
		return 0;
	return bits > 32 ? BITS(21, bits - 19) : BITS(21, 13);
}

/*
 * Bits that are reserved at every level (SDM tables 5-8 to 5-11 for PAE paging, 5-15 to 5-20 for
 * 4-level paging).
 */
INLINE uint64_t reserved_everywhere(const struct walk_paging *p, enum walk_mode mode)
{
	uint64_t mask = p->physical_bits < 52 ? BITS(51, p->physical_bits) : 0;

	if (mode == WALK_32BIT)
		return 0;
	return mask | (mode == WALK_PAE ? BITS(62, 52) : 0) | (p->nxe ? 0 : PTE_NX);
}

/* Bits that are reserved at one level. */
INLINE uint64_t reserved_at(const struct walk_paging *p, enum walk_mode mode, unsigned shift, bool large)
{
	if (mode == WALK_32BIT)
		return reserved_32bit(p, large);
	if (large)
		return BITS(shift - 1, 13);
	return shift > 21 ? PTE_LARGE : 0; /* pages of this size do not exist */
}

INLINE uint64_t page_address(enum walk_mode mode, unsigned shift, uint64_t entry)
{
	if (mode == WALK_32BIT && shift == 22)
		return (entry & 0xffc00000u) | (entry >> 13 & 0xff) << 32;
	return entry & PTE_ADDRESS & ~((1ull << shift) - 1);
}

/*
 * Combines the entries of a walk: `every` has the bits set in all entries, `any` the bits set in at
 * least one. Without EFER.NXE the NX bit is reserved, so it is clear here. A 32-bit entry has no NX
 * bit.
 */
static unsigned rights_of(uint64_t every, uint64_t any)
{
	return (every & PTE_WRITE ? WALK_WRITE : 0) | (every & PTE_USER ? WALK_USER : 0) |
	       (any & PTE_NX ? 0 : WALK_FETCH);
}

bool walk_allows(bool wp, bool smep, unsigned rights, unsigned access)
{
	if (access & WALK_FETCH && !(rights & WALK_FETCH))
		return false;
	if (access & WALK_USER)
		return rights & WALK_USER && (!(access & WALK_WRITE) || rights & WALK_WRITE);
	if (access & WALK_FETCH && smep && rights & WALK_USER)
		return false;
	return !(access & WALK_WRITE) || rights & WALK_WRITE || !wp;
}

/* The error code reports a fetch only if the CPU can forbid fetches (SDM 5.7). */
static enum walk_result fault(const struct walk_paging *p, unsigned access, uint32_t why, struct walk_page *page)
{
	bool nx = p->mode != WALK_32BIT && p->nxe;

	page->error = why | (access & (WALK_WRITE | WALK_USER)) | (nx || p->smep ? access & WALK_FETCH : 0);
	return WALK_FAULT;
}

/*
 * The flag is in the first byte of an entry of 4 or 8 bytes. Another CPU of the guest may write the
 * entry at the same time.
 */
static void set_flag(uint8_t *entry, uint8_t flag)
{
	if (!(*entry & flag))
		__atomic_fetch_or(entry, flag, __ATOMIC_SEQ_CST);
}

static enum walk_result no_paging(uint64_t linear, struct walk_page *page)
{
	*page = (struct walk_page){.physical = (uint32_t)linear, .size = WALK_1G, .rights = WALK_ACCESS, .dirty = true};
	return WALK_GOOD;
}

INLINE enum walk_result walk_tables(const struct walk_paging *p, enum walk_mode mode, uint64_t table, uint64_t linear,
				    unsigned access, bool touch, struct walk_page *page)
{
	const unsigned top = mode == WALK_4LEVEL ? 39 : mode == WALK_PAE ? 21 : 22;
	const unsigned index_bits = mode == WALK_32BIT ? 10 : 9, bytes = mode == WALK_32BIT ? 4 : 8;
	uint64_t reserved = reserved_everywhere(p, mode), entry, every = ~0ull, any = 0;
	uint8_t *used[LEVELS_MAX];
	unsigned levels = 0;

	for (unsigned shift = top;; shift -= index_bits) {
		uint64_t index = linear >> shift & ((1u << index_bits) - 1);
		bool large;

		used[levels] = p->entry(p->context, table + index * bytes);
		if (!used[levels])
			return WALK_BEYOND;
		entry = bytes == 8 ? *(volatile uint64_t *)(void *)used[levels]
				   : *(volatile uint32_t *)(void *)used[levels];
		levels++;
		if (!(entry & PTE_PRESENT))
			return fault(p, access, 0, page);
		large = is_large(p, mode, shift, entry);
		if (entry & (reserved | reserved_at(p, mode, shift, large)))
			return fault(p, access, WALK_PRESENT | WALK_RESERVED, page);
		every &= entry;
		any |= entry;
		if (large || shift == 12) {
			page->size = 1ull << shift;
			page->physical = page_address(mode, shift, entry) | (linear & (page->size - 1));
			break;
		}
		table = entry & PTE_ADDRESS;
	}
	page->rights = rights_of(every, any);
	page->dirty = entry & PTE_DIRTY;
	if (!walk_allows(p->wp, p->smep, page->rights, access))
		return fault(p, access, WALK_PRESENT, page);
	for (unsigned i = 0; touch && !(every & PTE_ACCESSED) && i < levels; i++)
		set_flag(used[i], PTE_ACCESSED);
	if (touch && access & WALK_WRITE) {
		set_flag(used[levels - 1], PTE_DIRTY);
		page->dirty = true;
	}
	return WALK_GOOD;
}

enum walk_result walk(const struct walk_paging *p, uint64_t linear, unsigned access, bool touch, struct walk_page *page)
{
	uint64_t pdpte;

	switch (p->mode) {
	case WALK_4LEVEL:
		return walk_tables(p, WALK_4LEVEL, p->root, linear, access, touch, page);
	case WALK_PAE:
		pdpte = p->pdpte[linear >> 30 & 3];
		if (!(pdpte & PTE_PRESENT))
			return fault(p, access, 0, page);
		return walk_tables(p, WALK_PAE, pdpte & PTE_ADDRESS, linear, access, touch, page);
	case WALK_32BIT:
		return walk_tables(p, WALK_32BIT, p->root, linear, access, touch, page);
	default:
		return no_paging(linear, page);
	}
}

bool walk_is_page(const struct walk_paging *p, unsigned shift, uint64_t entry)
{
	return shift == 12 || is_large(p, WALK_4LEVEL, shift, entry);
}

bool walk_is_reserved(const struct walk_paging *p, unsigned shift, uint64_t entry)
{
	bool large = is_large(p, WALK_4LEVEL, shift, entry);

	return entry & (reserved_everywhere(p, WALK_4LEVEL) | reserved_at(p, WALK_4LEVEL, shift, large));
}

enum walk_result walk_load_pdptes(struct walk_paging *p, uint64_t cr3)
{
	/*
	 * Reserved bits: all except P, PWT, PCD, three ignored bits and the address (SDM table
	 * 5-8).
	 */
	uint64_t mask = BITS(2, 1) | BITS(8, 5) | (p->physical_bits < 64 ? BITS(63, p->physical_bits) : 0);
	uint64_t pdpte[4];

	for (unsigned i = 0; i < 4; i++) {
		const volatile uint64_t *entry = p->entry(p->context, (cr3 & 0xffffffe0u) + 8ull * i);

		if (!entry)
			return WALK_BEYOND;
		pdpte[i] = *entry;
		if (pdpte[i] & PTE_PRESENT && pdpte[i] & mask)
			return WALK_FAULT;
	}
	for (unsigned i = 0; i < 4; i++)
		p->pdpte[i] = pdpte[i];
	return WALK_GOOD;
}

unsigned walk_shadow_rights(const struct walk_paging *p, const struct walk_page *page, unsigned access)
{
	unsigned rights = page->rights;

	/* The walk succeeded, so only WP = 0 allowed this write. */
	if (access & WALK_WRITE && !(rights & WALK_WRITE)) {
		if (rights & WALK_USER && p->smep)
			rights &= ~WALK_FETCH;
		rights = (rights & ~WALK_USER) | WALK_WRITE;
	}
	return page->dirty ? rights : rights & ~WALK_WRITE;
}
