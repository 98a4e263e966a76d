// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kernels and modules, from any bytes. The first byte chooses the kind: a bzImage, a vmlinux, a
 * module in a folder, or a module whose signature is searched.
 */
#include <elf.h>
#include <string.h>
#include <unistd.h>

#include <archive.h>
#include <archive_entry.h>

#include "l0/kernels/kernel_image.h"
#include "l0/kernels/kernel_modules.h"
#include "l0/tests/fuzz.h"

enum { BZIMAGE, VMLINUX, MODULE, SIGNATURE, KINDS };

static char folder[] = "/tmp/nestbed-fuzz-XXXXXX", path[64];

static void remove_folder(void)
{
	unlink(path);
	rmdir(folder);
}

static void check_bzimage(const struct file_data *file)
{
	struct file_data out = {0};

	if (kernel_image__unpack("image", file, &out))
		FUZZ_REQUIRE(out.data);
	else
		FUZZ_REQUIRE(!out.data && out.size == 0);
	free(out.data);
}

static void check_vmlinux(const struct file_data *file)
{
	struct kernel_facts facts;

	if (kernel_image__examine("image", file, &facts))
		FUZZ_REQUIRE(facts.release[0] && strlen(facts.release) < sizeof(facts.release) &&
			     strlen(facts.build) < sizeof(facts.build));
}

static void check_module(const struct file_data *file)
{
	struct kernel_modules list = {0};
	FILE *out;

	if (!*path) {
		FUZZ_REQUIRE(mkdtemp(folder));
		snprintf(path, sizeof(path), "%s/m.ko", folder);
		atexit(remove_folder);
	}
	out = fopen(path, "w");
	FUZZ_REQUIRE(out && fwrite(file->data, 1, file->size, out) == file->size && fclose(out) == 0);
	if (kernel_modules__add(&list, folder, "m", "6.1"))
		FUZZ_REQUIRE(list.count >= 1 && list.count <= MODULES_MAX);
	kernel_modules__free(&list);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct file_data file;

	if (size < 1)
		return 0;
	fuzz__silence();
	file = (struct file_data){malloc(size), size - 1};
	FUZZ_REQUIRE(file.data);
	memcpy(file.data, data + 1, size - 1);
	switch (data[0] % KINDS) {
	case BZIMAGE:
		check_bzimage(&file);
		break;
	case VMLINUX:
		check_vmlinux(&file);
		break;
	case MODULE:
		check_module(&file);
		break;
	default:
		FUZZ_REQUIRE(module__unsigned_size(&file) <= file.size);
	}
	free(file.data);
	return 0;
}

/* A kernel of a few thousand bytes, packed by libarchive as the kernel's build packs it. */
static void take_bzimage(const char *packer, void (*take)(const void *bytes, size_t size))
{
	enum { KERNEL = 3000, AT = 1024 };
	static uint8_t kernel[KERNEL], image[1 + AT + 2 * KERNEL];
	struct archive *archive = archive_write_new();
	struct archive_entry *entry = archive_entry_new();
	uint32_t offset = 0, length, size = KERNEL;
	size_t used = 0;

	for (size_t i = 0; i < KERNEL; i++)
		kernel[i] = (uint8_t)(i * i / 100);
	memset(image, 0, sizeof(image));
	archive_write_set_format_raw(archive);
	archive_write_add_filter_by_name(archive, packer);
	archive_write_set_bytes_in_last_block(archive, 1);
	archive_write_open_memory(archive, image + 1 + AT, sizeof(image) - 1 - AT - sizeof(size), &used);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_write_header(archive, entry);
	FUZZ_REQUIRE(archive_write_data(archive, kernel, KERNEL) == KERNEL &&
		     archive_write_close(archive) == ARCHIVE_OK);
	archive_entry_free(entry);
	archive_write_free(archive);
	if (strcmp(packer, "gzip") != 0) {
		memcpy(image + 1 + AT + used, &size, sizeof(size));
		used += sizeof(size);
	}
	length = (uint32_t)used;
	image[0] = BZIMAGE;
	image[1 + 0x1f1] = 1;
	memcpy(image + 1 + 0x202, "HdrS", 4);
	memcpy(image + 1 + 0x248, &offset, sizeof(offset));
	memcpy(image + 1 + 0x24c, &length, sizeof(length));
	take(image, 1 + AT + used);
}

static void take_module(void (*take)(const void *bytes, size_t size))
{
	struct __attribute__((packed)) {
		uint8_t kind;
		Elf64_Ehdr eh;
		Elf64_Shdr sh[3]; /* none, .modinfo, names */
		char names[20];
		char info[24];
		char signature[12 + 28];
	} module = {
		.kind = MODULE,
		.eh = {.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
		       .e_type = ET_REL,
		       .e_machine = EM_X86_64,
		       .e_version = EV_CURRENT,
		       .e_shoff = sizeof(Elf64_Ehdr),
		       .e_ehsize = sizeof(Elf64_Ehdr),
		       .e_shentsize = sizeof(Elf64_Shdr),
		       .e_shnum = 3,
		       .e_shstrndx = 2},
		.names = "\0.modinfo\0.shstrtab",
		.info = "vermagic=6.1\0depends=m,m",
		.signature = "\0\0\0\0\0\0\0\0\0\0\0\30~Module signature appended~\n",
	};

	module.sh[1] = (Elf64_Shdr){.sh_name = 1,
				    .sh_type = SHT_PROGBITS,
				    .sh_offset = sizeof(module.eh) + sizeof(module.sh) + sizeof(module.names),
				    .sh_size = sizeof(module.info),
				    .sh_addralign = 1};
	module.sh[2] = (Elf64_Shdr){.sh_name = 10,
				    .sh_type = SHT_STRTAB,
				    .sh_offset = sizeof(module.eh) + sizeof(module.sh),
				    .sh_size = sizeof(module.names),
				    .sh_addralign = 1};
	take(&module, sizeof(module));
	memcpy(module.info, "vermagic=6.1\0depends=\0\0", sizeof(module.info));
	take(&module, sizeof(module));
	module.kind = SIGNATURE;
	take(&module, sizeof(module));
}

/* A kernel with a release and a list of built-in modules. */
static void take_vmlinux(void (*take)(const void *bytes, size_t size))
{
	struct __attribute__((packed)) {
		uint8_t kind;
		Elf64_Ehdr eh;
		Elf64_Phdr ph;
		Elf64_Shdr sh[3]; /* none, .BTF, names */
		char names[20];
		char text[64];
	} image = {
		.kind = VMLINUX,
		.eh = {.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
		       .e_type = ET_EXEC,
		       .e_machine = EM_X86_64,
		       .e_version = EV_CURRENT,
		       .e_phoff = sizeof(Elf64_Ehdr),
		       .e_shoff = sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr),
		       .e_ehsize = sizeof(Elf64_Ehdr),
		       .e_phentsize = sizeof(Elf64_Phdr),
		       .e_phnum = 1,
		       .e_shentsize = sizeof(Elf64_Shdr),
		       .e_shnum = 3,
		       .e_shstrndx = 2},
		.names = "\0.BTF\0.shstrtab",
		.text = "Linux version 6.1 (a) #1 b\nkvm_intel.nested",
	};
	const size_t names = sizeof(image.eh) + sizeof(image.ph) + sizeof(image.sh);

	image.ph = (Elf64_Phdr){.p_type = PT_LOAD,
				.p_offset = names + sizeof(image.names),
				.p_paddr = 0x1000000,
				.p_filesz = sizeof(image.text),
				.p_memsz = sizeof(image.text)};
	image.sh[1] = (Elf64_Shdr){.sh_name = 1, .sh_type = SHT_PROGBITS, .sh_offset = names, .sh_size = 4};
	image.sh[2] = (Elf64_Shdr){
		.sh_name = 6, .sh_type = SHT_STRTAB, .sh_offset = names, .sh_size = sizeof(image.names)};
	take(&image, sizeof(image));
}

void fuzz__seeds(void (*take)(const void *bytes, size_t size))
{
	static const char *const packers[] = {"gzip", "bzip2", "xz", "zstd"};

	for (size_t i = 0; i < sizeof(packers) / sizeof(packers[0]); i++)
		take_bzimage(packers[i], take);
	take_vmlinux(take);
	take_module(take);
}
