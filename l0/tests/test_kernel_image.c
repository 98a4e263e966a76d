// SPDX-License-Identifier: GPL-2.0-only
/* Tests of kernel images: ELF files, and bzImages around a payload that is compressed as the
 * kernel's build does. */
#include <archive.h>
#include <archive_entry.h>
#include <elf.h>
#include <fcntl.h>
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

#include "l0/kernels/kernel_image.h"
#include "l0/tests/capture.h"

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
 * LZ4's legacy frame, which the kernel's build uses (lz4 -l): a magic number, then blocks behind
 * their sizes. Each block here is one run of literals: the format demands no more.
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
	memcpy(file.data + 0x206, "\x0f\x02", 2); /* boot protocol 2.15 */
	file.data[0x236] = 1;                     /* a 64-bit kernel */
	memset(file.data + 0x20e, 0, 2);          /* it does not say its release */
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

/* Unpacks the first `size` bytes, in memory of exactly that size. `text` gets the message. */
static bool unpack(const struct file_data *file, size_t size, struct file_data *out, char *text, size_t room)
{
	struct file_data exact = {malloc(size ? size : 1), size};
	struct capture errors;
	bool good;

	assert_non_null(exact.data);
	memcpy(exact.data, file->data, size);
	errors = capture__begin(STDERR_FILENO);
	*out = (struct file_data){0};
	good = kernel_image__unpack("image", &exact, out);
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

/* The same, but the header does not show the cut. The unpacker reaches the end of the data. */
static void a_cut_payload_is_refused(void **state)
{
	(void)state;
	for (enum packer packer = 0; packer < PACKERS; packer++) {
		size_t payload;
		struct file_data file = bzimage(packer, &payload);
		const struct file_data whole = file;

		/* Trailers of the formats are no part of the kernel: a cut inside them need not be
		 * seen. */
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
	/* A payload of no compression that is known may be taken as it is, but not for more than it
	 * is. */
	memset(file.data + PAYLOAD_AT, 0xcc, payload - 4);
	expect_refused(&file, file.size, "cannot unpack the kernel");
	free(file.data);
}

/* --- What an image says about itself ---------------------------------------------------------- */

#define BANNER                                                                                                         \
	"Linux version 6.1.0-57-cloud-amd64 (builder) (gcc) #1 SMP PREEMPT_DYNAMIC Debian 6.1.192-3 (2026-11-26)\n"

/* An ELF kernel: one segment that is loaded, and sections. */
static struct vmlinux {
	Elf64_Ehdr eh;
	Elf64_Phdr ph;
	Elf64_Shdr sh[3]; /* none, one that can be .BTF, names */
	char names[32];
	char loaded[1024];
} vmlinux;

/* Loaded bytes: texts, each with a NUL behind it. */
static void make_vmlinux(const char *const *texts)
{
	size_t at = 0;

	vmlinux = (struct vmlinux){
		.eh = {.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
		       .e_type = ET_EXEC,
		       .e_machine = EM_X86_64,
		       .e_version = EV_CURRENT,
		       .e_entry = 0x1000000,
		       .e_phoff = offsetof(struct vmlinux, ph),
		       .e_shoff = offsetof(struct vmlinux, sh),
		       .e_ehsize = sizeof(Elf64_Ehdr),
		       .e_phentsize = sizeof(Elf64_Phdr),
		       .e_phnum = 1,
		       .e_shentsize = sizeof(Elf64_Shdr),
		       .e_shnum = 3,
		       .e_shstrndx = 2},
		.ph = {.p_type = PT_LOAD,
		       .p_offset = offsetof(struct vmlinux, loaded),
		       .p_paddr = 0x1000000,
		       .p_filesz = sizeof(vmlinux.loaded),
		       .p_memsz = sizeof(vmlinux.loaded)},
		.names = "\0.BTF\0.shstrtab",
	};
	vmlinux.sh[1] = (Elf64_Shdr){.sh_name = 1,
				     .sh_type = SHT_PROGBITS,
				     .sh_offset = offsetof(struct vmlinux, loaded),
				     .sh_size = 16,
				     .sh_addralign = 1};
	vmlinux.sh[2] = (Elf64_Shdr){.sh_name = 6,
				     .sh_type = SHT_STRTAB,
				     .sh_offset = offsetof(struct vmlinux, names),
				     .sh_size = sizeof(vmlinux.names),
				     .sh_addralign = 1};
	for (; *texts; texts++) {
		const size_t length = strlen(*texts) + 1;

		assert_true(at + length <= sizeof(vmlinux.loaded));
		memcpy(vmlinux.loaded + at, *texts, length);
		at += length;
	}
}

#define TEXTS(...) ((const char *const[]){__VA_ARGS__, NULL})

static char path[64];

/* Writes the bytes to a file and reads it as a kernel. `text` gets the message. */
static bool read_image(const void *bytes, size_t size, struct kernel_facts *facts, char *text, size_t room)
{
	struct file_data elf;
	struct capture errors;
	bool good;
	int fd;

	strcpy(path, "/tmp/nestbed-test-XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0 && fd__write_all(fd, bytes, size));
	close(fd);
	errors = capture__begin(STDERR_FILENO);
	good = kernel_image__read(path, &elf, facts);
	capture__end_text(&errors, text, room);
	free(elf.data);
	unlink(path);
	return good;
}

static void expect_read(const void *bytes, size_t size, struct kernel_facts *facts)
{
	char text[512];

	if (!read_image(bytes, size, facts, text, sizeof(text)))
		fail_msg("%s", text);
	assert_string_equal(text, "");
}

/* Expects one line with the file's name and these words. */
static void expect_unread(const void *bytes, size_t size, const char *message)
{
	struct kernel_facts facts;
	char text[512];

	if (read_image(bytes, size, &facts, text, sizeof(text)))
		fail_msg("a kernel: it should be %s", message);
	if (!strstr(text, message) || !strstr(text, path) || strchr(text, '\n') != text + strlen(text) - 1)
		fail_msg("no line with \"%s\" and %s in: %s", message, path, text);
}

static void a_vmlinux_tells_of_itself(void **state)
{
	struct kernel_facts facts;

	(void)state;
	make_vmlinux(TEXTS("Linux version %s", "Linux version 6.1.0-57-cloud-amd64 (builder) # SMP\n", BANNER));
	expect_read(&vmlinux, sizeof(vmlinux), &facts);
	assert_string_equal(facts.release, "6.1.0-57-cloud-amd64");
	assert_string_equal(facts.build, "#1 SMP PREEMPT_DYNAMIC Debian 6.1.192-3 (2026-11-26)");
	assert_true(facts.btf);
	assert_false(facts.pvh || facts.kvm_builtin || facts.intel_builtin);
	vmlinux.names[1] = '_';
	expect_read(&vmlinux, sizeof(vmlinux), &facts);
	assert_false(facts.btf);
	make_vmlinux(TEXTS("Linux version 7.1.0-rc3+"));
	expect_read(&vmlinux, sizeof(vmlinux), &facts);
	assert_string_equal(facts.release, "7.1.0-rc3+");
	assert_string_equal(facts.build, "");
}

/* Names of parameters in the loaded bytes tell which modules are built in. Only whole names
 * count. */
static void built_in_kvm_is_seen(void **state)
{
	struct kernel_facts facts;

	(void)state;
	make_vmlinux(TEXTS(BANNER, "kvm.halt_poll_ns"));
	expect_read(&vmlinux, sizeof(vmlinux), &facts);
	assert_true(facts.kvm_builtin && !facts.intel_builtin);
	make_vmlinux(TEXTS(BANNER, "kvm.halt_poll_ns", "kvm_intel.nested"));
	expect_read(&vmlinux, sizeof(vmlinux), &facts);
	assert_true(facts.kvm_builtin && facts.intel_builtin);
	make_vmlinux(TEXTS(BANNER, "kvm.halt_poll_ns_grow", "kvm_intel.nested_early_check"));
	expect_read(&vmlinux, sizeof(vmlinux), &facts);
	assert_false(facts.kvm_builtin || facts.intel_builtin);
}

static void other_architectures_are_named(void **state)
{
	static const struct {
		unsigned machine;
		const char *name;
	} machines[] = {{EM_AARCH64, "(arm64)"}, {EM_386, "(32-bit x86)"}, {EM_RISCV, "(riscv)"}};
	uint8_t image[128] = "MZ";
	size_t payload;
	struct file_data file = bzimage(GZIP, &payload);

	(void)state;
	for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++) {
		make_vmlinux(TEXTS(BANNER));
		vmlinux.eh.e_machine = (Elf64_Half)machines[i].machine;
		vmlinux.eh.e_ident[EI_CLASS] = machines[i].machine == EM_386 ? ELFCLASS32 : ELFCLASS64;
		expect_unread(&vmlinux, sizeof(vmlinux), machines[i].name);
		expect_unread(&vmlinux, sizeof(vmlinux), "for another architecture");
	}
	memcpy(image + 56, "ARM\x64", 4);
	expect_unread(image, sizeof(image), "for another architecture (arm64)");
	file.data[0x236] = 0; /* no 64-bit entry */
	expect_unread(file.data, file.size, "for another architecture (32-bit x86)");
	free(file.data);
}

static void other_files_are_named(void **state)
{
	static const uint8_t zeroes[4096];
	uint8_t efi[4096] = {0};
	size_t payload;
	struct file_data file = bzimage(GZIP, &payload);

	(void)state;
	expect_unread("", 0, "is empty");
	expect_unread("#!/bin/sh\n", 10, "is no Linux kernel");
	expect_unread(zeroes, sizeof(zeroes), "is no Linux kernel");
	expect_unread("MZ and more", 11, "is truncated");
	memcpy(efi, "MZ", 2);
	expect_unread(efi, sizeof(efi), "EFI program");
	expect_unread(file.data, 0x230, "is truncated");
	expect_unread(file.data, 1000, "is truncated");
	expect_unread(file.data, PAYLOAD_AT + payload / 2, "is truncated");
	file.data[0x207] = 1; /* boot protocol 1.15 */
	expect_unread(file.data, file.size, "is too old a kernel");
	free(file.data);
	make_vmlinux(TEXTS(BANNER));
	expect_unread(&vmlinux, 3, "is no Linux kernel");
	expect_unread(&vmlinux, 40, "truncated");
	expect_unread(&vmlinux, sizeof(vmlinux) - 1, "truncated");
	make_vmlinux(TEXTS("Linux version %s", "Linux"));
	expect_unread(&vmlinux, sizeof(vmlinux), "does not say its version");
}

/* A vmlinux can be compressed as a whole. The unpacked file can again be of any kind. */
static void a_file_may_be_packed(void **state)
{
	static uint8_t packed[3 * KERNEL_SIZE];
	struct kernel_facts facts;
	size_t size;

	(void)state;
	for (enum packer packer = 0; packer < PACKERS; packer++) {
		make_vmlinux(TEXTS(BANNER));
		memcpy(kernel, &vmlinux, sizeof(vmlinux));
		size = pack(packer, packed, sizeof(packed));
		expect_read(packed, size, &facts);
		assert_string_equal(facts.release, "6.1.0-57-cloud-amd64");
		expect_unread(packed, size / 3, "cannot unpack the kernel");
		memset(kernel, 0, sizeof(vmlinux));
		size = pack(packer, packed, sizeof(packed));
		expect_unread(packed, size, "is no Linux kernel");
	}
	make_kernel(NULL);
}

/* The release in the header of a bzImage counts. The kernel inside is read, too. */
static void a_bzimage_tells_of_itself(void **state)
{
	struct kernel_facts facts;
	struct file_data file;
	size_t payload;

	(void)state;
	make_vmlinux(TEXTS("Linux version 6.1.1 (x) #2 SMP", "kvm.halt_poll_ns"));
	memcpy(kernel, &vmlinux, sizeof(vmlinux));
	file = bzimage(ZSTD, &payload);
	expect_read(file.data, file.size, &facts);
	assert_string_equal(facts.release, "6.1.1");
	assert_string_equal(facts.build, "#2 SMP");
	assert_true(facts.btf && facts.kvm_builtin);
	strcpy((char *)file.data + 0x300, "6.1.1-own (x) #3 SMP today");
	file.data[0x20e] = 0;
	file.data[0x20f] = 1; /* 0x100 behind 0x200 */
	expect_read(file.data, file.size, &facts);
	assert_string_equal(facts.release, "6.1.1-own");
	assert_string_equal(facts.build, "#3 SMP today");
	free(file.data);
	make_kernel(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_packed_comes_out), cmocka_unit_test(a_cut_file_is_refused),
		cmocka_unit_test(a_cut_payload_is_refused),  cmocka_unit_test(sizes_may_lie),
		cmocka_unit_test(what_is_no_kernel),         cmocka_unit_test(a_vmlinux_tells_of_itself),
		cmocka_unit_test(built_in_kvm_is_seen),      cmocka_unit_test(other_architectures_are_named),
		cmocka_unit_test(other_files_are_named),     cmocka_unit_test(a_file_may_be_packed),
		cmocka_unit_test(a_bzimage_tells_of_itself),
	};

	return cmocka_run_group_tests(tests, make_kernel, NULL);
}
