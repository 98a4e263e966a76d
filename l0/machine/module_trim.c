// SPDX-License-Identifier: GPL-2.0-only
/* Changes the tables of a kernel module, a relocatable ELF object, in place. */
#include "module_trim.h"

#include <elf.h>
#include <string.h>

#define CALL_OPCODE 0xe8
static const uint8_t nop5[] = {0x0f, 0x1f, 0x44, 0x00, 0x00};

/* A table of the object; NULL and 0 where it does not lie in the file, or is not aligned as the ABI has it. */
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

static Elf64_Shdr *section_called(const struct file_data *module, const char *name)
{
	const Elf64_Ehdr *header = (const Elf64_Ehdr *)module->data;
	unsigned count;
	Elf64_Shdr *section = sections_of(module, &count);
	const char *names = (const char *)module->data + section[header->e_shstrndx].sh_offset;

	for (unsigned i = 0; i < count; i++)
		if (section[i].sh_type != SHT_NULL && strcmp(names + section[i].sh_name, name) == 0)
			return &section[i];
	return NULL;
}

/* The name that is left behind its first characters stands in the table of names, too. */
static bool hide(const struct file_data *module, const char *name, unsigned characters)
{
	Elf64_Shdr *section = section_called(module, name);

	if (section)
		section->sh_name += characters;
	return section != NULL;
}

/* The symbols that a section of relocations refers to. */
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

static bool symbols__is_fentry(const struct symbols *symbols, size_t index)
{
	const Elf64_Sym *symbol;

	if (index >= symbols->count)
		return false;
	symbol = &symbols->symbol[index];
	return symbol->st_shndx == SHN_UNDEF && symbol->st_name < symbols->names_size &&
	       strcmp(symbols->names + symbol->st_name, "__fentry__") == 0;
}

/* What the relocation gives its target to: the operand of a call; NULL if it is anything else. */
static uint8_t *call_of(const Elf64_Rela *relocation, uint8_t *code, size_t size)
{
	const uint64_t type = ELF64_R_TYPE(relocation->r_info);

	if ((type != R_X86_64_PLT32 && type != R_X86_64_PC32) || relocation->r_addend != -4 ||
	    relocation->r_offset < 1 || relocation->r_offset > size || size - relocation->r_offset < 4)
		return NULL;
	code += relocation->r_offset - 1;
	return *code == CALL_OPCODE ? code : NULL;
}

/* Looks at the calls of one section, or replaces them. False if there is one that is of another form. */
static bool trim_section(const struct file_data *module, const Elf64_Shdr *relocations, bool replace, unsigned *calls)
{
	unsigned sections;
	const Elf64_Shdr *section = sections_of(module, &sections);
	struct symbols symbols;
	Elf64_Rela *relocation;
	size_t count, size;
	uint8_t *code;

	if (relocations->sh_type != SHT_RELA || relocations->sh_info >= sections ||
	    !(section[relocations->sh_info].sh_flags & SHF_EXECINSTR))
		return true;
	relocation = table_at(module, relocations, sizeof(*relocation), &count);
	code = table_at(module, &section[relocations->sh_info], 1, &size);
	if (!relocation || !code || !symbols__of(&symbols, module, relocations))
		return false;
	for (size_t i = 0; i < count; i++) {
		uint8_t *call;

		if (!symbols__is_fentry(&symbols, ELF64_R_SYM(relocation[i].r_info)))
			continue;
		call = call_of(&relocation[i], code, size);
		if (!call)
			return false;
		(*calls)++;
		if (!replace)
			continue;
		memcpy(call, nop5, sizeof(nop5));
		relocation[i].r_info = ELF64_R_INFO(0, R_X86_64_NONE);
	}
	return true;
}

static bool trim_sections(const struct file_data *module, bool replace, unsigned *calls)
{
	unsigned count;
	const Elf64_Shdr *section = sections_of(module, &count);

	*calls = 0;
	for (unsigned i = 0; i < count; i++)
		if (!trim_section(module, &section[i], replace, calls))
			return false;
	return true;
}

unsigned module_trim__ftrace(struct file_data *module)
{
	unsigned calls;

	if (!section_called(module, "__mcount_loc") || !trim_sections(module, false, &calls))
		return 0;
	trim_sections(module, true, &calls);
	hide(module, "__mcount_loc", strlen("__"));
	return calls;
}

bool module_trim__types(struct file_data *module)
{
	return hide(module, ".BTF", strlen("."));
}
