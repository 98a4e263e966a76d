// SPDX-License-Identifier: GPL-2.0-only
/* Parses --threshold, and compares matched rows with it. */
#include "l0/report/compare_threshold.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FORM "--threshold exits=0.05,ticks=5%, or one of both"

/*
 * Returns the value after "name=" in a word of `length` bytes. Returns NAN if it is not a number of
 * 0 or more, followed by `unit`.
 */
static double value_of(const char *word, size_t length, size_t name, const char *unit)
{
	char copy[32], *end;
	double value;

	if (length - name >= sizeof(copy))
		return NAN;
	memcpy(copy, word + name, length - name);
	copy[length - name] = '\0';
	/* strtod() also accepts "inf", "0x1" and leading spaces. */
	if (strspn(copy, "0123456789.") == 0)
		return NAN;
	value = strtod(copy, &end);
	return end == copy + strspn(copy, "0123456789.") && strcmp(end, unit) == 0 && isfinite(value) ? value : NAN;
}

static bool parse_word(struct compare_threshold *threshold, const char *word, size_t length, bool given[2],
		       char why[COMPARE_WHY])
{
	static const char *const names[] = {"exits=", "ticks="}, *const units[] = {"", "%"};
	static const char *const wanted[] = {"a number of exits for one execution, like exits=0.05",
					     "a percentage, like ticks=5%"};
	double *const value[] = {&threshold->exits, &threshold->ticks};

	for (size_t i = 0; i < 2; i++) {
		if (strncmp(word, names[i], strlen(names[i])) != 0)
			continue;
		if (given[i]) {
			snprintf(why, COMPARE_WHY, "%.*s is there twice", (int)strlen(names[i]) - 1, names[i]);
			return false;
		}
		given[i] = true;
		*value[i] = value_of(word, length, strlen(names[i]), units[i]);
		if (!isnan(*value[i]))
			return true;
		snprintf(why, COMPARE_WHY, "%.*s is not %s", (int)(length < 40 ? length : 40), word, wanted[i]);
		return false;
	}
	if (length && strspn(word, "0123456789.%") >= length)
		snprintf(why, COMPARE_WHY, "a plain number does not say what may grow: %s", FORM);
	else
		snprintf(why, COMPARE_WHY, "'%.*s' is neither exits= nor ticks=: %s", (int)(length < 40 ? length : 40),
			 word, FORM);
	return false;
}

bool compare_threshold__parse(struct compare_threshold *threshold, const char *text, char why[COMPARE_WHY])
{
	bool given[2] = {false, false};

	*threshold = COMPARE_THRESHOLD_DEFAULT;
	for (;; text++) {
		const size_t length = strcspn(text, ",");

		if (!parse_word(threshold, text, length, given, why))
			return false;
		text += length;
		if (!*text)
			return true;
	}
}

/* 107 / 100 is exactly 7% more; 1 + 0.07 may be less. */
double compare_threshold__ratio(const struct compare_threshold *threshold)
{
	return (100 + threshold->ticks) / 100;
}

/* A side without samples has NAN, which compares as false. */
bool compare_threshold__slower(const struct compare_threshold *threshold, const struct nb_match *match, size_t side)
{
	return match->ratio[side].low > compare_threshold__ratio(threshold);
}

bool compare_threshold__more_exits(const struct compare_threshold *threshold, const struct nb_match *match, size_t side)
{
	return match->measured & 1 && match->measured >> side & 1 &&
	       nb_exceeds(match->row[side]->exits, match->row[0]->exits, threshold->exits);
}
