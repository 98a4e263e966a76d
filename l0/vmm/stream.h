/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The stream of records that the VMM writes to its standard output: what comes out of a guest's ring, and its own.
 */
#ifndef NB_L0_STREAM_H
#define NB_L0_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "microbench/abi/ring.h"

/* Each returns false, with a message, if the output cannot be written (a full disk, a reader that is gone). */

/* Passes on every record of the ring. */
bool stream__drain(struct nb_ring *ring);

/* Writes an event of the tracer. */
struct trace_event;
bool stream__event(const struct trace_event *event);

/* Writes "key=value" of our own; printf-like. */
bool stream__text(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Ends this level's run. status 0: it ran to its end. */
bool stream__end(uint32_t status);

#endif
