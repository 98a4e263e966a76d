// SPDX-License-Identifier: GPL-2.0-only
/*
 * Turns a page fault into a shadow entry. The guest's tables give the guest-physical address and
 * the rights. The hypervisor's own map gives the page behind that address.
 */
#include "l1-hypervisor/emulate/shadow_fault.h"

#include "l1-hypervisor/backend/backend.h"
#include "l1-hypervisor/cpu/levels.h"
#include "l1-hypervisor/emulate/bad_access.h"
#include "l1-hypervisor/emulate/mmio.h"
#include "l1-hypervisor/events/events.h"
#include "l1-hypervisor/formats/decode.h"
#include "l1-hypervisor/memory/ept.h"
#include "l1-hypervisor/memory/guest_paging.h"
#include "l1-hypervisor/memory/linear.h"
#include "l1-hypervisor/memory/lost_page.h"
#include "l1-hypervisor/memory/protected_shadow.h"
#include "l1-hypervisor/memory/shadow.h"
#include "microbench/bare/bare.h"

static uint64_t shadow_bits(unsigned rights)
{
	return (rights & WALK_WRITE ? SHADOW_WRITE : 0) | (rights & WALK_USER ? SHADOW_USER : 0) |
	       (rights & WALK_FETCH ? 0 : SHADOW_NX);
}

/*
 * Returns true if the 2 MiB around this address is all guest memory, so that one large entry can
 * map it.
 */
static bool is_large(struct vcpu *vcpu, uint64_t physical, const struct walk_page *page)
{
	uint64_t start = physical & ~(EPT_PAGE_2M - 1);

	return vcpu->ept_page >= EPT_PAGE_2M && page->size >= EPT_PAGE_2M && guest_memory(vcpu, start, EPT_PAGE_2M) &&
	       !lost_page_overlaps(vcpu, start, EPT_PAGE_2M);
}

/*
 * Fills in the page to map. Returns false if the address is neither memory nor a passed-through
 * device.
 */
static bool find_page(struct vcpu *vcpu, uint64_t linear, unsigned access, const struct walk_page *page,
		      struct shadow_page *shadow)
{
	uint64_t size;

	*shadow = (struct shadow_page){
		.linear = linear,
		.host = vcpu->base + page->physical,
		.bits = shadow_bits(walk_shadow_rights(paging_state(vcpu), page, access)),
		.size = is_large(vcpu, page->physical, page) ? EPT_PAGE_2M : EPT_PAGE_4K,
		.guest_size = page->size,
	};

	if (guest_memory(vcpu, page->physical, 1))
		return true;
	shadow->outside = true;
	if (vcpu->lab.translate && vcpu->lab.translate(page->physical, &shadow->host, &size)) {
		if (page->size >= EPT_PAGE_2M && size >= EPT_PAGE_2M)
			shadow->size = EPT_PAGE_2M;
		return true;
	}
	shadow->host = page->physical;
	shadow->bits |= SHADOW_UNCACHED | SHADOW_NX;
	return mmio_is_passthrough(vcpu, page->physical);
}

static void map(struct vcpu *vcpu, const struct shadow_page *shadow)
{
	if (paging_is_write_protected(vcpu))
		protected_shadow_map(vcpu, shadow);
	else
		shadow_map(shadow);
}

/*
 * Prepares the guest to execute the faulting instruction again. If an event's delivery was
 * interrupted, it injects the event again; the event's type sets NMI blocking. Otherwise, if the
 * instruction is an IRET, it has unblocked NMIs before its fault (SDM 28.2.3). The guest has not
 * seen this, so NMIs are blocked again.
 */
static void retry_instruction(struct vcpu *vcpu, uint32_t info, bool was_lost)
{
	if (event_reinject(vcpu)) {
		vcpu->lost.restored_in_delivery += was_lost;
		return;
	}
	if (info & EVENT_UNBLOCKED_NMI && injection_has_nmi_blocking(vcpu))
		blocking_write(blocking_read() | BLOCKED_BY_NMI);
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
 * An instruction may need more tables than the pool has. Then its page faults discard each other's
 * entries forever.
 */
#define RECLAIMS_MAX 1000

/*
 * Ends the run if the pool was used up more than RECLAIMS_MAX times in a row at the same RIP with
 * the same registers.
 */
static void fail_if_stuck(struct vcpu *vcpu)
{
	static uint64_t reclaims, same; /* same: how many times in a row */
	static struct guest_registers before;
	static uint64_t rip_before;
	uint64_t rip;
	char text[200];

	if (counters.shadow_reclaims == reclaims)
		return;
	reclaims = counters.shadow_reclaims;
	rip = state_read(RIP);
	same = rip == rip_before && same_registers(&vcpu->regs, &before) ? same + 1 : 0;
	rip_before = rip;
	before = vcpu->regs;
	if (same > RECLAIMS_MAX) {
		bare_snprintf(text, sizeof(text),
			      "%s is out of shadow tables: shadow_tables=%u are not enough for one instruction of %s",
			      level_own_name, shadow_pool_size(), level_guest_name);
		guest_dump_and_fail(vcpu, text);
	}
}

/*
 * Returns true for a MOV that stores one whole, aligned 8-byte entry, which lies in one page. The
 * first entry of a page is excluded: it may be the second part of a store that began in the page
 * before. The guest executes that store, and any other instruction, itself.
 */
static bool is_simple_store(struct vcpu *vcpu, uint64_t linear, uint64_t rip, struct decoded *mov)
{
	uint8_t code[DECODE_BYTES_MAX] = {0};

	if (linear & 7 || !(linear & 4095) || event_was_interrupted() || !paging_is_long_code(vcpu))
		return false;
	linear_read(vcpu, rip, code, sizeof(code)); /* after a partial read the decoder lacks bytes and fails */
	return decode_mov(code, sizeof(code), mov) && mov->store && mov->size == 8;
}

/*
 * Handles a store to a write-protected table. If the store is simple, it emulates the store,
 * advances RIP, delivers pending events and returns true. Otherwise it makes the table writable and
 * returns false: the guest must execute the instruction again.
 */
static bool store_to_table(struct vcpu *vcpu, const struct shadow_page *page, uint64_t physical)
{
	uint64_t rip = state_read(RIP), *entry = guest_memory(vcpu, physical & ~7ull, 8);
	struct decoded mov;

	counters.shadow_stores++;
	if (!is_simple_store(vcpu, page->linear, rip, &mov)) {
		protected_shadow_unprotect(vcpu, physical);
		protected_shadow_map(vcpu, page);
		return false;
	}
	*(volatile uint64_t *)entry = mov.immediate ? mov.value : register_read(vcpu, mov.reg);
	protected_shadow_written(vcpu, physical, 8);
	protected_shadow_accessed(vcpu, page->linear); /* the walk may have set A and D on this path */
	state_write(RIP, rip + mov.length);
	event_deliver(vcpu, true);
	return true;
}

void shadow_fault(struct vcpu *vcpu, uint32_t info)
{
	uint64_t linear = exit_fault_address();
	unsigned access = exit_fault_error() & WALK_ACCESS;
	struct shadow_page shadow;
	struct walk_page page;
	bool was_lost;

	switch (walk(paging_state(vcpu), linear, access, true, &page)) {
	case WALK_FAULT:
		event_reflect_page_fault(vcpu, info, linear, page.error);
		return;
	case WALK_BEYOND:
		bad_access_fail(vcpu);
	case WALK_GOOD:
		break;
	}
	was_lost = lost_page_restore(vcpu, page.physical);
	if (find_page(vcpu, linear, access, &page, &shadow)) {
		if (access & WALK_WRITE && paging_is_write_protected(vcpu) &&
		    protected_shadow_is_table(page.physical)) {
			if (store_to_table(vcpu, &shadow, page.physical))
				return;
		} else {
			map(vcpu, &shadow);
			counters.shadow_fills++;
		}
		fail_if_stuck(vcpu);
		retry_instruction(vcpu, info, was_lost);
		return;
	}
	if (event_was_interrupted())
		mmio_fail(vcpu, page.physical, "an event's delivery touches a device page");
	mmio_access(vcpu, page.physical);
}

bool shadow_prefill(struct vcpu *vcpu, uint64_t linear)
{
	struct shadow_page shadow;
	struct walk_page page;

	if (walk(paging_state(vcpu), linear, WALK_FETCH, true, &page) != WALK_GOOD ||
	    !find_page(vcpu, linear, WALK_FETCH, &page, &shadow))
		return false;
	map(vcpu, &shadow);
	return true;
}
