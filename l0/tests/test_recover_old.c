// SPDX-License-Identifier: GPL-2.0-only
/* Tests of the guesses for folders of nestbed 0.1, and of a result of 0.1. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "l0/plots/plots.h"
#include "l0/report/recover_old.h"
#include "l0/results/load.h"
#include "l0/tests/streams.h"

#define OLD "l0/tests/result-0.1" /* cut down: three operations */

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

/* Records of one window of this operation. */
static void put_records(const char *name, const char *level, const char *op)
{
	static struct stream stream;
	char path[128];
	FILE *out;

	stream = (struct stream){.count = 0};
	put_text(&stream, "meta.kernel=6.1.0-56-cloud-amd64 #1 SMP");
	put_text(&stream, "meta.cpu_model=a CPU");
	put_level(&stream, level);
	put_window(&stream, NB_RECORD_OPEN, op, 2);
	put_samples(&stream, 2, 10);
	put_window(&stream, NB_RECORD_CLOSE, op, 2);
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	out = fopen(path, "w");
	assert_non_null(out);
	fwrite(stream.records, sizeof(stream.records[0]), stream.count, out);
	fclose(out);
}

static void put_file(const char *name, const char *text)
{
	char path[128];
	FILE *out;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	out = fopen(path, "w");
	assert_non_null(out);
	fputs(text, out);
	fclose(out);
}

static void expect(const char *machine, const char *command, int depth)
{
	struct run_file file;

	assert_true(recover_old__guess(&file, folder, why));
	assert_string_equal(file.machine, machine);
	assert_string_equal(file.command, command);
	assert_int_equal(file.depth, depth);
	assert_non_null(strstr(why, machine));
	assert_string_equal(json_string_value(json_object_get(json_array_get(file.variants, 0), "kernel")),
			    "6.1.0-56-cloud-amd64");
	run_file__free(&file);
}

static void the_machine_is_that_of_the_files(void **state)
{
	(void)state;
	put_records("records.bin", "L1", "cpuid");
	expect("host", "run", 0);
	put_file("console.log", "");
	expect("bochs", "run", 0);
}

static void the_command_is_that_of_the_records(void **state)
{
	(void)state;
	put_records("records.bin", "L1", "walk.4.4");
	expect("host", "walk", 0);
	put_records("records.bin", "L1", "vmread.4000");
	expect("host", "fields", 0);
	put_records("records.bin", "L3", "cpuid");
	expect("host", "run", 3);
}

static void nothing_is_nothing(void **state)
{
	struct run_file file;

	(void)state;
	assert_false(recover_old__guess(&file, folder, why));
	assert_non_null(strstr(why, "neither run.json nor records"));
	put_file("INCOMPLETE", "");
	assert_false(recover_old__guess(&file, folder, why));
	assert_non_null(strstr(why, "before its first record"));
}

/* A change that cannot read results of 0.1 any more fails here. */
static void a_result_of_0_1_is_read(void **state)
{
	struct nb_loaded loaded;

	(void)state;
	assert_true(nb_load(&loaded, OLD));
	assert_true(loaded.complete);
	assert_int_equal(loaded.row_count, 13);
	assert_string_equal(loaded.machine, "bochs");
	assert_string_equal(loaded.rows[0].kernel, "6.1.0-56-cloud-amd64");
	assert_string_equal(loaded.rows[0].kernel_args, "");
	assert_string_equal(loaded.rows[0].cpu, loaded.cpu);
	nb_loaded_free(&loaded);
}

static void a_result_of_0_1_is_drawn(void **state)
{
	char command[256], path[128];
	struct stat status;

	(void)state;
	snprintf(command, sizeof(command), "cp " OLD "/* '%s'", folder);
	assert_int_equal(system(command), 0);
	if (system("command -v gnuplot >/dev/null") != 0)
		skip();
	assert_int_equal(nb_plots_draw(folder, "results/plots", false), NB_PLOTS_DRAWN);
	snprintf(path, sizeof(path), "%s/exit-latency.svg", folder);
	assert_int_equal(stat(path, &status), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_machine_is_that_of_the_files, begin, end),
		cmocka_unit_test_setup_teardown(the_command_is_that_of_the_records, begin, end),
		cmocka_unit_test_setup_teardown(nothing_is_nothing, begin, end),
		cmocka_unit_test(a_result_of_0_1_is_read),
		cmocka_unit_test_setup_teardown(a_result_of_0_1_is_drawn, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
