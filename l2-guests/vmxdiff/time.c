// SPDX-License-Identifier: GPL-2.0-only
/* Compares L2's time stamps with L1's, under TSC offsetting and TSC scaling (SDM 25.6.5, 26.3). */
#include "l2-guests/vmxdiff/time.h"

#include "l2-guests/vmxdiff/code.h"
#include "l2-guests/vmxdiff/diff_entry.h"
#include "l2-guests/vmxdiff/diff_host.h"
#include "l2-guests/vmxdiff/diff_run.h"
#include "l2-guests/vmxdiff/diff_vmx.h"
#include "l2-guests/vmxdiff/l2.h"
#include "l2-guests/vmxdiff/case_hash.h"
#include "l2-guests/vmxdiff/print_case.h"
#include "microbench/bare/bare.h"
#include "microbench/bare/cpu.h"
#include "vmcs-shadow/controls.h"

#define MSR_IA32_TSC 0x10u
#define FRACTION     48

struct clock {
	bool offsets, scales;
	uint64_t offset, multiplier;
};

enum reader { RDTSC, RDMSR, RDTSCP, READERS };
static const char *const reader_name[READERS] = {"RDTSC", "RDMSR", "RDTSCP"};

static uint8_t msr_bitmap[4096] __attribute__((aligned(4096))); /* no MSR access exits */

static uint64_t of_l2(const struct clock *clock, uint64_t l1)
{
	if (!clock->offsets)
		return l1;
	if (clock->scales)
		l1 = (uint64_t)((unsigned __int128)l1 * clock->multiplier >> FRACTION);
	return l1 + clock->offset;
}

static struct clock any_clock(struct dice *d)
{
	static const uint64_t multipliers[] = {1ull << FRACTION, 2ull << FRACTION, 1ull << (FRACTION - 1),
					       3ull << (FRACTION - 1)};
	struct clock clock;

	clock.offsets = dice_percent(d, 80);
	clock.scales = dice_percent(d, 70) && vmx.secondary >> 32 & SECONDARY_EXEC_TSC_SCALING;
	clock.offset = dice_percent(d, 50) ? dice_64(d) : dice_below(d, 1000);
	clock.multiplier = dice_percent(d, 50) ? DICE_OF(d, multipliers) : dice_64(d) >> dice_below(d, 32) | 1;
	return clock;
}

static void put_code(enum reader reader)
{
	static const uint32_t bytes[READERS] = {0x310f, 0x320f, 0xf9010f};
	struct code code = {(uint8_t *)L2_AT(L2_CODE), 64};

	code_bytes(&code, reader == RDTSCP ? 3 : 2, bytes[reader]);
	code_bytes(&code, 3, 0xc1010f); /* VMCALL */
	run_in.gpr[RCX] = MSR_IA32_TSC;
	run_in.rflags = 2;
}

static void put_controls(struct vmcs12 *v, const struct clock *clock, enum reader reader)
{
	VMCS12(v, CPU_BASED_VM_EXEC_CONTROL) &= ~(uint64_t)(CPU_BASED_RDTSC_EXITING | CPU_BASED_USE_TSC_OFFSETTING);
	VMCS12(v, CPU_BASED_VM_EXEC_CONTROL) |= CPU_BASED_USE_MSR_BITMAPS;
	VMCS12(v, MSR_BITMAP) = (uintptr_t)msr_bitmap;
	/* Some levels below require the debug controls. */
	VMCS12(v, VM_EXIT_CONTROLS) |= VM_EXIT_SAVE_DEBUG_CONTROLS;
	VMCS12(v, VM_ENTRY_CONTROLS) |= VM_ENTRY_LOAD_DEBUG_CONTROLS;
	VMCS12(v, GUEST_RIP) = L2_AT(L2_CODE);
	if (reader == RDTSCP)
		VMCS12(v, SECONDARY_VM_EXEC_CONTROL) |= SECONDARY_EXEC_ENABLE_RDTSCP;
	if (clock->offsets)
		VMCS12(v, CPU_BASED_VM_EXEC_CONTROL) |= CPU_BASED_USE_TSC_OFFSETTING;
	if (clock->scales)
		VMCS12(v, SECONDARY_VM_EXEC_CONTROL) |= SECONDARY_EXEC_TSC_SCALING;
	VMCS12(v, TSC_OFFSET) = clock->offset;
	VMCS12(v, TSC_MULTIPLIER) = clock->multiplier;
}

static void round_of(struct dice *d, uint32_t round)
{
	static struct entry_case c;
	const struct clock clock = any_clock(d);
	enum reader reader = dice_below(d, vmx.secondary >> 32 & SECONDARY_EXEC_ENABLE_RDTSCP ? READERS : RDTSCP);
	uint64_t before, read, after;

	entry_base(&c, L2_64, d);
	l2_reset(false);
	put_controls(&c.vmcs, &clock, reader);
	put_code(reader);
	vmx_forget();
	vmx_fresh(&vmx_vmcs[0]);
	entry_write(&c.vmcs);
	/* Without TSC scaling, the CPU may lack the field. */
	if (vmx.secondary >> 32 & SECONDARY_EXEC_TSC_SCALING)
		vmx_write(VMCS_TSC_MULTIPLIER, clock.multiplier);
	before = rdtsc();
	if (run_code(run_launch, false) != RUN_EXIT)
		bare_fail("round %u: L2 is not entered: error %lu", round, VMX_GET(VM_INSTRUCTION_ERROR));
	after = rdtsc();
	host_restore(false, 0);
	if (VMX_GET(VM_EXIT_REASON) != VMX_EXIT_VMCALL)
		bare_fail("round %u: exit reason %lx, interruption %lx instead of a VMCALL", round,
			  VMX_GET(VM_EXIT_REASON), VMX_GET(VM_EXIT_INTR_INFO));
	read = run_out.gpr[RDX] << 32 | (uint32_t)run_out.gpr[RAX];
	/* L0 may combine offsets and multipliers differently, so the result may differ by one. */
	if (read - of_l2(&clock, before) + 1 > of_l2(&clock, after) - of_l2(&clock, before) + 2)
		bare_fail("round %u: %s reads %lx, outside of %lx to %lx with %s%lx, %s%lx", round, reader_name[reader],
			  read, before, after, clock.offsets ? "offset " : "no offset, not ", clock.offset,
			  clock.scales ? "multiplier " : "no multiplier, not ", clock.multiplier);
}

void time_run(uint32_t seed, uint32_t rounds)
{
	note_begin(0, false);
	for (uint32_t round = 0; round < rounds; round++) {
		struct dice d = dice_of(seed ^ 0x71c, round);

		round_of(&d, round);
	}
	say("time: %u readings, all as they have to be%s", rounds,
	    vmx.secondary >> 32 & SECONDARY_EXEC_TSC_SCALING ? ", some of them scaled" : "; no TSC scaling here");
}
