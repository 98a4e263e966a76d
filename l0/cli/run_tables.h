/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tables that commands write to the files of --csv, --json, --markdown and --latex. If a
 * command shows the variants of a result one after another, their tables become one. Its first
 * columns name the variant.
 */
#ifndef NB_L0_RUN_TABLES_H
#define NB_L0_RUN_TABLES_H

#include "l0/cli/run_env.h"
#include "l0/results/collect.h"

struct run_tables {
	struct table all;
	struct table_column *columns;     /* columns of all: first the variant's, then the command's */
	const struct nb_variant *variant; /* variant of the next table */
};

/*
 * Writes the table of a command. If env->tables is not NULL, adds the table to it instead. put_json
 * writes the JSON of one variant. If it is NULL, the JSON is made from the table. Returns false
 * after one line.
 */
bool run_tables__write(const struct run_env *env, const struct table *table, bool (*put_json)(FILE *out, void *data),
		       void *data);

/* Does the same for a table that the command writes as CSV with put(). */
bool run_tables__write_csv(const struct run_env *env, void (*put)(FILE *out, void *data), void *data);

/*
 * Writes the table of all variants, and frees it. Does nothing if there is none. Returns false
 * after one line.
 */
bool run_tables__end(struct run_tables *tables, const struct table_files *files);

#endif
