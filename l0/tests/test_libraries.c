// SPDX-License-Identifier: GPL-2.0-only
/* Tests of programs in an initramfs. This test is one such program. A copy of it needs a library
 * that does not exist. */
#include <archive.h>
#include <archive_entry.h>
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

#include "l0/machine/libraries.h"
#include "l0/tests/capture.h"

#define NAMES_MAX 256

static char path[64], self_path[512];
static char *names[NAMES_MAX];
static size_t count;

static void forget(void)
{
	while (count > 0)
		free(names[--count]);
}

/* Ends the initramfs, and returns the names of all files in it. */
static void list(struct initramfs *fs)
{
	struct archive *archive = archive_read_new();
	struct archive_entry *entry;
	struct file_data bytes;

	forget();
	assert_true(initramfs__finish(fs, &bytes));
	assert_int_equal(archive_read_support_format_cpio(archive), ARCHIVE_OK);
	assert_int_equal(archive_read_open_memory(archive, bytes.data, bytes.size), ARCHIVE_OK);
	while (archive_read_next_header(archive, &entry) == ARCHIVE_OK) {
		assert_true(count < NAMES_MAX);
		names[count++] = strdup(archive_entry_pathname(entry));
	}
	archive_read_free(archive);
	free(bytes.data);
}

/* Returns the number of files with this end of a name. */
static unsigned having(const char *end)
{
	unsigned n = 0;

	for (size_t i = 0; i < count; i++) {
		size_t length = strlen(names[i]);

		n += length >= strlen(end) && strcmp(names[i] + length - strlen(end), end) == 0;
	}
	return n;
}

static int begin(void **state)
{
	int fd;

	(void)state;
	strcpy(path, "/tmp/nestbed-test-XXXXXX");
	fd = mkstemp(path);
	if (fd < 0 || close(fd) != 0)
		return -1;
	/* Another process, the loader, must find it, too. */
	return readlink("/proc/self/exe", self_path, sizeof(self_path) - 1) < 0 ? -1 : 0;
}

static int end(void **state)
{
	(void)state;
	unlink(path);
	forget();
	return 0;
}

static void write_file(const void *data, size_t size)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
	assert_return_code(chmod(path, 0755), 0);
}

static void a_dynamic_program_brings_its_loader_and_libraries_once(void **state)
{
	struct initramfs *fs = initramfs__new();

	(void)state;
	assert_true(libraries__add_program(fs, "program", self_path));
	assert_true(libraries__add_program(fs, "again", self_path));
	list(fs);
	assert_int_equal(having("program"), 1);
	assert_int_equal(having("again"), 1);
	assert_int_equal(having("libc.so.6"), 1);
	assert_int_equal(having("ld-linux-x86-64.so.2"), 1);
	assert_int_equal(having("libcmocka.so.0"), 1);
	/* A library of a library: libarchive's. */
	assert_true(having("liblzma.so.5") >= 1);
	/* Folders come before what is in them, at their own paths. */
	assert_int_equal(having("lib64"), 1);
	for (size_t i = 0; i < count; i++)
		assert_int_not_equal(names[i][0], '/');
}

static void what_is_no_dynamic_program_is_added_alone(void **state)
{
	static const char text[] = "#!/bin/sh\n";
	struct initramfs *fs = initramfs__new();

	(void)state;
	write_file(text, sizeof(text) - 1);
	assert_true(libraries__add_program(fs, "script", path));
	list(fs);
	assert_int_equal(count, 1);
	assert_string_equal(names[0], "script");
}

static void a_damaged_program_does_no_harm(void **state)
{
	struct initramfs *fs = initramfs__new();
	struct file_data self;

	(void)state;
	assert_true(file__read("/proc/self/exe", &self));
	write_file(self.data, 100); /* program headers lie behind its end */
	assert_true(libraries__add_program(fs, "short", path));
	list(fs);
	assert_int_equal(count, 1);
	free(self.data);
}

static void a_missing_library_is_named(void **state)
{
	static const char library[] = "libcmocka.so.0";
	struct initramfs *fs = initramfs__new();
	struct file_data self, bytes;
	struct capture capture;
	char text[1024];
	uint8_t *name;
	bool good;

	(void)state;
	assert_true(file__read("/proc/self/exe", &self));
	name = memmem(self.data, self.size, library, sizeof(library));
	assert_non_null(name);
	/* Only the dynamic string table is to change, which comes first in the file. */
	memcpy(name, "libmissing.so.", 14);
	write_file(self.data, self.size);
	capture = capture__begin(STDERR_FILENO);
	good = libraries__add_program(fs, "program", path);
	capture__end_text(&capture, text, sizeof(text));
	assert_false(good);
	assert_non_null(strstr(text, "libmissing.so."));
	assert_false(initramfs__has(fs, "lib64"));
	initramfs__finish(fs, &bytes);
	free(bytes.data);
	free(self.data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_dynamic_program_brings_its_loader_and_libraries_once, begin, end),
		cmocka_unit_test_setup_teardown(what_is_no_dynamic_program_is_added_alone, begin, end),
		cmocka_unit_test_setup_teardown(a_damaged_program_does_no_harm, begin, end),
		cmocka_unit_test_setup_teardown(a_missing_library_is_named, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
