// SPDX-License-Identifier: GPL-2.0-only
/*
 * Infers the machine, the command and the metadata from file names, from results.json and from the
 * records.
 */
#include "l0/report/recover_old.h"

#include <dirent.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "l0/base/util.h"
#include "l0/experiments/chase_miss.h"
#include "l0/experiments/walk_steps.h"
#include "l0/report/output_files.h"
#include "l0/request/old_words.h"
#include "l0/results/load.h"

static int is_records(const struct dirent *entry)
{
	return fnmatch("records*.bin", entry->d_name, 0) == 0;
}

static int is_emulators(const struct dirent *entry)
{
	return fnmatch("console*.log", entry->d_name, 0) == 0 || fnmatch("kernel*.log", entry->d_name, 0) == 0 ||
	       fnmatch("bochs*.log", entry->d_name, 0) == 0 || fnmatch("records-L*.bin", entry->d_name, 0) == 0;
}

static int count_files(const char *folder, int (*filter)(const struct dirent *entry))
{
	struct dirent **entries;
	int count = scandir(folder, &entries, filter, alphasort);

	for (int i = 0; i < count; i++)
		free(entries[i]);
	if (count >= 0)
		free(entries);
	return count;
}

static json_t *list_streams(const char *folder)
{
	struct dirent **entries;
	int count = scandir(folder, &entries, is_records, versionsort);
	json_t *list = json_array();

	for (int i = 0; i < count; i++) {
		json_array_append_new(list, json_pack("{s:s, s:i}", "file", entries[i]->d_name, "variant", 0));
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	return list;
}

/* Lists the folders of modes that were measured one after the other. */
static json_t *list_parts(const char *folder)
{
	json_t *list = json_array();
	char path[700];

	for (const char *const *mmu = nb_old_mmus; *mmu; mmu++) {
		text__format(path, sizeof(path), "%s/%s", folder, *mmu);
		if (count_files(path, is_records) > 0)
			json_array_append_new(list, json_string(*mmu));
	}
	return list;
}

static void collect(const json_t *streams, const char *folder, struct nb_results *results)
{
	for (size_t i = 0; i < json_array_size(streams); i++) {
		struct nb_collector collector;
		struct file_data data;
		char path[700];

		text__format(path, sizeof(path), "%s/%s", folder,
			     json_string_value(json_object_get(json_array_get(streams, i), "file")));
		nb_collect_begin(&collector, results);
		if (file__read(path, &data)) {
			nb_collect_feed(&collector, data.data, data.size);
			free(data.data);
		}
		nb_collect_end(&collector);
	}
}

static bool has_events(const struct nb_run *run)
{
	for (size_t i = 0; i < run->op_count; i++)
		if (run->ops[i].event_count)
			return true;
	return false;
}

static bool has_fields(const struct nb_run *run)
{
	return run->op_count && strncmp(run->ops[0].name, "vmread.", 7) == 0;
}

static const char *guess_command(const struct nb_results *results)
{
	for (size_t i = 0; i < results->run_count; i++) {
		const struct nb_run *run = &results->runs[i];

		if (nb_run_op(run, "walk.4.4"))
			return "walk";
		if (has_fields(run))
			return "fields";
		if (chase__is_run(run))
			return "chase";
		if (has_events(run))
			return "trace";
	}
	return "run";
}

/* Returns the deepest level, or 0 if the run has no table of levels. */
static int guess_depth(const char *folder, const struct nb_results *results)
{
	char path[700];
	int depth = 0;

	for (size_t i = 0; i < results->run_count; i++)
		if (results->runs[i].level[0] == 'L' && results->runs[i].level[1] - '0' > depth)
			depth = results->runs[i].level[1] - '0';
	text__format(path, sizeof(path), "%s/depth.csv", folder);
	return depth > 2 || access(path, F_OK) == 0 ? depth : 0;
}

static bool has_address(const struct nb_results *results)
{
	struct walk_steps steps;

	for (size_t i = 0; i < results->run_count; i++)
		if (walk_steps__read(&steps, &results->runs[i]))
			return true;
	return false;
}

/* Loads as much of results.json as can be read. Returns false if it cannot be used. */
static bool load(struct nb_loaded *loaded, const char *folder)
{
	char path[700], why[NB_LOAD_REASON];
	struct file_data data;
	bool good;

	text__format(path, sizeof(path), "%s/results.json", folder);
	if (access(path, R_OK) != 0 || !file__read(path, &data))
		return false;
	good = nb_load_text(loaded, (const char *)data.data, data.size, why);
	free(data.data);
	return good;
}

static const char *meta(const struct nb_results *results, const char *key)
{
	for (size_t i = 0; i < results->meta_count; i++)
		if (strcmp(results->meta[i].key, key) == 0)
			return results->meta[i].value;
	return "";
}

/* Names the only machine in the same way as the reader of results.json of version 0.1. */
static json_t *pack_variants(const struct nb_loaded *loaded, const struct nb_results *results)
{
	const char *kernel = loaded ? loaded->rows[0].kernel : meta(results, "kernel");
	const char *cpu = loaded ? loaded->rows[0].cpu : meta(results, "cpu_model");
	json_t *variant = json_pack("{s:s#, s:s, s:s, s:{}}", "kernel", kernel, (int)strcspn(kernel, " "),
				    "kernel_args", "", "cpu", cpu, "metadata");

	return json_pack("[o]", variant);
}

static json_t *pack_metadata(const struct nb_loaded *loaded, const char *machine)
{
	json_t *object = json_object();

	if (!loaded)
		json_object_set_new(object, "machine", json_string(machine));
	for (size_t i = 0; loaded && i < loaded->metadata_count; i++)
		json_object_set_new(object, loaded->metadata[i].key, json_string(loaded->metadata[i].value));
	return object;
}

bool recover_old__guess(struct run_file *file, const char *folder, char why[RUN_FILE_REASON])
{
	json_t *streams = list_streams(folder), *parts = list_parts(folder);
	const size_t streams_and_parts = json_array_size(streams) + json_array_size(parts);
	struct nb_results results = {0};
	struct nb_loaded loaded;
	const char *machine, *by;
	char path[700];
	json_t *root;
	bool known;

	if (streams_and_parts == 0) {
		json_decref(streams);
		json_decref(parts);
		text__format(path, sizeof(path), "%s/" OUTPUT_MARK, folder);
		snprintf(
			why, RUN_FILE_REASON, "%s",
			access(path, F_OK) == 0
				? "the run ended before its first record: nothing can be recovered"
				: "not the folder of a run that can be recovered: it has neither run.json nor records");
		return false;
	}
	collect(streams, folder, &results);
	known = load(&loaded, folder);
	if (known) {
		machine = strcmp(loaded.machine, "host") == 0 ? "host" : "bochs";
		by = "as results.json says";
	} else {
		machine = count_files(folder, is_emulators) > 0 ? "bochs" : "host";
		by = strcmp(machine, "host") == 0 ? "as no file of an emulator is there"
						  : "as files of an emulator are there";
	}
	root = json_pack("{s:i, s:s, s:s, s:s, s:s, s:i, s:i, s:b, s:b, s:o, s:o, s:o, s:o}", "schema_version",
			 RUN_FILE_SCHEMA, "command", guess_command(&results), "machine", machine, "ops", "", "address",
			 has_address(&results) ? "the address" : "", "depth", guess_depth(folder, &results), "runs", 0,
			 "plots", 1, "part", 0, "parts", parts, "streams", streams, "variants",
			 pack_variants(known ? &loaded : NULL, &results), "metadata",
			 pack_metadata(known ? &loaded : NULL, machine));
	if (known)
		nb_loaded_free(&loaded);
	nb_results_free(&results);
	if (!run_file__adopt(file, root, why))
		return false;
	snprintf(why, RUN_FILE_REASON, "machine %s, %s; how many levels there were to be, nobody knows", file->machine,
		 by);
	return true;
}
