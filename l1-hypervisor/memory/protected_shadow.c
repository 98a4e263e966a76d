// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keeps the shadow tables in step with the write-protected tables of the guest. protected_table.h
 * computes the value of each entry.
 */
#include "l1-hypervisor/memory/protected_shadow.h"

#include "l1-hypervisor/backend/backend.h"
#include "l1-hypervisor/cpu/levels.h"
#include "l1-hypervisor/memory/ept.h"
#include "l1-hypervisor/memory/protected_table.h"
#include "microbench/bare/bare.h"

struct protected_tables protected_tables;

/*
 * The root table for a guest whose CR3 leads to no memory. This CR3 value is legal. The root has no
 * entries, so the first access faults, and the walk of that fault fails.
 */
static uint64_t empty_root_entries[SHADOW_ENTRIES] __attribute__((aligned(4096)));
static struct protected_table empty_root = {
	.entries = empty_root_entries, .guest = empty_root_entries, .frame = UINT64_MAX >> 12, .shift = 39};

/*
 * Unsynced tables: the guest may write to them without an exit. The hypervisor syncs them before
 * the guest can rely on its changes (SDM 5.10.4). An entry that becomes present needs no sync,
 * because the first access through it faults.
 */
#define UNSYNCED_MAX 32
static uint64_t unsynced_frames[UNSYNCED_MAX];
static unsigned unsynced_count;

/*
 * True if an entry that leads to a table has changed. The CPU may have cached this link for many
 * addresses, so an invalidation of one address is not enough.
 */
static bool link_changed;

/*
 * True if a new link may have made an unsynced table reachable. An earlier INVLPG could not sync
 * that table.
 */
static bool has_new_link;

/*
 * Shadow entries that let the guest write to an unsynced table. If there are more than GRANTED_MAX,
 * write_protect_frame() searches all tables instead.
 */
#define GRANTED_MAX 64
static uint64_t *granted[GRANTED_MAX];
static unsigned granted_count;

static unsigned index_of(uint64_t linear, unsigned shift)
{
	return linear >> shift & (SHADOW_ENTRIES - 1);
}

bool protected_shadow_is_table(uint64_t physical)
{
	return protected_table_is_at(physical);
}

static void set_entry(struct vcpu *vcpu, struct protected_table *t, unsigned i, uint64_t value)
{
	uint64_t physical = (value & SHADOW_ADDRESS) - vcpu->base;
	uint64_t old = t->entries[i];

	if (old != value) /* if L0 write-protects these tables, a store causes an exit */
		t->entries[i] = value;
	link_changed |= old && !(old & SHADOW_PAGE) && old != value;
	if (!(value & SHADOW_PAGE)) {
		has_new_link |= unsynced_count && value && (old ^ value) & SHADOW_ADDRESS;
		return;
	}
	t->has_pages = true;
	if (unsynced_count && t->shift == 12 && value & SHADOW_WRITE && physical >> 12 < PROTECTED_FRAMES &&
	    protected_tables.unsynced[physical >> 12]) {
		if (granted_count < GRANTED_MAX)
			granted[granted_count] = &t->entries[i];
		granted_count++;
	}
}

/* Syncs entry i of this table, and of the tables that shadow the same frame at other levels. */
static void sync(struct vcpu *vcpu, struct protected_table *t, unsigned i)
{
	set_entry(vcpu, t, i, protected_table_value(vcpu, t, i));
	if (!t->guest)
		return;
	for (struct protected_table *other = protected_tables.of_frame[t->frame % PROTECTED_FRAMES]; other;
	     other = other->next)
		if (other != t && other->frame == t->frame && other->guest)
			set_entry(vcpu, other, i, protected_table_value(vcpu, other, i));
}

/* Returns the first shadowed guest table in a frame (t is NULL), or the next one after t. */
static struct protected_table *next_in_frame(uint64_t frame, struct protected_table *t)
{
	t = t ? t->next : protected_tables.of_frame[frame % PROTECTED_FRAMES];
	while (t && (t->frame != frame || !t->guest))
		t = t->next;
	return t;
}

/* --- Tables ----------------------------------------------------------------------------------- */

/*
 * Removes write access to this frame from every mapping: a 4 KiB entry becomes read-only, a 2 MiB
 * entry is removed.
 */
static void write_protect_frame(struct vcpu *vcpu, uint64_t frame)
{
	uint64_t host = vcpu->base + (frame << 12);

	for (unsigned n = 0; n < protected_tables.used; n++) {
		const struct protected_table *t = &protected_tables.table[n];
		uint64_t size = 1ull << t->shift;

		for (unsigned i = 0; t->has_pages && i < SHADOW_ENTRIES; i++) {
			uint64_t e = t->entries[i];

			if (!(e & SHADOW_PAGE) || (host ^ (e & SHADOW_ADDRESS)) & SHADOW_ADDRESS & ~(size - 1))
				continue;
			t->entries[i] = t->shift == 12 ? e & ~SHADOW_WRITE : 0;
		}
	}
	tlb_flush_guest();
}

/*
 * Adds the shadow table for the guest table in a frame. With pieces: for the pieces of the guest
 * page that starts there. Returns NULL if the pool is full.
 */
static struct protected_table *add(struct vcpu *vcpu, uint64_t frame, unsigned shift, bool pieces)
{
	uint64_t *entries = shadow_pool_take(0);
	struct protected_table *t;

	if (!entries)
		return NULL;
	t = &protected_tables.table[shadow_pool_number(entries)];
	protected_tables.used++;
	*t = (struct protected_table){.entries = entries,
				      .frame = frame,
				      .shift = (uint8_t)shift,
				      .next = protected_tables.of_frame[frame % PROTECTED_FRAMES]};
	protected_tables.of_frame[frame % PROTECTED_FRAMES] = t;
	if (!pieces) {
		t->guest = guest_memory(vcpu, frame << 12, 4096);
		protected_tables.near[frame >> 9]++;
		if (protected_tables.protected[frame]++ == 0)
			write_protect_frame(vcpu, frame);
	}
	for (unsigned i = 0; (!pieces || frame << 12 < vcpu->size) && i < SHADOW_ENTRIES; i++)
		set_entry(vcpu, t, i, protected_table_value(vcpu, t, i));
	return t;
}

static struct protected_table *find_or_add(struct vcpu *vcpu, uint64_t frame, unsigned shift, bool pieces)
{
	struct protected_table *t = protected_table_find(frame, shift, pieces);

	return t ? t : add(vcpu, frame, shift, pieces);
}

/* Discards all tables. */
static void forget(void)
{
	shadow_pool_reset();
	protected_tables.used = 0;
	memset(protected_tables.of_frame, 0, sizeof(protected_tables.of_frame));
	memset(protected_tables.protected, 0, sizeof(protected_tables.protected));
	memset(protected_tables.near, 0, sizeof(protected_tables.near));
	memset(protected_tables.unsynced, 0, sizeof(protected_tables.unsynced));
	unsynced_count = granted_count = 0;
}

/* Most entries are not present before and after; the condition skips them. */
static void sync_table(struct vcpu *vcpu, struct protected_table *t)
{
	const uint64_t valid = SHADOW_PRESENT | PROTECTED_ACCESSED;

	for (unsigned i = 0; i < SHADOW_ENTRIES; i++)
		if (t->entries[i] || (t->guest[i] & valid) == valid)
			set_entry(vcpu, t, i, protected_table_value(vcpu, t, i));
}

static void sync_frame(struct vcpu *vcpu, uint64_t frame)
{
	for (struct protected_table *t = next_in_frame(frame, NULL); t; t = next_in_frame(frame, t))
		sync_table(vcpu, t);
}

/* Call it after any change that may have added a link to a table. */
static void sync_reachable_tables(struct vcpu *vcpu)
{
	if (!has_new_link)
		return;
	for (unsigned i = 0; i < unsynced_count; i++)
		sync_frame(vcpu, unsynced_frames[i]);
	has_new_link = false;
}

/* Syncs all unsynced tables and write-protects them again. */
static void sync_all(struct vcpu *vcpu)
{
	bool all_known = granted_count <= GRANTED_MAX;

	if (unsynced_count == 0)
		return;
	for (unsigned i = 0; all_known && i < granted_count; i++)
		*granted[i] &= ~SHADOW_WRITE;
	granted_count = 0;
	for (unsigned i = 0; i < unsynced_count; i++)
		protected_tables.unsynced[unsynced_frames[i]] = false;
	while (unsynced_count > 0) {
		uint64_t frame = unsynced_frames[--unsynced_count];

		sync_frame(vcpu, frame);
		if (!all_known)
			write_protect_frame(vcpu, frame);
	}
	has_new_link = false;
	tlb_flush_guest();
}

/*
 * Makes the tables of a frame unsynced. If UNSYNCED_MAX frames are unsynced already, it syncs them
 * first.
 */
static void make_unsynced(struct vcpu *vcpu, uint64_t frame)
{
	if (unsynced_count == UNSYNCED_MAX)
		sync_all(vcpu);
	unsynced_frames[unsynced_count++] = frame;
	protected_tables.unsynced[frame] = true;
}

uint64_t protected_shadow_begin(struct vcpu *vcpu, uint64_t guest_root)
{
	forget();
	return protected_shadow_root(vcpu, guest_root);
}

uint64_t protected_shadow_root(struct vcpu *vcpu, uint64_t guest_root)
{
	uint64_t frame = guest_root >> 12;

	sync_all(vcpu);
	protected_tables.root = guest_memory(vcpu, guest_root, 4096) ? find_or_add(vcpu, frame, 39, false)
								     : &empty_root;
	if (!protected_tables.root) {
		counters.shadow_reclaims++;
		forget();
		protected_tables.root = add(vcpu, frame, 39, false);
	}
	/* The shadow tables use no PCIDs, so the TLB may hold translations of the previous root. */
	tlb_flush_guest();
	link_changed = false;
	return (uintptr_t)protected_tables.root->entries;
}

/* --- Faults ----------------------------------------------------------------------------------- */

/*
 * Adds the table that entry i must lead to. Returns false if the pool is full. The walk was good,
 * so the guest's table lies in guest memory.
 */
static bool add_below(struct vcpu *vcpu, struct protected_table *t, unsigned i)
{
	uint64_t e = protected_table_guest_entry(t, i);
	bool page = walk_is_page(&vcpu->paging.state, t->shift, e);
	uint64_t physical = e & SHADOW_ADDRESS & ~(page ? (1ull << t->shift) - 1 : 0);

	if (!add(vcpu, physical >> 12, t->shift - 9u, page))
		return false;
	sync(vcpu, t, i);
	return true;
}

/* Returns the shadow entry for a page outside guest memory: a device of L0, or fresh memory. */
static uint64_t outside_value(const struct shadow_page *page, unsigned shift)
{
	return (page->host & SHADOW_ADDRESS & ~((1ull << shift) - 1)) | page->bits | SHADOW_PRESENT | SHADOW_ACCESSED |
	       SHADOW_DIRTY | SHADOW_PAGE | (shift > 12 ? SHADOW_LARGE : 0);
}

/* Returns false if the pool is full. */
static bool try_map(struct vcpu *vcpu, const struct shadow_page *page)
{
	struct protected_table *t = protected_tables.root;
	bool was_missing = false;

	for (;;) {
		bool outside = page->outside && page->size >> t->shift;
		unsigned i = index_of(page->linear, t->shift);
		uint64_t old = t->entries[i];

		sync(vcpu, t, i); /* the walk may have set A or D */
		if (!t->entries[i] && !outside && t->shift > 12 && !add_below(vcpu, t, i))
			return false;
		if (!t->entries[i])
			set_entry(vcpu, t, i, outside_value(page, t->shift));
		if (t->entries[i] & SHADOW_PAGE) {
			/*
			 * If the entry was already correct and no entry above it was missing, the
			 * TLB must drop its old translation (SDM 5.10.4.3). If an entry was
			 * missing, it explains the fault. An old translation that remains causes
			 * one more fault, which finds all entries correct.
			 */
			if (old == t->entries[i] && !was_missing)
				tlb_flush_address(page->linear);
			return true;
		}
		was_missing |= !old;
		t = &protected_tables.table[shadow_pool_number(shadow_table_of(t->entries[i]))];
	}
}

void protected_shadow_map(struct vcpu *vcpu, const struct shadow_page *page)
{
	uint64_t frame = protected_tables.root->frame;

	if (!try_map(vcpu, page)) {
		counters.shadow_reclaims++;
		state_write(CR3, protected_shadow_begin(vcpu, frame << 12));
		if (!try_map(vcpu, page))
			bare_fail("%s is out of shadow tables: shadow_tables=%u are not enough to map one page",
				  level_own_name, shadow_pool_size());
	}
	sync_reachable_tables(vcpu);
}

/* Syncs the entries that translate this address, as far as tables exist. */
static void sync_path(struct vcpu *vcpu, uint64_t linear)
{
	struct protected_table *t = protected_tables.root;

	for (;;) {
		unsigned i = index_of(linear, t->shift);

		sync(vcpu, t, i);
		if (!(t->entries[i] & SHADOW_PRESENT) || t->entries[i] & SHADOW_PAGE)
			break;
		t = &protected_tables.table[shadow_pool_number(shadow_table_of(t->entries[i]))];
	}
	sync_reachable_tables(vcpu);
}

void protected_shadow_accessed(struct vcpu *vcpu, uint64_t linear)
{
	sync_path(vcpu, linear);
}

/*
 * SDM 5.10.4.1: INVLPG drops all of a large page, and everything the CPU has cached about tables.
 * Here, a large page can be many pieces. INVVPID of one address drops neither.
 */
void protected_shadow_invalidate(struct vcpu *vcpu, uint64_t linear)
{
	if (unsynced_count > 0)
		sync_path(vcpu, linear);
	if (link_changed)
		tlb_flush_guest();
	else
		tlb_flush_address(linear);
	link_changed = false;
}

void protected_shadow_written(struct vcpu *vcpu, uint64_t physical, uint64_t bytes)
{
	if (!protected_table_is_at(physical))
		return;
	for (uint64_t at = physical & ~7ull; at < physical + bytes; at += 8)
		sync(vcpu, next_in_frame(at >> 12, NULL), (at & 4095) / 8);
	sync_reachable_tables(vcpu);
}

void protected_shadow_unprotect(struct vcpu *vcpu, uint64_t physical)
{
	make_unsynced(vcpu, physical >> 12);
}

/* --- Checks ----------------------------------------------------------------------------------- */

static bool is_in_step(const struct protected_table *t)
{
	return !t->guest || !protected_tables.unsynced[t->frame % PROTECTED_FRAMES];
}

void protected_shadow_for_each(void (*look)(uint64_t guest_entry, uint64_t entry, unsigned shift))
{
	for (unsigned n = 0; n < protected_tables.used; n++)
		for (unsigned i = 0; is_in_step(&protected_tables.table[n]) && i < SHADOW_ENTRIES; i++)
			look(protected_table_guest_entry(&protected_tables.table[n], i),
			     protected_tables.table[n].entries[i], protected_tables.table[n].shift);
}

bool protected_shadow_leads_to(uint64_t entry, uint64_t physical, unsigned shift, bool pieces)
{
	uint64_t at = (entry & SHADOW_ADDRESS) - (uintptr_t)protected_tables.table[0].entries;
	const struct protected_table *t = &protected_tables.table[at / 4096];

	return at / 4096 < protected_tables.used && t->frame == physical >> 12 && t->shift == shift &&
	       !t->guest == pieces;
}

bool protected_shadow_is_near_table(uint64_t physical)
{
	return physical < NB_GUEST_MEMORY && protected_tables.near[physical >> 21];
}

void protected_shadow_for_each_page(void (*look)(uint64_t linear, uint64_t entry, uint64_t size))
{
	shadow_pool_for_each(protected_tables.root->entries, 39, look);
}
