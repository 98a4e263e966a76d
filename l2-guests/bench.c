// SPDX-License-Identifier: GPL-2.0-only
/*
 * The benchmark guest. It runs the requested operations and passes the samples to the level below.
 * The same image runs as L1 (a guest of L0), as L2 (a guest of our hypervisor), or on the machine
 * itself.
 */
#include "l2-guests/guest_memory.h"
#include "l2-guests/pages.h"
#include "microbench/abi/words.h"
#include "microbench/bare/bare.h"
#include "microbench/bare/cpu.h"
#include "microbench/family.h"
#include "microbench/image.h"
#include "microbench/image_plan.h"
#include "microbench/measure.h"
#include "microbench/pointer_chase.h"

const char bare_name[] = "bench";

static struct nb_ring ring __attribute__((aligned(4096)));

/*
 * Returns the trap requests that the level below supports, or 0. On a bare machine and on QEMU the
 * port does not exist, so all bits read as 1.
 */
static uint32_t offered_traps(void)
{
	uint32_t offered = inl(NB_PORT_TRAP_REQUESTS);

	return offered & NB_TRAP_OPTIONAL ? 0 : offered;
}

static void grant(unsigned traps)
{
	outl(NB_PORT_TRAP_REQUESTS, traps);
}

/* Reads chase_set= (in KiB) and chase_pages= (a bit mask of page layouts) from the command line. */
static void parse_chase(const char *cmdline, const struct nb_plan *plan, struct nb_chase *chase)
{
	uint32_t kib = 0, pages = 0;

	if (!nb_word_u32(cmdline, "chase_set", &kib) || !nb_word_u32(cmdline, "chase_pages", &pages))
		bare_fail("bad chase_set= or chase_pages= in the command line: \"%s\"", cmdline);
	*chase = (struct nb_chase){.max_set = (uint64_t)kib << 10,
				   .pages = pages,
				   .warmup = plan->warmup,
				   .seed = plan->seed,
				   .emulated = NB_CHASE_EMULATED,
				   .memory = memory_in_pages};
}

void bare_main(const struct nb_pvh_start_info *info)
{
	const char *cmdline = bare_cmdline(info);
	struct nb_place place = {.ring = &ring, .where = NB_GUEST, .doorbell = bare_doorbell, .grant = grant};
	struct nb_chase chase;
	struct nb_plan plan;
	const char *why;
	uint32_t next;

	bare_exceptions_init();
	bare_clock_init();
	nb_ring_init(&ring);
	if (!bare_sink_init(cmdline) || !bare_sink_announce(&ring) || !bare_clock_announce(&ring))
		bare_fail("the command line names no sink=doorbell, lpt or debugcon: \"%s\"", cmdline);
	if (!nb_plan_parse(cmdline, &plan) || !bare_plan_init(cmdline, false))
		bare_fail("bad plan in the command line (level=L1 ops=a,b n=N warmup=N seed=N): \"%s\"", cmdline);
	nb_seed = plan.seed;
	why = pages_init(cmdline);
	if (why)
		bare_fail("%s: \"%s\"", why, cmdline);
	parse_chase(cmdline, &plan, &chase);
	memory_init(info);
	if (bare_sink != BARE_SINK_DOORBELL)
		pic_mask_all();
	/*
	 * A guest keeps interrupts enabled, as a kernel does, although it expects none. While the
	 * guest has RFLAGS.IF = 0, Bochs holds back interrupts that should exit to the guest's
	 * hypervisor (external-interrupt exiting).
	 */
	if (nb_word_is(cmdline, "level", "L0")) {
		place.where = NB_RING0;
	} else {
		place.offered = offered_traps();
		__asm__ volatile("sti" : : : "memory");
	}
	nb_measure_rehearse(&place);
	while ((next = bare_next()) != NB_NEXT_DONE) {
		uint32_t op = NB_NEXT_OP(next), n = NB_NEXT_N(next);

		if (op >= NB_OP_COUNT || n == 0 || n > NB_WINDOW_MAX)
			bare_fail("told to measure what does not exist: %x", next);
		if (op == NB_OP_chase)
			nb_chase_run(&place, &chase, n);
		else if (!nb_measure_window(&place, op, n, plan.warmup))
			bare_fail("%s is not linked into this image", nb_op_info[op].name);
	}
	bare_done();
}
