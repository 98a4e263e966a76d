// SPDX-License-Identifier: GPL-2.0-only
/*
 * The clock of an image: its granularity, and stamps that are exact although the clock is coarse.
 */
#include "microbench/bare/bare.h"
#include "microbench/image.h"
#include "microbench/stamp.h"

static struct nb_clock_steps steps; /* plain = 0: not measured */
static bool jumps;

void bare_clock_init(void)
{
	nb_clock_measure(&steps);
	jumps = nb_stamps_prepare(&steps); /* the code of an image is writable */
}

bool bare_clock_announce(struct nb_ring *ring)
{
	char line[64];

	if (steps.plain == 0 || bare_sink == BARE_SINK_DOORBELL)
		return true;
	bare_snprintf(line, sizeof(line), "meta.clock_granularity_ticks=%u", steps.plain);
	if (!nb_ring_text(ring, line))
		return false;
	bare_snprintf(line, sizeof(line), "meta.stamp_granularity_ticks=%u", jumps ? steps.jump : steps.plain);
	return nb_ring_text(ring, line);
}
