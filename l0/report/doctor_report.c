// SPDX-License-Identifier: GPL-2.0-only
/* The reports of `nestbed doctor`, for people and for programs. */
#include "l0/report/doctor.h"

#include <jansson.h>
#include <string.h>

#include "l0/base/result_table.h"
#include "l0/base/util.h"

struct machine_verdict {
	const char *name;
	bool can_run;
	char why[512];
};

struct diagnosis {
	struct checks checks;
	struct machine_verdict machine[2];
	const char *automatic; /* NULL: no machine */
	char why_automatic[1200];
};

#define MACHINES (sizeof(((struct diagnosis *)0)->machine) / sizeof(struct machine_verdict))

static void diagnose(struct diagnosis *d)
{
	struct machine_verdict *host = &d->machine[0], *bochs = &d->machine[1];

	doctor__examine(&d->checks);
	host->name = "host";
	host->can_run = machine_host__can_run(host->why, sizeof(host->why));
	bochs->name = "bochs";
	bochs->can_run = machine_bochs__can_run(bochs->why, sizeof(bochs->why));
	d->automatic = machine__auto(d->why_automatic, sizeof(d->why_automatic));
}

/* Returns true if an earlier check has printed the same hint, or a longer one that contains it. */
static bool was_said(const struct checks *checks, unsigned number)
{
	for (unsigned i = 0; i < number; i++)
		if (strstr(checks->check[i].todo, checks->check[number].todo))
			return true;
	return false;
}

static void write_text(FILE *out, const struct diagnosis *d)
{
	static const char *const mark[] = {[CHECK_OK] = "ok", [CHECK_NO] = "no", [CHECK_OPTIONAL] = "--"};

	for (unsigned i = 0; i < d->checks.count; i++) {
		const struct check *check = &d->checks.check[i];

		fprintf(out, "%s  %-16s %s\n", mark[check->state], check->name, check->found);
		if (check->todo[0] && !was_said(&d->checks, i))
			fprintf(out, "        do: %s\n", check->todo);
	}
	fputc('\n', out);
	for (unsigned i = 0; i < MACHINES; i++)
		fprintf(out, "%s: %s because %s\n", d->machine[i].name, d->machine[i].can_run ? "yes" : "no",
			d->machine[i].why);
	if (d->automatic)
		fprintf(out, "--machine auto takes %s\n", d->automatic);
	else
		fprintf(out, "--machine auto takes none: do what is said above for one of them\n");
}

/* Paths may hold bytes that are not UTF-8, and JSON cannot hold such bytes. */
static json_t *json_text(const char *text)
{
	json_t *json = json_string(text);
	char ascii[1200];
	size_t n = 0;

	if (json)
		return json;
	for (; n < sizeof(ascii) - 1 && text[n]; n++)
		ascii[n] = (unsigned char)text[n] < 0x80 ? text[n] : '?';
	ascii[n] = '\0';
	return json_string(ascii);
}

static const char *const state_name[] = {[CHECK_OK] = "ok", [CHECK_NO] = "no", [CHECK_OPTIONAL] = "optional"};

static json_t *json_check(const struct check *check)
{
	return json_pack("{s:s, s:s, s:o, s:o}", "name", check->name, "state", state_name[check->state], "found",
			 json_text(check->found), "todo", check->todo[0] ? json_text(check->todo) : json_null());
}

static bool write_json(FILE *out, const struct diagnosis *d)
{
	json_t *checks = json_array();
	json_t *machines = json_object();
	json_t *all = json_pack("{s:o, s:o, s:s?}", "checks", checks, "machines", machines, "auto", d->automatic);
	bool good = all != NULL;

	for (unsigned i = 0; good && i < d->checks.count; i++)
		good = json_array_append_new(checks, json_check(&d->checks.check[i])) == 0;
	for (unsigned i = 0; good && i < MACHINES; i++)
		good = json_object_set_new(machines, d->machine[i].name,
					   json_pack("{s:b, s:o}", "can_run", (int)d->machine[i].can_run, "why",
						     json_text(d->machine[i].why))) == 0;
	good = good && json_dumpf(all, out, JSON_INDENT(2)) == 0 && fputc('\n', out) != EOF;
	json_decref(all);
	return good;
}

static const struct table_column columns[] = {{"state", false}, {"name", false}, {"found", false}, {"todo", false}};

/* Makes a row for each check, then a row for each machine. */
static void make_table(struct table *table, const struct diagnosis *d)
{
	table__begin(table, columns, sizeof(columns) / sizeof(columns[0]));
	for (unsigned i = 0; i < d->checks.count; i++) {
		const struct check *check = &d->checks.check[i];

		table__add(table, state_name[check->state]);
		table__add(table, check->name);
		table__add(table, check->found);
		table__add(table, check->todo);
	}
	for (unsigned i = 0; i < MACHINES; i++) {
		table__add(table, d->machine[i].can_run ? "ok" : "no");
		table__addf(table, "machine %s", d->machine[i].name);
		table__add(table, d->machine[i].why);
		table__add(table, "");
	}
}

static bool put_json(FILE *out, void *d)
{
	return write_json(out, d);
}

int doctor__report(FILE *out, const struct table_files *files)
{
	static struct diagnosis d;
	struct table_files tables = table_files__without(files, TABLE_JSON);
	struct table table;
	bool good;

	diagnose(&d);
	if (out)
		write_text(out, &d);
	make_table(&table, &d);
	good = table_files__put(files, TABLE_JSON, put_json, &d) && table_files__write(&tables, &table);
	table__free(&table);
	if (!good)
		return NB_EXIT_FAILED;
	return d.automatic ? NB_EXIT_GOOD : NB_EXIT_SKIPPED;
}
