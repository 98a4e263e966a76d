/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tables that commands write to the files of --csv, --json, --markdown and --latex. Where a command shows the variants of a result one
 * after the other, their tables become one, whose first columns name the variant.
 */
#ifndef NB_L0_RUN_TABLES_H
#define NB_L0_RUN_TABLES_H

#include "l0/cli/run_env.h"
#include "l0/results/collect.h"

struct run_tables {
	struct table all;
	struct table_column *columns;     /* of all: those of the variant, and behind them the command's */
	const struct nb_variant *variant; /* whose table is written next */
};

/*
 * Writes a command's table, or, where env->tables is there, adds it to these. put_json: the JSON of one variant if it is not that of the
 * table, or NULL. False after one line.
 */
bool run_tables__write(const struct run_env *env, const struct table *table, bool (*put_json)(FILE *out, void *data),
		       void *data);

/* The same for a table that the command has as CSV. */
bool run_tables__write_csv(const struct run_env *env, void (*put)(FILE *out, void *data), void *data);

/* Writes the table of all variants, and frees it. False after one line. */
bool run_tables__end(struct run_tables *tables, const struct table_files *files);

#endif
