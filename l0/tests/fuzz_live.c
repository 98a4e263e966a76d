// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes two readings of a live trace, with any counts and times between them. Each form of the
 * table must have lines that a reader accepts, with the same numbers.
 */
#include <string.h>

#include <jansson.h>

#include "l0/experiments/live_table.h"
#include "l0/tests/fuzz.h"
#include "trace/histogram.h"

#define COMMAS 11 /* of each line of CSV */

/* The input is read as an array of these: an event before the first reading or between the two. */
struct happening {
	uint8_t what; /* bit 0: before the first; 1: level; 2: to L1; 2 and 3: to user space */
	uint8_t reason;
	uint8_t count;
	uint64_t ns;
};

static struct live_reading readings[2];
static struct live_table table;

/* Adds the event to the reading after it and to later ones. With `takes_out` it clears the counters
 * of the event instead, which resets readings quickly. */
static void happen(const struct happening *h, bool takes_out)
{
	const unsigned level = h->what >> 1 & 1, reason = h->reason % TRACE_REASONS;
	const uint64_t ns = h->ns >> 30;

	for (unsigned i = h->what & 1 ? 0 : 1; i < 2; i++) {
		struct trace_histogram *histogram = &readings[i].histogram[level][reason];
		struct trace_counts *counts = &readings[i].counts;
		uint32_t *bucket = &histogram->bucket[trace_bucket(ns)];
		__u64 *count = !(h->what & 4) ? &counts->exits[level][reason]
			       : h->what & 8  ? &counts->user_exits[h->reason % TRACE_USER_REASONS]
					      : &counts->virtual_exits[reason];

		if (takes_out) {
			*count = *bucket = 0;
			histogram->count = histogram->total = histogram->max = 0;
			continue;
		}
		*count += h->count;
		if (h->what & 4)
			continue;
		histogram->count += h->count;
		histogram->total += h->count * ns;
		histogram->max = ns > histogram->max ? ns : histogram->max;
		*bucket += h->count;
	}
}

static FILE *begin(char **text, size_t *size)
{
	FILE *out = open_memstream(text, size);

	FUZZ_REQUIRE(out);
	return out;
}

static void check_text(void)
{
	char *text;
	size_t size;
	FILE *out = begin(&text, &size);

	live_table__write_text(out, &table);
	FUZZ_REQUIRE(fclose(out) == 0 && !strstr(text, "nan") && !strstr(text, "inf"));
	free(text);
}

/* Each line has as many columns as the head. There are as many lines as rows. */
static void check_csv(const char *ended)
{
	size_t size, lines = 0, commas = 0;
	struct table_writer writer;
	char *text;
	FILE *out = begin(&text, &size);

	live_table__begin_rows(&writer, TABLE_CSV, out);
	live_table__write_rows(&writer, &table, ended);
	FUZZ_REQUIRE(fclose(out) == 0 && !strstr(text, "nan") && !strstr(text, "inf"));
	for (const char *c = text; *c; c++) {
		commas += *c == ',';
		FUZZ_REQUIRE(*c != '\n' || commas == COMMAS);
		lines += *c == '\n';
		commas = *c == '\n' ? 0 : commas;
	}
	FUZZ_REQUIRE(commas == 0);
	FUZZ_REQUIRE(lines == 1 + table.row_count + table.to_l1_count + table.to_user_count + (ended != NULL));
	free(text);
}

static void check_json(const char *ended)
{
	uint64_t exits = 0;
	json_t *root, *rows;
	char *text;
	size_t size;
	FILE *out = begin(&text, &size);

	live_table__write_json(out, &table, ended);
	FUZZ_REQUIRE(fclose(out) == 0 && strchr(text, '\n') == text + size - 1);
	root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	FUZZ_REQUIRE(root);
	rows = json_object_get(root, "rows");
	FUZZ_REQUIRE(json_array_size(rows) == table.row_count);
	for (size_t i = 0; i < json_array_size(rows); i++) {
		const json_t *row = json_array_get(rows, i);
		const double max = json_number_value(json_object_get(row, "max_ns"));

		exits += (uint64_t)json_integer_value(json_object_get(row, "count"));
		for (const char *const *key = (const char *const[]){"p50_ns", "p90_ns", "p99_ns", NULL}; *key; key++)
			FUZZ_REQUIRE(json_number_value(json_object_get(row, *key)) <=
				     max * (1 + TRACE_ERROR_PERCENT / 100) + 1);
	}
	FUZZ_REQUIRE(exits == table.exits);
	FUZZ_REQUIRE(exits == (uint64_t)json_integer_value(json_object_get(root, "exits")));
	FUZZ_REQUIRE(!json_object_get(root, "ended") == !ended);
	json_decref(root);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const size_t count = size / sizeof(struct happening);
	struct happening h;

	readings[0].seconds = size ? data[0] : 0;
	readings[1].seconds = readings[0].seconds + (size ? data[size - 1] / 1e3 : 0);
	for (size_t i = 0; i < count; i++) {
		memcpy(&h, data + i * sizeof(h), sizeof(h));
		happen(&h, false);
	}
	for (unsigned final = 0; final < 2; final++) {
		live_table__make(&table, &readings[1], final ? NULL : &readings[0]);
		check_text();
		check_csv(final ? "interrupted" : NULL);
		check_json(final ? "interrupted" : NULL);
	}
	for (size_t i = 0; i < count; i++) {
		memcpy(&h, data + i * sizeof(h), sizeof(h));
		happen(&h, true);
	}
	return 0;
}

/* Seeds: L1's port I/O and L2's CPUID, with exits to L1 and to user space; each kind of event with
 * every fifth reason; and time without events. */
void fuzz__seeds(void (*take)(const void *bytes, size_t size))
{
	static const struct happening few[] = {
		{1, 30, 7, 41000ull << 30},
		{0, 30, 3, 1ull << 60},
		{2, 10, 50, 900ull << 30},
		{2, 10, 1, UINT64_MAX},
		{4, 10, 51, 0},
		{12, 2, 10, 0},
		{12, 37, 1, 0},
		{3, 12, 1, 7000000ull << 30},
	};
	static struct happening each[16];

	take(few, sizeof(few));
	for (unsigned i = 0; i < 16; i++)
		each[i] = (struct happening){
			.what = (uint8_t)i, .reason = (uint8_t)(5 * i), .count = (uint8_t)i, .ns = 1ull << 4 * i};
	take(each, sizeof(each));
	take("\1", 1);
}
