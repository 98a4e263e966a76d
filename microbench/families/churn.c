// SPDX-License-Identifier: GPL-2.0-only
/*
 * Operations of the family translation: page tables change as an operating system changes them.
 * With EPT none of these operations exits. A hypervisor with shadow page tables sees each change,
 * or the instruction that flushes the TLB.
 */
#include "microbench/abi/memory.h"
#include "microbench/bare/bare.h"
#include "microbench/bare/cpu.h"
#include "microbench/families/access.h"
#include "microbench/family.h"

/*
 * The range: 2 MiB of the upper half, in each address space. Pages begin at the table's second
 * entry. A store to the first entry may be the second half of a store that began in the page
 * before. Our hypervisor does not emulate a store across two pages.
 */
#define TOP     301u
#define BASE    (0xffffull << 48 | (uint64_t)TOP << 39)
#define SPACES  8u
#define FIRST   1u
#define PAGES   16u /* pages in a batch, pages to copy, and pages of each space */
#define WORKING 4u  /* pages that a process touches when it runs */

#define MEMORY NB_OPERATION_MEMORY
#define COPIES (NB_OPERATION_MEMORY + (2ull << 20))

typedef uint64_t table[512] __attribute__((aligned(4096)));
static table pml4[SPACES], pdpt[SPACES], pd[SPACES];
static volatile table pt[SPACES]; /* volatile, because the CPU reads it */
static unsigned current, copied;
static uint64_t cr0, cr3;

static uint64_t linear_of(unsigned page)
{
	return BASE + ((uint64_t)(page + FIRST) << 12);
}

static inline __attribute__((always_inline)) void store(unsigned page)
{
	*(volatile uint64_t *)linear_of(page) = page;
}

static inline __attribute__((always_inline)) void load(unsigned page)
{
	(void)*(volatile uint64_t *)linear_of(page);
}

static inline __attribute__((always_inline)) void switch_to(unsigned space)
{
	current = space;
	write_cr3((uintptr_t)pml4[space]);
}

/*
 * Handles a store to a write-protected page that only one process has. It makes the page writable,
 * and the CPU repeats the store.
 */
static void let_write(struct exception_frame *frame __attribute__((unused)))
{
	uint64_t linear = read_cr2() & ~0xfffull;

	pt[current][(linear - BASE) >> 12] |= W;
	invalidate(linear);
}

/* Copies a page with the instruction that kernels use. */
static void copy_page(uint64_t to, uint64_t from)
{
	uint64_t words = 512;

	__asm__ volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(words) : : "memory");
}

/* Handles a store to a write-protected page that two processes have. It maps a copy of the page. */
static void copy_on_write(struct exception_frame *frame __attribute__((unused)))
{
	uint64_t linear = read_cr2() & ~0xfffull;
	uint64_t to = COPIES + ((uint64_t)(copied++ % PAGES) << 12);

	copy_page(to, linear); /* the page is still readable at its linear address */
	pt[current][(linear - BASE) >> 12] = to | P | W;
	invalidate(linear);
}

static uint64_t memory_entry(unsigned space, unsigned page)
{
	return (MEMORY + ((uint64_t)(page + 8 * space) << 12)) | P | W;
}

static const char *prepare(bare_handler handler)
{
	cr0 = read_cr0();
	cr3 = read_cr3();
	write_cr0(cr0 | CR0_WP);
	for (unsigned i = 0; i < SPACES; i++) {
		/* Memory is mapped one to one, so the address in CR3 is a valid pointer. */
		memcpy(pml4[i], (const void *)(uintptr_t)(cr3 & ~0xfffull), sizeof(pml4[i]));
		pml4[i][TOP] = (uintptr_t)pdpt[i] | P | W;
		pdpt[i][0] = (uintptr_t)pd[i] | P | W;
		pd[i][0] = (uintptr_t)pt[i] | P | W;
		for (unsigned page = 0; page < PAGES; page++)
			pt[i][FIRST + page] = memory_entry(i, page);
	}
	bare_handle(VECTOR_PF, handler);
	switch_to(0);
	return NULL;
}

static const char *prepare_churn(void)
{
	return prepare(NULL);
}

static const char *prepare_protect(void)
{
	return prepare(let_write);
}

static const char *prepare_fork(void)
{
	return prepare(copy_on_write);
}

static void finish_churn(uint32_t executions __attribute__((unused)))
{
	bare_handle(VECTOR_PF, NULL);
	write_cr3(cr3);
	write_cr0(cr0);
}

NB_OPERATION_WITH(map_page, prepare_churn, finish_churn)
{
	pt[0][FIRST] = memory_entry(0, 0);
	store(0);
	pt[0][FIRST] = 0;
	invalidate(linear_of(0));
}

NB_OPERATION_WITH(remap_page, prepare_churn, finish_churn)
{
	pt[0][FIRST] = memory_entry(i & 1, 0);
	invalidate(linear_of(0));
	store(0);
}

NB_OPERATION_WITH(protect_page, prepare_protect, finish_churn)
{
	pt[0][FIRST] &= ~W;
	invalidate(linear_of(0));
	store(0);
}

NB_OPERATION_WITH(map_batch, prepare_churn, finish_churn)
{
	for (unsigned page = 0; page < PAGES; page++)
		pt[0][FIRST + page] = memory_entry(0, page);
	for (unsigned page = 0; page < PAGES; page++)
		store(page);
	for (unsigned page = 0; page < PAGES; page++)
		pt[0][FIRST + page] = 0;
	switch_to(0);
}

/*
 * The parent's pages become read-only, and the child has them too. The child stores to some of them
 * and ends. The parent then stores to the same pages.
 */
NB_OPERATION_WITH(fork, prepare_fork, finish_churn)
{
	for (unsigned page = 0; page < PAGES; page++) {
		pt[0][FIRST + page] &= ~W;
		pt[1][FIRST + page] = pt[0][FIRST + page] & ~(ACCESSED | DIRTY);
	}
	switch_to(1);
	for (unsigned page = 0; page < WORKING; page++)
		store(page);
	for (unsigned page = 0; page < PAGES; page++)
		pt[1][FIRST + page] = 0;
	switch_to(0);
	for (unsigned page = 0; page < WORKING; page++)
		store(page);
}

static inline __attribute__((always_inline)) void run_next(unsigned spaces)
{
	switch_to((current + 1) % spaces);
	for (unsigned page = 0; page < WORKING; page++)
		load(page);
}

NB_OPERATION_WITH(switch_2, prepare_churn, finish_churn)
{
	run_next(2);
}

NB_OPERATION_WITH(switch_8, prepare_churn, finish_churn)
{
	run_next(8);
}

/*
 * Demand paging: a load faults, and the handler adds an entry to each of the last 1, 2 or 3 tables
 * for a page of this size. The address selects the entries. Every sample uses the same tables, so a
 * hypervisor with shadow page tables already has all of them. Samples use neither the first entry
 * of a table nor the tables of the warm-up.
 */
#define DEMANDED  500u /* entries for half of a window */
#define WARM_HALF 2u

static volatile table demand_pdpt[3], demand_pd[3], demand_pt[3];
/*
 * The tables that miss entries, by the shift of their index in an address: from the table that maps
 * the page up to the highest table.
 */
static unsigned demanded_page, demanded_top;

static uint64_t demand_linear(unsigned half, unsigned i)
{
	uint64_t at = 1 + i;

	/*
	 * Each larger page is read at one place, so all samples find the same memory of the guest.
	 */
	return BASE + ((uint64_t)(half + 1) << 39) + (demanded_top >= 30 ? at << 30 : 1ull << 30) +
	       (demanded_top >= 21 && demanded_page <= 21 ? at << 21 : 1ull << 21) +
	       (demanded_page == 12 ? at << 12 : 0);
}

static void give_page(struct exception_frame *frame __attribute__((unused)))
{
	const uint64_t page = demanded_page == 30 ? P | W | LARGE : MEMORY | P | W | (demanded_page == 21 ? LARGE : 0);
	uint64_t linear = read_cr2();
	unsigned half = (unsigned)(linear >> 39 & 511) - TOP - 1;

	if (demanded_top >= 30)
		demand_pdpt[half][linear >> 30 & 511] = demanded_page == 30 ? page : (uintptr_t)demand_pd[half] | P | W;
	if (demanded_top >= 21 && demanded_page <= 21)
		demand_pd[half][linear >> 21 & 511] = demanded_page == 21 ? page : (uintptr_t)demand_pt[half] | P | W;
	if (demanded_page == 12)
		demand_pt[half][linear >> 12 & 511] = page;
}

static const char *prepare_demand(unsigned page, unsigned levels)
{
	if (page == 30 && !has_pages_of_1g())
		return "skip=this CPU has no pages of 1 GiB";
	prepare(give_page);
	demanded_page = page;
	demanded_top = page + 9 * (levels - 1);
	for (unsigned half = 0; half < 3; half++) {
		for (unsigned i = 0; i < 512; i++)
			demand_pdpt[half][i] = demand_pd[half][i] = demand_pt[half][i] = 0;
		pml4[0][TOP + 1 + half] = (uintptr_t)demand_pdpt[half] | P | W;
		demand_pdpt[half][1] = (uintptr_t)demand_pd[half] | P | W;
		demand_pd[half][1] = (uintptr_t)demand_pt[half] | P | W;
	}
	switch_to(0);
	/* A first load makes the hypervisor know each table as a page table. */
	for (unsigned half = 0; half < 3; half++)
		(void)*(volatile uint8_t *)demand_linear(half, DEMANDED);
	return NULL;
}

static inline __attribute__((always_inline)) void demand(uint32_t i, uint32_t n)
{
	unsigned half = n == UINT32_MAX ? WARM_HALF : i / DEMANDED;

	(void)*(volatile uint8_t *)demand_linear(half, i % DEMANDED);
}

static const char *prepare_demand_1(void)
{
	return prepare_demand(12, 1);
}

static const char *prepare_demand_2(void)
{
	return prepare_demand(12, 2);
}

static const char *prepare_demand_3(void)
{
	return prepare_demand(12, 3);
}

static const char *prepare_demand_2m_1(void)
{
	return prepare_demand(21, 1);
}

static const char *prepare_demand_2m_2(void)
{
	return prepare_demand(21, 2);
}

static const char *prepare_demand_1g_1(void)
{
	return prepare_demand(30, 1);
}

NB_OPERATION_WITH(demand_1, prepare_demand_1, finish_churn)
{
	demand(i, n);
}

NB_OPERATION_WITH(demand_2, prepare_demand_2, finish_churn)
{
	demand(i, n);
}

NB_OPERATION_WITH(demand_3, prepare_demand_3, finish_churn)
{
	demand(i, n);
}

NB_OPERATION_WITH(demand_2m_1, prepare_demand_2m_1, finish_churn)
{
	demand(i, n);
}

NB_OPERATION_WITH(demand_2m_2, prepare_demand_2m_2, finish_churn)
{
	demand(i, n);
}

NB_OPERATION_WITH(demand_1g_1, prepare_demand_1g_1, finish_churn)
{
	demand(i, n);
}
