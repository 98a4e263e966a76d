/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads a CSV file (RFC 4180) whose first line names its columns. Callers find cells by column
 * name, so columns may be added, removed and moved.
 */
#ifndef NB_CSV_H
#define NB_CSV_H

#include <stdbool.h>
#include <stddef.h>

struct nb_csv {
	char *text;   /* text of the file; the cells lie in it, but for configurations with old words */
	char **cells; /* the names, then the rows one after the other */
	size_t columns, rows;
	char **owned; /* texts of those configurations */
	size_t owned_count;
};

/* Bytes of a reason, which is one line of text without the name of the file. */
#define NB_CSV_REASON 160

/*
 * Parses `size` bytes and takes ownership of the text, which must have space for one more byte.
 * Returns false with the reason in `why`; then there is nothing to free.
 */
bool nb_csv_parse(struct nb_csv *csv, char *text, size_t size, char why[NB_CSV_REASON]);

/* Reads the file. Returns false, after one line on stderr, on a failure. */
bool nb_csv_read(struct nb_csv *csv, const char *path);

void nb_csv_free(struct nb_csv *csv);

/* Returns the index of the column, or csv->columns if no column has this name. */
size_t nb_csv_column(const struct nb_csv *csv, const char *name);

/*
 * Returns the cell as printable ASCII without double quotes, for any content of the file. Returns
 * "" if there is no such column.
 */
const char *nb_csv_cell(const struct nb_csv *csv, size_t row, const char *name);

/* Keeps only the rows of the first row's machine. Returns the number of removed rows. */
size_t nb_csv_keep_first_machine(struct nb_csv *csv);

/* Returns NAN if the cell holds no finite number. */
double nb_csv_number(const struct nb_csv *csv, size_t row, const char *name);

#endif
