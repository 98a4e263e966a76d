/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The comparison of `nestbed compare` and `nestbed bisect`: shows the rows of several results, or
 * of several machines of one result, side by side. Each side is compared with the first one.
 */
#ifndef NB_L0_COMPARE_H
#define NB_L0_COMPARE_H

#include <stdbool.h>
#include <stdio.h>

#include "l0/base/result_table.h"
#include "l0/report/compare_threshold.h"
#include "l0/results/matches.h"

struct compare_options {
	const char *path[NB_SIDES_MAX]; /* results: folders, or their results.json */
	size_t paths;
	enum nb_sides_by by;
	bool judged; /* the threshold decides the exit code */
	struct compare_threshold threshold;
	bool clock_anyway, incomplete_anyway;
	bool first_alone;         /* the first result contributes only its first side */
	bool all;                 /* print equal rows, too */
	unsigned seed;            /* seed of the bootstrap; 1 or more */
	struct table_files files; /* files to write the rows to */
	const char *plot;         /* folder for the figure; NULL: no figure */
};

struct comparison {
	const struct compare_options *options;
	struct nb_result result[NB_SIDES_MAX];
	size_t results;
	struct nb_sides sides;
	struct nb_matches matches;
	struct nb_means means;
};

enum compare_outcome {
	COMPARE_GOOD,
	COMPARE_PAST,   /* a row of a side is above the threshold */
	COMPARE_FAILED, /* there is no comparison; one line has said why */
};

/* Loads, compares and prints the results as the options say. */
enum compare_outcome compare__results(const struct compare_options *options);

/* --- Parts of a comparison, for the files of this command. --- */

/* Returns true if all results have the same clock. */
bool compare__same_clock(const struct comparison *c);

/* The name of a side in the text: "A" to "Z", then "S27" and so on. */
#define COMPARE_NAME 8
/* Writes the name of a side to `name`, and returns it. Sides count from 0. */
const char *compare__side_name(char name[COMPARE_NAME], size_t side);

/*
 * Prints the report for a person: legend, table of differences, means, skipped operations,
 * findings.
 */
void compare_text__print(const struct comparison *c, FILE *out);

/*
 * Writes the whole comparison as one JSON object; data is a struct comparison. Returns false on
 * failure.
 */
bool compare_json__put(FILE *out, void *data);

/* Draws compare.svg and compare.png in the folder. Returns false after a message. */
bool compare_plot__draw(const struct comparison *c, const char *folder);

#endif
