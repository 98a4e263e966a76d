// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the disk of an emulated machine. An interpreter of the boot sector's table, written from
 * bootsector.S alone, loads the disk into zeroed memory. Everything must be at its address.
 */
#include <asm/bootparam.h>
#include <elf.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "l0/machine/disk.h"
#include "l0/tests/capture.h"
#include "microbench/abi/pvh.h"

#define MIB       UINT64_C(0x100000)
#define MEMORY    (16 * MIB)
#define TABLE     320u
#define CYLINDER  (16u * 63u * 512u)
#define SEGMENTS  8u /* program headers of the longest image here */
#define FILE_SIZE 70000u

extern const uint8_t bootsector[], bootsector_end[];

/* An ELF file: headers, the entry's note, and bytes to load. */
struct elf {
	Elf64_Ehdr eh;
	Elf64_Phdr ph[SEGMENTS + 1];
	struct {
		Elf64_Nhdr head;
		char name[4];
		uint32_t entry;
	} note;
	uint8_t bytes[FILE_SIZE];
};

static struct elf elf;
static uint8_t module[123457];
static char path[64];
static struct disk_plan plan;

static int begin(void **state)
{
	int fd;

	(void)state;
	strcpy(path, "/tmp/nestbed-test-XXXXXX");
	fd = mkstemp(path);
	if (fd < 0 || close(fd) != 0)
		return -1;
	elf = (struct elf){
		.eh = {.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
		       .e_type = ET_EXEC,
		       .e_machine = EM_X86_64,
		       .e_phoff = offsetof(struct elf, ph),
		       .e_phentsize = sizeof(Elf64_Phdr),
		       .e_phnum = 1},
		.ph = {{.p_type = PT_NOTE, .p_offset = offsetof(struct elf, note), .p_filesz = sizeof(elf.note)}},
		.note = {{.n_namesz = 4, .n_descsz = 4, .n_type = 18}, "Xen", 0x100020},
	};
	for (size_t i = 0; i < sizeof(elf.bytes); i++)
		elf.bytes[i] = (uint8_t)(i * 2654435761u >> 13) | 1; /* no zero among them */
	for (size_t i = 0; i < sizeof(module); i++)
		module[i] = (uint8_t)(i * 40503u >> 7) | 1;
	plan = (struct disk_plan){
		.path = path,
		.image = {(uint8_t *)&elf, sizeof(elf)},
		.module = {{module, sizeof(module)}},
		.modules = 1,
		.cmdline = "sink=lpt a=1 -- ops=cpuid",
		.memory = MEMORY,
	};
	return 0;
}

static int end(void **state)
{
	(void)state;
	unlink(path);
	return 0;
}

static void add_segment(uint64_t address, uint32_t first, uint32_t file_size, uint64_t memory_size)
{
	assert_true(elf.eh.e_phnum <= SEGMENTS && first + file_size <= FILE_SIZE);
	elf.ph[elf.eh.e_phnum++] = (Elf64_Phdr){.p_type = PT_LOAD,
						.p_offset = offsetof(struct elf, bytes) + first,
						.p_paddr = address,
						.p_filesz = file_size,
						.p_memsz = memory_size};
}

/* An image of two segments that touch in the middle of a sector, zeroed memory, and a third one far
 * off. */
static void usual_image(void)
{
	add_segment(MIB, 0, 10001, 10001);
	add_segment(MIB + 10001, 20001, 30000, 60000);
	add_segment(3 * MIB, 60003, 777, 5000);
}

struct machine {
	uint8_t *disk, *memory;
	size_t disk_size;
	uint32_t entry, linux_64, start_info, extents;
};

static uint32_t word(const uint8_t *at)
{
	return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

/* Does the work of bootsector.S between power-on and the jump into the image. */
static struct machine boot(void)
{
	struct machine m = {.memory = calloc(1, plan.memory)};
	struct file_data file;

	assert_non_null(m.memory);
	assert_true(file__read(path, &file));
	m.disk = file.data;
	m.disk_size = file.size;
	assert_true(m.disk_size >= 512);
	assert_int_equal(m.disk[510], 0x55);
	assert_int_equal(m.disk[511], 0xaa);
	memcpy(m.memory + 0x7c00, m.disk, 512);
	assert_true(m.disk_size >= 1024);
	m.entry = word(m.disk + TABLE);
	m.linux_64 = word(m.disk + TABLE + 4);
	m.start_info = word(m.disk + TABLE + 8);
	m.extents = word(m.disk + TABLE + 12);
	assert_in_range(m.extents, 1, 9); /* it counts down to 0, so 0 would be 2^32 */
	for (uint32_t i = 0; i < m.extents; i++) {
		const uint8_t *extent = m.disk + TABLE + 16 + 12 * i;
		uint64_t sector = word(extent), sectors = word(extent + 4), address = word(extent + 8);

		assert_true(sector >= 1 && sector + sectors <= m.disk_size / 512);
		assert_true(sector + sectors < 1u << 28); /* 28-bit LBA */
		assert_true(address + sectors * 512 <= plan.memory);
		if (i == 0) /* its own second sector */
			assert_true(sector == 1 && sectors == 1 && address == 0x7e00);
		else /* apart from both and from the stack */
			assert_true(address >= 0x8000 || address + sectors * 512 <= 0x7000);
		memcpy(m.memory + address, m.disk + sector * 512, sectors * 512);
	}
	assert_memory_equal(m.memory + 0x7c00, m.disk, 1024);
	return m;
}

static void power_off(struct machine *m)
{
	free(m->disk);
	free(m->memory);
}

static void check_segments(const struct machine *m)
{
	for (unsigned i = 1; i < elf.eh.e_phnum; i++) {
		const Elf64_Phdr *ph = &elf.ph[i];

		assert_memory_equal(m->memory + ph->p_paddr, (uint8_t *)&elf + ph->p_offset, ph->p_filesz);
		for (uint64_t at = ph->p_filesz; at < ph->p_memsz; at++)
			if (m->memory[ph->p_paddr + at])
				fail_msg("segment %u: byte %lu is not zero", i, (unsigned long)at);
	}
	assert_int_equal(m->entry, elf.note.entry);
}

/* A module is whole, in RAM that is free, above the image, and its own where its data is. */
static void check_module(const struct machine *m, const struct nb_pvh_module *mods, uint32_t number,
			 const struct nb_pvh_range *range, uint32_t ranges)
{
	const struct nb_pvh_module *mod = &mods[number];
	bool in_ram = false;

	assert_int_equal(mod->size, plan.module[number].size);
	assert_int_equal(mod->address % 4096, 0);
	assert_memory_equal(m->memory + mod->address, plan.module[number].data, plan.module[number].size);
	for (unsigned i = 1; i < elf.eh.e_phnum; i++)
		assert_true(elf.ph[i].p_paddr + elf.ph[i].p_memsz <= mod->address);
	for (uint32_t i = 0; i < ranges; i++)
		in_ram = in_ram || (range[i].type == NB_PVH_RAM && mod->address >= range[i].address &&
				    mod->address + mod->size <= range[i].address + range[i].size);
	assert_true(in_ram);
	for (uint32_t i = 0; i < number; i++) {
		if (plan.module[i].data == plan.module[number].data)
			assert_int_equal(mods[i].address, mod->address);
		else
			assert_true(mods[i].address + mods[i].size <= mod->address ||
				    mod->address + mod->size <= mods[i].address);
	}
}

/* The start info as a guest reads it. */
static void check_start_info(const struct machine *m)
{
	struct nb_pvh_start_info info;
	struct nb_pvh_module mods[NB_PVH_MODULES_MAX];
	struct nb_pvh_range range[NB_PVH_RANGES_MAX];
	uint64_t covered = 0;

	assert_in_range(m->start_info, 0x7e00, 0x9e000);
	memcpy(&info, m->memory + m->start_info, sizeof(info));
	assert_int_equal(info.magic, NB_PVH_MAGIC);
	assert_int_equal(info.version, 1);
	assert_string_equal((char *)m->memory + info.cmdline, plan.cmdline);

	/* The ranges follow each other without a hole or an overlap, from 0 to the end of
	 * memory. */
	assert_in_range(info.ranges, 1, NB_PVH_RANGES_MAX);
	memcpy(range, m->memory + info.memory_map, info.ranges * sizeof(range[0]));
	for (uint32_t i = 0; i < info.ranges; i++) {
		bool ram = range[i].type == NB_PVH_RAM;

		assert_int_equal(range[i].address, covered);
		assert_true(range[i].size > 0);
		covered += range[i].size;
		if (ram) /* video memory and the BIOS are none */
			assert_true(covered <= 0xa0000 || range[i].address >= MIB);
		for (unsigned j = 1; j < elf.eh.e_phnum; j++)
			if (elf.ph[j].p_paddr < covered && elf.ph[j].p_paddr + elf.ph[j].p_memsz > range[i].address)
				assert_true(ram);
	}
	assert_int_equal(covered, plan.memory);
	assert_int_equal(range[info.ranges - 1].type, NB_PVH_ACPI);
	assert_true(range[info.ranges - 1].size >= 0x10000); /* where Bochs' BIOS lays its tables */

	assert_int_equal(info.modules, plan.modules);
	memcpy(mods, m->memory + info.module_list, info.modules * sizeof(mods[0]));
	for (uint32_t i = 0; i < info.modules; i++)
		check_module(m, mods, i, range, info.ranges);
}

static void expect_bootable(void)
{
	struct machine m;

	assert_true(disk__build(&plan));
	m = boot();
	check_segments(&m);
	check_start_info(&m);
	assert_int_equal(m.disk_size % CYLINDER, 0);
	power_off(&m);
}

static void an_image_with_a_module(void **state)
{
	(void)state;
	usual_image();
	expect_bootable();
}

static void an_image_alone(void **state)
{
	(void)state;
	usual_image();
	plan.modules = 0;
	expect_bootable();
}

/* The modules of a stack of hypervisors: the same image several times, and another one. */
static void images_for_a_stack(void **state)
{
	static const unsigned order[][NB_PVH_MODULES_MAX] = {{0, 1}, {0, 0, 1}, {0, 0, 0, 1}, {1, 0, 1, 0}};
	static const unsigned counts[] = {2, 3, 4, 4};
	const struct file_data files[] = {{module, 100000}, {module + 100001, 20000}};

	(void)state;
	usual_image();
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		plan.modules = counts[i];
		for (unsigned j = 0; j < counts[i]; j++)
			plan.module[j] = files[order[i][j]];
		expect_bootable();
	}
}

static void modules_of_any_size(void **state)
{
	static const size_t sizes[] = {1, 511, 512, 513, 4096, 100000};

	(void)state;
	usual_image();
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		plan.module[0].size = sizes[i];
		expect_bootable();
	}
}

static void machines_of_any_size(void **state)
{
	static const uint64_t sizes[] = {7, 8, 9, 10, 63, 64, 65, 128};

	(void)state;
	usual_image();
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		plan.memory = sizes[i] * MIB;
		expect_bootable();
	}
}

static void the_code_of_the_boot_sector_is_whole(void **state)
{
	struct file_data file;

	(void)state;
	/* cppcheck-suppress comparePointers */
	assert_int_equal(bootsector_end - bootsector, 1024);
	usual_image();
	assert_true(disk__build(&plan));
	assert_true(file__read(path, &file));
	assert_memory_equal(file.data, bootsector, TABLE);
	assert_memory_equal(file.data + 510, bootsector + 510, 1024 - 510);
	free(file.data);
}

static void the_same_inputs_make_the_same_disk(void **state)
{
	struct file_data first, second;

	(void)state;
	usual_image();
	assert_true(disk__build(&plan));
	assert_true(file__read(path, &first));
	plan.module[0].size = 100000; /* a longer old file leaves no trace, nor does another table */
	assert_true(disk__build(&plan));
	plan.module[0].size = sizeof(module);
	assert_true(disk__build(&plan));
	assert_true(file__read(path, &second));
	assert_int_equal(first.size, second.size);
	assert_memory_equal(first.data, second.data, first.size);
	free(first.data);
	free(second.data);
}

/* Expects that the plan cannot be built. `untouched`: the error comes before the file is opened. */
static void expect_refused(const char *message, bool untouched)
{
	struct capture errors = capture__begin(STDERR_FILENO);
	bool good = disk__build(&plan);
	char text[512];

	capture__end_text(&errors, text, sizeof(text));
	assert_false(good);
	if (!strstr(text, message))
		fail_msg("no \"%s\" in: %s", message, text);
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1); /* one line */
	if (untouched) {
		struct file_data file;

		assert_true(file__read(path, &file));
		assert_int_equal(file.size, 0);
		free(file.data);
	}
}

/* A kernel without a PVH entry: boot_params in the place of the start info, the ELF file's entry in
 * that of the note. */
static void a_kernel_without_pvh(void **state)
{
	struct boot_params params;
	struct machine m;

	(void)state;
	usual_image();
	elf.eh.e_entry = MIB + 0x30;
	plan.is_linux = true;
	expect_bootable(); /* its note serves as long as there is one */
	elf.note.head.n_type = 0;
	assert_true(disk__build(&plan));
	m = boot();
	assert_int_equal(m.entry, MIB + 0x30);
	assert_int_equal(m.linux_64, 1);
	memcpy(&params, m.memory + m.start_info, sizeof(params));
	assert_int_equal(params.hdr.header, 0x53726448);
	assert_int_equal(params.hdr.type_of_loader, 0xff);
	assert_int_equal(params.sentinel, 0);
	assert_string_equal((char *)m.memory + params.hdr.cmd_line_ptr, plan.cmdline);
	assert_int_equal(params.hdr.ramdisk_size, plan.module[0].size);
	assert_memory_equal(m.memory + params.hdr.ramdisk_image, plan.module[0].data, plan.module[0].size);
	assert_int_equal(params.e820_entries, 4);
	assert_int_equal(params.e820_table[2].addr, MIB);
	assert_int_equal(params.e820_table[2].type, 1);
	assert_int_equal(params.e820_table[3].addr + params.e820_table[3].size, plan.memory);
	power_off(&m);

	elf.eh.e_entry = 0x100;
	expect_refused("its entry lies outside the image", false);
	elf.eh.e_entry = MIB;
	plan.module[1] = plan.module[0];
	plan.modules = 2;
	expect_refused("cannot write the disk image", false);
	plan.modules = 1;
	plan.is_linux = false; /* our images must have the note */
	expect_refused("no PVH entry", false);
}

static void what_is_no_image(void **state)
{
	(void)state;
	expect_refused("cannot be booted: nothing to load", true);
	usual_image();
	elf.note.entry = 0x100;
	expect_refused("cannot be booted: the PVH entry lies outside the image", true);
	plan.image.size = 1000;
	expect_refused("cannot be booted: truncated: ", true);
	plan.image = (struct file_data){module, sizeof(module)};
	expect_refused("cannot be booted: not an ELF file", true);
	plan.image = (struct file_data){NULL, 0};
	expect_refused("cannot be booted: truncated: ", true);
}

static void images_that_do_not_fit(void **state)
{
	(void)state;
	add_segment(MIB, 0, 100, 100 * MIB);
	expect_refused("do not fit into 16 MiB", true);
	elf.ph[1].p_memsz = MEMORY - MIB; /* over the ACPI tables */
	expect_refused("do not fit into 16 MiB", true);
	elf.ph[1].p_memsz = MEMORY - 4 * MIB; /* over the module */
	expect_refused("do not fit into 16 MiB", true);
	elf.ph[1].p_memsz = 100;
	add_segment(UINT64_C(0x100000000), 0, 100, 100); /* where 32 bits do not reach */
	expect_refused("do not fit into 16 MiB", true);
	elf.ph[2].p_paddr = 0x8000; /* over the start info */
	expect_refused("do not fit into 16 MiB", true);
	elf.ph[2].p_paddr = 2 * MIB;
	expect_bootable();
}

static void memories_that_cannot_be(void **state)
{
	static const uint64_t sizes[] = {0, 0x1000, MIB - 1, MIB, 2 * MIB, 4096 * MIB, 6144 * MIB};

	(void)state;
	usual_image();
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		plan.memory = sizes[i];
		expect_refused("cannot be made", true);
	}
}

/* Grows the module in steps until it is refused. Each accepted size must boot. */
static void modules_that_do_not_fit(void **state)
{
	uint8_t *large = malloc(MEMORY);
	unsigned taken = 0;
	bool good = true;

	(void)state;
	assert_non_null(large);
	memset(large, 0x5a, MEMORY);
	usual_image();
	plan.module[0].data = large;
	for (uint64_t size = MIB; good && size <= MEMORY; size += MIB) {
		struct capture errors = capture__begin(STDERR_FILENO);
		char text[512];

		plan.module[0].size = size;
		good = disk__build(&plan);
		capture__end_text(&errors, text, sizeof(text));
		if (good) {
			expect_bootable();
			taken++;
		} else {
			assert_non_null(strstr(text, "do not fit into 16 MiB"));
		}
	}
	assert_false(good);
	assert_in_range(taken, 8, 11); /* 16 MiB less: image to above 3, ACPI, gap, alignment */
	end(NULL);
	begin(NULL);
	usual_image();
	plan.module[0].size = UINT64_C(1) << 40;
	expect_refused("do not fit into 16 MiB", true);
	plan.module[0].size = SIZE_MAX; /* with anything added it is small */
	expect_refused("do not fit into 16 MiB", true);
	free(large);
}

static void the_table_has_eight_places(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 6; i++)
		add_segment((i + 1) * MIB, i * 1000, 600, 600);
	expect_bootable();               /* six segments, the module, the start info */
	add_segment(7 * MIB, 0, 0, 600); /* nothing to read */
	expect_bootable();
	elf.ph[7].p_filesz = 1;
	expect_refused("cannot write the disk image", false);
	plan.modules = 0;
	expect_bootable();
}

static void a_command_line_may_be_too_long(void **state)
{
	static char line[5000];

	(void)state;
	usual_image();
	memset(line, 'a', sizeof(line) - 1);
	plan.cmdline = line;
	expect_refused("cannot write the disk image", false);
	line[3000] = '\0';
	expect_bootable();
	plan.cmdline = "";
	expect_bootable();
}

static void what_cannot_be_written_is_told(void **state)
{
	(void)state;
	usual_image();
	plan.path = "/nowhere/at/all";
	expect_refused("cannot write the disk image /nowhere/at/all: No such file or directory", true);
	plan.path = "/";
	expect_refused("cannot write the disk image /: Is a directory", true);
	plan.path = "/dev/full";
	if (access(plan.path, W_OK) == 0)
		expect_refused("cannot write the disk image /dev/full: No space left on device", true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_image_with_a_module, begin, end),
		cmocka_unit_test_setup_teardown(an_image_alone, begin, end),
		cmocka_unit_test_setup_teardown(images_for_a_stack, begin, end),
		cmocka_unit_test_setup_teardown(modules_of_any_size, begin, end),
		cmocka_unit_test_setup_teardown(machines_of_any_size, begin, end),
		cmocka_unit_test_setup_teardown(the_code_of_the_boot_sector_is_whole, begin, end),
		cmocka_unit_test_setup_teardown(the_same_inputs_make_the_same_disk, begin, end),
		cmocka_unit_test_setup_teardown(a_kernel_without_pvh, begin, end),
		cmocka_unit_test_setup_teardown(what_is_no_image, begin, end),
		cmocka_unit_test_setup_teardown(images_that_do_not_fit, begin, end),
		cmocka_unit_test_setup_teardown(memories_that_cannot_be, begin, end),
		cmocka_unit_test_setup_teardown(modules_that_do_not_fit, begin, end),
		cmocka_unit_test_setup_teardown(the_table_has_eight_places, begin, end),
		cmocka_unit_test_setup_teardown(a_command_line_may_be_too_long, begin, end),
		cmocka_unit_test_setup_teardown(what_cannot_be_written_is_told, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
