// SPDX-License-Identifier: GPL-2.0-only
/* Reads results.json by jansson, and believes nothing in it before it was checked. */
#include "load.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#include <jansson.h>

#include "memory.h"
#include "util.h"
#include "write.h"

/* jansson quotes the file in its messages, and so may a row its texts: neither may break the line or the terminal. */
static void clean(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			*text = '?';
}

static void set_reason(char *why, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void set_reason(char *why, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why, NB_LOAD_REASON, format, args);
	va_end(args);
	clean(why);
}

/* A macro, as clang's analyzer does not see what a function of variable arguments returns. */
#define refuse(...) (set_reason(__VA_ARGS__), false)

static bool load_text(const json_t *object, const char *name, char **text, size_t row, char *why)
{
	const json_t *value = json_object_get(object, name);

	if (!json_is_string(value))
		return refuse(why, "row %zu: %s is not a text", row, name);
	if (json_string_length(value) > NB_LOAD_MAX_TEXT)
		return refuse(why, "row %zu: %s is longer than %d bytes", row, name, NB_LOAD_MAX_TEXT);
	*text = nb_strdup(json_string_value(value));
	clean(*text);
	return true;
}

static bool one_of(const char *text, const char *const *words)
{
	for (; *words; words++)
		if (strcmp(text, *words) == 0)
			return true;
	return false;
}

static bool load_samples(const json_t *object, struct nb_loaded_row *row, size_t number, char *why)
{
	const json_t *array = json_object_get(object, "samples"), *n = json_object_get(object, "n");
	size_t count = json_array_size(array);

	if (!json_is_array(array))
		return refuse(why, "row %zu: samples is not an array", number);
	if (!json_is_integer(n) || json_integer_value(n) < 0 || (size_t)json_integer_value(n) != count)
		return refuse(why, "row %zu: n is not the number of its samples, %zu", number, count);
	row->samples = count ? calloc(count, sizeof(*row->samples)) : NULL;
	if (count && !row->samples)
		return refuse(why, "row %zu: no memory for its %zu samples", number, count);
	row->sample_count = count;
	for (size_t i = 0; i < count; i++) {
		const json_t *value = json_array_get(array, i);

		if (!json_is_integer(value) || json_integer_value(value) < 0)
			return refuse(why, "row %zu: sample %zu is not a whole number of ticks, 0 or more", number,
				      i + 1);
		row->samples[i] = (uint64_t)json_integer_value(value);
	}
	return true;
}

/* Fills the row, which the caller frees also after a failure. Rows and samples count from 1 in reasons. */
static bool load_row(const json_t *object, struct nb_loaded *loaded, struct nb_loaded_row *row, size_t number,
		     char *why)
{
	static const char *const statuses[] = {"ok", "skipped", "mismatch", "incomplete", NULL};
	static const char *const clocks[] = {"tsc_cycles", "instructions", NULL};
	const json_t *exits, *complete;
	char *clock = NULL;
	bool same;

	if (!json_is_object(object))
		return refuse(why, "row %zu is not an object", number);
#define X(name)                                                                                                        \
	if (!load_text(object, #name, &row->name, number, why))                                                        \
		return false;
	NB_LOADED_TEXTS(X)
#undef X
	if (!one_of(row->status, statuses))
		return refuse(why, "row %zu: no status is called '%s'", number, row->status);

	if (!load_text(object, "clock", &clock, number, why))
		return false;
	if (!one_of(clock, clocks)) {
		set_reason(why, "row %zu: no clock is called '%s'", number, clock);
		free(clock);
		return false;
	}
	if (!loaded->clock)
		loaded->clock = nb_strdup(clock);
	same = strcmp(loaded->clock, clock) == 0;
	free(clock);
	if (!same)
		return refuse(why, "row %zu has another clock than the rows before it", number);

	complete = json_object_get(object, "complete");
	if (!json_is_string(complete) ||
	    (strcmp(json_string_value(complete), "yes") != 0 && strcmp(json_string_value(complete), "no") != 0))
		return refuse(why, "row %zu: complete is neither yes nor no", number);
	loaded->complete = loaded->complete && strcmp(json_string_value(complete), "yes") == 0;

	exits = json_object_get(object, "l0_exits_per_op");
	if (!json_is_number(exits) && !json_is_null(exits))
		return refuse(why, "row %zu: l0_exits_per_op is neither a number nor null", number);
	row->exits = json_is_null(exits) ? NAN : json_number_value(exits);
	return load_samples(object, row, number, why);
}

static bool load_rows(const json_t *rows, struct nb_loaded *loaded, char *why)
{
	size_t count = json_array_size(rows);

	if (!json_is_array(rows))
		return refuse(why, "rows is not an array");
	if (count == 0)
		return refuse(why, "there are no rows in it");
	if (count > NB_LOAD_MAX_ROWS)
		return refuse(why, "%zu rows are more than %d", count, NB_LOAD_MAX_ROWS);
	loaded->rows = calloc(count, sizeof(*loaded->rows));
	if (!loaded->rows)
		return refuse(why, "no memory for %zu rows", count);
	loaded->row_count = count;
	for (size_t i = 0; i < count; i++) {
		struct nb_loaded_row *row = &loaded->rows[i];

		if (!load_row(json_array_get(rows, i), loaded, row, i + 1, why))
			return false;
		for (size_t j = 0; j < i; j++)
			if (nb_loaded_same(&loaded->rows[j], row))
				return refuse(why, "rows %zu and %zu are of the same op, level, config, route and l0",
					      j + 1, i + 1);
	}
	return true;
}

static bool load_root(const json_t *root, struct nb_loaded *loaded, char *why)
{
	const json_t *schema = json_object_get(root, "schema"), *complete = json_object_get(root, "complete"),
		     *damage = json_object_get(root, "damage");

	if (!json_is_integer(schema))
		return refuse(why, "it names no schema: not a results.json of nestbed");
	if (json_integer_value(schema) != NB_SCHEMA)
		return refuse(why, "it has schema %" JSON_INTEGER_FORMAT ", this nestbed reads schema %d",
			      json_integer_value(schema), NB_SCHEMA);
	if (!json_is_boolean(complete))
		return refuse(why, "complete is neither true nor false");
	if (!json_is_string(damage) && !json_is_null(damage))
		return refuse(why, "damage is neither a text nor null");
	loaded->complete = json_is_true(complete) && json_is_null(damage);
	return load_rows(json_object_get(root, "rows"), loaded, why);
}

bool nb_load_text(struct nb_loaded *loaded, const char *text, size_t size, char why[NB_LOAD_REASON])
{
	json_error_t error;
	json_t *root;
	bool good;

	*loaded = (struct nb_loaded){0};
	if (size > NB_LOAD_MAX_BYTES)
		return refuse(why, "it is larger than %u MiB", NB_LOAD_MAX_BYTES >> 20);
	root = json_loadb(text, size, JSON_REJECT_DUPLICATES, &error);
	if (!root)
		return refuse(why, "not JSON: line %d, column %d: %s", error.line, error.column, error.text);
	good = load_root(root, loaded, why);
	json_decref(root);
	if (!good)
		nb_loaded_free(loaded);
	return good;
}

bool nb_load(struct nb_loaded *loaded, const char *path)
{
	char why[NB_LOAD_REASON], *full = nb_strdup(path);
	struct file_data file;
	struct stat status;
	bool good = false;

	*loaded = (struct nb_loaded){0};
	if (stat(full, &status) == 0 && S_ISDIR(status.st_mode)) {
		free(full);
		if (asprintf(&full, "%s/results.json", path) < 0) {
			pr_err("cannot read %s: out of memory", path);
			return false;
		}
	}
	/* Before it is opened: opening a pipe would wait for its writer. */
	if (stat(full, &status) < 0) {
		pr_err("cannot read %s: %s", full, strerror(errno));
	} else if (!S_ISREG(status.st_mode)) {
		pr_err("cannot read %s: not a file", full);
	} else if (status.st_size > NB_LOAD_MAX_BYTES) {
		pr_err("cannot read %s: it is larger than %u MiB", full, NB_LOAD_MAX_BYTES >> 20);
	} else if (file__read(full, &file)) {
		good = nb_load_text(loaded, (const char *)file.data, file.size, why);
		if (!good)
			pr_err("cannot use %s: %s", full, why);
		free(file.data);
	}
	free(full);
	return good;
}

void nb_loaded_free(struct nb_loaded *loaded)
{
	for (size_t i = 0; i < loaded->row_count; i++) {
		struct nb_loaded_row *row = &loaded->rows[i];

#define X(name) free(row->name);
		NB_LOADED_TEXTS(X)
#undef X
		free(row->samples);
	}
	free(loaded->rows);
	free(loaded->clock);
	*loaded = (struct nb_loaded){0};
}

bool nb_loaded_same(const struct nb_loaded_row *a, const struct nb_loaded_row *b)
{
	return strcmp(a->op, b->op) == 0 && strcmp(a->level, b->level) == 0 && strcmp(a->config, b->config) == 0 &&
	       strcmp(a->route, b->route) == 0 && strcmp(a->l0, b->l0) == 0;
}
