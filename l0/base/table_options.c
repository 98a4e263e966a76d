// SPDX-License-Identifier: GPL-2.0-only
/* Parses the options --csv, --json, --markdown and --latex, and writes the files that they name. */
#include "l0/base/result_table.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "l0/base/options.h"
#include "l0/base/util.h"
#include "l0/base/whole_file.h"

static const char *const names[] = {
	[TABLE_CSV] = "csv", [TABLE_JSON] = "json", [TABLE_MARKDOWN] = "markdown", [TABLE_LATEX] = "latex"};

/* An option's key is OPT_FIRST plus its enum table_format. It lies above every character. */
enum { OPT_FIRST = 1024 };

static const struct argp_option options[] = {
	{"csv", OPT_FIRST + TABLE_CSV, "FILE", 0, "as CSV, the first line names the columns", 6},
	{"json", OPT_FIRST + TABLE_JSON, "FILE", 0, "as JSON", 6},
	{"markdown", OPT_FIRST + TABLE_MARKDOWN, "FILE", 0, "as Markdown", 6},
	{"latex", OPT_FIRST + TABLE_LATEX, "FILE", 0, "as a LaTeX tabular", 6},
	{0},
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct table_files *files = state->input;
	const int format = key - OPT_FIRST;

	if (format < 0 || format >= TABLE_FORMATS)
		return ARGP_ERR_UNKNOWN;
	for (int other = 0; other < TABLE_FORMATS; other++)
		if (files->path[other] && strcmp(files->path[other], arg) == 0)
			option__error(state, "--%s %s: that is the file of --%s", names[format], arg, names[other]);
	files->path[format] = arg;
	return 0;
}

error_t table_files__parse_alone(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = state->input;
		return 0;
	case ARGP_KEY_ARG:
		option__error(state, "unexpected argument %s", arg);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp table_files_argp = {.options = options, .parser = parse_option};

static bool is_same_file(const char *a, const char *b)
{
	struct stat of_a, of_b;

	return stat(a, &of_a) == 0 && stat(b, &of_b) == 0 && of_a.st_dev == of_b.st_dev && of_a.st_ino == of_b.st_ino;
}

/*
 * Returns true if path is the result itself, or one of the files that a run makes in the result's
 * folder.
 */
static bool is_of_result(const char *path, const char *result)
{
	static const char *const made[] = {"results.json", "results.csv", "run.json", "depth.csv"};
	char inside[4096];

	for (size_t i = 0; i < sizeof(made) / sizeof(made[0]); i++) {
		snprintf(inside, sizeof(inside), "%s/%s", result, made[i]);
		if (is_same_file(path, inside))
			return true;
	}
	return is_same_file(path, result);
}

bool table_files__spare(const struct table_files *files, const char *result)
{
	for (int format = 0; format < TABLE_FORMATS; format++) {
		const char *path = files->path[format];

		if (!path || !is_of_result(path, result))
			continue;
		pr_err("--%s %s would overwrite the result that is read: name another file", names[format], path);
		return false;
	}
	return true;
}

bool table_files__take_stdout(const struct table_files *files)
{
	for (int format = 0; format < TABLE_FORMATS; format++)
		if (files->path[format] && strcmp(files->path[format], "-") == 0)
			return true;
	return false;
}

static bool can_be_written(const char *path)
{
	struct whole_file file;
	struct stat status;

	if (stat(path, &status) == 0 && S_ISDIR(status.st_mode)) {
		pr_err("cannot write %s: it is a folder, and a file is wanted", path);
		return false;
	}
	if (stat(path, &status) == 0 && !S_ISREG(status.st_mode))
		return true;
	if (!whole_file__begin(&file, path))
		return false;
	whole_file__drop(&file);
	return true;
}

bool table_files__can_be_written(const struct table_files *files, const char *new_folder)
{
	const size_t length = new_folder ? strlen(new_folder) : 0;

	for (int format = 0; format < TABLE_FORMATS; format++) {
		const char *path = files->path[format];

		if (!path || strcmp(path, "-") == 0)
			continue;
		if (length > 0 && strncmp(path, new_folder, length) == 0 && path[length] == '/')
			continue;
		if (!can_be_written(path))
			return false;
	}
	return true;
}

struct table_files table_files__without(const struct table_files *files, enum table_format format)
{
	struct table_files others = *files;

	others.path[format] = NULL;
	return others;
}

/* Writes directly to a device or a pipe, because a new file cannot replace it. */
static bool put_in_place(const char *path, bool (*put)(FILE *out, void *data), void *data)
{
	FILE *out = fopen(path, "we");
	bool good = out && put(out, data);
	int error = 0;

	if (out && (fflush(out) != 0 || ferror(out)))
		good = false;
	if (!good)
		error = errno;
	if (out && fclose(out) != 0 && good) {
		error = errno;
		good = false;
	}
	if (!good)
		pr_err("cannot write %s: %s", path, strerror(error));
	return good;
}

bool table_files__put(const struct table_files *files, enum table_format format, bool (*put)(FILE *out, void *data),
		      void *data)
{
	const char *path = files->path[format];
	struct whole_file file;
	struct stat status;

	if (!path)
		return true;
	if (strcmp(path, "-") == 0) {
		if (put(stdout, data))
			return true; /* standard_output__guard() checks at exit that it could be written */
		pr_err("cannot write the output of --%s to standard output", names[format]);
		return false;
	}
	if (stat(path, &status) == 0 && !S_ISREG(status.st_mode))
		return put_in_place(path, put, data);
	return whole_file__begin(&file, path) && whole_file__end(&file, put(file.out, data));
}

struct form {
	const struct table *table;
	enum table_format format;
};

static bool put_table(FILE *out, void *data)
{
	const struct form *form = data;

	table__write(form->table, form->format, out);
	return true;
}

bool table_files__write(const struct table_files *files, const struct table *table)
{
	for (enum table_format format = 0; format < TABLE_FORMATS; format++) {
		struct form form = {table, format};

		if (!table_files__put(files, format, put_table, &form))
			return false;
	}
	return true;
}
