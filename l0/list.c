// SPDX-License-Identifier: GPL-2.0-only
/* nestbed list: the operations, where each is legal and what it does. */
#include <argp.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "commands.h"
#include "ops.h"
#include "util.h"

static bool as_json, with_faults;

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case 'j':
		as_json = true;
		return 0;
	case 'a':
		with_faults = true;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "unexpected argument %s", arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const char *levels(unsigned where)
{
	return where & NB_RING3 ? "L0 L1 L2" : "L1 L2";
}

static int print_json(void)
{
	json_t *list = json_array();
	char *text;

	for (int i = 0; i < NB_OP_COUNT; i++) {
		const struct nb_op_info *op = &nb_op_info[i];

		if (!(op->where & NB_FAULT) || with_faults)
			json_array_append_new(list,
					      json_pack("{s:s, s:i, s:s, s:s}", "op", op->name, "exits", op->exits,
							"levels", levels(op->where), "text", op->text));
	}
	text = json_dumps(list, JSON_INDENT(2));
	json_decref(list);
	if (!text || puts(text) < 0)
		return NB_EXIT_FAILED;
	free(text);
	return NB_EXIT_GOOD;
}

int list__main(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{"json", 'j', NULL, 0, "as a JSON array", 0},
		{"all", 'a', NULL, 0, "also those that end the guest on purpose, which tests use", 0},
		{0},
	};
	static const struct argp argp = {.options = options,
					 .parser = parse_option,
					 .doc = "List the operations.\vExample:\n  nestbed list --json | jq '.[].op'"};

	argp_parse(&argp, argc, argv, 0, NULL, NULL);
	if (as_json)
		return print_json();
	printf("%-14s %5s  %-9s %s\n", "op", "exits", "levels", "what one execution does");
	for (int i = 0; i < NB_OP_COUNT; i++) {
		const struct nb_op_info *op = &nb_op_info[i];

		if (!(op->where & NB_FAULT) || with_faults)
			printf("%-14s %5d  %-9s %s\n", op->name, op->exits, levels(op->where), op->text);
	}
	return NB_EXIT_GOOD;
}
