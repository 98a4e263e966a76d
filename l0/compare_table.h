/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tables of a comparison, as cells: its rows, and the geometric means of its families.
 */
#ifndef NB_L0_COMPARE_TABLE_H
#define NB_L0_COMPARE_TABLE_H

#include "compare.h"

struct compare_table {
	size_t columns, rows; /* rows without the headings */
	char **cell;          /* the headings, then the rows one after the other; all allocated */
	size_t texts;         /* the first columns hold texts, the others numbers */
};

/* A row for each match that is compared: those that differ, or all. Rounded as for a person, or with all that is known. */
void compare_table__of_rows(struct compare_table *table, const struct comparison *c, bool all, bool rounded);

/* A row for each family. */
void compare_table__of_means(struct compare_table *table, const struct comparison *c);

/* The names that tell the row from the others. */
void compare_table__print_name(const struct comparison *c, const struct nb_loaded_row *row, FILE *out);

/* Aligned by blanks. */
void compare_table__print(const struct compare_table *table, FILE *out);

void compare_table__free(struct compare_table *table);

#endif
