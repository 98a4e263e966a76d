// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes a comparison as JSON: the sides, every row with a value for each side, the means, and the
 * rows that were not compared.
 */
#include <math.h>
#include <string.h>

#include <jansson.h>

#include "l0/report/compare.h"

/* JSON has neither NAN (not measured) nor INFINITY (a ratio to 0), so both become null. */
static json_t *number(double value)
{
	return isfinite(value) ? json_real(value) : json_null();
}

static json_t *sides_json(const struct comparison *c)
{
	json_t *array = json_array();

	for (size_t i = 0; i < c->sides.count; i++) {
		const struct nb_side *side = &c->sides.side[i];
		const struct nb_loaded *loaded = &side->result->loaded;
		json_t *object = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:b}", "name", side->head,
					   "result", side->result->path, "machine", loaded->machine, "clock",
					   loaded->clock, "kernel", side->names->kernel, "kernel_args",
					   side->names->kernel_args, "cpu", side->names->cpu, "cpu_model", loaded->cpu,
					   "complete", nb_loaded_is_whole(loaded));

		if (c->options->by == NB_BY_CONFIG)
			json_object_set_new(object, "config", json_string(side->names->config));
		if (c->options->by == NB_BY_LEVEL)
			json_object_set_new(object, "level", json_string(side->names->level));
		json_array_append_new(array, object);
	}
	return array;
}

static json_t *name_json(const struct comparison *c, const struct nb_loaded_row *row)
{
	json_t *object = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "op", row->op, "family", nb_family_of(row),
				   "level", row->level, "config", row->config, "route", row->route, "l0", row->l0);

	if (c->options->by != NB_BY_VARIANT) {
		json_object_set_new(object, "kernel", json_string(row->kernel));
		json_object_set_new(object, "kernel_args", json_string(row->kernel_args));
		json_object_set_new(object, "cpu", json_string(row->cpu));
	}
	return object;
}

/* Returns one side of one match. The ratio of the first side is 1. */
static json_t *value_json(const struct comparison *c, const struct nb_match *match, size_t side)
{
	const struct nb_loaded_row *row = match->row[side];
	const struct compare_threshold *t = &c->options->threshold;
	double median = match->ratio[side].median_b;

	if (!row)
		return json_null();
	if (!(match->measured >> side & 1))
		return json_pack("{s:i, s:s, s:s}", "n", 0, "status", row->status, "note", row->note);
	for (size_t i = 1; side == 0 && i < c->sides.count; i++)
		if (match->measured >> i & 1)
			median = match->ratio[i].median_a;
	return json_pack("{s:I, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:b}", "n", (json_int_t)row->sample_count,
			 "status", row->status, "note", row->note, "p50", number(median), "net_p50",
			 number(row->net_p50), "exits", number(row->exits), "ratio",
			 side ? number(match->ratio[side].ratio) : json_real(1), "low",
			 side ? number(match->ratio[side].low) : json_real(1), "high",
			 side ? number(match->ratio[side].high) : json_real(1), "slower",
			 side && compare_threshold__slower(t, match, side), "more_exits",
			 side && compare_threshold__more_exits(t, match, side));
}

/* Returns the matches that were compared, or the matches that were not. */
static json_t *rows_json(const struct comparison *c, bool compared)
{
	json_t *array = json_array();

	for (size_t i = 0; i < c->matches.count; i++) {
		const struct nb_match *match = &c->matches.match[i];
		json_t *object, *values;

		if (match->compared != compared)
			continue;
		object = name_json(c, match->any);
		values = json_array();
		for (size_t side = 0; side < c->sides.count; side++)
			json_array_append_new(values, value_json(c, match, side));
		json_object_set_new(object, "sides", values);
		if (compared)
			json_object_set_new(object, "differs", json_boolean(match->differs));
		json_array_append_new(array, object);
	}
	return array;
}

static json_t *means_json(const struct comparison *c)
{
	json_t *array = json_array();

	for (size_t i = 0; i < c->means.count; i++) {
		const struct nb_family_means *family = &c->means.family[i];
		json_t *values = json_array();

		for (size_t side = 0; side < c->sides.count; side++) {
			const struct nb_mean *mean = &family->side[side];

			json_array_append_new(values,
					      json_pack("{s:o, s:I, s:o, s:I}", "exiting", number(mean->exiting),
							"exiting_rows", (json_int_t)mean->exiting_rows, "all",
							number(mean->all), "all_rows", (json_int_t)mean->all_rows));
		}
		json_array_append_new(array, json_pack("{s:s, s:o}", "family", family->family, "sides", values));
	}
	return array;
}

static json_t *comparison_json(const struct comparison *c)
{
	const struct compare_options *options = c->options;

	return json_pack("{s:o, s:i, s:I, s:{s:b, s:f, s:f}, s:o, s:o, s:o, s:o}", "warning",
			 compare__same_clock(c) ? json_null()
						: json_string("the clocks of these sides differ: a ratio means nothing "
							      "physical"),
			 "resamples", NB_RESAMPLES, "seed", (json_int_t)options->seed, "threshold", "judged",
			 options->judged, "exits", options->threshold.exits, "ticks_percent", options->threshold.ticks,
			 "sides", sides_json(c), "rows", rows_json(c, true), "means", means_json(c), "not_compared",
			 rows_json(c, false));
}

bool compare_json__put(FILE *out, void *data)
{
	json_t *root = comparison_json(data);
	const bool good = root && json_dumpf(root, out, JSON_INDENT(1) | JSON_REAL_PRECISION(15)) == 0 &&
			  fputc('\n', out) != EOF;

	json_decref(root);
	return good;
}
