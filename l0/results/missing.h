/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Says which figures of a trace are missing, of a VM that is watched and of operations that are run.
 */
#ifndef NB_L0_MISSING_H
#define NB_L0_MISSING_H

struct nb_results;

/* probes: as tracer__missing() gives them; nothing is said of "". */
void missing__say(const char *probes);

/* The same of what ran elsewhere: it has said so in its metadata. */
void missing__say_of(const struct nb_results *results);

#endif
