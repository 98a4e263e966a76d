/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The checks and reports of `nestbed doctor`: what this computer offers, how to fix each lack, and
 * which machines can run. l0/request/availability.c decides which machines can run.
 */
#ifndef NB_L0_DOCTOR_H
#define NB_L0_DOCTOR_H

#include <stdbool.h>
#include <stdio.h>

#include "l0/base/computer.h"
#include "l0/base/result_table.h"
#include "l0/request/availability.h"

enum check_state {
	CHECK_OK,
	CHECK_NO,       /* missing, and some machine needs it */
	CHECK_OPTIONAL, /* missing, but everything runs without it; less is measured or shown */
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

/* Runs all checks. Replaces the content of `checks`. */
void doctor__examine(struct checks *checks);

/* Adds the checks of CPU and KVM. Tests pass the facts of other computers. */
void doctor__examine_host(struct checks *checks, const struct host_facts *facts);

/* Adds the checks of disturbances to time measurements. Tests pass the data of other computers. */
void doctor__examine_computer(struct checks *checks, const struct computer *computer);

/*
 * Adds a check and returns it. Its state is CHECK_OK if good, otherwise lack. The format is that of
 * printf() and gives the text of `found`.
 */
struct check *doctor__add(struct checks *checks, bool good, enum check_state lack, const char *name, const char *format,
			  ...) __attribute__((format(printf, 5, 6)));

/* Sets the remedy, unless the check is CHECK_OK. */
void doctor__todo(struct check *check, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * Runs all checks and writes the report: as text to `out` unless it is NULL, and in other forms to
 * the files. Returns 0 if some machine can run, and 77 if none can. Returns 1, after one line, if a
 * file cannot be written.
 */
int doctor__report(FILE *out, const struct table_files *files);

#endif
