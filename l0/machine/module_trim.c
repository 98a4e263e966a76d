// SPDX-License-Identifier: GPL-2.0-only
/* Changes the tables of a kernel module in place. A kernel module is a relocatable ELF object. */
#include "l0/machine/module_trim.h"

#include <elf.h>
#include <string.h>

#define CALL_OPCODE 0xe8
static const uint8_t nop5[] = {0x0f, 0x1f, 0x44, 0x00, 0x00};

/*
 * Returns a section's table and its number of entries. Returns NULL and 0 if the table lies outside
 * the file or is not aligned as the ABI requires.
 */
static void *table_at(const struct file_data *module, const Elf64_Shdr *section, size_t entry, size_t *count)
{
	*count = 0;
	if (section->sh_type == SHT_NOBITS || section->sh_offset > module->size ||
	    section->sh_size > module->size - section->sh_offset || (entry > 1 && section->sh_offset % 8 != 0))
		return NULL;
	*count = section->sh_size / entry;
	return module->data + section->sh_offset;
}

static Elf64_Shdr *sections_of(const struct file_data *module, unsigned *count)
{
	const Elf64_Ehdr *header = (const Elf64_Ehdr *)module->data;

	*count = header->e_shnum;
	return (Elf64_Shdr *)(module->data + header->e_shoff);
}

static bool overlap(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size)
{
	return a < b + b_size && b < a + a_size;
}

/*
 * Returns true if a section may be overwritten. It must not overlap the ELF header, the section
 * headers or the section names.
 */
static bool is_writable(const struct file_data *module, const Elf64_Shdr *section)
{
	const Elf64_Ehdr *header = (const Elf64_Ehdr *)module->data;
	unsigned count;
	const Elf64_Shdr *all = sections_of(module, &count), *names = &all[header->e_shstrndx];

	return section->sh_offset >= sizeof(*header) &&
	       !overlap(section->sh_offset, section->sh_size, header->e_shoff, count * sizeof(*all)) &&
	       !overlap(section->sh_offset, section->sh_size, names->sh_offset, names->sh_size);
}

/* Returns the only section with this name. Returns NULL if there is none, or more than one. */
static Elf64_Shdr *section_called(const struct file_data *module, const char *name)
{
	const Elf64_Ehdr *header = (const Elf64_Ehdr *)module->data;
	unsigned count;
	Elf64_Shdr *section = sections_of(module, &count), *found = NULL;
	const char *names = (const char *)module->data + section[header->e_shstrndx].sh_offset;

	for (unsigned i = 0; i < count; i++) {
		if (section[i].sh_type == SHT_NULL || strcmp(names + section[i].sh_name, name) != 0)
			continue;
		if (found)
			return NULL;
		found = &section[i];
	}
	return found;
}

/*
 * Renames a section to a suffix of its name. The suffix is already in the table of names, so the
 * table does not grow.
 */
static bool hide(const struct file_data *module, const char *name, unsigned characters)
{
	Elf64_Shdr *section = section_called(module, name);

	if (!section)
		return false;
	section->sh_name += characters;
	/* the kernel neither copies nor relocates the section then */
	section->sh_flags &= ~(uint64_t)SHF_ALLOC;
	return true;
}

/* The symbols that a relocation section refers to. */
struct symbols {
	const Elf64_Sym *symbol;
	size_t count;
	const char *names;
	size_t names_size;
};

static bool symbols__of(struct symbols *symbols, const struct file_data *module, const Elf64_Shdr *relocations)
{
	unsigned sections;
	const Elf64_Shdr *section = sections_of(module, &sections), *table;

	if (relocations->sh_link >= sections)
		return false;
	table = &section[relocations->sh_link];
	symbols->symbol = table_at(module, table, sizeof(*symbols->symbol), &symbols->count);
	if (!symbols->symbol || table->sh_link >= sections)
		return false;
	symbols->names = table_at(module, &section[table->sh_link], 1, &symbols->names_size);
	return symbols->names && symbols->names_size > 0 && symbols->names[symbols->names_size - 1] == '\0';
}

static const char *symbols__name(const struct symbols *symbols, size_t index)
{
	const Elf64_Word name = symbols->symbol[index].st_name;

	return name < symbols->names_size ? symbols->names + name : "";
}

static bool symbols__is_fentry(const struct symbols *symbols, size_t index)
{
	return index < symbols->count && symbols->symbol[index].st_shndx == SHN_UNDEF &&
	       strcmp(symbols__name(symbols, index), "__fentry__") == 0;
}

/* Returns true if an address of a section lies in one of these functions. */
static bool symbols__is_in(const struct symbols *symbols, unsigned section, uint64_t address,
			   const char *const *functions)
{
	for (; *functions; functions++)
		for (size_t i = 0; i < symbols->count; i++) {
			const Elf64_Sym *s = &symbols->symbol[i];

			if (s->st_shndx == section && ELF64_ST_TYPE(s->st_info) == STT_FUNC && address >= s->st_value &&
			    address - s->st_value < s->st_size && strcmp(symbols__name(symbols, i), *functions) == 0)
				return true;
		}
	return false;
}

/* State of one pass over a module. The first pass only checks; the second one writes. */
struct trimming {
	const struct file_data *module;
	const char *const *kept;
	bool replace;
	unsigned calls;
};

/*
 * Returns the opcode of the call whose operand this relocation fills. Returns NULL if the
 * relocation fills anything else.
 */
static uint8_t *call_of(const Elf64_Rela *relocation, uint8_t *code, size_t size)
{
	const uint64_t type = ELF64_R_TYPE(relocation->r_info);

	if ((type != R_X86_64_PLT32 && type != R_X86_64_PC32) || relocation->r_addend != -4 ||
	    relocation->r_offset < 1 || relocation->r_offset > size || size - relocation->r_offset < 4)
		return NULL;
	code += relocation->r_offset - 1;
	return *code == CALL_OPCODE ? code : NULL;
}

/* Trims the __fentry__ calls of one section. Returns false if a call has an unknown form. */
static bool trim_calls(struct trimming *t, const Elf64_Shdr *relocations)
{
	unsigned sections;
	const Elf64_Shdr *section = sections_of(t->module, &sections);
	struct symbols symbols;
	Elf64_Rela *relocation;
	size_t count, size;
	uint8_t *code;

	if (relocations->sh_type != SHT_RELA || relocations->sh_info >= sections ||
	    !(section[relocations->sh_info].sh_flags & SHF_EXECINSTR))
		return true;
	relocation = table_at(t->module, relocations, sizeof(*relocation), &count);
	code = table_at(t->module, &section[relocations->sh_info], 1, &size);
	if (!relocation || !code || !symbols__of(&symbols, t->module, relocations) ||
	    !is_writable(t->module, relocations) || !is_writable(t->module, &section[relocations->sh_info]))
		return false;
	for (size_t i = 0; i < count; i++) {
		uint8_t *call;

		if (!symbols__is_fentry(&symbols, ELF64_R_SYM(relocation[i].r_info)))
			continue;
		call = call_of(&relocation[i], code, size);
		if (!call)
			return false;
		if (symbols__is_in(&symbols, relocations->sh_info, relocation[i].r_offset, t->kept))
			continue;
		t->calls++;
		if (!t->replace)
			continue;
		memcpy(call, nop5, sizeof(nop5));
		relocation[i].r_info = ELF64_R_INFO(0, R_X86_64_NONE);
	}
	return true;
}

/*
 * Trims __mcount_loc. Each entry is an address with one relocation that sets it. Entries to keep
 * move to the front.
 */
static bool trim_table(struct trimming *t, Elf64_Shdr *table)
{
	unsigned sections, number;
	Elf64_Shdr *section = sections_of(t->module, &sections), *relocations = NULL;
	struct symbols symbols;
	Elf64_Rela *relocation;
	size_t count, left = 0;

	number = (unsigned)(table - section);
	for (unsigned i = 0; i < sections; i++) {
		if (section[i].sh_type != SHT_RELA || section[i].sh_info != number)
			continue;
		if (relocations)
			return false;
		relocations = &section[i];
	}
	if (!relocations || !symbols__of(&symbols, t->module, relocations) || !is_writable(t->module, relocations))
		return false;
	relocation = table_at(t->module, relocations, sizeof(*relocation), &count);
	if (!relocation || count != table->sh_size / sizeof(uint64_t))
		return false;
	for (size_t i = 0; i < count; i++) {
		const size_t index = ELF64_R_SYM(relocation[i].r_info);
		const Elf64_Sym *symbol;

		if (ELF64_R_TYPE(relocation[i].r_info) != R_X86_64_64 || index >= symbols.count)
			return false;
		symbol = &symbols.symbol[index];
		if (!symbols__is_in(&symbols, symbol->st_shndx, symbol->st_value + (uint64_t)relocation[i].r_addend,
				    t->kept))
			continue;
		if (t->replace) {
			relocation[left] = relocation[i];
			relocation[left].r_offset = left * sizeof(uint64_t);
		}
		left++;
	}
	if (!t->replace)
		return true;
	relocations->sh_size = left * sizeof(*relocation);
	table->sh_size = left * sizeof(uint64_t);
	if (left == 0)
		hide(t->module, "__mcount_loc", strlen("__"));
	return true;
}

static bool trim(struct trimming *t)
{
	unsigned count;
	const Elf64_Shdr *section = sections_of(t->module, &count);
	Elf64_Shdr *table = section_called(t->module, "__mcount_loc");

	t->calls = 0;
	for (unsigned i = 0; i < count; i++)
		if (!trim_calls(t, &section[i]))
			return false;
	return table && trim_table(t, table);
}

unsigned module_trim__ftrace(struct file_data *module, const char *const *kept)
{
	struct trimming trimming = {.module = module, .kept = kept};
	const Elf64_Ehdr *header = (const Elf64_Ehdr *)module->data;

	if (header->e_shoff % 8 != 0 || !trim(&trimming))
		return 0;
	trimming.replace = true;
	trim(&trimming);
	return trimming.calls;
}

bool module_trim__types(struct file_data *module)
{
	return hide(module, ".BTF", strlen("."));
}

bool module_trim__unwind(struct file_data *module)
{
	return hide(module, ".orc_unwind_ip", strlen(".")) && hide(module, ".orc_unwind", strlen("."));
}
