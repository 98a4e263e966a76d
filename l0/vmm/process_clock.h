/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The clock of this process's samples: its granularity, and stamps that are exact despite it
 * (microbench/stamp.h).
 */
#ifndef NB_L0_CLOCK_H
#define NB_L0_CLOCK_H

#include <stdbool.h>

/*
 * Measures the clock, and changes the stamps of this program if that makes them exact. Must be
 * called once.
 */
void clock__prepare(void);

/*
 * Writes the clock's granularity in ticks to the stream, as metadata. Returns false after a
 * message.
 */
bool clock__write(void);

#endif
