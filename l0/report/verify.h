/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Holds a result against a reference: exits must be equal, and ticks lie within a band.
 * How wide the band is depends on what made the two results: the same kernel, emulator and compiler, or others.
 */
#ifndef NB_L0_VERIFY_H
#define NB_L0_VERIFY_H

#include <stdbool.h>
#include <stdio.h>

#include "l0/results/load.h"

enum verify_kind {
	VERIFY_SAME,   /* the same kernel, emulator and compiler: an update of none of them is an excuse */
	VERIFY_SERIES, /* kernels of one series, such as 6.1: an update */
	VERIFY_OTHER,  /* kernels of two series */
};

struct verify_band {
	enum verify_kind kind;
	char why[256]; /* what differs, or that nothing does: for people */
};

/*
 * Chooses the band for all rows of the machine (kernel, kernel arguments) that row is of. Whatever one side does not say counts as
 * different.
 */
void verify__choose(const struct nb_loaded *result, const struct nb_loaded_row *row, const struct nb_loaded *reference,
		    struct verify_band *band);

/* "within 3%" and so on. */
const char *verify__width(enum verify_kind kind);

/*
 * Is a median within the band around that of the reference (both in ticks, not NAN)? requests is by how many event requests
 * an execution of the two differs (paper-notes/event-requests.md).
 */
bool verify__ticks_agree(enum verify_kind kind, double ticks, double reference, double requests);

/*
 * Prints each difference of the rows of one machine as a line to out; machine is one of them, and the reference is of one machine. part: a
 * row that only the reference has is no difference. Returns how many there are.
 */
unsigned verify__differences(const struct nb_loaded *result, const struct nb_loaded_row *machine,
			     const struct nb_loaded *reference, const struct verify_band *band, bool part, FILE *out);

/* The command: its own argc and argv, an exit code of util.h. */
int verify__main(int argc, char **argv);

#endif
