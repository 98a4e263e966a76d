// SPDX-License-Identifier: GPL-2.0-only
/* Writes and reads run.json with jansson. The reader validates every value before its use. */
#include "l0/report/run_file.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "l0/base/util.h"
#include "l0/base/whole_file.h"
#include "l0/report/output_files.h"
#include "l0/report/recover_old.h"

/*
 * jansson returns NULL after a failed allocation. A call that receives NULL also fails, so one
 * check at the end is enough.
 */
static json_t *pack_texts(const struct nb_text *texts, size_t count)
{
	json_t *object = json_object();

	for (size_t i = 0; i < count; i++)
		json_object_set_new(object, texts[i].key, json_string(texts[i].value));
	if (object && json_object_size(object) == count)
		return object;
	json_decref(object);
	return NULL;
}

static json_t *pack_names(const char *const *names, unsigned count)
{
	json_t *array = json_array();

	for (unsigned i = 0; i < count; i++)
		json_array_append_new(array, json_string(names[i]));
	return array;
}

static json_t *pack_streams(const struct streams *streams)
{
	json_t *array = json_array();

	for (unsigned i = 0; streams && i < streams->count; i++) {
		const char *slash = strrchr(streams->file[i].path, '/');

		json_array_append_new(array, json_pack("{s:s, s:i}", "file", slash ? slash + 1 : streams->file[i].path,
						       "variant", (int)streams->file[i].variant));
	}
	return array;
}

static json_t *pack_variants(const struct request *request, const struct nb_results *metadata)
{
	json_t *array = json_array();

	for (unsigned i = 0; i < request->variants; i++) {
		const struct variant *v = &request->variant[i];
		const struct nb_variant *told = i < metadata->variant_count ? &metadata->variants[i] : NULL;

		json_array_append_new(array,
				      json_pack("{s:s, s:s, s:s, s:o}", "kernel", v->kernel_name, "kernel_args",
						v->kernel_args, "cpu", v->cpu_name, "metadata",
						pack_texts(told ? told->meta : NULL, told ? told->meta_count : 0)));
	}
	return array;
}

bool run_file__write(const struct run_description *d, const char *folder)
{
	json_t *root = json_pack("{s:i, s:s, s:s, s:s, s:s, s:i, s:i, s:b, s:b, s:o, s:o, s:o, s:o}", "schema_version",
				 RUN_FILE_SCHEMA, "command", d->command, "machine", d->request->machine, "ops",
				 d->request->ops ? d->request->ops : "", "address", d->address ? d->address : "",
				 "depth", (int)d->depth, "runs", (int)d->runs, "plots", d->plots, "part", d->part,
				 "parts", pack_names(d->parts, d->part_count), "streams", pack_streams(d->streams),
				 "variants", pack_variants(d->request, d->metadata), "metadata",
				 pack_texts(d->metadata->meta, d->metadata->meta_count));
	struct whole_file file;
	char path[700];
	bool good;

	text__format(path, sizeof(path), "%s/" OUTPUT_DESCRIPTION, folder);
	if (!root) {
		pr_err("cannot write %s: no memory, or a text of the command line is not in UTF-8", path);
		return false;
	}
	if (!whole_file__begin(&file, path)) {
		json_decref(root);
		return false;
	}
	good = json_dumpf(root, file.out, JSON_INDENT(1)) == 0 && putc('\n', file.out) >= 0;
	json_decref(root);
	return whole_file__end(&file, good);
}

static bool refuse(char *why, const char *format, ...) __attribute__((format(printf, 2, 3)));
static bool refuse(char *why, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why, RUN_FILE_REASON, format, args);
	va_end(args);
	for (; *why; why++)
		if ((unsigned char)*why < ' ' || *why == 0x7f)
			*why = '?';
	return false;
}

/* A run writes only names without a path, so a name that leaves the folder is refused. */
static bool is_name(const json_t *value)
{
	const char *name = json_string_value(value);

	return name && *name && !strchr(name, '/') && strcmp(name, ".") != 0 && strcmp(name, "..") != 0 &&
	       strlen(name) < 128;
}

static bool are_texts(json_t *object)
{
	const char *key;
	json_t *value;

	if (!json_is_object(object))
		return false;
	json_object_foreach(object, key, value)
	{
		if (!*key || !json_is_string(value))
			return false;
	}
	return true;
}

static bool check_lists(const struct run_file *file, char *why)
{
	for (size_t i = 0; i < json_array_size(file->parts); i++)
		if (!is_name(json_array_get(file->parts, i)))
			return refuse(why, "the name of its part %zu is not that of a folder", i + 1);
	for (size_t i = 0; i < json_array_size(file->variants); i++) {
		const json_t *v = json_array_get(file->variants, i);

		if (!json_is_string(json_object_get(v, "kernel")) ||
		    !json_is_string(json_object_get(v, "kernel_args")) || !json_is_string(json_object_get(v, "cpu")) ||
		    !are_texts(json_object_get(v, "metadata")))
			return refuse(why, "its variant %zu is not described by texts", i + 1);
	}
	for (size_t i = 0; i < json_array_size(file->streams); i++) {
		const json_t *s = json_array_get(file->streams, i), *variant = json_object_get(s, "variant");

		if (!is_name(json_object_get(s, "file")))
			return refuse(why, "the name of its stream %zu is not that of a file", i + 1);
		if (!json_is_integer(variant) || json_integer_value(variant) < 0 ||
		    json_integer_value(variant) >= (json_int_t)json_array_size(file->variants))
			return refuse(why, "its stream %zu is of no variant", i + 1);
	}
	if (!are_texts(file->metadata))
		return refuse(why, "its metadata are not texts");
	return true;
}

static bool check(struct run_file *file, char *why)
{
	const json_t *schema = json_object_get(file->root, "schema_version");
	json_error_t error;

	if (!json_is_integer(schema))
		return refuse(why, "it names no schema_version");
	if (json_integer_value(schema) > RUN_FILE_SCHEMA || json_integer_value(schema) < 1)
		return refuse(why, "it has schema_version %" JSON_INTEGER_FORMAT ", this nestbed reads %d",
			      json_integer_value(schema), RUN_FILE_SCHEMA);
	if (json_unpack_ex(file->root, &error, 0, "{s:s, s:s, s:s, s:s, s:i, s:i, s:b, s:b, s:o, s:o, s:o, s:o}",
			   "command", &file->command, "machine", &file->machine, "ops", &file->ops, "address",
			   &file->address, "depth", &file->depth, "runs", &file->runs, "plots", &file->plots, "part",
			   &file->part, "parts", &file->parts, "streams", &file->streams, "variants", &file->variants,
			   "metadata", &file->metadata) != 0)
		return refuse(why, "%s", error.text);
	if (strcmp(file->machine, "host") != 0 && strcmp(file->machine, "bochs") != 0)
		return refuse(why, "no machine is called '%s'", file->machine);
	if (file->depth < 0 || file->depth > (int)STACK_DEEPEST || file->runs < 0)
		return refuse(why, "a number in it is out of range");
	if (!json_is_array(file->parts) || !json_is_array(file->streams) || !json_is_array(file->variants))
		return refuse(why, "parts, streams and variants are not arrays");
	return check_lists(file, why);
}

bool run_file__adopt(struct run_file *file, json_t *root, char why[RUN_FILE_REASON])
{
	*file = (struct run_file){.root = root};
	if (!root)
		return refuse(why, "no memory for it");
	if (check(file, why))
		return true;
	run_file__free(file);
	return false;
}

bool run_file__parse(struct run_file *file, const char *text, size_t size, char why[RUN_FILE_REASON])
{
	json_error_t error;
	json_t *root = json_loadb(text, size, JSON_REJECT_DUPLICATES, &error);

	*file = (struct run_file){0};
	if (!root)
		return refuse(why, "not JSON: line %d, column %d: %s", error.line, error.column, error.text);
	return run_file__adopt(file, root, why);
}

bool run_file__read(struct run_file *file, const char *folder, char why[RUN_FILE_REASON])
{
	char path[700];
	struct file_data data;
	bool good;

	why[0] = '\0';
	text__format(path, sizeof(path), "%s/" OUTPUT_DESCRIPTION, folder);
	if (access(path, F_OK) != 0 && errno == ENOENT)
		return false;
	if (!file__read(path, &data))
		return refuse(why, "it cannot be read");
	good = run_file__parse(file, (const char *)data.data, data.size, why);
	free(data.data);
	return good;
}

void run_file__free(struct run_file *file)
{
	json_decref(file->root);
	*file = (struct run_file){0};
}

const char *run_file__part(const struct run_file *file, size_t number)
{
	return json_string_value(json_array_get(file->parts, number));
}

static const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static void collect_stream(const struct run_file *file, const char *folder, size_t number, struct nb_results *results)
{
	const json_t *stream = json_array_get(file->streams, number);
	const json_t *v = json_array_get(file->variants,
					 (size_t)json_integer_value(json_object_get(stream, "variant")));
	struct nb_collector collector;
	struct file_data data;
	char path[700];

	text__format(path, sizeof(path), "%s/%s", folder, text_of(stream, "file"));
	nb_collect_begin_of(
		&collector, results,
		nb_results_variant(results, text_of(v, "kernel"), text_of(v, "kernel_args"), text_of(v, "cpu")));
	if (access(path, R_OK) == 0 && file__read(path, &data)) {
		nb_collect_feed(&collector, data.data, data.size);
		free(data.data);
	}
	nb_collect_end(&collector);
}

static void add_metadata(const struct run_file *file, struct nb_results *results)
{
	const char *key;
	json_t *value;

	for (size_t i = 0; i < json_array_size(file->variants); i++) {
		const json_t *v = json_array_get(file->variants, i);
		const size_t number = nb_results_variant(results, text_of(v, "kernel"), text_of(v, "kernel_args"),
							 text_of(v, "cpu"));

		json_object_foreach(json_object_get(v, "metadata"), key, value)
		{
			nb_results_set_variant_meta(results, number, key, json_string_value(value));
		}
	}
	json_object_foreach(file->metadata, key, value)
	{
		nb_results_set_meta(results, key, json_string_value(value));
	}
}

bool run_file__collect(const struct run_file *file, const char *folder, struct nb_results *results, unsigned *runs)
{
	*runs = (unsigned)file->runs;
	for (size_t i = 0; i < json_array_size(file->streams); i++)
		collect_stream(file, folder, i, results);
	for (size_t i = 0; run_file__part(file, i); i++) {
		char path[600], why[RUN_FILE_REASON], guess[RUN_FILE_REASON];
		struct run_file part = {0};
		unsigned of_part = 1; /* a part that has not begun has at least one run; more is unknown */

		text__format(path, sizeof(path), "%s/%s", folder, run_file__part(file, i));
		/*
		 * A part of version 0.1 has no description. A part that has not begun has no files.
		 */
		if (run_file__read(&part, path, why) || (!*why && recover_old__guess(&part, path, guess))) {
			for (size_t s = 0; s < json_array_size(part.streams); s++)
				collect_stream(&part, path, s, results);
			of_part = (unsigned)part.runs;
			run_file__free(&part);
		} else if (*why) {
			pr_err("cannot use %s/" OUTPUT_DESCRIPTION ": %s", path, why);
			return false;
		}
		*runs += of_part;
	}
	add_metadata(file, results);
	return true;
}
