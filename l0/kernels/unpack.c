// SPDX-License-Identifier: GPL-2.0-only
/* Uncompresses data in memory with libarchive's raw format and its filters. */
#include "l0/kernels/unpack.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>
#include <string.h>

#define STEP (4u << 20)

/*
 * Some filters of libarchive fail without an error text. The returned text stays valid after the
 * archive is freed.
 */
static const char *reason(struct archive *archive)
{
	static char text[160];
	const char *said = archive_error_string(archive);

	text__format(text, sizeof(text), "%.150s", said ? said : "it is damaged or cut off");
	return text;
}

/*
 * Returns NULL, or the reason why the data cannot be opened. libarchive runs these
 * filters without an external program.
 */
static const char *begin(struct archive *archive, const uint8_t *data, size_t size)
{
	struct archive_entry *entry;

	archive_read_support_filter_gzip(archive);
	archive_read_support_filter_bzip2(archive);
	archive_read_support_filter_lzma(archive);
	archive_read_support_filter_xz(archive);
	archive_read_support_filter_lz4(archive);
	archive_read_support_filter_zstd(archive);
	archive_read_support_format_raw(archive);
	if (archive_read_open_memory(archive, data, size) != ARCHIVE_OK ||
	    archive_read_next_header(archive, &entry) != ARCHIVE_OK)
		return reason(archive);
	return NULL;
}

bool unpack__is_packed(const uint8_t *data, size_t size)
{
	static const struct {
		const char *bytes;
		size_t length;
	} magics[] = {
		{"\x1f\x8b", 2}, {"\3757zXZ", 5},         {"\x28\xb5\x2f\xfd", 4},
		{"BZh", 3},      {"\x02\x21\x4c\x18", 4}, {"\x5d\0\0", 3},
	};

	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
		if (size >= magics[i].length && memcmp(data, magics[i].bytes, magics[i].length) == 0)
			return true;
	return false;
}

const char *unpack__exactly(const uint8_t *data, size_t size, struct file_data *out)
{
	struct archive *archive = archive_read_new();
	const char *why = archive ? begin(archive, data, size) : "out of memory";
	size_t done = 0;

	while (!why && done < out->size) {
		la_ssize_t n = archive_read_data(archive, out->data + done, out->size - done);

		if (n <= 0)
			why = n < 0 ? reason(archive) : "it ends too early";
		else
			done += (size_t)n;
	}
	archive_read_free(archive);
	return why;
}

const char *unpack__all(const uint8_t *data, size_t size, struct file_data *out)
{
	struct archive *archive = archive_read_new();
	const char *why = archive ? begin(archive, data, size) : "out of memory";
	la_ssize_t n = 1;

	*out = (struct file_data){0};
	while (!why && n > 0) {
		uint8_t *grown = realloc(out->data, out->size + STEP);

		if (!grown) {
			why = "out of memory";
			break;
		}
		out->data = grown;
		n = archive_read_data(archive, out->data + out->size, STEP);
		if (n < 0)
			why = reason(archive);
		else
			out->size += (size_t)n;
		if (out->size > UNPACK_MAX)
			why = "it unpacks to more than 512 MiB";
	}
	archive_read_free(archive);
	if (why) {
		free(out->data);
		*out = (struct file_data){0};
	}
	return why;
}
