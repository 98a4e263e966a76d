// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes an image and its modules to a raw disk after nestbed's boot sectors, with the table that
 * the boot sector reads.
 */
#include "l0/machine/disk.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "l0/machine/linux_boot.h"
#include "microbench/abi/pvh.h"

#define SECTOR 512u
/* the disk size is a multiple of this, so that the disk has a geometry */
#define CYLINDER     (16u * 63u * SECTOR)
#define BOOT_TABLE   320u /* offset of the table, as in bootsector.S */
#define BOOT_EXTENTS 9u
#define BOOT_SECOND  0x7e00u /* address of the second boot sector, which the first one reads */
#define START_INFO   0x8000u /* free low memory after the boot sectors */
#define LOW_MEMORY   0x9f000u
#define MODULE_ALIGN 0x200000u
/* Bochs' BIOS puts its tables in the last 64 KiB; a whole MiB keeps pages large */
#define ACPI_TABLES    0x100000u
#define MODULE_TOP_GAP 0x100000u
#define MEMORY_MIN     0x400000u
#define MEMORY_MAX     0xc0000000u /* PCI windows are above it, and the boot sector's addresses have 32 bits */

extern const uint8_t bootsector[], bootsector_end[]; /* bootsector.bin, linked into this program */

struct boot_table {
	uint32_t entry;
	uint32_t linux_64;   /* not 0: `entry` follows Linux' 64-bit boot protocol */
	uint32_t start_info; /* address of the PVH start info or of boot_params */
	uint32_t extents;
	struct {
		uint32_t sector, sectors, address;
	} extent[BOOT_EXTENTS];
};

_Static_assert(BOOT_TABLE + sizeof(struct boot_table) <= 510, "the table ends before the boot signature");

struct disk {
	int fd;
	uint32_t next_sector;
	struct boot_table table;
};

static bool put_at(struct disk *disk, uint64_t offset, const void *data, size_t bytes)
{
	return lseek(disk->fd, (off_t)offset, SEEK_SET) >= 0 && fd__write_all(disk->fd, data, bytes);
}

/*
 * Returns the size without zeros at the end. The memory of a machine is zero at power-on, so these
 * zeros need no copy.
 */
static uint64_t without_zeros(const uint8_t *data, uint64_t bytes)
{
	while (bytes > 0 && data[bytes - 1] == 0)
		bytes--;
	return bytes;
}

static bool add_extent(struct disk *disk, const void *data, uint64_t all, uint64_t address)
{
	const uint64_t bytes = without_zeros(data, all);
	const uint32_t sectors = (uint32_t)((bytes + SECTOR - 1) / SECTOR);

	if (bytes == 0)
		return true;
	if (disk->table.extents == BOOT_EXTENTS) {
		errno = E2BIG;
		return false;
	}
	disk->table.extent[disk->table.extents++] = (typeof(disk->table.extent[0])){disk->next_sector, sectors,
										    (uint32_t)address};
	if (!put_at(disk, (uint64_t)disk->next_sector * SECTOR, data, bytes))
		return false;
	disk->next_sector += sectors;
	return true;
}

/*
 * Returns the index of the first module with the same data as module i. It is i if no earlier
 * module has this data.
 */
static unsigned first_of(const struct disk_plan *plan, unsigned i)
{
	unsigned first = 0;

	while (plan->module[first].data != plan->module[i].data)
		first++;
	return first;
}

static bool add_start_info(struct disk *disk, const struct disk_plan *plan, const uint64_t *address)
{
	uint8_t page[LINUX_BOOT_SIZE] = {0};
	struct nb_pvh_boot boot = {
		.cmdline = plan->cmdline,
		.range =
			{
				{0, LOW_MEMORY, NB_PVH_RAM, 0},
				{LOW_MEMORY, 0x100000 - LOW_MEMORY, NB_PVH_RESERVED, 0},
				{0x100000, plan->memory - ACPI_TABLES - 0x100000, NB_PVH_RAM, 0},
				{plan->memory - ACPI_TABLES, ACPI_TABLES, NB_PVH_ACPI, 0},
			},
		.ranges = 4,
		.modules = plan->modules,
	};
	const bool linux_64 = disk->table.linux_64;

	for (unsigned i = 0; i < plan->modules; i++)
		boot.module[i] = (struct nb_pvh_module){address[i], plan->module[i].size, 0, 0};
	if (linux_64 ? !linux_boot__write_params(page, START_INFO, &boot)
		     : !nb_pvh_write_start_info(page, START_INFO, &boot)) {
		errno = E2BIG;
		return false;
	}
	disk->table.start_info = START_INFO;
	return add_extent(disk, page, linux_64 ? LINUX_BOOT_SIZE : NB_PVH_START_INFO_SIZE, START_INFO);
}

static bool fill(struct disk *disk, const struct disk_plan *plan, const struct nb_pvh_image *image,
		 const uint64_t *address)
{
	uint8_t sectors[2 * SECTOR];
	uint64_t end;

	disk->table.entry = image->entry;
	for (unsigned i = 0; i < image->headers; i++) {
		struct nb_pvh_segment segment;

		if (nb_pvh_segment(image, i, &segment) &&
		    !add_extent(disk, image->file + segment.offset, segment.file_size, segment.address))
			return false;
	}
	for (unsigned i = 0; i < plan->modules; i++)
		if (first_of(plan, i) == i && !add_extent(disk, plan->module[i].data, plan->module[i].size, address[i]))
			return false;
	if (!add_start_info(disk, plan, address))
		return false;
	memcpy(sectors, bootsector, sizeof(sectors));
	memcpy(sectors + BOOT_TABLE, &disk->table, sizeof(disk->table));
	if (!put_at(disk, 0, sectors, sizeof(sectors)))
		return false;
	end = (uint64_t)disk->next_sector * SECTOR;
	end = (end + CYLINDER - 1) / CYLINDER * CYLINDER;
	return ftruncate(disk->fd, (off_t)end) == 0;
}

/*
 * Places modules at high addresses, the first module highest, so that a kernel that grows during
 * boot does not overwrite them. Returns false, with a message, if they do not fit.
 */
static bool place_modules(const struct disk_plan *plan, const struct nb_pvh_image *image,
			  uint64_t address[NB_PVH_MODULES_MAX])
{
	uint64_t free = plan->memory - ACPI_TABLES - MODULE_TOP_GAP, bytes = 0;
	bool good = image->low >= 0x100000 && image->high <= free;

	for (unsigned i = 0; i < plan->modules; i++) {
		const uint64_t size = plan->module[i].size;

		if (first_of(plan, i) < i) {
			address[i] = address[first_of(plan, i)];
			continue;
		}
		bytes += size;
		good = good && size <= free;
		if (good)
			free = address[i] = (free - size) & ~(uint64_t)(MODULE_ALIGN - 1);
		good = good && image->high <= free;
	}
	if (!good)
		pr_err("the image (%lu to %lu MiB) and its modules (%lu MiB) do not fit into %lu MiB of memory",
		       (unsigned long)(image->low >> 20), (unsigned long)(image->high >> 20),
		       (unsigned long)(bytes >> 20), (unsigned long)(plan->memory >> 20));
	return good;
}

/*
 * Finds the image's segments and its entry. A kernel without a PVH entry starts at the ELF file's
 * entry, startup_64. The kernel's own decompressor also enters there, by the 64-bit boot protocol.
 */
static const char *parse(const struct disk_plan *plan, struct nb_pvh_image *image, uint32_t *linux_64)
{
	const char *why = nb_pvh_parse(plan->image.data, plan->image.size, image);
	Elf64_Ehdr eh;

	*linux_64 = plan->is_linux && why == nb_pvh_no_entry;
	if (!*linux_64)
		return why;
	memcpy(&eh, plan->image.data, sizeof(eh));
	if (eh.e_entry < image->low || eh.e_entry >= image->high)
		return "its entry lies outside the image";
	image->entry = (uint32_t)eh.e_entry;
	return NULL;
}

bool disk__build(const struct disk_plan *plan)
{
	struct nb_pvh_image image;
	struct disk disk = {.next_sector = 2, .table = {.extents = 1, .extent = {{1, 1, BOOT_SECOND}}}};
	const char *why = parse(plan, &image, &disk.table.linux_64);
	uint64_t address[NB_PVH_MODULES_MAX] = {0};
	bool good;

	if (why) {
		pr_err("the image for %s cannot be booted: %s", plan->path, why);
		return false;
	}
	if (plan->memory < MEMORY_MIN || plan->memory > MEMORY_MAX) {
		pr_err("a machine with %lu MiB of memory cannot be made for %s: give it %u to %u MiB",
		       (unsigned long)(plan->memory >> 20), plan->path, MEMORY_MIN >> 20, MEMORY_MAX >> 20);
		return false;
	}
	if (!place_modules(plan, &image, address))
		return false;
	disk.fd = open(plan->path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	good = disk.fd >= 0 && fill(&disk, plan, &image, address);
	if (!good)
		pr_err("cannot write the disk image %s: %s", plan->path, strerror(errno));
	if (disk.fd >= 0 && close(disk.fd) != 0 && good) {
		pr_err("cannot write the disk image %s: %s", plan->path, strerror(errno));
		good = false;
	}
	return good;
}
