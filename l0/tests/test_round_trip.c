// SPDX-License-Identifier: GPL-2.0-only
/* Writes random reports and reads them back. Every cell and every sample must be unchanged. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "l0/base/allocate.h"
#include "l0/results/flags.h"
#include "l0/results/load.h"
#include "l0/results/write.h"
#include "l0/tests/test_random.h"

#define PICK(random, list) list[random__below(random, sizeof(list) / sizeof((list)[0]))]

static const char *const nasty[] = {
	"",      "plain",     "a,b", "\"",      "quoted \"word\", and a comma", "back\\slash",
	"tail,", "{\"a\":1}", "=1",  " blanks "};

/* "empty" is 0, "op3" is 3. */
static int number_of(const char *name)
{
	return strcmp(name, "empty") == 0 ? 0 : name[2] - '0';
}

/* A made-up list: family names with all characters that are hard for a file, and exits of every
 * kind. The round trip asks for operations in any order. */
static const struct nb_op_info *get_op(const char *name)
{
	static struct nb_op_info list[10];
	struct nb_op_info *op = &list[number_of(name)];

	op->name = number_of(name) ? "op" : "empty";
	op->family = nasty[number_of(name)];
	op->l1 = op->kvm = number_of(name) < 3 ? number_of(name) - 1 : 1;
	return op;
}

/* Returns the ticks of a quiet machine, of a noisy one, of two clocks, or all equal ticks. */
static uint64_t random_ticks(struct random *random, unsigned kind)
{
	switch (kind) {
	case 0:
		return 1000 + random__below(random, 3);
	case 1:
		return 1000 + random__below(random, 100) +
		       (random__below(random, 50) ? 0 : random__below(random, 100000));
	case 2:
		return random__next(random) >> 1;
	default:
		return random__below(random, 2) ? 0 : INT64_MAX;
	}
}

static void add_counter(struct nb_op_result *op, const char *key, uint64_t value)
{
	op->counters = nb_grow(op->counters, op->counter_count, sizeof(*op->counters));
	op->counters[op->counter_count].key = nb_strdup(key);
	op->counters[op->counter_count++].value = value;
}

static void add_windows(struct nb_op_result *op, struct random *random)
{
	unsigned kind = (unsigned)random__below(random, 4);
	uint64_t windows = random__below(random, 4), irq_exits = 0;

	for (uint64_t w = 0; w < windows; w++) {
		size_t n = random__below(random, random__below(random, 4) ? 20 : 700);
		struct nb_irq_count count = {random__below(random, 8) > 0, random__below(random, 5)};

		op->window = nb_grow(op->window, w, sizeof(*op->window));
		op->window[w] = (struct nb_window){.first = op->sample_count, .kvm = count, .hv = count};
		irq_exits += count.irq_exits;
		for (size_t i = 0; i < n; i++) {
			op->samples = nb_grow(op->samples, op->sample_count, sizeof(*op->samples));
			op->samples[op->sample_count].start = random__next(random);
			op->samples[op->sample_count++].ticks = random_ticks(random, kind);
		}
	}
	op->windows = windows;
	op->closed = windows && !random__below(random, 8) ? windows - 1 : windows;
	if (random__below(random, 4)) {
		add_counter(op, "kvm.irq_exits", irq_exits);
		add_counter(op, "kvm.exits", op->sample_count + windows + irq_exits);
	}
}

/* Names op0 to op4, each once in a run; runs differ in their configuration. */
static void random_results(struct nb_results *results, struct random *random)
{
	static const char *const levels[] = {"L0", "L1", "L2"}, *const l0s[] = {"kvm", "own", "none", ""};
	size_t runs = 1 + random__below(random, 3);

	for (size_t i = 0; i < runs; i++) {
		struct nb_run *run;
		char config[64];
		size_t ops = 1 + random__below(random, 5);

		results->runs = nb_grow(results->runs, results->run_count, sizeof(*results->runs));
		run = &results->runs[results->run_count++];
		snprintf(config, sizeof(config), "run=%zu %s", i, PICK(random, nasty));
		run->level = nb_strdup(PICK(random, levels));
		run->l0 = nb_strdup(PICK(random, l0s));
		run->config = nb_strdup(config);
		run->vmm = nb_strdup(PICK(random, nasty));
		run->ended = random__below(random, 8) > 0;
		run->status = random__below(random, 8) ? 0 : (uint32_t)random__next(random);
		for (size_t j = 0; j < ops; j++) {
			struct nb_op_result *op;

			run->ops = nb_grow(run->ops, run->op_count, sizeof(*run->ops));
			op = &run->ops[run->op_count++];
			if (j == 0 && random__below(random, 2))
				strcpy(op->name, "empty");
			else
				snprintf(op->name, sizeof(op->name), "op%zu", j);
			add_windows(op, random);
			if (op->windows == 0)
				op->skip = nb_strdup(PICK(random, nasty));
		}
	}
	if (!random__below(random, 4))
		nb_results_set_damage(results, "%s", PICK(random, nasty));
	if (random__below(random, 4))
		nb_results_set_meta(results, "cpu_model", PICK(random, nasty));
}

static char *text_of(const struct nb_report *report, bool (*put)(const struct nb_report *report, FILE *out),
		     size_t *size)
{
	char *text;
	FILE *out = open_memstream(&text, size);

	assert_non_null(out);
	assert_true(put(report, out));
	assert_int_equal(fclose(out), 0);
	return text;
}

/* Every column under its name; numbers as the CSV shows them. */
static void compare_cells(const struct nb_row *row, const json_t *object)
{
	for (size_t i = 0; i < NB_COLUMN_COUNT; i++) {
		const json_t *value = json_object_get(object, nb_columns[i].name);
		char buffer[32], number[32];
		const char *cell = nb_cell(row, &nb_columns[i], buffer, sizeof(buffer)), *read = "";

		assert_non_null(value);
		if (json_is_string(value)) {
			read = json_string_value(value);
		} else if (json_is_integer(value)) {
			snprintf(number, sizeof(number), "%" JSON_INTEGER_FORMAT, json_integer_value(value));
			read = number;
		} else if (json_is_real(value)) {
			/* 15 digits are what the file keeps of a number, however large it is. */
			assert_true(fabs(json_real_value(value) - strtod(cell, NULL)) <=
				    1e-14 * fabs(json_real_value(value)));
			continue;
		}
		assert_true(json_is_null(value) == (*cell == '\0' && nb_columns[i].kind != NB_TEXT));
		assert_string_equal(read, cell);
	}
}

static void compare_loaded(const struct nb_row *row, const struct nb_loaded_row *loaded)
{
	uint64_t outliers = 0, interrupts = 0;

#define X(name) assert_string_equal(row->name, loaded->name);
	NB_LOADED_TEXTS(X)
#undef X
	assert_true(isnan(row->l0_exits_per_op) ? isnan(loaded->exits)
						: fabs(loaded->exits - row->l0_exits_per_op) <= 0.005001);
	assert_int_equal(loaded->sample_count, row->result->sample_count);
	for (size_t i = 0; i < loaded->sample_count; i++) {
		assert_true(loaded->samples[i] == row->result->samples[i].ticks);
		assert_int_equal(loaded->flags[i], row->flags[i]);
		outliers += (loaded->flags[i] & NB_FLAG_OUTLIER) != 0;
		interrupts += (loaded->flags[i] & NB_FLAG_INTERRUPT) != 0;
	}
	if (loaded->sample_count) {
		assert_true(row->outliers == outliers);
		assert_true(row->irq_samples == NB_ABSENT ? interrupts == 0 : row->irq_samples == interrupts);
	}
}

static void compare_json(const struct nb_report *report)
{
	char why[NB_LOAD_REASON], *text, *again;
	struct nb_loaded loaded;
	json_t *root;
	size_t size, size_again;
	bool complete = !nb_results_incomplete(report->results);

	text = text_of(report, nb_put_json, &size);
	again = text_of(report, nb_put_json, &size_again);
	assert_string_equal(text, again);
	root = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(root);
	if (!nb_load_text(&loaded, text, size, why))
		fail_msg("%s in:\n%.2000s", why, text);
	assert_int_equal(loaded.row_count, report->row_count);
	assert_string_equal(loaded.machine, report->machine);
	assert_string_equal(loaded.clock, nb_clock_of_machine(report->machine));
	assert_string_equal(loaded.cpu, report->results->meta_count ? report->results->meta[0].value : "");
	for (size_t i = 0; i < report->row_count; i++) {
		complete = complete && strcmp(report->rows[i].complete, "yes") == 0;
		compare_cells(&report->rows[i], json_array_get(json_object_get(root, "rows"), i));
		compare_loaded(&report->rows[i], &loaded.rows[i]);
	}
	assert_true(loaded.complete == complete);
	json_decref(root);
	nb_loaded_free(&loaded);
	free(again);
	free(text);
}

/* Reads one cell of RFC 4180 at *at, and moves on to the next. */
static void read_cell(const char **at, char *cell, size_t size)
{
	bool quoted = **at == '"';
	size_t length = 0;

	*at += quoted;
	while (quoted ? **at != '"' || (*at)[1] == '"' : **at != ',' && **at != '\n') {
		assert_true(**at && length + 1 < size);
		*at += quoted && **at == '"';
		cell[length++] = *(*at)++;
	}
	*at += quoted;
	assert_true(**at == ',' || **at == '\n');
	cell[length] = '\0';
	(*at)++;
}

static void compare_csv(const struct nb_report *report)
{
	size_t size;
	char *text = text_of(report, nb_put_csv, &size), cell[512], buffer[32];
	const char *at = text;

	for (size_t i = 0; i < NB_COLUMN_COUNT; i++) {
		read_cell(&at, cell, sizeof(cell));
		assert_string_equal(cell, nb_columns[i].name);
	}
	for (size_t row = 0; row < report->row_count; row++)
		for (size_t i = 0; i < NB_COLUMN_COUNT; i++) {
			read_cell(&at, cell, sizeof(cell));
			assert_string_equal(cell, nb_cell(&report->rows[row], &nb_columns[i], buffer, sizeof(buffer)));
			assert_int_equal(at[-1], i + 1 < NB_COLUMN_COUNT ? ',' : '\n');
		}
	assert_ptr_equal(at, text + size);
	free(text);
}

static void what_is_written_is_read(void **state)
{
	struct random random = {20240607};

	(void)state;
	for (int i = 0; i < 300; i++) {
		struct nb_results results = {0};
		struct nb_report report;

		random_results(&results, &random);
		nb_report_build(&report, &results, i % 2 ? "host" : "bochs", get_op);
		compare_json(&report);
		compare_csv(&report);
		nb_report_free(&report);
		nb_results_free(&results);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read),
	};

	return cmocka_run_group_tests_name("round_trip", tests, NULL, NULL);
}
