// SPDX-License-Identifier: GPL-2.0-only
/* The invariant of the virtual TLB, from the guest's side: for each access that an entry lets pass, the guest's walk is good. */
#include "shadow_check.h"

#include "abi/words.h"
#include "bare/bare.h"
#include "fresh.h"
#include "guest.h"
#include "mmio.h"
#include "paging.h"
#include "shadow.h"
#include "synced.h"

static bool wanted;
static uint64_t looks, entries;

void shadow_check_init(const char *cmdline)
{
	wanted = nb_word_is(cmdline, "check", "shadow");
}

static uint64_t host_of(uint64_t physical)
{
	uint64_t fresh = fresh_host(physical);

	return guest_memory(&guest, physical, 1) ? guest.base + physical : fresh != UINT64_MAX ? fresh : physical;
}

static void check_access(uint64_t linear, uint64_t entry, uint64_t size, unsigned access)
{
	uint64_t host = entry & SHADOW_ADDRESS & ~(size - 1);
	struct walk_page page;
	const char *why = NULL;

	if (walk(paging_state(), linear, access, false, &page) != WALK_GOOD)
		why = "the guest's tables forbid what it allows";
	else if (host_of(page.physical) != host)
		why = "the guest's tables lead elsewhere";
	else if (page.size < size)
		why = "the guest's page is smaller";
	else if (access & WALK_WRITE && !page.dirty)
		why = "the guest's page is clean and it can be written";
	else if (!guest_memory(&guest, page.physical, size) && !mmio_is_passed(page.physical) &&
		 (fresh_host(page.physical) == UINT64_MAX || size != WALK_4K))
		why = "it maps what is no memory of the guest's";
	else if (access & WALK_WRITE && paging_is_synced() && synced_is_table(page.physical))
		why = "it lets write to a table that is followed";
	else if (mmio_is_lost(page.physical, size))
		why = "it maps a page that is lost";
	if (why)
		bare_fail("shadow entry %lx of linear %lx, for an access of %x: %s", entry, linear, access, why);
}

static void check_entry(uint64_t linear, uint64_t entry, uint64_t size)
{
	unsigned rights = (entry & SHADOW_WRITE ? WALK_WRITE : 0) | (entry & SHADOW_USER ? WALK_USER : 0) |
			  (entry & SHADOW_NX ? 0 : WALK_FETCH);

	for (unsigned access = 0; access <= WALK_ACCESS; access++) {
		if (access & ~WALK_ACCESS || (access & WALK_WRITE && access & WALK_FETCH))
			continue;
		/* The CPU has CR0.WP set, always. */
		if (walk_allows(true, paging_state()->smep, rights, access))
			check_access(linear, entry, size, access);
	}
	entries++;
}

/* Of tables that follow the guest's: the entry is there if and only if the guest's is, and its page. */
static void check_step(uint64_t of_guest, uint64_t entry)
{
	uint64_t physical = of_guest & SHADOW_ADDRESS;
	bool good = of_guest & SHADOW_PRESENT && of_guest & SHADOW_ACCESSED &&
		    !walk_is_reserved(paging_state(), 12, of_guest);
	bool memory = guest_memory(&guest, physical, 4096) && !mmio_is_lost(physical, 4096);
	bool there = entry & SHADOW_PRESENT;

	/* Fresh memory, and devices that are passed through, are there when they have been touched. */
	if (there ? !good || !(memory || mmio_is_passed(physical) || fresh_host(physical) != UINT64_MAX)
		  : good && memory)
		bare_fail("shadow entry %lx of a guest's entry %lx: one is valid, and the other is not", entry,
			  of_guest);
	if (there && (entry & SHADOW_ADDRESS) != (host_of(physical) & ~4095ull))
		bare_fail("shadow entry %lx of a guest's entry %lx leads elsewhere", entry, of_guest);
	entries++;
}

void shadow_check(void)
{
	if (!wanted || !guest.shadow)
		return;
	looks++;
	if (!paging_is_synced()) {
		shadow_for_each(check_entry);
		return;
	}
	synced_for_each_page(check_entry);
	synced_for_each(check_step);
}

void shadow_check_report(void)
{
	if (wanted && guest.shadow)
		bare_printf("%s: %lu looks at the shadow tables, %lu entries, all of them good; begun anew %lu times\n",
			    bare_name, looks, entries, counters.shadow_reclaims);
}
