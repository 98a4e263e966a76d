/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tables of protected_shadow.h, and the value that each of their entries must have. The guest's
 * entry alone determines the shadow entry. The shadow entry is 0 if the guest's entry is not
 * present, not accessed, has reserved bits, or leads to no memory. Otherwise it has the same
 * rights, except that a clean page or a page table is never writable.
 *
 * A guest page of 1 GiB, or one of 2 MiB that cannot have a large entry here, has a table of
 * pieces. This table belongs to the guest page.
 *
 * The functions are inline: a guest table has 512 entries, and each is looked at.
 */
#ifndef HV_PROTECTED_TABLE_H
#define HV_PROTECTED_TABLE_H

#include "l1-hypervisor/cpu/vcpu.h"
#include "l1-hypervisor/memory/ept.h"
#include "l1-hypervisor/memory/shadow_pool.h"
#include "microbench/abi/memory.h"

#define PROTECTED_FRAMES (NB_GUEST_MEMORY >> 12)

/*
 * Bits of the guest's entries that affect the shadow entry. A guest entry and a shadow entry have
 * the same format, so the code uses the SHADOW_ names for the other bits.
 */
#define PROTECTED_ACCESSED SHADOW_ACCESSED
#define PROTECTED_DIRTY    SHADOW_DIRTY
#define PROTECTED_RIGHTS   (SHADOW_WRITE | SHADOW_USER | SHADOW_NX)

struct protected_table {
	uint64_t *entries;
	uint64_t *guest;              /* the guest's table; NULL if this table has the pieces of a page */
	uint64_t frame;               /* guest frame of the table, or of the first byte of the page */
	uint8_t shift;                /* lowest address bit of the table's index: 39, 30, 21 or 12 */
	bool has_pages;               /* an entry has mapped a page at some time */
	struct protected_table *next; /* next table with the same frame modulo PROTECTED_FRAMES */
};

struct protected_tables {
	struct protected_table table[SHADOW_TABLES_MAX];
	unsigned used;
	struct protected_table *root;
	struct protected_table *of_frame[PROTECTED_FRAMES];
	/* Number of shadowed guest tables in each frame. They have different levels. */
	uint8_t protected[PROTECTED_FRAMES];
	uint16_t near[NB_GUEST_MEMORY >> 21]; /* number of shadowed guest tables in each 2 MiB */
	bool unsynced[PROTECTED_FRAMES];      /* the guest may write to the tables in this frame */
};

extern struct protected_tables protected_tables;

/* Returns true if a guest table at this guest-physical address is write-protected now. */
static inline bool protected_table_is_at(uint64_t physical)
{
	return physical >> 12 < PROTECTED_FRAMES && protected_tables.protected[physical >> 12] &&
	       !protected_tables.unsynced[physical >> 12];
}

/* Returns the guest's entry. For a piece of a page it is an entry that allows all accesses. */
static inline uint64_t protected_table_guest_entry(const struct protected_table *t, unsigned i)
{
	if (t->guest)
		return ((volatile uint64_t *)t->guest)[i];
	return ((t->frame << 12) + ((uint64_t)i << t->shift)) | SHADOW_PRESENT | SHADOW_WRITE | SHADOW_USER |
	       PROTECTED_ACCESSED | PROTECTED_DIRTY | (t->shift > 12 ? SHADOW_LARGE : 0);
}

/*
 * Returns the table for the guest table in a frame, or for the pieces of the guest page that starts
 * there. Returns NULL if there is none.
 */
static inline struct protected_table *protected_table_find(uint64_t frame, unsigned shift, bool pieces)
{
	struct protected_table *t = protected_tables.of_frame[frame % PROTECTED_FRAMES];

	while (t && (t->frame != frame || t->shift != shift || !t->guest != pieces))
		t = t->next;
	return t;
}

/* Returns a shadow entry with the rights of e that leads to the table t, or 0 without a table. */
static inline uint64_t protected_table_link(const struct protected_table *t, uint64_t e)
{
	return t ? (uintptr_t)t->entries | (e & (SHADOW_PRESENT | PROTECTED_RIGHTS)) | SHADOW_ACCESSED : 0;
}

/* Returns the shadow entry for a 4 KiB page, or 0 if the page is not guest memory or is lost. */
static inline uint64_t protected_table_page_value(struct vcpu *vcpu, uint64_t physical, uint64_t e)
{
	uint64_t rights = e & PROTECTED_RIGHTS;

	if (!guest_memory(vcpu, physical, 4096) || lost_page_overlaps(vcpu, physical, 4096))
		return 0;
	if (!(e & PROTECTED_DIRTY) || protected_table_is_at(physical))
		rights &= ~SHADOW_WRITE;
	return (vcpu->base + physical) | rights | SHADOW_PRESENT | SHADOW_ACCESSED | SHADOW_DIRTY | SHADOW_PAGE;
}

/*
 * Returns true if one entry may map the 2 MiB at this address: all is memory without a page table.
 */
static inline bool protected_table_may_be_large(struct vcpu *vcpu, uint64_t physical)
{
	return vcpu->ept_page >= EPT_PAGE_2M && guest_memory(vcpu, physical, EPT_PAGE_2M) &&
	       !protected_tables.near[physical >> 21] && !lost_page_overlaps(vcpu, physical, EPT_PAGE_2M);
}

/*
 * Returns the shadow entry for a guest page of 2 MiB or 1 GiB: a large entry, or a link to pieces.
 */
static inline uint64_t protected_table_large_value(struct vcpu *vcpu, unsigned shift, uint64_t e)
{
	uint64_t physical = e & SHADOW_ADDRESS & ~((1ull << shift) - 1);
	uint64_t rights = e & PROTECTED_DIRTY ? e : e & ~SHADOW_WRITE;

	if (shift == 21 && protected_table_may_be_large(vcpu, physical))
		return (vcpu->base + physical) | (rights & PROTECTED_RIGHTS) | SHADOW_PRESENT | SHADOW_LARGE |
		       SHADOW_ACCESSED | SHADOW_DIRTY | SHADOW_PAGE;
	return protected_table_link(protected_table_find(physical >> 12, shift - 9, true), rights);
}

/*
 * Returns the value that shadow entry i must have now. It is also 0 if the entry must lead to a
 * table that does not exist yet.
 */
static inline uint64_t protected_table_value(struct vcpu *vcpu, const struct protected_table *t, unsigned i)
{
	uint64_t e = protected_table_guest_entry(t, i), physical = e & SHADOW_ADDRESS;

	if (!(e & SHADOW_PRESENT) || !(e & PROTECTED_ACCESSED) || walk_is_reserved(&vcpu->paging.state, t->shift, e))
		return 0;
	if (t->shift == 12)
		return protected_table_page_value(vcpu, physical, e);
	if (walk_is_page(&vcpu->paging.state, t->shift, e))
		return protected_table_large_value(vcpu, t->shift, e);
	return protected_table_link(protected_table_find(physical >> 12, t->shift - 9u, false), e);
}

#endif
