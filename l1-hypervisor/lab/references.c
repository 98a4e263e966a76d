// SPDX-License-Identifier: GPL-2.0-only
/*
 * The method: this file builds an EPT and guest page tables for one instruction fetch. It enters
 * the guest at a VMCALL after INVEPT and INVVPID. So the walk to that instruction is all that
 * happens between VM entry and VM exit.
 *
 * If two steps of the walk share an EPT entry, its accessed flag cannot tell which step read it. So
 * the walk runs once for each step. In that run, the page of the step lies behind an EPT PML4 entry
 * that no other page uses. The flags there belong to this step alone. One step at a time is enough,
 * because a CPU with 40 physical-address bits has only two PML4 entries.
 */
#include "l1-hypervisor/lab/references.h"

#include "l1-hypervisor/backend/backend.h"
#include "l1-hypervisor/cpu/vcpu.h"
#include "l1-hypervisor/cpu/vmx/vmx.h"
#include "l1-hypervisor/entry.h"
#include "l1-hypervisor/lab/ept_experiments.h"
#include "microbench/bare/bare.h"

#define GUEST_PRESENT  1ull
#define GUEST_WRITE    2ull
#define GUEST_ACCESSED 0x20ull
#define GUEST_LARGE    0x80ull

#define LEVELS_MAX 4
#define LEVELS_MIN 2

/*
 * APART is the first address behind the second entry of the EPT's PML4 table. LINEAR is a linear
 * address that shares no entry, at any level, with another address.
 */
#define APART  (1ull << 39)
#define LINEAR (3ull << 39 | 5ull << 30)

static uint64_t table[LEVELS_MAX][512] __attribute__((aligned(4096)));
static uint8_t code[4096] __attribute__((aligned(4096)));
static uint8_t idle[4096] __attribute__((aligned(4096))); /* a page that no walk needs */

enum { NO_STEP = -1 };

struct shape {
	unsigned guest, ept; /* number of levels */
	int apart;           /* step whose page lies behind APART: 0..guest, guest + 1 (the idle page) or NO_STEP */
	uint64_t *pml4;
};

/* Returns the size of a leaf page in tables with this number of levels (2..4). */
static uint64_t page_size(unsigned levels)
{
	return EPT_PAGE_4K << 9 * (LEVELS_MAX - levels);
}

/*
 * host_of() returns the host-physical address of a step's page. guest_of() returns the
 * guest-physical one: it is equal, plus APART for the step s->apart.
 */
static uint64_t host_of(const struct shape *s, unsigned step)
{
	return step < s->guest ? (uintptr_t)table[step] : step == s->guest ? (uintptr_t)code : (uintptr_t)idle;
}

static uint64_t guest_of(const struct shape *s, unsigned step)
{
	return host_of(s, step) + ((int)step == s->apart ? APART : 0);
}

/* The offset within a large page equals the offset of the code within this hypervisor's memory. */
static uint64_t linear_of_code(void)
{
	return LINEAR | ((uintptr_t)code & (EPT_PAGE_1G - 1));
}

static uint64_t *entry_of(unsigned level)
{
	return &table[level][linear_of_code() >> (39 - 9 * level) & 511];
}

static void build(struct shape *s)
{
	s->pml4 = ept_scratch_begin();
	for (unsigned step = 0; step <= s->guest + 1; step++)
		ept_scratch_map(s->pml4, guest_of(s, step), host_of(s, step), page_size(s->ept));
	memset(table, 0, sizeof(table));
	for (unsigned level = 0; level + 1 < s->guest; level++)
		*entry_of(level) = guest_of(s, level + 1) | GUEST_PRESENT | GUEST_WRITE;
	*entry_of(s->guest - 1) = (guest_of(s, s->guest) & ~(page_size(s->guest) - 1)) | GUEST_PRESENT | GUEST_WRITE |
				  (s->guest < LEVELS_MAX ? GUEST_LARGE : 0);
}

static void fetch(const struct shape *s)
{
	const uint64_t eptp = (uintptr_t)s->pml4 | EPTP_WALK_LENGTH_4 | EPTP_ACCESSED_DIRTY | MEMORY_TYPE_WB;
	uint64_t reason;

	vmcs_write(EPT_POINTER, eptp);
	vmcs_write(GUEST_CR3, guest_of(s, 0));
	vmcs_write(GUEST_RIP, linear_of_code());
	tlb_flush_ept(eptp);
	tlb_flush_guest();
	round_trip();
	reason = vmcs_read(VM_EXIT_REASON);
	if (reason != VMX_EXIT_VMCALL)
		bare_fail("a walk of %u and %u levels ended with exit reason %lx, qualification %lx, instead of VMCALL",
			  s->guest, s->ept, reason, vmcs_read(EXIT_QUALIFICATION));
}

static unsigned guest_accessed(const struct shape *s)
{
	unsigned count = 0;

	for (unsigned level = 0; level < s->guest; level++)
		count += (*entry_of(level) & GUEST_ACCESSED) != 0;
	return count;
}

/*
 * Builds the tables and runs the walk. Returns how many EPT entries the CPU read to translate the
 * page behind APART, or 0 for NO_STEP.
 */
static unsigned walk_apart(struct shape *s, int step)
{
	s->apart = step;
	build(s);
	fetch(s);
	return step == NO_STEP ? 0 : ept_accessed(s->pml4, guest_of(s, (unsigned)step));
}

static void put_counter(const struct nb_place *place, const char *name, int step, unsigned count)
{
	char line[64], number[8] = "";

	if (step >= 0)
		bare_snprintf(number, sizeof(number), ".%u", (unsigned)step);
	bare_snprintf(line, sizeof(line), "hv.walk.%s%s=%u", name, number, count);
	if (!nb_ring_text(place->ring, line))
		bare_fail("the ring is full: no room for %s", line);
}

/* For a walk whose steps share EPT entries: writes which step needs each entry first. */
static void put_sharing(const struct nb_place *place, const struct shape *s)
{
	const uint64_t *path[LEVELS_MAX + 1][EPT_LEVELS];

	for (unsigned step = 0; step <= s->guest; step++) {
		unsigned levels = ept_path(s->pml4, guest_of(s, step), path[step]), digits = 0;

		for (unsigned level = 0; level < levels; level++) {
			unsigned first = 0;

			while (path[first][level] != path[step][level])
				first++;
			digits = 10 * digits + first + 1;
		}
		put_counter(place, "first", (int)step, digits);
	}
}

static void count_shape(const struct nb_place *place, unsigned guest_levels, unsigned ept_levels)
{
	struct shape s = {.guest = guest_levels, .ept = ept_levels};
	char name[NB_OP_NAME_LEN];

	bare_snprintf(name, sizeof(name), "walk.%u.%u", guest_levels, ept_levels);
	if ((ept_levels < 4 && !(vmx.ept_vpid & VMX_EPT_2MB_PAGE_BIT)) ||
	    (ept_levels < 3 && !(vmx.ept_vpid & VMX_EPT_1GB_PAGE_BIT))) {
		nb_measure_skip(place, name, "skip=this CPU's EPT has no pages of this size");
		return;
	}
	nb_measure_open(place, name, 0);
	walk_apart(&s, NO_STEP);
	put_counter(place, "distinct", NO_STEP, ept_scratch_accessed());
	put_counter(place, "guest", NO_STEP, guest_accessed(&s));
	put_sharing(place, &s);
	for (int step = 0; step <= (int)guest_levels; step++)
		put_counter(place, "ept", step, walk_apart(&s, step));
	put_counter(place, "idle", NO_STEP, walk_apart(&s, (int)guest_levels + 1));
	nb_measure_close(place, name, 0);
}

void references_count(struct vcpu *vcpu, const struct nb_place *place)
{
	static const uint8_t vmcall[] = {0x0f, 0x01, 0xc1};
	uint64_t rip, cr3, host_rip, host_rsp;

	if (vcpu->shadow || !(vmx.ept_vpid & VMX_EPT_AD_BIT)) {
		nb_measure_skip(place, "walk.4.4",
				vcpu->shadow ? "skip=the guest runs on shadow page tables: there is no EPT"
					     : "skip=this CPU's EPT has no accessed flags");
		return;
	}
	memcpy(code, vmcall, sizeof(vmcall));
	rip = vmcs_read(GUEST_RIP);
	cr3 = vmcs_read(GUEST_CR3);
	host_rip = vmcs_read(HOST_RIP);
	host_rsp = vmcs_read(HOST_RSP);
	vmcs_write(HOST_RIP, (uintptr_t)round_trip_exit);
	vmcs_write(HOST_RSP, (uintptr_t)round_trip_stack);
	for (unsigned guest_levels = LEVELS_MAX; guest_levels >= LEVELS_MIN; guest_levels--)
		for (unsigned ept_levels = LEVELS_MAX; ept_levels >= LEVELS_MIN; ept_levels--)
			count_shape(place, guest_levels, ept_levels);
	vmcs_write(HOST_RIP, host_rip);
	vmcs_write(HOST_RSP, host_rsp);
	vmcs_write(GUEST_RIP, rip);
	vmcs_write(GUEST_CR3, cr3);
	vmcs_write(EPT_POINTER, vcpu->eptp);
	tlb_flush_guest(); /* the TLB holds translations of the experiment's tables */
}
