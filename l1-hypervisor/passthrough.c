// SPDX-License-Identifier: GPL-2.0-only
/*
 * Device passthrough. The VM exit acknowledges the interrupt (SDM 25.9.2), so the APIC regards it
 * as in service until the guest's EOI. The interrupt stays pending here until it is injected.
 */
#include "l1-hypervisor/passthrough.h"

#include "l1-hypervisor/ept.h"
#include "l1-hypervisor/guest.h"
#include "l1-hypervisor/lapic.h"
#include "microbench/abi/words.h"
#include "microbench/bare/bare.h"

#define IO_APIC 0xfec00000ull
#define APIC    0xfee00000ull

/* The BIOS stores its tables of processors and interrupts here. */
#define FIRMWARE     0xe0000ull
#define FIRMWARE_END 0x100000ull
#define LOW_END      0x9fc00ull /* end of low memory; the BIOS uses the rest */

static bool on;
static uint32_t waiting[8];

void passthrough_init(const char *cmdline)
{
	on = nb_word_is(cmdline, "devices", "through");
	if (nb_word(cmdline, "devices") && !on)
		bare_fail("devices= takes through: \"%s\"", cmdline);
}

bool passthrough_is_on(void)
{
	return on;
}

void passthrough_memory_map(struct nb_pvh_boot *boot)
{
	const uint64_t size = boot->range[0].size;

	boot->range[0] = (struct nb_pvh_range){0, LOW_END, NB_PVH_RAM, 0};
	boot->range[1] = (struct nb_pvh_range){FIRMWARE, FIRMWARE_END - FIRMWARE, NB_PVH_RESERVED, 0};
	boot->range[2] = (struct nb_pvh_range){FIRMWARE_END, size - FIRMWARE_END, NB_PVH_RAM, 0};
	boot->ranges = 3;
}

void passthrough_map(void)
{
	const uint64_t bits = EPT_READ | EPT_WRITE | MEMORY_TYPE_UC << EPT_MEMORY_TYPE_SHIFT;

	if (guest.shadow)
		bare_fail("devices=through: not on shadow tables");
	ept_map_page(IO_APIC, IO_APIC, bits);
	ept_map_page(APIC, APIC, bits);
	memcpy(guest_memory(&guest, FIRMWARE, FIRMWARE_END - FIRMWARE), (const void *)FIRMWARE,
	       FIRMWARE_END - FIRMWARE);
}

bool passthrough_map_page(uint64_t physical)
{
	const uint64_t page = physical & ~(EPT_PAGE_4K - 1);

	if (!on || page < guest.size || (page < (uintptr_t)image_end && page + EPT_PAGE_4K > 0x100000))
		return false;
	ept_map_page(page, page, EPT_READ | EPT_WRITE | MEMORY_TYPE_UC << EPT_MEMORY_TYPE_SHIFT);
	return true;
}

void passthrough_interrupt(uint8_t vector)
{
	waiting[vector / 32] |= 1u << vector % 32;
}

int passthrough_pending(void)
{
	for (int i = 7; i >= 0; i--)
		if (waiting[i])
			return 32 * i + 31 - __builtin_clz(waiting[i]);
	return -1;
}

void passthrough_accept(void)
{
	int vector = passthrough_pending();

	if (vector >= 0)
		waiting[vector / 32] &= ~(1u << vector % 32);
}
