// SPDX-License-Identifier: GPL-2.0-only
/* Tests of files that appear whole or not at all. */
#include <dirent.h>
#include <errno.h>
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
#include "l0/base/whole_file.h"

static char folder[64], path[96];

static int begin(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/nestbed-test-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/it", folder);
	return 0;
}

static int end(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(folder); /* nothing else may be left */
}

static unsigned files(void)
{
	DIR *dir = opendir(folder);
	unsigned count = 0;

	assert_non_null(dir);
	for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
		count += entry->d_name[0] != '.';
	closedir(dir);
	return count;
}

static void write_text(const char *text, bool good)
{
	struct whole_file file;

	assert_true(whole_file__begin(&file, path));
	fputs(text, file.out);
	assert_int_equal(whole_file__end(&file, good), good);
}

static void expect_text(const char *text)
{
	struct file_data data;

	assert_true(file__read(path, &data));
	assert_int_equal(data.size, strlen(text));
	assert_memory_equal(data.data, text, data.size);
	free(data.data);
}

static void a_file_appears_at_its_end(void **state)
{
	struct whole_file file;
	struct stat status;
	const mode_t mask = umask(0027);

	(void)state;
	assert_true(whole_file__begin(&file, path));
	fputs("new", file.out);
	fflush(file.out);
	assert_int_equal(access(path, F_OK), -1);
	assert_true(whole_file__end(&file, true));
	umask(mask);
	expect_text("new");
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0640);
	assert_int_equal(files(), 1);
}

static void an_old_one_survives_a_failure(void **state)
{
	struct whole_file file;

	(void)state;
	write_text("old", true);
	errno = ENOMEM;
	write_text("half of a new o", false);
	expect_text("old");
	assert_true(whole_file__begin(&file, path));
	fputs("nothing to keep", file.out);
	whole_file__drop(&file);
	expect_text("old");
	assert_int_equal(files(), 1);
	write_text("new", true);
	expect_text("new");
}

static void where_nothing_can_be_written(void **state)
{
	struct whole_file file;

	(void)state;
	assert_false(whole_file__begin(&file, "/nonexistent/it"));
	/* A folder is in its place. */
	assert_int_equal(mkdir(path, 0700), 0);
	assert_true(whole_file__begin(&file, path));
	assert_false(whole_file__end(&file, true));
	assert_int_equal(files(), 1);
	assert_int_equal(rmdir(path), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_file_appears_at_its_end, begin, end),
		cmocka_unit_test_setup_teardown(an_old_one_survives_a_failure, begin, end),
		cmocka_unit_test_setup_teardown(where_nothing_can_be_written, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
