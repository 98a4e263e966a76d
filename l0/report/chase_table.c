// SPDX-License-Identifier: GPL-2.0-only
/* Writes a pointer chase as tables, sentences and a CSV. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "l0/base/util.h"
#include "l0/experiments/chase_miss.h"

#define LOADS ((double)NB_CHASE_LOADS)

static struct nb_chase_point point_of(enum nb_chase_layout layout, enum nb_chase_order order, unsigned set)
{
	return nb_chase_point(nb_chase_number(layout, order, set));
}

static void put_number(FILE *out, int width, double value)
{
	if (isnan(value))
		fprintf(out, " %*s", width, "-");
	else
		fprintf(out, " %*.*f", width, value < 999.95 ? 1 : 0, value);
}

static bool is_asked(const struct chase_level *level, unsigned set)
{
	for (unsigned i = set; i < NB_CHASE_POINTS; i += NB_CHASE_SETS)
		if (level->cell[i].there)
			return true;
	return false;
}

static void print_rows(FILE *out, const struct chase_level *level)
{
	char size[CHASE_SIZE];

	fprintf(out, "%-5s %8s ", "set", "lines");
	for (unsigned order = 0; order < NB_CHASE_ORDERS; order++)
		fprintf(out, "  %14s: 4K %8s %8s%s", nb_chase_order_text[order], "2M", "dense",
			order == NB_CHASE_RANDOM ? "     miss" : "");
	fputc('\n', out);
	for (unsigned set = 0; set < NB_CHASE_SETS; set++) {
		const struct nb_chase_point point = point_of(NB_CHASE_4K, 0, set);

		if (!is_asked(level, set))
			continue;
		fprintf(out, "%-5s %8llu ", chase__size(point.set, size), (unsigned long long)nb_chase_lines(&point));
		for (unsigned order = 0; order < NB_CHASE_ORDERS; order++) {
			fprintf(out, "          ");
			for (unsigned layout = 0; layout < NB_CHASE_LAYOUTS; layout++) {
				const struct chase_cell *cell = &level->cell[nb_chase_number(layout, order, set)];

				put_number(out, 8, cell->ticks.n ? cell->ticks.p50 / LOADS : NAN);
			}
			if (order == NB_CHASE_RANDOM)
				put_number(out, 8, chase__miss(level, NB_CHASE_4K, order, set).translation);
		}
		fputc('\n', out);
	}
}

/*
 * Returns the reason why nothing was measured, or NULL if something was measured or the reasons
 * differ.
 */
static const char *only_reason(const struct chase_level *level)
{
	const char *reason = NULL;

	for (unsigned i = 0; i < NB_CHASE_POINTS; i++) {
		const struct chase_cell *cell = &level->cell[i];

		if (!cell->there)
			continue;
		if (!cell->skip || (reason && strcmp(reason, cell->skip) != 0))
			return NULL;
		reason = cell->skip;
	}
	return reason;
}

/* Prints one line for adjacent points that were skipped for the same reason. */
static void print_skipped(FILE *out, const struct chase_level *level)
{
	char from[CHASE_SIZE], to[CHASE_SIZE];

	for (unsigned i = 0, last; i < NB_CHASE_POINTS; i = last + 1) {
		const struct nb_chase_point point = nb_chase_point(i);

		last = i;
		if (!level->cell[i].skip)
			continue;
		while ((last + 1) % NB_CHASE_SETS && level->cell[last + 1].skip &&
		       strcmp(level->cell[last + 1].skip, level->cell[i].skip) == 0)
			last++;
		fprintf(out, "not measured: %s, %s, %s to %s: %s\n", nb_chase_order_text[point.order],
			nb_chase_layout_text[point.layout], chase__size(point.set, from),
			chase__size(nb_chase_point(last).set, to), level->cell[i].skip);
	}
}

/* Returns the miss cost relative to L0's at the same set, or NAN without L0. */
static double times_l0(const struct chase_level *levels, size_t count, double miss, enum nb_chase_layout layout,
		       unsigned set)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(levels[i].run->level, "L0") == 0)
			return miss / chase__miss(&levels[i], layout, NB_CHASE_RANDOM, set).translation;
	return NAN;
}

static void print_miss(FILE *out, const struct chase_source *source, const struct chase_level *levels, size_t count,
		       const struct chase_level *level, enum nb_chase_layout layout, unsigned set)
{
	const struct nb_chase_point point = point_of(layout, NB_CHASE_RANDOM, set);
	const struct chase_miss miss = chase__miss(level, layout, NB_CHASE_RANDOM, set);
	const uint64_t page = chase__page(level, layout);
	char size[CHASE_SIZE];

	if (isnan(miss.translation))
		return;
	fprintf(out, "%-5s %-5s %8llu of %s", level->run->level, chase__size(point.set, size),
		(unsigned long long)((point.set + page - 1) / page), layout == NB_CHASE_2M ? "2M" : "4K");
	put_number(out, 8, miss.rise);
	put_number(out, 8, miss.caches);
	put_number(out, 8, miss.translation);
	fprintf(out, "  (%.1f to %.1f)", miss.low, miss.high);
	if (!isnan(source->khz))
		fprintf(out, "  %.1f ns", miss.translation * 1e6 / source->khz);
	if (strcmp(level->run->level, "L0") != 0 && isfinite(times_l0(levels, count, miss.translation, layout, set)))
		fprintf(out, "  %.1f times L0's", times_l0(levels, count, miss.translation, layout, set));
	fputc('\n', out);
}

static bool has_miss(const struct chase_level *levels, size_t count)
{
	for (size_t i = 0; i < count; i++)
		for (unsigned layout = 0; layout < NB_CHASE_DENSE; layout++)
			for (unsigned set = 0; set < NB_CHASE_SETS; set++)
				if (!isnan(chase__miss(&levels[i], layout, NB_CHASE_RANDOM, set).translation))
					return true;
	return false;
}

/*
 * Prints the misses at three sizes of the set. A set of 2 MiB has 512 pages: no first-level TLB
 * holds them, and most second-level TLBs do. A set of 64 MiB has 16384 pages, and no second-level
 * TLB holds them. At the largest set the page tables no longer fit in the caches.
 */
static void print_misses(FILE *out, const struct chase_source *source, const struct chase_level *levels, size_t count)
{
	static const int told[] = {7, 12};
	char size[CHASE_SIZE];

	if (!has_miss(levels, count))
		return;
	fprintf(out, "\nwhat a miss costs, random order: ticks a load beyond those at %s, which every TLB reaches\n",
		chase__size(NB_CHASE_SET_MIN << CHASE_REACH, size));
	fprintf(out, "%-5s %-5s %14s %8s %8s %8s  %s\n", "level", "set", "pages", "all", "caches'", "miss",
		"(95% interval)");
	for (size_t i = 0; i < count; i++)
		for (unsigned layout = 0; layout < NB_CHASE_DENSE; layout++) {
			const int largest = chase__largest(&levels[i], layout, NB_CHASE_RANDOM);

			for (size_t j = 0; j < sizeof(told) / sizeof(told[0]); j++)
				if (told[j] < largest)
					print_miss(out, source, levels, count, &levels[i], layout, (unsigned)told[j]);
			if (largest > 0)
				print_miss(out, source, levels, count, &levels[i], layout, (unsigned)largest);
		}
}

static long text_number(const struct nb_run *run, const char *key)
{
	for (size_t i = 0; i < run->text_count; i++)
		if (strcmp(run->texts[i].key, key) == 0)
			return strtol(run->texts[i].value, NULL, 10);
	return -1;
}

static void print_pages(FILE *out, const struct chase_level *level)
{
	const long memory = text_number(level->run, "chase.memory_kib");

	if (memory >= 0)
		fprintf(out, "%s: L0 has %ld of the %ld MiB of this VM's memory in pages of 2 MiB\n", level->run->level,
			text_number(level->run, "chase.huge_kib") / 1024, memory / 1024);
	if (chase__is_splintered(level))
		fprintf(out,
			"%s: a single page of 2 MiB misses as 512 of 4 KiB do, so it is none for the TLB, as where a hypervisor below "
			"maps it by smaller ones; dense misses likewise from some 16M on, and a miss costs more than is shown by that\n",
			level->run->level);
}

void chase__print(FILE *out, const struct chase_source *source, const struct chase_level *levels, size_t count)
{
	fprintf(out, "a pointer chase, medians in ticks a load; machine %s (%s), clock %s", source->machine,
		source->cpu, source->clock);
	if (!isnan(source->khz))
		fprintf(out, " (%.3f ns a tick)", 1e6 / source->khz);
	fprintf(out,
		"\n4K, 2M: a line each 4 KiB of the set, in pages of this size; dense: as many lines in few pages, which is the "
		"control (in sequential order its lines are fetched ahead)\nmiss: how much 4K has risen since %s beyond what dense has\n",
		chase__size(NB_CHASE_SET_MIN << CHASE_REACH, (char[CHASE_SIZE]){0}));
	for (size_t i = 0; i < count; i++) {
		const struct nb_run *run = levels[i].run;

		fprintf(out, "\nlevel %s, l0 %s%s%s\n", run->level, run->l0, *run->config ? ", " : "", run->config);
		if (only_reason(&levels[i])) {
			fprintf(out, "not measured: %s\n", only_reason(&levels[i]));
			continue;
		}
		print_rows(out, &levels[i]);
		print_skipped(out, &levels[i]);
	}
	print_misses(out, source, levels, count);
	for (size_t i = 0; i < count; i++)
		print_pages(out, &levels[i]);
	if (source->in_vm)
		fprintf(out,
			"this computer is itself a virtual machine (CPUID): a walk of its L0 may have two dimensions already\n");
}

static void put_optional(FILE *out, double value)
{
	if (!isnan(value))
		fprintf(out, "%.3f", value);
	fputc(',', out);
}

static void put_point(FILE *out, const struct chase_source *source, const struct chase_level *level, unsigned number)
{
	const struct nb_chase_point point = nb_chase_point(number);
	const struct chase_cell *cell = &level->cell[number];
	const struct nb_run *run = level->run;
	const uint64_t page = chase__page(level, point.layout);
	struct chase_miss miss = {.translation = NAN, .low = NAN, .high = NAN};

	fprintf(out, "%s,%s,%s,", source->machine, source->in_vm ? "yes" : "no", source->clock);
	if (!isnan(source->khz))
		fprintf(out, "%.0f", source->khz);
	fprintf(out, ",\"%s\",%s,%s,%s,%s,%s,%llu,%llu,%llu,%llu,%zu,%u,", source->cpu, run->l0, run->config,
		run->level, nb_chase_order_text[point.order], point.layout == NB_CHASE_DENSE ? "dense" : "line-each-4K",
		(unsigned long long)page >> 10, (unsigned long long)point.set >> 10,
		(unsigned long long)nb_chase_lines(&point),
		(unsigned long long)((nb_chase_span(&point) + page - 1) / page), cell->ticks.n, NB_CHASE_LOADS);
	if (cell->skip) {
		fprintf(out, ",,,,,,,,,not measured,\"%s\"\n", cell->skip);
		return;
	}
	if (point.layout != NB_CHASE_DENSE)
		miss = chase__miss(level, point.layout, point.order, number % NB_CHASE_SETS);
	fprintf(out, "%.3f,%.3f,%.3f,%.3f,%.3f,%.3f,", (double)cell->ticks.min / LOADS, cell->ticks.p50 / LOADS,
		cell->p50.low / LOADS, cell->p50.high / LOADS, cell->ticks.p90 / LOADS, cell->ticks.mad / LOADS);
	put_optional(out, miss.translation);
	put_optional(out, miss.low);
	put_optional(out, miss.high);
	fputs("ok,\n", out);
}

void chase__put_csv(FILE *out, const struct chase_source *source, const struct chase_level *levels, size_t count)
{
	fputs("machine,in_vm,clock,tsc_khz,cpu,l0,config,level,order,layout,page_kib,set_kib,lines,pages,n,loads,min_ticks,p50_ticks,"
	      "p50_low_ticks,p50_high_ticks,p90_ticks,mad_ticks,miss_ticks,miss_low_ticks,miss_high_ticks,status,note\n",
	      out);
	for (size_t i = 0; i < count; i++)
		for (unsigned number = 0; number < NB_CHASE_POINTS; number++)
			if (levels[i].cell[number].there)
				put_point(out, source, &levels[i], number);
}
