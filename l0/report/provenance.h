/* SPDX-License-Identifier: GPL-2.0-only */
/* Metadata that describe the origin of a result: commit, compiler, images, request and computer. */
#ifndef NB_L0_PROVENANCE_H
#define NB_L0_PROVENANCE_H

#include <time.h>

#include "l0/request/request.h"
#include "l0/results/collect.h"

/*
 * Adds the metadata of each variant of the request, and the common metadata. `why` explains the
 * choice of the machine. `when` is the start time of the run. Metadata that differ from run to run
 * come last.
 */
void provenance__add(struct nb_results *results, const struct request *request, const char *why, time_t when);

#endif
