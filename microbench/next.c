// SPDX-License-Identifier: GPL-2.0-only
/*
 * Chooses the window that an image measures next. The level below decides, or the image's command
 * line.
 */
#include "microbench/abi/words.h"
#include "microbench/bare/bare.h"
#include "microbench/bare/cpu.h"
#include "microbench/image.h"
#include "microbench/image_plan.h"
#include "microbench/schedule.h"

enum { PLACE_GUEST, PLACE_SELF };

static struct nb_schedule schedule;
static char level[2][3]; /* by place: names of the levels to which the windows belong */

static bool for_guest(enum nb_op op)
{
	return nb_op_info[op].where & NB_ANYWHERE;
}

static bool for_hypervisor(enum nb_op op)
{
	return nb_op_info[op].where & NB_ROOT && op != NB_OP_empty;
}

bool bare_plan_init(const char *cmdline, bool hypervisor)
{
	const char *name = nb_word(cmdline, "level");
	struct nb_plan plan;
	const char *unknown;
	uint32_t before;

	if (!nb_plan_parse(cmdline, &plan))
		return false;
	if (bare_sink == BARE_SINK_DOORBELL)
		return true;
	if (!plan.ops || !name || name[0] != 'L' || name[1] < '0' + hypervisor || name[1] > '9')
		return false;
	level[PLACE_GUEST][0] = level[PLACE_SELF][0] = 'L';
	level[PLACE_GUEST][1] = name[1];
	level[PLACE_SELF][1] = (char)(name[1] - 1);

	nb_schedule_begin(&schedule, plan.n, plan.seed);
	if (!nb_word_is(cmdline, "windows", "self") &&
	    nb_schedule_add_list(&schedule, plan.ops, PLACE_GUEST, for_guest, &unknown))
		return false;
	before = schedule.count;
	if (hypervisor && !nb_word_is(cmdline, "windows", "guest") &&
	    nb_schedule_add_list(&schedule, plan.ops, PLACE_SELF, for_hypervisor, &unknown))
		return false;
	return schedule.count == before || nb_schedule_add(&schedule, NB_OP_empty, PLACE_SELF);
}

uint32_t bare_next(void)
{
	struct nb_schedule_entry entry;
	uint32_t n;

	if (bare_sink == BARE_SINK_DOORBELL)
		return inl(NB_PORT_DOORBELL);
	if (!nb_schedule_next(&schedule, &entry, &n))
		return NB_NEXT_DONE;
	if (!bare_sink_level(level[entry.place]))
		bare_fail("the ring is full: no room for the level of a window");
	return NB_NEXT(entry.op, n) | (entry.place == PLACE_SELF ? NB_NEXT_HYPERVISOR : 0);
}
