// SPDX-License-Identifier: GPL-2.0-only
/*
 * Turns the windows of a pointer chase into points, and computes the cost of a TLB miss from the
 * points.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "l0/base/allocate.h"
#include "l0/base/util.h"
#include "l0/experiments/chase_miss.h"

/* The bootstrap has a fixed seed, so that equal samples give equal files. */
#define SEED 1

bool chase__is_run(const struct nb_run *run)
{
	for (unsigned i = 0; i < NB_CHASE_POINTS; i++) {
		const struct nb_chase_point point = nb_chase_point(i);
		char name[NB_OP_NAME_LEN];

		nb_chase_name(&point, name);
		if (nb_run_op(run, name))
			return true;
	}
	return false;
}

static struct chase_cell read_cell(const struct nb_op_result *op)
{
	struct chase_cell cell = {.there = true, .skip = op->skip};
	uint64_t *ticks = NULL;

	for (size_t i = 0; i < op->sample_count; i++) {
		ticks = nb_grow(ticks, i, sizeof(*ticks));
		ticks[i] = op->samples[i].ticks;
	}
	cell.ticks = nb_stats_summarize(ticks, op->sample_count);
	cell.p50 = nb_bootstrap_median(ticks, op->sample_count, SEED);
	free(ticks);
	return cell;
}

bool chase__read(const struct nb_run *run, struct chase_level *level)
{
	bool good = true;

	*level = (struct chase_level){.run = run};
	for (unsigned i = 0; i < NB_CHASE_POINTS; i++) {
		const struct nb_chase_point point = nb_chase_point(i);
		const struct nb_op_result *op;
		char name[NB_OP_NAME_LEN];

		nb_chase_name(&point, name);
		op = nb_run_op(run, name);
		if (!op)
			continue;
		level->cell[i] = read_cell(op);
		if (op->closed < op->windows)
			level->cell[i].skip = "the run ended before it was measured";
		good = good && op->closed == op->windows && (op->skip || op->sample_count);
	}
	return good;
}

/* The runs are in the order of their first windows, so they are sorted here. */
static int by_level(const void *a, const void *b)
{
	const struct nb_run *one = ((const struct chase_level *)a)->run, *other = ((const struct chase_level *)b)->run;
	const int order = strcmp(one->level, other->level);

	return order ? order : strcmp(one->config, other->config);
}

bool chase__read_all(const struct nb_results *results, struct chase_level **levels, size_t *count)
{
	bool good = true;

	*levels = NULL;
	*count = 0;
	for (size_t i = 0; i < results->run_count; i++) {
		if (!chase__is_run(&results->runs[i]))
			continue;
		*levels = nb_grow(*levels, *count, sizeof(**levels));
		good = chase__read(&results->runs[i], &(*levels)[(*count)++]) && good;
	}
	if (*count)
		qsort(*levels, *count, sizeof(**levels), by_level);
	return good;
}

/* The median and its confidence interval, in ticks per load. */
struct part {
	double p50, low, high;
};

static struct part part_of(const struct chase_level *level, enum nb_chase_layout layout, enum nb_chase_order order,
			   unsigned set)
{
	const struct chase_cell *cell = &level->cell[nb_chase_number(layout, order, set)];

	if (!cell->there || cell->skip || !cell->ticks.n)
		return (struct part){NAN, NAN, NAN};
	return (struct part){cell->ticks.p50 / NB_CHASE_LOADS, cell->p50.low / NB_CHASE_LOADS,
			     cell->p50.high / NB_CHASE_LOADS};
}

/*
 * The interval of a difference is widest if both ends err in opposite directions. This bound
 * assumes that.
 */
static struct part less(struct part a, struct part b)
{
	return (struct part){a.p50 - b.p50, a.low - b.high, a.high - b.low};
}

struct chase_miss chase__miss(const struct chase_level *level, enum nb_chase_layout layout, enum nb_chase_order order,
			      unsigned set)
{
	struct part rise, caches, translation;

	if (set <= CHASE_REACH || order != NB_CHASE_RANDOM)
		return (struct chase_miss){NAN, NAN, NAN, NAN, NAN};
	rise = less(part_of(level, layout, order, set), part_of(level, layout, order, CHASE_REACH));
	caches = less(part_of(level, NB_CHASE_DENSE, order, set), part_of(level, NB_CHASE_DENSE, order, CHASE_REACH));
	translation = less(rise, caches);
	return (struct chase_miss){rise.p50, caches.p50, translation.p50, translation.low, translation.high};
}

int chase__largest(const struct chase_level *level, enum nb_chase_layout layout, enum nb_chase_order order)
{
	int set = NB_CHASE_SETS - 1;

	while (set >= 0 && isnan(part_of(level, layout, order, (unsigned)set).p50))
		set--;
	return set;
}

bool chase__is_splintered(const struct chase_level *level)
{
	/*
	 * 2 MiB: 512 lines, each in its own 4 KiB page, which is more than a first-level TLB holds
	 */
	const unsigned one_page = 7;
	const double small = chase__miss(level, NB_CHASE_4K, NB_CHASE_RANDOM, one_page).translation;
	const double large = chase__miss(level, NB_CHASE_2M, NB_CHASE_RANDOM, one_page).translation;

	return small > 1 && large > small / 2;
}

uint64_t chase__page(const struct chase_level *level, enum nb_chase_layout layout)
{
	bool small = layout == NB_CHASE_4K;

	for (size_t i = 0; layout == NB_CHASE_DENSE && i < level->run->text_count; i++)
		if (strcmp(level->run->texts[i].key, "chase.dense") == 0)
			small = strcmp(level->run->texts[i].value, "4K") == 0;
	return small ? 4096 : 2ull << 20;
}

const char *chase__size(uint64_t bytes, char text[CHASE_SIZE])
{
	const char *unit = "KMGT";

	for (bytes >>= 10; bytes >= 1024; bytes >>= 10)
		unit++;
	text__format(text, CHASE_SIZE, "%u%c", (unsigned)bytes, *unit);
	return text;
}
