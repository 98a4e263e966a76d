// SPDX-License-Identifier: GPL-2.0-only
/*
 * Chooses guest memory and loads the guest's PVH image into it, exactly as a VMM loads this
 * hypervisor.
 */
#include "l1-hypervisor/boot/guest_load.h"

#include "l1-hypervisor/cpu/levels.h"
#include "l1-hypervisor/cpu/vmx/vmx.h"
#include "l1-hypervisor/emulate/mmio.h"
#include "l1-hypervisor/events/passthrough.h"
#include "l1-hypervisor/memory/ept.h"
#include "l1-hypervisor/memory/free_memory.h"
#include "microbench/abi/memory.h"
#include "microbench/abi/words.h"
#include "microbench/bare/bare.h"
#include "microbench/bare/cpu.h"
#include "microbench/trap_requests.h"

#define GUEST_MIB    ((unsigned)(NB_GUEST_MEMORY >> 20)) /* default; the word memory= can set more */
#define START_INFO   0x8000u
#define IMAGE_LOWEST 0x10000u /* above the start info page */

static void choose_memory(struct vcpu *vcpu, const struct nb_pvh_start_info *info)
{
	const uint64_t align = vcpu->ept_page < EPT_PAGE_2M ? EPT_PAGE_2M : vcpu->ept_page;

	vcpu->base = find_free_memory(vcpu, info, vcpu->size, align);
	if (!vcpu->base)
		bare_fail("no %lu MiB of free RAM aligned to %lx for the guest", vcpu->size >> 20, align);
}

/*
 * Clears whole pages. Bochs counts each iteration of `rep` as an instruction, so each iteration
 * clears 8 bytes.
 */
static void clear_pages(void *to, uint64_t bytes)
{
	uint64_t words = bytes / sizeof(uint64_t);

	__asm__ volatile("rep stosq" : "+D"(to), "+c"(words) : "a"(0UL) : "memory");
}

static void load_image(struct vcpu *vcpu, const struct nb_pvh_module *module)
{
	struct nb_pvh_image image;
	const char *why = nb_pvh_parse((const void *)(uintptr_t)module->address, module->size, &image);

	if (why)
		bare_fail("the guest image cannot be loaded: %s", why);
	if (image.low < IMAGE_LOWEST || image.high > vcpu->size)
		bare_fail("the guest image (%lx to %lx) does not fit into guest memory of %lu MiB", image.low,
			  image.high, vcpu->size >> 20);
	clear_pages((void *)(uintptr_t)vcpu->base, vcpu->size);
	for (unsigned i = 0; i < image.headers; i++) {
		struct nb_pvh_segment s;

		if (nb_pvh_segment(&image, i, &s))
			memcpy(guest_memory(vcpu, s.address, s.memory_size), image.file + s.offset, s.file_size);
	}
	vcpu->entry = image.entry;
}

/*
 * Copies all modules except module 0 to the top of guest memory. They are images for nested guests.
 */
static void copy_modules(struct vcpu *vcpu, const struct nb_pvh_start_info *info, struct nb_pvh_boot *boot)
{
	const struct nb_pvh_module *module = guest_module(info);
	uint64_t top = vcpu->size;

	if (info->modules - 1 > NB_PVH_MODULES_MAX)
		bare_fail("the guest gets %u modules: the maximum is %u", info->modules - 1, NB_PVH_MODULES_MAX);
	for (uint32_t i = 1; i < info->modules; i++) {
		struct nb_pvh_module *to = &boot->module[boot->modules++];

		to->size = module[i].size;
		for (uint32_t j = 1; j < i && !to->address; j++)
			if (module[j].address == module[i].address)
				to->address = boot->module[j - 1].address;
		if (to->address)
			continue;
		if (module[i].size > top || top - module[i].size < NB_GUEST_MEMORY / 2)
			bare_fail("the modules do not fit into guest memory of %lu MiB", vcpu->size >> 20);
		top = (top - module[i].size) & ~4095ull;
		to->address = top;
		memcpy(guest_memory(vcpu, top, module[i].size), (const void *)(uintptr_t)module[i].address,
		       module[i].size);
	}
}

static uint64_t wanted_page_size(const char *cmdline)
{
	if (nb_word_is(cmdline, "ept", "4K"))
		return EPT_PAGE_4K;
	if (nb_word_is(cmdline, "ept", "1G"))
		return EPT_PAGE_1G;
	if (nb_word_is(cmdline, "ept", "2M") || !nb_word(cmdline, "ept"))
		return EPT_PAGE_2M;
	bare_fail("ept= takes 4K, 2M or 1G: \"%s\"", cmdline);
}

/*
 * Returns true if the guest gets shadow page tables. The word mmu= decides. Without it, the guest
 * gets them if the CPU lacks EPT or "unrestricted guest".
 */
static bool wants_shadow(const char *cmdline)
{
	const uint32_t needed = SECONDARY_EXEC_ENABLE_EPT | SECONDARY_EXEC_UNRESTRICTED_GUEST;
	bool has_ept = (vmx.secondary >> 32 & needed) == needed;

	if (nb_word_is(cmdline, "mmu", "shadow") || nb_word_is(cmdline, "mmu", "shadow-wp"))
		return true;
	if (nb_word(cmdline, "mmu") && !nb_word_is(cmdline, "mmu", "ept"))
		bare_fail("mmu= takes ept, shadow or shadow-wp: \"%s\"", cmdline);
	if (nb_word(cmdline, "mmu") && !has_ept)
		bare_fail("mmu=ept: this CPU has no EPT with unrestricted guests (IA32_VMX_PROCBASED_CTLS2 = %lx)",
			  vmx.secondary);
	return !has_ept;
}

static uint64_t wanted_memory(const char *cmdline)
{
	uint32_t mib = GUEST_MIB;

	if (!nb_word_u32(cmdline, "memory", &mib) || mib < GUEST_MIB)
		bare_fail("memory= takes MiB for the guest, %u or more: \"%s\"", GUEST_MIB, cmdline);
	return (uint64_t)mib << 20;
}

/*
 * Returns true if a hypervisor is below and has devices to pass through. Only a hypervisor of this
 * project can report that it has none.
 */
static bool has_devices(void)
{
	uint32_t offered;

	if (!(cpuid(1, 0).ecx & LEAF_1_ECX_HYPERVISOR))
		return false;
	offered = inl(NB_PORT_TRAP_REQUESTS);
	/* A VMM grants nothing. A port without a device reads as all ones. */
	return offered & NB_TRAP_OPTIONAL || !(offered & NB_TRAP_SERVICES) || offered & NB_TRAP_DEVICES;
}

void guest_load(struct vcpu *vcpu, const struct nb_pvh_start_info *info, const char *cmdline)
{
	struct nb_pvh_boot boot = {
		.cmdline = nb_words_of_guest(cmdline),
		.range = {{0, wanted_memory(cmdline), NB_PVH_RAM, 0}},
		.ranges = 1,
	};

	passthrough_init(vcpu, cmdline);
	vcpu->has_devices = has_devices();
	levels_init(vcpu->has_devices);
	vcpu->size = boot.range[0].size;
	if (passthrough_is_on(vcpu))
		passthrough_memory_map(&boot);
	vcpu->shadow = wants_shadow(cmdline);
	vcpu->write_protect = nb_word_is(cmdline, "mmu", "shadow-wp");
	if (vcpu->write_protect && vcpu->size > NB_GUEST_MEMORY)
		bare_fail("mmu=shadow-wp is for guests of %lu MiB: use mmu=shadow", (uint64_t)NB_GUEST_MEMORY >> 20);
	vcpu->ept_page = wanted_page_size(cmdline);
	choose_memory(vcpu, info);
	load_image(vcpu, guest_module(info));
	copy_modules(vcpu, info, &boot);
	vcpu->start_info = START_INFO;
	if (!nb_pvh_write_start_info(guest_memory(vcpu, START_INFO, NB_PVH_START_INFO_SIZE), START_INFO, &boot))
		bare_fail("the guest's command line is too long: \"%s\"", boot.cmdline);
	if (!vcpu->shadow)
		vcpu->eptp = ept_build(vcpu->base, vcpu->size, vcpu->ept_page);
	mmio_init(vcpu, vcpu->has_devices);
	if (passthrough_is_on(vcpu))
		passthrough_map(vcpu);
}
