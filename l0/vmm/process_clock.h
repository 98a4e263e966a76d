/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The clock of this process' samples: its granularity, and stamps that are exact in spite of it (microbench/stamp.h).
 */
#ifndef NB_L0_CLOCK_H
#define NB_L0_CLOCK_H

#include <stdbool.h>

/* Measures the clock, and changes the stamps of this program where that makes them exact. To be called once. */
void clock__prepare(void);

/* Writes what clock__prepare() found into the stream, as metadata. False, with a message, if that fails. */
bool clock__write(void);

#endif
