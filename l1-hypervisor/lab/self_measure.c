// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hypervisor measures itself. It writes the records into its guest's ring, because there is no
 * other ring.
 */
#include "l1-hypervisor/lab/self_measure.h"

#include "l1-hypervisor/cpu/vcpu.h"
#include "l1-hypervisor/events/watchdog.h"
#include "l1-hypervisor/lab/references.h"
#include "l1-hypervisor/lab/shadowed_fields.h"
#include "l1-hypervisor/lab/translate.h"
#include "microbench/bare/bare.h"
#include "microbench/image.h"
#include "microbench/measure.h"

static uint32_t warmup;

void self_measure_init(const char *cmdline, uint32_t executions)
{
	warmup = executions;
	translate_init(cmdline);
}

void self_measure(struct vcpu *vcpu, uint32_t next)
{
	const struct nb_place place = {.ring = vcpu->ring, .where = NB_ROOT, .doorbell = bare_doorbell};
	uint32_t op = NB_NEXT_OP(next), n = NB_NEXT_N(next);

	if (!vcpu->ring || op >= NB_OP_COUNT || n == 0 || n > NB_WINDOW_MAX)
		bare_fail("the level below requests an invalid window: %x", next);
	if (op == NB_OP_fields) {
		shadowed_fields_measure(&place);
		return;
	}
	if (op == NB_OP_walks) {
		watchdog_stop();
		references_count(vcpu, &place);
		translate(vcpu, &place);
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
