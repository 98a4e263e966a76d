// SPDX-License-Identifier: GPL-2.0-only
/* Tests of tables: each form of the same cells, and the files that an option names. */
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
#include <jansson.h>

#include "l0/base/result_table.h"
#include "l0/base/util.h"
#include "l0/tests/capture.h"

static const struct table_column columns[] = {{"op", false}, {"net_p50", true}, {"note", false}};

static struct table usual(void)
{
	struct table table;

	table__begin(&table, columns, 3);
	table__add(&table, "cpuid");
	table__add_number(&table, 93.5, 2);
	table__add(&table, "");
	table__add(&table, "a_b|c");
	table__add_number(&table, NAN, 2);
	table__addf(&table, "100%% \"x\", %s", "y");
	return table;
}

static char *form(enum table_format format, bool text)
{
	struct table table = usual();
	char *said = NULL;
	size_t size;
	FILE *out = open_memstream(&said, &size);

	assert_non_null(out);
	if (text)
		table__print(&table, out);
	else
		table__write(&table, format, out);
	fclose(out);
	table__free(&table);
	return said;
}

static void expect(enum table_format format, const char *expected)
{
	char *said = form(format, false);

	assert_string_equal(said, expected);
	free(said);
}

static void every_form_quotes_what_it_must(void **state)
{
	(void)state;
	expect(TABLE_CSV, "op,net_p50,note\ncpuid,93.50,\na_b|c,,\"100% \"\"x\"\", y\"\n");
	expect(TABLE_JSON, "[\n {\"op\": \"cpuid\", \"net_p50\": 93.50, \"note\": \"\"},\n"
			   " {\"op\": \"a_b|c\", \"net_p50\": null, \"note\": \"100% \\\"x\\\", y\"}\n]\n");
	expect(TABLE_MARKDOWN,
	       "| op | net_p50 | note |\n| --- | ---: | --- |\n| cpuid | 93.50 |  |\n| a_b\\|c |  | 100% \"x\", y |\n");
	expect(TABLE_LATEX,
	       "\\begin{tabular}{lrl}\n\\hline\nop & net\\_p50 & note \\\\\n\\hline\ncpuid & 93.50 &  \\\\\n"
	       "a\\_b$\\mid$c &  & 100\\% \"x\", y \\\\\n\\hline\n\\end{tabular}\n");
}

static void text_is_aligned(void **state)
{
	char *said = form(TABLE_CSV, true);

	(void)state;
	assert_string_equal(said, "op     net_p50  note\ncpuid    93.50\na_b|c           100% \"x\", y\n");
	free(said);
}

static void json_is_json_whatever_the_cells_hold(void **state)
{
	static const char *const cells[] = {"0x10", "inf", "1e5", "-3",  "007",       "1.",
					    ".5",   "+1",  "-",   "nan", "\\\n\x01\""};
	const struct table_column one = {"n", true};

	(void)state;
	for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++) {
		struct table table;
		char *text = NULL;
		size_t size;
		FILE *out = open_memstream(&text, &size);
		json_t *json;

		table__begin(&table, &one, 1);
		table__add(&table, cells[i]);
		table__write(&table, TABLE_JSON, out);
		fclose(out);
		json = json_loads(text, 0, NULL);
		assert_non_null(json);
		assert_int_equal(json_array_size(json), 1);
		json_decref(json);
		free(text);
		table__free(&table);
	}
}

static void a_table_without_rows_is_one(void **state)
{
	struct table table;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	table__begin(&table, columns, 3);
	table__write(&table, TABLE_JSON, out);
	table__write(&table, TABLE_CSV, out);
	fclose(out);
	assert_string_equal(text, "[\n]\nop,net_p50,note\n");
	free(text);
	table__free(&table);
}

static void files_are_written_and_devices_stay(void **state)
{
	char folder[] = "/tmp/nestbed-table-XXXXXX", path[64], pipe_path[64], text[512];
	struct table table = usual();
	struct table_files files = {{NULL}};
	struct capture capture;
	struct stat status;
	int fd;

	(void)state;
	assert_non_null(mkdtemp(folder));
	text__format(path, sizeof(path), "%s/t.csv", folder);
	text__format(pipe_path, sizeof(pipe_path), "%s/pipe", folder);
	assert_int_equal(mkfifo(pipe_path, 0600), 0);
	fd = open(pipe_path, O_RDONLY | O_NONBLOCK);
	assert_true(fd >= 0);
	files.path[TABLE_CSV] = path;
	files.path[TABLE_JSON] = pipe_path;
	files.path[TABLE_MARKDOWN] = "-";
	assert_true(table_files__take_stdout(&files));
	capture = capture__begin(STDOUT_FILENO);
	assert_true(table_files__write(&files, &table));
	capture__end_text(&capture, text, sizeof(text));
	assert_non_null(strstr(text, "| op | net_p50 | note |"));
	assert_int_equal(stat(path, &status), 0);
	assert_true(S_ISREG(status.st_mode) && status.st_size > 0);
	assert_int_equal(stat(pipe_path, &status), 0);
	assert_true(S_ISFIFO(status.st_mode));
	assert_true(read(fd, text, sizeof(text)) > 0);
	close(fd);
	files = (struct table_files){.path = {[TABLE_LATEX] = "/nowhere/t.tex"}};
	assert_false(table_files__take_stdout(&files));
	capture = capture__begin(STDERR_FILENO);
	assert_false(table_files__write(&files, &table));
	capture__end_text(&capture, text, sizeof(text));
	assert_string_equal(text, "nestbed: cannot write /nowhere/t.tex: No such file or directory\n");
	unlink(path);
	unlink(pipe_path);
	rmdir(folder);
	table__free(&table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_form_quotes_what_it_must),       cmocka_unit_test(text_is_aligned),
		cmocka_unit_test(json_is_json_whatever_the_cells_hold), cmocka_unit_test(a_table_without_rows_is_one),
		cmocka_unit_test(files_are_written_and_devices_stay),
	};

	return cmocka_run_group_tests_name("table_file", tests, NULL, NULL);
}
