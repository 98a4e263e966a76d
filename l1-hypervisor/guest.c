// SPDX-License-Identifier: GPL-2.0-only
/*
 * Chooses guest memory and loads the guest's PVH image into it, exactly as a VMM loads this
 * hypervisor.
 */
#include "l1-hypervisor/guest.h"

#include "l1-hypervisor/ept.h"
#include "l1-hypervisor/fresh_memory.h"
#include "l1-hypervisor/mmio.h"
#include "l1-hypervisor/passthrough.h"
#include "microbench/abi/words.h"
#include "microbench/bare/bare.h"
#include "microbench/bare/cpu.h"
#include "microbench/trap_requests.h"

#define GUEST_MIB    ((unsigned)(GUEST_MEMORY >> 20)) /* default; the word memory= can set more */
#define START_INFO   0x8000u
#define IMAGE_LOWEST 0x10000u /* above the start info page */

struct guest guest;

static uint64_t align_up(uint64_t value, uint64_t to)
{
	return (value + to - 1) & ~(to - 1);
}

static const struct nb_pvh_module *guest_module(const struct nb_pvh_start_info *info)
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
static uint64_t end_of_overlap(const struct guest *g, const struct nb_pvh_start_info *info, uint64_t base,
			       uint64_t size)
{
	const struct nb_pvh_module *module = guest_module(info);

	if (g->base && base < g->base + g->size && g->base < base + size)
		return g->base + g->size;

	for (uint32_t i = 0; i < info->modules; i++)
		if (base < module[i].address + module[i].size && module[i].address < base + size)
			return module[i].address + module[i].size;
	return 0;
}

/*
 * Returns the lowest aligned piece of RAM that overlaps neither this hypervisor, nor a module, nor
 * the guest. Returns 0 if there is none.
 */
static uint64_t find_memory(const struct guest *g, const struct nb_pvh_start_info *info, uint64_t size, uint64_t align)
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
		while ((taken = end_of_overlap(g, info, base, size)) != 0)
			base = align_up(taken, align);
		if (base + size <= end)
			return base;
	}
	return 0;
}

static void choose_memory(struct guest *g, const struct nb_pvh_start_info *info)
{
	const uint64_t align = g->ept_page < EPT_PAGE_2M ? EPT_PAGE_2M : g->ept_page;

	g->base = find_memory(g, info, g->size, align);
	if (!g->base)
		bare_fail("no %lu MiB of free RAM aligned to %lx for the guest", g->size >> 20, align);
}

/*
 * With EPT, the 1 GiB fresh page may map the guest's memory a second time. Shadow tables do not
 * track this alias, so the page then needs other memory.
 */
static void choose_fresh_memory(const struct guest *g, const struct nb_pvh_start_info *info)
{
	uint64_t frame_1g = find_memory(g, info, EPT_PAGE_2M, EPT_PAGE_1G);

	if (!frame_1g && !g->shadow && !(g->base & (EPT_PAGE_1G - 1)))
		frame_1g = g->base;
	fresh_init(find_memory(g, info, EPT_PAGE_2M, EPT_PAGE_2M), frame_1g);
}

void *guest_memory(const struct guest *g, uint64_t address, uint64_t bytes)
{
	if (address > g->size || bytes > g->size - address)
		return NULL;
	return (void *)(uintptr_t)(g->base + address);
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

static void load_image(struct guest *g, const struct nb_pvh_module *module)
{
	struct nb_pvh_image image;
	const char *why = nb_pvh_parse((const void *)(uintptr_t)module->address, module->size, &image);

	if (why)
		bare_fail("the guest image cannot be loaded: %s", why);
	if (image.low < IMAGE_LOWEST || image.high > g->size)
		bare_fail("the guest image (%lx to %lx) does not fit into guest memory of %lu MiB", image.low,
			  image.high, g->size >> 20);
	clear_pages((void *)(uintptr_t)g->base, g->size);
	for (unsigned i = 0; i < image.headers; i++) {
		struct nb_pvh_segment s;

		if (nb_pvh_segment(&image, i, &s))
			memcpy(guest_memory(g, s.address, s.memory_size), image.file + s.offset, s.file_size);
	}
	g->entry = image.entry;
}

/*
 * Copies all modules except module 0 to the top of guest memory. They are images for nested
 * guests.
 */
static void copy_modules(struct guest *g, const struct nb_pvh_start_info *info, struct nb_pvh_boot *boot)
{
	const struct nb_pvh_module *module = guest_module(info);
	uint64_t top = g->size;

	if (info->modules - 1 > NB_PVH_MODULES_MAX)
		bare_fail("%u modules for the guest: more than %u", info->modules - 1, NB_PVH_MODULES_MAX);
	for (uint32_t i = 1; i < info->modules; i++) {
		struct nb_pvh_module *to = &boot->module[boot->modules++];

		to->size = module[i].size;
		for (uint32_t j = 1; j < i && !to->address; j++)
			if (module[j].address == module[i].address)
				to->address = boot->module[j - 1].address;
		if (to->address)
			continue;
		if (module[i].size > top || top - module[i].size < GUEST_MEMORY / 2)
			bare_fail("the modules do not fit into guest memory of %lu MiB", g->size >> 20);
		top = (top - module[i].size) & ~4095ull;
		to->address = top;
		memcpy(guest_memory(g, top, module[i].size), (const void *)(uintptr_t)module[i].address,
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
 * Decides whether to use shadow tables. The word mmu= decides. Without it, shadow tables are used
 * if the CPU lacks EPT or "unrestricted guest".
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

void guest_load(struct guest *g, const struct nb_pvh_start_info *info, const char *cmdline)
{
	struct nb_pvh_boot boot = {
		.cmdline = nb_words_of_guest(cmdline),
		.range = {{0, wanted_memory(cmdline), NB_PVH_RAM, 0}},
		.ranges = 1,
	};

	passthrough_init(cmdline);
	g->has_devices = has_devices(); /* error messages take the name of this level from it */
	g->size = boot.range[0].size;
	if (passthrough_is_on())
		passthrough_memory_map(&boot);
	g->shadow = wants_shadow(cmdline);
	g->synced = nb_word_is(cmdline, "mmu", "shadow-wp");
	if (g->synced && g->size > GUEST_MEMORY)
		bare_fail("mmu=shadow-wp is for guests of %lu MiB: use mmu=shadow", (uint64_t)GUEST_MEMORY >> 20);
	g->ept_page = wanted_page_size(cmdline);
	choose_memory(g, info);
	choose_fresh_memory(g, info);
	load_image(g, guest_module(info));
	copy_modules(g, info, &boot);
	g->start_info = START_INFO;
	if (!nb_pvh_write_start_info(guest_memory(g, START_INFO, NB_PVH_START_INFO_SIZE), START_INFO, &boot))
		bare_fail("the guest's command line is too long: \"%s\"", boot.cmdline);
	if (!g->shadow)
		g->eptp = ept_build(g->base, g->size, g->ept_page);
	mmio_init(g->has_devices);
	if (passthrough_is_on())
		passthrough_map();
}
