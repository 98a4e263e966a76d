// SPDX-License-Identifier: GPL-2.0-only
/* Replaces lab/ (make LAB=off). Windows of the hypervisor itself are skipped. */
#include "l1-hypervisor/lab/lab.h"
#include "microbench/bare/bare.h"
#include "microbench/image.h"
#include "microbench/measure.h"

static void skip_window(struct vcpu *vcpu, uint32_t next)
{
	const struct nb_place place = {.ring = vcpu->ring, .where = NB_ROOT, .doorbell = bare_doorbell};
	const uint32_t op = NB_NEXT_OP(next);

	if (!vcpu->ring || op >= NB_OP_COUNT)
		bare_fail("the level below requests an invalid window: %x", next);
	nb_measure_skip(&place, nb_op_info[op].name, "skip=the hypervisor was built without lab/");
}

void lab_begin(struct vcpu *vcpu, const struct nb_pvh_start_info *info __attribute__((unused)),
	       const char *cmdline __attribute__((unused)), uint32_t warmup __attribute__((unused)))
{
	vcpu->lab.measure = skip_window;
}

void lab_report(struct vcpu *vcpu __attribute__((unused)))
{
}
