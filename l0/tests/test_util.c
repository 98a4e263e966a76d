// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the functions that all of L0's programs use: messages, whole files, writes that must be
 * complete, and texts that must fit.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "l0/base/util.h"
#include "l0/tests/capture.h"

#define TEMPLATE "/tmp/nestbed-test-XXXXXX"

static char path[64];

static int begin(void **state)
{
	int fd;

	(void)state;
	strcpy(path, TEMPLATE);
	fd = mkstemp(path);
	return fd < 0 ? -1 : close(fd);
}

static int end(void **state)
{
	(void)state;
	unlink(path);
	return 0;
}

static void write_file(const void *bytes, size_t size)
{
	int fd = open(path, O_WRONLY | O_TRUNC);

	assert_true(fd >= 0);
	assert_true(fd__write_all(fd, bytes, size));
	close(fd);
}

static void files_are_read_whole(void **state)
{
	static const size_t sizes[] = {0, 1, 4096, 300001};
	static uint8_t bytes[300001];
	struct file_data file;

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 31 >> 3);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		write_file(bytes, sizes[i]);
		assert_true(file__read(path, &file));
		assert_int_equal(file.size, sizes[i]);
		assert_memory_equal(file.data, bytes, sizes[i]);
		free(file.data);
	}
}

static void expect_unread(const char *what, const char *message)
{
	struct capture capture = capture__begin(STDERR_FILENO);
	struct file_data file = {.data = (uint8_t *)path, .size = 5};
	bool good = file__read(what, &file);
	char text[256];

	capture__end_text(&capture, text, sizeof(text));
	assert_false(good);
	assert_null(file.data);
	assert_int_equal(file.size, 0);
	assert_string_equal(text, message);
}

static void what_cannot_be_read_is_told(void **state)
{
	(void)state;
	expect_unread("/nowhere/at/all", "nestbed: cannot read /nowhere/at/all: No such file or directory\n");
	expect_unread("/", "nestbed: cannot read all of /: Is a directory\n");
}

static void small_texts_lose_their_newline(void **state)
{
	char text[8] = "before";

	(void)state;
	write_file("Y\n", 2);
	assert_true(file__read_text(path, text, sizeof(text)));
	assert_string_equal(text, "Y");
	write_file("", 0);
	assert_true(file__read_text(path, text, sizeof(text)));
	assert_string_equal(text, "");
	write_file("0123456789", 10);
	assert_true(file__read_text(path, text, sizeof(text)));
	assert_string_equal(text, "0123456");
	assert_false(file__read_text("/nowhere/at/all", text, sizeof(text)));
	assert_false(file__read_text("/", text, sizeof(text)));
}

static void a_full_disk_is_an_error(void **state)
{
	int fd = open("/dev/full", O_WRONLY);

	(void)state;
	if (fd < 0)
		skip();
	errno = 0;
	assert_false(fd__write_all(fd, "x", 1));
	assert_int_equal(errno, ENOSPC);
	assert_true(fd__write_all(fd, "", 0));
	close(fd);
}

static void nothing(int signal)
{
	(void)signal;
}

/* A pipe holds 64 KiB: signals cut a longer write into parts, and some come before its first
 * byte. */
static int write_interrupted(int fd, uint8_t *bytes, size_t size)
{
	const struct itimerval every = {.it_interval.tv_usec = 500, .it_value.tv_usec = 500};
	const struct sigaction action = {.sa_handler = nothing}; /* no SA_RESTART */

	for (size_t i = 0; i < size; i++)
		bytes[i] = (uint8_t)(i * 2654435761u >> 19);
	if (sigaction(SIGALRM, &action, NULL) != 0 || setitimer(ITIMER_REAL, &every, NULL) != 0)
		return 1;
	return fd__write_all(fd, bytes, size) ? 0 : 2;
}

static void interrupted_writes_go_on(void **state)
{
	static uint8_t bytes[300001];
	size_t done = 0;
	int ends[2], status;
	pid_t writer;
	ssize_t n;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	writer = fork();
	assert_true(writer >= 0);
	if (writer == 0)
		_exit(write_interrupted(ends[1], bytes, sizeof(bytes)));
	close(ends[1]);
	usleep(20000); /* the pipe is full by now, and the writer was interrupted many times */
	while (done < sizeof(bytes) && (n = read(ends[0], bytes + done, sizeof(bytes) - done)) > 0)
		done += (size_t)n;
	close(ends[0]);
	assert_int_equal(waitpid(writer, &status, 0), writer);
	assert_int_equal(status, 0);
	assert_int_equal(done, sizeof(bytes));
	for (size_t i = 0; i < sizeof(bytes); i++)
		assert_int_equal(bytes[i], (uint8_t)(i * 2654435761u >> 19));
}

static void quiet_silences_news_and_no_errors(void **state)
{
	struct capture capture = capture__begin(STDERR_FILENO);
	char text[256];

	(void)state;
	pr_info("one %d", 1);
	pr_quiet(true);
	pr_info("two");
	pr_err("three %s", "!");
	pr_quiet(false);
	pr_info("four");
	capture__end_text(&capture, text, sizeof(text));
	assert_string_equal(text, "nestbed: one 1\nnestbed: three !\nnestbed: four\n");
}

static void texts_that_do_not_fit_end_the_program(void **state)
{
	struct capture capture;
	char text[6], message[256];
	int status = -1;
	pid_t child;

	(void)state;
	text__format(text, sizeof(text), "%s-%d", "abc", 1); /* it fits exactly */
	assert_string_equal(text, "abc-1");
	capture = capture__begin(STDERR_FILENO);
	child = fork();
	if (child == 0) {
		text__format(text, sizeof(text), "%s-%d", "abc", 12);
		_exit(0);
	}
	waitpid(child, &status, 0);
	capture__end_text(&capture, message, sizeof(message));
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), NB_EXIT_FAILED);
	assert_string_equal(message, "nestbed: a path or command line is longer than 6 bytes: abc-1...\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(files_are_read_whole, begin, end),
		cmocka_unit_test(what_cannot_be_read_is_told),
		cmocka_unit_test_setup_teardown(small_texts_lose_their_newline, begin, end),
		cmocka_unit_test(a_full_disk_is_an_error),
		cmocka_unit_test(interrupted_writes_go_on),
		cmocka_unit_test(quiet_silences_news_and_no_errors),
		cmocka_unit_test(texts_that_do_not_fit_end_the_program),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
