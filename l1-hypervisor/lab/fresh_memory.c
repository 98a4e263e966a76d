// SPDX-License-Identifier: GPL-2.0-only
/* Maps fresh memory with EPT entries that are made at the first touch, or with shadow tables. */
#include "l1-hypervisor/lab/fresh_memory.h"

#include "l1-hypervisor/cpu/vcpu.h"
#include "l1-hypervisor/lab/ept_experiments.h"
#include "l1-hypervisor/memory/free_memory.h"
#include "l1-hypervisor/memory/guest_paging.h"
#include "microbench/abi/services.h"
#include "microbench/abi/words.h"
#include "microbench/bare/bare.h"

static uint8_t page[4096] __attribute__((aligned(4096)));

/* For each page size, the host-physical frame that all fresh pages map to. 0 means none. */
static struct {
	uint64_t size, frame;
} sizes[] = {{EPT_PAGE_4K, (uintptr_t)page}, {EPT_PAGE_2M, 0}, {EPT_PAGE_1G, 0}}, *current = &sizes[0];

/*
 * With EPT, the 1 GiB fresh page may map the guest's memory a second time. Shadow tables do not
 * track this alias, so the page then needs other memory.
 */
void fresh_init(const struct vcpu *vcpu, const struct nb_pvh_start_info *info, const char *cmdline)
{
	uint32_t tables = 0;

	if (!nb_word_u32(cmdline, "fresh_tables", &tables) || !ept_fresh_set_tables(tables))
		bare_fail("fresh_tables= takes a number of tables, at most the size of the pool: \"%s\"", cmdline);
	sizes[1].frame = find_free_memory(vcpu, info, EPT_PAGE_2M, EPT_PAGE_2M);
	sizes[2].frame = find_free_memory(vcpu, info, EPT_PAGE_2M, EPT_PAGE_1G);
	if (!sizes[2].frame && !vcpu->shadow && !(vcpu->base & (EPT_PAGE_1G - 1)))
		sizes[2].frame = vcpu->base;
}

bool fresh_begin(struct vcpu *vcpu, uint64_t page_size)
{
	unsigned i = 0;

	while (i < sizeof(sizes) / sizeof(*sizes) && sizes[i].size != page_size)
		i++;
	if (i == sizeof(sizes) / sizeof(*sizes) || !sizes[i].frame)
		return false;
	if (!vcpu->shadow && !ept_has_page(page_size))
		return false;
	current = &sizes[i];
	if (vcpu->shadow)
		paging_drop_translations(vcpu);
	else
		ept_fresh_begin(vcpu->eptp);
	return true;
}

uint64_t fresh_size(void)
{
	return current->size;
}

uint64_t fresh_host(uint64_t physical)
{
	return fresh_contains(physical) ? current->frame + (physical & (current->size - 1)) : UINT64_MAX;
}

bool fresh_translate(uint64_t physical, uint64_t *host, uint64_t *page_size)
{
	*host = fresh_host(physical);
	*page_size = current->size;
	return *host != UINT64_MAX;
}

bool fresh_map(uint64_t physical)
{
	if (!ept_fresh_map(physical, current->frame, current->size))
		bare_fail("more fresh memory was touched than there are EPT tables for: %lx", physical);
	return true;
}
