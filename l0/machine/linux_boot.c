// SPDX-License-Identifier: GPL-2.0-only
/* Fills in boot_params like a boot loader of the Linux boot protocol 2.12. */
#include "l0/machine/linux_boot.h"

#include <asm/bootparam.h>
#include <string.h>

#define HEADER_MAGIC   0x53726448u /* "HdrS" */
#define BOOT_FLAG      0xaa55
#define PROTOCOL       0x020c
#define LOADER_UNKNOWN 0xff /* a boot loader without an assigned number */
#define KERNEL_ALIGN   0x1000000u
#define CMDLINE_MAX    2047u
#define CMDLINE_OFFSET 4096u

_Static_assert(sizeof(struct boot_params) == CMDLINE_OFFSET, "the command line begins behind the zero page");

bool linux_boot__write_params(void *page, uint32_t address, const struct nb_pvh_boot *boot)
{
	struct boot_params *params = page;
	const size_t length = strlen(boot->cmdline);

	if (length > CMDLINE_MAX || boot->modules > 1)
		return false;
	params->hdr.boot_flag = BOOT_FLAG;
	params->hdr.header = HEADER_MAGIC;
	params->hdr.version = PROTOCOL;
	params->hdr.type_of_loader = LOADER_UNKNOWN;
	params->hdr.loadflags = LOADED_HIGH;
	params->hdr.kernel_alignment = KERNEL_ALIGN;
	params->hdr.cmdline_size = CMDLINE_MAX;
	params->hdr.cmd_line_ptr = address + CMDLINE_OFFSET;
	if (boot->modules) {
		params->hdr.ramdisk_image = (uint32_t)boot->module[0].address;
		params->hdr.ramdisk_size = (uint32_t)boot->module[0].size;
	}
	for (unsigned i = 0; i < boot->ranges; i++) {
		params->e820_table[i].addr = boot->range[i].address;
		params->e820_table[i].size = boot->range[i].size;
		params->e820_table[i].type = boot->range[i].type; /* PVH uses the types of e820 */
	}
	params->e820_entries = (uint8_t)boot->ranges;
	memcpy((char *)page + CMDLINE_OFFSET, boot->cmdline, length + 1);
	return true;
}
