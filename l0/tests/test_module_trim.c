// SPDX-License-Identifier: GPL-2.0-only
/* Tests of the trimming of kernel modules, on an object of two functions. Each calls __fentry__;
 * the first calls another one, too. */
#include <elf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "l0/machine/module_trim.h"
#include "l0/tests/test_random.h"

enum section {
	NONE,
	TEXT,
	RELA_TEXT,
	MCOUNT,
	RELA_MCOUNT,
	BTF,
	SYMTAB,
	STRTAB,
	SHSTRTAB,
	DATA,
	RELA_DATA,
	ORC,
	ORC_IP,
	SECTIONS
};
enum symbol { NO_SYMBOL, FENTRY, OTHER, FIRST, SECOND, SYMBOLS };

#define NAMES                                                                                                          \
	"\0.text\0.rela.text\0__mcount_loc\0.rela__mcount_loc\0.BTF\0.symtab\0.strtab\0.shstrtab\0.data\0.rela.data\0.orc_unwind\0.orc_unwind_ip"

static struct object {
	Elf64_Ehdr eh;
	Elf64_Shdr sh[SECTIONS];
	uint8_t text[32]; /* call __fentry__; nop; call other; endbr64; call __fentry__ */
	Elf64_Rela rela_text[3], rela_mcount[2], rela_data[1];
	Elf64_Sym symtab[SYMBOLS];
	uint64_t mcount[2], data[1];
	char btf[8], orc[6], orc_ip[4], strtab[32], names[160];
} object;

static const struct object made = {
	.text = {0xe8, 0, 0, 0, 0, 0x90, 0xe8, 0, 0, 0, 0, 0xf3, 0x0f, 0x1e, 0xfa, 0xe8},
	.rela_text = {{1, ELF64_R_INFO(FENTRY, R_X86_64_PLT32), -4},
		      {7, ELF64_R_INFO(OTHER, R_X86_64_PLT32), -4},
		      {16, ELF64_R_INFO(FENTRY, R_X86_64_PC32), -4}},
	.rela_mcount = {{0, ELF64_R_INFO(FIRST, R_X86_64_64), 0}, {8, ELF64_R_INFO(FIRST, R_X86_64_64), 15}},
	.rela_data = {{0, ELF64_R_INFO(FENTRY, R_X86_64_64), 0}}, /* its address: no call */
	.symtab = {[FENTRY] = {.st_name = 1},
		   [OTHER] = {.st_name = 12},
		   [FIRST] = {.st_name = 18, .st_info = STT_FUNC, .st_shndx = TEXT, .st_value = 0, .st_size = 11},
		   [SECOND] = {.st_name = 24, .st_info = STT_FUNC, .st_shndx = TEXT, .st_value = 11, .st_size = 9}},
	.btf = "types",
	.strtab = "\0__fentry__\0other\0first\0second",
	.names = NAMES,
};

static void set_section(enum section i, const char *name, uint32_t type, const void *bytes, size_t size)
{
	object.sh[i] = (Elf64_Shdr){
		.sh_name = (Elf64_Word)((const char *)memmem(NAMES, sizeof(NAMES), name, strlen(name) + 1) - NAMES),
		.sh_type = type,
		.sh_offset = (Elf64_Off)((const char *)bytes - (const char *)&object),
		.sh_size = size,
	};
}

static int make_object(void **state)
{
	(void)state;
	object = made;
	object.eh = (Elf64_Ehdr){.e_shoff = offsetof(struct object, sh), .e_shnum = SECTIONS, .e_shstrndx = SHSTRTAB};
	set_section(TEXT, ".text", SHT_PROGBITS, object.text, sizeof(object.text));
	set_section(RELA_TEXT, ".rela.text", SHT_RELA, object.rela_text, sizeof(object.rela_text));
	set_section(MCOUNT, "__mcount_loc", SHT_PROGBITS, object.mcount, sizeof(object.mcount));
	set_section(RELA_MCOUNT, ".rela__mcount_loc", SHT_RELA, object.rela_mcount, sizeof(object.rela_mcount));
	set_section(BTF, ".BTF", SHT_PROGBITS, object.btf, sizeof(object.btf));
	set_section(SYMTAB, ".symtab", SHT_SYMTAB, object.symtab, sizeof(object.symtab));
	set_section(STRTAB, ".strtab", SHT_STRTAB, object.strtab, sizeof(object.strtab));
	set_section(SHSTRTAB, ".shstrtab", SHT_STRTAB, object.names, sizeof(object.names));
	set_section(DATA, ".data", SHT_PROGBITS, object.data, sizeof(object.data));
	set_section(RELA_DATA, ".rela.data", SHT_RELA, object.rela_data, sizeof(object.rela_data));
	set_section(ORC, ".orc_unwind", SHT_PROGBITS, object.orc, sizeof(object.orc));
	set_section(ORC_IP, ".orc_unwind_ip", SHT_PROGBITS, object.orc_ip, sizeof(object.orc_ip));
	object.sh[ORC].sh_flags = object.sh[ORC_IP].sh_flags = SHF_ALLOC;
	object.sh[TEXT].sh_flags = SHF_ALLOC | SHF_EXECINSTR;
	object.sh[RELA_TEXT].sh_link = object.sh[RELA_MCOUNT].sh_link = object.sh[RELA_DATA].sh_link = SYMTAB;
	object.sh[RELA_MCOUNT].sh_info = MCOUNT;
	object.sh[RELA_TEXT].sh_info = TEXT;
	object.sh[RELA_DATA].sh_info = DATA;
	object.sh[SYMTAB].sh_link = STRTAB;
	return 0;
}

static unsigned trim_but(const char *kept)
{
	const char *const names[] = {kept, NULL};
	struct file_data file = {(uint8_t *)&object, sizeof(object)};

	return module_trim__ftrace(&file, names);
}

static unsigned trim(void)
{
	return trim_but(NULL);
}

static const char *name_of(enum section i)
{
	return object.names + object.sh[i].sh_name;
}

static void calls_become_nops(void **state)
{
	static const uint8_t nop5[] = {0x0f, 0x1f, 0x44, 0x00, 0x00};

	(void)state;
	assert_int_equal(trim(), 2);
	assert_memory_equal(object.text, nop5, 5);
	assert_memory_equal(object.text + 15, nop5, 5);
	assert_int_equal(object.rela_text[0].r_info, R_X86_64_NONE);
	assert_int_equal(object.rela_text[2].r_info, R_X86_64_NONE);
	assert_string_equal(name_of(MCOUNT), "mcount_loc");
}

static void nothing_else_changes(void **state)
{
	struct object before = object;

	(void)state;
	trim();
	assert_memory_equal(object.text + 5, before.text + 5, 10);
	assert_memory_equal(&object.rela_text[1], &before.rela_text[1], sizeof(Elf64_Rela));
	assert_memory_equal(object.rela_data, before.rela_data, sizeof(object.rela_data));
	assert_memory_equal(object.symtab, before.symtab, sizeof(object.symtab));
	assert_string_equal(name_of(TEXT), ".text");
	assert_string_equal(name_of(BTF), ".BTF");
	assert_int_equal(trim(), 0); /* no table, no calls */
}

static const uint8_t call[] = {0xe8, 0, 0, 0, 0};

static void a_function_is_kept(void **state)
{
	(void)state;
	assert_int_equal(trim_but("second"), 1);
	assert_memory_not_equal(object.text, call, 5);
	assert_memory_equal(object.text + 15, call, 5);
	assert_int_equal(object.rela_text[2].r_info, made.rela_text[2].r_info);
	assert_string_equal(name_of(MCOUNT), "__mcount_loc");
	assert_int_equal(object.sh[MCOUNT].sh_size, 8);
	assert_int_equal(object.sh[RELA_MCOUNT].sh_size, sizeof(Elf64_Rela));
	assert_int_equal(object.rela_mcount[0].r_offset, 0);
	assert_int_equal(object.rela_mcount[0].r_addend, 15);
	make_object(NULL);
	assert_int_equal(trim_but("first"), 1);
	assert_memory_equal(object.text, call, 5);
	assert_int_equal(object.rela_mcount[0].r_addend, 0);
	make_object(NULL);
	assert_int_equal(trim_but("third"), 2);
	assert_string_equal(name_of(MCOUNT), "mcount_loc");
}

static void expect_untouched(const char *why)
{
	struct object before = object;

	if (trim() != 0 || memcmp(&object, &before, sizeof(object)) != 0)
		fail_msg("%s: the module was changed", why);
}

static void all_calls_or_none(void **state)
{
	(void)state;
	object.text[15] = 0xe9;
	expect_untouched("a jump");
	make_object(NULL);
	object.rela_text[2].r_info = ELF64_R_INFO(FENTRY, R_X86_64_64);
	expect_untouched("an address");
	make_object(NULL);
	object.rela_text[2].r_addend = 0;
	expect_untouched("another addend");
	make_object(NULL);
	object.rela_text[2].r_offset = sizeof(object.text) - 3;
	expect_untouched("beyond the section");
	make_object(NULL);
	object.rela_text[2].r_offset = 0;
	expect_untouched("before the section");
	make_object(NULL);
	object.sh[MCOUNT].sh_name = object.sh[DATA].sh_name;
	expect_untouched("no table of calls");
	make_object(NULL);
	object.sh[DATA].sh_name = object.sh[MCOUNT].sh_name;
	expect_untouched("two tables");
	make_object(NULL);
	object.sh[RELA_DATA].sh_info = MCOUNT;
	expect_untouched("a table with two sets of relocations");
	make_object(NULL);
	object.sh[TEXT].sh_offset = 0;
	expect_untouched("code over the header");
	make_object(NULL);
	object.sh[RELA_TEXT].sh_offset = object.eh.e_shoff;
	expect_untouched("relocations over the sections");
	make_object(NULL);
	object.rela_mcount[1].r_info = ELF64_R_INFO(FIRST, R_X86_64_PC32);
	expect_untouched("an entry that is no address");
	make_object(NULL);
	object.sh[RELA_MCOUNT].sh_size -= sizeof(Elf64_Rela);
	expect_untouched("an entry without a relocation");
}

static void types_are_hidden(void **state)
{
	struct file_data file = {(uint8_t *)&object, sizeof(object)};

	(void)state;
	assert_true(module_trim__types(&file));
	assert_string_equal(name_of(BTF), "BTF");
	assert_false(module_trim__types(&file));
}

static void the_unwinders_tables_are_hidden(void **state)
{
	struct file_data file = {(uint8_t *)&object, sizeof(object)};

	(void)state;
	assert_true(module_trim__unwind(&file));
	assert_string_equal(name_of(ORC), "orc_unwind");
	assert_string_equal(name_of(ORC_IP), "orc_unwind_ip");
	assert_int_equal(object.sh[ORC].sh_flags, 0); /* not loaded */
	assert_int_equal(object.sh[ORC_IP].sh_flags, 0);
	assert_string_equal(name_of(TEXT), ".text");
	assert_false(module_trim__unwind(&file));
}

/* Tables may be damaged in an object with sound sections. The address sanitizer reports a read
 * beyond the object. */
static void damaged_tables_do_no_harm(void **state)
{
	struct random random = {1};

	(void)state;
	for (unsigned i = 0; i < 20000; i++) {
		uint8_t *bytes = (uint8_t *)object.rela_text;
		const size_t size = offsetof(struct object, names) - offsetof(struct object, rela_text);

		make_object(NULL);
		for (unsigned j = 0; j < 3; j++)
			bytes[random__below(&random, (unsigned)size)] = (uint8_t)random__below(&random, 256);
		if (i % 4 == 0)
			object.sh[RELA_TEXT].sh_link = random__below(&random, 2 * SECTIONS);
		if (i % 4 == 1)
			object.sh[SYMTAB].sh_link = random__below(&random, 2 * SECTIONS);
		if (i % 4 == 2)
			object.sh[RELA_TEXT].sh_info = random__below(&random, 2 * SECTIONS);
		trim_but(i % 2 ? "second" : NULL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(calls_become_nops, make_object),
		cmocka_unit_test_setup(nothing_else_changes, make_object),
		cmocka_unit_test_setup(a_function_is_kept, make_object),
		cmocka_unit_test_setup(all_calls_or_none, make_object),
		cmocka_unit_test_setup(types_are_hidden, make_object),
		cmocka_unit_test_setup(the_unwinders_tables_are_hidden, make_object),
		cmocka_unit_test(damaged_tables_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
