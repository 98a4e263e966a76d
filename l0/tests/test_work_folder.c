// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of temporary folders. The next start removes the folder of a killed owner. It keeps the
 * folder of a living one.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "l0/base/work_folder.h"

static char root[64];

static int begin(void **state)
{
	(void)state;
	strcpy(root, "/tmp/nestbed-test-XXXXXX");
	return mkdtemp(root) && setenv("TMPDIR", root, 1) == 0 ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	return rmdir(root); /* nothing else may be left */
}

static void put_file(const struct work_folder *folder, const char *name)
{
	char path[320];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", folder->path, name);
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	if (fd < 0)
		abort();
	close(fd);
}

static void it_goes_with_its_files(void **state)
{
	struct work_folder folder;

	(void)state;
	assert_true(work_folder__make(&folder));
	put_file(&folder, "disk.img");
	work_folder__remove(&folder);
	work_folder__remove(&folder); /* does nothing */
}

static void a_killed_owners_goes_at_the_next_start(void **state)
{
	struct work_folder folder, next;
	char path[256];
	int fds[2];
	pid_t child;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	child = fork();
	if (child == 0) {
		if (!work_folder__make(&folder))
			_exit(1);
		put_file(&folder, "disk.img");
		if (write(fds[1], folder.path, sizeof(path)) != sizeof(path))
			_exit(1);
		pause();
	}
	assert_int_equal(read(fds[0], path, sizeof(path)), sizeof(path));
	/* While it lives it stays. */
	assert_true(work_folder__make(&next));
	assert_int_equal(access(path, F_OK), 0);
	work_folder__remove(&next);
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_true(work_folder__make(&next));
	assert_int_not_equal(access(path, F_OK), 0);
	work_folder__remove(&next);
	close(fds[0]);
	close(fds[1]);
}

static void where_none_can_be_made(void **state)
{
	struct work_folder folder;

	(void)state;
	setenv("TMPDIR", "/nonexistent", 1);
	assert_false(work_folder__make(&folder));
	assert_string_equal(folder.path, "");
	work_folder__remove(&folder);
	setenv("TMPDIR", root, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(it_goes_with_its_files, begin, end),
		cmocka_unit_test_setup_teardown(a_killed_owners_goes_at_the_next_start, begin, end),
		cmocka_unit_test_setup_teardown(where_none_can_be_made, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
