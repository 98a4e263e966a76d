// SPDX-License-Identifier: GPL-2.0-only
/*
 * Identifies kernel images, unpacks bzImages, and reads release, BTF and built-in KVM from a
 * vmlinux.
 */
#include "l0/kernels/kernel_image.h"

#include <ctype.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>

#include "l0/kernels/unpack.h"
#include "microbench/abi/pvh.h"

/* Linux, Documentation/arch/x86/boot.rst: the real-mode kernel header. */
#define HEADER_MAGIC_AT   0x202
#define SETUP_SECTS_AT    0x1f1
#define PROTOCOL_AT       0x206
#define RELEASE_AT        0x20e
#define XLOADFLAGS_AT     0x236
#define PAYLOAD_OFFSET_AT 0x248
#define PAYLOAD_LENGTH_AT 0x24c
#define HEADER_END        0x250
#define PROTOCOL_PAYLOAD  0x208 /* the first boot protocol version whose header has the payload's offset and length */
#define PROTOCOL_XLOAD    0x20c
#define XLF_KERNEL_64     1

static uint32_t le32(const uint8_t *p)
{
	uint32_t value;

	memcpy(&value, p, sizeof(value));
	return value;
}

static unsigned le16(const uint8_t *p)
{
	return p[0] | (unsigned)p[1] << 8;
}

static bool is_bzimage(const struct file_data *file)
{
	return file->size >= HEADER_END && memcmp(file->data + HEADER_MAGIC_AT, "HdrS", 4) == 0;
}

bool kernel_image__unpack(const char *path, const struct file_data *bzimage, struct file_data *vmlinux)
{
	const uint8_t *data = bzimage->data;
	uint64_t offset, length, packed;
	const char *why;

	*vmlinux = (struct file_data){0};
	if (!is_bzimage(bzimage)) {
		pr_err("%s is not a Linux bzImage", path);
		return false;
	}
	offset = (data[SETUP_SECTS_AT] + 1ull) * 512 + le32(data + PAYLOAD_OFFSET_AT);
	length = le32(data + PAYLOAD_LENGTH_AT);
	if (length < 8 || offset > bzimage->size || length > bzimage->size - offset) {
		pr_err("%s is truncated: its header speaks of more bytes than the file has", path);
		return false;
	}
	/*
	 * The kernel's build appends the uncompressed size to the payload (scripts/Makefile.lib,
	 * size_append). For gzip it does not, because gzip data ends with that size.
	 */
	packed = memcmp(data + offset, "\x1f\x8b", 2) == 0 ? length : length - 4;
	vmlinux->size = le32(data + offset + length - 4);
	if (vmlinux->size > UNPACK_MAX) {
		pr_err("%s claims to unpack to %zu MiB: it is damaged", path, vmlinux->size >> 20);
		*vmlinux = (struct file_data){0};
		return false;
	}
	vmlinux->data = malloc(vmlinux->size + 1);
	why = vmlinux->data ? unpack__exactly(data + offset, (size_t)packed, vmlinux) : "out of memory";
	if (!why)
		return true;
	pr_err("%s: cannot unpack the kernel: %s", path, why);
	free(vmlinux->data);
	*vmlinux = (struct file_data){0};
	return false;
}

/* Returns the name of an ELF machine number in messages; NULL if the number is not in the list. */
static const char *machine_name(unsigned machine)
{
	static const struct {
		unsigned machine;
		const char *name;
	} names[] = {{EM_386, "32-bit x86"}, {EM_AARCH64, "arm64"}, {EM_ARM, "arm"},   {EM_RISCV, "riscv"},
		     {EM_PPC64, "ppc64"},    {EM_S390, "s390x"},    {EM_MIPS, "mips"}, {EM_SPARCV9, "sparc64"},
		     {EM_PPC, "powerpc"},    {258, "loongarch"}};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].machine == machine)
			return names[i].name;
	return NULL;
}

static bool refuse_machine(const char *path, const char *name)
{
	pr_err("%s is a kernel for another architecture (%s): the emulated machine is x86-64", path, name);
	return false;
}

static bool is_elf(const struct file_data *file)
{
	return file->size >= SELFMAG && memcmp(file->data, ELFMAG, SELFMAG) == 0;
}

static bool begins_with(const struct file_data *file, size_t offset, const char *bytes)
{
	const size_t length = strlen(bytes);

	return file->size >= offset + length && memcmp(file->data + offset, bytes, length) == 0;
}

/* Reports the type of a file that is neither a bzImage nor an ELF file. Returns false. */
static bool refuse_file(const char *path, const struct file_data *file)
{
	if (file->size == 0)
		pr_err("%s is empty: it is no kernel", path);
	else if (begins_with(file, 56, "ARM\x64"))
		refuse_machine(path, "arm64");
	else if (begins_with(file, 56, "RSC\x05"))
		refuse_machine(path, "riscv");
	else if (begins_with(file, 0, "MZ") && begins_with(file, 4, "zimg"))
		refuse_machine(path, "an EFI zboot image, which x86 does not have");
	else if (file->size < HEADER_END && (begins_with(file, 0, "MZ") || begins_with(file, HEADER_MAGIC_AT, "HdrS")))
		pr_err("%s is truncated: the header of the bzImage is not whole", path);
	else if (begins_with(file, 0, "MZ"))
		pr_err("%s is an EFI program, no bzImage: name the kernel that it was made from", path);
	else
		pr_err("%s is no Linux kernel: a vmlinuz, bzImage or vmlinux for x86-64 is wanted", path);
	return false;
}

/* Checks that the ELF file is for x86-64 and holds all its segments. *pvh: it has a PVH entry. */
static bool check_elf(const char *path, const struct file_data *vmlinux, struct nb_pvh_image *image, bool *pvh)
{
	const char *why = nb_pvh_parse(vmlinux->data, vmlinux->size, image);
	Elf64_Ehdr eh;

	*pvh = !why;
	if (!why || why == nb_pvh_no_entry)
		return true;
	if (vmlinux->size >= sizeof(eh)) {
		memcpy(&eh, vmlinux->data, sizeof(eh)); /* a 32-bit file has e_machine at the same offset */
		if (eh.e_ident[EI_DATA] == ELFDATA2MSB)
			return refuse_machine(path, "big-endian");
		if (eh.e_machine != EM_X86_64 && machine_name(eh.e_machine))
			return refuse_machine(path, machine_name(eh.e_machine));
	}
	pr_err("%s cannot be booted: %s", path, why);
	return false;
}

/* Returns these bytes in one of the loaded segments, or NULL if no segment holds them. */
static const uint8_t *find_bytes(const struct nb_pvh_image *image, const void *bytes, size_t length)
{
	for (unsigned i = 0; i < image->headers; i++) {
		struct nb_pvh_segment segment;
		const uint8_t *found;

		if (!nb_pvh_segment(image, i, &segment))
			continue;
		found = memmem(image->file + segment.offset, segment.file_size, bytes, length);
		if (found)
			return found;
	}
	return NULL;
}

static bool has_section(const struct file_data *vmlinux, const char *name)
{
	Elf *elf;
	Elf_Scn *section = NULL;
	size_t names;
	bool found = false;

	elf_version(EV_CURRENT);
	elf = elf_memory((char *)vmlinux->data, vmlinux->size);
	if (elf && elf_getshdrstrndx(elf, &names) == 0)
		while (!found && (section = elf_nextscn(elf, section)) != NULL) {
			GElf_Shdr header;
			const char *text;

			found = gelf_getshdr(section, &header) && header.sh_size > 0 &&
				(text = elf_strptr(elf, names, header.sh_name)) && strcmp(text, name) == 0;
		}
	elf_end(elf);
	return found;
}

/* Copies printable text up to a character of `end`, at most size - 1 bytes. Returns its length. */
static size_t copy_text(char *to, size_t size, const uint8_t *from, size_t room, const char *end)
{
	size_t length = 0;

	while (length + 1 < size && length < room && isprint(from[length]) && !strchr(end, from[length]))
		length++;
	memcpy(to, from, length);
	to[length] = '\0';
	return length;
}

/*
 * Reads "6.1.0-57-cloud-amd64 (builder) (compiler) #1 SMP ...". A banner and the header of a
 * bzImage share this form.
 */
static void read_version(const uint8_t *at, const uint8_t *end, struct kernel_facts *facts)
{
	const uint8_t *build;
	size_t length = 0;

	copy_text(facts->release, sizeof(facts->release), at, (size_t)(end - at), " ");
	while (at + length < end && isprint(at[length]))
		length++;
	build = memmem(at, length, " #", 2);
	if (build)
		copy_text(facts->build, sizeof(facts->build), build + 1, length - (size_t)(build + 1 - at), "");
}

/*
 * Reads the banner "Linux version 6.1.0-57-cloud-amd64 ..." (init/version.c). The build first links
 * a banner without a build number ("# SMP"), then the final banner. The image holds both.
 */
static bool read_banner(const struct nb_pvh_image *image, struct kernel_facts *facts)
{
	static const char banner[] = "Linux version ";
	const uint8_t *end = image->file + image->size, *at = image->file;

	while ((at = memmem(at, (size_t)(end - at), banner, sizeof(banner) - 1)) != NULL) {
		at += sizeof(banner) - 1;
		if (at < end && isdigit(*at)) /* other matches are formats: "Linux version %s" */
			read_version(at, end, facts);
		if (facts->release[0] && isdigit(facts->build[0] ? facts->build[1] : 0))
			break;
	}
	return facts->release[0] != '\0';
}

/*
 * Returns true if the image holds the name of this module parameter. Only built-in code has the
 * module's name in the parameter's name, so the name proves that the code is built in.
 */
static bool has_parameter(const struct nb_pvh_image *image, const char *name)
{
	return find_bytes(image, name, strlen(name) + 1) != NULL;
}

bool kernel_image__examine(const char *path, const struct file_data *vmlinux, struct kernel_facts *facts)
{
	struct nb_pvh_image image;

	*facts = (struct kernel_facts){0};
	if (!check_elf(path, vmlinux, &image, &facts->pvh))
		return false;
	if (!read_banner(&image, facts)) {
		pr_err("%s is no Linux kernel: it does not say its version", path);
		return false;
	}
	facts->btf = has_section(vmlinux, ".BTF");
	facts->kvm_builtin = has_parameter(&image, "kvm.halt_poll_ns");
	facts->intel_builtin = has_parameter(&image, "kvm_intel.nested");
	return true;
}

/* Reads the header of a bzImage: its architecture, and the future output of uname -r and -v. */
static bool read_header(const char *path, const struct file_data *file, struct kernel_facts *facts)
{
	const uint8_t *data = file->data;
	const unsigned protocol = le16(data + PROTOCOL_AT);
	const size_t release = 0x200u + le16(data + RELEASE_AT);

	if (protocol < PROTOCOL_PAYLOAD) {
		pr_err("%s is too old a kernel: boot protocol %u.%02u, where 2.08 is needed", path, protocol >> 8,
		       protocol & 0xff);
		return false;
	}
	if (protocol >= PROTOCOL_XLOAD && !(le16(data + XLOADFLAGS_AT) & XLF_KERNEL_64))
		return refuse_machine(path, "32-bit x86");
	if (le16(data + RELEASE_AT) && release < file->size)
		read_version(data + release, data + file->size, facts);
	return true;
}

static bool read_bzimage(const char *path, const struct file_data *file, struct file_data *vmlinux,
			 struct kernel_facts *facts)
{
	struct kernel_facts header = {0};
	bool good = read_header(path, file, &header) && kernel_image__unpack(path, file, vmlinux) &&
		    kernel_image__examine(path, vmlinux, facts);

	if (good && header.release[0]) {
		memcpy(facts->release, header.release, sizeof(facts->release));
		memcpy(facts->build, header.build, sizeof(facts->build));
	}
	return good;
}

bool kernel_image__read(const char *path, struct file_data *vmlinux, struct kernel_facts *facts)
{
	struct file_data file;
	bool good;

	*vmlinux = (struct file_data){0};
	if (!file__read(path, &file))
		return false;
	if (unpack__is_packed(file.data, file.size)) {
		struct file_data packed = file;
		const char *why = unpack__all(packed.data, packed.size, &file);

		free(packed.data);
		if (why) {
			pr_err("%s: cannot unpack the kernel: %s", path, why);
			return false;
		}
	}
	if (is_bzimage(&file)) {
		good = read_bzimage(path, &file, vmlinux, facts);
	} else if (is_elf(&file)) {
		good = kernel_image__examine(path, &file, facts);
		*vmlinux = file;
		file.data = NULL;
	} else {
		good = refuse_file(path, &file);
	}
	free(file.data);
	if (!good) {
		free(vmlinux->data);
		*vmlinux = (struct file_data){0};
	}
	return good;
}
