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

void shadow_check(void)
{
	if (!wanted || !guest.shadow)
		return;
	looks++;
	shadow_for_each(check_entry);
}

void shadow_check_report(void)
{
	if (wanted && guest.shadow)
		bare_printf("%s: %lu looks at the shadow tables, %lu entries, all of them good; begun anew %lu times\n",
			    bare_name, looks, entries, counters.shadow_reclaims);
}
