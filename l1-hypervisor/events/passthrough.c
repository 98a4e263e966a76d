// SPDX-License-Identifier: GPL-2.0-only
/*
 * Device passthrough. The VM exit acknowledges the interrupt (SDM 25.9.2), so the APIC regards it
 * as in service until the guest's EOI. The interrupt stays pending here until it is injected.
 */
#include "l1-hypervisor/events/passthrough.h"

#include "l1-hypervisor/cpu/vcpu.h"
#include "l1-hypervisor/memory/ept.h"
#include "microbench/abi/words.h"
#include "microbench/bare/bare.h"
#include "vmcs-shadow/controls.h"

#define IO_APIC 0xfec00000ull
#define APIC    0xfee00000ull

/* The BIOS stores its tables of processors and interrupts here. */
#define FIRMWARE     0xe0000ull
#define FIRMWARE_END 0x100000ull
#define LOW_END      0x9fc00ull /* end of low memory; the BIOS uses the rest */

void passthrough_init(struct vcpu *vcpu, const char *cmdline)
{
	vcpu->passthrough.on = nb_word_is(cmdline, "devices", "through");
	if (nb_word(cmdline, "devices") && !vcpu->passthrough.on)
		bare_fail("devices= takes through: \"%s\"", cmdline);
}

bool passthrough_is_on(struct vcpu *vcpu)
{
	return vcpu->passthrough.on;
}

void passthrough_memory_map(struct nb_pvh_boot *boot)
{
	const uint64_t size = boot->range[0].size;

	boot->range[0] = (struct nb_pvh_range){0, LOW_END, NB_PVH_RAM, 0};
	boot->range[1] = (struct nb_pvh_range){FIRMWARE, FIRMWARE_END - FIRMWARE, NB_PVH_RESERVED, 0};
	boot->range[2] = (struct nb_pvh_range){FIRMWARE_END, size - FIRMWARE_END, NB_PVH_RAM, 0};
	boot->ranges = 3;
}

void passthrough_map(struct vcpu *vcpu)
{
	const uint64_t bits = EPT_READ | EPT_WRITE | MEMORY_TYPE_UC << EPT_MEMORY_TYPE_SHIFT;

	if (vcpu->shadow)
		bare_fail("devices=through is unsupported with shadow page tables: use mmu=ept");
	ept_map_page(IO_APIC, IO_APIC, bits);
	ept_map_page(APIC, APIC, bits);
	memcpy(guest_memory(vcpu, FIRMWARE, FIRMWARE_END - FIRMWARE), (const void *)FIRMWARE, FIRMWARE_END - FIRMWARE);
}

bool passthrough_map_page(struct vcpu *vcpu, uint64_t physical)
{
	const uint64_t page = physical & ~(EPT_PAGE_4K - 1);

	if (!vcpu->passthrough.on || page < vcpu->size ||
	    (page < (uintptr_t)image_end && page + EPT_PAGE_4K > 0x100000))
		return false;
	ept_map_page(page, page, EPT_READ | EPT_WRITE | MEMORY_TYPE_UC << EPT_MEMORY_TYPE_SHIFT);
	return true;
}

void passthrough_interrupt(struct vcpu *vcpu, uint8_t vector)
{
	vcpu->passthrough.pending[vector / 32] |= 1u << vector % 32;
}

int passthrough_pending(struct vcpu *vcpu)
{
	for (int i = 7; i >= 0; i--)
		if (vcpu->passthrough.pending[i])
			return 32 * i + 31 - __builtin_clz(vcpu->passthrough.pending[i]);
	return -1;
}

void passthrough_accept(struct vcpu *vcpu)
{
	int vector = passthrough_pending(vcpu);

	if (vector >= 0)
		vcpu->passthrough.pending[vector / 32] &= ~(1u << vector % 32);
}
