/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PVH: how every image of nestbed is started, at any depth: an ELF with a XEN_ELFNOTE_PHYS32_ENTRY note, entered in
 * 32-bit flat protected mode with EBX = struct nb_pvh_start_info (Xen's docs/misc/pvh.pandoc).
 */
#ifndef NB_ABI_PVH_H
#define NB_ABI_PVH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NB_PVH_MAGIC 0x336ec578u

struct nb_pvh_start_info {
	uint32_t magic;
	uint32_t version; /* 1: the memory map is there */
	uint32_t flags;
	uint32_t modules;
	uint64_t module_list; /* struct nb_pvh_module[] */
	uint64_t cmdline;
	uint64_t rsdp;
	uint64_t memory_map; /* struct nb_pvh_range[] */
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
	uint32_t type; /* as e820: NB_PVH_RAM ... */
	uint32_t reserved;
};

#define NB_PVH_RAM      1
#define NB_PVH_RESERVED 2
#define NB_PVH_ACPI     3

/* The most modules and ranges that nestbed itself hands over or reads. */
#define NB_PVH_MODULES_MAX 4
#define NB_PVH_RANGES_MAX  8

/* One part of an image: copy file_size bytes from offset, then zero up to memory_size. */
struct nb_pvh_segment {
	uint64_t offset;
	uint64_t file_size;
	uint64_t address;
	uint64_t memory_size;
};

struct nb_pvh_image {
	const uint8_t *file;
	uint64_t size;
	uint32_t entry;     /* physical address to enter at */
	unsigned headers;   /* program headers; not all of them are loaded */
	uint64_t low, high; /* the image's memory is [low, high) */
};

/* The reason why a file that is good otherwise has no PVH entry: nb_pvh_parse() returns this very pointer. */
extern const char nb_pvh_no_entry[];

/*
 * Checks the ELF64 file of size bytes and finds its entry note. NULL if it is good, otherwise why it is not
 * ("truncated: ...", "not an ELF file", ...). Reads nothing outside the file whatever its bytes are.
 */
const char *nb_pvh_parse(const void *file, uint64_t size, struct nb_pvh_image *image);

/* The i-th program header as a segment, i < image->headers. False if this header loads nothing. */
bool nb_pvh_segment(const struct nb_pvh_image *image, unsigned i, struct nb_pvh_segment *segment);

/* What a start info page holds besides its fixed part: written by nb_pvh_write_start_info(). */
struct nb_pvh_boot {
	const char *cmdline;
	struct nb_pvh_range range[NB_PVH_RANGES_MAX];
	unsigned ranges;
	struct nb_pvh_module module[NB_PVH_MODULES_MAX];
	unsigned modules;
};

/* Bytes at `page` which nb_pvh_write_start_info() may use. */
#define NB_PVH_START_INFO_SIZE 4096

/*
 * Lays the start info, its lists and the command line into `page` (NB_PVH_START_INFO_SIZE bytes), which the guest will
 * find at guest-physical `address`. False if the command line is too long.
 */
bool nb_pvh_write_start_info(void *page, uint64_t address, const struct nb_pvh_boot *boot);

#endif
