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
static uint64_t checks, entries;

bool shadow_check_init(const char *cmdline)
{
	wanted = nb_word_is(cmdline, "check", "shadow");
	/* nested_check.c handles check=nested. */
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
		why = "the guest's tables do not allow this access";
	else if (host_of(vcpu, page.physical) != host)
		why = "the guest's tables lead elsewhere";
	else if (page.size < size)
		why = "the guest's page is smaller";
	else if (access & WALK_WRITE && !page.dirty)
		why = "the guest's page is clean, but the entry is writable";
	else if (!guest_memory(vcpu, page.physical, size) && !mmio_is_passthrough(vcpu, page.physical) &&
		 (fresh_host(page.physical) == UINT64_MAX || size > fresh_size()))
		why = "it maps an address that is not guest memory";
	else if (access & WALK_WRITE && paging_is_write_protected(vcpu) && protected_shadow_is_table(page.physical))
		why = "it allows writes to a write-protected table";
	else if (lost_page_overlaps(vcpu, page.physical, size))
		why = "it maps a page that is lost";
	if (why)
		bare_fail("shadow entry %lx for linear %lx and access %x is wrong: %s", entry, linear, access, why);
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

static void wrong_step(const char *why, uint64_t guest_entry, uint64_t entry, unsigned shift)
{
	bare_fail("shadow entry %lx for the guest's entry %lx (%lx bytes for each entry) is wrong: %s", entry,
		  guest_entry, (uint64_t)1 << shift, why);
}

/*
 * Returns NULL if the shadow entry has the rights of the guest's entry, otherwise the reason.
 * writable is false if the page must be read-only for another cause, such as a clean page.
 */
static const char *why_rights(uint64_t guest_entry, uint64_t entry, bool writable)
{
	const uint64_t other = SHADOW_USER | SHADOW_NX;
	uint64_t write = writable ? guest_entry & SHADOW_WRITE : 0;

	if ((entry ^ guest_entry) & other)
		return "the user or NX bit differs";
	return (entry & SHADOW_WRITE) != write ? "the write bit is wrong" : NULL;
}

/* Checks a 4 KiB page. It must be mapped if and only if the guest maps it and it is memory. */
static const char *why_page(struct vcpu *vcpu, uint64_t guest_entry, uint64_t entry, bool good)
{
	uint64_t physical = guest_entry & SHADOW_ADDRESS;
	bool memory = guest_memory(vcpu, physical, WALK_4K) && !lost_page_overlaps(vcpu, physical, WALK_4K);
	bool there = entry & SHADOW_PRESENT;

	/* Fresh memory and passed-through devices get an entry only at the first access. */
	if (there ? !good || !(memory || mmio_is_passthrough(vcpu, physical) || fresh_host(physical) != UINT64_MAX)
		  : good && memory)
		return "only one of the two is valid";
	if (!there)
		return NULL;
	if ((entry & SHADOW_ADDRESS) != (host_of(vcpu, physical) & ~4095ull))
		return "it leads to another address";
	/*
	 * The page may have been a write-protected table before. Then it can still be read-only:
	 * the next write faults, and the fault makes it writable.
	 */
	if (!memory || protected_shadow_is_near_table(physical))
		return entry & ~guest_entry & SHADOW_WRITE || guest_entry & ~entry & SHADOW_NX
			       ? "it allows more than the guest's entry"
			       : NULL;
	return why_rights(guest_entry, entry, guest_entry & SHADOW_DIRTY);
}

/* Checks a 2 MiB page of fresh memory. It gets an entry only at the first access. */
static const char *why_fresh(uint64_t guest_entry, uint64_t entry, bool good)
{
	if (!good)
		return "it is valid, but the guest's entry is not";
	if ((entry & SHADOW_ADDRESS) != (fresh_host(guest_entry & SHADOW_ADDRESS) & ~(WALK_2M - 1)))
		return "it leads to another address";
	return entry & ~guest_entry & SHADOW_WRITE || guest_entry & ~entry & SHADOW_NX
		       ? "it allows more than the guest's entry"
		       : NULL;
}

/*
 * Checks a 2 MiB page that can have a large entry: the range is guest memory and contains no page
 * table.
 */
static const char *why_large(struct vcpu *vcpu, uint64_t guest_entry, uint64_t entry, bool good)
{
	uint64_t physical = guest_entry & SHADOW_ADDRESS & ~(WALK_2M - 1);

	if (!(entry & SHADOW_PRESENT))
		return good ? "it is not valid, but the guest's entry is" : NULL;
	if (!good)
		return "it is valid, but the guest's entry is not";
	if (!(entry & SHADOW_PAGE) || (entry & SHADOW_ADDRESS) != vcpu->base + physical)
		return "it leads to another address";
	return why_rights(guest_entry, entry, guest_entry & SHADOW_DIRTY);
}

/*
 * Checks an entry that leads to a table, or to the pieces of a page. If it is valid, the guest's
 * entry must be valid. It may be missing: page faults add tables one by one. After a page stops
 * being mappable by a large entry, page faults also rebuild its pieces.
 */
static const char *why_link(uint64_t guest_entry, uint64_t entry, unsigned shift, bool good, bool page)
{
	uint64_t physical = guest_entry & SHADOW_ADDRESS & ~(page ? (1ull << shift) - 1 : 0);

	if (!(entry & SHADOW_PRESENT))
		return NULL;
	if (!good)
		return "it is valid, but the guest's entry is not";
	if (entry & SHADOW_PAGE || !protected_shadow_leads_to(entry, physical, shift - 9, page))
		return "it leads to another address";
	return why_rights(guest_entry, entry, !page || guest_entry & SHADOW_DIRTY);
}

static void check_present(struct vcpu *vcpu, uint64_t guest_entry, uint64_t entry, unsigned shift)
{
	uint64_t around = guest_entry & SHADOW_ADDRESS & ~(WALK_2M - 1);
	bool good = guest_entry & SHADOW_PRESENT && guest_entry & SHADOW_ACCESSED &&
		    !walk_is_reserved(paging_state(vcpu), shift, guest_entry);
	bool page = walk_is_page(paging_state(vcpu), shift, guest_entry);
	bool can_be_large = shift == 21 && vcpu->ept_page >= WALK_2M && guest_memory(vcpu, around, WALK_2M) &&
			    !protected_shadow_is_near_table(around) && !lost_page_overlaps(vcpu, around, WALK_2M);
	bool fresh = shift == 21 && page && entry & SHADOW_PAGE && fresh_host(around) != UINT64_MAX &&
		     fresh_size() >= WALK_2M;
	const char *why = shift == 12            ? why_page(vcpu, guest_entry, entry, good)
			  : page && can_be_large ? why_large(vcpu, guest_entry, entry, good)
			  : fresh                ? why_fresh(guest_entry, entry, good)
						 : why_link(guest_entry, entry, shift, good, page);

	if (why)
		wrong_step(why, guest_entry, entry, shift);
}

/* Most entries are not present on both sides. */
static void check_step(uint64_t guest_entry, uint64_t entry, unsigned shift)
{
	if ((guest_entry | entry) & SHADOW_PRESENT)
		check_present(lab_vcpu, guest_entry, entry, shift);
	entries++;
}

void shadow_check(struct vcpu *vcpu)
{
	if (!wanted || !vcpu->shadow)
		return;
	checks++;
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
		bare_printf("%s: %lu checks of the shadow tables, %lu entries, all of them good; discarded %lu times\n",
			    bare_name, checks, entries, counters.shadow_reclaims);
}
