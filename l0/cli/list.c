// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command `nestbed list` lists the operations. For each it shows the levels where it is legal,
 * and its effect.
 */
#include <argp.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "l0/base/options.h"
#include "l0/base/result_table.h"
#include "l0/base/util.h"
#include "l0/cli/commands.h"
#include "microbench/ops.h"

struct options {
	struct table_files files;
	bool with_faults;
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &options->files;
		return 0;
	case 'a':
		options->with_faults = true;
		return 0;
	case ARGP_KEY_ARG:
		option__error(state, "unexpected argument %s", arg);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/*
 * Operations that only another command runs are listed, too, because users look for all operations
 * here.
 */
static bool is_listed(const struct nb_op_info *op, const struct options *options)
{
	return options->with_faults || !(op->where & NB_NAMED) || op->where & NB_COMMAND;
}

static void levels(const struct nb_op_info *op, char *text, size_t size)
{
	bool guest = op->where & (NB_GUEST | NB_RING0);

	/*
	 * KVM grants no trap requests (traps). An operation that requires one is legal only at L2.
	 */
	text__format(text, size, "%s%s%s", op->where & NB_RING3 ? "L0 " : "",
		     (op->where & NB_ROOT && !guest) || (guest && (!op->traps || op->traps & NB_TRAP_OPTIONAL)) ? "L1 "
														: "",
		     guest ? "L2" : "");
	if (text[strlen(text) - 1] == ' ')
		text[strlen(text) - 1] = '\0';
}

/* Adds the number of exits, or "?" if the policy of the hypervisor decides it. */
static void add_exits(struct table *table, int count)
{
	if (count == NB_COUNTED)
		table__add(table, "?");
	else
		table__addf(table, "%d", count);
}

/* Writes the numbers as in ops.h, where NB_COUNTED is -1. */
static bool put_json(FILE *out, void *data)
{
	json_t *list = json_array();
	bool good;

	for (int i = 0; i < NB_OP_COUNT; i++) {
		const struct nb_op_info *op = &nb_op_info[i];
		char where[16];

		levels(op, where, sizeof(where));
		if (is_listed(op, data))
			json_array_append_new(list, json_pack("{s:s, s:s, s:i, s:i, s:i, s:s, s:s}", "op", op->name,
							      "family", op->family, "exits_to_l1", op->l1,
							      "exits_to_l0", op->l0, "exits_in_a_guest_of_kvm", op->kvm,
							      "levels", where, "text", op->text));
	}
	good = json_dumpf(list, out, JSON_INDENT(2)) == 0;
	json_decref(list);
	fputc('\n', out);
	return good;
}

static const struct table_column columns[] = {{"op", false},
					      {"family", false},
					      {"to L1", true},
					      {"L0", true},
					      {"KVM", true},
					      {"levels", false},
					      {"what one execution does", false}};

static void make_table(struct table *table, const struct options *options)
{
	table__begin(table, columns, sizeof(columns) / sizeof(columns[0]));
	for (int i = 0; i < NB_OP_COUNT; i++) {
		const struct nb_op_info *op = &nb_op_info[i];
		char where[16];

		if (!is_listed(op, options))
			continue;
		levels(op, where, sizeof(where));
		table__add(table, op->name);
		table__add(table, op->family);
		add_exits(table, op->l1);
		add_exits(table, op->l0);
		add_exits(table, op->kvm);
		table__add(table, where);
		table__add(table, op->text);
	}
}

int list__main(int argc, char **argv)
{
	static const struct argp_option descriptions[] = {
		{"all", 'a', NULL, 0, "also those for tests, which only run when they are named", 1},
		{0},
	};
	static const struct argp_child children[] = {{&table_files_argp, 0, TABLE_FILES_HEADER, 2}, {0}};
	static const struct argp argp = {
		.options = descriptions,
		.parser = parse_option,
		.children = children,
		.doc = "List the operations.\v"
		       "\"to L1\", \"L0\" and \"KVM\" are exits of one execution: at L2 to L1, at L2 "
		       "to L0 alone, and in a guest of KVM (?: policy decides).\n"
		       "Examples:\n  nestbed list\n"
		       "  nestbed list --json - | jq -r '.[].op'\n"
		       "  nestbed list --markdown operations.md"};
	static const struct option_renamed renamed[] = {{"-j", "--json -"}, {NULL, NULL}};
	struct options options = {.with_faults = false};
	struct table_files tables;
	struct table table;
	bool good;

	options__parse(&argp, argc, argv, NULL, renamed, NULL, &options);
	make_table(&table, &options);
	if (!table_files__take_stdout(&options.files))
		table__print(&table, stdout);
	tables = table_files__without(&options.files, TABLE_JSON);
	good = table_files__put(&options.files, TABLE_JSON, put_json, &options) && table_files__write(&tables, &table);
	table__free(&table);
	return good ? NB_EXIT_GOOD : NB_EXIT_FAILED;
}
