// SPDX-License-Identifier: GPL-2.0-only
/* Tests of the reader of results.json. It reads correct files, and gives a reason for every
 * damage. */
#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "l0/base/util.h"
#include "l0/results/load.h"
#include "l0/tests/capture.h"

#define ROW(op, level, exits, n, status, note, data)                                                                   \
	"{\"machine\":\"host\",\"clock\":\"tsc_cycles\",\"l0\":\"kvm\",\"op\":\"" op "\",\"level\":\"" level           \
	"\",\"route\":\"L1\",\"config\":\"shadow_vmcs=on\",\"n\":" n ",\"l0_exits_per_op\":" exits                     \
	",\"complete\":\"yes\",\"status\":\"" status "\",\"note\":\"" note "\",\"samples\":{\"n\":" n                  \
	",\"encoding\":\"zlib+base64\",\"data\":\"" data "\"}}"
#define HEAD "{\"schema\":2,\n\"complete\":true,\n\"damage\":null,\n\"metadata\":{\"cpu_model\":\"i\"},\n\"rows\":[\n"
/* Made by another program: ticks 30, 10, 20 with the flags 0, 1, 2; and no samples at all. */
#define THREE "eJyT4xJhwAoYmQAGQQBA"
#define NONE  "eJwDAAAAAAE="
#define VALID                                                                                                          \
	HEAD ROW("cpuid", "L2", "2.5", "3", "ok", "", THREE) ",\n" ROW("vmcall", "L0", "null", "0", "skipped",         \
								       "no hypervisor", NONE) "\n]}\n"

static const char valid[] = VALID;
static char why[NB_LOAD_REASON];

static bool load(struct nb_loaded *loaded, const char *text)
{
	return nb_load_text(loaded, text, strlen(text), why);
}

/* The valid file with the first `from` replaced. */
static char *changed(const char *from, const char *to)
{
	const char *at = strstr(valid, from);
	char *text;

	if (!at)
		fail_msg("there is no %s", from);
	if (asprintf(&text, "%.*s%s%s", (int)(at - valid), valid, to, at + strlen(from)) < 0)
		abort();
	return text;
}

static void what_is_right_is_read(void **state)
{
	struct nb_loaded loaded;

	(void)state;
	assert_true(load(&loaded, valid));
	assert_true(loaded.complete);
	assert_string_equal(loaded.machine, "host");
	assert_string_equal(loaded.clock, "tsc_cycles");
	assert_string_equal(loaded.cpu, "i");
	assert_int_equal(loaded.row_count, 2);
	assert_int_equal(loaded.sample_count, 3);
	assert_string_equal(loaded.rows[0].op, "cpuid");
	assert_string_equal(loaded.rows[0].level, "L2");
	assert_string_equal(loaded.rows[0].config, "shadow_vmcs=on");
	assert_string_equal(loaded.rows[0].route, "L1");
	assert_string_equal(loaded.rows[0].l0, "kvm");
	assert_true(loaded.rows[0].exits == 2.5);
	assert_int_equal(loaded.rows[0].sample_count, 3);
	assert_int_equal(loaded.rows[0].samples[0], 30);
	assert_int_equal(loaded.rows[0].samples[2], 20);
	assert_int_equal(loaded.rows[0].flags[0], 0);
	assert_int_equal(loaded.rows[0].flags[2], 2);
	assert_string_equal(loaded.rows[1].status, "skipped");
	assert_string_equal(loaded.rows[1].note, "no hypervisor");
	assert_true(isnan(loaded.rows[1].exits));
	assert_int_equal(loaded.rows[1].sample_count, 0);
	assert_false(nb_loaded_same(&loaded.rows[0], &loaded.rows[1]));
	nb_loaded_free(&loaded);
}

static void words_of_old_results_are_renamed(void **state)
{
	char *old = changed("\"l0\":\"kvm\"", "\"l0\":\"none\"");
	char *now = changed("\"l0\":\"kvm\"", "\"kernel\":\"none\",\"l0\":\"none\"");
	char *config = changed("shadow_vmcs=on", "shadow_vmcs=on mmu=synced x");
	struct nb_loaded loaded;

	(void)state;
	assert_true(load(&loaded, old)); /* it names no kernel, so it is of 0.1 */
	assert_string_equal(loaded.rows[0].l0, "own");
	assert_string_equal(loaded.rows[1].l0, "kvm");
	nb_loaded_free(&loaded);
	assert_true(load(&loaded, now));
	assert_string_equal(loaded.rows[0].l0, "none");
	nb_loaded_free(&loaded);
	assert_true(load(&loaded, config));
	assert_string_equal(loaded.rows[0].config, "shadow_vmcs=on mmu=shadow-wp x");
	nb_loaded_free(&loaded);
	free(config);
	free(old);
	free(now);
}

static void numbers_and_counters_are_read(void **state)
{
	char *text = changed("\"note\":\"\"",
			     "\"note\":\"\",\"net_p50_ticks\":9.5,\"hv_vmreads_per_op\":null,\"windows\":4,"
			     "\"counters\":{\"kvm.exits\":8,\"hv.exit.CPUID\":18446744073709551}");
	struct nb_loaded loaded;

	(void)state;
	assert_true(load(&loaded, text));
	assert_true(loaded.rows[0].net_p50 == 9.5);
	assert_true(isnan(loaded.rows[0].vmreads));
	assert_true(isnan(loaded.rows[0].vmwrites)); /* not in the file at all */
	assert_true(loaded.rows[0].windows == 4);
	assert_int_equal(loaded.rows[0].counter_count, 2);
	assert_string_equal(loaded.rows[0].counters[1].key, "hv.exit.CPUID");
	assert_true(loaded.rows[0].counters[1].value == 18446744073709551u);
	assert_int_equal(loaded.rows[1].counter_count, 0);
	assert_string_equal(nb_loaded_metadata(&loaded, "cpu_model"), "i");
	assert_null(nb_loaded_metadata(&loaded, "seed"));
	nb_loaded_free(&loaded);
	free(text);
}

static void incomplete_is_noticed_wherever_it_stands(void **state)
{
	static const char *const changes[][2] = {{"\"complete\":true", "\"complete\":false"},
						 {"\"complete\":\"yes\"", "\"complete\":\"no\""},
						 {"\"damage\":null", "\"damage\":\"cut off\""}};

	(void)state;
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		char *text = changed(changes[i][0], changes[i][1]);
		struct nb_loaded loaded;

		assert_true(load(&loaded, text));
		assert_false(loaded.complete);
		nb_loaded_free(&loaded);
		free(text);
	}
}

static void every_damage_has_its_reason(void **state)
{
	static const struct {
		const char *from, *to, *reason;
	} damages[] = {
		{"\"schema\":2", "\"schema\":1",
		 "it has the older schema_version 1, this nestbed reads 2 to 3: measure again, or use the older nestbed"},
		{"\"schema\":2", "\"schema_version\":1", "it has the older schema_version 1"},
		{"\"schema\":2", "\"schema\":4",
		 "it has the newer schema_version 4, this nestbed reads 2 to 3: use a newer nestbed"},
		{"\"schema\":2", "\"schema\":2,\"schema_version\":4", "it has the newer schema_version 4"},
		{"\"schema\":2", "\"schema\":\"2\"", "names no schema_version"},
		{"\"schema\":2", "\"schema_version\":null", "names no schema_version"},
		{"\"schema\":2,", "", "names no schema_version"},
		{"\"schema\":2,", "\"schema\":2,\"schema\":2,", "not JSON"}, /* which of both would count? */
		{"{\"cpu_model\":\"i\"}", "[]", "metadata is not an object"},
		{"{\"cpu_model\":\"i\"}", "{\"cpu_model\":1}", "the CPU's model is not a text"},
		{"\"complete\":true", "\"complete\":1", "complete is neither true nor false"},
		{"\"damage\":null", "\"damage\":0", "damage is neither"},
		{"\"rows\":[", "\"rows\":[],\"x\":[", "no rows"},
		{"\"rows\":[", "\"rows\":7,\"x\":[", "rows is not an array"},
		{"\"rows\":[", "\"rows\":[4,", "row 1 is not an object"},
		{"\"op\":\"cpuid\"", "\"op\":null", "row 1: op is not a text"},
		{"\"level\":\"L2\"", "\"level\":2", "row 1: level is not a text"},
		{"\"note\":\"\"", "\"not\":\"\"", "row 1: note is not a text"},
		{"\"status\":\"ok\"", "\"status\":\"fine\"", "no status is called 'fine'"},
		{"\"status\":\"ok\"", "\"status\":\"\\u001b\\n\"", "no status is called '\?\?'"},
		{"\"op\":\"cpuid\"", "\"op\":\"a\\u0000b\"", "not JSON"},
		{"\"op\":\"cpuid\"", "\"op\":\"\xff\"", "not JSON"},
		{"tsc_cycles", "sundial", "no clock is called 'sundial'"},
		{"tsc_cycles", "instructions", "another clock"},
		{"\"complete\":\"yes\"", "\"complete\":\"maybe\"", "complete is neither yes nor no"},
		{"per_op\":2.5", "per_op\":\"2.5\"", "neither a number nor null"},
		{"per_op\":2.5", "per_op\":1e999", "not JSON"},
		{"per_op\":2.5", "per_op\":-1e13", "l0_exits_per_op is out of range"},
		{"\"note\":\"\"", "\"note\":\"\",\"net_p50_ticks\":\"7\"",
		 "net_p50_ticks is neither a number nor null"},
		{"\"note\":\"\"", "\"note\":\"\",\"windows\":1e13", "windows is out of range"},
		{"\"note\":\"\"", "\"note\":\"\",\"counters\":[]", "counters is not an object"},
		{"\"note\":\"\"", "\"note\":\"\",\"counters\":{\"a\":-1}", "a counter is not a whole number"},
		{"\"note\":\"\"", "\"note\":\"\",\"counters\":{\"a\":1.5}", "a counter is not a whole number"},
		{"{\"cpu_model\":\"i\"}", "{\"cpu_model\":\"i\",\"seed\":1}", "metadata: seed is not a text"},
		{"\"host\"", "\"guest\"", "row 2 has another machine"},
		{"\"machine\":\"host\",", "", "row 1: machine is not a text"},
		{"\"n\":3", "\"n\":4", "row 1: n is not the number of its samples, 3"},
		{"\"n\":3", "\"n\":3.0", "n is not the number of its samples, 3"},
		{"{\"n\":3", "{\"n\":4", "n is not the number of its samples, 4"},
		{"{\"n\":3", "{\"n\":-3", "the n of its samples is not a whole number, 0 or more"},
		{"{\"n\":3", "{\"n\":3.0", "the n of its samples is not a whole number"},
		{"{\"n\":3", "{\"n\":NaN", "not JSON"},
		{"{\"n\":3", "{\"m\":3", "the n of its samples is not a whole number"},
		{"\"samples\":{\"n\":3,", "\"samples\":[30,10,20],\"old\":{", "row 1: samples is not an object"},
		{"zlib+base64", "base64", "row 1: the encoding of its samples is not zlib+base64"},
		{"\"encoding\":\"zlib+base64\",", "", "row 1: the encoding of its samples is not zlib+base64"},
		{"\"" THREE "\"", "[]", "row 1: the data of its samples is not a text"},
		{THREE, NONE, "row 1: its samples cannot be read: they are not as many as n says"},
		{THREE, "", "row 1: its samples cannot be read: they are not base64"},
		{"\"op\":\"vmcall\",\"level\":\"L0\"", "\"op\":\"cpuid\",\"level\":\"L2\"",
		 "rows 1 and 2 are of the same"},
		{"\n]}\n", "\n]}]", "not JSON"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
		char *text = changed(damages[i].from, damages[i].to);
		struct nb_loaded loaded;

		if (load(&loaded, text))
			fail_msg("%s was taken", damages[i].to);
		if (!strstr(why, damages[i].reason))
			fail_msg("%s: %s, not: %s", damages[i].to, why, damages[i].reason);
		assert_null(strchr(why, '\n'));
		assert_int_equal(loaded.row_count, 0);
		free(text);
	}
}

static void sizes_are_bounded(void **state)
{
	static char text[2 * NB_LOAD_MAX_BYTES / 64];
	struct nb_loaded loaded;
	char *p, *changed_text;

	(void)state;
	/* Deeper than any stack, were it not for jansson's limit. */
	memset(text, '[', sizeof(text) - 1);
	assert_false(load(&loaded, text));
	p = text + sprintf(text, HEAD);
	for (int i = 0; i <= NB_LOAD_MAX_ROWS; i++)
		p += sprintf(p, "%s{}", i ? "," : "");
	strcpy(p, "]}");
	assert_false(load(&loaded, text));
	assert_non_null(strstr(why, "4097 rows are more than 4096"));
	memset(text, 'a', NB_LOAD_MAX_TEXT + 1);
	text[NB_LOAD_MAX_TEXT + 1] = '\0';
	changed_text = changed("cpuid", text);
	assert_false(load(&loaded, changed_text));
	assert_non_null(strstr(why, "op is longer than 4096 bytes"));
	free(changed_text);
	assert_false(nb_load_text(&loaded, text, NB_LOAD_MAX_BYTES + 1, why));
	assert_non_null(strstr(why, "larger than 256 MiB"));
}

/* The reader checks n before it allocates memory. */
static void samples_are_bounded_in_all_rows_together(void **state)
{
	static const struct {
		const char *n, *reason;
	} cases[] = {{"67108864", "row 1: its samples cannot be read"},
		     {"67108865", "row 1: with its samples there are more than 67108864 in the file"},
		     {"9223372036854775807", "row 1: with its samples"},
		     {"9223372036854775808", "not JSON"}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct nb_loaded loaded;
		char *text;

		if (asprintf(&text, HEAD ROW("cpuid", "L2", "1", "%s", "ok", "", THREE) "]}", cases[i].n, cases[i].n) <
		    0)
			abort();
		assert_false(load(&loaded, text));
		if (!strstr(why, cases[i].reason))
			fail_msg("n = %s: %s", cases[i].n, why);
		free(text);
		/* The row before has three. */
		if (asprintf(&text,
			     HEAD ROW("cpuid", "L2", "1", "3", "ok", "", THREE) "," ROW("cpuid", "L1", "1", "%s", "ok",
											"", THREE) "]}",
			     "67108862", "67108862") < 0)
			abort();
		assert_false(load(&loaded, text));
		assert_non_null(strstr(why, "row 2: with its samples"));
		free(text);
	}
}

static void the_terminal_is_safe(void **state)
{
	char *text = changed("no hypervisor", "\\u001b[2J\\nfoo\\u007f");
	struct nb_loaded loaded;

	(void)state;
	assert_true(load(&loaded, text));
	assert_string_equal(loaded.rows[1].note, "?[2J?foo?");
	nb_loaded_free(&loaded);
	free(text);
}

static void a_part_of_a_file_is_refused(void **state)
{
	size_t whole = strlen(valid) - 1; /* the last newline does not matter */

	(void)state;
	for (size_t size = 0; size < whole; size++) {
		/* A copy of just these bytes, so that reading on is an error that ASan sees. */
		char *part = malloc(size ? size : 1);
		struct nb_loaded loaded;

		assert_non_null(part);
		memcpy(part, valid, size);
		assert_false(nb_load_text(&loaded, part, size, why));
		assert_non_null(strstr(why, "not JSON"));
		free(part);
	}
}

/* Loads the result at path, and returns whether nb_load() accepts it. */
static bool load_path(const char *path, char *message, size_t size)
{
	struct capture capture = capture__begin(STDERR_FILENO);
	struct nb_loaded loaded;
	bool good = nb_load(&loaded, path);

	capture__end_text(&capture, message, size);
	nb_loaded_free(&loaded);
	return good;
}

static void files_and_folders(void **state)
{
	char folder[] = "/tmp/nestbed-load-XXXXXX", path[64], message[512];
	FILE *file;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/results.json", folder);
	assert_false(load_path(folder, message, sizeof(message)));
	assert_non_null(strstr(message, "/results.json: No such file"));
	assert_false(load_path("/nowhere/at/all", message, sizeof(message)));
	assert_string_equal(message, "nestbed: cannot read /nowhere/at/all: No such file or directory\n");
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_false(load_path(folder, message, sizeof(message)));
	assert_non_null(strstr(message, "not a file"));
	unlink(path);

	file = fopen(path, "w");
	assert_non_null(file);
	fputs(valid, file);
	fclose(file);
	assert_true(load_path(folder, message, sizeof(message)));
	assert_true(load_path(path, message, sizeof(message)));
	assert_string_equal(message, "");
	assert_int_equal(truncate(path, 30), 0);
	assert_false(load_path(path, message, sizeof(message)));
	assert_non_null(strstr(message, "cannot use /tmp/nestbed-load-"));
	assert_ptr_equal(strchr(message, '\n'), message + strlen(message) - 1);
	assert_int_equal(truncate(path, (off_t)NB_LOAD_MAX_BYTES + 1), 0);
	assert_false(load_path(path, message, sizeof(message)));
	assert_non_null(strstr(message, "larger than 256 MiB"));
	unlink(path);
	rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_right_is_read),
		cmocka_unit_test(words_of_old_results_are_renamed),
		cmocka_unit_test(numbers_and_counters_are_read),
		cmocka_unit_test(incomplete_is_noticed_wherever_it_stands),
		cmocka_unit_test(every_damage_has_its_reason),
		cmocka_unit_test(sizes_are_bounded),
		cmocka_unit_test(samples_are_bounded_in_all_rows_together),
		cmocka_unit_test(the_terminal_is_safe),
		cmocka_unit_test(a_part_of_a_file_is_refused),
		cmocka_unit_test(files_and_folders),
	};

	return cmocka_run_group_tests_name("load", tests, NULL, NULL);
}
