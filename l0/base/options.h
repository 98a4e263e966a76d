/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Parses the command line of every program with argp. Adds the checks that argp lacks: repeated
 * options, empty values, hints for unknown options, renamed options, and numbers.
 */
#ifndef NB_L0_OPTIONS_H
#define NB_L0_OPTIONS_H

#include <argp.h>
#include <stdbool.h>

/* An option of an older version, "--output" or "-j", and the words that replace it now. */
struct option_renamed {
	const char *old, *now;
};

#define OPTIONS_GIVEN_MAX 64

/*
 * The options of a command line, each once. The name is the long name, or "q" if the option has
 * only a short one.
 */
struct options_given {
	const char *name[OPTIONS_GIVEN_MAX];
	unsigned count;
};

/* Returns true if given holds the option with this name. */
bool options_given__has(const struct options_given *given, const char *name);

/*
 * Calls argp_parse() for a command. Before it parses, it ends the program with NB_EXIT_USAGE, after
 * one line, if an option
 * - is given twice, unless `adding` (NULL-terminated, or NULL) holds its long name: the values of
 *   those options add up;
 * - has an empty value, unless its argument is called WORDS;
 * - has a LIST with an empty item or a repeated item;
 * - needs a value but has none, or the next option follows in place of the value;
 * - is unknown: the line gives similar names, or the new name from `renamed` (its last element has
 *   old == NULL; renamed may be NULL).
 *
 * Fills given if it is not NULL.
 */
void options__parse(const struct argp *argp, int argc, char **argv, const char *const *adding,
		    const struct option_renamed *renamed, struct options_given *given, void *input);

/*
 * Serves the completion of command lines. After this call, options__parse() calls take and ends the
 * program with NB_EXIT_GOOD. `take` gets all options of a command, and the word for its arguments
 * in the help ("[FOLDER...]"; NULL: no arguments). It also gets the options that may be repeated
 * (NULL-terminated, or NULL). It returns NULL, or one argument. The command's parsers then read
 * that argument and pass the names that they would suggest to suggest__listen()'s function.
 */
typedef const char *options_taker(const struct argp_option *const *option, unsigned count, const char *arguments,
				  const char *const *adding);
void options__listen(options_taker *take);

/* Prints one line, "nestbed run: ...", and ends the program with NB_EXIT_USAGE. */
void option__error(const struct argp_state *state, const char *format, ...)
	__attribute__((format(printf, 2, 3), noreturn));

/*
 * Returns the number in arg, the value of --option. Ends the program with a usage error unless arg
 * is a number from low to high in decimal digits.
 */
unsigned option__number(const struct argp_state *state, const char *option, const char *arg, unsigned low,
			unsigned high);

/*
 * Returns the seconds in arg, the value of --option: digits with a decimal point, "0.25". Ends the
 * program with a usage error unless they are from low to high.
 */
double option__seconds(const struct argp_state *state, const char *option, const char *arg, double low, double high);

/*
 * Returns the word of words (NULL-terminated) that equals arg. Otherwise ends the program with a
 * usage error that names all words.
 */
const char *option__word(const struct argp_state *state, const char *option, const char *arg, const char *const *words);

#endif
