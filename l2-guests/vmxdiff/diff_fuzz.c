// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs two kinds of rounds: VMX instructions with arbitrary operands, and entries with a VMCS, EPT,
 * bitmaps and lists that are damaged before and between entries. The fuzzer avoids damage that
 * would legitimately end L1. Only change.c changes host state. The MSR lists of an exit stay valid.
 * No table points to L1's code or data. The VMX-preemption timer bounds L2.
 */
#include "l2-guests/vmxdiff/diff_fuzz.h"

#include "l2-guests/vmxdiff/diff_entry.h"
#include "l2-guests/vmxdiff/diff_host.h"
#include "l2-guests/vmxdiff/diff_run.h"
#include "l2-guests/vmxdiff/diff_vmx.h"
#include "l2-guests/vmxdiff/l2.h"
#include "l2-guests/vmxdiff/case_hash.h"
#include "l2-guests/vmxdiff/print_case.h"
#include "l2-guests/vmxdiff/sequence.h"
#include "microbench/bare/bare.h"
#include "microbench/bare/cpu.h"

#define POOL        24
#define CANARY      0x6a09e667f3bcc908u
#define TIMER_TICKS 20000u
#define REPORT      256u

/*
 * Pages that fuzzed structures may use. Canary pages lie between them, and no VMCS or table refers
 * to a canary.
 */
static struct {
	struct vmx_page page;
	uint64_t canary[512];
} pool[POOL];

static struct {
	uint32_t exits, failures, faults, bad_entries, timers;
} count;

static bool on;

/* Returns an address without memory, with a device, or with nothing behind it. */
static uint64_t hole(struct dice *d)
{
	static const uint64_t holes[] = {
		0x80000000, 0xa0000,    0xb8000,    0xf0000,    0xfec00000,     0xfee00000,         0xfd000000,
		0xfffff000, 1ull << 32, 1ull << 40, 1ull << 45, 0x800000000000, 0xffff800000000000, 0xfffffffffffff000,
		0x4000000,  0x3fff000,  0x4001000,
	};

	return DICE_OF(d, holes);
}

static uint64_t wild_address(struct dice *d)
{
	const uint64_t ours[] = {(uintptr_t)&vmx_vmcs[0], (uintptr_t)&vmx_vmcs[1], (uintptr_t)&vmx_on_page};

	switch (dice_below(d, 4)) {
	case 0:
		return hole(d);
	case 1:
		return DICE_OF(d, ours);
	default:
		return (uintptr_t)&pool[dice_below(d, POOL)].page;
	}
}

static void damage_page(struct dice *d, uint64_t page)
{
	uint8_t *bytes = (uint8_t *)(uintptr_t)page;
	unsigned n = 1 + dice_below(d, 64);

	/* The revision makes VMPTRLD accept the page. */
	if (dice_percent(d, 30)) {
		((struct vmx_page *)bytes)->revision = (uint32_t)(vmx.basic & VMX_BASIC_REVISION_MASK);
		return;
	}
	if (dice_percent(d, 5)) {
		memset(bytes, dice_percent(d, 50) ? 0xff : 0, 4096);
		return;
	}
	while (n--)
		bytes[dice_percent(d, 50) ? dice_below(d, 256) : dice_below(d, 4096)] = (uint8_t)dice_64(d);
}

/*
 * Returns a damaged entry of L2's page tables or of its EPT. It may point to L2's memory, to the
 * pool or to a hole, with any other bits.
 */
static uint64_t damaged_entry(struct dice *d, uint64_t entry)
{
	if (dice_percent(d, 60))
		/* Bit 7 stays, because a table must not become a large page. */
		return entry ^ dice_bit(d, 0xfff0000000000fff & ~0x80ull);
	if (dice_percent(d, 40))
		return hole(d) | dice_below(d, 128);
	return (dice_percent(d, 50) ? (uintptr_t)&pool[dice_below(d, POOL)].page : L2_AT(dice_below(d, L2_PAGES))) |
	       dice_below(d, 128);
}

static void damage_tables(struct dice *d, bool by_ept)
{
	static const uint8_t guest_tables[] = {L2_PML4, L2_PDPT, L2_PD, L2_PT};
	uint64_t *entry;

	if (dice_percent(d, 60)) {
		entry = l2_ept_entry(dice_below(d, 4), dice_below(d, L2_PAGES));
		l2_ept_change(entry, damaged_entry(d, *entry));
	} else if (by_ept) {
		/* Without EPT, L2's page tables would lead to L1's memory. */
		entry = (uint64_t *)L2_AT(DICE_OF(d, guest_tables)) + dice_below(d, 16);
		*entry = damaged_entry(d, *entry);
	}
}

static void damage(struct dice *d, bool by_ept)
{
	switch (dice_below(d, 4)) {
	case 0:
		damage_page(d, (uintptr_t)&vmx_vmcs[dice_below(d, 2)]);
		break;
	case 1:
		damage_page(d, (uintptr_t)&pool[dice_below(d, POOL)].page);
		break;
	case 2:
		damage_page(d, L2_AT(DICE_OF(d, ((const uint8_t[]){L2_CODE, L2_TABLES, L2_STACK, L2_DATA}))));
		break;
	default:
		damage_tables(d, by_ept);
	}
	if (dice_percent(d, 50))
		vmx_forget();
}

/* Writes any field on which neither L1's survival nor the end of L2 depends. */
static void write_anything(struct dice *d)
{
	unsigned field = dice_below(d, VMCS_FIELD_COUNT);
	uint64_t value = dice_percent(d, 40) ? wild_address(d) : dice_percent(d, 50) ? dice_64(d) : dice_bit(d, ~0ull);
	uint32_t encoding = vmcs_field_info[field].encoding;

	if (vmcs_encoding_type(encoding) == VMCS_TYPE_HOST || field == VMCS_INDEX_VM_EXIT_MSR_LOAD_COUNT ||
	    field == VMCS_INDEX_VM_EXIT_MSR_LOAD_ADDR || field == VMCS_INDEX_VM_EXIT_MSR_STORE_COUNT ||
	    field == VMCS_INDEX_VM_EXIT_MSR_STORE_ADDR || field == VMCS_INDEX_VM_EXIT_CONTROLS ||
	    field == VMCS_INDEX_SECONDARY_VM_EXIT_CONTROLS || field == VMCS_INDEX_IO_BITMAP_A ||
	    field == VMCS_INDEX_IO_BITMAP_B)
		return;
	vmx_write(encoding, value);
}

static void set_bits(uint64_t encoding, uint64_t bits)
{
	uint64_t value;

	if (vmx_read(encoding, &value) && (value & bits) != bits)
		vmx_write(encoding, value | bits);
}

/*
 * Bounds the run of L2. HLT and I/O exit, and a timer runs. L2 never waits for a SIPI, because that
 * state stops even the timer.
 */
static void bound(void)
{
	uint64_t state;

	set_bits(VMCS_CPU_BASED_VM_EXEC_CONTROL, CPU_BASED_HLT_EXITING | CPU_BASED_MWAIT_EXITING |
							 CPU_BASED_MONITOR_EXITING | CPU_BASED_RDPMC_EXITING |
							 CPU_BASED_UNCOND_IO_EXITING);
	if (vmx.pin >> 32 & PIN_BASED_VMX_PREEMPTION_TIMER) {
		set_bits(VMCS_PIN_BASED_VM_EXEC_CONTROL, PIN_BASED_VMX_PREEMPTION_TIMER);
		vmx_write(VMCS_VMX_PREEMPTION_TIMER_VALUE,
			  TIMER_TICKS >> (vmx.misc & VMX_MISC_PREEMPTION_TIMER_RATE_MASK));
	}
	/*
	 * Bochs enters an IA-32e mode guest without paging and then ends. SDM 27.3.1.1 says that
	 * the entry fails.
	 */
	if (vmx_read(VMCS_VM_ENTRY_CONTROLS, &state) && state & VM_ENTRY_IA32E_MODE)
		set_bits(VMCS_GUEST_CR0, CR0_PE | CR0_PG);
	if (vmx_read(VMCS_GUEST_ACTIVITY_STATE, &state) && state == GUEST_ACTIVITY_WAIT_SIPI)
		vmx_write(VMCS_GUEST_ACTIVITY_STATE, GUEST_ACTIVITY_ACTIVE);
}

static bool enter(bool launch)
{
	enum run_end end = run_code(launch ? run_launch : run_resume, false);
	uint32_t reason;

	if (end != RUN_EXIT) {
		count.faults += end == RUN_FAULT;
		count.failures += end == RUN_BACK;
		return false;
	}
	host_restore(false, 0);
	reason = (uint32_t)VMX_GET(VM_EXIT_REASON);
	count.exits++;
	count.timers += reason == VMX_EXIT_PREEMPTION_TIMER;
	count.bad_entries += reason >> 31;
	return !(reason & VMX_EXIT_REASON_ENTRY_FAILURE);
}

static void one_entry(struct dice *d)
{
	static struct entry_case c;
	/* The pool has more VMCSs than the hypervisor below may want to cache. */
	struct vmx_page *vmcs = dice_percent(d, 50) ? &vmx_vmcs[dice_below(d, 2)] : &pool[dice_below(d, POOL)].page;
	unsigned changes = dice_below(d, 4), writes = dice_percent(d, 50) ? 0 : 1 + dice_below(d, 6),
		 damages = dice_below(d, 3);
	bool launch = true;

	if (!on || dice_percent(d, 20))
		vmx_again();
	on = true;
	entry_base(&c, entry_any_mode(d), d);
	c.no_ports = true;
	l2_reset(c.mode == L2_64_USER);
	while (changes--)
		entry_change(&c, d);
	entry_keep_bounded(&c);
	program_make(&c, d);
	vmx_fresh(vmcs);
	entry_write(&c.vmcs);
	run_in.rflags = 2;
	for (unsigned step = 0; step < ENTRY_STEPS; step++) {
		for (unsigned i = 0; i < writes; i++)
			write_anything(d);
		for (unsigned i = 0; i < damages; i++)
			damage(d, c.by_ept);
		bound();
		if (!enter(launch) && dice_percent(d, 70))
			return;
		launch = dice_percent(d, 10);
		/* Continues with the next instruction. */
		if (dice_percent(d, 40))
			vmx_write(VMCS_GUEST_RIP, VMX_GET(GUEST_RIP) + VMX_GET(VM_EXIT_INSTRUCTION_LEN));
		writes = dice_below(d, 3);
		damages = dice_below(d, 2);
	}
}

static uint64_t sum(const uint64_t *from, const uint64_t *to)
{
	uint64_t total = 0;

	while (from < to)
		total = (total ^ *from++) * 0x100000001b3u + (total >> 47);
	return total;
}

/* Checks that L1's code and constants, and the canary pages of the pool, are unchanged. */
static void look(uint64_t code_sum)
{
	for (unsigned i = 0; i < POOL; i++)
		for (unsigned j = 0; j < 512; j++)
			if (pool[i].canary[j] != (CANARY ^ (512 * i + j)))
				bare_fail("a page that nobody was told of is damaged: %lx",
					  (uintptr_t)&pool[i].canary[j]);
	if (sum((const uint64_t *)0x100000, (const uint64_t *)((uintptr_t)image_code_end & ~7ull)) != code_sum)
		bare_fail("our own code is damaged");
}

static void report(uint32_t round)
{
	say("fuzz %u: %u exits (%u by the timer, %u of entries that failed), %u VMfails, %u faults", round, count.exits,
	    count.timers, count.bad_entries, count.failures, count.faults);
}

void fuzz_run(uint32_t seed, uint32_t first, uint32_t rounds)
{
	const uint64_t code_sum = sum((const uint64_t *)0x100000,
				      (const uint64_t *)((uintptr_t)image_code_end & ~7ull));

	for (unsigned i = 0; i < POOL; i++)
		for (unsigned j = 0; j < 512; j++)
			pool[i].canary[j] = CANARY ^ (512 * i + j);
	on = true;
	note_begin(0, false);
	for (uint32_t round = first; round < first + rounds; round++) {
		struct dice d = dice_of(seed ^ 0xf022, round);

		if (dice_percent(&d, 40))
			on = sequence_wild(&d, 1 + dice_below(&d, 12), on, wild_address);
		else
			one_entry(&d);
		if (round % REPORT == REPORT - 1) {
			look(code_sum);
			report(round + 1);
			say_flush();
		}
	}
	vmx_again();
	lists_restore_msrs();
	look(code_sum);
	report(first + rounds);
	say("fuzz is over, all canaries live");
}
