// SPDX-License-Identifier: GPL-2.0-only
/* Tests of command lines: every bad one ends with exit code 2 and one line that says what to do. */
#include <argp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "l0/base/options.h"
#include "l0/base/result_table.h"
#include "l0/base/util.h"
#include "l0/tests/capture.h"

static struct values {
	struct table_files files;
	unsigned number;
	double seconds;
	const char *word, *words, *first;
	unsigned added;
} values;

enum { OPT_NUMBER = 256, OPT_SECONDS, OPT_WORD, OPT_WORDS, OPT_ADD, OPT_LIST, OPT_MAYBE };

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	static const char *const known[] = {"alpha", "beta", NULL};

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &values.files;
		return 0;
	case OPT_NUMBER:
		values.number = option__number(state, "number", arg, 1, 4000000000u);
		return 0;
	case OPT_SECONDS:
		values.seconds = option__seconds(state, "seconds", arg, 0.05, 1e6);
		return 0;
	case OPT_WORD:
		values.word = option__word(state, "word", arg, known);
		return 0;
	case OPT_WORDS:
		values.words = arg;
		return 0;
	case OPT_ADD:
		values.added++;
		return 0;
	case OPT_LIST:
	case OPT_MAYBE:
	case 'q':
		return 0;
	case ARGP_KEY_ARG:
		values.first = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option table[] = {
	{"number", OPT_NUMBER, "N", 0, "", 0},
	{"seconds", OPT_SECONDS, "S", 0, "", 0},
	{"word", OPT_WORD, "WORD", 0, "", 0},
	{"words", OPT_WORDS, "WORDS", 0, "", 0},
	{"add", OPT_ADD, "WHAT", 0, "", 0},
	{"list", OPT_LIST, "LIST", 0, "", 0},
	{"quiet", 'q', NULL, 0, "", 0},
	{"maybe", OPT_MAYBE, "X", OPTION_ARG_OPTIONAL, "", 0},
	{0},
};
static const struct argp_child children[] = {{&table_files_argp, 0, NULL, 0}, {0}};
static const struct argp argp = {.options = table, .parser = parse_option, .children = children};

#define ARGS_MAX 16

/* The words of a line, "|" between two of them. Returns how many there are. */
static int split(char *line, char **argv)
{
	int argc = 0;

	argv[argc++] = "nestbed test";
	for (char *rest = line; rest; argc++)
		argv[argc] = strsep(&rest, "|");
	argv[argc] = NULL;
	return argc;
}

static void parse(const char *text, struct options_given *given)
{
	static const char *const adding[] = {"add", NULL};
	static const struct option_renamed renamed[] = {{"-j", "--json -"}, {"--wort", "--word"}, {NULL, NULL}};
	static char line[256]; /* what was parsed points into it */
	char *argv[ARGS_MAX];

	text__format(line, sizeof(line), "%s", text);
	values = (struct values){.number = 0};
	options__parse(&argp, split(line, argv), argv, adding, renamed, given, NULL);
}

/* Puts the error message of a command line into `said`; "" if the line is accepted. */
static void refusal(const char *line, char *said, size_t size)
{
	struct capture capture = capture__begin(STDERR_FILENO);
	int status;
	pid_t child = fork();

	if (child == 0) {
		parse(line, NULL);
		_exit(0);
	}
	waitpid(child, &status, 0);
	capture__end_text(&capture, said, size);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != (said[0] ? NB_EXIT_USAGE : 0))
		fail_msg("\"%s\" ended with status %#x: %s", line, (unsigned)status, said);
}

static void bad_lines_are_refused_in_one_line(void **state)
{
	static const struct {
		const char *line, *says;
	} bad[] = {
		{"--list|a|--list|b",
		 "nestbed test: --list is there twice: name all in one list, separated by commas\n"},
		{"--number=1|--number|2", "nestbed test: --number is there twice: say it once\n"},
		{"-q|--quiet", "--quiet is there twice"},
		{"-qq", "--quiet is there twice"},
		{"--num=1|--number=1", "--number is there twice"}, /* an abbreviation is the same option */
		{"--list=", "--list has an empty value"},
		{"--list|", "--list has an empty value"},
		{"--json", "nestbed test: --json wants a FILE, - for standard output: --json FILE\n"},
		{"--json|--list|a", "--json wants a FILE"},
		{"--number", "--number wants a value: --number N"},
		{"--nonsense", "no option --nonsense here: `nestbed test --help` lists"},
		{"--lits=a", "no option --lits here: did you mean list?"},
		{"-x", "no option -x here"},
		{"-j", "-j was an option of version 0.1: say --json -"},
		{"--wort|x", "--wort was an option of version 0.1: say --word"},
		{"--csv|a|--json|a", "--json a: that is the file of --csv"},
		{"--number|0", "--number 0: not a number from 1 to 4000000000"},
		{"--number|-1", "not a number"},
		{"--number|+1", "not a number"},
		{"--number| 1", "not a number"},
		{"--number|0x10", "not a number"},
		{"--number|1e3", "not a number"},
		{"--number|1 ", "not a number"},
		{"--number|18446744073709551617", "not a number"},
		{"--seconds|0x1", "--seconds 0x1: not a number of seconds from 0.05 to 1000000"},
		{"--seconds|inf", "not a number of seconds"},
		{"--seconds|nan", "not a number of seconds"},
		{"--seconds|1e3", "not a number of seconds"},
		{"--seconds|-1", "not a number of seconds"},
		{"--seconds|1.2.3", "not a number of seconds"},
		{"--word|alpa", "--word alpa: not one of alpha, beta; did you mean alpha?"},
	};
	char said[512];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		refusal(bad[i].line, said, sizeof(said));
		if (!strstr(said, bad[i].says) || strchr(said, '\n') != said + strlen(said) - 1)
			fail_msg("\"%s\" says: %s", bad[i].line, said);
	}
}

static void good_lines_are_taken(void **state)
{
	struct options_given given;

	(void)state;
	parse("--number|7|-q|--add|a|--add=b|--words|", &given);
	assert_int_equal(values.number, 7);
	assert_int_equal(values.added, 2);
	assert_string_equal(values.words, "");
	assert_int_equal(given.count, 4);
	assert_true(options_given__has(&given, "quiet"));
	assert_true(options_given__has(&given, "add"));
	assert_false(options_given__has(&given, "list"));
	parse("--seconds=0.25|file|--maybe|--json|-", NULL);
	assert_true(values.seconds == 0.25);
	assert_string_equal(values.first, "file");
	assert_string_equal(values.files.path[TABLE_JSON], "-");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_lines_are_refused_in_one_line),
		cmocka_unit_test(good_lines_are_taken),
	};

	return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
