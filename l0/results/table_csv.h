/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The table that a command has as CSV already, so that the list of its columns stands in one place, the CSV's.
 */
#ifndef NB_L0_TABLE_CSV_H
#define NB_L0_TABLE_CSV_H

#include "l0/base/table_file.h"
#include "l0/results/csv.h"

struct table_csv {
	struct table table;
	struct table_column *columns; /* of the table: a column is one of numbers if all its cells are, or empty */
	struct nb_csv csv;
};

/* put() writes CSV whose first line names the columns. False after one line; then there is nothing to free. */
bool table_csv__make(struct table_csv *made, void (*put)(FILE *out, void *data), void *data);

void table_csv__free(struct table_csv *made);

#endif
