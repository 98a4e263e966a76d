// SPDX-License-Identifier: GPL-2.0-only
/* The main program of nestbed. It finds the command and calls its function. */
#include <argp.h>
#include <stdio.h>
#include <string.h>

#include "l0/base/standard_output.h"
#include "l0/base/suggest.h"
#include "l0/base/util.h"
#include "l0/cli/commands.h"
#include "version.h"

static const struct command commands[] = {
	{"run", run__main, "measure operations at each level of a nested stack"},
	{"trace", trace__main, "show what an operation sets off, step by step; or what a running VM exits for"},
	{"fields", fields__main, "find out which VMCS fields L0 shadows"},
	{"walk", walk__main, "count the memory references of a two-dimensional page walk"},
	{"chase", chase__main, "time dependent loads over growing working sets: what a TLB miss costs"},
	{"list", list__main, "list the operations"},
	{"cpus", cpus__main, "list the CPU models that an emulated machine can have"},
	{"plot", plot__main, "draw the plots of stored results again"},
	{"compare", compare__main, "compare results, or the machines of one: what differs, the worst change first"},
	{"bisect", bisect__main, "measure a kernel and hold it against a result, for `git bisect run`"},
	{"recover", recover__main, "make the results of a run that was killed from its records"},
	{"verify", verify__main, "hold a result against the reference: exits equal, ticks within a band"},
	{"claims", claims__main, "say which claims of the literature a result reproduces"},
	{"kernels", kernels__main, "list the Linux kernels that can be L0 of an emulated machine, or fetch one"},
	{"boot", boot__main, NULL},
	{"doctor", doctor__main, "say what this machine offers, and what to do about what it lacks"},
	{NULL, NULL, NULL},
};

static void usage(FILE *out)
{
	fprintf(out, "Usage: nestbed COMMAND [OPTION...]\n"
		     "A research testbed for nested virtualization on x86.\n\n");
	for (const struct command *c = commands; c->name; c++)
		if (c->text)
			fprintf(out, "  %-8s %s\n", c->name, c->text);
	fprintf(out, "\n`nestbed COMMAND --help` tells more. Exit codes: 0 good, 1 failed, 2 usage, 77 not possible on "
		     "this machine.\n");
}

static void unknown_command(const char *word)
{
	const char *names[sizeof(commands) / sizeof(commands[0])] = {NULL};
	char suggestion[SUGGEST_SIZE];

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		names[i] = commands[i].name;
	suggest__names(suggestion, ": ", word, strlen(word), names);
	pr_err("no command %s%s; `nestbed --help` lists them", word, suggestion);
}

/* Prints the commit in the length that git shows. A tree without git has no commit. */
static void print_version(void)
{
	if (strcmp(NB_GIT_COMMIT, "unknown") == 0)
		puts("nestbed " NB_VERSION);
	else
		printf("nestbed " NB_VERSION " (%.7s%s)\n", NB_GIT_COMMIT, NB_GIT_DIRTY ? ", changed" : "");
}

int main(int argc, char **argv)
{
	static char help[] = "--help";

	standard_output__guard();
	argp_err_exit_status = NB_EXIT_USAGE;
	if (argc > 2 && strcmp(argv[1], "help") == 0) { /* "help run" means "run --help" */
		argv[1] = argv[2];
		argv[2] = help;
		argc = 3;
	}
	if (argc > 1 &&
	    (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0)) {
		usage(stdout);
		return NB_EXIT_GOOD;
	}
	if (argc > 1 && (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0)) {
		print_version();
		return NB_EXIT_GOOD;
	}
	if (argc > 1 && strcmp(argv[1], "complete") == 0) /* for the shell (l0/package/completion.bash) */
		return complete__main(argc - 1, argv + 1, commands);
	for (const struct command *c = commands; argc > 1 && c->name; c++) {
		if (strcmp(argv[1], c->name) == 0) {
			static char name[64];

			text__format(name, sizeof(name), "nestbed %s", c->name);
			argv[1] = name;
			return c->main(argc - 1, argv + 1);
		}
	}
	if (argc > 1)
		unknown_command(argv[1]);
	else
		usage(stderr);
	return NB_EXIT_USAGE;
}
