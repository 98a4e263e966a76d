/* SPDX-License-Identifier: GPL-2.0-only */
/* Reports which figures of a trace are missing, for a watched VM and for measured operations. */
#ifndef NB_L0_MISSING_H
#define NB_L0_MISSING_H

struct nb_results;

/*
 * Prints the missing figures. `probes` is the text of tracer__missing(); nothing is printed for "".
 */
void missing__say(const char *probes);

/* Prints the figures that are missing according to the metadata of the results. */
void missing__say_of(const struct nb_results *results);

#endif
