// SPDX-License-Identifier: GPL-2.0-only
/*
 * Walks the guest's page tables again and records the address of each entry, so that the error
 * message can name the entry.
 */
#include "l1-hypervisor/emulate/bad_access.h"

#include "l1-hypervisor/backend/backend.h"
#include "l1-hypervisor/cpu/levels.h"
#include "l1-hypervisor/cpu/vcpu.h"
#include "l1-hypervisor/memory/guest_paging.h"
#include "microbench/bare/bare.h"

#define STEPS_MAX 4

static uint64_t entry_address[STEPS_MAX];
static unsigned steps;

static void *record_entry(void *context, uint64_t physical)
{
	entry_address[steps++] = physical;
	return guest_memory(context, physical, 8);
}

/* With PAE paging the PDPTEs are in registers, so the first entry in memory is a PDE. */
static const char *name_of(enum walk_mode mode, unsigned step)
{
	static const char *const names[] = {"PML4E", "PDPTE", "PDE", "PTE"};

	return names[mode == WALK_4LEVEL ? step : step + 2];
}

static uint64_t value_of(struct vcpu *vcpu, enum walk_mode mode, uint64_t physical)
{
	const uint64_t *entry = guest_memory(vcpu, physical, 8);

	return mode == WALK_32BIT ? (uint32_t)*entry : *entry;
}

/*
 * Writes the message into text. Returns false if the current page tables do not lead out of guest
 * memory.
 */
static bool describe(struct vcpu *vcpu, char *text, size_t size, uint64_t linear)
{
	struct walk_paging paging = *paging_state(vcpu);
	const char *who = level_guest_name;
	char from[64] = "without paging";
	enum walk_result result;
	struct walk_page page;
	bool in_tables;
	unsigned inside; /* entries that lie in guest memory */

	paging.entry = record_entry;
	steps = 0;
	result = walk(&paging, linear, 0, false, &page);
	in_tables = result == WALK_BEYOND;
	if (result == WALK_FAULT || (!in_tables && guest_memory(vcpu, page.physical, 1)))
		return false;
	inside = steps - in_tables;
	if (inside > 0)
		bare_snprintf(from, sizeof(from), "%s %lx at %lx leads", name_of(paging.mode, inside - 1),
			      value_of(vcpu, paging.mode, entry_address[inside - 1]), entry_address[inside - 1]);
	else if (paging.mode != WALK_OFF)
		bare_snprintf(from, sizeof(from), "%s %lx leads", paging.mode == WALK_PAE ? "PDPTE" : "CR3",
			      paging.mode == WALK_PAE ? paging.pdpte[linear >> 30 & 3] : paging.root);
	if (in_tables)
		bare_snprintf(text, size, "%s's page tables lead out of its memory: %s to a %s at %lx, for linear %lx",
			      who, from, name_of(paging.mode, steps - 1), entry_address[steps - 1], linear);
	else
		bare_snprintf(text, size, "%s's page tables lead out of its memory: %s to %lx, for linear %lx", who,
			      from, page.physical, linear);
	return true;
}

void bad_access_fail(struct vcpu *vcpu)
{
	uint64_t linear = 0;
	bool has_linear;
	char text[200];

	if (vcpu->shadow)
		linear = exit_fault_address();
	has_linear = vcpu->shadow || exit_linear(&linear);
	if (!has_linear || !describe(vcpu, text, sizeof(text), linear))
		bare_snprintf(text, sizeof(text), "%s accesses %lx, where there is neither memory nor a device",
			      level_guest_name, exit_physical());
	guest_dump_and_fail(vcpu, text);
}
