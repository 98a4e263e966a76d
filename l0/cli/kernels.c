// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command `nestbed kernels` lists the kernels on this computer, and `nestbed kernels fetch`
 * downloads kernels of Debian.
 */
#include <argp.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "l0/base/layout.h"
#include "l0/base/options.h"
#include "l0/base/result_table.h"
#include "l0/base/util.h"
#include "l0/cli/commands.h"
#include "l0/kernels/kernel.h"
#include "l0/kernels/kernel_fetch.h"
#include "l0/kernels/kernel_store.h"

enum { OPT_SUITE = 256 };

/* One line of the list. */
struct row {
	struct kernel kernel;
	const char *name; /* value of --kernel that selects it */
	long long bytes;  /* size of the image file */
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

struct list {
	const struct row *rows;
	unsigned count;
};

static bool put_json(FILE *out, void *data)
{
	const struct list *all = data;
	json_t *list = json_array();
	bool good;

	for (unsigned i = 0; i < all->count; i++) {
		const struct kernel *kernel = &all->rows[i].kernel;
		const char kvm[] = {(char)kernel->kvm, 0}, intel[] = {(char)kernel->kvm_intel, 0};

		json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:I, s:b, s:s, s:s, s:s, s:s}", "name",
						      all->rows[i].name, "release", kernel->release, "build",
						      kernel->build, "bytes", (json_int_t)all->rows[i].bytes, "btf",
						      kernel->btf, "kvm", kvm, "kvm_intel", intel, "image",
						      kernel->image, "modules", kernel->modules));
	}
	good = json_dumpf(list, out, JSON_INDENT(1)) == 0 && putc('\n', out) >= 0;
	json_decref(list);
	return good;
}

static const struct table_column columns[] = {{"name", false},      {"release", false}, {"build", false},
					      {"MiB", true},        {"BTF", false},     {"KVM", false},
					      {"kvm_intel", false}, {"image", false},   {"modules", false}};

/* Writes the list in every format that the options request. Returns false after one line. */
static bool write_files(const struct table_files *files, const struct row *rows, unsigned count)
{
	const struct table_files tables = table_files__without(files, TABLE_JSON);
	struct list list = {rows, count};
	struct table table;
	bool good;

	table__begin(&table, columns, sizeof(columns) / sizeof(columns[0]));
	for (unsigned i = 0; i < count; i++) {
		const struct kernel *kernel = &rows[i].kernel;

		table__add(&table, rows[i].name);
		table__add(&table, kernel->release);
		table__add(&table, kernel->build);
		table__addf(&table, "%.1f", (double)rows[i].bytes / (1 << 20));
		table__addf(&table, "%c", letter(kernel->btf));
		table__addf(&table, "%c", kernel->kvm);
		table__addf(&table, "%c", kernel->kvm_intel);
		table__add(&table, kernel->image);
		table__add(&table, kernel->modules);
	}
	good = table_files__put(files, TABLE_JSON, put_json, &list) && table_files__write(&tables, &table);
	table__free(&table);
	return good;
}

/* Returns the release if it leads to exactly this image, otherwise the path of the image. */
static const char *name_to_use(const char *programs, const struct stored_kernel *stored)
{
	char image[KERNEL_PATH];

	return kernel_store__find_version(programs, stored->release, image, sizeof(image)) &&
			       strcmp(image, stored->image) == 0
		       ? stored->release
		       : stored->image;
}

/*
 * An image that cannot be read causes a message and NB_EXIT_FAILED. The other images are still
 * listed.
 */
static int list_kernels(const char *programs, const struct table_files *files)
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
	if (rows && count > 0 && !table_files__take_stdout(files))
		print_rows(rows, count);
	if (!rows || !write_files(files, rows, count))
		result = NB_EXIT_FAILED;
	free(rows);
	kernel_store__free(&store);
	return result;
}

static error_t parse_list_option(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = state->input;
		return 0;
	case ARGP_KEY_ARG:
		option__error(state, "%s: not fetch", arg);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child list_children[] = {{&table_files_argp, 0, TABLE_FILES_HEADER, 1}, {0}};

static const struct argp list_argp = {
	.parser = parse_list_option,
	.children = list_children,
	.args_doc = "\nfetch [--suite SUITE] [VERSION | PACKAGE]...",
	.doc = "List the kernels that can be L0 of an emulated machine (--kernel), or fetch a kernel of Debian.\v"
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

/*
 * Returns true if the text can be part of the name of a package or suite. Neither a shell nor apt
 * can misread it.
 */
static bool is_word(const char *text)
{
	return text[0] != '-' && text[0] != '.' && text[0] != '\0' && strlen(text) < 120 &&
	       text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.+~_-")] == '\0';
}

/* Returns true for a version ("6.12") or a package ("linux-image-cloud-amd64"). */
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
		if (!is_word(arg))
			option__error(state, "--suite %s: not the name of a suite", arg);
		fetch->suite = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (!is_kernel(arg))
			option__error(state, "%s: neither a version (6.12) nor a package (linux-image-...)", arg);
		if (fetch->count == FETCH_MAX)
			option__error(state, "more than %u kernels", FETCH_MAX);
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
	struct table_files files = {{NULL}};
	char programs[256];

	if (!programs__folder(programs, sizeof(programs)))
		return NB_EXIT_FAILED;
	if (argc > 1 && strcmp(argv[1], "fetch") == 0) {
		argv[1] = name;
		return fetch_kernels(programs, argc - 1, argv + 1);
	}
	options__parse(&list_argp, argc, argv, NULL, NULL, NULL, &files);
	return list_kernels(programs, &files);
}
