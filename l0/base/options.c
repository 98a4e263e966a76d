// SPDX-License-Identifier: GPL-2.0-only
/*
 * Checks a command line with getopt and tables made from argp's options, then lets argp parse it.
 */
#include "l0/base/options.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "l0/base/suggest.h"
#include "l0/base/util.h"

#define OPTIONS_MAX 96
/*
 * getopt returns FIRST_VALUE + i for long option i of the tables. The value lies outside the range
 * of characters.
 */
#define FIRST_VALUE 0x1000

/* The options of a command. The options of its argp children come after them. */
struct known {
	const struct argp_option *option[OPTIONS_MAX];
	unsigned count;
	struct option longs[OPTIONS_MAX + 3];
	char shorts[2 * OPTIONS_MAX + 8];
};

static void usage_error(const char *program, const char *format, ...) __attribute__((format(printf, 2, 3), noreturn));
static options_taker *listener;

void options__listen(options_taker *take)
{
	listener = take;
}

static void usage_error(const char *program, const char *format, ...)
{
	va_list args;

	if (listener) /* the parsers have suggested their names: completion needs no more */
		exit(NB_EXIT_GOOD);
	fflush(stdout);
	flockfile(stderr);
	fprintf(stderr, "%s: ", program);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	funlockfile(stderr);
	/*
	 * Some commands, for example bisect, set argp_err_exit_status because their exit codes mean
	 * something else.
	 */
	exit(argp_err_exit_status == EX_USAGE ? NB_EXIT_USAGE : argp_err_exit_status);
}

void option__error(const struct argp_state *state, const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	usage_error(state->name, "%s", text);
}

/* Returns true if the key is a character that the user can type as a short option. */
static bool is_short(int key)
{
	return key > ' ' && key < 0x7f;
}

static void collect(struct known *known, const struct argp *argp)
{
	for (const struct argp_option *o = argp->options; o && (o->name || o->key || o->doc); o++)
		if ((o->name || o->key) && known->count < OPTIONS_MAX)
			known->option[known->count++] = o;
	for (const struct argp_child *child = argp->children; child && child->argp; child++)
		collect(known, child->argp);
}

static int has_argument(const struct argp_option *o)
{
	return !o->arg ? no_argument : o->flags & OPTION_ARG_OPTIONAL ? optional_argument : required_argument;
}

/*
 * Makes the tables for getopt. The colon in front lets getopt tell a missing value from an unknown
 * option.
 */
static void make_tables(struct known *known)
{
	static const char *const own[] = {"help", "usage"};
	unsigned longs = 0;
	char *shorts = known->shorts;

	*shorts++ = ':';
	*shorts++ = '?';
	for (unsigned i = 0; i < known->count; i++) {
		const struct argp_option *o = known->option[i];

		if (o->name)
			known->longs[longs++] = (struct option){o->name, has_argument(o), NULL, (int)(FIRST_VALUE + i)};
		if (!is_short(o->key))
			continue;
		*shorts++ = (char)o->key;
		for (int colon = 0; colon < has_argument(o); colon++)
			*shorts++ = ':';
	}
	*shorts = '\0';
	for (unsigned i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		known->longs[longs++] = (struct option){own[i], no_argument, NULL, '?'};
}

static const struct argp_option *option_of(const struct known *known, int value)
{
	if (value >= FIRST_VALUE)
		return known->option[value - FIRST_VALUE];
	for (unsigned i = 0; i < known->count; i++)
		if (known->option[i]->key == value)
			return known->option[i];
	return NULL;
}

/* Writes "--op", or "-q" for an option without a long name. */
static void write_name(char text[64], const struct argp_option *o)
{
	if (o->name)
		snprintf(text, 64, "--%s", o->name);
	else
		snprintf(text, 64, "-%c", o->key);
}

static bool is_in(const char *const *names, const char *name)
{
	for (; names && name && *names; names++)
		if (strcmp(*names, name) == 0)
			return true;
	return false;
}

static void refuse_missing(const char *program, const struct argp_option *o)
{
	char name[64];

	write_name(name, o);
	if (strcmp(o->arg, "FILE") == 0)
		usage_error(program, "%s wants a FILE, - for standard output: %s FILE", name, name);
	usage_error(program, "%s wants a value: %s %s", name, name, o->arg);
}

/* word is as the user typed it: "--ops=cpuid" or "-j". */
static void refuse_unknown(const char *program, const struct known *known, const char *word,
			   const struct option_renamed *renamed)
{
	const char *names[OPTIONS_MAX + 1];
	char suggestion[SUGGEST_SIZE] = "";
	const size_t length = strcspn(word, "=");
	unsigned count = 0;

	for (; renamed && renamed->old; renamed++)
		if (strlen(renamed->old) == length && strncmp(renamed->old, word, length) == 0)
			usage_error(program, "%s was an option of version 0.1: say %s", renamed->old, renamed->now);
	for (unsigned i = 0; i < known->count; i++)
		if (known->option[i]->name && !(known->option[i]->flags & OPTION_HIDDEN))
			names[count++] = known->option[i]->name;
	names[count] = NULL;
	if (strncmp(word, "--", 2) == 0)
		suggest__names(suggestion, " ", word + 2, length - 2, names);
	usage_error(program, "no option %.*s here:%s `%s --help` lists the options", (int)length, word, suggestion,
		    program);
}

bool options_given__has(const struct options_given *given, const char *name)
{
	for (unsigned i = 0; i < given->count; i++)
		if (strcmp(given->name[i], name) == 0)
			return true;
	return false;
}

/* Refuses a list that has an empty item or the same item twice. */
static void look_at_list(const char *program, const char *name, const char *value)
{
	for (const char *item = value;; item++) {
		const size_t length = strcspn(item, ",");

		if (length == 0)
			usage_error(program, "%s %s: the list has an empty item beside a comma", name, value);
		for (const char *other = value; other < item; other += strcspn(other, ",") + 1)
			if (strcspn(other, ",") == length && strncmp(other, item, length) == 0)
				usage_error(program, "%s %s: %.*s is there twice", name, value, (int)length, item);
		item += length;
		if (!*item)
			return;
	}
}

/* Checks one option and its value, and records the option in given. */
static void look_at(const char *program, const struct argp_option *o, const char *value, bool seen,
		    const char *const *adding, struct options_given *given)
{
	char name[64];

	write_name(name, o);
	if (seen && o->arg && strcmp(o->arg, "LIST") == 0 && !is_in(adding, o->name))
		usage_error(program, "%s is there twice: name all in one list, separated by commas", name);
	if (seen && !is_in(adding, o->name))
		usage_error(program, "%s is there twice: say it once", name);
	if (value && o->arg && !*value && strcmp(o->arg, "WORDS") != 0)
		usage_error(program, "%s has an empty value: it wants %s", name, o->arg);
	if (value && o->arg && strncmp(value, "--", 2) == 0 && strcmp(o->arg, "WORDS") != 0)
		refuse_missing(program, o);
	if (value && o->arg && strcmp(o->arg, "LIST") == 0)
		look_at_list(program, name, value);
	if (!seen && given && given->count < OPTIONS_GIVEN_MAX)
		given->name[given->count++] = o->name ? o->name : name[1] == 'q' ? "q" : "?";
}

/*
 * Returns false if word begins a long option that exists. Then the error is an ambiguous
 * abbreviation, or a value for an option that takes none.
 */
static bool is_unknown(const struct known *known, const char *word)
{
	const size_t length = strcspn(word, "=");

	if (strncmp(word, "--", 2) != 0)
		return true;
	for (const struct option *o = known->longs; o->name; o++)
		if (strncmp(o->name, word + 2, length - 2) == 0)
			return false;
	return true;
}

/* Refuses an abbreviation of several long options, and a value for an option that takes none. */
static void refuse_form(const char *program, const struct known *known, const char *word)
{
	const size_t length = strcspn(word, "=");
	char several[512] = "";
	unsigned count = 0;

	for (const struct option *o = known->longs; o->name; o++) {
		if (strncmp(o->name, word + 2, length - 2) != 0)
			continue;
		if (strlen(o->name) == length - 2 && !word[length])
			return; /* argp prints --help */
		if (strlen(o->name) == length - 2)
			usage_error(program, "--%s takes no value", o->name);
		snprintf(several + strlen(several), sizeof(several) - strlen(several), " --%s", o->name);
		count++;
	}
	if (count > 1)
		usage_error(program, "%.*s may mean one of several options: say one of%s", (int)length, word, several);
	if (count == 1 && word[length])
		usage_error(program, "%s takes no value", several + 1);
}

static void check(int argc, char **argv, const struct known *known, const char *const *adding,
		  const struct option_renamed *renamed, struct options_given *given)
{
	bool seen[OPTIONS_MAX] = {false};
	char **copy = calloc((size_t)argc + 1, sizeof(*copy)), word[3] = "-?";
	int value;

	if (!copy)
		return;
	memcpy(copy, argv, (size_t)argc * sizeof(*copy)); /* getopt reorders the arguments */
	opterr = 0;
	optind = 0;
	while ((value = getopt_long(argc, copy, known->shorts, known->longs, NULL)) != -1) {
		const struct argp_option *o = option_of(known, value == ':' ? optopt : value);
		unsigned number = 0;

		if (value == '?' && optopt == 0 && optind > 0 && is_unknown(known, copy[optind - 1]) &&
		    strncmp(copy[optind - 1], "--", 2) == 0)
			refuse_unknown(argv[0], known, copy[optind - 1], renamed);
		if (value == '?' && optind > 0 && strncmp(copy[optind - 1], "--", 2) == 0)
			refuse_form(argv[0], known, copy[optind - 1]);
		if (value == '?' && optopt != 0 && optopt != '?' && !option_of(known, optopt)) {
			word[1] = (char)optopt;
			refuse_unknown(argv[0], known, word, renamed);
		}
		if (value == '?' || !o)
			break; /* argp handles --help and the other errors */
		if (value == ':')
			refuse_missing(argv[0], o);
		while (known->option[number] != o)
			number++;
		look_at(argv[0], o, optarg, seen[number], adding, given);
		seen[number] = true;
	}
	free(copy);
}

static void tell_listener(const struct argp *argp, const struct known *known, const char *const *adding, char *program,
			  void *input)
{
	const char *question = listener(known->option, known->count, argp->args_doc, adding);
	char copy[1024], *argv[] = {program, copy, NULL};

	if (question && strlen(question) < sizeof(copy)) {
		strcpy(copy, question);
		argp_parse(argp, 2, argv, ARGP_SILENT, NULL, input);
	}
	exit(NB_EXIT_GOOD);
}

void options__parse(const struct argp *argp, int argc, char **argv, const char *const *adding,
		    const struct option_renamed *renamed, struct options_given *given, void *input)
{
	struct known known = {.count = 0};

	if (given)
		given->count = 0;
	collect(&known, argp);
	if (listener)
		tell_listener(argp, &known, adding, argv[0], input);
	make_tables(&known);
	check(argc, argv, &known, adding, renamed, given);
	if (argp_err_exit_status == EX_USAGE)
		argp_err_exit_status = NB_EXIT_USAGE;
	argp_parse(argp, argc, argv, 0, NULL, input);
}

unsigned option__number(const struct argp_state *state, const char *option, const char *arg, unsigned low,
			unsigned high)
{
	const bool digits = *arg && arg[strspn(arg, "0123456789")] == '\0';
	unsigned long value;

	errno = 0;
	value = strtoul(arg, NULL, 10);
	if (!digits || errno || value < low || value > high)
		option__error(state, "--%s %s: not a number from %u to %u", option, arg, low, high);
	return (unsigned)value;
}

double option__seconds(const struct argp_state *state, const char *option, const char *arg, double low, double high)
{
	const bool digits = *arg && arg[strspn(arg, "0123456789.")] == '\0';
	char *end;
	const double value = strtod(arg, &end);

	if (!digits || *end || !(value >= low && value <= high))
		option__error(state, "--%s %s: not a number of seconds from %g to %.0f", option, arg, low, high);
	return value;
}

const char *option__word(const struct argp_state *state, const char *option, const char *arg, const char *const *words)
{
	char suggestion[SUGGEST_SIZE];
	char known[256] = "";

	for (const char *const *w = words; *w; w++) {
		if (strcmp(arg, *w) == 0)
			return *w;
		text__format(known + strlen(known), sizeof(known) - strlen(known), "%s%s", w == words ? "" : ", ", *w);
	}
	suggest__names(suggestion, "; ", arg, strlen(arg), words);
	option__error(state, "--%s %s: not one of %s%s", option, arg, known, suggestion);
}
