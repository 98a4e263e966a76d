/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The stream of records that the VMM writes to standard output: the records of the guests' rings,
 * and the VMM's own records.
 */
#ifndef NB_L0_STREAM_H
#define NB_L0_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "microbench/abi/ring.h"

/*
 * Each function returns false, with a message, if the output cannot be written (a full disk, a
 * closed pipe).
 */

/*
 * Writes every record of the ring to the stream. Also returns false, after a message, if the ring
 * is damaged or has a gap.
 */
bool stream__drain(struct nb_ring *ring);

/* Writes an event of the tracer. */
struct trace_event;
bool stream__event(const struct trace_event *event);

/*
 * Writes "key=value" of the VMM itself; the format is that of printf(). Cuts a line after 1023
 * bytes.
 */
bool stream__text(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Ends the stream with this exit code. 0 means that the run completed. */
bool stream__end(uint32_t status);

#endif
