// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of output folders: one run has a folder alone, the folder is marked from the start, and no
 * file of an older result is left.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "l0/base/util.h"
#include "l0/report/output_files.h"
#include "l0/report/output_folder.h"
#include "l0/tests/capture.h"

static char root[64];

static int begin(void **state)
{
	(void)state;
	strcpy(root, "/tmp/nestbed-test-XXXXXX");
	return mkdtemp(root) ? 0 : -1;
}

static int end(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", root);
	return system(command);
}

static const char *in(const char *name)
{
	static char path[4][256];
	static unsigned next;
	char *full = path[next++ % 4];

	snprintf(full, 256, "%s/%s", root, name);
	return full;
}

static void make_file(const char *name)
{
	int fd = open(in(name), O_WRONLY | O_CREAT, 0644);

	assert_true(fd >= 0);
	close(fd);
}

static bool there(const char *name)
{
	struct stat status;

	return lstat(in(name), &status) == 0;
}

/* Makes an output folder as a command does that has just begun. The descriptor holds the lock. */
static int make(const char *name, bool force)
{
	struct output_folder folder;
	int result = output_folder__make(&folder, in(name), force);

	if (result == NB_EXIT_GOOD)
		close(folder.lock);
	return result;
}

static char said[1024];

/* The same. `said` gets the message. */
static int make_and_say(const char *name, bool force)
{
	struct capture capture = capture__begin(STDERR_FILENO);
	int result = make(name, force);

	capture__end_text(&capture, said, sizeof(said));
	return result;
}

static void a_new_folder_is_marked(void **state)
{
	(void)state;
	assert_int_equal(make("a/b/c", false), NB_EXIT_GOOD);
	assert_true(there("a/b/c/INCOMPLETE"));
}

static void an_empty_folder_and_one_with_foreign_files_serve(void **state)
{
	(void)state;
	mkdir(in("empty"), 0777);
	assert_int_equal(make("empty", false), NB_EXIT_GOOD);
	mkdir(in("mine"), 0777);
	make_file("mine/notes.txt");
	assert_int_equal(make("mine", false), NB_EXIT_GOOD);
	assert_true(there("mine/notes.txt"));
}

static void a_result_is_refused(void **state)
{
	static const char *const names[] = {"results.csv", "records.bin",         "records-L1-2.bin",   "INCOMPLETE",
					    "run.json",    "depth.csv",           "console-L0.log",     "exits.svg",
					    "chase.csv",   "trace-cpuid-L2.json", "results.csv.a1B2c3", "claims.md"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char name[64];

		snprintf(name, sizeof(name), "%zu", i);
		mkdir(in(name), 0777);
		snprintf(name, sizeof(name), "%zu/%s", i, names[i]);
		make_file(name);
		snprintf(name, sizeof(name), "%zu", i);
		assert_int_equal(make_and_say(name, false), NB_EXIT_USAGE);
		assert_non_null(strstr(said, names[i]));
	}
}

static void force_removes_what_is_nestbeds(void **state)
{
	static const char *const ours[] = {"results.csv",    "results.json",      "records-L0.bin", "depth.csv",
					   "depth.svg",      "chase-latency.png", "exits.tsv",      "kernel.log",
					   "walk-steps.csv", ".single-plot.tsv",  "run.json"};

	(void)state;
	mkdir(in("old"), 0777);
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
		char name[64];

		snprintf(name, sizeof(name), "old/%s", ours[i]);
		make_file(name);
	}
	make_file("old/notes.txt");
	mkdir(in("old/.plots.AbCdEf"), 0777);
	make_file("old/.plots.AbCdEf/exits.tsv");
	mkdir(in("old/ept"), 0777);
	make_file("old/ept/records.bin");
	mkdir(in("old/fields"), 0777);
	make_file("old/fields/records.bin");
	assert_int_equal(make("old", true), NB_EXIT_GOOD);
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
		char name[64];

		snprintf(name, sizeof(name), "old/%s", ours[i]);
		assert_false(there(name));
	}
	assert_true(there("old/INCOMPLETE"));
	assert_true(there("old/notes.txt"));
	assert_false(there("old/.plots.AbCdEf"));
	assert_false(there("old/ept"));
	assert_true(there("old/fields/records.bin")); /* a result of another command */
}

static void what_is_no_folder_is_said(void **state)
{
	(void)state;
	make_file("file");
	assert_int_equal(symlink("nowhere", in("dangling")), 0);
	assert_int_equal(make_and_say("file", false), NB_EXIT_FAILED);
	assert_non_null(strstr(said, "is a file"));
	assert_int_equal(make_and_say("dangling", false), NB_EXIT_FAILED);
	assert_non_null(strstr(said, "leads nowhere"));
	assert_false(there("nowhere"));
	assert_int_equal(make_and_say("file/x", false), NB_EXIT_FAILED);
	assert_non_null(strstr(said, "cannot write to the output folder"));
}

static void a_folder_that_is_written_to_is_refused(void **state)
{
	struct output_folder folder, other;
	struct capture capture;
	bool locked;

	(void)state;
	assert_int_equal(output_folder__make(&folder, in("busy"), false), NB_EXIT_GOOD);
	assert_int_equal(make_and_say("busy", true), NB_EXIT_USAGE);
	assert_non_null(strstr(said, "another run writes"));
	capture = capture__begin(STDERR_FILENO);
	locked = output_folder__lock(&other, in("busy"));
	capture__end_text(&capture, said, sizeof(said));
	assert_false(locked);
	assert_non_null(strstr(said, "a run still writes"));
	close(folder.lock);
	assert_true(output_folder__lock(&other, in("busy")));
	close(other.lock);
}

static void runs_of_one_second_have_folders_of_their_own(void **state)
{
	struct output_folder folder[4];

	(void)state;
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(output_folder__make_new(&folder[i], in("out"), "bochs", 1796052011), NB_EXIT_GOOD);
	assert_non_null(strstr(folder[0].path, "/out/2026-11-30T15-20-11Z-"));
	assert_string_equal(folder[0].path + strlen(folder[0].path) - 6, "-bochs");
	assert_string_equal(folder[1].path + strlen(folder[1].path) - 8, "-bochs-2");
	assert_string_equal(folder[3].path + strlen(folder[3].path) - 8, "-bochs-4");
	output_folder__link_latest(folder[2].path);
	assert_true(there("out/latest/INCOMPLETE"));
	for (unsigned i = 0; i < 4; i++)
		close(folder[i].lock);
}

/* If many processes want one folder at once, one gets it. */
static void of_two_runs_one_is_refused(void **state)
{
	int good = 0, refused = 0;

	(void)state;
	for (int i = 0; i < 8; i++)
		if (fork() == 0) {
			int null = open("/dev/null", O_WRONLY);

			dup2(null, STDERR_FILENO);
			_exit(make("shared", false));
		}
	for (int i = 0; i < 8; i++) {
		int status;

		assert_true(wait(&status) > 0);
		good += WEXITSTATUS(status) == NB_EXIT_GOOD;
		refused += WEXITSTATUS(status) == NB_EXIT_USAGE;
	}
	assert_int_equal(good, 1);
	assert_int_equal(refused, 7);
}

static void the_mark_goes_last(void **state)
{
	(void)state;
	assert_int_equal(make("done", false), NB_EXIT_GOOD);
	make_file("done/results.csv");
	assert_true(output_folder__unmark(in("done")));
	assert_false(there("done/INCOMPLETE"));
	assert_true(output_folder__unmark(in("done"))); /* and need not be there */
	assert_true(output_folder__mark(in("done")));
	assert_true(there("done/INCOMPLETE"));
}

static void names_of_other_programs_are_not_ours(void **state)
{
	static const char *const foreign[] = {
		"notes.txt", "results.txt",  "my-results.csv", "photo.png", "records.bin.gz",
		"Makefile",  "notes.a1B2c3", "exits",          ".",         ".."};

	(void)state;
	for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++)
		assert_false(output_files__is_ours(foreign[i]));
	assert_true(output_files__is_ours("fault-cascades.png"));
	assert_true(output_files__is_ours("records-6.12.94-haswell-L1.bin"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
		TEST(a_new_folder_is_marked),
		TEST(an_empty_folder_and_one_with_foreign_files_serve),
		TEST(a_result_is_refused),
		TEST(force_removes_what_is_nestbeds),
		TEST(what_is_no_folder_is_said),
		TEST(a_folder_that_is_written_to_is_refused),
		TEST(runs_of_one_second_have_folders_of_their_own),
		TEST(of_two_runs_one_is_refused),
		TEST(the_mark_goes_last),
		TEST(names_of_other_programs_are_not_ours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
