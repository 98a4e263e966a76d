// SPDX-License-Identifier: GPL-2.0-only
/* Writes results.csv and results.json, each through a temporary file beside it. */
#include "l0/results/write.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "l0/base/allocate.h"
#include "l0/base/whole_file.h"
#include "l0/results/pack.h"

/* The format is RFC 4180 with Unix line ends. A cell is quoted only if necessary. */
void nb_put_csv_cell(const char *text, FILE *out)
{
	if (!strpbrk(text, ",\"\r\n")) {
		fputs(text, out);
		return;
	}
	fputc('"', out);
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', out);
		fputc(*text, out);
	}
	fputc('"', out);
}

bool nb_put_csv(const struct nb_report *report, FILE *out)
{
	char cell[32];

	for (size_t i = 0; i < NB_COLUMN_COUNT; i++)
		fprintf(out, "%s%s", i ? "," : "", nb_columns[i].name);
	fputc('\n', out);
	for (size_t row = 0; row < report->row_count; row++) {
		for (size_t i = 0; i < NB_COLUMN_COUNT; i++) {
			if (i)
				fputc(',', out);
			nb_put_csv_cell(nb_cell(&report->rows[row], &nb_columns[i], cell, sizeof(cell)), out);
		}
		fputc('\n', out);
	}
	return true;
}

/* jansson returns NULL after a failed allocation. A call that receives NULL also fails. */
static json_t *json_cell(const struct nb_row *row, const struct nb_column *column)
{
	const void *cell = (const char *)row + column->offset;

	switch (column->kind) {
	case NB_TEXT:
		return json_string(*(const char *const *)cell);
	case NB_COUNT:
		if (*(const uint64_t *)cell == NB_ABSENT)
			return json_null();
		return json_integer((json_int_t) * (const uint64_t *)cell);
	case NB_REAL:
		if (isnan(*(const double *)cell))
			return json_null();
		return json_real(nb_round(*(const double *)cell));
	}
	return NULL;
}

static json_t *json_texts(const struct nb_text *texts, size_t count)
{
	json_t *object = json_object();

	for (size_t i = 0; i < count; i++)
		if (json_object_set_new(object, texts[i].key, json_string(texts[i].value)) < 0) {
			json_decref(object);
			return NULL;
		}
	return object;
}

/* Returns the metadata of each machine of the result. */
static json_t *json_variants(const struct nb_results *results)
{
	json_t *array = json_array();

	for (size_t i = 0; i < results->variant_count; i++) {
		const struct nb_variant *variant = &results->variants[i];

		if (json_array_append_new(array,
					  json_pack("{s:s, s:s, s:s, s:o}", "kernel", variant->kernel, "kernel_args",
						    variant->kernel_args, "cpu", variant->cpu, "metadata",
						    json_texts(variant->meta, variant->meta_count))) < 0) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

static json_t *json_counters(const struct nb_op_result *op)
{
	json_t *object = json_object();

	for (size_t i = 0; i < op->counter_count; i++)
		if (json_object_set_new(object, op->counters[i].key, json_integer((json_int_t)op->counters[i].value)) <
		    0) {
			json_decref(object);
			return NULL;
		}
	return object;
}

static json_t *json_samples(const struct nb_row *row)
{
	const struct nb_op_result *op = row->result;
	uint64_t *ticks = NULL;
	json_t *object;
	char *data;

	for (size_t i = 0; i < op->sample_count; i++) {
		ticks = nb_grow(ticks, i, sizeof(*ticks));
		ticks[i] = op->samples[i].ticks;
	}
	data = nb_pack(ticks, row->flags, op->sample_count);
	object = json_pack("{s:I, s:s, s:s}", "n", (json_int_t)op->sample_count, "encoding", NB_PACK_ENCODING, "data",
			   data);
	free(data);
	free(ticks);
	return object;
}

static json_t *json_row(const struct nb_row *row)
{
	json_t *object = json_object();
	int bad = 0;

	for (size_t i = 0; i < NB_COLUMN_COUNT; i++)
		bad |= json_object_set_new(object, nb_columns[i].name, json_cell(row, &nb_columns[i]));
	bad |= json_object_set_new(object, "vmm", json_string(row->run->vmm));
	bad |= json_object_set_new(object, "windows", json_integer((json_int_t)row->result->windows));
	bad |= json_object_set_new(object, "texts", json_texts(row->run->texts, row->run->text_count));
	bad |= json_object_set_new(object, "counters", json_counters(row->result));
	bad |= json_object_set_new(object, "samples", json_samples(row));
	if (!bad)
		return object;
	json_decref(object);
	return NULL;
}

/* Writes the value and frees it. */
static bool dump(json_t *value, FILE *out)
{
	/* With 15 digits, two decimals appear unchanged: 10.55, not 10.550000000000001. */
	bool good = value && json_dumpf(value, out, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15)) == 0;

	if (!value)
		errno = ENOMEM;
	json_decref(value);
	return good;
}

/* Each row is one line, so that grep and diff can handle a file of many thousand samples. */
bool nb_put_json(const struct nb_report *report, FILE *out)
{
	const struct nb_results *results = report->results;
	bool good;

	fprintf(out, "{\"schema_version\":%d,\n\"complete\":%s,\n\"damage\":", NB_SCHEMA,
		nb_results_incomplete(results) ? "false" : "true");
	good = dump(results->damage ? json_string(results->damage) : json_null(), out);
	fputs(",\n\"metadata\":", out);
	good = good && dump(json_texts(results->meta, results->meta_count), out);
	fputs(",\n\"variants\":", out);
	good = good && dump(json_variants(results), out);
	fputs(",\n\"rows\":[", out);
	for (size_t i = 0; good && i < report->row_count; i++) {
		fputs(i ? ",\n" : "\n", out);
		good = dump(json_row(&report->rows[i]), out);
	}
	fputs("\n]}\n", out);
	return good;
}

static bool write_file(const struct nb_report *report, const char *path,
		       bool (*body)(const struct nb_report *report, FILE *out))
{
	struct whole_file file;

	return whole_file__begin(&file, path) && whole_file__end(&file, body(report, file.out));
}

bool nb_write_csv(const struct nb_report *report, const char *path)
{
	return write_file(report, path, nb_put_csv);
}

bool nb_write_json(const struct nb_report *report, const char *path)
{
	return write_file(report, path, nb_put_json);
}
