/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a result has to say about this project: commit, compiler, images, and what was asked; and what computer it was.
 */
#ifndef NB_L0_PROVENANCE_H
#define NB_L0_PROVENANCE_H

#include <time.h>

#include "l0/request/request.h"
#include "l0/results/collect.h"

/*
 * Adds it to the metadata, of each variant of the request and of all. why is the line that says why this machine was taken; when the
 * time at which the run begins. What differs from run to run comes last.
 */
void provenance__add(struct nb_results *results, const struct request *request, const char *why, time_t when);

#endif
