// SPDX-License-Identifier: GPL-2.0-only
/*
 * Compares a result with the reference, row by row. The allowed band
 * depends on how similar the two set-ups are.
 */
#include "l0/report/verify.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "l0/base/util.h"
#include "microbench/ops.h"
#include "microbench/stats.h"

/* Share of the median. The code of this project changes between two results of the same set-up. */
#define SAME_SHARE 0.03
/*
 * An update of a kernel changes code paths a little. Many medians are below 60 ticks, where a few
 * ticks are many percent.
 */
#define SERIES_SHARE 0.20
#define WIDE_TICKS   30.0
/*
 * Between Linux 6.1 and 6.12 an operation differs by up to 21%. A larger factor than this is a
 * mistake in nestbed.
 */
#define OTHER_FACTOR 2.0

/* Maximum cost of one event request of KVM, in ticks. Measured: 329 to 355. */
#define REQUEST_TICKS 400.0

/* Exits have two decimals in the files. */
#define EXITS_EQUAL 0.005
/*
 * The exits of an execution may differ by this share, or this number, if a policy or the time
 * decides them. The first executions of a window also have exits that later ones do not have. So
 * results with other sample counts differ a little.
 */
#define COUNTED_SHARE 0.10
#define COUNTED_EXITS 0.10

/* --- The band --- */

/*
 * Returns the length of the series at the start of a kernel's name: "6.1" in "6.1.0-57-cloud-amd64
 * ...". Returns 0 if the text does not start with a series.
 */
static size_t series_length(const char *kernel)
{
	size_t major = strspn(kernel, "0123456789"), minor;

	if (major == 0 || kernel[major] != '.')
		return 0;
	minor = strspn(kernel + major + 1, "0123456789");
	return minor ? major + 1 + minor : 0;
}

static const char *meta(const struct nb_loaded *loaded, const char *key)
{
	const char *value = nb_loaded_metadata(loaded, key);

	return value && *value ? value : NULL;
}

static bool same_series(const char *a, const char *b)
{
	size_t length = a && b ? series_length(a) : 0;

	return length && length == series_length(b) && strncmp(a, b, length) == 0;
}

/*
 * Returns true if all rows come from one machine. Then the metadata describe the machine better
 * than the rows.
 */
static bool is_single(const struct nb_loaded *loaded)
{
	for (size_t i = 1; i < loaded->row_count; i++)
		if (!nb_loaded_same_machine(&loaded->rows[0], &loaded->rows[i]))
			return false;
	return true;
}

static void differ(struct verify_band *band, const char *what, const char *mine, const char *its)
{
	if (band->kind == VERIFY_SAME)
		snprintf(band->why, sizeof(band->why), "%s: %.80s, the reference has %.80s", what,
			 mine && *mine ? mine : "unknown", its && *its ? its : "unknown");
	if (band->kind < VERIFY_SERIES)
		band->kind = VERIFY_SERIES;
}

void verify__choose(const struct nb_loaded *result, const struct nb_loaded_row *row, const struct nb_loaded *reference,
		    struct verify_band *band)
{
	static const char *const keys[] = {"emulator", "compiler"};
	const bool by_metadata = is_single(result) && is_single(reference);
	const char *kernel = by_metadata ? meta(result, "kernel") : row->kernel;
	const char *its_kernel = by_metadata ? meta(reference, "kernel") : reference->rows[0].kernel;

	band->kind = VERIFY_SAME;
	snprintf(band->why, sizeof(band->why), "kernel, emulator and compiler are those of the reference");
	if (!kernel || !its_kernel || strcmp(kernel, its_kernel) != 0) {
		differ(band, "kernel", kernel, its_kernel);
		if (!same_series(kernel, its_kernel))
			band->kind = VERIFY_OTHER;
	}
	if (strcmp(row->kernel_args, reference->rows[0].kernel_args) != 0)
		differ(band, "kernel_args", *row->kernel_args ? row->kernel_args : "none",
		       reference->rows[0].kernel_args);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const char *mine = meta(result, keys[i]), *its = meta(reference, keys[i]);

		if (!mine || !its || strcmp(mine, its) != 0)
			differ(band, keys[i], mine, its);
	}
}

const char *verify__width(enum verify_kind kind)
{
	switch (kind) {
	case VERIFY_SAME:
		return "within 3%";
	case VERIFY_SERIES:
		return "within 20% or 30 ticks";
	default:
		return "within a factor of 2 or 30 ticks";
	}
}

bool verify__ticks_agree(enum verify_kind kind, double ticks, double reference, double requests)
{
	/* The distance that event requests explain is subtracted. */
	double distance = fmax(0, fabs(ticks - reference) - REQUEST_TICKS * fabs(requests));

	if (kind == VERIFY_SAME)
		return distance <= SAME_SHARE * reference;
	if (distance <= WIDE_TICKS)
		return true;
	if (kind == VERIFY_SERIES)
		return distance <= SERIES_SHARE * reference;
	return ticks > reference ? distance <= (OTHER_FACTOR - 1) * reference : distance <= reference / OTHER_FACTOR;
}

/* --- The rows --- */

/* Returns the event requests of one execution, or 0 if no witness counts them. */
static double requests_of(const struct nb_loaded_row *row)
{
	for (size_t i = 0; i < row->counter_count; i++)
		if (strcmp(row->counters[i].key, "kvm.req_event") == 0)
			return (double)row->counters[i].value / (double)row->sample_count;
	return 0;
}

/* Returns true if the list of operations predicts the exits of this row. */
static bool is_predicted(const struct nb_loaded_row *row)
{
	const struct nb_op_info *info = nb_op_get(row->op);

	if (!info)
		return false;
	if (strcmp(row->level, "L1") == 0 && strcmp(row->l0, "kvm") == 0)
		return info->kvm != NB_COUNTED;
	return info->l1 != NB_COUNTED && info->l0 != NB_COUNTED;
}

/*
 * Returns true if both results have the same sampling request. On the same set-up every count must
 * then be equal.
 */
static bool same_sampling(const struct nb_loaded *result, const struct nb_loaded *reference)
{
	static const char *const keys[] = {"iterations", "warmup", "seed"};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const char *mine = meta(result, keys[i]), *its = meta(reference, keys[i]);

		if (!mine || !its || strcmp(mine, its) != 0)
			return false;
	}
	return true;
}

static bool exits_agree(bool all_equal, const struct nb_loaded_row *row, const struct nb_loaded_row *reference)
{
	double distance = fabs(row->exits - reference->exits);

	if (isnan(row->exits) || isnan(reference->exits))
		return isnan(row->exits) && isnan(reference->exits);
	if (distance < EXITS_EQUAL)
		return true;
	return !all_equal && !is_predicted(row) && distance <= fmax(COUNTED_EXITS, COUNTED_SHARE * reference->exits);
}

static void print_name(FILE *out, const struct nb_loaded_row *row)
{
	fprintf(out, "%s %s %s%s%s (l0=%s): ", row->op, row->level, row->route, row->config[0] ? " " : "", row->config,
		row->l0);
}

static unsigned row_differences(const struct nb_loaded_row *row, const struct nb_loaded_row *reference,
				enum verify_kind kind, bool all_equal, FILE *out)
{
	unsigned differences = 0;
	double ticks, its;

	if ((row->sample_count == 0) != (reference->sample_count == 0)) {
		print_name(out, row);
		fprintf(out, "%s, the reference has it %s\n", row->status, reference->status);
		return 1;
	}
	if (row->sample_count == 0)
		return 0;
	if (is_predicted(row) && strcmp(row->route, reference->route) != 0) {
		print_name(out, row);
		fprintf(out, "the reference has route %s\n", reference->route);
		differences++;
	}
	if (!exits_agree(all_equal, row, reference)) {
		print_name(out, row);
		fprintf(out, "%.2f exits, the reference has %.2f\n", row->exits, reference->exits);
		differences++;
	}
	ticks = nb_stats_summarize(row->samples, row->sample_count).p50;
	its = nb_stats_summarize(reference->samples, reference->sample_count).p50;
	if (!verify__ticks_agree(kind, ticks, its, requests_of(row) - requests_of(reference))) {
		print_name(out, row);
		fprintf(out, "%.2f ticks, the reference has %.2f\n", ticks, its);
		differences++;
	}
	return differences;
}

/*
 * Finds the row of the same measurement on the machine of `machine`. Its route may differ: if a
 * policy decides the route, the route follows from the exits.
 */
static const struct nb_loaded_row *find_row(const struct nb_loaded *in, const struct nb_loaded_row *row,
					    const struct nb_loaded_row *machine)
{
	for (size_t i = 0; i < in->row_count; i++) {
		const struct nb_loaded_row *other = &in->rows[i];

		if (strcmp(other->op, row->op) == 0 && strcmp(other->level, row->level) == 0 &&
		    strcmp(other->config, row->config) == 0 && strcmp(other->l0, row->l0) == 0 &&
		    nb_loaded_same_machine(other, machine))
			return other;
	}
	return NULL;
}

unsigned verify__differences(const struct nb_loaded *result, const struct nb_loaded_row *machine,
			     const struct nb_loaded *reference, const struct verify_band *band, bool part, FILE *out)
{
	bool all_equal = band->kind == VERIFY_SAME && same_sampling(result, reference);
	unsigned differences = 0;

	for (size_t i = 0; i < result->row_count; i++) {
		const struct nb_loaded_row *row = &result->rows[i], *its;

		if (!nb_loaded_same_machine(row, machine))
			continue;
		its = find_row(reference, row, &reference->rows[0]);
		if (its) {
			differences += row_differences(row, its, band->kind, all_equal, out);
			continue;
		}
		print_name(out, row);
		fprintf(out, "the reference has no such row\n");
		differences++;
	}
	for (size_t i = 0; !part && i < reference->row_count; i++) {
		if (find_row(result, &reference->rows[i], machine))
			continue;
		print_name(out, &reference->rows[i]);
		fprintf(out, "only the reference has this row\n");
		differences++;
	}
	return differences;
}

bool verify__are_comparable(const struct nb_loaded *result, const struct nb_loaded *reference,
			    const char *const path[2])
{
	if (strcmp(result->machine, reference->machine) != 0 || strcmp(result->clock, reference->clock) != 0) {
		pr_err("the result is of machine %s and clock %s, the reference of %s and %s: name a reference of the same",
		       result->machine, result->clock, reference->machine, reference->clock);
		return false;
	}
	if (!nb_loaded_is_whole(result) || !nb_loaded_is_whole(reference)) {
		pr_err("%s is incomplete: measure it again", path[nb_loaded_is_whole(result)]);
		return false;
	}
	if (!is_single(reference)) {
		pr_err("the reference is of several kernels or CPUs: name one that is of one");
		return false;
	}
	for (size_t i = 0; i < result->row_count; i++) {
		const char *cpu = is_single(result) ? result->cpu : result->rows[i].cpu;
		const char *its = is_single(result) ? reference->cpu : reference->rows[0].cpu;

		if (strcmp(cpu, its) != 0) {
			pr_err("the result is of the CPU %s, the reference of %s: name a reference of the same", cpu,
			       its);
			return false;
		}
	}
	return true;
}
