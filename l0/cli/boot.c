// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command `nestbed boot`, for tests, runs one image: on the machine itself, under KVM, or under
 * our hypervisor as L0. It prints the texts in the image's records that begin with "say=".
 */
#include <argp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "l0/base/layout.h"
#include "l0/base/options.h"
#include "l0/base/util.h"
#include "l0/base/work_folder.h"
#include "l0/cli/commands.h"
#include "l0/cli/run_env.h"
#include "l0/machine/machine.h"
#include "l0/report/output_folder.h"
#include "l0/report/provenance.h"
#include "l0/report/run_file.h"
#include "l0/request/variants.h"
#include "microbench/abi/record.h"

enum {
	OPT_MACHINE = 256,
	OPT_L0,
	OPT_IMAGE,
	OPT_WORDS,
	OPT_KVM_PARAM,
	OPT_L0_WORDS,
	OPT_TIMEOUT,
	OPT_BOOT_TIMEOUT,
	OPT_FORCE
};

static const struct argp_option options[] = {
	{"machine", OPT_MACHINE, "NAME", 0, "bochs (default) or host", 0},
	{"l0", OPT_L0, "WHAT", 0,
	 "none: the image alone; kvm (default); own: our hypervisor, with the image as its guest", 0},
	{"image", OPT_IMAGE, "FILE", 0, "an image, in the folder of this program", 0},
	{"words", OPT_WORDS, "WORDS", 0, "its command line, but for where its records go", 0},
	{"kvm-param", OPT_KVM_PARAM, "NAME=VALUE", 0, "a parameter for kvm_intel", 0},
	{"l0-words", OPT_L0_WORDS, "WORDS", 0, "more words for our hypervisor", 0},
	{"timeout", OPT_TIMEOUT, "SECONDS", 0, "end what writes no record for so long (default 20)", 0},
	{"boot-timeout", OPT_BOOT_TIMEOUT, "SECONDS", 0,
	 "machine bochs: CPU time that a kernel has to come to its first process (default 60)", 0},
	{"output", 'o', "DIR", 0, "keep the machine's files here, in a folder that is new or without a result", 0},
	{"force", OPT_FORCE, NULL, 0, "remove the result that this folder holds", 0},
	{0},
};

static struct env {
	struct request request;
	struct variant_choice machines; /* --kernel, --kernel-args, --cpu, --tell-no-boot */
	char l0_words[256];
	bool force;
	struct output_folder output;
	struct work_folder work; /* used if -o is not given */
} env = {
	.request = {.machine = "bochs", .ops = "", .kvm_params = "", .image_words = "", .timeout = 20},
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	static const char *const machines[] = {"bochs", "host", NULL}, *const l0s[] = {"kvm", "own", "none", NULL};
	struct request *r = &env.request;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &env.machines;
		return 0;
	case OPT_MACHINE:
		r->machine = option__word(state, "machine", arg, machines);
		return 0;
	case OPT_L0:
		arg = (char *)option__word(state, "l0", arg, l0s);
		for (r->l0 = L0_KVM; strcmp(l0__name(r->l0), arg) != 0;)
			r->l0++;
		r->levels = r->l0 == L0_OWN ? LEVEL_L1 : LEVEL_L0;
		return 0;
	case OPT_IMAGE:
		r->image = arg;
		return 0;
	case OPT_WORDS:
		r->image_words = arg;
		return 0;
	case OPT_KVM_PARAM:
		if (!strchr(arg, '=') || strpbrk(arg, " \t\n"))
			option__error(state, "--kvm-param %s: not NAME=VALUE", arg);
		r->kvm_params = arg;
		return 0;
	case OPT_L0_WORDS:
		if (strlen(arg) + 2 > sizeof(env.l0_words))
			option__error(state, "--l0-words: more than %zu characters", sizeof(env.l0_words) - 2);
		text__format(env.l0_words, sizeof(env.l0_words), " %s", arg);
		r->words = env.l0_words;
		return 0;
	case OPT_TIMEOUT:
		r->timeout = option__number(state, "timeout", arg, 1, 86400);
		return 0;
	case OPT_BOOT_TIMEOUT:
		r->boot_timeout = option__number(state, "boot-timeout", arg, 1, 86400);
		return 0;
	case OPT_FORCE:
		env.force = true;
		return 0;
	case 'o':
		r->out = arg;
		return 0;
	case ARGP_KEY_ARG:
		option__error(state, "unexpected argument %s", arg);
	case ARGP_KEY_END:
		if (!r->image)
			option__error(state, "no --image");
		if (r->l0 != L0_KVM && strcmp(r->machine, "host") == 0)
			option__error(state, "--l0 %s needs --machine bochs", l0__name(r->l0));
		if (env.l0_words[0] && r->l0 != L0_OWN)
			option__error(state, "--l0-words is for our hypervisor: add --l0 own");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = {{&variants_argp, 0, NULL, 0}, {0}};

static const struct argp argp = {
	.options = options,
	.children = children,
	.parser = parse_option,
	.doc = "For tests: boot one image and print what it says.\v"
	       "Exit codes: 0 good, 1 failed, 2 usage, 77 not possible on this machine.",
};

/* The prefix of the texts that are printed. */
#define SAYS "say="

static void print_line(const char *line)
{
	if (strncmp(line, SAYS, strlen(SAYS)) == 0)
		puts(line + strlen(SAYS));
}

/*
 * Joins the pieces of each text and prints the texts. Does not print a last text that is
 * incomplete. If a text does not fit in `line`, neither it nor any later text is printed.
 */
static void print_texts(const char *path)
{
	const struct nb_record *record;
	char line[4096];
	size_t length = 0;
	struct file_data file;

	if (access(path, R_OK) != 0 || !file__read(path, &file))
		return;
	record = (const struct nb_record *)file.data;
	for (size_t n = file.size / sizeof(*record); n > 0; n--, record++) {
		if (record->type != NB_RECORD_TEXT)
			continue;
		/* A text that is longer than a line is cut. */
		if (length + NB_TEXT_LEN < sizeof(line)) {
			memcpy(line + length, record->text, NB_TEXT_LEN);
			length += strnlen(record->text, NB_TEXT_LEN);
			line[length] = '\0';
		}
		if (record->flags & NB_RECORD_MORE)
			continue;
		print_line(line);
		length = 0;
	}
	free(file.data);
}

static void on_stop(int signal)
{
	machine_told_to_stop = signal;
}

/* Prints the texts of all streams in the order of the streams. `nestbed recover` calls it, too. */
void boot__print(const struct run_file *file, const char *folder)
{
	char path[700];

	for (size_t i = 0; i < json_array_size(file->streams); i++) {
		const json_t *name = json_object_get(json_array_get(file->streams, i), "file");

		text__format(path, sizeof(path), "%s/%s", folder, json_string_value(name));
		print_texts(path);
	}
}

/* Writes run.json. The machine calls this after it has named its record files. */
static bool describe(void *user, const struct streams *streams)
{
	struct nb_results metadata = {0};
	const struct run_description description = {
		.command = "boot", .request = &env.request, .streams = streams, .metadata = &metadata};
	bool good;

	(void)user;
	provenance__add(&metadata, &env.request, "machine, as asked", time(NULL));
	good = run_file__write(&description, env.request.out);
	nb_results_free(&metadata);
	return good;
}

/*
 * Creates the folder that the user names (keep), or a temporary folder. Returns NB_EXIT_GOOD, or
 * another exit code after one line.
 */
static int make_output(bool keep)
{
	int result = NB_EXIT_GOOD;

	if (keep)
		result = output_folder__make(&env.output, env.request.out, env.force);
	else if (!work_folder__make(&env.work))
		result = NB_EXIT_FAILED;
	env.request.out = keep ? env.output.path : env.work.path;
	return result;
}

/* Prints the texts of the image on each machine, with a heading if there are several machines. */
static void print_streams(const struct request *r, const struct streams *streams)
{
	char heading[3 * KERNEL_NAME + 600];

	for (unsigned i = 0; i < streams->count; i++) {
		if (r->variants > 1) {
			variant__describe(&r->variant[streams->file[i].variant], heading, sizeof(heading));
			printf("== %s ==\n", heading);
		}
		print_texts(streams->file[i].path);
	}
}

int boot__main(int argc, char **argv)
{
	static const char *const adding[] = {"kernel-args", NULL};
	static char programs[256];
	struct streams streams = {.named = describe};
	bool keep;
	int result;

	options__parse(&argp, argc, argv, adding, NULL, NULL, &env);
	if (!programs__folder(programs, sizeof(programs)))
		return NB_EXIT_FAILED;
	env.request.programs = programs;
	result = variants__choose(&env.request, &env.machines);
	if (result != NB_EXIT_GOOD)
		return result;
	keep = env.request.out != NULL;
	result = make_output(keep);
	if (result != NB_EXIT_GOOD)
		return result;
	signal(SIGINT, on_stop);
	signal(SIGTERM, on_stop);
	signal(SIGHUP, on_stop);
	result = strcmp(env.request.machine, "host") == 0 ? machine_host__run(&env.request, &streams)
							  : machine_bochs__run(&env.request, &streams);
	print_streams(&env.request, &streams);
	streams__free(&streams);
	if (!keep) {
		work_folder__remove(&env.work);
		if (result == NB_EXIT_FAILED)
			pr_info("its files are gone: -o DIR keeps them");
	} else if (result == NB_EXIT_GOOD && !output_folder__unmark(env.request.out))
		result = NB_EXIT_FAILED;
	return variants__exit_code(&env.machines, result);
}
