// SPDX-License-Identifier: GPL-2.0-only
/* Messages and file access for the programs of L0's user space. */
#include "l0/base/util.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool quiet_wanted;

static void message(const char *format, va_list args)
{
	fflush(stdout); /* keeps the order of lines where both streams go to one file */
	flockfile(stderr);
	fputs("nestbed: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	funlockfile(stderr);
}

void pr_err(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	message(format, args);
	va_end(args);
}

void pr_info(const char *format, ...)
{
	va_list args;

	if (quiet_wanted)
		return;
	va_start(args, format);
	message(format, args);
	va_end(args);
}

void pr_quiet(bool quiet)
{
	quiet_wanted = quiet;
}

bool file__read(const char *path, struct file_data *file)
{
	struct stat st;
	size_t done = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	*file = (struct file_data){0};
	if (fd < 0 || fstat(fd, &st) < 0) {
		pr_err("cannot read %s: %s", path, strerror(errno));
		if (fd >= 0)
			close(fd);
		return false;
	}
	file->data = malloc((size_t)st.st_size + 1);
	while (file->data && done < (size_t)st.st_size) {
		ssize_t n = read(fd, file->data + done, (size_t)st.st_size - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	close(fd);
	if (!file->data || done < (size_t)st.st_size) {
		pr_err("cannot read all of %s: %s", path, file->data ? strerror(errno) : "out of memory");
		free(file->data);
		*file = (struct file_data){0};
		return false;
	}
	file->size = done;
	return true;
}

bool file__read_text(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return false;
	n = read(fd, text, size - 1);
	close(fd);
	if (n < 0)
		return false;
	text[n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return true;
}

bool fd__write_all(int fd, const void *data, size_t bytes)
{
	const char *p = data;

	while (bytes > 0) {
		ssize_t n = write(fd, p, bytes);

		if (n < 0) {
			if (errno == EINTR)
				continue;
			return false;
		}
		p += n;
		bytes -= (size_t)n;
	}
	return true;
}

void text__format(char *text, size_t size, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(text, size, format, args);
	va_end(args);
	if (n < 0 || (size_t)n >= size) {
		pr_err("a path or command line is longer than %zu bytes: %.60s...", size, text);
		exit(NB_EXIT_FAILED);
	}
}
