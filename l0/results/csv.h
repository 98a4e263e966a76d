/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads a CSV file (RFC 4180) whose first line names its columns.
 * Cells are asked for by the name of their column, so columns may come, go and move.
 */
#ifndef NB_CSV_H
#define NB_CSV_H

#include <stdbool.h>
#include <stddef.h>

struct nb_csv {
	char *text;   /* of the file; the cells lie in it */
	char **cells; /* the names, then the rows one after the other */
	size_t columns, rows;
};

/* A reason is one line of text, without the name of the file. */
#define NB_CSV_REASON 160

/* Takes over the text, which has room for one more byte. False with the reason in why: then nothing is to be freed. */
bool nb_csv_parse(struct nb_csv *csv, char *text, size_t size, char why[NB_CSV_REASON]);

/* Reads the file. False, after one line on stderr, if that fails. */
bool nb_csv_read(struct nb_csv *csv, const char *path);

void nb_csv_free(struct nb_csv *csv);

/* The number of the column, or csv->columns if there is none of that name. */
size_t nb_csv_column(const struct nb_csv *csv, const char *name);

/* Printable ASCII without double quotes, whatever the file holds. "" where there is no such column. */
const char *nb_csv_cell(const struct nb_csv *csv, size_t row, const char *name);

/* Keeps only the rows of the machine that the first row is of. Returns how many rows are gone. */
size_t nb_csv_keep_first_machine(struct nb_csv *csv);

/* NAN where the cell holds no finite number. */
double nb_csv_number(const struct nb_csv *csv, size_t row, const char *name);

#endif
