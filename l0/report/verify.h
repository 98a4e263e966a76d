/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Compares a result with a reference: exits must be equal, and ticks must lie within a band. The
 * band is narrow if kernel, emulator and compiler are the same, and wider otherwise.
 */
#ifndef NB_L0_VERIFY_H
#define NB_L0_VERIFY_H

#include <stdbool.h>
#include <stdio.h>

#include "l0/results/load.h"

enum verify_kind {
	VERIFY_SAME,   /* the same kernel, emulator and compiler, so no update explains a difference */
	VERIFY_SERIES, /* kernels of one series, such as 6.1; an update explains small differences */
	VERIFY_OTHER,  /* kernels of two series */
};

struct verify_band {
	enum verify_kind kind;
	char why[256]; /* what differs, or that nothing differs; for people */
};

/*
 * Chooses the band for all rows of the machine (kernel, kernel arguments) of `row`. A fact that one
 * side does not state counts as different.
 */
void verify__choose(const struct nb_loaded *result, const struct nb_loaded_row *row, const struct nb_loaded *reference,
		    struct verify_band *band);

/* Returns the width of the band as text, such as "within 3%". */
const char *verify__width(enum verify_kind kind);

/*
 * Returns true if a median lies within the band around the reference's median (both in ticks, not
 * NAN). `requests` is the difference in event requests per execution
 * (paper-notes/event-requests.md).
 */
bool verify__ticks_agree(enum verify_kind kind, double ticks, double reference, double requests);

/*
 * Prints each difference of one machine's rows as a line to `out`. `machine` is one of these rows,
 * and the reference must have one machine. With `part`, a row that only the reference has is no
 * difference. Returns the number of differences.
 */
unsigned verify__differences(const struct nb_loaded *result, const struct nb_loaded_row *machine,
			     const struct nb_loaded *reference, const struct verify_band *band, bool part, FILE *out);

/*
 * Returns false, after one line on stderr, if the two results cannot be compared. path has the
 * names of both, for that line.
 */
bool verify__are_comparable(const struct nb_loaded *result, const struct nb_loaded *reference,
			    const char *const path[2]);

#endif
