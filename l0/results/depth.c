// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sorts the rows of a report by operation, configuration and level, and adds the exits that each
 * hypervisor counted.
 */
#include "l0/results/depth.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "l0/base/allocate.h"
#include "l0/base/whole_file.h"
#include "l0/request/config.h"
#include "l0/results/variant_words.h"
#include "l0/results/write.h"
#include "l0/witness/chain.h"

#define OP_EMPTY "empty"

/*
 * J. Lim, J. Nieh: Optimizing Nested Virtualization Performance Using Direct Virtual Hardware,
 * ASPLOS 2020
 */
const double nb_depth_published[NB_DEPTH_PUBLISHED] = {1575, 37733, 857578};

static bool is_shown(const struct nb_row *row)
{
	return nb_level_number(row->level) > 0 && nb_level_number(row->level) <= (int)STACK_DEEPEST && row->n > 0 &&
	       row->n != NB_ABSENT && strcmp(row->op, OP_EMPTY) != 0;
}

static struct nb_window_set counted(const struct nb_row *row, const struct nb_op_result *op)
{
	return (struct nb_window_set){.op = op->name,
				      .level = row->level,
				      .l0 = row->l0,
				      .counters = op->counters,
				      .counter_count = op->counter_count};
}

/*
 * Fills in the exits that each of our hypervisors handled. KVM has no such counters, so the exits
 * to L0 come from the row for every L0.
 */
static void fill_handled(struct nb_depth_row *to)
{
	const struct nb_row *row = to->row;
	const struct nb_op_result *op = row->result, *empty = nb_run_op(row->run, OP_EMPTY);
	const unsigned first = strcmp(row->l0, "kvm") == 0;
	struct nb_window_set mine = counted(row, op), loop;
	struct nb_chain chain;

	for (unsigned i = 0; i < STACK_DEEPEST; i++)
		to->handled[i] = NAN;
	to->handled[0] = row->l0_exits_per_op;
	if (!empty || empty->closed < empty->windows || op->closed < op->windows)
		return;
	loop = counted(row, empty);
	nb_chain_find(&chain, &mine);
	for (unsigned i = 1 - first; i < chain.said && first + i < STACK_DEEPEST; i++)
		to->handled[first + i] = nb_per_op(nb_chain_sum(&mine, chain.name[i], "exit."), op->windows, row->n,
						   nb_chain_sum(&loop, chain.name[i], "exit."), empty->windows);
}

static bool same_machine(const struct nb_row *a, const struct nb_row *b)
{
	return strcmp(a->kernel, b->kernel) == 0 && strcmp(a->kernel_args, b->kernel_args) == 0 &&
	       strcmp(a->cpu, b->cpu) == 0;
}

/*
 * Returns the row of the operation one level below: in the same configuration, or in the first one
 * that is equal for that level.
 */
static const struct nb_row *above(const struct nb_report *report, const struct nb_row *row)
{
	const int level = nb_level_number(row->level) - 1;
	const struct config config = config__of(row->config);
	const struct nb_row *found = NULL;

	for (size_t i = 0; i < report->row_count; i++) {
		const struct nb_row *other = &report->rows[i];
		struct config of_other;

		if (nb_level_number(other->level) != level || strcmp(other->op, row->op) != 0 ||
		    strcmp(other->l0, row->l0) != 0 || !same_machine(other, row))
			continue;
		if (strcmp(other->config, row->config) == 0)
			return other;
		of_other = config__of(other->config);
		if (!found && config__same_at(&of_other, &config, row->l0, (unsigned)level))
			found = other;
	}
	return found;
}

static void add(struct nb_depth *depth, const struct nb_report *report, const struct nb_row *row)
{
	const struct nb_row *other = above(report, row);
	struct nb_depth_row *to;

	depth->rows = nb_grow(depth->rows, depth->count, sizeof(*depth->rows));
	to = &depth->rows[depth->count++];
	*to = (struct nb_depth_row){.row = row, .level = (unsigned)nb_level_number(row->level), .factor = NAN};
	fill_handled(to);
	if (other && other->net_p50_ticks > 0 && row->net_p50_ticks > 0)
		to->factor = row->net_p50_ticks / other->net_p50_ticks;
	if (to->level > depth->deepest)
		depth->deepest = to->level;
}

static bool same_config(const struct nb_row *a, const struct nb_row *b)
{
	return strcmp(a->config, b->config) == 0 && strcmp(a->l0, b->l0) == 0 && same_machine(a, b);
}

/* Adds all levels of the row's operation in the row's configuration. */
static void add_levels(struct nb_depth *depth, const struct nb_report *report, const struct nb_row *row)
{
	for (int level = 1; level <= (int)STACK_DEEPEST; level++)
		for (size_t i = 0; i < report->row_count; i++) {
			const struct nb_row *other = &report->rows[i];

			if (is_shown(other) && nb_level_number(other->level) == level &&
			    strcmp(other->op, row->op) == 0 && same_config(other, row))
				add(depth, report, other);
		}
}

/* Returns true if no earlier row has this operation and, if of_config, this configuration. */
static bool is_first(const struct nb_report *report, const struct nb_row *row, bool of_config)
{
	for (const struct nb_row *other = report->rows; other < row; other++)
		if (is_shown(other) && strcmp(other->op, row->op) == 0 && (!of_config || same_config(other, row)))
			return false;
	return true;
}

static struct nb_variant_names names_of(const struct nb_row *row)
{
	return (struct nb_variant_names){{[NB_VARIANT_KERNEL] = row->kernel,
					  [NB_VARIANT_KERNEL_ARGS] = row->kernel_args,
					  [NB_VARIANT_CPU] = row->cpu}};
}

static void name_configs(struct nb_depth *depth)
{
	struct nb_variant_names *names = NULL;
	struct nb_variant_words words;

	for (size_t i = 0; i < depth->count; i++) {
		names = nb_grow(names, i, sizeof(*names));
		names[i] = names_of(depth->rows[i].row);
	}
	nb_variant_words_find(&words, names, depth->count);
	for (size_t i = 0; i < depth->count; i++)
		depth->rows[i].config = nb_variant_words_append(&words, depth->rows[i].row->config, &names[i]);
	free(names);
}

void nb_depth_build(struct nb_depth *depth, const struct nb_report *report)
{
	memset(depth, 0, sizeof(*depth));
	for (size_t i = 0; i < report->row_count; i++) {
		const struct nb_row *first = &report->rows[i];

		if (!is_shown(first) || !is_first(report, first, false))
			continue;
		for (size_t j = i; j < report->row_count; j++) {
			const struct nb_row *row = &report->rows[j];

			if (is_shown(row) && strcmp(row->op, first->op) == 0 && is_first(report, row, true))
				add_levels(depth, report, row);
		}
	}
	name_configs(depth);
}

void nb_depth_free(struct nb_depth *depth)
{
	for (size_t i = 0; i < depth->count; i++)
		free(depth->rows[i].config);
	free(depth->rows);
	memset(depth, 0, sizeof(*depth));
}

/* Formats a number as "12.00", or as nothing for NAN. Replaces the comma of the locale. */
static const char *number(double value, char text[32])
{
	text[0] = '\0';
	if (!isnan(value))
		snprintf(text, 32, "%.2f", nb_round(value));
	for (char *c = text; *c; c++)
		if (*c != '-' && (*c < '0' || *c > '9'))
			*c = '.';
	return text;
}

static size_t widest(const struct nb_depth *depth, bool configs)
{
	size_t width = configs ? strlen("config") : strlen("op");

	for (size_t i = 0; i < depth->count; i++) {
		const char *text = configs ? depth->rows[i].config : depth->rows[i].row->op;

		width = strlen(text) > width ? strlen(text) : width;
	}
	return width;
}

/*
 * Numbers are right-aligned. The spaces of an empty cell are printed before the next number, so no
 * line ends with spaces.
 */
static void print_cell(FILE *out, int width, double value, int *pending)
{
	char text[32];

	if (isnan(value)) {
		*pending += width;
		return;
	}
	fprintf(out, "%*s%*s", *pending, "", width, number(value, text));
	*pending = 0;
}

void nb_depth_print(const struct nb_depth *depth, FILE *out)
{
	const int op = (int)widest(depth, false), config = (int)widest(depth, true);

	if (depth->count == 0)
		return;
	fprintf(out, "\ndepth: exits of one execution by who handled them, and ticks to those of one level below\n");
	fprintf(out, "%-*s  %-*s  level", op, "op", config, "config");
	for (unsigned level = 0; level < depth->deepest; level++)
		fprintf(out, "  %8s%u", "L", level);
	fprintf(out, "  %12s  %8s\n", "net p50", "factor");
	for (size_t i = 0; i < depth->count; i++) {
		const struct nb_depth_row *row = &depth->rows[i];
		int pending = 3; /* "level" is longer than "L1" */

		fprintf(out, "%-*s  %-*s  L%u", op, row->row->op, config, row->config, row->level);
		for (unsigned level = 0; level < depth->deepest; level++)
			print_cell(out, 11, row->handled[level], &pending);
		print_cell(out, 14, row->row->net_p50_ticks, &pending);
		print_cell(out, 10, row->factor, &pending);
		fputc('\n', out);
	}
	fprintf(out,
		"published, in cycles of hardware: a hypercall 1,575 at L1, 37,733 at L2, 857,578 at L3, factors %.0f and %.0f "
		"(DVH, ASPLOS 2020)\n",
		nb_depth_published[1] / nb_depth_published[0], nb_depth_published[2] / nb_depth_published[1]);
}

void nb_depth_put_csv(const struct nb_depth *depth, FILE *out)
{
	char text[32];

	fputs("machine,clock,kernel,kernel_args,cpu,l0,op,config,level", out);
	for (unsigned level = 0; level < STACK_DEEPEST; level++)
		fprintf(out, ",l%u_exits_per_op", level);
	fputs(",net_p50_ticks,factor,status\n", out);
	for (size_t i = 0; i < depth->count; i++) {
		const struct nb_row *row = depth->rows[i].row;

		const char *const texts[] = {row->machine, row->clock, row->kernel, row->kernel_args, row->cpu,
					     row->l0,      row->op,    row->config, row->level};

		for (size_t t = 0; t < sizeof(texts) / sizeof(texts[0]); t++) {
			fputs(t ? "," : "", out);
			nb_put_csv_cell(texts[t], out);
		}
		for (unsigned level = 0; level < STACK_DEEPEST; level++)
			fprintf(out, ",%s", number(depth->rows[i].handled[level], text));
		fprintf(out, ",%s", number(row->net_p50_ticks, text));
		fprintf(out, ",%s,%s\n", number(depth->rows[i].factor, text), row->status);
	}
}

bool nb_depth_write(const struct nb_depth *depth, const char *path)
{
	struct whole_file file;

	if (!whole_file__begin(&file, path))
		return false;
	nb_depth_put_csv(depth, file.out);
	return whole_file__end(&file, true);
}
