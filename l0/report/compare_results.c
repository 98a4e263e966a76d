// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads results, matches their rows and writes the differences. Its outcome says whether a
 * difference is above the threshold.
 */
#include "l0/report/compare.h"

#include <stdlib.h>
#include <string.h>

#include "l0/base/util.h"
#include "l0/report/compare_table.h"

bool compare__same_clock(const struct comparison *c)
{
	for (size_t i = 1; i < c->results; i++)
		if (strcmp(c->result[0].loaded.clock, c->result[i].loaded.clock) != 0)
			return false;
	return true;
}

const char *compare__side_name(char name[COMPARE_NAME], size_t side)
{
	if (side < 26)
		snprintf(name, COMPARE_NAME, "%c", (char)('A' + side));
	else
		snprintf(name, COMPARE_NAME, "S%u", (unsigned)side % 1000 + 1);
	return name;
}

/* Returns false, after one line, if these results must not be compared. */
static bool may_be_compared(const struct comparison *c)
{
	for (size_t i = 0; i < c->results; i++)
		if (!nb_loaded_is_whole(&c->result[i].loaded) && !c->options->incomplete_anyway) {
			pr_err("%s is incomplete: measure again, or add --incomplete-anyway", c->result[i].path);
			return false;
		}
	for (size_t i = 1; i < c->results; i++) {
		if (strcmp(c->result[0].loaded.clock, c->result[i].loaded.clock) == 0 || c->options->clock_anyway)
			continue;
		pr_err("the clock of %s is %s, that of %s is %s: their ticks cannot be compared (--clock-anyway does it "
		       "nevertheless)",
		       c->result[0].path, c->result[0].loaded.clock, c->result[i].path, c->result[i].loaded.clock);
		return false;
	}
	return true;
}

/*
 * Writes the files. CSV has all rows with all digits, and JSON has everything. Markdown and LaTeX
 * have the printed table.
 */
static bool write_files(struct comparison *c)
{
	const struct table_files *files = &c->options->files;
	struct table_files exact = {{[TABLE_CSV] = files->path[TABLE_CSV]}}, printed = *files;
	struct compare_table table;
	bool good = table_files__put(files, TABLE_JSON, compare_json__put, c);

	printed.path[TABLE_CSV] = printed.path[TABLE_JSON] = NULL;
	compare_table__of_rows(&table, c, true, true);
	good = good && table_files__write(&exact, &table.table);
	compare_table__free(&table);
	compare_table__of_rows(&table, c, c->options->all, false);
	good = good && table_files__write(&printed, &table.table);
	compare_table__free(&table);
	return good;
}

static bool write_all(struct comparison *c)
{
	const struct compare_options *options = c->options;
	bool good = write_files(c);

	if (options->plot)
		good = compare_plot__draw(c, options->plot) && good;
	if (table_files__take_stdout(&options->files))
		return good;
	compare_text__print(c, stdout);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		pr_err("cannot write the comparison to standard output");
		return false;
	}
	return good;
}

static bool is_past_threshold(const struct comparison *c)
{
	for (size_t i = 0; i < c->matches.compared; i++)
		for (size_t side = 1; side < c->sides.count; side++)
			if (compare_threshold__slower(&c->options->threshold, &c->matches.match[i], side) ||
			    compare_threshold__more_exits(&c->options->threshold, &c->matches.match[i], side))
				return true;
	return false;
}

/*
 * Returns true if the results share more than the empty loop. Every result has the empty loop, so
 * it proves nothing unless the results have no other operation.
 */
static bool has_subject(const struct comparison *c)
{
	bool others = false;

	for (size_t i = 0; i < c->matches.count; i++) {
		const struct nb_match *match = &c->matches.match[i];
		const bool empty = strcmp(match->any->op, "empty") == 0;

		if (match->compared && !empty)
			return true;
		others = others || (match->measured && !empty);
	}
	return c->matches.compared > 0 && !others;
}

static enum compare_outcome compare_loaded(struct comparison *c)
{
	const struct compare_options *options = c->options;

	if (!may_be_compared(c) || !nb_sides_build(&c->sides, c->result, c->results, options->by))
		return COMPARE_FAILED;
	if (options->first_alone)
		nb_sides_keep_first(&c->sides);
	nb_matches_build(&c->matches, &c->sides, options->threshold.exits, true, options->seed);
	nb_means_build(&c->means, &c->matches);
	if (!has_subject(c)) {
		pr_err("nothing to compare: no operation has samples both in %s (%s) and on another side",
		       c->result[0].path, c->sides.side[0].head);
		return COMPARE_FAILED;
	}
	if (!write_all(c))
		return COMPARE_FAILED;
	return options->judged && is_past_threshold(c) ? COMPARE_PAST : COMPARE_GOOD;
}

enum compare_outcome compare__results(const struct compare_options *options)
{
	struct comparison *c = calloc(1, sizeof(*c));
	enum compare_outcome outcome = COMPARE_FAILED;
	bool good = true;

	if (!c) {
		pr_err("no memory for the comparison");
		return COMPARE_FAILED;
	}
	c->options = options;
	for (size_t i = 0; i < options->paths && good; i++) {
		c->result[i].path = options->path[i];
		good = table_files__spare(&options->files, options->path[i]) &&
		       nb_load(&c->result[i].loaded, options->path[i]);
		c->results += good;
	}
	if (good)
		outcome = compare_loaded(c);
	nb_means_free(&c->means);
	nb_matches_free(&c->matches);
	nb_sides_free(&c->sides);
	for (size_t i = 0; i < c->results; i++)
		nb_loaded_free(&c->result[i].loaded);
	free(c);
	return outcome;
}
