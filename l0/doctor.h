/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * `nestbed doctor`: what this computer offers, line by line, what to do about each lack, and which machines can run.
 * The truth about machines stands in machine/availability.c; this only shows it.
 */
#ifndef NB_L0_DOCTOR_H
#define NB_L0_DOCTOR_H

#include <stdbool.h>
#include <stdio.h>

#include "machine/availability.h"

enum check_state {
	CHECK_OK,
	CHECK_NO,       /* some machine needs it */
	CHECK_OPTIONAL, /* missing, and everything runs without it; less is measured or shown */
};

struct check {
	enum check_state state;
	const char *name;
	char found[512];
	char todo[256]; /* "" if CHECK_OK */
};

#define CHECKS_MAX 32

struct checks {
	unsigned count;
	struct check check[CHECKS_MAX];
};

/* Looks at everything. */
void doctor__examine(struct checks *checks);

/* The part of it about CPU and KVM, added to checks; for tests, which bring facts of other computers. */
void doctor__examine_host(struct checks *checks, const struct host_facts *facts);

/* Examines and writes the report. The exit code: 0 if some machine can run, 77 if none can. */
int doctor__report(FILE *out, bool json);

/* The command; argv[0] is what its usage shows as its name. */
int doctor__main(int argc, char **argv);

#endif
