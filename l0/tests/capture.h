/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Captures the output of the code under test to a file descriptor. Do not assert anything between
 * begin and end, because the report of a failure would be captured as well.
 */
#ifndef NB_L0_TESTS_CAPTURE_H
#define NB_L0_TESTS_CAPTURE_H

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

struct capture {
	int fd, saved, file;
};

static inline struct capture capture__begin(int fd)
{
	struct capture capture = {.fd = fd};

	fflush(NULL);
	capture.saved = dup(fd);
	capture.file = memfd_create("capture", MFD_CLOEXEC);
	if (capture.saved < 0 || capture.file < 0 || dup2(capture.file, fd) < 0)
		abort();
	return capture;
}

/* Restores the descriptor. At most `size` bytes of what was written go to `bytes`; all of them are
 * counted. */
static inline size_t capture__end_bytes(struct capture *capture, void *bytes, size_t size)
{
	off_t written;

	fflush(NULL);
	written = lseek(capture->file, 0, SEEK_END);
	if (dup2(capture->saved, capture->fd) < 0 || written < 0 || pread(capture->file, bytes, size, 0) < 0)
		abort();
	close(capture->saved);
	close(capture->file);
	return (size_t)written;
}

static inline void capture__end_text(struct capture *capture, char *text, size_t size)
{
	size_t written = capture__end_bytes(capture, text, size - 1);

	text[written < size - 1 ? written : size - 1] = '\0';
}

#endif
