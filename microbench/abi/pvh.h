/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The PVH boot protocol, which starts every image of nestbed at any depth. An image is an ELF file
 * with a XEN_ELFNOTE_PHYS32_ENTRY note. It starts in 32-bit flat protected mode with EBX = struct
 * nb_pvh_start_info (Xen's docs/misc/pvh.pandoc).
 */
#ifndef NB_ABI_PVH_H
#define NB_ABI_PVH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NB_PVH_MAGIC 0x336ec578u

struct nb_pvh_start_info {
	uint32_t magic;
	uint32_t version; /* 1: the page has a memory map */
	uint32_t flags;
	uint32_t modules;
	uint64_t module_list; /* physical address of struct nb_pvh_module[] */
	uint64_t cmdline;
	uint64_t rsdp;
	uint64_t memory_map; /* physical address of struct nb_pvh_range[] */
	uint32_t ranges;
	uint32_t reserved;
};

struct nb_pvh_module {
	uint64_t address;
	uint64_t size;
	uint64_t cmdline;
	uint64_t reserved;
};

struct nb_pvh_range {
	uint64_t address;
	uint64_t size;
	uint32_t type; /* type as in e820: NB_PVH_RAM and others */
	uint32_t reserved;
};

#define NB_PVH_RAM      1
#define NB_PVH_RESERVED 2
#define NB_PVH_ACPI     3

/* The largest numbers of modules and ranges that nestbed passes or reads. */
#define NB_PVH_MODULES_MAX 4
#define NB_PVH_RANGES_MAX  8

/*
 * One loadable part of an image. The loader copies file_size bytes from offset to address, then
 * clears memory up to memory_size bytes.
 */
struct nb_pvh_segment {
	uint64_t offset;
	uint64_t file_size;
	uint64_t address;
	uint64_t memory_size;
};

struct nb_pvh_image {
	const uint8_t *file;
	uint64_t size;
	uint32_t entry;     /* physical address of the entry point */
	unsigned headers;   /* number of program headers; some of them load nothing */
	uint64_t low, high; /* the image occupies the memory [low, high) */
};

/* nb_pvh_parse() returns this pointer for a file that has no PVH entry and is otherwise valid. */
extern const char nb_pvh_no_entry[];

/*
 * Validates the ELF64 file of `size` bytes, finds its entry note and fills *image. Returns NULL if
 * the file is valid, otherwise the reason ("truncated: ...", "not an ELF file", ...). It never
 * reads outside the file, whatever bytes the file contains.
 */
const char *nb_pvh_parse(const void *file, uint64_t size, struct nb_pvh_image *image);

/*
 * Fills *segment from program header i, i < image->headers. Returns false if this header loads
 * nothing.
 */
bool nb_pvh_segment(const struct nb_pvh_image *image, unsigned i, struct nb_pvh_segment *segment);

/* The variable parts of a start info page, which nb_pvh_write_start_info() writes. */
struct nb_pvh_boot {
	const char *cmdline;
	struct nb_pvh_range range[NB_PVH_RANGES_MAX];
	unsigned ranges;
	struct nb_pvh_module module[NB_PVH_MODULES_MAX];
	unsigned modules;
};

/* Bytes at `page` that nb_pvh_write_start_info() may use. */
#define NB_PVH_START_INFO_SIZE 4096

/*
 * Writes the start info, its lists and the command line into `page` (NB_PVH_START_INFO_SIZE bytes).
 * The guest finds the page at guest-physical `address`. Returns false if the command line is too
 * long, or if there are too many modules or ranges.
 */
bool nb_pvh_write_start_info(void *page, uint64_t address, const struct nb_pvh_boot *boot);

#endif
