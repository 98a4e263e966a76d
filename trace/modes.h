/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the eBPF programs do in a run: nothing, count, measure how long exits take too, or send every event on. Runs of several
 * modes take turns, so that what a mode costs is seen.
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

#define TRACE_MODES_TEXT 32

/* "off,stream": a bit for each mode named. 0 if the list is empty or has a word that is no mode. */
unsigned trace_modes__parse(const char *list);

/* The list of them, as trace_modes__parse() reads it; returns text. */
const char *trace_modes__write(unsigned modes, char text[TRACE_MODES_TEXT]);

#endif
