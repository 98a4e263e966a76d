// SPDX-License-Identifier: GPL-2.0-only
/* Searches the memory map of PVH. */
#include "l1-hypervisor/memory/free_memory.h"

#include "microbench/bare/bare.h"

static uint64_t align_up(uint64_t value, uint64_t to)
{
	return (value + to - 1) & ~(to - 1);
}

const struct nb_pvh_module *guest_module(const struct nb_pvh_start_info *info)
{
	if (info->magic != NB_PVH_MAGIC)
		bare_fail("not started by PVH: start info magic %x", info->magic);
	if (info->modules == 0)
		bare_fail("no guest image: give one as module 0 (QEMU: -initrd)");
	return (const struct nb_pvh_module *)(uintptr_t)info->module_list;
}

/*
 * If the guest's memory or a module overlaps [base, base + size), returns its end. Otherwise
 * returns 0.
 */
static uint64_t end_of_overlap(const struct vcpu *vcpu, const struct nb_pvh_start_info *info, uint64_t base,
			       uint64_t size)
{
	const struct nb_pvh_module *module = guest_module(info);

	if (vcpu->base && base < vcpu->base + vcpu->size && vcpu->base < base + size)
		return vcpu->base + vcpu->size;

	for (uint32_t i = 0; i < info->modules; i++)
		if (base < module[i].address + module[i].size && module[i].address < base + size)
			return module[i].address + module[i].size;
	return 0;
}

uint64_t find_free_memory(const struct vcpu *vcpu, const struct nb_pvh_start_info *info, uint64_t size, uint64_t align)
{
	const struct nb_pvh_range *range = (const void *)(uintptr_t)info->memory_map;

	for (uint32_t i = 0; i < info->ranges; i++) {
		uint64_t end = range[i].address + range[i].size;
		uint64_t base = range[i].address, taken;

		if (range[i].type != NB_PVH_RAM)
			continue;
		if (base < (uintptr_t)image_end)
			base = (uintptr_t)image_end;
		base = align_up(base, align);
		while ((taken = end_of_overlap(vcpu, info, base, size)) != 0)
			base = align_up(taken, align);
		if (base + size <= end)
			return base;
	}
	return 0;
}
