// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the initramfs. libarchive's reader reads back the packed files. The bytes depend only on
 * the added files.
 */
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
#include <sys/time.h>
#include <unistd.h>

#include <cmocka.h>

#include "l0/machine/initramfs.h"
#include "l0/tests/capture.h"

static char path[64];
static uint8_t program[54321]; /* larger than the writer's block, and no multiple of 4 */

static int begin(void **state)
{
	int fd;

	(void)state;
	for (size_t i = 0; i < sizeof(program); i++)
		program[i] = (uint8_t)(i * 2654435761u >> 11);
	strcpy(path, "/tmp/nestbed-test-XXXXXX");
	fd = mkstemp(path);
	if (fd < 0)
		return -1;
	return fd__write_all(fd, program, sizeof(program)) ? close(fd) : -1;
}

static int end(void **state)
{
	(void)state;
	unlink(path);
	return 0;
}

static struct file_data usual(void)
{
	struct initramfs *fs = initramfs__new();
	struct file_data bytes;

	assert_non_null(fs);
	assert_true(initramfs__add_directory(fs, "dev"));
	assert_true(initramfs__add_console(fs));
	assert_true(initramfs__add_directory(fs, "modules"));
	assert_true(initramfs__add_file(fs, "init", path, 0755));
	assert_true(initramfs__add_file(fs, "modules/kvm.ko", path, 0600));
	assert_true(initramfs__add_data(fs, "modules/part.ko", program, 4097, 0640));
	assert_true(initramfs__add_text(fs, "words", "ops=cpuid n=5\n"));
	assert_true(initramfs__add_text(fs, "nothing", ""));
	assert_true(initramfs__finish(fs, &bytes));
	return bytes;
}

struct expected {
	const char *name;
	mode_t mode;
	const void *bytes;
	size_t size;
};

static void expect_entry(struct archive *archive, const struct expected *expected, int64_t *inode)
{
	struct archive_entry *entry;
	static uint8_t read_back[sizeof(program) + 1];

	if (archive_read_next_header(archive, &entry) != ARCHIVE_OK)
		fail_msg("%s is missing", expected->name);
	assert_string_equal(archive_entry_pathname(entry), expected->name);
	assert_int_equal(archive_entry_mode(entry), expected->mode);
	assert_int_equal(archive_entry_size(entry), expected->size);
	assert_int_equal(archive_read_data(archive, read_back, sizeof(read_back)), expected->size);
	assert_memory_equal(read_back, expected->bytes, expected->size);
	assert_int_equal(archive_entry_uid(entry), 0);
	assert_int_equal(archive_entry_gid(entry), 0);
	assert_int_equal(archive_entry_mtime(entry), 0);
	assert_null(archive_entry_hardlink(entry));
	assert_true(archive_entry_ino64(entry) > *inode); /* none occurs twice: that would be a link */
	*inode = archive_entry_ino64(entry);
	if (S_ISCHR(expected->mode)) {
		assert_int_equal(archive_entry_rdevmajor(entry), 5);
		assert_int_equal(archive_entry_rdevminor(entry), 1);
	}
}

static void what_is_packed_reads_back(void **state)
{
	static const char words[] = "ops=cpuid n=5\n";
	const struct expected expected[] = {
		{"dev", S_IFDIR | 0755, "", 0},
		{"dev/console", S_IFCHR | 0600, "", 0},
		{"modules", S_IFDIR | 0755, "", 0},
		{"init", S_IFREG | 0755, program, sizeof(program)},
		{"modules/kvm.ko", S_IFREG | 0600, program, sizeof(program)},
		{"modules/part.ko", S_IFREG | 0640, program, 4097},
		{"words", S_IFREG | 0644, words, sizeof(words) - 1},
		{"nothing", S_IFREG | 0644, "", 0},
	};
	struct file_data bytes = usual();
	struct archive *archive = archive_read_new();
	struct archive_entry *entry;
	int64_t inode = 0;

	(void)state;
	assert_memory_equal(bytes.data, "070701", 6); /* newc, the one that Linux unpacks */
	archive_read_support_format_cpio(archive);
	assert_int_equal(archive_read_open_memory(archive, bytes.data, bytes.size), ARCHIVE_OK);
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
		expect_entry(archive, &expected[i], &inode);
	assert_int_equal(archive_read_next_header(archive, &entry), ARCHIVE_EOF);
	archive_read_free(archive);
	free(bytes.data);
}

static void the_same_inputs_make_the_same_bytes(void **state)
{
	static const struct timeval long_ago[2] = {{1000000000, 0}, {1000000000, 0}};
	struct file_data first = usual(), second;

	(void)state;
	assert_int_equal(utimes(path, long_ago), 0); /* neither the files' times nor their modes are inputs */
	assert_int_equal(chmod(path, 0400), 0);
	second = usual();
	assert_int_equal(first.size, second.size);
	assert_memory_equal(first.data, second.data, first.size);
	free(first.data);
	free(second.data);
}

static void other_inputs_make_other_bytes(void **state)
{
	struct initramfs *fs[2] = {initramfs__new(), initramfs__new()};
	struct file_data bytes[2];

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		assert_non_null(fs[i]);
		assert_true(initramfs__add_text(fs[i], "words", i ? "n=1" : "n=2"));
		assert_true(initramfs__finish(fs[i], &bytes[i]));
	}
	assert_int_equal(bytes[0].size, bytes[1].size);
	assert_memory_not_equal(bytes[0].data, bytes[1].data, bytes[0].size);
	free(bytes[0].data);
	free(bytes[1].data);
}

static void an_empty_one_is_an_archive(void **state)
{
	struct initramfs *fs = initramfs__new();
	struct file_data bytes;

	(void)state;
	assert_non_null(fs);
	assert_true(initramfs__finish(fs, &bytes));
	assert_memory_equal(bytes.data, "070701", 6);
	assert_memory_equal(bytes.data + 110, "TRAILER!!!", sizeof("TRAILER!!!"));
	free(bytes.data);
}

static void a_file_that_is_missing_fails_the_whole(void **state)
{
	struct initramfs *fs = initramfs__new();
	struct file_data bytes = {(uint8_t *)path, 1};
	struct capture errors;
	char text[512];
	bool added, finished;

	(void)state;
	assert_non_null(fs);
	assert_true(initramfs__add_text(fs, "words", "n=1"));
	errors = capture__begin(STDERR_FILENO);
	added = initramfs__add_file(fs, "init", "/nowhere/at/all", 0755);
	finished = initramfs__finish(fs, &bytes);
	capture__end_text(&errors, text, sizeof(text));
	assert_false(added);
	assert_false(finished);
	assert_null(bytes.data);
	assert_int_equal(bytes.size, 0);
	assert_string_equal(text, "nestbed: cannot read /nowhere/at/all: No such file or directory\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_packed_reads_back, begin, end),
		cmocka_unit_test_setup_teardown(the_same_inputs_make_the_same_bytes, begin, end),
		cmocka_unit_test(other_inputs_make_other_bytes),
		cmocka_unit_test(an_empty_one_is_an_archive),
		cmocka_unit_test_setup_teardown(a_file_that_is_missing_fails_the_whole, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
