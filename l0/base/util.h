/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What every program of L0's user space needs: messages, whole-file reads and writes, exit codes.
 */
#ifndef NB_L0_UTIL_H
#define NB_L0_UTIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Exit codes of every command. */
enum {
	NB_EXIT_GOOD = 0,
	NB_EXIT_FAILED = 1,
	NB_EXIT_USAGE = 2,
	NB_EXIT_SKIPPED = 77, /* this machine lacks something, which was named */
	/*
	 * A kernel has not come to PID 1. `git bisect run` skips a commit whose test ends so. Commands end with NB_EXIT_FAILED
	 * in its place unless they are asked to tell the two apart.
	 */
	NB_EXIT_NO_BOOT = 125,
};

/* One line on stderr: "nestbed: ...". Says what failed, on what, why, and what to do. */
void pr_err(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same for news; silent after pr_quiet(true). */
void pr_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void pr_quiet(bool quiet);

struct file_data {
	uint8_t *data;
	size_t size;
};

/* Reads a whole file into memory (free .data). False, with a message, on failure. */
bool file__read(const char *path, struct file_data *file);

/* Reads a small text file (sysfs, procfs) without its last newline; false in silence if that cannot be done. */
bool file__read_text(const char *path, char *text, size_t size);

/* Writes all bytes or returns false with errno set. */
bool fd__write_all(int fd, const void *data, size_t bytes);

/* snprintf that ends the program if the text does not fit: for paths and command lines that we compose ourselves. */
void text__format(char *text, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
