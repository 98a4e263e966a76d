// SPDX-License-Identifier: GPL-2.0-only
/*
 * The family translation: first touches of pages. The hypervisor maps a page at its first touch.
 * Each sample has a separate page.
 */
#include "microbench/abi/services.h"
#include "microbench/bare/bare.h"
#include "microbench/bare/cpu.h"
#include "microbench/families/access.h"
#include "microbench/families/hypercall.h"
#include "microbench/family.h"

/*
 * Guest-physical address 0 is mapped at this linear address, with pages of 1 GiB. The map takes two
 * entries of the topmost table.
 */
#define LINEAR (1ull << 40)
#define KIB    (1ull << 10)
#define MIB    (1ull << 20)
#define GIB    (1ull << 30)

/* Guest-physical addresses at which the pages of the warm-up and of a window begin. */
#define WARM   NB_FRESH
#define WINDOW (320 * GIB)
#define WARMED 32u /* pages in the warm-up; later executions touch them again */

_Static_assert(NB_WINDOW_MAX + WARMED <= NB_FRESH_TOUCHES, "each sample of a window has a page");

static uint64_t pages[2][512] __attribute__((aligned(4096)));

static void touch(uint64_t physical)
{
	(void)*(volatile uint8_t *)(LINEAR + physical);
}

/*
 * Touches the first page of each table, so that all samples find equally many levels there. `shift`
 * is the log2 of the distance between two pages in bytes, and `size` is the size of a page in
 * bytes.
 */
static const char *prepare(unsigned shift, uint64_t size)
{
	uint64_t *top = (uint64_t *)(read_cr3() & ~0xfffull); /* memory is mapped one to one */

	if (!has_pages_of_1g())
		return "skip=this CPU has no pages of 1 GiB, with which this guest would reach so far";
	for (uint64_t i = 0; i < 1024; i++)
		pages[i / 512][i % 512] = i * GIB | P | W | LARGE;
	for (unsigned i = 0; i < 2; i++)
		top[(LINEAR >> 39) + i] = (uintptr_t)pages[i] | P | W;
	if (nb_hypercall(NB_HYPERCALL_FRESH, size))
		return "skip=needs a hypervisor below whose EPT has such pages, and memory to which they can lead";
	touch(WARM);
	for (unsigned i = 0; shift < 30 && i < 2; i++)
		touch(WINDOW + (512ull * i << shift));
	if (shift == 30)
		touch(NB_FRESH_END - GIB);
	return NULL;
}

/*
 * Touches the page of sample i. Samples skip pages whose number is a multiple of 512, because these
 * pages are already mapped.
 */
static inline __attribute__((always_inline)) void touch_sample(uint32_t i, uint32_t n, unsigned shift)
{
	uint64_t number = shift == 30 ? i : i + 1 + (i >= 511);

	if (n == UINT32_MAX)
		touch(WARM + ((1ull + i % WARMED) << shift));
	else
		touch(WINDOW + (number << shift));
}

/* For tests: checks the shadow page tables now, when all pages are mapped. */
static void finish_touch(uint32_t executions __attribute__((unused)))
{
	nb_hypercall(NB_HYPERCALL_CHECK, 0);
}

static void finish_dirty(uint32_t executions __attribute__((unused)))
{
	nb_hypercall(NB_HYPERCALL_DIRTY, NB_DIRTY_OFF);
}

static const char *prepare_dirty_protect(void)
{
	return nb_hypercall(NB_HYPERCALL_DIRTY, NB_DIRTY_PROTECTION)
		       ? "skip=needs a hypervisor below that gives it an EPT"
		       : NULL;
}

static const char *prepare_dirty_flags(void)
{
	return nb_hypercall(NB_HYPERCALL_DIRTY, NB_DIRTY_FLAGS)
		       ? "skip=needs a hypervisor below that gives it an EPT with accessed and dirty flags"
		       : NULL;
}

static const char *prepare_dirty_log(void)
{
	return nb_hypercall(NB_HYPERCALL_DIRTY, NB_DIRTY_LOG)
		       ? "skip=needs a hypervisor below that gives it an EPT, and a CPU with a page-modification log"
		       : NULL;
}

/* Every page must be found dirty exactly once. */
static inline __attribute__((always_inline)) void store_and_collect(void)
{
	uint64_t found;

	for (unsigned page = 0; page < NB_LOGGED_PAGES; page++)
		*(volatile uint8_t *)(NB_LOGGED + page * 4096ull) = 1;
	found = nb_hypercall(NB_HYPERCALL_COLLECT, 0);
	if (found != NB_LOGGED_PAGES)
		bare_fail("dirty logging: %u pages were written to, and %lu found", NB_LOGGED_PAGES, found);
}

NB_OPERATION_WITH(dirty_protect, prepare_dirty_protect, finish_dirty)
{
	store_and_collect();
}

NB_OPERATION_WITH(dirty_flags, prepare_dirty_flags, finish_dirty)
{
	store_and_collect();
}

NB_OPERATION_WITH(dirty_log, prepare_dirty_log, finish_dirty)
{
	store_and_collect();
}

static const char *prepare_1(void)
{
	return prepare(12, 4 * KIB);
}

static const char *prepare_2(void)
{
	return prepare(21, 4 * KIB);
}

static const char *prepare_3(void)
{
	return prepare(30, 4 * KIB);
}

static const char *prepare_2m_1(void)
{
	return prepare(21, 2 * MIB);
}

static const char *prepare_2m_2(void)
{
	return prepare(30, 2 * MIB);
}

static const char *prepare_1g_1(void)
{
	return prepare(30, GIB);
}

NB_OPERATION_WITH(touch_1, prepare_1, finish_touch)
{
	touch_sample(i, n, 12);
}

NB_OPERATION_WITH(touch_2, prepare_2, finish_touch)
{
	touch_sample(i, n, 21);
}

NB_OPERATION_WITH(touch_3, prepare_3, finish_touch)
{
	touch_sample(i, n, 30);
}

NB_OPERATION_WITH(touch_2m_1, prepare_2m_1, finish_touch)
{
	touch_sample(i, n, 21);
}

NB_OPERATION_WITH(touch_2m_2, prepare_2m_2, finish_touch)
{
	touch_sample(i, n, 30);
}

NB_OPERATION_WITH(touch_1g_1, prepare_1g_1, finish_touch)
{
	touch_sample(i, n, 30);
}
