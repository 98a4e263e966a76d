// SPDX-License-Identifier: GPL-2.0-only
/* Writes an initramfs with libarchive's newc writer. All time stamps and owners are zero. */
#include "l0/machine/initramfs.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

struct initramfs {
	struct archive *archive;
	struct file_data out;
	size_t capacity; /* of out.data */
	int64_t inode;
	char **names; /* names of all entries */
	size_t names_count;
	bool good;
};

static la_ssize_t append(struct archive *archive, void *data, const void *bytes, size_t length)
{
	struct initramfs *fs = data;
	size_t wanted = fs->out.size + length;

	/* The buffer doubles, because libarchive writes blocks of only 10 KiB. */
	if (wanted > fs->capacity) {
		size_t capacity = wanted > 2 * fs->capacity ? wanted : 2 * fs->capacity;
		uint8_t *grown = realloc(fs->out.data, capacity);

		if (!grown) {
			archive_set_error(archive, ENOMEM, "out of memory");
			return -1;
		}
		fs->out.data = grown;
		fs->capacity = capacity;
	}
	memcpy(fs->out.data + fs->out.size, bytes, length);
	fs->out.size = wanted;
	return (la_ssize_t)length;
}

struct initramfs *initramfs__new(void)
{
	struct initramfs *fs = calloc(1, sizeof(*fs));

	if (fs)
		fs->archive = archive_write_new();
	if (!fs || !fs->archive || archive_write_set_format_cpio_newc(fs->archive) != ARCHIVE_OK ||
	    archive_write_set_bytes_in_last_block(fs->archive, 1) != ARCHIVE_OK ||
	    archive_write_open(fs->archive, fs, NULL, append, NULL) != ARCHIVE_OK) {
		pr_err("cannot begin an initramfs: out of memory");
		if (fs)
			archive_write_free(fs->archive);
		free(fs);
		return NULL;
	}
	fs->good = true;
	return fs;
}

bool initramfs__has(const struct initramfs *fs, const char *name)
{
	for (size_t i = 0; i < fs->names_count; i++)
		if (strcmp(fs->names[i], name) == 0)
			return true;
	return false;
}

static void remember(struct initramfs *fs, const char *name)
{
	char **grown = realloc(fs->names, (fs->names_count + 1) * sizeof(*grown));
	char *copy = strdup(name);

	if (grown)
		fs->names = grown;
	if (grown && copy) {
		fs->names[fs->names_count++] = copy;
		return;
	}
	free(copy);
	pr_err("cannot put %s into the initramfs: out of memory", name);
	fs->good = false;
}

static bool add(struct initramfs *fs, const char *name, unsigned mode, const void *data, size_t size)
{
	struct archive_entry *entry = archive_entry_new();

	if (!entry) {
		fs->good = false;
		return false;
	}
	archive_entry_set_pathname(entry, name);
	archive_entry_set_mode(entry, (mode_t)mode);
	archive_entry_set_size(entry, (la_int64_t)size);
	archive_entry_set_ino64(entry, ++fs->inode);
	archive_entry_set_nlink(entry, 1);
	if (S_ISCHR(mode))
		archive_entry_set_rdev(entry, makedev(5, 1));
	if (archive_write_header(fs->archive, entry) != ARCHIVE_OK ||
	    (size > 0 && archive_write_data(fs->archive, data, size) != (la_ssize_t)size)) {
		pr_err("cannot put %s into the initramfs: %s", name, archive_error_string(fs->archive));
		fs->good = false;
	}
	archive_entry_free(entry);
	remember(fs, name);
	return fs->good;
}

bool initramfs__add_directory(struct initramfs *fs, const char *name)
{
	return add(fs, name, S_IFDIR | 0755, NULL, 0);
}

/* The kernel opens /dev/console for PID 1 before anything can mount /dev. */
bool initramfs__add_console(struct initramfs *fs)
{
	return add(fs, "dev/console", S_IFCHR | 0600, NULL, 0);
}

bool initramfs__add_file(struct initramfs *fs, const char *name, const char *path, unsigned mode)
{
	struct file_data file;
	bool good = file__read(path, &file);

	if (!good)
		fs->good = false;
	else
		good = add(fs, name, S_IFREG | mode, file.data, file.size);
	free(file.data);
	return good;
}

bool initramfs__add_data(struct initramfs *fs, const char *name, const void *data, size_t size, unsigned mode)
{
	return add(fs, name, S_IFREG | mode, data, size);
}

bool initramfs__add_text(struct initramfs *fs, const char *name, const char *text)
{
	return add(fs, name, S_IFREG | 0644, text, strlen(text));
}

bool initramfs__finish(struct initramfs *fs, struct file_data *archive)
{
	bool good = fs->good;

	if (archive_write_close(fs->archive) != ARCHIVE_OK && good) {
		pr_err("cannot end the initramfs: %s", archive_error_string(fs->archive));
		good = false;
	}
	archive_write_free(fs->archive);
	*archive = (struct file_data){0};
	if (good)
		*archive = fs->out;
	else
		free(fs->out.data);
	for (size_t i = 0; i < fs->names_count; i++)
		free(fs->names[i]);
	free(fs->names);
	free(fs);
	return good;
}
