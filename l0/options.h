/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading numbers from command lines, for every program that takes options.
 */
#ifndef NB_L0_OPTIONS_H
#define NB_L0_OPTIONS_H

#include <argp.h>

/* The number of --option's argument. Ends the program with a usage error unless it is one from low to high. */
unsigned option__number(struct argp_state *state, const char *option, const char *arg, unsigned low, unsigned high);

#endif
