/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Messages, exit codes, and reads and writes of whole files, for every program of L0's user space.
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
	NB_EXIT_SKIPPED = 77, /* this machine lacks something, which a message has named */
	/*
	 * The kernel did not start PID 1. `git bisect run` skips a commit whose test ends with this
	 * code. Commands end with NB_EXIT_FAILED instead unless they are asked to tell the two
	 * cases apart.
	 */
	NB_EXIT_NO_BOOT = 125,
};

/*
 * Prints one line on stderr, "nestbed: ...". The text states what failed, on which object, why, and
 * what to do.
 */
void pr_err(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * Prints one line of information on stderr in the same form. Prints nothing after pr_quiet(true).
 */
void pr_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void pr_quiet(bool quiet);

struct file_data {
	uint8_t *data;
	size_t size;
};

/* Reads a whole file into memory; the caller frees .data. Returns false after a message. */
bool file__read(const char *path, struct file_data *file);

/*
 * Reads the first line of a small text file (sysfs, procfs) without its newline. Returns false
 * without a message if the file cannot be read.
 */
bool file__read_text(const char *path, char *text, size_t size);

/* Writes all bytes. Returns false with errno set. */
bool fd__write_all(int fd, const void *data, size_t bytes);

/*
 * Works as snprintf(), but prints a message and exits with NB_EXIT_FAILED if the text does not fit.
 * For paths and command lines that nestbed composes.
 */
void text__format(char *text, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
