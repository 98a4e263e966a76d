// SPDX-License-Identifier: GPL-2.0-only
/* Tests of the search for modules: folder trees of modules that are made of nothing but a .modinfo
 * section. */
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

#include "l0/kernels/kernel_modules.h"
#include "l0/tests/capture.h"

#define RELEASE "6.1.0-test"

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
	int size = snprintf(info, sizeof(info),
			    "license=GPL%cxdepends=no%cdepends=%s%cretpoline=Y%cvermagic=" RELEASE " SMP", 0, 0,
			    depends, 0, 0);

	assert_true(size > 0 && (size_t)size < sizeof(info));
	write_object(name, ".modinfo", info, (size_t)size + 1);
}

static bool add(struct kernel_modules *list, const char *name, char *text, size_t room)
{
	struct capture errors = capture__begin(STDERR_FILENO);
	bool good = kernel_modules__add(list, root, name, RELEASE);

	capture__end_text(&errors, text, room);
	return good;
}

static void expect_added(struct kernel_modules *list, const char *name)
{
	char text[512];

	if (!add(list, name, text, sizeof(text)))
		fail_msg("%s: %s", name, text);
	assert_string_equal(text, "");
}

static void expect_missing(struct kernel_modules *list, const char *name, const char *message)
{
	char text[512];

	if (add(list, name, text, sizeof(text)))
		fail_msg("%s was found", name);
	if (!strstr(text, message))
		fail_msg("no \"%s\" in: %s", message, text);
}

/* Returns the module's place in the list. It must be there once. */
static unsigned place(const struct kernel_modules *list, const char *name)
{
	unsigned found = 0, at = 0;

	for (unsigned i = 0; i < list->count; i++)
		if (strcmp(list->module[i].name, name) == 0) {
			found++;
			at = i;
		}
	if (found != 1)
		fail_msg("%s is %u times in the list", name, found);
	return at;
}

static void a_module_without_dependencies(void **state)
{
	struct kernel_modules list = {0};

	(void)state;
	write_module("kernel/deep/alone.ko", "");
	expect_added(&list, "alone");
	assert_int_equal(list.count, 1);
	assert_int_equal(place(&list, "alone"), 0);
	kernel_modules__free(&list);
	assert_int_equal(list.count, 0);
}

static void dependencies_come_first(void **state)
{
	struct kernel_modules list = {0};

	(void)state;
	write_module("kernel/top.ko", "left,right");
	write_module("kernel/left.ko", "base");
	write_module("kernel/deep/right.ko", "base,other");
	write_module("kernel/deep/base.ko", "");
	write_module("kernel/other.ko", "");
	write_module("kernel/not-wanted.ko", "top");
	expect_added(&list, "top");
	assert_int_equal(list.count, 5);
	assert_true(place(&list, "base") < place(&list, "left"));
	assert_true(place(&list, "base") < place(&list, "right"));
	assert_true(place(&list, "other") < place(&list, "right"));
	assert_int_equal(place(&list, "top"), 4);
	expect_added(&list, "top"); /* again, and one that is there as a dependency */
	expect_added(&list, "base");
	assert_int_equal(list.count, 5);
	expect_added(&list, "not-wanted");
	assert_int_equal(place(&list, "not_wanted"), 5);
	kernel_modules__free(&list);
}

static void dashes_and_underscores_are_alike(void **state)
{
	struct kernel_modules list = {0};

	(void)state;
	write_module("kernel/kvm-intel.ko", "irq_by-pass");
	write_module("kernel/irq-by_pass.ko", "");
	expect_added(&list, "kvm_intel");
	expect_added(&list, "kvm-intel");
	assert_int_equal(list.count, 2);
	assert_int_equal(place(&list, "irq_by_pass"), 0);
	kernel_modules__free(&list);
}

static void only_whole_names_are_found(void **state)
{
	struct kernel_modules list = {0};

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
	assert_int_equal(place(&list, "kvm"), 0);
	kernel_modules__free(&list);
}

static void a_missing_dependency_is_named(void **state)
{
	struct kernel_modules list = {0};

	(void)state;
	write_module("kernel/top.ko", "there,missing");
	write_module("kernel/there.ko", "");
	expect_missing(&list, "top", "no kernel module missing below");
	for (unsigned i = 0; i < list.count; i++)
		assert_string_not_equal(list.module[i].name, "top");
	kernel_modules__free(&list);
}

static void a_missing_root_is_no_crash(void **state)
{
	struct kernel_modules list = {0};
	char keep[64];

	(void)state;
	strcpy(keep, root);
	strcpy(root, "/nowhere/at/all");
	expect_missing(&list, "kvm", "no kernel module kvm below /nowhere/at/all");
	strcpy(root, keep);
	assert_int_equal(list.count, 0);
}

static void what_is_no_module_is_told(void **state)
{
	struct kernel_modules list = {0};

	(void)state;
	write_file("kernel/text.ko", "depends=missing", 15);
	write_file("kernel/nothing.ko", "", 0);
	write_file("kernel/magic.ko", ELFMAG, SELFMAG);
	write_object("kernel/data.ko", ".data", "vermagic=" RELEASE, sizeof("vermagic=" RELEASE));
	write_object("kernel/empty.ko", ".modinfo", "", 0);
	expect_missing(&list, "text", "text.ko is no kernel module");
	expect_missing(&list, "nothing", "nothing.ko is no kernel module");
	expect_missing(&list, "magic", "magic.ko is no kernel module");
	expect_missing(&list, "data", "data.ko is no kernel module");
	expect_missing(&list, "empty", "empty.ko is no kernel module");
	assert_int_equal(list.count, 0);
}

static void the_list_has_an_end(void **state)
{
	struct kernel_modules list = {0};
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
	kernel_modules__free(&list);
}

static void a_circle_is_told(void **state)
{
	struct kernel_modules list = {0};

	(void)state;
	write_module("kernel/a.ko", "b");
	write_module("kernel/b.ko", "c");
	write_module("kernel/c.ko", "a");
	write_module("kernel/self.ko", "self");
	expect_missing(&list, "a", "in a circle");
	expect_missing(&list, "self", "in a circle");
	assert_int_equal(list.count, 0);
	kernel_modules__free(&list);
}

/* The first module needs the second, and so on. The last place is free for the wanted module, or an
 * error says that the list is full. */
static void a_chain_may_fill_the_list(void **state)
{
	struct kernel_modules list = {0};
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
	assert_int_equal(place(&list, "m1"), MODULES_MAX - 1);
	kernel_modules__free(&list);
}

/* The first word of vermagic is the release, the whole of it. */
static void modules_of_another_kernel_are_told(void **state)
{
	static const char *const others[] = {"6.1.0-tes", "6.1.0-test2", "6.12.0", ""};
	struct kernel_modules list = {0};
	char info[64];

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		const int size = snprintf(info, sizeof(info), "depends=%cvermagic=%s SMP", 0, others[i]);

		write_object("kernel/other.ko", ".modinfo", info, (size_t)size + 1);
		expect_missing(&list, "other", "is of another kernel");
		expect_missing(&list, "other", others[i]);
		expect_missing(&list, "other", RELEASE);
	}
	write_module("kernel/top.ko", "other");
	expect_missing(&list, "top", "other.ko is of another kernel");
	assert_int_equal(list.count, 0);
}

/* Packs the bytes into kernel/NAME.ko.END by one of libarchive's filters. */
static void write_packed(const char *name, const char *end, const char *filter, const struct file_data *bytes)
{
	struct archive *archive = archive_write_new();
	struct archive_entry *entry = archive_entry_new();
	char path[160];

	snprintf(path, sizeof(path), "%s/kernel/%s.ko.%s", root, name, end);
	archive_write_set_format_raw(archive);
	assert_int_equal(archive_write_add_filter_by_name(archive, filter), ARCHIVE_OK);
	assert_int_equal(archive_write_open_filename(archive, path), ARCHIVE_OK);
	archive_entry_set_filetype(entry, AE_IFREG);
	assert_int_equal(archive_write_header(archive, entry), ARCHIVE_OK);
	assert_int_equal(archive_write_data(archive, bytes->data, bytes->size), bytes->size);
	assert_int_equal(archive_write_close(archive), ARCHIVE_OK);
	archive_entry_free(entry);
	archive_write_free(archive);
}

/* Every compression that a kernel's build offers. */
static void modules_may_be_packed(void **state)
{
	static const char *const kinds[][2] = {{"xz", "xz"}, {"zst", "zstd"}, {"gz", "gzip"}};
	struct kernel_modules plain = {0};

	(void)state;
	write_module("kernel/plain.ko", "");
	expect_added(&plain, "plain");
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct kernel_modules list = {0};
		char path[160];

		write_packed("packed", kinds[i][0], kinds[i][1], &plain.module[0].file);
		expect_added(&list, "packed");
		assert_int_equal(list.module[0].file.size, plain.module[0].file.size);
		assert_memory_equal(list.module[0].file.data, plain.module[0].file.data, list.module[0].file.size);
		kernel_modules__free(&list);
		snprintf(path, sizeof(path), "%s/kernel/packed.ko.%s", root, kinds[i][0]);
		assert_int_equal(truncate(path, 40), 0);
		expect_missing(&list, "packed", "cannot unpack the kernel module");
		unlink(path);
	}
	kernel_modules__free(&plain);
}

/* A replacement in updates/ wins. Otherwise the file nearest to the root wins. Folders of sources
 * are not searched. */
static void of_several_files_one_is_taken(void **state)
{
	static const char *const folders[] = {"updates", "tools", ".hidden"};
	struct kernel_modules list = {0};
	char path[160];

	(void)state;
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", root, folders[i]);
		assert_int_equal(mkdir(path, 0755), 0);
	}
	write_module("kernel/base.ko", "");
	write_module("kernel/near.ko", "");
	write_module("kernel/deep/kvm.ko", "base");
	write_module("kernel/kvm.ko", "near");
	expect_added(&list, "kvm");
	assert_int_equal(place(&list, "near"), 0);
	kernel_modules__free(&list);
	write_module("updates/kvm.ko", "base");
	expect_added(&list, "kvm");
	assert_int_equal(place(&list, "base"), 0);
	kernel_modules__free(&list);
	write_module("tools/tool.ko", "");
	write_module(".hidden/hidden.ko", "");
	assert_false(kernel_modules__has(root, "tool"));
	assert_false(kernel_modules__has(root, "hidden"));
	assert_true(kernel_modules__has(root, "kvm"));
}

#define MAGIC "~Module signature appended~\n"

/* A module of 1000 bytes; behind it `signature` bytes, a trailer that claims `claimed` of them, and
 * the magic. */
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

	/* Bytes that are not a signature stay. */
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
		cmocka_unit_test_setup_teardown(a_module_without_dependencies, make_root, remove_root),
		cmocka_unit_test_setup_teardown(dependencies_come_first, make_root, remove_root),
		cmocka_unit_test_setup_teardown(dashes_and_underscores_are_alike, make_root, remove_root),
		cmocka_unit_test_setup_teardown(only_whole_names_are_found, make_root, remove_root),
		cmocka_unit_test_setup_teardown(a_missing_dependency_is_named, make_root, remove_root),
		cmocka_unit_test_setup_teardown(a_missing_root_is_no_crash, make_root, remove_root),
		cmocka_unit_test_setup_teardown(what_is_no_module_is_told, make_root, remove_root),
		cmocka_unit_test_setup_teardown(the_list_has_an_end, make_root, remove_root),
		cmocka_unit_test_setup_teardown(a_circle_is_told, make_root, remove_root),
		cmocka_unit_test_setup_teardown(a_chain_may_fill_the_list, make_root, remove_root),
		cmocka_unit_test_setup_teardown(modules_of_another_kernel_are_told, make_root, remove_root),
		cmocka_unit_test_setup_teardown(modules_may_be_packed, make_root, remove_root),
		cmocka_unit_test_setup_teardown(of_several_files_one_is_taken, make_root, remove_root),
		cmocka_unit_test(signatures_are_taken_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
