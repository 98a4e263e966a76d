// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reports lines of text as records in the ring, each with "say=" in front. The doorbell that opens
 * a window makes the level below read them on every machine.
 */
#include "l2-guests/vmxdiff/print_case.h"

#include "microbench/bare/bare.h"

/*
 * Maximum number of records in a line. A hypervisor that serves the doorbell may add its own lines.
 */
#define ROOM 512u

static struct nb_ring ring __attribute__((aligned(4096)));

void say_init(const char *cmdline)
{
	nb_ring_init(&ring);
	if (!bare_sink_init(cmdline) || !bare_sink_announce(&ring))
		bare_fail("the command line names no sink=doorbell, lpt or debugcon: \"%s\"", cmdline);
}

void say(const char *format, ...)
{
	char line[1024];
	size_t used = bare_snprintf(line, sizeof(line), "say=");
	va_list args;

	va_start(args, format);
	bare_vsnprintf(line + used, sizeof(line) - used, format, args);
	va_end(args);
	if (nb_ring_free(&ring) < ROOM)
		say_flush();
	if (!nb_ring_text(&ring, line))
		bare_fail("the ring is full");
}

void say_flush(void)
{
	bare_doorbell(NB_DOORBELL_OPEN);
}
