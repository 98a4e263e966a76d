// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hypervisor measures itself. It writes the records into its guest's ring, because there is no
 * other ring.
 */
#include "l1-hypervisor/self_measure.h"

#include "l1-hypervisor/shadowed_fields.h"
#include "l1-hypervisor/guest.h"
#include "l1-hypervisor/references.h"
#include "l1-hypervisor/translate.h"
#include "l1-hypervisor/watchdog.h"
#include "microbench/bare/bare.h"
#include "microbench/image.h"
#include "microbench/image_plan.h"
#include "microbench/measure.h"

static uint32_t warmup;

bool self_measure_init(const char *cmdline)
{
	struct nb_plan plan;

	if (!nb_plan_parse(cmdline, &plan))
		return false;
	warmup = plan.warmup;
	translate_init(cmdline);
	return bare_plan_init(cmdline, true);
}

void self_measure(uint32_t next)
{
	const struct nb_place place = {.ring = guest.ring, .where = NB_ROOT, .doorbell = bare_doorbell};
	uint32_t op = NB_NEXT_OP(next), n = NB_NEXT_N(next);

	if (!guest.ring || op >= NB_OP_COUNT || n == 0 || n > NB_WINDOW_MAX)
		bare_fail("told to measure what does not exist: %x", next);
	if (op == NB_OP_fields) {
		discover_fields(&place);
		return;
	}
	if (op == NB_OP_walks) {
		watchdog_stop();
		references_count(&place);
		translate(&place);
		watchdog_restart();
		return;
	}
	/*
	 * A watchdog tick would stay pending until the measured VMRESUME. Its exit would look like
	 * the guest's exit.
	 */
	watchdog_stop();
	if (!nb_measure_window(&place, op, n, warmup))
		bare_fail("%s is not linked into this image", nb_op_info[op].name);
	watchdog_restart();
}
