// SPDX-License-Identifier: GPL-2.0-only
/*
 * Walks the guest's tables (SDM 5.5.4) and, for the address of each entry, the EPT (SDM 29.3.2).
 * Then the CPU does the same walk, and this file counts the accessed flags that the CPU has set.
 */
#include "l1-hypervisor/lab/translate.h"

#include "l1-hypervisor/backend/backend.h"
#include "l1-hypervisor/cpu/vcpu.h"
#include "l1-hypervisor/cpu/vmx/vmx.h"
#include "l1-hypervisor/entry.h"
#include "l1-hypervisor/lab/ept_experiments.h"
#include "microbench/abi/doorbell.h"
#include "microbench/abi/words.h"
#include "microbench/bare/bare.h"
#include "microbench/bare/cpu.h"

#define GUEST_PRESENT  1ull
#define GUEST_USER     4ull
#define GUEST_ACCESSED 0x20ull
#define GUEST_LARGE    0x80ull
#define GUEST_NX       (1ull << 63)
#define ADDRESS        0x000ffffffffff000ull

#define STEPS_MAX 32 /* (4 + 1) * (4 + 1) - 1 = 24, rounded up */

struct step {
	uint64_t *entry;
	uint64_t accessed; /* the accessed flag's bit in *entry */
};

static struct {
	bool asked;
	uint64_t linear;
	const struct nb_place *place;
	struct step steps[STEPS_MAX];
	unsigned count;
	bool user, nx; /* combined bits of the guest's entries */
} t;

static void put_line(const char *line)
{
	if (!nb_ring_text(t.place->ring, line))
		bare_fail("the ring is full: no room for %s", line);
}

void translate_init(const char *cmdline)
{
	uint32_t high = 0, low = 0;

	t.asked = nb_word(cmdline, "va_low") != NULL;
	if (!nb_word_u32(cmdline, "va_high", &high) || !nb_word_u32(cmdline, "va_low", &low))
		bare_fail("va_high= and va_low= take numbers below 2^32: \"%s\"", cmdline);
	t.linear = (uint64_t)high << 32 | low;
}

static void add_step(char kind, unsigned level, uint64_t physical, uint64_t *entry)
{
	char line[112];

	bare_snprintf(line, sizeof(line), "walk.step.%u=%c %u %lx %lx %lx", t.count, kind, level, physical,
		      (uint64_t)(uintptr_t)entry, *entry);
	put_line(line);
	t.steps[t.count++] = (struct step){entry, kind == 'e' ? EPT_ACCESSED : GUEST_ACCESSED};
}

/* Returns false for an EPT violation. */
static bool translate_physical(struct vcpu *vcpu, uint64_t physical, uint64_t *host)
{
	uint64_t *table = (uint64_t *)(uintptr_t)(vcpu->eptp & ADDRESS);

	for (unsigned level = 4, shift = 39;; level--, shift -= 9) {
		uint64_t *entry = &table[physical >> shift & 511];

		add_step('e', level, physical, entry);
		if (!(*entry & EPT_RWX))
			return false;
		if (level == 1 || *entry & EPT_LARGE_PAGE) {
			uint64_t inside = (1ull << shift) - 1;

			*host = (*entry & ADDRESS & ~inside) | (physical & inside);
			return true;
		}
		table = (uint64_t *)(uintptr_t)(*entry & ADDRESS);
	}
}

/* Translates a guest-physical address. Returns true, and reports it, for an EPT violation. */
static bool ends_in_violation(struct vcpu *vcpu, uint64_t physical, uint64_t *host)
{
	char line[64];

	if (translate_physical(vcpu, physical, host))
		return false;
	bare_snprintf(line, sizeof(line), "walk.end=violation %lx", physical);
	put_line(line);
	return true;
}

/*
 * Stores the guest-physical and the host-physical address of the page. Returns false if the walk
 * ends before the page.
 */
static bool walk_tables(struct vcpu *vcpu, uint64_t *physical, uint64_t *host)
{
	uint64_t table = vmcs_read(GUEST_CR3) & ADDRESS;
	char line[96];

	t.user = true;
	for (unsigned level = 4, shift = 39;; level--, shift -= 9) {
		uint64_t at = table + (t.linear >> shift & 511) * 8, entry;

		if (ends_in_violation(vcpu, at, host))
			return false;
		entry = *(uint64_t *)(uintptr_t)*host;
		add_step('g', level, at, (uint64_t *)(uintptr_t)*host);
		if (!(entry & GUEST_PRESENT)) {
			bare_snprintf(line, sizeof(line), "walk.end=not-present %u", level);
			put_line(line);
			return false;
		}
		t.user = t.user && entry & GUEST_USER;
		t.nx = t.nx || entry & GUEST_NX;
		table = entry & ADDRESS;
		if (level == 1 || (level < 4 && entry & GUEST_LARGE)) {
			uint64_t inside = (1ull << shift) - 1;

			*physical = (table & ~inside) | (t.linear & inside);
			if (ends_in_violation(vcpu, *physical, host))
				return false;
			bare_snprintf(line, sizeof(line), "walk.end=page %lx %lx %lx", *physical, *host, inside + 1);
			put_line(line);
			return true;
		}
	}
}

static const char *untried_reason(struct vcpu *vcpu, uint64_t physical)
{
	if (!(vmx.ept_vpid & VMX_EPT_AD_BIT))
		return "this CPU's EPT has no accessed flags";
	if (!guest_memory(vcpu, physical, 3))
		return "the address is not guest memory";
	if (t.nx)
		return "the page cannot be executed";
	if (t.user && vmcs_read(GUEST_CR4) & CR4_SMEP)
		return "it is a user page, and SMEP is on";
	return NULL;
}

/*
 * Counts the different entries among the steps. accessed: only entries with the accessed flag set.
 * ept_alone: only EPT entries.
 */
static unsigned count_steps(bool accessed, bool ept_alone)
{
	unsigned count = 0;

	for (unsigned i = 0; i < t.count; i++) {
		bool again = false;

		for (unsigned k = 0; k < i; k++)
			again = again || t.steps[k].entry == t.steps[i].entry;
		count += !again && (!accessed || *t.steps[i].entry & t.steps[i].accessed) &&
			 (!ept_alone || t.steps[i].accessed == EPT_ACCESSED);
	}
	return count;
}

/*
 * Asks the level below to read its own tables now. A later INVEPT would make it discard the tables
 * that L2 has just used.
 */
static void ask_level_below(uint64_t eptp)
{
	char line[64];

	bare_snprintf(line, sizeof(line), "walk.eptp=%lx", eptp);
	put_line(line);
	t.place->doorbell(NB_DOORBELL_TABLES);
}

/* Puts a VMCALL at the address for one fetch, and restores the code after it. */
static void let_cpu_walk(struct vcpu *vcpu, uint8_t *code)
{
	static const uint8_t vmcall[] = {0x0f, 0x01, 0xc1};
	const uint64_t eptp = vcpu->eptp | EPTP_ACCESSED_DIRTY;
	const uint64_t rip = vmcs_read(GUEST_RIP), host_rip = vmcs_read(HOST_RIP), host_rsp = vmcs_read(HOST_RSP);
	uint8_t before[sizeof(vmcall)];
	uint64_t reason;

	memcpy(before, code, sizeof(before));
	memcpy(code, vmcall, sizeof(vmcall));
	for (unsigned i = 0; i < t.count; i++)
		*t.steps[i].entry &= ~t.steps[i].accessed;
	vmcs_write(EPT_POINTER, eptp);
	vmcs_write(GUEST_RIP, t.linear);
	vmcs_write(HOST_RIP, (uintptr_t)round_trip_exit);
	vmcs_write(HOST_RSP, (uintptr_t)round_trip_stack);
	tlb_flush_ept(eptp);
	tlb_flush_guest();
	round_trip();
	reason = vmcs_read(VM_EXIT_REASON);
	memcpy(code, before, sizeof(before));
	if (reason != VMX_EXIT_VMCALL)
		bare_fail("a fetch at %lx ended with exit reason %lx, qualification %lx, instead of VMCALL", t.linear,
			  reason, vmcs_read(EXIT_QUALIFICATION));
	ask_level_below(eptp);
	vmcs_write(EPT_POINTER, vcpu->eptp);
	vmcs_write(GUEST_RIP, rip);
	vmcs_write(HOST_RIP, host_rip);
	vmcs_write(HOST_RSP, host_rsp);
	tlb_flush_ept(vcpu->eptp);
}

void translate(struct vcpu *vcpu, const struct nb_place *place)
{
	uint64_t physical, host;
	const char *why;
	char line[96];

	if (!t.asked || vcpu->shadow)
		return;
	t.place = place;
	t.count = 0;
	bare_snprintf(line, sizeof(line), "walk.address=%lx", t.linear);
	put_line(line);
	if (!walk_tables(vcpu, &physical, &host)) {
		ask_level_below(vcpu->eptp);
		return;
	}
	why = untried_reason(vcpu, physical);
	if (why) {
		ask_level_below(vcpu->eptp);
		bare_snprintf(line, sizeof(line), "walk.cpu=untried %s", why);
	} else {
		ept_forget_accessed();
		let_cpu_walk(vcpu, (uint8_t *)(uintptr_t)host);
		bare_snprintf(line, sizeof(line), "walk.cpu=%x %x %x", count_steps(true, false),
			      count_steps(false, false), ept_all_accessed() - count_steps(true, true));
	}
	put_line(line);
}
