// SPDX-License-Identifier: GPL-2.0-only
/* Tests of run.json: what is written is read back, and a damaged one is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "l0/base/util.h"
#include "l0/report/run_file.h"
#include "l0/tests/streams.h"

static char folder[64];
static char why[RUN_FILE_REASON];

static int begin(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/nestbed-test-XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static int end(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	return system(command);
}

static const struct request request = {
	.machine = "bochs",
	.ops = "empty,cpuid",
	.variant = {{.kernel_args = "", .kernel_name = "6.1", .cpu_name = "haswell"},
		    {.kernel_args = "a=\"b\"", .kernel_name = "6.12", .cpu_name = "haswell"}},
	.variants = 2,
};

static void write_it(struct streams *streams)
{
	struct nb_results metadata = {0};
	const struct run_description description = {.command = "run",
						    .request = &request,
						    .depth = 3,
						    .runs = 5,
						    .plots = true,
						    .streams = streams,
						    .metadata = &metadata};

	nb_results_set_variant_meta(&metadata, nb_results_variant(&metadata, "6.1", "", "haswell"), "kernel_cmdline",
				    "quiet");
	nb_results_set_variant_meta(&metadata, nb_results_variant(&metadata, "6.12", "a=\"b\"", "haswell"),
				    "kernel_cmdline", "quiet a");
	nb_results_set_meta(&metadata, "date", "2026-11-30T15:20:11Z");
	assert_true(run_file__write(&description, folder));
	nb_results_free(&metadata);
}

static void what_is_written_is_read(void **state)
{
	struct streams streams = {0};
	struct run_file file;

	(void)state;
	streams__add(&streams, "/somewhere/else/records-6.1.bin", 0);
	streams__add(&streams, "/somewhere/else/records-6.12.bin", 1);
	write_it(&streams);
	streams__free(&streams);
	assert_true(run_file__read(&file, folder, why));
	assert_string_equal(file.command, "run");
	assert_string_equal(file.machine, "bochs");
	assert_string_equal(file.ops, "empty,cpuid");
	assert_string_equal(file.address, "");
	assert_int_equal(file.depth, 3);
	assert_int_equal(file.runs, 5);
	assert_true(file.plots);
	assert_false(file.part);
	assert_null(run_file__part(&file, 0));
	assert_int_equal(json_array_size(file.streams), 2);
	run_file__free(&file);
}

/* Records of one run, with so many bytes of them cut off. */
static void write_records(const char *name, size_t cut)
{
	static struct stream stream;
	char path[128];
	FILE *out;

	stream = (struct stream){.count = 0};
	put_level(&stream, "L1");
	put_window(&stream, NB_RECORD_OPEN, "cpuid", 2);
	put_samples(&stream, 2, 10);
	put_window(&stream, NB_RECORD_CLOSE, "cpuid", 2);
	put(&stream, NB_RECORD_END);
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	out = fopen(path, "w");
	assert_non_null(out);
	fwrite(stream.records, 1, stream.count * sizeof(stream.records[0]) - cut, out);
	fclose(out);
}

static void records_are_collected(void **state)
{
	struct streams streams = {0};
	struct nb_results results = {0};
	struct run_file file;
	unsigned runs;

	(void)state;
	streams__add(&streams, "records-6.1.bin", 0);
	streams__add(&streams, "records-6.12.bin", 1);
	streams__add(&streams, "records-none.bin", 1); /* the run was killed before it was made */
	write_it(&streams);
	streams__free(&streams);
	write_records("records-6.1.bin", 0);
	write_records("records-6.12.bin", 32 + 7); /* in the middle of the last but one */
	assert_true(run_file__read(&file, folder, why));
	assert_true(run_file__collect(&file, folder, &results, &runs));
	assert_int_equal(runs, 5);
	assert_int_equal(results.run_count, 2);
	assert_true(nb_run_complete(&results.runs[0]));
	assert_false(nb_run_complete(&results.runs[1]));
	assert_int_equal(results.runs[1].ops[0].sample_count, 2);
	assert_int_equal(results.variant_count, 2);
	assert_string_equal(results.variants[results.runs[1].variant].kernel, "6.12");
	assert_string_equal(results.variants[1].meta[0].value, "quiet a");
	assert_non_null(strstr(results.damage, "bytes into a record"));
	assert_string_equal(results.meta[results.meta_count - 1].key, "date");
	nb_results_free(&results);
	run_file__free(&file);
}

#define VALID                                                                                                                  \
	"{\"schema_version\":1,\"command\":\"run\",\"machine\":\"host\",\"ops\":\"\",\"address\":\"\",\"depth\":0,\"runs\":1," \
	"\"plots\":true,\"part\":false,\"parts\":[\"ept\"],\"streams\":[{\"file\":\"records.bin\",\"variant\":0}],"            \
	"\"variants\":[{\"kernel\":\"k\",\"kernel_args\":\"\",\"cpu\":\"c\",\"metadata\":{\"a\":\"b\"}}],\"metadata\":{\"c\":\"d\"}}"

static void what_is_wrong_is_refused(void **state)
{
	static const struct {
		const char *from, *to, *reason;
	} cases[] = {
		{"\"schema_version\":1", "\"schema_version\":2", "it has schema_version 2, this nestbed reads 1"},
		{"\"schema_version\":1,", "", "names no schema_version"},
		{"\"machine\":\"host\"", "\"machine\":\"toaster\"", "no machine is called 'toaster'"},
		{"\"machine\":\"host\"", "\"machine\":7", "string"},
		{"\"runs\":1", "\"runs\":-1", "out of range"},
		{"\"depth\":0", "\"depth\":9", "out of range"},
		{"\"ept\"", "\"../ept\"", "its part 1"},
		{"\"ept\"", "\"..\"", "its part 1"},
		{"records.bin", "../../etc/passwd", "its stream 1"},
		{"\"variant\":0", "\"variant\":1", "of no variant"},
		{"\"a\":\"b\"", "\"a\":1", "its variant 1"},
		{"\"c\":\"d\"", "\"c\":null", "metadata"},
		{"\"parts\":[\"ept\"]", "\"parts\":{}", "arrays"},
		{"{\"schema", "{{\"schema", "not JSON"},
	};
	struct run_file file;

	(void)state;
	assert_true(run_file__parse(&file, VALID, strlen(VALID), why));
	assert_string_equal(run_file__part(&file, 0), "ept");
	run_file__free(&file);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *at = strstr(VALID, cases[i].from);
		char text[1024];

		assert_non_null(at);
		snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - VALID), VALID, cases[i].to,
			 at + strlen(cases[i].from));
		assert_false(run_file__parse(&file, text, strlen(text), why));
		if (!strstr(why, cases[i].reason))
			fail_msg("\"%s\" does not say \"%s\"", why, cases[i].reason);
	}
}

static void no_file_is_no_damage(void **state)
{
	struct run_file file;

	(void)state;
	assert_false(run_file__read(&file, folder, why));
	assert_string_equal(why, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_written_is_read, begin, end),
		cmocka_unit_test_setup_teardown(records_are_collected, begin, end),
		cmocka_unit_test(what_is_wrong_is_refused),
		cmocka_unit_test_setup_teardown(no_file_is_no_damage, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
