// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of PVH images and start info: a small good ELF file, then the same file damaged in every
 * way. It lies in memory of exactly its size, so that the sanitizer sees a read outside.
 */
#include <elf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "microbench/abi/pvh.h"

#define LOW       0x100000u
#define TEXT_SIZE 96u /* in the file; twice that in memory */
#define ENTRY     0x100010u

/* The good file: header, three program headers, notes, a segment with zeroed memory behind it, a
 * second segment. */
struct elf {
	Elf64_Ehdr eh;
	Elf64_Phdr ph[3]; /* notes, text, data */
	uint8_t notes[128];
	uint8_t text[TEXT_SIZE];
	uint8_t data[40];
};

static uint32_t put_note(struct elf *elf, uint32_t at, const char *name, uint32_t type, const void *desc, uint32_t size)
{
	const Elf64_Nhdr note = {.n_namesz = (uint32_t)strlen(name) + 1, .n_descsz = size, .n_type = type};
	uint32_t name_at = at + (uint32_t)sizeof(note);
	uint32_t desc_at = name_at + ((note.n_namesz + 3) & ~3u);

	assert_true(desc_at + ((size + 3) & ~3u) <= sizeof(elf->notes));
	memcpy(elf->notes + at, &note, sizeof(note));
	memcpy(elf->notes + name_at, name, note.n_namesz);
	memcpy(elf->notes + desc_at, desc, size);
	at = desc_at + ((size + 3) & ~3u);
	elf->ph[0].p_filesz = at;
	return at;
}

static struct elf good_elf(void)
{
	struct elf elf = {
		.eh = {.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
		       .e_type = ET_EXEC,
		       .e_machine = EM_X86_64,
		       .e_version = EV_CURRENT,
		       .e_phoff = offsetof(struct elf, ph),
		       .e_ehsize = sizeof(Elf64_Ehdr),
		       .e_phentsize = sizeof(Elf64_Phdr),
		       .e_phnum = 3},
		.ph = {{.p_type = PT_NOTE, .p_offset = offsetof(struct elf, notes)},
		       {.p_type = PT_LOAD,
			.p_offset = offsetof(struct elf, text),
			.p_vaddr = UINT64_C(0xffffffff81000000),
			.p_paddr = LOW,
			.p_filesz = TEXT_SIZE,
			.p_memsz = 2 * TEXT_SIZE},
		       {.p_type = PT_LOAD,
			.p_offset = offsetof(struct elf, data),
			.p_vaddr = UINT64_C(0xffffffff81002000),
			.p_paddr = LOW + 0x2000,
			.p_filesz = sizeof(elf.data),
			.p_memsz = sizeof(elf.data)}},
	};
	const uint32_t entry = ENTRY;

	for (size_t i = 0; i < sizeof(elf.text); i++)
		elf.text[i] = (uint8_t)(i * 7 + 1);
	for (size_t i = 0; i < sizeof(elf.data); i++)
		elf.data[i] = (uint8_t)(i * 3 + 2);
	put_note(&elf, 0, "Xen", 18, &entry, sizeof(entry));
	return elf;
}

/* Parses the first `size` bytes in memory of exactly that size, shifted so that nothing is
 * aligned. */
static const char *parse(const void *bytes, size_t size, struct nb_pvh_image *image)
{
	uint8_t *memory = malloc(size + 1);
	const char *why;

	assert_non_null(memory);
	memcpy(memory + 1, bytes, size);
	why = nb_pvh_parse(memory + 1, size, image);
	free(memory);
	return why;
}

static void expect(const struct elf *elf, const char *reason)
{
	struct nb_pvh_image image;
	const char *why = parse(elf, sizeof(*elf), &image);

	if (!why || !strstr(why, reason))
		fail_msg("\"%s\" where \"%s\" was due", why ? why : "good", reason);
}

static void expect_good(const struct elf *elf, uint32_t entry)
{
	struct nb_pvh_image image;
	const char *why = parse(elf, sizeof(*elf), &image);

	if (why)
		fail_msg("a good file is refused: %s", why);
	assert_int_equal(image.entry, entry);
}

static void a_good_file(void **state)
{
	const struct elf elf = good_elf();
	struct nb_pvh_segment segment;
	struct nb_pvh_image image;

	(void)state;
	assert_null(nb_pvh_parse(&elf, sizeof(elf), &image));
	assert_ptr_equal(image.file, &elf);
	assert_int_equal(image.size, sizeof(elf));
	assert_int_equal(image.entry, ENTRY);
	assert_int_equal(image.headers, 3);
	assert_int_equal(image.low, LOW);
	assert_int_equal(image.high, LOW + 0x2000 + sizeof(elf.data));

	assert_false(nb_pvh_segment(&image, 0, &segment));
	assert_true(nb_pvh_segment(&image, 1, &segment));
	assert_memory_equal(image.file + segment.offset, elf.text, TEXT_SIZE);
	assert_int_equal(segment.file_size, TEXT_SIZE);
	assert_int_equal(segment.memory_size, 2 * TEXT_SIZE);
	assert_int_equal(segment.address, LOW);
	assert_true(nb_pvh_segment(&image, 2, &segment));
	assert_memory_equal(image.file + segment.offset, elf.data, sizeof(elf.data));
	assert_int_equal(segment.address, LOW + 0x2000);
}

static void cut_at_every_length(void **state)
{
	const struct elf elf = good_elf();
	struct nb_pvh_image image;

	(void)state;
	for (size_t size = 0; size < sizeof(elf); size++) {
		const char *why = parse(&elf, size, &image);

		if (!why || strncmp(why, "truncated: ", 11) != 0)
			fail_msg("%zu of %zu bytes: %s", size, sizeof(elf), why ? why : "good");
	}
	assert_null(parse(&elf, sizeof(elf), &image));
}

static void what_is_no_elf_file(void **state)
{
	struct elf elf = good_elf();
	struct nb_pvh_image image;
	const char *why = parse("#!/bin/sh\nexit 0\n", 17, &image);

	(void)state;
	assert_string_equal(why, "not an ELF file");
	for (int i = 0; i < SELFMAG; i++) {
		elf = good_elf();
		elf.eh.e_ident[i] ^= 0x20;
		expect(&elf, "not an ELF file");
	}
	memset(&elf, 0, sizeof(elf));
	expect(&elf, "not an ELF file");
}

static void elf_files_of_other_machines(void **state)
{
	struct elf elf = good_elf();

	(void)state;
	elf.eh.e_ident[EI_CLASS] = ELFCLASS32;
	expect(&elf, "not an x86-64 ELF file");
	elf = good_elf();
	elf.eh.e_machine = EM_AARCH64;
	expect(&elf, "not an x86-64 ELF file");
	elf = good_elf();
	elf.eh.e_machine = EM_386;
	expect(&elf, "not an x86-64 ELF file");
}

static void bad_program_headers(void **state)
{
	struct elf elf = good_elf();

	(void)state;
	elf.eh.e_phnum = 0;
	expect(&elf, "no program headers");
	elf = good_elf();
	elf.eh.e_phentsize = sizeof(Elf32_Phdr);
	expect(&elf, "no program headers");
	elf = good_elf();
	elf.eh.e_phnum = UINT16_MAX;
	expect(&elf, "truncated: the program headers");
	elf = good_elf();
	elf.eh.e_phoff = sizeof(elf) - 3 * sizeof(Elf64_Phdr) + 1;
	expect(&elf, "truncated: the program headers");
	elf = good_elf();
	elf.eh.e_phoff = sizeof(elf);
	expect(&elf, "truncated: the program headers");
	elf = good_elf();
	elf.eh.e_phoff = UINT64_MAX - sizeof(Elf64_Phdr) + 1; /* the end overflows to a small number */
	expect(&elf, "truncated: the program headers");
	elf = good_elf();
	elf.ph[1].p_type = elf.ph[2].p_type = PT_NULL;
	expect(&elf, "nothing to load");
}

static void other_headers_are_left_alone(void **state)
{
	struct elf elf = good_elf();
	struct nb_pvh_segment segment;
	struct nb_pvh_image image;

	(void)state;
	/* A stack header's numbers mean nothing to a loader. */
	elf.ph[2] = (Elf64_Phdr){.p_type = PT_GNU_STACK, .p_offset = UINT64_MAX, .p_filesz = 5, .p_memsz = 1};
	assert_null(nb_pvh_parse(&elf, sizeof(elf), &image));
	assert_int_equal(image.high, LOW + 2 * TEXT_SIZE);
	assert_false(nb_pvh_segment(&image, 2, &segment));

	elf.ph[2] = (Elf64_Phdr){.p_type = PT_LOAD, .p_paddr = 1}; /* an empty segment does not move the image */
	assert_null(nb_pvh_parse(&elf, sizeof(elf), &image));
	assert_int_equal(image.low, LOW);
	assert_false(nb_pvh_segment(&image, 2, &segment));
}

static void no_entry_note(void **state)
{
	const char *const why = "no PVH entry";
	const uint32_t entry = ENTRY;
	struct elf elf = good_elf();

	(void)state;
	elf.ph[0].p_type = PT_NULL;
	expect(&elf, why);
	elf = good_elf();
	elf.ph[0].p_filesz = 0;
	expect(&elf, why);
	elf = good_elf();
	put_note(&elf, 0, "Xen", 17, &entry, sizeof(entry));
	expect(&elf, why);
	elf = good_elf();
	put_note(&elf, 0, "GNU", 18, &entry, sizeof(entry));
	expect(&elf, why);
	elf = good_elf();
	put_note(&elf, 0, "Xenon", 18, &entry, sizeof(entry));
	expect(&elf, why);
	elf = good_elf();
	put_note(&elf, 0, "Xe", 18, &entry, sizeof(entry));
	expect(&elf, why);
	elf = good_elf();
	put_note(&elf, 0, "Xen", 18, &entry, 3); /* too short for an address */
	expect(&elf, why);
}

static void other_notes_stand_around_it(void **state)
{
	const uint32_t entry = ENTRY + 4, wrong = 1;
	struct elf elf = good_elf();
	uint32_t at;

	(void)state;
	at = put_note(&elf, 0, "GNU", 18, &wrong, sizeof(wrong));
	at = put_note(&elf, at, "stapsdt", 3, "12345", 5); /* both lengths padded */
	at = put_note(&elf, at, "Xen", 6, "linux", 6);
	put_note(&elf, at, "Xen", 18, &entry, sizeof(entry));
	expect_good(&elf, ENTRY + 4);

	elf = good_elf();
	at = put_note(&elf, 0, "Xen", 18, &entry, sizeof(entry));
	at = put_note(&elf, at, "Xen", 6, "linux", 6);
	put_note(&elf, at, "GNU", 18, &wrong, sizeof(wrong));
	expect_good(&elf, ENTRY + 4);
}

/* Some linkers make one header for each section of notes. */
static void the_note_may_be_in_another_header(void **state)
{
	struct elf elf = good_elf();
	const uint32_t entry = LOW + 1;
	Elf64_Phdr other;
	uint32_t at;

	(void)state;
	at = put_note(&elf, 0, "GNU", 3, "build-id", 8);
	put_note(&elf, at, "Xen", 18, &entry, sizeof(entry));
	elf.ph[2] = elf.ph[0];
	elf.ph[2].p_offset += at;
	elf.ph[2].p_filesz -= at;
	elf.ph[0].p_filesz = at;
	expect_good(&elf, LOW + 1);
	other = elf.ph[0];
	elf.ph[0] = elf.ph[2];
	elf.ph[2] = other;
	expect_good(&elf, LOW + 1);
}

static void an_entry_may_have_eight_bytes(void **state)
{
	struct elf elf = good_elf();
	const uint64_t entry = ENTRY;

	(void)state;
	put_note(&elf, 0, "Xen", 18, &entry, sizeof(entry));
	expect_good(&elf, ENTRY);
}

static void lengths_of_notes_may_lie(void **state)
{
	static const uint32_t lengths[] = {5, 8, 9, 100, 0x7fffffff, 0xfffffffc, 0xfffffffd, 0xffffffff};

	(void)state;
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct elf elf = good_elf();
		uint32_t desc = lengths[i];

		memcpy(elf.notes + offsetof(Elf64_Nhdr, n_descsz), &desc, sizeof(desc));
		expect(&elf, "no PVH entry");
		elf = good_elf();
		memcpy(elf.notes + offsetof(Elf64_Nhdr, n_namesz), &desc, sizeof(desc));
		expect(&elf, "no PVH entry");
	}
}

static void an_entry_outside(void **state)
{
	static const uint32_t entries[] = {0, LOW - 1, LOW + 0x2000 + 40, 0xffffffff};

	(void)state;
	for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
		struct elf elf = good_elf();

		put_note(&elf, 0, "Xen", 18, &entries[i], sizeof(entries[i]));
		expect(&elf, "entry lies outside");
	}
	for (unsigned first = 0; first < 2; first++) { /* the first byte and the last */
		struct elf elf = good_elf();
		uint32_t entry = first ? LOW : LOW + 0x2000 + 39;

		put_note(&elf, 0, "Xen", 18, &entry, sizeof(entry));
		expect_good(&elf, entry);
	}
}

static void segments_beyond_the_file(void **state)
{
	const char *const why = "truncated: a segment";

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct elf elf = good_elf();

		elf.ph[i].p_offset = sizeof(elf);
		expect(&elf, why);
		elf = good_elf();
		elf.ph[i].p_filesz = elf.ph[i].p_memsz = sizeof(elf) - elf.ph[i].p_offset + 1;
		expect(&elf, why);
		elf = good_elf();
		elf.ph[i].p_offset = UINT64_MAX - 3; /* the end overflows into the file */
		expect(&elf, why);
		elf = good_elf();
		elf.ph[i].p_filesz = elf.ph[i].p_memsz = UINT64_MAX;
		expect(&elf, why);
		elf = good_elf();
		elf.ph[i].p_filesz = elf.ph[i].p_memsz = 0 - elf.ph[i].p_offset;
		expect(&elf, why);
	}
}

static void sizes_that_contradict_each_other(void **state)
{
	const char *const why = "contradict each other";
	struct elf elf = good_elf();
	struct nb_pvh_image image;

	(void)state;
	elf.ph[1].p_memsz = TEXT_SIZE - 1;
	expect(&elf, why);
	elf = good_elf();
	elf.ph[1].p_memsz = 0; /* bytes in the file and no memory for them */
	expect(&elf, why);
	elf = good_elf();
	elf.ph[2].p_paddr = UINT64_MAX - 10; /* reaches round the end of the address space */
	expect(&elf, why);
	elf = good_elf();
	elf.ph[2].p_paddr = 0 - (uint64_t)sizeof(elf.data); /* its end is 2^64 */
	expect(&elf, why);
	elf = good_elf();
	elf.ph[2].p_memsz = UINT64_MAX;
	expect(&elf, why);
	elf = good_elf();
	elf.ph[2].p_paddr = UINT64_MAX - sizeof(elf.data); /* the highest place of all */
	assert_null(parse(&elf, sizeof(elf), &image));
	assert_true(image.high == UINT64_MAX);
}

static uint64_t next_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

/* Checks the guarantees that a caller relies on when it copies the segments of a good file. */
static void check_promises(const struct nb_pvh_image *image, volatile uint8_t *sum)
{
	bool some = false;

	assert_true(image->low <= image->entry && image->entry < image->high);
	for (unsigned i = 0; i < image->headers; i++) {
		struct nb_pvh_segment segment;

		if (!nb_pvh_segment(image, i, &segment))
			continue;
		some = true;
		assert_true(segment.offset <= image->size && segment.file_size <= image->size - segment.offset);
		assert_true(segment.memory_size > 0 && segment.memory_size >= segment.file_size);
		assert_true(segment.address >= image->low && segment.memory_size <= image->high - segment.address);
		for (uint64_t at = 0; at < segment.file_size; at++)
			*sum ^= image->file[segment.offset + at];
	}
	assert_true(some);
}

static void mutations_are_harmless(void **state)
{
	static const uint8_t edges[] = {0, 1, 4, 0x7f, 0x80, 0xfc, 0xff};
	const struct elf elf = good_elf();
	uint64_t seed = UINT64_C(0x6e65737462656421);
	uint8_t *memory = malloc(sizeof(elf));
	unsigned good = 0, bad = 0;
	volatile uint8_t sum = 0;

	(void)state;
	assert_non_null(memory);
	for (unsigned round = 0; round < 200000; round++) {
		unsigned changes = 1 + (unsigned)(next_random(&seed) % 4);
		struct nb_pvh_image image;

		memcpy(memory, &elf, sizeof(elf));
		while (changes--) {
			/* Three times in four where a reader looks: headers and notes. */
			size_t area = next_random(&seed) % 4 ? offsetof(struct elf, notes) + 24 : sizeof(elf);
			uint8_t *byte = memory + next_random(&seed) % area;
			uint64_t how = next_random(&seed);

			if (how % 3 == 0)
				*byte = edges[(how >> 8) % sizeof(edges)];
			else if (how % 3 == 1)
				*byte ^= (uint8_t)(1u << ((how >> 8) % 8));
			else
				*byte = (uint8_t)(how >> 8);
		}
		if (nb_pvh_parse(memory, sizeof(elf), &image)) {
			bad++;
			continue;
		}
		good++;
		check_promises(&image, &sum);
	}
	free(memory);
	assert_true(good > 10000); /* neither answer is rare: both paths were walked */
	assert_true(bad > 10000);
}

static struct nb_pvh_boot full_boot(const char *cmdline)
{
	struct nb_pvh_boot boot = {.cmdline = cmdline, .ranges = NB_PVH_RANGES_MAX, .modules = NB_PVH_MODULES_MAX};

	for (unsigned i = 0; i < NB_PVH_RANGES_MAX; i++)
		boot.range[i] = (struct nb_pvh_range){0x1000 * i, 0x1000, 1 + i % 3, 0};
	for (unsigned i = 0; i < NB_PVH_MODULES_MAX; i++)
		boot.module[i] = (struct nb_pvh_module){0x200000 * (i + 1), 1000 + i, 0, 0};
	return boot;
}

/* Follows addresses as a guest does, through a page that it takes to be at `address`. */
static const void *follow(const uint8_t *page, uint64_t address, uint64_t pointer, size_t bytes)
{
	assert_true(pointer >= address && pointer - address <= NB_PVH_START_INFO_SIZE - bytes);
	return page + (pointer - address);
}

static void check_start_info(const uint8_t *page, uint64_t address, const struct nb_pvh_boot *boot)
{
	size_t length = strlen(boot->cmdline) + 1;
	size_t modules = boot->modules * sizeof(boot->module[0]);
	size_t ranges = boot->ranges * sizeof(boot->range[0]);
	struct nb_pvh_start_info info;

	memcpy(&info, page, sizeof(info));
	assert_int_equal(info.magic, 0x336ec578);
	assert_int_equal(info.version, 1);
	assert_int_equal(info.flags, 0);
	assert_int_equal(info.modules, boot->modules);
	assert_int_equal(info.rsdp, 0);
	assert_int_equal(info.ranges, boot->ranges);
	assert_int_equal(info.reserved, 0);
	assert_memory_equal(follow(page, address, info.cmdline, length), boot->cmdline, length);
	assert_memory_equal(follow(page, address, info.module_list, modules), boot->module, modules);
	assert_memory_equal(follow(page, address, info.memory_map, ranges), boot->range, ranges);
}

static void start_info_holds_everything(void **state)
{
	const uint64_t addresses[] = {0, 0x8000, UINT64_C(0x180000000)};
	struct nb_pvh_boot boot = full_boot("console=ttyS0 -- who=l2");
	uint8_t *page = malloc(NB_PVH_START_INFO_SIZE);

	(void)state;
	assert_non_null(page);
	for (unsigned i = 0; i < 3; i++) {
		memset(page, 0xa5, NB_PVH_START_INFO_SIZE); /* nobody promises a clean page */
		assert_true(nb_pvh_write_start_info(page, addresses[i], &boot));
		check_start_info(page, addresses[i], &boot);
	}
	boot = (struct nb_pvh_boot){.cmdline = "", .range = {{0, 1, NB_PVH_RAM, 0}}, .ranges = 1};
	memset(page, 0xa5, NB_PVH_START_INFO_SIZE);
	assert_true(nb_pvh_write_start_info(page, 0x8000, &boot));
	check_start_info(page, 0x8000, &boot);
	free(page);
}

static void start_info_is_laid_out_as_xen_says(void **state)
{
	(void)state;
	assert_int_equal(offsetof(struct nb_pvh_start_info, modules), 12);
	assert_int_equal(offsetof(struct nb_pvh_start_info, module_list), 16);
	assert_int_equal(offsetof(struct nb_pvh_start_info, cmdline), 24);
	assert_int_equal(offsetof(struct nb_pvh_start_info, rsdp), 32);
	assert_int_equal(offsetof(struct nb_pvh_start_info, memory_map), 40);
	assert_int_equal(offsetof(struct nb_pvh_start_info, ranges), 48);
	assert_int_equal(sizeof(struct nb_pvh_start_info), 56);
	assert_int_equal(sizeof(struct nb_pvh_module), 32);
	assert_int_equal(sizeof(struct nb_pvh_range), 24);
}

static void a_command_line_may_be_too_long(void **state)
{
	uint8_t *page = malloc(NB_PVH_START_INFO_SIZE);
	char line[NB_PVH_START_INFO_SIZE + 10] = "";
	size_t limit = 0;

	(void)state;
	assert_non_null(page);
	for (size_t length = 0; length < sizeof(line) - 1; length++) {
		struct nb_pvh_boot boot = full_boot(line);

		if (nb_pvh_write_start_info(page, 0x8000, &boot)) {
			assert_int_equal(limit, length); /* once too long, always too long */
			limit = length + 1;
			check_start_info(page, 0x8000, &boot);
		}
		line[length] = (char)('a' + length % 26);
	}
	free(page);
	assert_true(limit > 2048); /* what Linux takes is one of them */
	assert_true(limit < NB_PVH_START_INFO_SIZE - sizeof(struct nb_pvh_start_info));
}

static void too_many_modules_or_ranges(void **state)
{
	uint8_t *page = malloc(NB_PVH_START_INFO_SIZE);
	struct nb_pvh_boot boot = full_boot("a");

	(void)state;
	assert_non_null(page);
	boot.modules = NB_PVH_MODULES_MAX + 1;
	assert_false(nb_pvh_write_start_info(page, 0x8000, &boot));
	boot.modules = UINT32_MAX;
	assert_false(nb_pvh_write_start_info(page, 0x8000, &boot));
	boot = full_boot("a");
	boot.ranges = NB_PVH_RANGES_MAX + 1;
	assert_false(nb_pvh_write_start_info(page, 0x8000, &boot));
	boot.ranges = UINT32_MAX;
	assert_false(nb_pvh_write_start_info(page, 0x8000, &boot));
	free(page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_file),
		cmocka_unit_test(cut_at_every_length),
		cmocka_unit_test(what_is_no_elf_file),
		cmocka_unit_test(elf_files_of_other_machines),
		cmocka_unit_test(bad_program_headers),
		cmocka_unit_test(other_headers_are_left_alone),
		cmocka_unit_test(no_entry_note),
		cmocka_unit_test(other_notes_stand_around_it),
		cmocka_unit_test(the_note_may_be_in_another_header),
		cmocka_unit_test(an_entry_may_have_eight_bytes),
		cmocka_unit_test(lengths_of_notes_may_lie),
		cmocka_unit_test(an_entry_outside),
		cmocka_unit_test(segments_beyond_the_file),
		cmocka_unit_test(sizes_that_contradict_each_other),
		cmocka_unit_test(mutations_are_harmless),
		cmocka_unit_test(start_info_holds_everything),
		cmocka_unit_test(start_info_is_laid_out_as_xen_says),
		cmocka_unit_test(a_command_line_may_be_too_long),
		cmocka_unit_test(too_many_modules_or_ranges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
