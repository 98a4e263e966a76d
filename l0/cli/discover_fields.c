// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command `nestbed fields` finds the VMCS fields that L0 shadows for its guest hypervisor. It
 * compares three sources: the time of each access in our hypervisor, KVM's exit statistics, and the
 * list that Linux publishes.
 */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "l0/base/util.h"
#include "l0/base/whole_file.h"
#include "l0/cli/commands.h"
#include "l0/cli/run_env.h"
#include "l0/cli/run_option_groups.h"
#include "l0/cli/run_tables.h"
#include "vmcs-shadow/fields.h"

/*
 * An access that exits takes hundreds of times as long as one that does not, on every machine. No
 * access takes a time between the two.
 */
#define TRAP_FACTOR 8

enum access { ACCESS_READ, ACCESS_WRITE, ACCESSES };
static const char *const access_name[ACCESSES] = {"vmread", "vmwrite"};

struct finding {
	bool there;    /* the access is possible */
	uint64_t best; /* ticks of the fastest sample, because an interrupt only makes a sample slower */
	bool slow;     /* exit by time: best is above TRAP_FACTOR times the fastest access */
	bool trapped;  /* exit by KVM's count: at least one for each sample */
	bool torn;     /* KVM counted neither zero nor exactly one exit for each sample */
	bool listed;   /* Linux's list says that the access does not exit */
};

struct field_table {
	struct finding finding[ACCESSES][VMCS_FIELD_COUNT];
	uint64_t fastest; /* ticks of the fastest of all accesses */
};

static uint64_t counter(const struct nb_op_result *op, const char *key)
{
	return nb_counter_value(op->counters, op->counter_count, key, NULL);
}

static void take(struct finding *f, const struct nb_op_result *op)
{
	uint64_t exits = counter(op, "kvm.exits") - counter(op, "kvm.irq_exits") - counter(op, "kvm.pf_fixed");

	f->there = op->sample_count > 0 && op->closed == op->windows;
	f->best = UINT64_MAX;
	for (size_t i = 0; i < op->sample_count; i++)
		f->best = op->samples[i].ticks < f->best ? op->samples[i].ticks : f->best;
	exits -= op->windows; /* the doorbell that closes a window is one exit */
	f->trapped = exits >= op->sample_count;
	f->torn = exits != 0 && exits != op->sample_count;
}

/* Returns false if the run did not test every field. */
static bool fill(struct field_table *t, const struct nb_run *run)
{
	unsigned missing = 0;

	t->fastest = UINT64_MAX;
	for (int a = 0; a < ACCESSES; a++)
		for (unsigned i = 0; i < VMCS_FIELD_COUNT; i++) {
			struct finding *f = &t->finding[a][i];
			const struct nb_op_result *op;
			char name[NB_OP_NAME_LEN];

			text__format(name, sizeof(name), "%s.%x", access_name[a], vmcs_field_info[i].encoding);
			op = nb_run_op(run, name);
			f->listed = a == ACCESS_READ ? vmcs_field_info[i].shadowed != VMCS_SHADOWED_NONE
						     : vmcs_field_info[i].shadowed == VMCS_SHADOWED_RW;
			if (!op) {
				missing++;
				continue;
			}
			if (!op->skip)
				take(f, op);
			if (f->there && f->best < t->fastest)
				t->fastest = f->best;
		}
	for (int a = 0; a < ACCESSES; a++)
		for (unsigned i = 0; i < VMCS_FIELD_COUNT; i++)
			t->finding[a][i].slow = t->finding[a][i].there &&
						t->finding[a][i].best > TRAP_FACTOR * t->fastest;
	return missing == 0;
}

static const char *verdict(const struct finding *f, bool trapped)
{
	return !f->there ? "-" : trapped ? "exit" : "shadow";
}

static void count(const struct field_table *t, int a, unsigned *there, unsigned *shadowed, unsigned *unlike,
		  unsigned *differ)
{
	*there = *shadowed = *unlike = *differ = 0;
	for (unsigned i = 0; i < VMCS_FIELD_COUNT; i++) {
		const struct finding *f = &t->finding[a][i];

		*there += f->there;
		*shadowed += f->there && !f->trapped;
		*unlike += f->there && (f->slow != f->trapped || f->torn);
		*differ += f->there ? f->listed == f->trapped : f->listed;
	}
}

static void print_table(const struct field_table *t, const struct run_env *env, const struct nb_run *run)
{
	printf("machine %s, l0 %s, %s\n", env->request.machine, run->l0, run->config);
	printf("%-6s %-32s  %-8s %-8s %-8s  %-8s %-8s %-8s\n", "field", "name", "VMREAD:", "KVM", "list",
	       "VMWRITE:", "KVM", "list");
	for (unsigned i = 0; i < VMCS_FIELD_COUNT; i++) {
		const struct finding *r = &t->finding[ACCESS_READ][i], *w = &t->finding[ACCESS_WRITE][i];

		if (!r->there && !r->listed)
			continue;
		printf("0x%04x %-32s  %-8s %-8s %-8s  %-8s %-8s %-8s\n", vmcs_field_info[i].encoding,
		       vmcs_field_info[i].name, verdict(r, r->slow), verdict(r, r->trapped),
		       r->listed ? "shadow" : "exit", verdict(w, w->slow), verdict(w, w->trapped),
		       w->listed ? "shadow" : "exit");
	}
	for (int a = 0; a < ACCESSES; a++) {
		unsigned there, shadowed, unlike, differ;

		count(t, a, &there, &shadowed, &unlike, &differ);
		printf("%s: %u fields are there, %u of them shadowed by KVM's count; the time disagrees on %u; Linux's list "
		       "differs on %u\n",
		       a == ACCESS_READ ? "VMREAD" : "VMWRITE", there, shadowed, unlike, differ);
		for (unsigned i = 0; i < VMCS_FIELD_COUNT; i++) {
			const struct finding *f = &t->finding[a][i];

			if (f->there && f->listed == f->trapped)
				printf("  %s is %s, the list says %s\n", vmcs_field_info[i].name,
				       verdict(f, f->trapped), f->listed ? "shadow" : "exit");
			else if (!f->there && f->listed)
				printf("  %s is in the list, and not to be %s here\n", vmcs_field_info[i].name,
				       a == ACCESS_READ ? "read" : "written");
		}
	}
}

enum { COLUMNS = 10 };
static const struct table_column columns[COLUMNS] = {
	{"machine", false},        {"config", false},        {"field", false},       {"encoding", false},
	{"vmread_by_time", false}, {"vmread_by_kvm", false}, {"vmread_list", false}, {"vmwrite_by_time", false},
	{"vmwrite_by_kvm", false}, {"vmwrite_list", false}};

/* Adds one row for each field, for --csv and the other table files. */
static void add_rows(const struct field_table *t, const struct run_env *env, const struct nb_run *run,
		     struct table *rows)
{
	for (unsigned i = 0; i < VMCS_FIELD_COUNT; i++) {
		table__add(rows, env->request.machine);
		table__add(rows, run->config);
		table__add(rows, vmcs_field_info[i].name);
		table__addf(rows, "0x%04x", vmcs_field_info[i].encoding);
		for (int a = 0; a < ACCESSES; a++) {
			const struct finding *f = &t->finding[a][i];

			table__add(rows, verdict(f, f->slow));
			table__add(rows, verdict(f, f->trapped));
			table__add(rows, f->listed ? "shadow" : "exit");
		}
	}
}

/* Returns the table of one setting of KVM as JSON, or NULL if there is no memory. */
static json_t *make_json(const struct field_table *t, const struct run_env *env, const struct nb_run *run)
{
	json_t *rows = json_array();

	for (unsigned i = 0; i < VMCS_FIELD_COUNT; i++) {
		json_t *row = json_pack("{s:s, s:i}", "field", vmcs_field_info[i].name, "encoding",
					(int)vmcs_field_info[i].encoding);

		for (int a = 0; a < ACCESSES; a++) {
			const struct finding *f = &t->finding[a][i];

			json_object_set_new(row, access_name[a],
					    json_pack("{s:b, s:b, s:b, s:b}", "there", f->there, "traps_by_time",
						      f->slow, "traps_by_kvm", f->trapped, "list_says_shadowed",
						      f->listed));
		}
		json_array_append_new(rows, row);
	}
	return json_pack("{s:s, s:s, s:s, s:o}", "machine", env->request.machine, "l0", run->l0, "config", run->config,
			 "fields", rows);
}

/* Writes one object, or a list of objects if there are several settings of KVM. */
static bool put_json(FILE *out, void *list)
{
	const json_t *one = json_array_size(list) == 1 ? json_array_get(list, 0) : list;

	return json_dumpf(one, out, JSON_INDENT(1)) == 0 && putc('\n', out) >= 0;
}

/*
 * Returns NB_EXIT_FAILED if the times contradict KVM's count of exits, because then one of the two
 * is wrong. Also returns it if the run is incomplete or there is no memory.
 */
static int report_run(const struct run_env *env, const struct nb_run *run, json_t *list, struct table *rows)
{
	static struct field_table t;
	unsigned unlike = 0;

	if (!fill(&t, run)) {
		pr_err("not every field was checked: the run is incomplete");
		return NB_EXIT_FAILED;
	}
	if (!table_files__take_stdout(&env->files))
		print_table(&t, env, run);
	add_rows(&t, env, run, rows);
	if (json_array_append_new(list, make_json(&t, env, run)) != 0)
		return NB_EXIT_FAILED;
	for (int a = 0; a < ACCESSES; a++) {
		unsigned there, shadowed, differ, u;

		count(&t, a, &there, &shadowed, &u, &differ);
		unlike += u;
	}
	if (unlike == 0)
		return NB_EXIT_GOOD;
	pr_err("the time of %u accesses contradicts KVM's count of exits", unlike);
	return NB_EXIT_FAILED;
}

static int report(const struct run_env *env, const struct nb_results *results)
{
	int result = NB_EXIT_GOOD;
	struct whole_file file;
	struct table rows;
	char path[700];
	json_t *list;
	bool good;

	text__format(path, sizeof(path), "%s/fields.json", env->folder);
	if (!whole_file__begin(&file, path))
		return NB_EXIT_FAILED;
	list = json_array();
	table__begin(&rows, columns, COLUMNS);
	for (size_t i = 0; i < results->run_count && result == NB_EXIT_GOOD; i++)
		if (strcmp(results->runs[i].level, "L1") == 0)
			result = report_run(env, &results->runs[i], list, &rows);
	good = whole_file__end(&file, result == NB_EXIT_GOOD && put_json(file.out, list));
	if (good)
		good = run_tables__write(env, &rows, put_json, list);
	json_decref(list);
	table__free(&rows);
	return good ? result : NB_EXIT_FAILED;
}

static const struct argp_child groups[] = {
	{&run_machine_argp, 0, NULL, 0},
	{&run_l0_argp, 0, NULL, 0},
	RUN_VARIANTS,
	{&run_settings_argp, 0, NULL, 0},
	{&run_output_argp, 0, NULL, 0},
	{&table_files_argp, 0, NULL, 0},
	{&run_test_argp, 0, NULL, 0},
	{0},
};

const struct run_command fields_command = {
	.name = "fields",
	.report = report,
	.groups = groups,
	.what = "",
	.doc = "Show which VMCS fields L0 shadows for its guest hypervisor: by time, by count and by Linux's list.\v"
	       "Examples:\n"
	       "  nestbed fields\n"
	       "  nestbed fields --shadow-vmcs off\n"
	       "  nestbed fields --machine bochs --csv - | grep shadow\n\n"
	       "Exit codes: 0 good, 1 failed (what was measured is kept), 2 usage, 77 not possible on this machine.",
	.iterations = 1,
	.op = "fields",
	.l0s = 1u << L0_KVM,
};

int fields__main(int argc, char **argv)
{
	static struct run_env env;

	run_env__parse(&env, argc, argv, &fields_command);
	env.ops = fields_command.op;
	env.levels = "L1";
	if (!env.shadow && !((env.config_on | env.config_off) & KNOB_SHADOW_VMCS))
		env.usual_shadow = "on";
	return run_env__run(&env);
}
