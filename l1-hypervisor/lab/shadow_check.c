// SPDX-License-Identifier: GPL-2.0-only
/*
 * Validates the shadow page tables against the guest's page tables. For a virtual TLB: if an entry
 * allows an access, the guest's walk must succeed. For write-protected tables in addition: a shadow
 * entry is valid if and only if the guest's entry is, and it leads to existing memory.
 */
#include "l1-hypervisor/lab/shadow_check.h"

#include "l1-hypervisor/cpu/vcpu.h"
#include "l1-hypervisor/cpu/vmx/counters.h"
#include "l1-hypervisor/emulate/mmio.h"
#include "l1-hypervisor/lab/fresh_memory.h"
#include "l1-hypervisor/lab/lab_vcpu.h"
#include "l1-hypervisor/memory/guest_paging.h"
#include "l1-hypervisor/memory/protected_shadow.h"
#include "l1-hypervisor/memory/shadow.h"
#include "microbench/abi/words.h"
#include "microbench/bare/bare.h"

static bool wanted;
static uint64_t looks, entries;

bool shadow_check_init(const char *cmdline)
{
	wanted = nb_word_is(cmdline, "check", "shadow");
	/* read by nested_check.c */
	if (nb_word(cmdline, "check") && !wanted && !nb_word_is(cmdline, "check", "nested"))
		bare_fail("check= takes shadow or nested: \"%s\"", cmdline);
	return wanted;
}

static uint64_t host_of(struct vcpu *vcpu, uint64_t physical)
{
	uint64_t fresh = fresh_host(physical);

	return guest_memory(vcpu, physical, 1) ? vcpu->base + physical : fresh != UINT64_MAX ? fresh : physical;
}

static void check_access(struct vcpu *vcpu, uint64_t linear, uint64_t entry, uint64_t size, unsigned access)
{
	uint64_t host = entry & SHADOW_ADDRESS & ~(size - 1);
	struct walk_page page;
	const char *why = NULL;

	if (walk(paging_state(vcpu), linear, access, false, &page) != WALK_GOOD)
		why = "the guest's tables forbid what it allows";
	else if (host_of(vcpu, page.physical) != host)
		why = "the guest's tables lead elsewhere";
	else if (page.size < size)
		why = "the guest's page is smaller";
	else if (access & WALK_WRITE && !page.dirty)
		why = "the guest's page is clean and it can be written";
	else if (!guest_memory(vcpu, page.physical, size) && !mmio_is_passthrough(vcpu, page.physical) &&
		 (fresh_host(page.physical) == UINT64_MAX || size > fresh_size()))
		why = "it maps what is no memory of the guest's";
	else if (access & WALK_WRITE && paging_is_write_protected(vcpu) && protected_shadow_is_table(page.physical))
		why = "it lets write to a table that is followed";
	else if (lost_page_overlaps(vcpu, page.physical, size))
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
		/* The CPU always runs the guest with CR0.WP = 1. */
		if (walk_allows(true, paging_state(lab_vcpu)->smep, rights, access))
			check_access(lab_vcpu, linear, entry, size, access);
	}
	entries++;
}

static void wrong_step(const char *why, uint64_t of_guest, uint64_t entry, unsigned shift)
{
	bare_fail("shadow entry %lx of a guest's entry %lx, of a table of %lx for each: %s", entry, of_guest,
		  (uint64_t)1 << shift, why);
}

/*
 * Returns NULL if the shadow entry has the rights of the guest's entry, otherwise the reason.
 * writable is false if the page must be read-only for another cause, such as a clean page.
 */
static const char *why_rights(uint64_t of_guest, uint64_t entry, bool writable)
{
	const uint64_t other = SHADOW_USER | SHADOW_NX;
	uint64_t write = writable ? of_guest & SHADOW_WRITE : 0;

	if ((entry ^ of_guest) & other)
		return "other rights";
	return (entry & SHADOW_WRITE) != write ? "writable is only one of them" : NULL;
}

/* Checks a 4 KiB page. It must be mapped if and only if the guest maps it and it is memory. */
static const char *why_page(struct vcpu *vcpu, uint64_t of_guest, uint64_t entry, bool good)
{
	uint64_t physical = of_guest & SHADOW_ADDRESS;
	bool memory = guest_memory(vcpu, physical, WALK_4K) && !lost_page_overlaps(vcpu, physical, WALK_4K);
	bool there = entry & SHADOW_PRESENT;

	/* Fresh memory and passed-through devices get an entry only at the first access. */
	if (there ? !good || !(memory || mmio_is_passthrough(vcpu, physical) || fresh_host(physical) != UINT64_MAX)
		  : good && memory)
		return "one is valid, and the other is not";
	if (!there)
		return NULL;
	if ((entry & SHADOW_ADDRESS) != (host_of(vcpu, physical) & ~4095ull))
		return "it leads elsewhere";
	/*
	 * The page may have been a write-protected table before. Then it can still be read-only:
	 * the next write faults, and the fault makes it writable.
	 */
	if (!memory || protected_shadow_is_near_table(physical))
		return entry & ~of_guest & SHADOW_WRITE || of_guest & ~entry & SHADOW_NX ? "it allows more" : NULL;
	return why_rights(of_guest, entry, of_guest & SHADOW_DIRTY);
}

/* Checks a 2 MiB page of fresh memory. It gets an entry only at the first access. */
static const char *why_fresh(uint64_t of_guest, uint64_t entry, bool good)
{
	if (!good)
		return "it is valid, and the guest's is not";
	if ((entry & SHADOW_ADDRESS) != (fresh_host(of_guest & SHADOW_ADDRESS) & ~(WALK_2M - 1)))
		return "it leads elsewhere";
	return entry & ~of_guest & SHADOW_WRITE || of_guest & ~entry & SHADOW_NX ? "it allows more" : NULL;
}

/*
 * Checks a 2 MiB page that can have a large entry: the range is guest memory and contains no page
 * table.
 */
static const char *why_large(struct vcpu *vcpu, uint64_t of_guest, uint64_t entry, bool good)
{
	uint64_t physical = of_guest & SHADOW_ADDRESS & ~(WALK_2M - 1);

	if (!(entry & SHADOW_PRESENT))
		return good ? "the guest's is valid, and it is not" : NULL;
	if (!good)
		return "it is valid, and the guest's is not";
	if (!(entry & SHADOW_PAGE) || (entry & SHADOW_ADDRESS) != vcpu->base + physical)
		return "it leads elsewhere";
	return why_rights(of_guest, entry, of_guest & SHADOW_DIRTY);
}

/*
 * Checks an entry that leads to a table, or to the pieces of a page. If it is valid, the guest's
 * entry must be valid. It may be missing: page faults add tables one by one. After a page stops
 * being mappable by a large entry, page faults also rebuild its pieces.
 */
static const char *why_link(uint64_t of_guest, uint64_t entry, unsigned shift, bool good, bool page)
{
	uint64_t physical = of_guest & SHADOW_ADDRESS & ~(page ? (1ull << shift) - 1 : 0);

	if (!(entry & SHADOW_PRESENT))
		return NULL;
	if (!good)
		return "it is valid, and the guest's is not";
	if (entry & SHADOW_PAGE || !protected_shadow_leads_to(entry, physical, shift - 9, page))
		return "it leads elsewhere";
	return why_rights(of_guest, entry, !page || of_guest & SHADOW_DIRTY);
}

static void check_present(struct vcpu *vcpu, uint64_t of_guest, uint64_t entry, unsigned shift)
{
	uint64_t around = of_guest & SHADOW_ADDRESS & ~(WALK_2M - 1);
	bool good = of_guest & SHADOW_PRESENT && of_guest & SHADOW_ACCESSED &&
		    !walk_is_reserved(paging_state(vcpu), shift, of_guest);
	bool page = walk_is_page(paging_state(vcpu), shift, of_guest);
	bool can_be_large = shift == 21 && vcpu->ept_page >= WALK_2M && guest_memory(vcpu, around, WALK_2M) &&
			    !protected_shadow_is_near_table(around) && !lost_page_overlaps(vcpu, around, WALK_2M);
	bool fresh = shift == 21 && page && entry & SHADOW_PAGE && fresh_host(around) != UINT64_MAX &&
		     fresh_size() >= WALK_2M;
	const char *why = shift == 12            ? why_page(vcpu, of_guest, entry, good)
			  : page && can_be_large ? why_large(vcpu, of_guest, entry, good)
			  : fresh                ? why_fresh(of_guest, entry, good)
						 : why_link(of_guest, entry, shift, good, page);

	if (why)
		wrong_step(why, of_guest, entry, shift);
}

/* Most entries are not present on both sides. */
static void check_step(uint64_t of_guest, uint64_t entry, unsigned shift)
{
	if ((of_guest | entry) & SHADOW_PRESENT)
		check_present(lab_vcpu, of_guest, entry, shift);
	entries++;
}

void shadow_check(struct vcpu *vcpu)
{
	if (!wanted || !vcpu->shadow)
		return;
	looks++;
	if (!paging_is_write_protected(vcpu)) {
		shadow_for_each(check_entry);
		return;
	}
	protected_shadow_for_each_page(check_entry);
	protected_shadow_for_each(check_step);
}

void shadow_check_report(struct vcpu *vcpu)
{
	if (wanted && vcpu->shadow)
		bare_printf("%s: %lu looks at the shadow tables, %lu entries, all of them good; begun anew %lu times\n",
			    bare_name, looks, entries, counters.shadow_reclaims);
}
