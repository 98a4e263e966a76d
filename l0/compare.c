// SPDX-License-Identifier: GPL-2.0-only
/* nestbed compare: two results side by side, row by row; how the medians changed and how sure that is. */
#include "compare.h"

#include <argp.h>
#include <jansson.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bootstrap.h"
#include "options.h"
#include "results/load.h"
#include "results/memory.h"
#include "util.h"

enum { OPT_THRESHOLD = 256, OPT_CLOCK, OPT_INCOMPLETE, OPT_SEED };

struct options {
	const char *path[2];
	double threshold; /* percent; NAN: not given */
	bool clock_anyway, incomplete_anyway, as_json;
	unsigned seed;
};

/* A row that both sides measured. */
struct pair {
	const struct nb_loaded_row *a, *b;
	struct nb_ratio ratio;
	bool slower;     /* surely, by more than the threshold */
	bool more_exits; /* to L0, for one execution */
};

struct comparison {
	const struct options *options;
	struct nb_loaded side[2];
	struct pair *pairs; /* the largest ratio first */
	size_t pair_count;
};

#define SAME_CLOCK(c)   (strcmp((c)->side[0].clock, (c)->side[1].clock) == 0)
#define CLOCK_WARNING   "A's clock is %s, B's is %s: the ratio means nothing physical"
#define SIDE_NAME(side) ((side) ? "B" : "A")

/* As far as the files tell. */
static bool same_machine(const struct comparison *c)
{
	return strcmp(c->side[0].machine, c->side[1].machine) == 0 && strcmp(c->side[0].cpu, c->side[1].cpu) == 0;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;
	char *end;

	switch (key) {
	case OPT_THRESHOLD:
		options->threshold = strtod(arg, &end);
		if (end == arg || *end || !isfinite(options->threshold) || options->threshold < 0)
			argp_error(state, "--threshold %s: not a number of percent, 0 or more", arg);
		return 0;
	case OPT_CLOCK:
		options->clock_anyway = true;
		return 0;
	case OPT_INCOMPLETE:
		options->incomplete_anyway = true;
		return 0;
	case OPT_SEED:
		/* To GSL, a seed of 0 is another name of its default. */
		options->seed = option__number(state, "seed", arg, 1, UINT_MAX);
		return 0;
	case 'j':
		options->as_json = true;
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num > 1)
			argp_error(state, "unexpected argument %s: two results are compared", arg);
		else
			options->path[state->arg_num] = arg;
		return 0;
	case ARGP_KEY_END:
		if (state->arg_num < 2)
			argp_error(state, "two results are needed, A and B");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* The row of the other side that measured the same, or NULL. */
static const struct nb_loaded_row *partner(const struct nb_loaded *other, const struct nb_loaded_row *row)
{
	for (size_t i = 0; i < other->row_count; i++)
		if (other->rows[i].sample_count && nb_loaded_same(&other->rows[i], row))
			return &other->rows[i];
	return NULL;
}

/* The largest ratio first; among equals, A's order. */
static int worst_first(const void *left, const void *right)
{
	const struct pair *l = left, *r = right;

	if (l->ratio.ratio != r->ratio.ratio)
		return l->ratio.ratio < r->ratio.ratio ? 1 : -1;
	return (l->a > r->a) - (l->a < r->a);
}

static void make_pairs(struct comparison *c)
{
	const struct options *options = c->options;

	for (size_t i = 0; i < c->side[0].row_count; i++) {
		const struct nb_loaded_row *a = &c->side[0].rows[i], *b = partner(&c->side[1], a);
		struct pair *pair;

		if (!a->sample_count || !b)
			continue;
		c->pairs = nb_grow(c->pairs, c->pair_count, sizeof(*c->pairs));
		pair = &c->pairs[c->pair_count++];
		pair->a = a;
		pair->b = b;
		pair->ratio = nb_bootstrap_ratio(a->samples, a->sample_count, b->samples, b->sample_count,
						 options->seed);
		/* NAN compares as false: without a threshold nothing is slower, and unknown exits did not grow. */
		pair->slower = pair->ratio.low >
			       (100 + options->threshold) / 100; /* 107/100 is 7%, 1 + 0.07 may be less */
		pair->more_exits = b->exits > a->exits;
	}
	if (c->pair_count)
		qsort(c->pairs, c->pair_count, sizeof(*c->pairs), worst_first);
}

/* --- For a person --- */

static const char *const headings[] = {"op",     "level", "config",  "n(A)", "n(B)",     "p50(A)",
				       "p50(B)", "ratio", "95% low", "high", "exits(A)", "exits(B)"};
enum { TEXTS = 3, NUMBERS = 9, CELLS = TEXTS + NUMBERS };

struct line {
	const char *cell[CELLS];
	char number[NUMBERS][32];
};

static void real(char *text, size_t size, int decimals, double value)
{
	if (isnan(value))
		snprintf(text, size, "-");
	else
		snprintf(text, size, "%.*f", decimals, value);
}

static void fill_line(struct line *line, const struct pair *pair)
{
	const double reals[] = {pair->ratio.median_a, pair->ratio.median_b, pair->ratio.ratio, pair->ratio.low,
				pair->ratio.high,     pair->a->exits,       pair->b->exits};
	static const int decimals[] = {2, 2, 3, 3, 3, 2, 2};

	line->cell[0] = pair->a->op;
	line->cell[1] = pair->a->level;
	line->cell[2] = pair->a->config;
	snprintf(line->number[0], sizeof(line->number[0]), "%zu", pair->a->sample_count);
	snprintf(line->number[1], sizeof(line->number[1]), "%zu", pair->b->sample_count);
	for (size_t i = 0; i < sizeof(reals) / sizeof(reals[0]); i++)
		real(line->number[2 + i], sizeof(line->number[0]), decimals[i], reals[i]);
	for (size_t i = 0; i < NUMBERS; i++)
		line->cell[TEXTS + i] = line->number[i];
}

static void print_table(const struct comparison *c)
{
	struct line line;
	int width[CELLS];

	for (size_t i = 0; i < CELLS; i++)
		width[i] = (int)strlen(headings[i]);
	for (size_t row = 0; row < c->pair_count; row++) {
		fill_line(&line, &c->pairs[row]);
		for (size_t i = 0; i < CELLS; i++)
			width[i] = (int)strlen(line.cell[i]) > width[i] ? (int)strlen(line.cell[i]) : width[i];
	}
	for (size_t row = 0; row <= c->pair_count; row++) {
		if (row)
			fill_line(&line, &c->pairs[row - 1]);
		for (size_t i = 0; i < CELLS; i++)
			printf("%s%*s", i ? "  " : "", i < TEXTS ? -width[i] : width[i],
			       row ? line.cell[i] : headings[i]);
		putchar('\n');
	}
}

static void print_name(const char *before, const struct nb_loaded_row *row)
{
	printf("%s%s on %s, %s%sroute %s, l0 %s", before, row->op, row->level, row->config, *row->config ? ", " : "",
	       row->route, row->l0);
}

/* What the table does not show, or shows but not as something to trust. */
static void print_rest(const struct comparison *c)
{
	for (int side = 0; side < 2; side++)
		for (size_t i = 0; i < c->side[side].row_count; i++) {
			const struct nb_loaded_row *row = &c->side[side].rows[i];

			if (row->sample_count && !partner(&c->side[!side], row)) {
				printf("only %s has ", SIDE_NAME(side));
				print_name("", row);
				putchar('\n');
			}
			if (!row->sample_count || strcmp(row->status, "ok") != 0) {
				printf("%s in %s: ", strcmp(row->status, "ok") == 0 ? "no samples" : row->status,
				       SIDE_NAME(side));
				print_name("", row);
				printf("%s%s\n", *row->note ? ": " : "", row->note);
			}
		}
}

static void print_findings(const struct comparison *c)
{
	for (size_t i = 0; i < c->pair_count; i++) {
		const struct pair *pair = &c->pairs[i];

		if (pair->slower) {
			print_name("slower: ", pair->a);
			printf(": at least %.3f, the threshold is %.3f\n", pair->ratio.low,
			       (100 + c->options->threshold) / 100);
		}
		if (pair->more_exits) {
			print_name("more exits: ", pair->a);
			printf(": %.2f for one execution, %.2f before\n", pair->b->exits, pair->a->exits);
		}
	}
}

static void print_text(const struct comparison *c)
{
	if (!SAME_CLOCK(c))
		printf(CLOCK_WARNING "\n", c->side[0].clock, c->side[1].clock);
	for (int side = 0; side < 2; side++)
		printf("%s: %s, machine %s%s%s%s, clock %s%s\n", SIDE_NAME(side), c->options->path[side],
		       c->side[side].machine, *c->side[side].cpu ? " (" : "", c->side[side].cpu,
		       *c->side[side].cpu ? ")" : "", c->side[side].clock,
		       c->side[side].complete ? "" : ", incomplete");
	if (!same_machine(c))
		printf("A and B are of different machines: a ratio compares the machines, too\n");
	printf("ratio is B/A of the medians; 95%% interval from %d bootstrap resamples, seed %u\n", NB_RESAMPLES,
	       c->options->seed);
	print_table(c);
	print_rest(c);
	print_findings(c);
}

/* --- For a program --- */

/* JSON has neither NAN (was not measured) nor INFINITY (a ratio to 0). */
static json_t *number(double value)
{
	return isfinite(value) ? json_real(value) : json_null();
}

static json_t *name_json(const struct nb_loaded_row *row)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s}", "op", row->op, "level", row->level, "config", row->config,
			 "route", row->route, "l0", row->l0);
}

static json_t *pair_json(const struct pair *pair)
{
	json_t *object = name_json(pair->a);
	json_t *rest = json_pack("{s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:b}", "n_a",
				 (json_int_t)pair->a->sample_count, "n_b", (json_int_t)pair->b->sample_count, "p50_a",
				 number(pair->ratio.median_a), "p50_b", number(pair->ratio.median_b), "ratio",
				 number(pair->ratio.ratio), "low", number(pair->ratio.low), "high",
				 number(pair->ratio.high), "exits_a", number(pair->a->exits), "exits_b",
				 number(pair->b->exits), "slower", pair->slower, "more_exits", pair->more_exits);

	json_object_update(object, rest);
	json_decref(rest);
	return object;
}

static void add_side_json(const struct comparison *c, int side, json_t *only, json_t *not_ok)
{
	for (size_t i = 0; i < c->side[side].row_count; i++) {
		const struct nb_loaded_row *row = &c->side[side].rows[i];
		json_t *name;

		if (row->sample_count && !partner(&c->side[!side], row)) {
			name = name_json(row);
			json_object_set_new(name, "side", json_string(SIDE_NAME(side)));
			json_array_append_new(only, name);
		}
		if (!row->sample_count || strcmp(row->status, "ok") != 0) {
			name = name_json(row);
			json_object_set_new(name, "side", json_string(SIDE_NAME(side)));
			json_object_set_new(name, "status", json_string(row->status));
			json_object_set_new(name, "note", json_string(row->note));
			json_array_append_new(not_ok, name);
		}
	}
}

static bool print_json(const struct comparison *c)
{
	json_t *rows = json_array(), *only = json_array(), *not_ok = json_array(), *root;
	bool good;

	for (size_t i = 0; i < c->pair_count; i++)
		json_array_append_new(rows, pair_json(&c->pairs[i]));
	add_side_json(c, 0, only, not_ok);
	add_side_json(c, 1, only, not_ok);
	root = json_pack("{s:o, s:s, s:s, s:s, s:s, s:b, s:s, s:s, s:b, s:b, s:i, s:I, s:o, s:o, s:o, s:o}", "warning",
			 SAME_CLOCK(c) ? json_null() : json_sprintf(CLOCK_WARNING, c->side[0].clock, c->side[1].clock),
			 "machine_a", c->side[0].machine, "cpu_a", c->side[0].cpu, "machine_b", c->side[1].machine,
			 "cpu_b", c->side[1].cpu, "same_machine", same_machine(c), "clock_a", c->side[0].clock,
			 "clock_b", c->side[1].clock, "complete_a", c->side[0].complete, "complete_b",
			 c->side[1].complete, "resamples", NB_RESAMPLES, "seed", (json_int_t)c->options->seed,
			 "threshold_percent", number(c->options->threshold), "rows", rows, "one_sided", only, "not_ok",
			 not_ok);
	good = root && json_dumpf(root, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(15)) == 0 && putchar('\n') >= 0;
	json_decref(root);
	return good;
}

/* --- The command --- */

/* False after the one line that says why these two are not compared. */
static bool may_be_compared(const struct comparison *c)
{
	for (int side = 0; side < 2; side++)
		if (!c->side[side].complete && !c->options->incomplete_anyway) {
			pr_err("%s is incomplete: measure again, or add --incomplete-anyway", c->options->path[side]);
			return false;
		}
	if (!SAME_CLOCK(c) && !c->options->clock_anyway) {
		pr_err("the clock of %s is %s, that of %s is %s: their ticks cannot be compared (--clock-anyway does "
		       "it nevertheless)",
		       c->options->path[0], c->side[0].clock, c->options->path[1], c->side[1].clock);
		return false;
	}
	return true;
}

static int compare(struct comparison *c)
{
	bool good = true;

	if (!may_be_compared(c))
		return NB_EXIT_FAILED;
	make_pairs(c);
	if (c->options->as_json)
		good = print_json(c);
	else
		print_text(c);
	if (fflush(stdout) != 0 || ferror(stdout) || !good) {
		pr_err("cannot write the comparison to standard output");
		return NB_EXIT_FAILED;
	}
	if (c->pair_count == 0) {
		pr_err("nothing to compare: no row has samples in both %s and %s", c->options->path[0],
		       c->options->path[1]);
		return NB_EXIT_FAILED;
	}
	for (size_t i = 0; i < c->pair_count; i++)
		if (!isnan(c->options->threshold) && (c->pairs[i].slower || c->pairs[i].more_exits))
			return NB_EXIT_FAILED;
	return NB_EXIT_GOOD;
}

int compare__main(int argc, char **argv)
{
	static const struct argp_option descriptions[] = {
		{"threshold", OPT_THRESHOLD, "PERCENT", 0,
		 "fail if a median surely grew by more, or if an execution causes more exits to L0", 0},
		{"clock-anyway", OPT_CLOCK, NULL, 0, "compare real latencies with counted instructions", 0},
		{"incomplete-anyway", OPT_INCOMPLETE, NULL, 0, "take results of a run that did not come to its end", 0},
		{"json", 'j', NULL, 0, "as a JSON object", 0},
		{"seed", OPT_SEED, "N", 0, "of the bootstrap's random numbers (1)", 0},
		{0},
	};
	static const struct argp argp = {
		.options = descriptions,
		.parser = parse_option,
		.args_doc = "A B",
		.doc = "Compare two results: folders of `nestbed run`, or their results.json.\vA ratio above 1 says "
		       "B takes longer. \"Surely\" is: the low end of the 95% interval lies above the threshold.\n"
		       "Examples:\n  nestbed compare before after\n  nestbed compare before after --threshold 5"};
	struct options options = {.threshold = NAN, .seed = 1};
	struct comparison c = {.options = &options};
	int code = NB_EXIT_FAILED;

	argp_parse(&argp, argc, argv, 0, NULL, &options);
	if (nb_load(&c.side[0], options.path[0]) && nb_load(&c.side[1], options.path[1]))
		code = compare(&c);
	free(c.pairs);
	nb_loaded_free(&c.side[1]);
	nb_loaded_free(&c.side[0]);
	return code;
}
