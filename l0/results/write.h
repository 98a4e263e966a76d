/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where a report goes: results.csv, results.json, the terminal.
 * Files appear whole or not at all: a reader never sees half of one, and an old one survives a failure.
 */
#ifndef NB_WRITE_H
#define NB_WRITE_H

#include <stdbool.h>
#include <stdio.h>

#include "l0/base/table_file.h"
#include "l0/results/report.h"

/*
 * The schema_version of results.json; it grows when a reader of the old one would go wrong. Version 2 is that of nestbed 0.1, under the
 * key `schema`: it has one machine and no columns that name it.
 */
#define NB_SCHEMA 3

/* Writes the file at path. False, after one line on stderr, if that fails; then path is as it was before. */
bool nb_write_csv(const struct nb_report *report, const char *path);
bool nb_write_json(const struct nb_report *report, const char *path);

/* What these files hold, at the end of out. False, with errno set, if it could not be made; out has its own errors. */
bool nb_put_csv(const struct nb_report *report, FILE *out);
bool nb_put_json(const struct nb_report *report, FILE *out);

/* One cell of a CSV file, in quotes if it must be. */
void nb_put_csv_cell(const char *text, FILE *out);

/* Prints the rows as an aligned table, machine and clock above it. In table.c. */
void nb_print_table(const struct nb_report *report, FILE *out);

/* The rows and columns that nb_print_table() shows. The caller frees the table; columns must live as long. In table.c. */
void nb_make_table(const struct nb_report *report, struct table *table, struct table_column columns[NB_COLUMN_COUNT]);

/* Prints the witnesses' tables of all rows where they disagree; nothing if they all agree. In table.c. */
void nb_print_mismatches(const struct nb_report *report, FILE *out);

#endif
