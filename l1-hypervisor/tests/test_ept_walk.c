// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the walk over an EPT in a small memory: pages of every size, rights of every level, each
 * way to be misconfigured, and when accessed and dirty flags are set. The rules are those of SDM
 * 29.3.2 to 29.3.5, written down a second time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "l1-hypervisor/formats/ept_walk.h"
#include "vmcs-shadow/controls.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define R   1ull
#define W   2ull
#define X   4ull
#define RWX 7ull
#define WB  (6ull << 3)
#define PS  (1ull << 7)
#define A   (1ull << 8)
#define D   (1ull << 9)

#define PAGE_4K 0x1000ull
#define PAGE_2M 0x200000ull
#define PAGE_1G 0x40000000ull

/* Tables at these addresses of a memory that ends where they do; the page is somewhere else. */
enum { TABLE4 = 0x1000, TABLE3 = 0x2000, TABLE2 = 0x3000, TABLE1 = 0x4000, MEMORY = 0x5000 };
#define PAGE 0x1234567000ull

#define PHYSICAL_BITS 39
#define EVERYTHING                                                                                                     \
	(VMX_EPT_EXECUTE_ONLY_BIT | VMX_EPT_PAGE_WALK_4_BIT | VMX_EPTP_WB_BIT | VMX_EPT_2MB_PAGE_BIT |                 \
	 VMX_EPT_1GB_PAGE_BIT | VMX_EPT_AD_BIT)

/* An address with another index at each level, and an offset. */
#define ADDRESS 0x0000ff8040605678ull

static _Alignas(4096) uint8_t memory[MEMORY];
static uint64_t changes[16];
static unsigned changed_times;

static uint64_t *entry_at(void *context __attribute__((unused)), uint64_t physical)
{
	return physical < MEMORY ? (uint64_t *)(void *)(memory + physical) : NULL;
}

static void has_changed(void *context __attribute__((unused)), uint64_t physical)
{
	assert_true(changed_times < COUNT(changes));
	changes[changed_times++] = physical;
}

static struct ept_walk ept(uint64_t flags)
{
	changed_times = 0;
	return (struct ept_walk){.eptp = TABLE4 | EPTP_WALK_LENGTH_4 | MEMORY_TYPE_WB | flags,
				 .ept_vpid = EVERYTHING,
				 .physical_bits = PHYSICAL_BITS,
				 .entry = entry_at,
				 .changed = has_changed};
}

static const unsigned shifts[] = {39, 30, 21, 12};
static const uint64_t tables[] = {TABLE4, TABLE3, TABLE2, TABLE1};

static uint64_t address_of(unsigned level)
{
	return tables[level] + (ADDRESS >> shifts[level] & 511) * 8;
}

static uint64_t *entry(unsigned level)
{
	return entry_at(NULL, address_of(level));
}

static const struct {
	uint64_t size;
	unsigned levels; /* entries on the way */
} sizes[] = {{PAGE_4K, 4}, {PAGE_2M, 3}, {PAGE_1G, 2}};

/* The entries of the way to a page of this size, with all rights. Returns the page's entry. */
static uint64_t *map(size_t n)
{
	uint64_t *leaf = entry(sizes[n].levels - 1);

	memset(memory, 0, sizeof(memory));
	changed_times = 0;
	for (unsigned i = 0; i < 3; i++)
		*entry(i) = tables[i + 1] | RWX;
	*leaf = (PAGE & ~(sizes[n].size - 1)) | RWX | WB | (sizes[n].levels < 4 ? PS : 0);
	return leaf;
}

static void pages_of_every_size(void **state)
{
	const struct ept_walk walk = ept(0);
	struct ept_page page;

	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++) {
		uint64_t *leaf = map(i);

		assert_int_equal(ept_walk(&walk, ADDRESS, R, true, &page), EPT_WALK_GOOD);
		assert_int_equal(page.size, sizes[i].size);
		assert_int_equal(page.physical, (PAGE & ~(sizes[i].size - 1)) | (ADDRESS & (sizes[i].size - 1)));
		assert_int_equal(page.rights, RWX);
		assert_int_equal(page.type, WB);
		assert_true(page.dirty);
		assert_false(page.becomes_dirty);
		/*
		 * Ignored bits: 11:8 but for flags, 63:52, and bit 7 of an entry of the
		 * last table (29.3.2).
		 */
		*leaf |= 0xfffull << 52 | 0xf00 | EPT_IGNORE_PAT | (i == 0 ? PS : 0);
		assert_int_equal(ept_walk(&walk, ADDRESS, R, true, &page), EPT_WALK_GOOD);
		assert_int_equal(page.physical, (PAGE & ~(sizes[i].size - 1)) | (ADDRESS & (sizes[i].size - 1)));
		assert_int_equal(page.type, WB | EPT_IGNORE_PAT);
	}
}

static void which_entries_map_a_page(void **state)
{
	(void)state;
	assert_true(ept_entry_is_leaf(RWX, 12));
	assert_true(ept_entry_is_leaf(RWX | PS, 12));
	assert_true(ept_entry_is_leaf(RWX | PS, 21));
	assert_true(ept_entry_is_leaf(RWX | PS, 30));
	assert_false(ept_entry_is_leaf(RWX, 21));
	assert_false(ept_entry_is_leaf(RWX, 30));
	assert_false(ept_entry_is_leaf(RWX, 39));
	assert_false(ept_entry_is_leaf(RWX | PS, 39));
}

/*
 * 29.3.3.2: each right has to be in all entries. Every legal combination at one level, every
 * access.
 */
static void rights_of_all_levels(void **state)
{
	static const uint64_t legal[] = {R, R | W, R | X, X, RWX};
	const struct ept_walk walk = ept(EPTP_ACCESSED_DIRTY);

	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++)
		for (unsigned level = 0; level < sizes[i].levels; level++)
			for (size_t r = 0; r < COUNT(legal); r++)
				for (uint64_t access = 0; access <= RWX; access++) {
					struct ept_page page;
					enum ept_result result;

					map(i);
					*entry(level) = (*entry(level) & ~RWX) | legal[r];
					result = ept_walk(&walk, ADDRESS, access, true, &page);
					assert_int_equal(result,
							 access & ~legal[r] ? EPT_WALK_VIOLATION : EPT_WALK_GOOD);
					assert_int_equal(page.rights, legal[r]);
					if (result != EPT_WALK_GOOD)
						assert_int_equal(changed_times, 0);
				}
}

/*
 * Table 28-7: bits 5:3 are the AND of all entries that were used; an entry that is not present has
 * none.
 */
static void rights_add_up_over_levels(void **state)
{
	const struct ept_walk walk = ept(0);
	struct ept_page page;

	(void)state;
	map(0);
	*entry(0) = TABLE3 | R | W;
	*entry(2) = TABLE1 | R | X;
	assert_int_equal(ept_walk(&walk, ADDRESS, R, true, &page), EPT_WALK_GOOD);
	assert_int_equal(page.rights, R);
	assert_int_equal(ept_walk(&walk, ADDRESS, W, true, &page), EPT_WALK_VIOLATION);
	assert_int_equal(page.rights, R);
	for (unsigned level = 0; level < 4; level++) {
		map(0);
		/* Nothing of it counts, not even what else would be reserved. */
		*entry(level) = ~RWX;
		assert_int_equal(ept_walk(&walk, ADDRESS, R, true, &page), EPT_WALK_VIOLATION);
		assert_int_equal(page.rights, 0);
		assert_null(ept_entry_wrong(*entry(level), shifts[level], EVERYTHING, PHYSICAL_BITS));
	}
}

/* An entry becomes this, at a level of the way to a page of this size. */
static void expect_misconfigured(int line, size_t n, unsigned level, uint64_t off, uint64_t on, uint64_t lacks, bool is)
{
	struct ept_walk walk = ept(EPTP_ACCESSED_DIRTY);
	enum ept_result result;
	struct ept_page page;

	map(n);
	*entry(level) = (*entry(level) & ~off) | on;
	walk.ept_vpid &= ~lacks;
	if (!ept_entry_wrong(*entry(level), shifts[level], walk.ept_vpid, PHYSICAL_BITS) == is)
		fail_msg("line %d: entry %lx of level %u", line, *entry(level), level);
	result = ept_walk(&walk, ADDRESS, 0, true, &page);
	if ((result == EPT_WALK_MISCONFIG) != is)
		fail_msg("line %d: entry %lx of level %u: %d", line, *entry(level), level, (int)result);
	if (is)
		assert_int_equal(changed_times, 0);
}

/*
 * 29.3.3.1, first and second: write-only, write and execute; execute-only where there is no such
 * thing.
 */
static void misconfigured_rights(void **state)
{
	(void)state;
	for (size_t n = 0; n < COUNT(sizes); n++)
		for (unsigned level = 0; level < sizes[n].levels; level++) {
			expect_misconfigured(__LINE__, n, level, RWX, W, 0, true);
			expect_misconfigured(__LINE__, n, level, RWX, W | X, 0, true);
			expect_misconfigured(__LINE__, n, level, RWX, X, VMX_EPT_EXECUTE_ONLY_BIT, true);
			expect_misconfigured(__LINE__, n, level, RWX, X, 0, false);
			expect_misconfigured(__LINE__, n, level, RWX, R, VMX_EPT_EXECUTE_ONLY_BIT, false);
		}
}

/* Third: a reserved bit (tables 29-1 to 29-6). Each bit above the rights, at each level. */
static void misconfigured_reserved_bits(void **state)
{
	(void)state;
	for (size_t n = 0; n < COUNT(sizes); n++)
		for (unsigned level = 0; level < sizes[n].levels; level++)
			for (unsigned bit = 3; bit < 64; bit++) {
				bool leaf = level == sizes[n].levels - 1;
				uint64_t below = leaf ? sizes[n].size : PAGE_4K;
				bool reserved = (bit >= PHYSICAL_BITS && bit < 52) ||
						(bit >= 12 && 1ull << bit < below) || (!leaf && bit >= 3 && bit <= 6) ||
						(bit == 7 && level == 0);

				/*
				 * A directory's entry with bit 7 maps a page; a type is not a bit.
				 */
				if ((bit == 7 && level > 0 && !leaf) || (leaf && bit < 6))
					continue;
				/*
				 * Where nothing is reserved the way may lead elsewhere: only the
				 * entry is looked at.
				 */
				map(n);
				if (reserved)
					expect_misconfigured(__LINE__, n, level, 0, 1ull << bit, 0, true);
				else
					assert_null(ept_entry_wrong(*entry(level) | 1ull << bit, shifts[level],
								    EVERYTHING, PHYSICAL_BITS));
			}
}

/* Bit 7 is reserved where the CPU has no pages of that size; another size does not help. */
static void misconfigured_sizes(void **state)
{
	(void)state;
	expect_misconfigured(__LINE__, 1, 2, 0, 0, VMX_EPT_2MB_PAGE_BIT, true);
	expect_misconfigured(__LINE__, 1, 2, 0, 0, VMX_EPT_1GB_PAGE_BIT, false);
	expect_misconfigured(__LINE__, 2, 1, 0, 0, VMX_EPT_1GB_PAGE_BIT, true);
	expect_misconfigured(__LINE__, 2, 1, 0, 0, VMX_EPT_2MB_PAGE_BIT, false);
	expect_misconfigured(__LINE__, 0, 3, 0, PS, VMX_EPT_2MB_PAGE_BIT | VMX_EPT_1GB_PAGE_BIT, false);
	/* Tables are all there is then, and their entries are good. */
	expect_misconfigured(__LINE__, 0, 1, 0, 0, VMX_EPT_2MB_PAGE_BIT | VMX_EPT_1GB_PAGE_BIT, false);
	expect_misconfigured(__LINE__, 0, 2, 0, 0, VMX_EPT_2MB_PAGE_BIT | VMX_EPT_1GB_PAGE_BIT, false);
}

/* Fourth: a memory type that is none, 2, 3 or 7, in an entry that maps a page. */
static void misconfigured_types(void **state)
{
	(void)state;
	for (size_t n = 0; n < COUNT(sizes); n++)
		for (uint64_t type = 0; type < 8; type++)
			expect_misconfigured(__LINE__, n, sizes[n].levels - 1, 7ull << 3, type << 3, 0,
					     type == 2 || type == 3 || type == 7);
}

/*
 * 29.3.3.3: what is misconfigured is so before rights are looked at, and only if the walk comes so
 * far.
 */
static void a_misconfiguration_comes_before_a_violation(void **state)
{
	const struct ept_walk walk = ept(0);
	struct ept_page page;

	(void)state;
	map(0);
	*entry(0) = TABLE3 | R;
	*entry(3) = PAGE | W | WB;
	assert_int_equal(ept_walk(&walk, ADDRESS, W, true, &page), EPT_WALK_MISCONFIG);
	*entry(1) = 0;
	assert_int_equal(ept_walk(&walk, ADDRESS, W, true, &page), EPT_WALK_VIOLATION);
}

/* With every address bit there is, too. */
static void missing_memory_reads_as_ones(void **state)
{
	(void)state;
	for (unsigned bits = PHYSICAL_BITS; bits <= 52; bits += 52 - PHYSICAL_BITS)
		for (unsigned level = 0; level < 4; level++) {
			struct ept_walk walk = ept(EPTP_ACCESSED_DIRTY);
			struct ept_page page;

			walk.physical_bits = bits;
			map(0);
			if (level == 0)
				walk.eptp += MEMORY;
			else
				*entry(level - 1) = (uint64_t)MEMORY | RWX;
			assert_int_equal(ept_walk(&walk, ADDRESS, W, true, &page), EPT_WALK_MISCONFIG);
			assert_int_equal(changed_times, 0);
		}
}

static void no_entry_is_of_an_address_beyond_48_bits(void **state)
{
	const struct ept_walk walk = ept(0);
	struct ept_page page;

	(void)state;
	map(0);
	for (unsigned bit = 48; bit < 64; bit++) {
		assert_int_equal(ept_walk(&walk, ADDRESS | 1ull << bit, R, true, &page), EPT_WALK_VIOLATION);
		assert_int_equal(page.rights, 0);
	}
	*entry_at(NULL, TABLE4 + 511 * 8) = TABLE3 | RWX;
	assert_int_equal(ept_walk(&walk, 0xffffffffffff, R, true, &page), EPT_WALK_VIOLATION); /* not present below */
}

/* Where flags were set, in the order of the walk; the dirty one last. */
static void expect_changes(unsigned first, unsigned levels, bool dirty)
{
	assert_int_equal(changed_times, levels - first + dirty);
	for (unsigned i = first; i < levels; i++)
		assert_int_equal(changes[i - first], address_of(i));
	if (dirty)
		assert_int_equal(changes[levels - first], address_of(levels - 1));
}

/*
 * 29.3.5: accessed flags of all entries that are used, the dirty one of a page that is written.
 * Once they are set nothing changes.
 */
static void flags_are_set_once(void **state)
{
	const struct ept_walk walk = ept(EPTP_ACCESSED_DIRTY);
	struct ept_page page;

	(void)state;
	for (size_t n = 0; n < COUNT(sizes); n++) {
		uint64_t *leaf = map(n);
		unsigned levels = sizes[n].levels;

		assert_int_equal(ept_walk(&walk, ADDRESS, R, true, &page), EPT_WALK_GOOD);
		expect_changes(0, levels, false);
		for (unsigned i = 0; i < levels; i++)
			assert_int_equal(*entry(i) & (A | D), A);
		assert_false(page.dirty);
		assert_false(page.becomes_dirty);
		changed_times = 0;
		assert_int_equal(ept_walk(&walk, ADDRESS, W, true, &page), EPT_WALK_GOOD);
		expect_changes(levels, levels, true);
		assert_int_equal(*leaf & (A | D), A | D);
		assert_true(page.dirty);
		assert_true(page.becomes_dirty);
		changed_times = 0;
		assert_int_equal(ept_walk(&walk, ADDRESS, W, true, &page), EPT_WALK_GOOD);
		assert_int_equal(changed_times, 0);
		assert_true(page.dirty);
		assert_false(page.becomes_dirty);
	}
}

/*
 * 29.3.6: the log is looked at first. If it is full, neither an accessed nor a dirty flag has been
 * set.
 */
static void a_page_that_becomes_dirty_waits_for_its_log(void **state)
{
	const struct ept_walk walk = ept(EPTP_ACCESSED_DIRTY);
	struct ept_page page;

	(void)state;
	for (size_t n = 0; n < COUNT(sizes); n++) {
		uint64_t *leaf = map(n);

		assert_int_equal(ept_walk(&walk, ADDRESS, R | W, false, &page), EPT_WALK_GOOD);
		assert_true(page.becomes_dirty);
		assert_false(page.dirty);
		assert_int_equal(changed_times, 0);
		assert_int_equal(*leaf & (A | D), 0);
		assert_int_equal(ept_walk(&walk, ADDRESS, R | W, true, &page), EPT_WALK_GOOD);
		assert_true(page.becomes_dirty);
		assert_true(page.dirty);
		expect_changes(0, sizes[n].levels, true);
		/* Nothing becomes dirty any more: no need to wait. */
		changed_times = 0;
		*entry(0) &= ~A;
		assert_int_equal(ept_walk(&walk, ADDRESS, R | W, false, &page), EPT_WALK_GOOD);
		assert_true(page.dirty);
		expect_changes(0, 1, false);
	}
	/* A read makes nothing dirty. */
	map(0);
	assert_int_equal(ept_walk(&walk, ADDRESS, R, false, &page), EPT_WALK_GOOD);
	expect_changes(0, 4, false);
}

/* EPTP bit 6: without it flags are ignored bits. */
static void without_flags_all_is_dirty(void **state)
{
	const struct ept_walk walk = ept(0);
	struct ept_page page;

	(void)state;
	for (uint64_t access = 0; access <= RWX; access++) {
		map(0);
		assert_int_equal(ept_walk(&walk, ADDRESS, access, access & 1, &page), EPT_WALK_GOOD);
		assert_true(page.dirty);
		assert_false(page.becomes_dirty);
		assert_int_equal(changed_times, 0);
		for (unsigned i = 0; i < 4; i++)
			assert_int_equal(*entry(i) & (A | D), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pages_of_every_size),
		cmocka_unit_test(which_entries_map_a_page),
		cmocka_unit_test(rights_of_all_levels),
		cmocka_unit_test(rights_add_up_over_levels),
		cmocka_unit_test(misconfigured_rights),
		cmocka_unit_test(misconfigured_reserved_bits),
		cmocka_unit_test(misconfigured_sizes),
		cmocka_unit_test(misconfigured_types),
		cmocka_unit_test(a_misconfiguration_comes_before_a_violation),
		cmocka_unit_test(missing_memory_reads_as_ones),
		cmocka_unit_test(no_entry_is_of_an_address_beyond_48_bits),
		cmocka_unit_test(flags_are_set_once),
		cmocka_unit_test(a_page_that_becomes_dirty_waits_for_its_log),
		cmocka_unit_test(without_flags_all_is_dirty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
