// SPDX-License-Identifier: GPL-2.0-only
/* Parses and writes the names of the tracer's modes. */
#include "trace/modes.h"

#include <stdio.h>
#include <string.h>

const char *const trace_mode_text[TRACE_MODE_COUNT_OF] = {
#define X(name, text) [TRACE_MODE_##name] = text,
	TRACE_MODES(X)
#undef X
};

static unsigned bit_of(const char *word, size_t length)
{
	for (unsigned i = 0; i < TRACE_MODE_COUNT_OF; i++)
		if (strlen(trace_mode_text[i]) == length && strncmp(trace_mode_text[i], word, length) == 0)
			return 1u << i;
	return 0;
}

unsigned trace_modes__parse(const char *list)
{
	unsigned modes = 0;

	for (;;) {
		size_t length = strcspn(list, ",");
		unsigned bit = bit_of(list, length);

		if (!bit)
			return 0;
		modes |= bit;
		list += length;
		if (*list++ == '\0')
			return modes;
	}
}

const char *trace_modes__write(unsigned modes, char text[TRACE_MODES_TEXT])
{
	size_t length = 0;

	text[0] = '\0';
	for (unsigned i = 0; i < TRACE_MODE_COUNT_OF; i++)
		if (modes & 1u << i)
			length += (size_t)snprintf(text + length, TRACE_MODES_TEXT - length, "%s%s", length ? "," : "",
						   trace_mode_text[i]);
	return text;
}
