// SPDX-License-Identifier: GPL-2.0-only
/*
 * Computes the rows: statistics of the samples, exits per operation, and the agreement of the
 * witnesses.
 */
#include "l0/results/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "l0/base/allocate.h"
#include "l0/request/config.h"
#include "l0/results/flags.h"
#include "l0/results/bimodal_windows.h"
#include "l0/witness/chain.h"
#include "microbench/bootstrap.h"
#include "microbench/stats.h"

/*
 * The operation `empty` causes no exits, so it measures the cost of the loop and of both ends of a
 * window.
 */
#define OP_EMPTY "empty"

/* Seed of the bootstrap. It is fixed, because the same samples must give the same files. */
#define SEED 1

const struct nb_column nb_columns[NB_COLUMN_COUNT] = {
#define X(member, kind, heading) [NB_COLUMN_##member] = {#member, kind, offsetof(struct nb_row, member), heading},
	NB_COLUMNS(X)
#undef X
};

const char *nb_clock_of_machine(const char *machine)
{
	return strcmp(machine, "host") == 0 ? "tsc_cycles" : "instructions";
}

static int level_of(const struct nb_run *run)
{
	return nb_level_number(run->level);
}

static bool is_kvm(const struct nb_run *run)
{
	return strcmp(run->l0, "kvm") == 0;
}

/*
 * Returns true if our hypervisor's guest runs on shadow page tables. Either the request says so, or
 * L0 offers no EPT.
 */
static bool has_shadow_tables(const struct config *config)
{
	return config->mmu == CONFIG_MMU_SHADOW || config->mmu == CONFIG_MMU_SHADOW_WP || config->ept == CONFIG_OFF;
}

/*
 * Returns the predicted exits of one execution to the level directly below, from the list of
 * operations.
 */
static int exits_of(const struct nb_run *run, const struct nb_op_info *op)
{
	const bool above_kvm = is_kvm(run) && level_of(run) == 1;
	const struct config config = config__of(run->config);

	if (!op)
		return NB_EXITS_UNKNOWN;
	/*
	 * Our hypervisor emulates VMX instructions of its guest by its own policy, so these exits
	 * are only counted.
	 */
	if (!above_kvm && level_of(run) > 0 && !(op->where & NB_ANYWHERE))
		return NB_EXITS_COUNTED;
	if (level_of(run) > 1 || !is_kvm(run))
		return op->where & NB_PAGING && has_shadow_tables(&config) ? NB_EXITS_COUNTED : op->l1;
	if (op->where & NB_SHADOWED && config.shadow_vmcs == CONFIG_SHADOWING_ON)
		return 0;
	/* With EPT off, KVM's shadow paging adds exits according to its own policy. */
	return config.ept == CONFIG_OFF ? NB_EXITS_COUNTED : op->kvm;
}

/*
 * Returns the predicted exits at L2 that L0 handles without L1. If L0 keeps shadow page tables for
 * L1's shadow tables, its policy decides. At deeper levels the policies of the hypervisors between
 * decide.
 */
static int kept_of(const struct nb_run *run, const struct nb_op_info *op)
{
	if (!op)
		return NB_EXITS_UNKNOWN;
	if (level_of(run) > 2 && op->l0 != 0)
		return NB_EXITS_COUNTED;
	return op->where & NB_PAGING && config__of(run->config).ept == CONFIG_OFF ? NB_EXITS_COUNTED : op->l0;
}

/*
 * Returns the level that handles the operation's exits. If a policy decides whether there are
 * exits, `counted` decides.
 */
static const char *route_of(const struct nb_run *run, const struct nb_op_info *op, double counted)
{
	/* index: level; value: the hypervisor directly below it */
	static const char *const below[] = {"", "", "L1", "L2", "L3"};
	const int level = level_of(run), exits = exits_of(run, op);
	unsigned where = op ? op->where : 0;

	if (level == 0)
		return "none";
	if (level > 1 && level < (int)(sizeof(below) / sizeof(below[0])) && exits != 0)
		return below[level];
	/* the level below does not intercept it, and L0 has no exit */
	if (level > 1 && op && (op->l0 == 0 || counted == 0))
		return "none";
	if (level > 1 && op)
		return where & NB_USER && is_kvm(run) ? "L0-user" : "L0-kernel";
	if (exits == 0 || (exits == NB_EXITS_COUNTED && counted == 0))
		return "none";
	/* L0 is Linux KVM, or, with l0=own, our hypervisor. */
	return where & NB_USER_L1 && is_kvm(run) ? "L0-user" : "L0-kernel";
}

/* Returns the ticks of the samples, allocated, or NULL without samples. */
static uint64_t *ticks_of(const struct nb_op_result *op)
{
	uint64_t *ticks = NULL;

	for (size_t i = 0; i < op->sample_count; i++) {
		ticks = nb_grow(ticks, i, sizeof(*ticks));
		ticks[i] = op->samples[i].ticks;
	}
	return ticks;
}

static void check(const struct nb_run *run, const struct nb_op_result *op, const struct nb_op_info *info,
		  struct nb_agreement *agreement)
{
	const struct nb_window_set set = {
		.op = op->name,
		.level = run->level,
		.l0 = run->l0,
		.shadow_vmcs = nb_shadowing_of_config(run->config),
		.exits_per_op = exits_of(run, info),
		.kept_per_op = kept_of(run, info),
		.l0_shadows = config__of(run->config).ept == CONFIG_OFF,
		.n = op->sample_count,
		.windows = op->windows,
		.counters = op->counters,
		.counter_count = op->counter_count,
	};

	nb_agreement_check(&set, agreement);
}

static void add_note(struct nb_row *row, const char *prefix, const char *text)
{
	char *note;

	if (asprintf(&note, "%s%s%s%s", row->note, *row->note ? "; " : "", prefix, text) < 0) {
		fprintf(stderr, "nestbed: no memory for the report\n");
		exit(1);
	}
	free(row->owned_note);
	row->note = row->owned_note = note;
}

static void fill_exits(struct nb_row *row, const struct nb_agreement *mine, const struct nb_op_result *empty,
		       const struct nb_agreement *of_empty)
{
	const struct nb_op_result *op = row->result;
	/* A window that was cut off has no counters of its end, so its exits are unknown. */
	uint64_t overheads = empty && empty->closed == empty->windows ? empty->windows : 0;
	bool counted = op->closed == op->windows;

	if (strcmp(row->level, "L0") == 0) {
		row->l0_exits_per_op = row->hv_exits_per_op = 0;
		row->hv_vmreads_per_op = row->hv_vmwrites_per_op = 0;
		row->l0_irq_exits = 0;
		return;
	}
	if (counted && mine->has_total)
		row->l0_irq_exits = mine->irq_exits;
	if (counted && mine->has_total && of_empty->has_total)
		row->l0_exits_per_op = nb_per_op(mine->total, op->windows, row->n, of_empty->total, overheads);
	if (counted && mine->has_own && of_empty->has_own) {
		row->hv_exits_per_op = nb_per_op(mine->handled, op->windows, row->n, of_empty->handled, overheads);
		row->hv_vmreads_per_op = nb_per_op(mine->vmreads, op->windows, row->n, of_empty->vmreads, overheads);
		row->hv_vmwrites_per_op = nb_per_op(mine->vmwrites, op->windows, row->n, of_empty->vmwrites, overheads);
	}
}

static void fill_samples(struct nb_row *row, double loop)
{
	uint64_t *ticks = ticks_of(row->result);
	struct nb_summary summary = nb_stats_summarize(ticks, row->result->sample_count);
	struct nb_interval interval = nb_bootstrap_median(ticks, row->result->sample_count, SEED);
	bool interrupts;

	free(ticks);
	row->flags = nb_flag_samples(row->run, row->result, &summary, &interrupts);
	row->n = summary.n;
	if (summary.n == 0)
		return;
	row->min_ticks = summary.min;
	row->p50_ticks = summary.p50;
	row->p50_low_ticks = interval.low;
	row->p50_high_ticks = interval.high;
	row->mean_ticks = summary.mean;
	row->p90_ticks = summary.p90;
	row->p99_ticks = summary.p99;
	row->max_ticks = summary.max;
	row->sd_ticks = summary.sd;
	row->mad_ticks = summary.mad;
	row->outliers = summary.outliers;
	row->loop_ticks = loop;
	row->net_p50_ticks = summary.p50 - loop;
	if (!interrupts)
		return;
	row->irq_samples = 0;
	for (size_t i = 0; i < summary.n; i++)
		row->irq_samples += (row->flags[i] & NB_FLAG_INTERRUPT) != 0;
}

/*
 * Computes the share of expensive windows. Files show two decimals, so one window of many becomes
 * 0.01, not 0. All windows but one become at most 0.99.
 */
static void fill_prices(struct nb_row *row)
{
	struct nb_prices prices;
	char text[128];

	if (row->n == 0)
		return;
	if (nb_prices_find(row->result, &prices)) {
		snprintf(text, sizeof(text), "%.0f ticks in %u of %u windows, %.0f in %u", prices.low,
			 prices.windows - prices.dear, prices.windows, prices.high, prices.dear);
		add_note(row, "two prices: ", text);
	}
	row->price_low_ticks = prices.low;
	row->price_high_ticks = prices.high;
	row->price_high_share = prices.windows ? (double)prices.dear / prices.windows : 0;
	if (prices.dear)
		row->price_high_share = fmin(fmax(row->price_high_share, 0.01), 0.99);
}

/* The values that the rows of a run share, from its operation `empty`. */
struct baseline {
	const struct nb_op_result *empty; /* NULL if `empty` was not run */
	struct nb_agreement agreement;
	double loop; /* ticks */
};

static void fill_status(struct nb_row *row, struct nb_agreement *agreement)
{
	const struct nb_run *run = row->run;
	char status[16];

	row->status = "ok";
	if (row->result->skip) {
		row->status = "skipped";
		add_note(row, "", row->result->skip);
	}
	if (row->result->closed < row->result->windows) {
		row->status = "incomplete";
		add_note(row, "", "its window was not closed");
	} else if (row->result->windows && agreement->verdict == NB_NOT_AVAILABLE) {
		/*
		 * With QEMU no witness reads KVM's statistics. In all other cases a silent witness
		 * is a failure.
		 */
		if (strcmp(run->vmm, "qemu") != 0)
			row->status = "mismatch";
		add_note(row, "not checked: ", agreement->reason);
	} else if (row->result->windows && agreement->verdict == NB_DISAGREE) {
		row->status = "mismatch";
		add_note(row, "", agreement->reason);
		row->mismatch = agreement->text;
		agreement->text = NULL;
	}
	row->complete = run->ended && run->status == 0 && row->result->closed == row->result->windows ? "yes" : "no";
	snprintf(status, sizeof(status), "%" PRIu32, run->status);
	if (!run->ended)
		add_note(row, "", "the run has no end");
	else if (run->status)
		add_note(row, "the run ended with status ", status);
}

/* Results that come from no stream have no variants. */
static const struct nb_variant *variant_of(const struct nb_results *results, const struct nb_run *run)
{
	static char none[] = "";
	static const struct nb_variant unknown = {.kernel = none, .kernel_args = none, .cpu = none};

	return run->variant < results->variant_count ? &results->variants[run->variant] : &unknown;
}

static void build_row(struct nb_row *row, const struct nb_report *report, const struct nb_run *run,
		      const struct nb_op_result *op, const struct nb_op_info *info, const struct baseline *baseline)
{
	const struct nb_variant *variant = variant_of(report->results, run);
	struct nb_agreement agreement;

	for (size_t i = 0; i < NB_COLUMN_COUNT; i++) {
		void *cell = (char *)row + nb_columns[i].offset;

		if (nb_columns[i].kind == NB_COUNT)
			*(uint64_t *)cell = NB_ABSENT;
		else if (nb_columns[i].kind == NB_REAL)
			*(double *)cell = NAN;
	}
	row->run = run;
	row->result = op;
	row->machine = report->machine;
	row->clock = nb_clock_of_machine(report->machine);
	row->kernel = variant->kernel;
	row->kernel_args = variant->kernel_args;
	row->cpu = variant->cpu;
	row->l0 = run->l0;
	row->op = op->name;
	row->family = info ? info->family : "";
	row->level = run->level;
	row->config = run->config;
	row->note = "";
	check(run, op, info, &agreement);
	fill_samples(row, baseline->loop);
	if (op->sample_count)
		fill_exits(row, &agreement, baseline->empty, &baseline->agreement);
	fill_prices(row);
	row->route = route_of(run, info, row->l0_exits_per_op);
	fill_status(row, &agreement);
	nb_agreement_free(&agreement);
}

static void find_baseline(struct baseline *baseline, const struct nb_run *run, const struct nb_op_info *info)
{
	memset(baseline, 0, sizeof(*baseline));
	baseline->loop = NAN;
	baseline->empty = nb_run_op(run, OP_EMPTY);
	if (!baseline->empty)
		return;
	check(run, baseline->empty, info, &baseline->agreement);
	if (baseline->empty->sample_count) {
		uint64_t *ticks = ticks_of(baseline->empty);

		baseline->loop = nb_stats_summarize(ticks, baseline->empty->sample_count).p50;
		free(ticks);
	}
}

/* Windows are in random order, but rows are not. Operations outside the list come last. */
static const struct nb_op_result **sorted_ops(const struct nb_run *run,
					      const struct nb_op_info *(*get_op)(const char *name))
{
	const struct nb_op_result **sorted = nb_grow(NULL, 0, (run->op_count + 1) * sizeof(struct nb_op_result *));

	for (size_t i = 0; i < run->op_count; i++) {
		const struct nb_op_info *info = get_op(run->ops[i].name);
		size_t at = i;

		for (; at > 0; at--) {
			const struct nb_op_info *other = get_op(sorted[at - 1]->name);

			if (!info || (other && other < info))
				break;
			sorted[at] = sorted[at - 1];
		}
		sorted[at] = &run->ops[i];
	}
	return sorted;
}

/*
 * For our hypervisor as L0, the empty loop of its own operations equals the loop of a guest at the
 * same level, instruction for instruction. So it is shown once, although each stream of records
 * measured it.
 */
static bool is_shown_before(const struct nb_report *report, const struct nb_row *row)
{
	for (const struct nb_row *other = report->rows; strcmp(row->op, OP_EMPTY) == 0 && other < row; other++)
		if (other->run->variant == row->run->variant && strcmp(other->op, row->op) == 0 &&
		    strcmp(other->level, row->level) == 0 && strcmp(other->config, row->config) == 0 &&
		    strcmp(other->l0, row->l0) == 0 && strcmp(other->status, "ok") == 0 &&
		    strcmp(row->status, "ok") == 0 && strcmp(row->l0, "own") == 0)
			return true;
	return false;
}

static void free_row(struct nb_row *row)
{
	free(row->flags);
	free(row->owned_note);
	free(row->mismatch);
}

static void add_row(struct nb_report *report, const struct nb_run *run, const struct nb_op_result *op,
		    const struct nb_op_info *info, const struct baseline *baseline)
{
	struct nb_row *row;

	report->rows = nb_grow(report->rows, report->row_count, sizeof(*report->rows));
	row = &report->rows[report->row_count];
	build_row(row, report, run, op, info, baseline);
	if (is_shown_before(report, row))
		free_row(row);
	else
		report->row_count++;
}

void nb_report_build(struct nb_report *report, const struct nb_results *results, const char *machine,
		     const struct nb_op_info *(*get_op)(const char *name))
{
	memset(report, 0, sizeof(*report));
	report->results = results;
	report->machine = machine;
	for (size_t i = 0; i < results->run_count; i++) {
		const struct nb_run *run = &results->runs[i];
		const struct nb_op_result **ops = sorted_ops(run, get_op);
		struct baseline baseline;

		find_baseline(&baseline, run, get_op(OP_EMPTY));
		for (size_t j = 0; j < run->op_count; j++)
			add_row(report, run, ops[j], get_op(ops[j]->name), &baseline);
		nb_agreement_free(&baseline.agreement);
		free(ops);
	}
}

void nb_report_free(struct nb_report *report)
{
	for (size_t i = 0; i < report->row_count; i++)
		free_row(&report->rows[i]);
	free(report->rows);
	memset(report, 0, sizeof(*report));
}

size_t nb_report_mismatches(const struct nb_report *report)
{
	size_t count = 0;

	for (size_t i = 0; i < report->row_count; i++)
		count += strcmp(report->rows[i].status, "mismatch") == 0;
	return count;
}

double nb_round(double value)
{
	double rounded = round(value * 100.0) / 100.0;

	return rounded == 0.0 ? 0.0 : rounded;
}

const char *nb_cell(const struct nb_row *row, const struct nb_column *column, char *buffer, size_t size)
{
	const void *cell = (const char *)row + column->offset;

	buffer[0] = '\0';
	if (column->kind == NB_TEXT)
		return *(const char *const *)cell;
	if (column->kind == NB_COUNT && *(const uint64_t *)cell != NB_ABSENT)
		snprintf(buffer, size, "%" PRIu64, *(const uint64_t *)cell);
	if (column->kind == NB_REAL && !isnan(*(const double *)cell)) {
		snprintf(buffer, size, "%.2f", nb_round(*(const double *)cell));
		/* Some locales write a comma, which would start another column. */
		for (char *c = buffer; *c; c++)
			if (*c != '-' && (*c < '0' || *c > '9'))
				*c = '.';
	}
	return buffer;
}
