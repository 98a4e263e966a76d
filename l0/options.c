// SPDX-License-Identifier: GPL-2.0-only
/* Numbers on command lines. */
#include "options.h"

#include <errno.h>
#include <stdlib.h>

unsigned option__number(struct argp_state *state, const char *option, const char *arg, unsigned low, unsigned high)
{
	char *end;
	unsigned long value;

	errno = 0;
	value = strtoul(arg, &end, 10);
	if (errno || *end || end == arg || *arg == '-' || value < low || value > high)
		argp_error(state, "--%s %s: not a number from %u to %u", option, arg, low, high);
	return (unsigned)value;
}
