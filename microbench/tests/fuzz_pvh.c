// SPDX-License-Identifier: GPL-2.0-only
/* PVH images, from any bytes. Every segment of an accepted file lies in the file and in the image's
 * memory. */
#include <elf.h>
#include <string.h>

#include "l0/tests/fuzz.h"
#include "microbench/abi/pvh.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct nb_pvh_image image;
	const char *why = nb_pvh_parse(data, size, &image);
	bool entered = false;

	if (why) {
		FUZZ_REQUIRE(*why);
		return 0;
	}
	FUZZ_REQUIRE(image.low < image.high && image.entry >= image.low && image.entry < image.high);
	for (unsigned i = 0; i < image.headers; i++) {
		struct nb_pvh_segment segment;

		if (!nb_pvh_segment(&image, i, &segment))
			continue;
		FUZZ_REQUIRE(segment.offset <= size && segment.file_size <= size - segment.offset);
		FUZZ_REQUIRE(segment.file_size <= segment.memory_size && segment.memory_size > 0);
		FUZZ_REQUIRE(segment.address >= image.low && segment.address <= image.high);
		FUZZ_REQUIRE(segment.memory_size <= image.high - segment.address);
		entered = true;
	}
	FUZZ_REQUIRE(entered);
	return 0;
}

void fuzz__seeds(void (*take)(const void *bytes, size_t size))
{
	struct {
		Elf64_Ehdr eh;
		Elf64_Phdr ph[3]; /* notes, text, data */
		struct {
			Elf64_Nhdr header;
			char name[4];
			uint32_t desc;
		} note[2];
		uint8_t text[32];
	} elf = {
		.eh = {.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
		       .e_type = ET_EXEC,
		       .e_machine = EM_X86_64,
		       .e_version = EV_CURRENT,
		       .e_phoff = sizeof(Elf64_Ehdr),
		       .e_ehsize = sizeof(Elf64_Ehdr),
		       .e_phentsize = sizeof(Elf64_Phdr),
		       .e_phnum = 3},
		.note = {{{4, 4, 1}, "GNU", 0}, {{4, 4, 18}, "Xen", 0x100010}},
	};

	elf.ph[0] = (Elf64_Phdr){
		.p_type = PT_NOTE, .p_offset = sizeof(elf.eh) + sizeof(elf.ph), .p_filesz = sizeof(elf.note)};
	elf.ph[1] = (Elf64_Phdr){.p_type = PT_LOAD,
				 .p_offset = sizeof(elf) - sizeof(elf.text),
				 .p_paddr = 0x100000,
				 .p_filesz = sizeof(elf.text),
				 .p_memsz = 64};
	elf.ph[2] = (Elf64_Phdr){.p_type = PT_LOAD, .p_offset = 0, .p_paddr = 0x200000, .p_filesz = 16, .p_memsz = 16};
	take(&elf, sizeof(elf));
	elf.ph[1].p_memsz = UINT64_MAX;
	take(&elf, sizeof(elf));
}
