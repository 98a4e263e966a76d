/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * `nestbed doctor`: what this computer offers, line by line, what to do about each lack, and which machines can run.
 * The truth about machines stands in machine/availability.c; this only shows it.
 */
#ifndef NB_L0_DOCTOR_H
#define NB_L0_DOCTOR_H

#include <stdbool.h>
#include <stdio.h>

#include "l0/base/computer.h"
#include "l0/base/table_file.h"
#include "l0/request/availability.h"

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

#define CHECKS_MAX 48

struct checks {
	unsigned count;
	struct check check[CHECKS_MAX];
};

/* Looks at everything. */
void doctor__examine(struct checks *checks);

/* The part of it about CPU and KVM, added to checks; for tests, which bring facts of other computers. */
void doctor__examine_host(struct checks *checks, const struct host_facts *facts);

/* The part of it about what disturbs a measurement of times, likewise. */
void doctor__examine_computer(struct checks *checks, const struct computer *computer);

/* For the files of checks: adds one, which is CHECK_OK if good, else lack. found: in printf's form. */
struct check *doctor__add(struct checks *checks, bool good, enum check_state lack, const char *name, const char *format,
			  ...) __attribute__((format(printf, 5, 6)));

/* What to do, if the check found a lack. */
void doctor__todo(struct check *check, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * Examines and writes the report: as text to out, if it is not NULL, and in other forms to the files. The exit code: 0 if some machine can
 * run, 77 if none can, 1 after one line if a file could not be written.
 */
int doctor__report(FILE *out, const struct table_files *files);

/* The command; argv[0] is what its usage shows as its name. */
int doctor__main(int argc, char **argv);

#endif
