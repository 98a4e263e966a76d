/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Command lines of every program: argp, and what it leaves to each option: repetition, empty values, unknown options with a hint, words
 * of older versions, numbers.
 */
#ifndef NB_L0_OPTIONS_H
#define NB_L0_OPTIONS_H

#include <argp.h>
#include <stdbool.h>

/* An option that a command had once: "--output" or "-j", and what to say now. */
struct option_renamed {
	const char *old, *now;
};

#define OPTIONS_GIVEN_MAX 64

/* The options of a command line, by their long names, or as "q" where there is none. Each once. */
struct options_given {
	const char *name[OPTIONS_GIVEN_MAX];
	unsigned count;
};

/* Is that option among them? */
bool options_given__has(const struct options_given *given, const char *name);

/*
 * argp_parse() of a command. Before anything is parsed it ends the program with NB_EXIT_USAGE, after one line, if an option
 * - is given twice, unless its long name is in adding (NULL-terminated, or NULL), the options whose values add up;
 * - has an empty value, unless its argument is called WORDS;
 * - has a LIST with an empty item or a repeated item;
 * - wants a value and has none, or the next option in its place;
 * - is unknown: with the names that are near, or what renamed (old is NULL behind the last, or NULL) says about it.
 * given: filled if it is not NULL.
 */
void options__parse(const struct argp *argp, int argc, char **argv, const char *const *adding,
		    const struct option_renamed *renamed, struct options_given *given, void *input);

/*
 * For the completion of command lines. take: gets all options of a command, the word that stands for its arguments in the
 * help ("[FOLDER...]"; NULL: there are none) and the options that may be repeated (NULL-terminated, or NULL). It returns
 * NULL, or one argument that the command's parsers read for the names that they would suggest (suggest__listen()).
 * From now on options__parse() does this and ends the program with NB_EXIT_GOOD.
 */
typedef const char *options_taker(const struct argp_option *const *option, unsigned count, const char *arguments,
				  const char *const *adding);
void options__listen(options_taker *take);

/* Ends the program with NB_EXIT_USAGE after one line, "nestbed run: ...". */
void option__error(const struct argp_state *state, const char *format, ...)
	__attribute__((format(printf, 2, 3), noreturn));

/* The number of --option's argument. Ends the program with a usage error unless it is one from low to high, in decimal digits. */
unsigned option__number(const struct argp_state *state, const char *option, const char *arg, unsigned low,
			unsigned high);

/* The same for seconds, "0.25": digits with a point. */
double option__seconds(const struct argp_state *state, const char *option, const char *arg, double low, double high);

/* That of words (NULL-terminated) which is arg. Ends the program with a usage error that names them all if there is none. */
const char *option__word(const struct argp_state *state, const char *option, const char *arg, const char *const *words);

#endif
