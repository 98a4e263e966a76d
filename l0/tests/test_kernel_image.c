// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of Debian's kernel taken apart: bzImages made around a payload compressed as the kernel's build does it,
 * and trees of modules made of nothing but a .modinfo section.
 */
#include <archive.h>
#include <archive_entry.h>
#include <elf.h>
#include <fcntl.h>
#include <ftw.h>
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

#include "../machine/kernel_image.h"
#include "capture.h"

#define KERNEL_SIZE    200003u
#define SETUP_SECTORS  3u
#define PAYLOAD_OFFSET 0x2c4u
#define PAYLOAD_AT     ((SETUP_SECTORS + 1) * 512 + PAYLOAD_OFFSET)
#define BEHIND         1000u /* bytes behind the payload: code and a checksum in a real one */
#define LZ4_BLOCK      65536u

static uint8_t kernel[KERNEL_SIZE]; /* what is packed: some of it compresses well */

static int make_kernel(void **state)
{
	uint32_t x = 1;

	(void)state;
	for (size_t i = 0; i < sizeof(kernel); i++) {
		x = x * 1103515245 + 12345;
		kernel[i] = i / 1000 % 2 ? (uint8_t)(x >> 16) : (uint8_t)(i / 1000);
	}
	return 0;
}

static void put_le32(uint8_t *at, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

enum packer { GZIP, XZ, ZSTD, BZIP2, LZ4_LEGACY, PACKERS };

static const char *const packer_names[PACKERS] = {"gzip", "xz", "zstd", "bzip2", "lz4"};

/*
 * LZ4's legacy frame, which the kernel's build uses (lz4 -l): a magic number, then blocks behind their sizes.
 * Each block here is one run of literals: the format demands no more.
 */
static size_t pack_lz4(uint8_t *out)
{
	size_t at = 4;

	put_le32(out, 0x184c2102);
	for (size_t done = 0; done < KERNEL_SIZE;) {
		size_t part = KERNEL_SIZE - done < LZ4_BLOCK ? KERNEL_SIZE - done : LZ4_BLOCK;
		size_t begin = at, length = part - 15;

		at += 4;
		out[at++] = 0xf0; /* 15 literals and more, then no match */
		for (; length >= 255; length -= 255)
			out[at++] = 255;
		out[at++] = (uint8_t)length;
		memcpy(out + at, kernel + done, part);
		at += part;
		put_le32(out + begin, (uint32_t)(at - begin - 4));
		done += part;
	}
	return at;
}

static size_t pack(enum packer packer, uint8_t *out, size_t room)
{
	struct archive *archive;
	struct archive_entry *entry;
	size_t used = 0;

	if (packer == LZ4_LEGACY)
		return pack_lz4(out);
	archive = archive_write_new();
	entry = archive_entry_new();
	archive_write_set_format_raw(archive);
	archive_write_add_filter_by_name(archive, packer_names[packer]);
	archive_write_set_bytes_in_last_block(archive, 1);
	assert_int_equal(archive_write_open_memory(archive, out, room, &used), ARCHIVE_OK);
	archive_entry_set_filetype(entry, AE_IFREG);
	assert_int_equal(archive_write_header(archive, entry), ARCHIVE_OK);
	assert_int_equal(archive_write_data(archive, kernel, KERNEL_SIZE), KERNEL_SIZE);
	assert_int_equal(archive_write_close(archive), ARCHIVE_OK);
	archive_entry_free(entry);
	archive_write_free(archive);
	return used;
}

/* A bzImage around the kernel, in memory of exactly its size. */
static struct file_data bzimage(enum packer packer, size_t *payload)
{
	size_t room = PAYLOAD_AT + 2 * KERNEL_SIZE;
	struct file_data file = {malloc(room), 0};

	assert_non_null(file.data);
	memset(file.data, 0xcc, room);
	memcpy(file.data + 0x202, "HdrS", 4);
	file.data[0x1f1] = SETUP_SECTORS;
	*payload = pack(packer, file.data + PAYLOAD_AT, 2 * KERNEL_SIZE - 4 - BEHIND);
	if (packer != GZIP) { /* gzip ends with the size itself; the kernel's build appends it to all others */
		put_le32(file.data + PAYLOAD_AT + *payload, KERNEL_SIZE);
		*payload += 4;
	}
	put_le32(file.data + 0x248, PAYLOAD_OFFSET);
	put_le32(file.data + 0x24c, (uint32_t)*payload);
	file.size = PAYLOAD_AT + *payload + BEHIND;
	file.data = realloc(file.data, file.size);
	assert_non_null(file.data);
	return file;
}

/* Unpacks the first `size` bytes in memory of exactly that size; what is said goes to text. */
static bool unpack(const struct file_data *file, size_t size, struct file_data *out, char *text, size_t room)
{
	struct file_data exact = {malloc(size ? size : 1), size};
	struct capture errors;
	bool good;

	assert_non_null(exact.data);
	memcpy(exact.data, file->data, size);
	errors = capture__begin(STDERR_FILENO);
	*out = (struct file_data){0};
	good = kernel_image__unpack(&exact, out);
	capture__end_text(&errors, text, room);
	free(exact.data);
	return good;
}

static void expect_refused(const struct file_data *file, size_t size, const char *message)
{
	struct file_data out;
	char text[512];

	if (unpack(file, size, &out, text, sizeof(text)))
		fail_msg("%zu of %zu bytes were unpacked", size, file->size);
	assert_null(out.data);
	assert_int_equal(out.size, 0);
	if (strncmp(text, "nestbed: ", 9) != 0 || !strstr(text, message) || strstr(text, "(null)"))
		fail_msg("no \"%s\" in: %s", message, text);
}

static void what_was_packed_comes_out(void **state)
{
	(void)state;
	for (enum packer packer = 0; packer < PACKERS; packer++) {
		size_t payload;
		struct file_data file = bzimage(packer, &payload), out;
		char text[512];

		if (!unpack(&file, file.size, &out, text, sizeof(text)))
			fail_msg("%s: %s", packer_names[packer], text);
		assert_string_equal(text, "");
		assert_int_equal(out.size, KERNEL_SIZE);
		assert_memory_equal(out.data, kernel, KERNEL_SIZE);
		free(out.data);
		free(file.data);
	}
}

static void a_cut_file_is_refused(void **state)
{
	size_t payload;
	struct file_data file = bzimage(LZ4_LEGACY, &payload);

	(void)state;
	for (size_t size = 0; size < 0x250; size++)
		expect_refused(&file, size, "is not a Linux bzImage");
	for (size_t size = 0x250; size < PAYLOAD_AT + payload; size += size < PAYLOAD_AT + 100 ? 1 : 997)
		expect_refused(&file, size, "truncated");
	expect_refused(&file, PAYLOAD_AT + payload - 1, "truncated");
	free(file.data);
}

/* The same with a header that tells of no cut: now the unpacker runs into the end. */
static void a_cut_payload_is_refused(void **state)
{
	(void)state;
	for (enum packer packer = 0; packer < PACKERS; packer++) {
		size_t payload;
		struct file_data file = bzimage(packer, &payload);
		const struct file_data whole = file;

		/* Trailers of the formats are no part of the kernel: a cut inside them need not be seen. */
		for (size_t length = 8; length < payload - 64; length += length < 100 ? 1 : payload / 37) {
			uint8_t keep[4];

			put_le32(file.data + 0x24c, (uint32_t)length);
			memcpy(keep, file.data + PAYLOAD_AT + length - 4, 4);
			put_le32(file.data + PAYLOAD_AT + length - 4, KERNEL_SIZE);
			expect_refused(&whole, PAYLOAD_AT + length, "cannot unpack the kernel");
			memcpy(file.data + PAYLOAD_AT + length - 4, keep, 4);
		}
		free(file.data);
	}
}

static void sizes_may_lie(void **state)
{
	static const uint32_t lies[] = {0, 7, 0x7fffffff, 0x80000000, 0xffffffff};
	size_t payload;
	struct file_data file = bzimage(GZIP, &payload);
	uint8_t *size_at = file.data + PAYLOAD_AT + payload - 4;

	(void)state;
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		put_le32(file.data + 0x24c, lies[i]);
		expect_refused(&file, file.size, "truncated");
	}
	put_le32(file.data + 0x24c, (uint32_t)payload);
	put_le32(file.data + 0x248, 0xffffffff);
	expect_refused(&file, file.size, "truncated");
	put_le32(file.data + 0x248, (uint32_t)(file.size - (SETUP_SECTORS + 1) * 512) + 1);
	expect_refused(&file, file.size, "truncated");
	put_le32(file.data + 0x248, PAYLOAD_OFFSET);
	file.data[0x1f1] = 0xff;
	expect_refused(&file, file.size, "truncated");
	file.data[0x1f1] = SETUP_SECTORS;
	put_le32(size_at, KERNEL_SIZE + 1);
	expect_refused(&file, file.size, "it ends too early");
	put_le32(size_at, (512u << 20) + 1);
	expect_refused(&file, file.size, "claims to unpack to 512 MiB");
	put_le32(size_at, 0xffffffff);
	expect_refused(&file, file.size, "claims to unpack to 4095 MiB");
	free(file.data);
}

static void what_is_no_kernel(void **state)
{
	size_t payload;
	struct file_data file = bzimage(GZIP, &payload);

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		file.data[0x202 + i] ^= 1;
		expect_refused(&file, file.size, "is not a Linux bzImage");
		file.data[0x202 + i] ^= 1;
	}
	/* A payload of no compression that is known may be taken as it is, but not for more than it is. */
	memset(file.data + PAYLOAD_AT, 0xcc, payload - 4);
	expect_refused(&file, file.size, "cannot unpack the kernel");
	free(file.data);
}

static char root[64];

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)st;
	(void)type;
	(void)where;
	return remove(path);
}

static int make_root(void **state)
{
	char path[96];

	(void)state;
	strcpy(root, "/tmp/nestbed-test-XXXXXX");
	if (!mkdtemp(root))
		return -1;
	snprintf(path, sizeof(path), "%s/kernel", root);
	if (mkdir(path, 0755) != 0)
		return -1;
	snprintf(path, sizeof(path), "%s/kernel/deep", root);
	return mkdir(path, 0755);
}

static int remove_root(void **state)
{
	(void)state;
	return nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void write_file(const char *name, const void *bytes, size_t size)
{
	char path[160];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", root, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	assert_true(fd >= 0);
	assert_true(fd__write_all(fd, bytes, size));
	close(fd);
}

/* A relocatable object with one section, called `section`, of these bytes. */
static void write_object(const char *name, const char *section, const void *bytes, size_t size)
{
	struct {
		Elf64_Ehdr eh;
		Elf64_Shdr sh[3]; /* none, the section, names */
		char names[64];
		uint8_t bytes[512];
	} object = {
		.eh = {.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
		       .e_type = ET_REL,
		       .e_machine = EM_X86_64,
		       .e_version = EV_CURRENT,
		       .e_shoff = sizeof(Elf64_Ehdr),
		       .e_ehsize = sizeof(Elf64_Ehdr),
		       .e_shentsize = sizeof(Elf64_Shdr),
		       .e_shnum = 3,
		       .e_shstrndx = 2},
		.names = "\0.shstrtab",
	};
	size_t at = sizeof(object) - sizeof(object.bytes);

	assert_true(size <= sizeof(object.bytes));
	strcpy(object.names + 11, section);
	object.sh[1] = (Elf64_Shdr){.sh_name = 11, .sh_type = SHT_PROGBITS, .sh_offset = at, .sh_size = size};
	object.sh[2] = (Elf64_Shdr){
		.sh_name = 1,
		.sh_type = SHT_STRTAB,
		.sh_offset = sizeof(Elf64_Ehdr) + sizeof(object.sh),
		.sh_size = sizeof(object.names),
	};
	object.sh[1].sh_addralign = object.sh[2].sh_addralign = 1;
	memcpy(object.bytes, bytes, size);
	write_file(name, &object, at + size);
}

/* A module as the kernel's build makes it, with keys around the one that counts. */
static void write_module(const char *name, const char *depends)
{
	char info[300];
	int size = snprintf(info, sizeof(info), "license=GPL%cxdepends=no%cdepends=%s%cretpoline=Y", 0, 0, depends, 0);

	assert_true(size > 0 && (size_t)size < sizeof(info));
	write_object(name, ".modinfo", info, (size_t)size + 1);
}

static bool add(struct module_list *list, const char *name, char *text, size_t room)
{
	struct capture errors = capture__begin(STDERR_FILENO);
	bool good = module_list__add(list, root, name);

	capture__end_text(&errors, text, room);
	return good;
}

static void expect_added(struct module_list *list, const char *name)
{
	char text[512];

	if (!add(list, name, text, sizeof(text)))
		fail_msg("%s: %s", name, text);
	assert_string_equal(text, "");
}

static void expect_missing(struct module_list *list, const char *name, const char *message)
{
	char text[512];

	if (add(list, name, text, sizeof(text)))
		fail_msg("%s was found", name);
	if (!strstr(text, message))
		fail_msg("no \"%s\" in: %s", message, text);
}

/* Where this module stands in the list; it stands there once. */
static unsigned place(const struct module_list *list, const char *file)
{
	unsigned found = 0, at = 0;

	for (unsigned i = 0; i < list->count; i++) {
		assert_memory_equal(list->path[i], root, strlen(root));
		if (strcmp(list->path[i] + strlen(root) + 1, file) == 0) {
			found++;
			at = i;
		}
	}
	if (found != 1)
		fail_msg("%s is %u times in the list", file, found);
	return at;
}

static void a_module_without_dependencies(void **state)
{
	struct module_list list = {0};

	(void)state;
	write_module("kernel/deep/alone.ko", "");
	write_object("kernel/data.ko", ".data", "depends=nonsense", sizeof("depends=nonsense"));
	write_object("kernel/empty.ko", ".modinfo", "", 0);
	expect_added(&list, "alone");
	expect_added(&list, "data");
	expect_added(&list, "empty");
	assert_int_equal(list.count, 3);
	assert_int_equal(place(&list, "kernel/deep/alone.ko"), 0);
	module_list__free(&list);
	assert_int_equal(list.count, 0);
}

static void dependencies_come_first(void **state)
{
	struct module_list list = {0};

	(void)state;
	write_module("kernel/top.ko", "left,right");
	write_module("kernel/left.ko", "base");
	write_module("kernel/deep/right.ko", "base,other");
	write_module("kernel/deep/base.ko", "");
	write_module("kernel/other.ko", "");
	write_module("kernel/not-wanted.ko", "top");
	expect_added(&list, "top");
	assert_int_equal(list.count, 5);
	assert_true(place(&list, "kernel/deep/base.ko") < place(&list, "kernel/left.ko"));
	assert_true(place(&list, "kernel/deep/base.ko") < place(&list, "kernel/deep/right.ko"));
	assert_true(place(&list, "kernel/other.ko") < place(&list, "kernel/deep/right.ko"));
	assert_int_equal(place(&list, "kernel/top.ko"), 4);
	expect_added(&list, "top"); /* again, and one that is there as a dependency */
	expect_added(&list, "base");
	assert_int_equal(list.count, 5);
	expect_added(&list, "not-wanted");
	assert_int_equal(place(&list, "kernel/not-wanted.ko"), 5);
	module_list__free(&list);
}

static void dashes_and_underscores_are_alike(void **state)
{
	struct module_list list = {0};

	(void)state;
	write_module("kernel/kvm-intel.ko", "irq_by-pass");
	write_module("kernel/irq-by_pass.ko", "");
	expect_added(&list, "kvm_intel");
	expect_added(&list, "kvm-intel");
	assert_int_equal(list.count, 2);
	assert_int_equal(place(&list, "kernel/irq-by_pass.ko"), 0);
	module_list__free(&list);
}

static void only_whole_names_are_found(void **state)
{
	struct module_list list = {0};

	(void)state;
	write_module("kernel/kvm_intel.ko", "");
	write_module("kernel/akvm.ko", "");
	write_module("kernel/kvm.ko.old", "");
	write_module("kernel/kvm", "");
	expect_missing(&list, "kvm", "no kernel module kvm below");
	expect_missing(&list, "", "no kernel module");
	assert_int_equal(list.count, 0);
	write_module("kernel/deep/kvm.ko", "");
	expect_added(&list, "kvm");
	assert_int_equal(place(&list, "kernel/deep/kvm.ko"), 0);
	module_list__free(&list);
}

static void a_missing_dependency_is_named(void **state)
{
	struct module_list list = {0};

	(void)state;
	write_module("kernel/top.ko", "there,missing");
	write_module("kernel/there.ko", "");
	expect_missing(&list, "top", "no kernel module missing below");
	for (unsigned i = 0; i < list.count; i++)
		assert_null(strstr(list.path[i], "top.ko"));
	module_list__free(&list);
}

static void a_missing_root_is_no_crash(void **state)
{
	struct module_list list = {0};
	char keep[64];

	(void)state;
	strcpy(keep, root);
	strcpy(root, "/nowhere/at/all");
	expect_missing(&list, "kvm", "no kernel module kvm below /nowhere/at/all");
	strcpy(root, keep);
	assert_int_equal(list.count, 0);
}

static void what_is_no_object_has_no_dependencies(void **state)
{
	struct module_list list = {0};

	(void)state;
	write_file("kernel/text.ko", "depends=missing", 15);
	write_file("kernel/nothing.ko", "", 0);
	write_file("kernel/magic.ko", ELFMAG, SELFMAG);
	expect_added(&list, "text");
	expect_added(&list, "nothing");
	expect_added(&list, "magic");
	assert_int_equal(list.count, 3);
	module_list__free(&list);
}

static void the_list_has_an_end(void **state)
{
	struct module_list list = {0};
	char text[512], name[64];

	(void)state;
	for (unsigned i = 0; i <= MODULES_MAX; i++) {
		snprintf(name, sizeof(name), "kernel/m%u.ko", i);
		write_module(name, "");
		snprintf(name, sizeof(name), "m%u", i);
		if (i < MODULES_MAX)
			expect_added(&list, name);
		else
			assert_false(add(&list, name, text, sizeof(text)));
	}
	assert_int_equal(list.count, MODULES_MAX);
	expect_added(&list, "m3"); /* it is there already */
	module_list__free(&list);
}

static void a_circle_is_told(void **state)
{
	struct module_list list = {0};

	(void)state;
	write_module("kernel/a.ko", "b");
	write_module("kernel/b.ko", "c");
	write_module("kernel/c.ko", "a");
	write_module("kernel/self.ko", "self");
	expect_missing(&list, "a", "in a circle");
	expect_missing(&list, "self", "in a circle");
	assert_int_equal(list.count, 0);
	module_list__free(&list);
}

/* The first needs the second, and so on: the last place is left for the one that is wanted, or it is told. */
static void a_chain_may_fill_the_list(void **state)
{
	struct module_list list = {0};
	char name[64], next[16];

	(void)state;
	for (unsigned i = 0; i <= MODULES_MAX; i++) {
		snprintf(name, sizeof(name), "kernel/m%u.ko", i);
		snprintf(next, sizeof(next), "m%u", i + 1);
		write_module(name, i < MODULES_MAX ? next : "");
	}
	expect_missing(&list, "m0", "more than 16 modules");
	assert_int_equal(list.count, 0);
	expect_added(&list, "m1");
	assert_int_equal(list.count, MODULES_MAX);
	assert_int_equal(place(&list, "kernel/m1.ko"), MODULES_MAX - 1);
	module_list__free(&list);
}

/* Strings that the section's end cuts off, at the very end of the file. */
static void modinfo_may_be_cut(void **state)
{
	static const char *const infos[] = {"depends", "depends=", "depends=base", "depend", "d", "\0\0"};

	(void)state;
	write_module("kernel/base.ko", "");
	for (size_t i = 0; i < sizeof(infos) / sizeof(infos[0]); i++) {
		struct module_list list = {0};

		write_object("kernel/cut.ko", ".modinfo", infos[i], i == 5 ? 2 : strlen(infos[i]));
		expect_added(&list, "cut");
		assert_int_equal(list.count, i == 2 ? 2 : 1);
		module_list__free(&list);
	}
}

static void the_first_dependencies_count(void **state)
{
	static const char info[] = "depends=base\0depends=missing";
	struct module_list list = {0};

	(void)state;
	write_module("kernel/base.ko", "");
	write_object("kernel/twice.ko", ".modinfo", info, sizeof(info));
	expect_added(&list, "twice");
	assert_int_equal(list.count, 2);
	module_list__free(&list);
}

#define MAGIC "~Module signature appended~\n"

/* A module of 1000 bytes; behind it `signature` bytes, a trailer that claims `claimed` of them, and the magic. */
static size_t unsigned_size(size_t signature, uint32_t claimed, const char *magic)
{
	struct file_data file = {.size = 1000 + signature + 12 + strlen(magic)};
	uint8_t *trailer;
	size_t size;

	file.data = malloc(file.size);
	assert_non_null(file.data);
	memset(file.data, 0x77, file.size);
	trailer = file.data + 1000 + signature;
	memset(trailer, 0, 12);
	for (int i = 0; i < 4; i++)
		trailer[8 + i] = (uint8_t)(claimed >> (24 - 8 * i)); /* big-endian */
	memcpy(trailer + 12, magic, strlen(magic));
	size = module__unsigned_size(&file);
	assert_true(size <= file.size);
	free(file.data);
	return size;
}

static void signatures_are_taken_off(void **state)
{
	uint8_t *bytes = malloc(sizeof(MAGIC) - 1);
	struct file_data file = {bytes, sizeof(MAGIC) - 1};

	(void)state;
	assert_int_equal(unsigned_size(0x2a9, 0x2a9, MAGIC), 1000);
	assert_int_equal(unsigned_size(0, 0, MAGIC), 1000);
	assert_int_equal(unsigned_size(5, 1005, MAGIC), 0); /* all of it */

	/* What is no signature stays. */
	assert_int_equal(unsigned_size(681, 681, "~Module signature appended~ "), 1000 + 681 + 12 + 28);
	assert_int_equal(unsigned_size(681, 681, ""), 1000 + 681 + 12);
	assert_int_equal(unsigned_size(5, 1006, MAGIC), 1000 + 5 + 12 + sizeof(MAGIC) - 1);
	assert_int_equal(unsigned_size(5, UINT32_MAX, MAGIC), 1000 + 5 + 12 + sizeof(MAGIC) - 1);

	assert_non_null(bytes);
	memcpy(bytes, MAGIC, sizeof(MAGIC) - 1);
	assert_int_equal(module__unsigned_size(&file), sizeof(MAGIC) - 1); /* the magic alone: no room for a trailer */
	file.size = 5;
	assert_int_equal(module__unsigned_size(&file), 5);
	file.size = 0;
	assert_int_equal(module__unsigned_size(&file), 0);
	free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_packed_comes_out),
		cmocka_unit_test(a_cut_file_is_refused),
		cmocka_unit_test(a_cut_payload_is_refused),
		cmocka_unit_test(sizes_may_lie),
		cmocka_unit_test(what_is_no_kernel),
		cmocka_unit_test_setup_teardown(a_module_without_dependencies, make_root, remove_root),
		cmocka_unit_test_setup_teardown(dependencies_come_first, make_root, remove_root),
		cmocka_unit_test_setup_teardown(dashes_and_underscores_are_alike, make_root, remove_root),
		cmocka_unit_test_setup_teardown(only_whole_names_are_found, make_root, remove_root),
		cmocka_unit_test_setup_teardown(a_missing_dependency_is_named, make_root, remove_root),
		cmocka_unit_test_setup_teardown(a_missing_root_is_no_crash, make_root, remove_root),
		cmocka_unit_test_setup_teardown(what_is_no_object_has_no_dependencies, make_root, remove_root),
		cmocka_unit_test_setup_teardown(the_list_has_an_end, make_root, remove_root),
		cmocka_unit_test(signatures_are_taken_off),
		cmocka_unit_test_setup_teardown(a_circle_is_told, make_root, remove_root),
		cmocka_unit_test_setup_teardown(a_chain_may_fill_the_list, make_root, remove_root),
		cmocka_unit_test_setup_teardown(modinfo_may_be_cut, make_root, remove_root),
		cmocka_unit_test_setup_teardown(the_first_dependencies_count, make_root, remove_root),
	};

	return cmocka_run_group_tests(tests, make_kernel, NULL);
}
