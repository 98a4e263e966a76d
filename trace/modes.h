/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Modes of the eBPF programs in a run: off, count exits, also measure their durations, or stream
 * every event. Runs with several modes alternate, so that the overhead of each mode is visible.
 */
#ifndef NB_TRACE_MODES_H
#define NB_TRACE_MODES_H

#include <stddef.h>

/* X(NAME, text) */
#define TRACE_MODES(X)                                                                                                 \
	X(OFF, "off")                                                                                                  \
	X(COUNT, "count")                                                                                              \
	X(TIME, "time")                                                                                                \
	X(STREAM, "stream")

enum trace_mode {
#define X(name, text) TRACE_MODE_##name,
	TRACE_MODES(X)
#undef X
		TRACE_MODE_COUNT_OF
};

extern const char *const trace_mode_text[TRACE_MODE_COUNT_OF];

/* Bytes that suffice for the list of all modes. */
#define TRACE_MODES_TEXT 32

/*
 * Parses a list such as "off,stream". Returns a bit for each named mode, or 0 if the list is empty
 * or contains an unknown word.
 */
unsigned trace_modes__parse(const char *list);

/* Writes the list of modes as trace_modes__parse() reads it. Returns text. */
const char *trace_modes__write(unsigned modes, char text[TRACE_MODES_TEXT]);

#endif
