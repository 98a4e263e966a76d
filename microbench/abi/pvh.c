// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads PVH images and writes start info pages. The code is freestanding: user space, a hypervisor
 * and the disk builder share it.
 */
#include "microbench/abi/pvh.h"

#include <elf.h>

#define XEN_ELFNOTE_PHYS32_ENTRY 18

const char nb_pvh_no_entry[] = "no PVH entry (XEN_ELFNOTE_PHYS32_ENTRY note)";

/* Headers are copied because a file in memory may be unaligned. */
static void copy(void *to, const void *from, size_t bytes)
{
	uint8_t *t = to;
	const uint8_t *f = from;

	while (bytes--)
		*t++ = *f++;
}

static bool inside(uint64_t offset, uint64_t bytes, uint64_t size)
{
	return offset <= size && bytes <= size - offset;
}

static uint64_t align4(uint64_t n)
{
	return (n + 3) & ~UINT64_C(3);
}

static bool find_entry(const struct nb_pvh_image *image, const Elf64_Phdr *ph, uint32_t *entry)
{
	uint64_t at = ph->p_offset;
	uint64_t end = ph->p_offset + ph->p_filesz;

	while (end - at >= sizeof(Elf64_Nhdr)) {
		Elf64_Nhdr note;
		uint64_t name, desc;

		copy(&note, image->file + at, sizeof(note));
		name = at + sizeof(note);
		desc = name + align4(note.n_namesz);
		if (desc > end || align4(note.n_descsz) > end - desc)
			return false;
		if (note.n_type == XEN_ELFNOTE_PHYS32_ENTRY && note.n_namesz == 4 && image->file[name] == 'X' &&
		    image->file[name + 1] == 'e' && image->file[name + 2] == 'n' && note.n_descsz >= 4) {
			copy(entry, image->file + desc, sizeof(*entry));
			return true;
		}
		at = desc + align4(note.n_descsz);
	}
	return false;
}

static void program_header(const struct nb_pvh_image *image, unsigned i, Elf64_Phdr *ph)
{
	Elf64_Ehdr eh;

	copy(&eh, image->file, sizeof(eh));
	copy(ph, image->file + eh.e_phoff + (uint64_t)i * sizeof(*ph), sizeof(*ph));
}

bool nb_pvh_segment(const struct nb_pvh_image *image, unsigned i, struct nb_pvh_segment *segment)
{
	Elf64_Phdr ph;

	program_header(image, i, &ph);
	if (ph.p_type != PT_LOAD || ph.p_memsz == 0)
		return false;
	*segment = (struct nb_pvh_segment){ph.p_offset, ph.p_filesz, ph.p_paddr, ph.p_memsz};
	return true;
}

const char *nb_pvh_parse(const void *file, uint64_t size, struct nb_pvh_image *image)
{
	Elf64_Ehdr eh;
	bool entry = false;

	*image = (struct nb_pvh_image){.file = file, .size = size, .low = UINT64_MAX};
	if (size < SELFMAG)
		return "truncated: shorter than an ELF magic number";
	copy(&eh, file, SELFMAG);
	if (eh.e_ident[0] != ELFMAG0 || eh.e_ident[1] != ELFMAG1 || eh.e_ident[2] != ELFMAG2 ||
	    eh.e_ident[3] != ELFMAG3)
		return "not an ELF file";
	if (size < sizeof(eh))
		return "truncated: the ELF header is not whole";
	copy(&eh, file, sizeof(eh));
	if (eh.e_ident[EI_CLASS] != ELFCLASS64 || eh.e_machine != EM_X86_64)
		return "not an x86-64 ELF file";
	if (eh.e_phentsize != sizeof(Elf64_Phdr) || eh.e_phnum == 0)
		return "no program headers of the expected size";
	if (!inside(eh.e_phoff, (uint64_t)eh.e_phnum * sizeof(Elf64_Phdr), size))
		return "truncated: the program headers are not whole";
	image->headers = eh.e_phnum;

	for (unsigned i = 0; i < image->headers; i++) {
		Elf64_Phdr ph;

		program_header(image, i, &ph);
		if (ph.p_type != PT_LOAD && ph.p_type != PT_NOTE)
			continue;
		if (!inside(ph.p_offset, ph.p_filesz, size))
			return "truncated: a segment reaches beyond the file's end";
		if (ph.p_type == PT_NOTE) {
			entry = entry || find_entry(image, &ph, &image->entry);
			continue;
		}
		if (ph.p_memsz < ph.p_filesz || ph.p_paddr + ph.p_memsz < ph.p_paddr)
			return "a segment's sizes contradict each other";
		if (ph.p_memsz == 0)
			continue;
		if (ph.p_paddr < image->low)
			image->low = ph.p_paddr;
		if (ph.p_paddr + ph.p_memsz > image->high)
			image->high = ph.p_paddr + ph.p_memsz;
	}
	if (image->high == 0)
		return "nothing to load";
	if (!entry)
		return nb_pvh_no_entry;
	if (image->entry < image->low || image->entry >= image->high)
		return "the PVH entry lies outside the image";
	return NULL;
}

bool nb_pvh_write_start_info(void *page, uint64_t address, const struct nb_pvh_boot *boot)
{
	struct layout {
		struct nb_pvh_start_info info;
		struct nb_pvh_module module[NB_PVH_MODULES_MAX];
		struct nb_pvh_range range[NB_PVH_RANGES_MAX];
		char cmdline[];
	} *out = page;
	size_t room = NB_PVH_START_INFO_SIZE - sizeof(*out);
	size_t length = 0;

	while (boot->cmdline[length])
		length++;
	if (length >= room || boot->modules > NB_PVH_MODULES_MAX || boot->ranges > NB_PVH_RANGES_MAX)
		return false;
	out->info = (struct nb_pvh_start_info){
		.magic = NB_PVH_MAGIC,
		.version = 1,
		.modules = boot->modules,
		.module_list = address + offsetof(struct layout, module),
		.cmdline = address + offsetof(struct layout, cmdline),
		.memory_map = address + offsetof(struct layout, range),
		.ranges = boot->ranges,
	};
	copy(out->module, boot->module, boot->modules * sizeof(out->module[0]));
	copy(out->range, boot->range, boot->ranges * sizeof(out->range[0]));
	copy(out->cmdline, boot->cmdline, length + 1);
	return true;
}
