// SPDX-License-Identifier: GPL-2.0-only
/* Reads results.json with jansson, and validates every value before its use. */
#include "l0/results/load.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "l0/base/allocate.h"
#include "l0/base/util.h"
#include "l0/request/config.h"
#include "l0/request/old_words.h"
#include "l0/results/pack.h"
#include "l0/results/write.h"

/*
 * Replaces control characters by '?'. Messages of jansson quote the file, and rows hold its texts.
 * Neither may break the line or the terminal.
 */
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

/*
 * This is a macro, because clang's analyzer does not see the return value of a variadic function.
 */
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

static bool load_samples(const json_t *object, struct nb_loaded *loaded, struct nb_loaded_row *row, size_t number,
			 char *why)
{
	const json_t *samples = json_object_get(object, "samples"), *n = json_object_get(samples, "n"),
		     *encoding = json_object_get(samples, "encoding"), *data = json_object_get(samples, "data");
	const char *reason;
	size_t count;

	if (!json_is_object(samples))
		return refuse(why, "row %zu: samples is not an object", number);
	if (!json_is_string(encoding) || strcmp(json_string_value(encoding), NB_PACK_ENCODING) != 0)
		return refuse(why, "row %zu: the encoding of its samples is not " NB_PACK_ENCODING, number);
	if (!json_is_string(data))
		return refuse(why, "row %zu: the data of its samples is not a text", number);
	if (!json_is_integer(n) || json_integer_value(n) < 0)
		return refuse(why, "row %zu: the n of its samples is not a whole number, 0 or more", number);
	if (!json_equal(n, json_object_get(object, "n")))
		return refuse(why, "row %zu: n is not the number of its samples, %" JSON_INTEGER_FORMAT, number,
			      json_integer_value(n));
	if (json_integer_value(n) > (json_int_t)(NB_LOAD_MAX_SAMPLES - loaded->sample_count))
		return refuse(why, "row %zu: with its samples there are more than %u in the file", number,
			      NB_LOAD_MAX_SAMPLES);
	count = (size_t)json_integer_value(n);
	row->samples = count ? calloc(count, sizeof(*row->samples)) : NULL;
	row->flags = count ? calloc(count, 1) : NULL;
	if (count && (!row->samples || !row->flags))
		return refuse(why, "row %zu: no memory for its %zu samples", number, count);
	row->sample_count = count;
	loaded->sample_count += count;
	reason = nb_unpack(json_string_value(data), json_string_length(data), count, row->samples, row->flags);
	if (reason)
		return refuse(why, "row %zu: its samples cannot be read: %s", number, reason);
	return true;
}

/* Loads a text that all rows of a file share. *text is the text of the earlier rows, or NULL. */
static bool load_common(const json_t *object, const char *name, char **text, size_t number, char *why)
{
	char *own = NULL;
	bool same;

	if (!load_text(object, name, &own, number, why))
		return false;
	if (!*text) {
		*text = own;
		return true;
	}
	same = strcmp(*text, own) == 0;
	free(own);
	if (!same)
		return refuse(why, "row %zu has another %s than the rows before it", number, name);
	return true;
}

/* Loads a number. null means not measured and becomes NAN. */
static bool load_number(const json_t *object, const char *name, double largest, double *number, size_t row, char *why)
{
	const json_t *value = json_object_get(object, name);

	if (!json_is_number(value) && !json_is_null(value))
		return refuse(why, "row %zu: %s is neither a number nor null", row, name);
	*number = json_is_null(value) ? NAN : json_number_value(value);
	if (fabs(*number) > largest)
		return refuse(why, "row %zu: %s is out of range", row, name);
	return true;
}

static bool load_counters(const json_t *object, struct nb_loaded_row *row, size_t number, char *why)
{
	json_t *counters = json_object_get(object, "counters"), *value;
	const char *key;

	if (!counters)
		return true;
	if (!json_is_object(counters))
		return refuse(why, "row %zu: counters is not an object", number);
	json_object_foreach(counters, key, value)
	{
		struct nb_loaded_counter *counter;

		if (!json_is_integer(value) || json_integer_value(value) < 0)
			return refuse(why, "row %zu: a counter is not a whole number, 0 or more", number);
		if (strlen(key) > NB_LOAD_MAX_TEXT)
			return refuse(why, "row %zu: a counter's name is longer than %d bytes", number,
				      NB_LOAD_MAX_TEXT);
		row->counters = nb_grow(row->counters, row->counter_count, sizeof(*row->counters));
		counter = &row->counters[row->counter_count++];
		*counter = (struct nb_loaded_counter){nb_strdup(key), (uint64_t)json_integer_value(value)};
		clean(counter->key);
	}
	return true;
}

/* Returns the first word of a text, allocated. For the metadata's kernel it is the release. */
static char *first_word(const char *text)
{
	char *word = nb_strdup(text ? text : "");

	word[strcspn(word, " ")] = '\0';
	return word;
}

/* Replaces words of version 0.1 by their present names. */
static void rename_words(struct nb_loaded_row *row)
{
	char **texts[] = {
#define X(name) &row->name,
		NB_LOADED_TEXTS(X)
#undef X
	};
	static const char *const names[] = {
#define X(name) #name,
		NB_LOADED_TEXTS(X)
#undef X
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		char *now = nb_strdup(nb_renamed(names[i], *texts[i]));

		free(*texts[i]);
		*texts[i] = now;
	}
}

static void renew_config(struct nb_loaded_row *row)
{
	char text[CONFIG_TEXT];

	if (!config__renew(text, row->config))
		return;
	free(row->config);
	row->config = nb_strdup(text);
}

/* A file of version 0.1 has one machine, and its metadata name this machine. */
static bool load_names(const json_t *object, const struct nb_loaded *loaded, struct nb_loaded_row *row, size_t number,
		       char *why)
{
#define X(name)                                                                                                        \
	if (json_object_get(object, #name) && !load_text(object, #name, &row->name, number, why))                      \
		return false;
	NB_LOADED_NAMES(X)
	NB_LOADED_OPTIONAL_TEXTS(X)
#undef X
#define X(name)                                                                                                        \
	if (!row->name)                                                                                                \
		row->name = nb_strdup("");
	NB_LOADED_OPTIONAL_TEXTS(X)
#undef X
	if (!row->kernel)
		rename_words(row);
	if (!row->kernel)
		row->kernel = first_word(nb_loaded_metadata(loaded, "kernel"));
	if (!row->kernel_args)
		row->kernel_args = nb_strdup("");
	if (!row->cpu)
		row->cpu = nb_strdup(loaded->cpu);
	return true;
}

/* Fills in the row. The caller frees it, also after a failure. Reasons count rows from 1. */
static bool load_row(const json_t *object, struct nb_loaded *loaded, struct nb_loaded_row *row, size_t number,
		     char *why)
{
	static const char *const statuses[] = {"ok", "skipped", "mismatch", "incomplete", NULL};
	static const char *const clocks[] = {"tsc_cycles", "instructions", NULL};
	const json_t *complete;

	if (!json_is_object(object))
		return refuse(why, "row %zu is not an object", number);
#define X(name)                                                                                                        \
	if (!load_text(object, #name, &row->name, number, why))                                                        \
		return false;
	NB_LOADED_TEXTS(X)
#undef X
#define X(name, column, largest)                                                                                       \
	row->name = NAN;                                                                                               \
	if (json_object_get(object, #column) && !load_number(object, #column, largest, &row->name, number, why))       \
		return false;
	NB_LOADED_NUMBERS(X)
#undef X
	renew_config(row);
	if (!load_names(object, loaded, row, number, why))
		return false;
	if (!one_of(row->status, statuses))
		return refuse(why, "row %zu: no status is called '%s'", number, row->status);
	if (!load_common(object, "machine", &loaded->machine, number, why) ||
	    !load_common(object, "clock", &loaded->clock, number, why))
		return false;
	if (!one_of(loaded->clock, clocks))
		return refuse(why, "row %zu: no clock is called '%s'", number, loaded->clock);

	complete = json_object_get(object, "complete");
	if (!json_is_string(complete) ||
	    (strcmp(json_string_value(complete), "yes") != 0 && strcmp(json_string_value(complete), "no") != 0))
		return refuse(why, "row %zu: complete is neither yes nor no", number);
	loaded->complete = loaded->complete && strcmp(json_string_value(complete), "yes") == 0;
	return load_number(object, "l0_exits_per_op", NB_LOAD_MAX_EXITS, &row->exits, number, why) &&
	       load_counters(object, row, number, why) && load_samples(object, loaded, row, number, why);
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
			if (nb_loaded_same(&loaded->rows[j], row) && nb_loaded_same_machine(&loaded->rows[j], row))
				return refuse(
					why,
					"rows %zu and %zu are of the same op, level, config, route, l0 and machine",
					j + 1, i + 1);
	}
	return true;
}

/*
 * Linux reports the CPU model. If our hypervisor is L0, only the emulator's name of the CPU is
 * known.
 */
static bool load_cpu(const json_t *metadata, struct nb_loaded *loaded, char *why)
{
	const json_t *cpu = json_object_get(metadata, "cpu_model");

	if (!json_is_object(metadata))
		return refuse(why, "metadata is not an object");
	if (!cpu)
		cpu = json_object_get(metadata, "emulated_cpu");
	if (cpu && (!json_is_string(cpu) || json_string_length(cpu) > NB_LOAD_MAX_TEXT))
		return refuse(why, "the CPU's model is not a text of up to %d bytes", NB_LOAD_MAX_TEXT);
	loaded->cpu = nb_strdup(cpu ? json_string_value(cpu) : "");
	clean(loaded->cpu);
	return true;
}

static bool load_metadata(json_t *metadata, struct nb_loaded *loaded, char *why)
{
	const char *key;
	json_t *value;

	json_object_foreach(metadata, key, value)
	{
		struct nb_loaded_text *text;

		if (!json_is_string(value))
			return refuse(why, "metadata: %s is not a text", key);
		loaded->metadata = nb_grow(loaded->metadata, loaded->metadata_count, sizeof(*loaded->metadata));
		text = &loaded->metadata[loaded->metadata_count++];
		*text = (struct nb_loaded_text){nb_strdup(key), nb_strdup(json_string_value(value))};
		clean(text->key);
		clean(text->value);
	}
	return true;
}

/* Version 0.1 has the key `schema`. A file with both keys was written for both versions. */
static bool load_schema(const json_t *root, char *why)
{
	const json_t *schema = json_object_get(root, "schema_version");

	if (!schema)
		schema = json_object_get(root, "schema");
	if (!json_is_integer(schema))
		return refuse(why, "it names no schema_version: not a results.json of nestbed");
	if (json_integer_value(schema) < NB_LOAD_OLDEST)
		return refuse(why,
			      "it has the older schema_version %" JSON_INTEGER_FORMAT
			      ", this nestbed reads %d to %d: measure again, or use the older nestbed",
			      json_integer_value(schema), NB_LOAD_OLDEST, NB_SCHEMA);
	if (json_integer_value(schema) > NB_SCHEMA)
		return refuse(why,
			      "it has the newer schema_version %" JSON_INTEGER_FORMAT
			      ", this nestbed reads %d to %d: use a newer nestbed",
			      json_integer_value(schema), NB_LOAD_OLDEST, NB_SCHEMA);
	return true;
}

static bool load_root(const json_t *root, struct nb_loaded *loaded, char *why)
{
	const json_t *complete = json_object_get(root, "complete"), *damage = json_object_get(root, "damage");

	if (!load_schema(root, why))
		return false;
	if (!json_is_boolean(complete))
		return refuse(why, "complete is neither true nor false");
	if (!json_is_string(damage) && !json_is_null(damage))
		return refuse(why, "damage is neither a text nor null");
	loaded->complete = json_is_true(complete) && json_is_null(damage);
	return load_cpu(json_object_get(root, "metadata"), loaded, why) &&
	       load_metadata(json_object_get(root, "metadata"), loaded, why) &&
	       load_rows(json_object_get(root, "rows"), loaded, why);
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

/* Returns true if the folder of `file` has a file with this name. */
static bool is_beside(const char *file, const char *name)
{
	const char *slash = strrchr(file, '/');
	char *path = NULL;
	bool found;

	if (asprintf(&path, "%.*s%s", slash ? (int)(slash + 1 - file) : 0, file, name) < 0)
		return false;
	found = access(path, F_OK) == 0;
	free(path);
	return found;
}

/*
 * Returns advice for a missing or damaged results.json, if the folder may hold the records of the
 * run.
 */
static const char *way_out(const char *file)
{
	return is_beside(file, "run.json") ? ": `nestbed recover` of its folder makes it again" : "";
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
	/* The check comes before open(), because open() on a pipe waits for its writer. */
	if (stat(full, &status) < 0) {
		pr_err("cannot read %s: %s%s", full, strerror(errno), way_out(full));
	} else if (!S_ISREG(status.st_mode)) {
		pr_err("cannot read %s: not a file", full);
	} else if (status.st_size > NB_LOAD_MAX_BYTES) {
		pr_err("cannot read %s: it is larger than %u MiB", full, NB_LOAD_MAX_BYTES >> 20);
	} else if (file__read(full, &file)) {
		good = nb_load_text(loaded, (const char *)file.data, file.size, why);
		if (!good)
			pr_err("cannot use %s: %s%s", full, why, way_out(full));
		free(file.data);
	}
	loaded->marked = good && is_beside(full, NB_LOAD_MARK);
	free(full);
	return good;
}

bool nb_loaded_is_whole(const struct nb_loaded *loaded)
{
	return loaded->complete && !loaded->marked;
}

static void free_row(struct nb_loaded_row *row)
{
#define X(name) free(row->name);
	NB_LOADED_TEXTS(X)
	NB_LOADED_NAMES(X)
	NB_LOADED_OPTIONAL_TEXTS(X)
#undef X
	for (size_t j = 0; j < row->counter_count; j++)
		free(row->counters[j].key);
	free(row->counters);
	free(row->samples);
	free(row->flags);
}

void nb_loaded_keep_first_machine(struct nb_loaded *loaded)
{
	size_t kept = 0;

	for (size_t i = 0; i < loaded->row_count; i++) {
		if (nb_loaded_same_machine(&loaded->rows[0], &loaded->rows[i])) {
			loaded->rows[kept++] = loaded->rows[i];
			continue;
		}
		loaded->sample_count -= loaded->rows[i].sample_count;
		free_row(&loaded->rows[i]);
	}
	loaded->left_out += loaded->row_count - kept;
	loaded->row_count = kept;
}

void nb_loaded_free(struct nb_loaded *loaded)
{
	for (size_t i = 0; i < loaded->row_count; i++)
		free_row(&loaded->rows[i]);
	for (size_t i = 0; i < loaded->metadata_count; i++) {
		free(loaded->metadata[i].key);
		free(loaded->metadata[i].value);
	}
	free(loaded->metadata);
	free(loaded->rows);
	free(loaded->machine);
	free(loaded->clock);
	free(loaded->cpu);
	*loaded = (struct nb_loaded){0};
}

const char *nb_loaded_metadata(const struct nb_loaded *loaded, const char *key)
{
	for (size_t i = 0; i < loaded->metadata_count; i++)
		if (strcmp(loaded->metadata[i].key, key) == 0)
			return loaded->metadata[i].value;
	return NULL;
}

bool nb_loaded_same(const struct nb_loaded_row *a, const struct nb_loaded_row *b)
{
	return strcmp(a->op, b->op) == 0 && strcmp(a->level, b->level) == 0 && strcmp(a->config, b->config) == 0 &&
	       strcmp(a->route, b->route) == 0 && strcmp(a->l0, b->l0) == 0;
}

bool nb_loaded_same_machine(const struct nb_loaded_row *a, const struct nb_loaded_row *b)
{
	return strcmp(a->kernel, b->kernel) == 0 && strcmp(a->kernel_args, b->kernel_args) == 0 &&
	       strcmp(a->cpu, b->cpu) == 0;
}
