// SPDX-License-Identifier: GPL-2.0-only
/* Unpacks vmlinuz with libarchive and orders kernel modules by what their .modinfo says they depend on. */
#include "kernel_image.h"

#include <archive.h>
#include <archive_entry.h>
#include <fts.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>

/* Linux, Documentation/x86/boot.rst: the real-mode kernel header. */
#define HEADER_MAGIC_AT   0x202
#define SETUP_SECTS_AT    0x1f1
#define PAYLOAD_OFFSET_AT 0x248
#define PAYLOAD_LENGTH_AT 0x24c
#define HEADER_END        0x250

/* Debian's cloud kernel has 51 MiB. What claims ten times as much is damaged. */
#define KERNEL_MAX (512u << 20)

static uint32_t le32(const uint8_t *p)
{
	uint32_t value;

	memcpy(&value, p, sizeof(value));
	return value;
}

/* Some of libarchive's filters fail without a word. */
static const char *reason(struct archive *archive)
{
	const char *text = archive_error_string(archive);

	return text ? text : "it is damaged or cut off";
}

static bool read_payload(struct archive *archive, const uint8_t *payload, size_t length, struct file_data *out)
{
	struct archive_entry *entry;
	size_t done = 0;

	/* Those of the kernel's build that libarchive does itself: for some others it would start a program. */
	archive_read_support_filter_gzip(archive);
	archive_read_support_filter_bzip2(archive);
	archive_read_support_filter_lzma(archive);
	archive_read_support_filter_xz(archive);
	archive_read_support_filter_lz4(archive);
	archive_read_support_filter_zstd(archive);
	archive_read_support_format_raw(archive);
	if (archive_read_open_memory(archive, payload, length) != ARCHIVE_OK ||
	    archive_read_next_header(archive, &entry) != ARCHIVE_OK) {
		pr_err("cannot unpack the kernel: %s", reason(archive));
		return false;
	}
	while (done < out->size) {
		la_ssize_t n = archive_read_data(archive, out->data + done, out->size - done);

		if (n <= 0) {
			pr_err("cannot unpack the kernel: %s", n < 0 ? reason(archive) : "it ends too early");
			return false;
		}
		done += (size_t)n;
	}
	return true;
}

bool kernel_image__unpack(const struct file_data *vmlinuz, struct file_data *vmlinux)
{
	struct archive *archive;
	uint64_t offset, length, packed;
	bool good;

	if (vmlinuz->size < HEADER_END || memcmp(vmlinuz->data + HEADER_MAGIC_AT, "HdrS", 4) != 0) {
		pr_err("the kernel file is not a Linux bzImage");
		return false;
	}
	offset = (vmlinuz->data[SETUP_SECTS_AT] + 1ull) * 512 + le32(vmlinuz->data + PAYLOAD_OFFSET_AT);
	length = le32(vmlinuz->data + PAYLOAD_LENGTH_AT);
	if (length < 8 || offset > vmlinuz->size || length > vmlinuz->size - offset) {
		pr_err("the kernel file is truncated");
		return false;
	}
	/*
	 * The build appends the uncompressed size (scripts/Makefile.lib, size_append), but not to gzip, which ends
	 * with it by itself.
	 */
	packed = memcmp(vmlinuz->data + offset, "\x1f\x8b", 2) == 0 ? length : length - 4;
	vmlinux->size = le32(vmlinuz->data + offset + length - 4);
	if (vmlinux->size > KERNEL_MAX) {
		pr_err("the kernel file claims to unpack to %zu MiB: it is damaged", vmlinux->size >> 20);
		*vmlinux = (struct file_data){0};
		return false;
	}
	vmlinux->data = malloc(vmlinux->size + 1);
	archive = archive_read_new();
	good = vmlinux->data && archive && read_payload(archive, vmlinuz->data + offset, (size_t)packed, vmlinux);
	archive_read_free(archive);
	if (!good) {
		free(vmlinux->data);
		*vmlinux = (struct file_data){0};
	}
	return good;
}

static bool same_name(const char *file, const char *name)
{
	while (*name && (*file == *name || (*file && strchr("-_", *file) && strchr("-_", *name)))) {
		file++;
		name++;
	}
	return *name == '\0' && strcmp(file, ".ko") == 0;
}

/* The path of the module below root, allocated, or NULL. */
static char *find_module(const char *root, const char *name)
{
	char *roots[] = {strdup(root), NULL};
	FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	char *found = NULL;
	FTSENT *entry;

	while (tree && !found && (entry = fts_read(tree)) != NULL)
		if (entry->fts_info == FTS_F && same_name(entry->fts_name, name))
			found = strdup(entry->fts_path);
	if (tree)
		fts_close(tree);
	free(roots[0]);
	return found;
}

/* The value of key among "key=value" strings that need not end with a NUL, allocated, or NULL. */
static char *find_value(const char *strings, size_t size, const char *key)
{
	size_t key_length = strlen(key);

	while (size > 0) {
		size_t length = strnlen(strings, size);

		if (length > key_length && memcmp(strings, key, key_length) == 0 && strings[key_length] == '=')
			return strndup(strings + key_length + 1, length - key_length - 1);
		length += length < size;
		strings += length;
		size -= length;
	}
	return NULL;
}

/* The value of key in a .modinfo section, allocated, or NULL. */
static char *modinfo(const struct file_data *file, const char *key)
{
	Elf *elf = elf_memory((char *)file->data, file->size);
	Elf_Scn *section = NULL;
	char *value = NULL;
	size_t names;

	if (!elf || elf_getshdrstrndx(elf, &names) != 0)
		names = 0;
	while (elf && !value && (section = elf_nextscn(elf, section)) != NULL) {
		GElf_Shdr header;
		const char *name;
		Elf_Data *data;

		if (!gelf_getshdr(section, &header) || !(name = elf_strptr(elf, names, header.sh_name)) ||
		    strcmp(name, ".modinfo") != 0 || !(data = elf_getdata(section, NULL)) || !data->d_buf)
			continue;
		value = find_value(data->d_buf, data->d_size, key);
	}
	elf_end(elf);
	return value;
}

/* depth: how many modules wait for this one. More than a list can hold is a circle. */
static bool add(struct module_list *list, const char *root, const char *name, unsigned depth)
{
	char *path = find_module(root, name);
	struct file_data file;
	char *depends;
	bool good = true;

	for (unsigned i = 0; path && i < list->count; i++) {
		if (strcmp(list->path[i], path) == 0) {
			free(path);
			return true;
		}
	}
	if (!path) {
		pr_err("no kernel module %s below %s", name, root);
		return false;
	}
	if (list->count + depth >= MODULES_MAX) {
		pr_err("kernel module %s below %s: more than %d modules are needed, or they need each other in a "
		       "circle",
		       name, root, MODULES_MAX);
		free(path);
		return false;
	}
	elf_version(EV_CURRENT);
	if (!file__read(path, &file)) {
		free(path);
		return false;
	}
	depends = modinfo(&file, "depends");
	free(file.data);
	for (char *rest = depends, *one; good && (one = strsep(&rest, ",")) != NULL;)
		good = *one == '\0' || add(list, root, one, depth + 1);
	free(depends);
	if (good)
		list->path[list->count++] = path;
	else
		free(path);
	return good;
}

bool module_list__add(struct module_list *list, const char *root, const char *name)
{
	return add(list, root, name, 0);
}

void module_list__free(struct module_list *list)
{
	while (list->count > 0)
		free(list->path[--list->count]);
}

size_t module__unsigned_size(const struct file_data *module)
{
	static const char magic[] = "~Module signature appended~\n";
	const size_t magic_size = sizeof(magic) - 1;
	const size_t trailer_size =
		12; /* struct module_signature; its last four bytes are the signature's size, big-endian */
	const uint8_t *size;
	uint64_t signature;

	if (module->size < magic_size + trailer_size ||
	    memcmp(module->data + module->size - magic_size, magic, magic_size) != 0)
		return module->size;
	size = module->data + module->size - magic_size - 4;
	signature = (uint64_t)size[0] << 24 | (uint64_t)size[1] << 16 | (uint64_t)size[2] << 8 | size[3];
	if (signature > module->size - magic_size - trailer_size)
		return module->size;
	return module->size - magic_size - trailer_size - (size_t)signature;
}
