// SPDX-License-Identifier: GPL-2.0-only
/* nestbed kernels: lists the kernels that are on this computer; nestbed kernels fetch: brings one of Debian's here. */
#include <argp.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "commands.h"
#include "layout.h"
#include "machine/kernel.h"
#include "machine/kernel_fetch.h"
#include "machine/kernel_store.h"
#include "options.h"
#include "util.h"
#include "whole_file.h"

enum { OPT_JSON = 256, OPT_SUITE };

/* One line of the list. */
struct row {
	struct kernel kernel;
	const char *name; /* what --kernel takes for it */
	long long bytes;  /* of the image's file */
};

static char letter(bool there)
{
	return there ? 'y' : 'n';
}

static void print_rows(const struct row *rows, unsigned count)
{
	int widest = 4;

	for (unsigned i = 0; i < count; i++)
		widest = (int)strlen(rows[i].name) > widest ? (int)strlen(rows[i].name) : widest;
	printf("%-*s  %8s  BTF  KVM  kvm_intel  version\n", widest, "name", "size");
	for (unsigned i = 0; i < count; i++) {
		const struct kernel *kernel = &rows[i].kernel;

		printf("%-*s  %4.1f MiB  %-3c  %-3c  %-9c  %s %s\n%*s  %s\n", widest, rows[i].name,
		       (double)rows[i].bytes / (1 << 20), letter(kernel->btf), kernel->kvm, kernel->kvm_intel,
		       kernel->release, kernel->build, widest, "", kernel->image);
	}
	printf("m: a module, y: built in, n: not there\n");
}

static bool write_json(const struct row *rows, unsigned count, const char *path)
{
	json_t *list = json_array();
	struct whole_file file;
	bool good;

	for (unsigned i = 0; i < count; i++) {
		const struct kernel *kernel = &rows[i].kernel;
		const char kvm[] = {(char)kernel->kvm, 0}, intel[] = {(char)kernel->kvm_intel, 0};

		json_array_append_new(list,
				      json_pack("{s:s, s:s, s:s, s:I, s:b, s:s, s:s, s:s, s:s}", "name", rows[i].name,
						"release", kernel->release, "build", kernel->build, "bytes",
						(json_int_t)rows[i].bytes, "btf", kernel->btf, "kvm", kvm, "kvm_intel",
						intel, "image", kernel->image, "modules", kernel->modules));
	}
	good = whole_file__begin(&file, path);
	if (good)
		good = whole_file__end(&file,
				       json_dumpf(list, file.out, JSON_INDENT(1)) == 0 && putc('\n', file.out) >= 0);
	json_decref(list);
	return good;
}

/* The release, if that leads to this image and no other one; else the path. */
static const char *name_to_use(const char *programs, const struct stored_kernel *stored)
{
	char image[KERNEL_PATH];

	return kernel_store__find_version(programs, stored->release, image, sizeof(image)) &&
			       strcmp(image, stored->image) == 0
		       ? stored->release
		       : stored->image;
}

/* An image that cannot be read is told, and fails the command; the others are listed. */
static int list_kernels(const char *programs, const char *json)
{
	struct kernel_store store;
	int result = NB_EXIT_GOOD;
	unsigned count = 0;
	struct row *rows;

	kernel_store__list(&store, programs);
	rows = calloc(store.count + 1, sizeof(*rows));
	for (unsigned i = 0; rows && i < store.count; i++) {
		struct stat st = {0};

		if (!kernel__examine(&rows[count].kernel, store.kernel[i].image)) {
			result = NB_EXIT_FAILED;
			continue;
		}
		stat(store.kernel[i].image, &st);
		rows[count].bytes = st.st_size;
		rows[count++].name = name_to_use(programs, &store.kernel[i]);
	}
	if (count == 0) {
		char folder[KERNEL_PATH];

		kernel_store__folder(folder, sizeof(folder), programs);
		pr_err("no kernel is in %s or /boot: nestbed kernels fetch", folder);
	}
	if (rows && count > 0)
		print_rows(rows, count);
	if (json && !(rows && write_json(rows, count, json)))
		result = NB_EXIT_FAILED;
	free(rows);
	kernel_store__free(&store);
	return fflush(stdout) == 0 && !ferror(stdout) ? result : NB_EXIT_FAILED;
}

static error_t parse_list_option(int key, char *arg, struct argp_state *state)
{
	const char **json = state->input;

	switch (key) {
	case OPT_JSON:
		if (*json)
			argp_error(state, "--json is there twice");
		*json = arg;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "%s: not fetch", arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option list_options[] = {
	{"json", OPT_JSON, "FILE", 0, "write the list to this file as JSON, too", 0},
	{0},
};

static const struct argp list_argp = {
	.options = list_options,
	.parser = parse_list_option,
	.args_doc = "\nfetch [--suite SUITE] [VERSION | PACKAGE]...",
	.doc = "List the kernels that can be L0 of an emulated machine (--kernel), or fetch one of Debian's.\v"
	       "The list has the kernels that were fetched, and those in /boot. Fetching needs no root, installs nothing and "
	       "leaves this computer's package lists as they are.\n"
	       "Examples:\n"
	       "  nestbed kernels\n"
	       "  nestbed kernels fetch                    the distribution's own\n"
	       "  nestbed kernels fetch 6.12\n"
	       "  nestbed kernels fetch linux-image-6.12-amd64\n"
	       "  nestbed kernels fetch --suite trixie 6.12\n\n"
	       "NESTBED_KERNELS names the folder that kernels are kept in.\n"
	       "Exit codes: 0 good, 1 failed, 2 usage, 77 not possible on this machine.",
};

#define FETCH_MAX 16u

struct fetch {
	const char *suite, *what[FETCH_MAX];
	unsigned count;
};

/* A word of a package's or suite's name: nothing that a shell or apt could take for anything else. */
static bool is_word(const char *text)
{
	return text[0] != '-' && text[0] != '.' && text[0] != '\0' && strlen(text) < 120 &&
	       text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.+~_-")] == '\0';
}

/* "6.12" or "linux-image-cloud-amd64" */
static bool is_kernel(const char *text)
{
	return is_word(text) && (strncmp(text, "linux-image-", 12) == 0 ||
				 (strspn(text, "0123456789") > 0 && text[strspn(text, "0123456789")] == '.'));
}

static error_t parse_fetch_option(int key, char *arg, struct argp_state *state)
{
	struct fetch *fetch = state->input;

	switch (key) {
	case OPT_SUITE:
		if (fetch->suite)
			argp_error(state, "--suite is there twice");
		if (!is_word(arg))
			argp_error(state, "--suite %s: not the name of a suite", arg);
		fetch->suite = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (!is_kernel(arg))
			argp_error(state, "%s: neither a version (6.12) nor a package (linux-image-...)", arg);
		if (fetch->count == FETCH_MAX)
			argp_error(state, "more than %u kernels", FETCH_MAX);
		fetch->what[fetch->count++] = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option fetch_options[] = {
	{"suite", OPT_SUITE, "SUITE", 0,
	 "a suite of the mirror, also of another release of Debian (default: all of this release)", 0},
	{0},
};

static const struct argp fetch_argp = {
	.options = fetch_options,
	.parser = parse_fetch_option,
	.args_doc = "[VERSION | PACKAGE]...",
	.doc = "Fetch kernels of Debian for emulated machines, by default the distribution's own.\v"
	       "Exit codes: 0 good, 1 failed, 2 usage, 77 not possible on this machine.",
};

static int fetch_kernels(const char *programs, int argc, char **argv)
{
	struct fetch fetch = {0};
	char folder[KERNEL_PATH];
	int result = NB_EXIT_GOOD;

	options__parse(&fetch_argp, argc, argv, NULL, NULL, NULL, &fetch);
	if (fetch.count == 0)
		fetch.what[fetch.count++] = KERNEL_STORE_DEFAULT;
	kernel_store__folder(folder, sizeof(folder), programs);
	for (unsigned i = 0; i < fetch.count && result == NB_EXIT_GOOD; i++)
		result = kernel_fetch__run(fetch.what[i], folder, fetch.suite);
	return result;
}

int kernels__main(int argc, char **argv)
{
	static char name[] = "nestbed kernels fetch";
	const char *json = NULL;
	char programs[256];

	if (!programs__folder(programs, sizeof(programs)))
		return NB_EXIT_FAILED;
	if (argc > 1 && strcmp(argv[1], "fetch") == 0) {
		argv[1] = name;
		return fetch_kernels(programs, argc - 1, argv + 1);
	}
	options__parse(&list_argp, argc, argv, NULL, NULL, NULL, &json);
	return list_kernels(programs, json);
}
