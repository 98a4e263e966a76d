// SPDX-License-Identifier: GPL-2.0-only
/*
 * Turns a page fault into a shadow entry. The guest's tables give the guest-physical address and
 * the rights. The hypervisor's own map gives the page behind that address.
 */
#include "l1-hypervisor/shadow_fault.h"

#include "l1-hypervisor/bad_access.h"
#include "l1-hypervisor/ept.h"
#include "l1-hypervisor/events.h"
#include "l1-hypervisor/fresh_memory.h"
#include "l1-hypervisor/guest_paging.h"
#include "l1-hypervisor/mmio.h"
#include "l1-hypervisor/shadow.h"
#include "l1-hypervisor/protected_shadow.h"
#include "microbench/bare/bare.h"

static uint64_t bits_of(unsigned rights)
{
	return (rights & WALK_WRITE ? SHADOW_WRITE : 0) | (rights & WALK_USER ? SHADOW_USER : 0) |
	       (rights & WALK_FETCH ? 0 : SHADOW_NX);
}

/*
 * Returns true if the 2 MiB around this address is all guest memory, so that one large entry can
 * map it.
 */
static bool is_large(uint64_t physical, const struct walk_page *page)
{
	uint64_t start = physical & ~(EPT_PAGE_2M - 1);

	return guest.ept_page >= EPT_PAGE_2M && page->size >= EPT_PAGE_2M && guest_memory(&guest, start, EPT_PAGE_2M) &&
	       !mmio_is_lost(start, EPT_PAGE_2M);
}

/*
 * Fills in the page to map. Returns false if the address is neither memory nor a passed-through
 * device.
 */
static bool find_page(uint64_t linear, unsigned access, const struct walk_page *page, struct shadow_page *shadow)
{
	*shadow = (struct shadow_page){
		.linear = linear,
		.host = guest.base + page->physical,
		.bits = bits_of(walk_shadow_rights(paging_state(), page, access)),
		.size = is_large(page->physical, page) ? EPT_PAGE_2M : EPT_PAGE_4K,
		.guest_size = page->size,
	};

	if (guest_memory(&guest, page->physical, 1))
		return true;
	shadow->beyond = true;
	if (fresh_host(page->physical) != UINT64_MAX) {
		shadow->host = fresh_host(page->physical);
		if (page->size >= EPT_PAGE_2M && fresh_size() >= EPT_PAGE_2M)
			shadow->size = EPT_PAGE_2M;
		return true;
	}
	shadow->host = page->physical;
	shadow->bits |= SHADOW_UNCACHED | SHADOW_NX;
	return mmio_is_passthrough(page->physical);
}

static void map(const struct shadow_page *shadow)
{
	if (paging_is_synced())
		protected_shadow_map(shadow);
	else
		shadow_map(shadow);
}

/*
 * Prepares the guest to execute the faulting instruction again. If an event's delivery was
 * interrupted, it injects the event again; the event's type sets NMI blocking. Otherwise, if the
 * instruction is an IRET, it has unblocked NMIs before its fault (SDM 28.2.3). The guest has not
 * seen this, so NMIs are blocked again.
 */
static void retry_instruction(uint32_t info, bool was_lost)
{
	if (event_reinject()) {
		mmio_lost_in_delivery += was_lost;
		return;
	}
	if (info & INTR_INFO_UNBLOCK_NMI && guest.pin & PIN_BASED_VIRTUAL_NMIS)
		vmcs_write(GUEST_INTERRUPTIBILITY_INFO, vmcs_read(GUEST_INTERRUPTIBILITY_INFO) | GUEST_INTR_STATE_NMI);
}

static bool same_registers(const struct guest_registers *a, const struct guest_registers *b)
{
	const uint64_t *x = &a->r15, *y = &b->r15;

	for (unsigned i = 0; i < sizeof(*a) / sizeof(*x); i++)
		if (x[i] != y[i])
			return false;
	return true;
}

/*
 * An instruction may need more tables than the pool has. Then it discards its own entries again and
 * again.
 */
#define RECLAIMS_MAX 1000

/*
 * Ends the run if the pool was used up more than RECLAIMS_MAX times in a row at the same RIP with
 * the same registers.
 */
static void fail_if_stuck(const struct guest_registers *regs)
{
	static uint64_t reclaims, same;
	static struct guest_registers before;
	static uint64_t rip_before;
	uint64_t rip;
	char text[200];

	if (counters.shadow_reclaims == reclaims)
		return;
	reclaims = counters.shadow_reclaims;
	rip = vmcs_read(GUEST_RIP);
	same = rip == rip_before && same_registers(regs, &before) ? same + 1 : 0;
	rip_before = rip;
	before = *regs;
	if (same > RECLAIMS_MAX) {
		bare_snprintf(text, sizeof(text),
			      "%s is out of shadow tables: shadow_tables=%u are not enough for one instruction of %s's",
			      bad_access_own_name(), shadow_pool_size(), bad_access_guest_name());
		guest_dump_and_fail(regs, VMX_EXIT_EXCEPTION_NMI, text);
	}
}

void shadow_fault(struct guest_registers *regs, uint32_t info)
{
	uint64_t linear = vmcs_read(EXIT_QUALIFICATION);
	unsigned access = (unsigned)vmcs_read(VM_EXIT_INTR_ERROR_CODE) & WALK_ACCESS;
	struct shadow_page shadow;
	struct walk_page page;
	bool was_lost;

	switch (walk(paging_state(), linear, access, true, &page)) {
	case WALK_FAULT:
		event_reflect_page_fault(regs, info, linear, page.error);
		return;
	case WALK_BEYOND:
		bad_access_fail(regs, VMX_EXIT_EXCEPTION_NMI);
	case WALK_GOOD:
		break;
	}
	was_lost = mmio_restore_page(page.physical);
	if (find_page(linear, access, &page, &shadow)) {
		if (access & WALK_WRITE && paging_is_synced() && protected_shadow_is_table(page.physical)) {
			if (protected_shadow_store(regs, &shadow, page.physical))
				return;
		} else {
			map(&shadow);
			counters.shadow_fills++;
		}
		fail_if_stuck(regs);
		retry_instruction(info, was_lost);
		return;
	}
	if (event_was_interrupted())
		mmio_fail(regs, VMX_EXIT_EXCEPTION_NMI, page.physical, "an event's delivery touches a device page");
	mmio_access(regs, VMX_EXIT_EXCEPTION_NMI, page.physical);
}

bool shadow_prefill(uint64_t linear)
{
	struct shadow_page shadow;
	struct walk_page page;

	if (walk(paging_state(), linear, WALK_FETCH, true, &page) != WALK_GOOD ||
	    !find_page(linear, WALK_FETCH, &page, &shadow))
		return false;
	map(&shadow);
	return true;
}
