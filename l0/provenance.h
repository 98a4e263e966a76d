/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a result has to say about this project: commit, compiler, images, and what was asked.
 */
#ifndef NB_L0_PROVENANCE_H
#define NB_L0_PROVENANCE_H

#include "request.h"
#include "results/collect.h"

/* Adds it to the metadata. why is the line that says why this machine was taken. */
void provenance__add(struct nb_results *results, const struct request *request, const char *why);

#endif
