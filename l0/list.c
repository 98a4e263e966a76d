// SPDX-License-Identifier: GPL-2.0-only
/* nestbed list: the operations, where each is legal and what it does. */
#include <argp.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* With those of a command of its own, as that is where a user looks for what there is. */
static bool is_listed(const struct nb_op_info *op)
{
	return with_faults || !(op->where & NB_NAMED) || op->where & NB_COMMAND;
}

static void levels(const struct nb_op_info *op, char *text, size_t size)
{
	bool guest = op->where & (NB_GUEST | NB_RING0);

	/* A wish that KVM does not grant leaves L2 alone. */
	text__format(text, size, "%s%s%s", op->where & NB_RING3 ? "L0 " : "",
		     (op->where & NB_ROOT && !guest) || (guest && (!op->wishes || op->wishes & NB_MAY)) ? "L1 " : "",
		     guest ? "L2" : "");
	if (text[strlen(text) - 1] == ' ')
		text[strlen(text) - 1] = '\0';
}

/* Exits as a number, or "?" where the hypervisor's policy decides. */
static void exits(int count, char *text, size_t size)
{
	if (count == NB_COUNTED)
		text__format(text, size, "?");
	else
		text__format(text, size, "%d", count);
}

static int print_json(void)
{
	json_t *list = json_array();
	char *text;

	for (int i = 0; i < NB_OP_COUNT; i++) {
		const struct nb_op_info *op = &nb_op_info[i];
		char where[16];

		levels(op, where, sizeof(where));
		if (is_listed(op))
			json_array_append_new(list, json_pack("{s:s, s:s, s:i, s:i, s:i, s:s, s:s}", "op", op->name,
							      "family", op->family, "exits_to_l1", op->l1,
							      "exits_to_l0", op->l0, "exits_in_a_guest_of_kvm", op->kvm,
							      "levels", where, "text", op->text));
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
		{"all", 'a', NULL, 0, "also those for tests, which only run when they are named", 0},
		{0},
	};
	static const struct argp argp = {.options = options,
					 .parser = parse_option,
					 .doc = "List the operations.\vExample:\n  nestbed list --json | jq '.[].op'"};

	argp_parse(&argp, argc, argv, 0, NULL, NULL);
	if (as_json)
		return print_json();
	printf("%-15s %-12s %5s %4s %4s  %-9s %s\n", "op", "family", "to L1", "L0", "KVM", "levels",
	       "what one execution does; exits: L2's to L1, those L0 keeps, a KVM guest's (?: policy)");
	for (int i = 0; i < NB_OP_COUNT; i++) {
		const struct nb_op_info *op = &nb_op_info[i];
		char where[16], l1[12], l0[12], kvm[12];

		levels(op, where, sizeof(where));
		exits(op->l1, l1, sizeof(l1));
		exits(op->l0, l0, sizeof(l0));
		exits(op->kvm, kvm, sizeof(kvm));
		if (is_listed(op))
			printf("%-15s %-12s %5s %4s %4s  %-9s %s\n", op->name, op->family, l1, l0, kvm, where,
			       op->text);
	}
	return NB_EXIT_GOOD;
}
