/* SPDX-License-Identifier: GPL-2.0-only */
/* The tables of a comparison: its rows, and the geometric means of its families. */
#ifndef NB_L0_COMPARE_TABLE_H
#define NB_L0_COMPARE_TABLE_H

#include "l0/base/result_table.h"
#include "l0/report/compare.h"

struct compare_table {
	struct table table;
	struct table_column *columns; /* columns of the table; their names are allocated */
	size_t column_count;
	size_t rows;
};

/*
 * Makes a row for each compared match: for all, or only for matches that differ. `exact` gives
 * every column with more digits, for a program. Free with compare_table__free().
 */
void compare_table__of_rows(struct compare_table *table, const struct comparison *c, bool all, bool exact);

/* Makes a row for each family. Free with compare_table__free(). */
void compare_table__of_means(struct compare_table *table, const struct comparison *c);

void compare_table__free(struct compare_table *table);

/* Prints the names that tell this row from the others. */
void compare_table__print_name(const struct comparison *c, const struct nb_loaded_row *row, FILE *out);

#endif
