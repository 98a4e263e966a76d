// SPDX-License-Identifier: GPL-2.0-only
/* Writes the table of a command, or collects the tables of all variants. */
#include "l0/cli/run_tables.h"

#include <stdlib.h>
#include <string.h>

#include "l0/base/util.h"
#include "l0/results/table_csv.h"

static const struct table_column of_variant[] = {{"kernel", false}, {"kernel_args", false}, {"cpu", false}};

#define OF_VARIANT (sizeof(of_variant) / sizeof(of_variant[0]))

/*
 * Copies the names of the columns, because the command may free them before the last variant is
 * added.
 */
static bool begin(struct run_tables *t, const struct table *table)
{
	const size_t count = OF_VARIANT + table->column_count;

	t->columns = calloc(count, sizeof(*t->columns));
	if (!t->columns) {
		pr_err("no memory for a table of %zu columns", count);
		return false;
	}
	for (size_t i = 0; i < count; i++) {
		const struct table_column *column = i < OF_VARIANT ? &of_variant[i] : &table->columns[i - OF_VARIANT];

		t->columns[i] = (struct table_column){strdup(column->name), column->number};
	}
	table__begin(&t->all, t->columns, count);
	return true;
}

static bool add(struct run_tables *t, const struct table *table)
{
	if (!t->columns && !begin(t, table))
		return false;
	for (size_t i = 0; i < table->cell_count; i++) {
		if (i % table->column_count == 0) {
			table__add(&t->all, t->variant->kernel);
			table__add(&t->all, t->variant->kernel_args);
			table__add(&t->all, t->variant->cpu);
		}
		table__add(&t->all, table->cells[i]);
	}
	return true;
}

bool run_tables__write(const struct run_env *env, const struct table *table, bool (*put_json)(FILE *out, void *data),
		       void *data)
{
	struct table_files files = env->files;

	if (env->tables)
		return add(env->tables, table);
	if (put_json) {
		if (!table_files__put(&files, TABLE_JSON, put_json, data))
			return false;
		files = table_files__without(&files, TABLE_JSON);
	}
	return table_files__write(&files, table);
}

bool run_tables__write_csv(const struct run_env *env, void (*put)(FILE *out, void *data), void *data)
{
	struct table_csv made;
	bool good;

	if (!table_csv__make(&made, put, data))
		return false;
	good = run_tables__write(env, &made.table, NULL, NULL);
	table_csv__free(&made);
	return good;
}

bool run_tables__end(struct run_tables *t, const struct table_files *files)
{
	bool good = true;

	if (!t->columns)
		return true;
	good = table_files__write(files, &t->all);
	for (size_t i = 0; i < t->all.column_count; i++)
		free((char *)t->columns[i].name);
	free(t->columns);
	t->columns = NULL;
	table__free(&t->all);
	return good;
}
