// SPDX-License-Identifier: GPL-2.0-only
/*
 * The benchmark guest: runs the operations its command line names and hands the samples down.
 * The same image is L1 (a guest of L0), L2 (a guest of our hypervisor), or alone on a machine.
 */
#include "abi/words.h"
#include "bare/bare.h"
#include "bare/cpu.h"
#include "measure.h"
#include "ops.h"

const char bare_name[] = "bench";

static struct nb_ring ring __attribute__((aligned(4096)));

void bare_main(const struct nb_pvh_start_info *info)
{
	const char *cmdline = bare_cmdline(info);
	struct nb_place place = {.ring = &ring, .where = NB_GUEST, .doorbell = bare_doorbell};
	struct nb_plan plan;

	bare_exceptions_init();
	nb_ring_init(&ring);
	if (!bare_sink_init(cmdline) || !bare_sink_announce(&ring))
		bare_fail("the command line names no sink=doorbell, lpt or debugcon: \"%s\"", cmdline);
	if (!nb_plan_parse(cmdline, &plan))
		bare_fail("bad plan in the command line (ops=a,b n=N warmup=N): \"%s\"", cmdline);
	if (bare_sink != BARE_SINK_DOORBELL)
		pic_mask_all();
	/*
	 * Interrupts stay open in a guest, as in a kernel: none is meant for it, but Bochs keeps those that its hypervisor
	 * waits for (external-interrupt exiting) back while the guest has RFLAGS.IF = 0.
	 */
	if (nb_word_is(cmdline, "level", "L0"))
		place.where = NB_RING0;
	else
		__asm__ volatile("sti");
	if (!nb_measure(&place, &plan))
		bare_fail("unknown operation in the command line: \"%s\"", cmdline);
	bare_done();
}
