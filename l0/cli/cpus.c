// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command `nestbed cpus` lists the CPU models that an emulated machine can have, and which of
 * them the installed emulator has.
 */
#include <argp.h>
#include <jansson.h>
#include <stdio.h>

#include "l0/base/options.h"
#include "l0/base/result_table.h"
#include "l0/base/util.h"
#include "l0/cli/commands.h"
#include "l0/request/cpu_models.h"

static bool put_json(FILE *out, void *data)
{
	json_t *list = json_array();
	bool good;

	(void)data;
	for (const struct cpu_model *model = cpu_models; model->name; model++)
		json_array_append_new(list, json_pack("{s:s, s:s, s:i, s:b, s:b, s:b, s:b, s:b, s:b, s:s}", "name",
						      model->name, "bochs", model->bochs, "year", (int)model->year,
						      "emulated", cpu_model__is_emulated(model), "ept",
						      !(model->lacks & CPU_EPT), "vpid", !(model->lacks & CPU_VPID),
						      "unrestricted_guest", !(model->lacks & CPU_UNRESTRICTED_GUEST),
						      "shadow_vmcs", !(model->lacks & CPU_VMCS_SHADOWING), "ept_1gb",
						      !(model->lacks & CPU_PAGES_1G), "has", model->has));
	good = json_dumpf(list, out, JSON_INDENT(1)) == 0 && putc('\n', out) >= 0;
	json_decref(list);
	return good;
}

static const struct table_column columns[] = {{"name", false},
					      {"year", true},
					      {"here", false},
					      {"Bochs' name", false},
					      {"what it has beyond the one before it", false}};

static void make_table(struct table *table)
{
	table__begin(table, columns, sizeof(columns) / sizeof(columns[0]));
	for (const struct cpu_model *model = cpu_models; model->name; model++) {
		table__add(table, model->name);
		table__addf(table, "%u", model->year);
		table__add(table, cpu_model__is_emulated(model) ? "yes" : "no");
		table__add(table, model->bochs);
		table__add(table, model->has);
	}
}

int cpus__main(int argc, char **argv)
{
	static const struct argp_child children[] = {{&table_files_argp, 0, TABLE_FILES_HEADER, 1}, {0}};
	static const struct argp argp = {
		.children = children,
		.parser = table_files__parse_alone,
		.doc = "List the CPU models that --cpu takes, from the oldest to the newest.\v"
		       "Examples:\n"
		       "  nestbed cpus\n"
		       "  nestbed run --machine bochs --cpu sandy-bridge,haswell,skylake-x\n\n"
		       "A model that the installed Bochs does not have is marked: Bochs 3.0 has more than 2.7. Each line "
		       "names what a model has beyond the one before it. Bochs' own names are taken, too."};
	struct table_files files = {{NULL}}, tables;
	struct table table;
	bool good;

	options__parse(&argp, argc, argv, NULL, NULL, NULL, &files);
	make_table(&table);
	if (!table_files__take_stdout(&files))
		table__print(&table, stdout);
	tables = table_files__without(&files, TABLE_JSON);
	good = table_files__put(&files, TABLE_JSON, put_json, NULL) && table_files__write(&tables, &table);
	table__free(&table);
	return good ? NB_EXIT_GOOD : NB_EXIT_FAILED;
}
