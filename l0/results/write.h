/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writes a report to results.csv, results.json and the terminal. A file appears complete or not at
 * all: a reader never sees a partial file, and an old file survives a failure.
 */
#ifndef NB_WRITE_H
#define NB_WRITE_H

#include <stdbool.h>
#include <stdio.h>

#include "l0/base/result_table.h"
#include "l0/results/report.h"

/*
 * The schema_version of results.json. It increases when a reader of the old version would misread a
 * new file. Version 2 is the version of nestbed 0.1, under the key `schema`. It has one machine and
 * no columns that name it.
 */
#define NB_SCHEMA 3

/*
 * Write the file at path. They return false, after one line on stderr, on a failure; then path is
 * unchanged.
 */
bool nb_write_csv(const struct nb_report *report, const char *path);
bool nb_write_json(const struct nb_report *report, const char *path);

/*
 * Append the content of these files to out. They return false, with errno set, if the content
 * cannot be made. Errors of out itself are not reported.
 */
bool nb_put_csv(const struct nb_report *report, FILE *out);
bool nb_put_json(const struct nb_report *report, FILE *out);

/* Writes one cell of a CSV file, in quotes if necessary. */
void nb_put_csv_cell(const char *text, FILE *out);

/* Prints the rows as an aligned table, with machine and clock above it. (table.c) */
void nb_print_table(const struct nb_report *report, FILE *out);

/*
 * Makes a table with the rows and columns of nb_print_table(). The caller frees the table;
 * `columns` must outlive it. (table.c)
 */
void nb_make_table(const struct nb_report *report, struct table *table, struct table_column columns[NB_COLUMN_COUNT]);

/*
 * Prints the witnesses' tables of all rows where they disagree. Prints nothing if they all agree.
 * (table.c)
 */
void nb_print_mismatches(const struct nb_report *report, FILE *out);

#endif
