/* SPDX-License-Identifier: GPL-2.0-only */
/* Makes a table from a command's CSV, so that only the CSV defines the columns. */
#ifndef NB_L0_TABLE_CSV_H
#define NB_L0_TABLE_CSV_H

#include "l0/base/result_table.h"
#include "l0/results/csv.h"

struct table_csv {
	struct table table;
	/* columns of the table; numeric if some cells are numbers and the rest are empty */
	struct table_column *columns;
	struct nb_csv csv;
};

/*
 * Makes the table. put() writes CSV whose first line names the columns. Returns false after one
 * line; then there is nothing to free. Free with table_csv__free().
 */
bool table_csv__make(struct table_csv *made, void (*put)(FILE *out, void *data), void *data);

void table_csv__free(struct table_csv *made);

#endif
