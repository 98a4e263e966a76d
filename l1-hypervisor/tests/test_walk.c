// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the walk over page tables in a small memory: every combination of rights, modes, sizes
 * and reserved bits, against rules that are written down here a second time, and what a shadow
 * entry may allow, against all that a CPU would let pass by it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "l1-hypervisor/formats/guest_walk.h"

#define P  1ull
#define W  2ull
#define U  4ull
#define A  0x20ull
#define D  0x40ull
#define PS 0x80ull
#define NX (1ull << 63)

/* Tables at these addresses of a memory that ends where they do; the page is somewhere else. */
enum { TABLE4 = 0x1000, TABLE3 = 0x2000, TABLE2 = 0x3000, TABLE1 = 0x4000, MEMORY = 0x5000 };
#define PAGE 0x12345678000ull

static _Alignas(4096) uint8_t memory[MEMORY];

static void *entry_at(void *context __attribute__((unused)), uint64_t physical)
{
	return physical < MEMORY ? memory + physical : NULL;
}

/* An address with another index at each level, and an offset. */
#define LINEAR   0x00007f8040605678ull
#define LINEAR32 0x40605678ull

static uint64_t *entry64(uint64_t table, unsigned shift)
{
	return (uint64_t *)(void *)(memory + table + (LINEAR >> shift & 511) * 8);
}

static uint32_t *entry32(uint64_t table, unsigned shift)
{
	return (uint32_t *)(void *)(memory + table + (LINEAR32 >> shift & 1023) * 4);
}

static struct walk_paging four_levels(void)
{
	return (struct walk_paging){.mode = WALK_4LEVEL,
				    .root = TABLE4,
				    .physical_bits = 46,
				    .wp = true,
				    .nxe = true,
				    .has_1g = true,
				    .entry = entry_at};
}

/*
 * The entries of the way to a page of this size, all rights in those above its own. Returns the
 * page's entry.
 */
static uint64_t *map(uint64_t size, uint64_t bits)
{
	uint64_t large = size == WALK_4K ? 0 : PS;
	uint64_t leaf = (PAGE & ~(size - 1)) | bits | large;

	memset(memory, 0, sizeof(memory));
	*entry64(TABLE4, 39) = TABLE3 | P | W | U;
	*entry64(TABLE3, 30) = size == WALK_1G ? leaf : TABLE2 | P | W | U;
	*entry64(TABLE2, 21) = size == WALK_2M ? leaf : TABLE1 | P | W | U;
	*entry64(TABLE1, 12) = leaf;
	return size == WALK_1G ? entry64(TABLE3, 30) : size == WALK_2M ? entry64(TABLE2, 21) : entry64(TABLE1, 12);
}

static const uint64_t sizes[] = {WALK_4K, WALK_2M, WALK_1G};

/* SDM 5.6.1, once more. */
static bool may(bool wp, bool smep, bool w, bool u, bool nx, unsigned access)
{
	if (access & WALK_USER)
		return u && !(access & WALK_WRITE && !w) && !(access & WALK_FETCH && nx);
	if (access & WALK_FETCH)
		return !nx && !(smep && u);
	return !(access & WALK_WRITE) || w || !wp;
}

static bool is_access(unsigned access)
{
	return !(access & ~WALK_ACCESS) && (access & (WALK_WRITE | WALK_FETCH)) != (WALK_WRITE | WALK_FETCH);
}

static void pages_of_every_size(void **state)
{
	struct walk_paging p = four_levels();
	struct walk_page page;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		map(sizes[i], P | W | U);
		assert_int_equal(walk(&p, LINEAR, 0, false, &page), WALK_GOOD);
		assert_int_equal(page.size, sizes[i]);
		assert_int_equal(page.physical, (PAGE & ~(sizes[i] - 1)) | (LINEAR & (sizes[i] - 1)));
		assert_int_equal(page.rights, WALK_ACCESS);
		assert_false(page.dirty);
	}
}

/*
 * Each right in the page's entry and, apart from it, in one above; CR0.WP, CR4.SMEP, EFER.NXE; each
 * kind of access.
 */
static void every_combination_of_rights(void **state)
{
	struct walk_paging p = four_levels();

	(void)state;
	for (unsigned c = 0; c < 1u << 9; c++) {
		bool w = c & 1, u = c & 2, nx = c & 4, w4 = c & 8, u4 = c & 16, nx4 = c & 32;

		p.wp = c & 64;
		p.smep = c & 128;
		p.nxe = c & 256;
		if (!p.nxe && (nx || nx4)) /* reserved then */
			continue;
		for (unsigned access = 0; access <= WALK_ACCESS; access++)
			for (size_t i = 0; i < 3; i++) {
				struct walk_page page;
				enum walk_result result;
				unsigned code = WALK_PRESENT | (access & (WALK_WRITE | WALK_USER)) |
						(p.nxe || p.smep ? access & WALK_FETCH : 0);

				if (!is_access(access))
					continue;
				map(sizes[i], P | (w ? W : 0) | (u ? U : 0) | (nx ? NX : 0));
				*entry64(TABLE4, 39) = TABLE3 | P | (w4 ? W : 0) | (u4 ? U : 0) | (nx4 ? NX : 0);
				result = walk(&p, LINEAR, access, false, &page);
				if (may(p.wp, p.smep, w && w4, u && u4, nx || nx4, access)) {
					assert_int_equal(result, WALK_GOOD);
					assert_int_equal(page.rights, (w && w4 ? WALK_WRITE : 0) |
									      (u && u4 ? WALK_USER : 0) |
									      (nx || nx4 ? 0 : WALK_FETCH));
				} else {
					assert_int_equal(result, WALK_FAULT);
					assert_int_equal(page.error, code);
				}
			}
	}
}

static void what_is_not_present(void **state)
{
	static const uint64_t table[] = {TABLE4, TABLE3, TABLE2, TABLE1};
	struct walk_paging p = four_levels();
	struct walk_page page;

	(void)state;
	for (unsigned level = 0; level < 4; level++)
		for (unsigned access = 0; access <= WALK_ACCESS; access++) {
			if (!is_access(access))
				continue;
			map(WALK_4K, P | W | U);
			/* All bits but P: none of them is looked at. */
			*entry64(table[level], 39 - 9 * level) = ~P;
			assert_int_equal(walk(&p, LINEAR, access, true, &page), WALK_FAULT);
			assert_int_equal(page.error, access);
		}
}

/* SDM tables 5-15 to 5-20, bit by bit: shift of the level, and whether it maps a page. */
static bool is_reserved(const struct walk_paging *p, unsigned bit, unsigned shift, bool large)
{
	if (bit == 63)
		return !p->nxe;
	if (bit >= 52)
		return false;
	if (bit >= p->physical_bits)
		return true;
	if (large)
		return bit >= 13 && bit < shift;
	return bit == 7 && (shift == 39 || (shift == 30 && !p->has_1g));
}

static void every_reserved_bit(void **state)
{
	static const uint64_t table[] = {TABLE4, TABLE3, TABLE2, TABLE1};
	struct walk_paging p = four_levels();

	(void)state;
	for (unsigned c = 0; c < 16; c++) {
		p.nxe = c & 1;
		p.has_1g = c & 2;
		p.physical_bits = c & 4 ? 36 : c & 8 ? 52 : 46;
		for (size_t i = 0; i < 3; i++)
			for (unsigned level = 0; level < 4; level++)
				for (unsigned bit = 0; bit < 64; bit++) {
					unsigned shift = 39 - 9 * level;
					bool large = sizes[i] != WALK_4K && sizes[i] == 1ull << shift;
					struct walk_page page;
					enum walk_result result;

					/*
					 * Only bits that say nothing else, and levels that the walk
					 * comes to.
					 */
					if (sizes[i] > 1ull << shift || (sizes[i] == WALK_1G && !p.has_1g))
						continue;
					if (bit < 7 || (bit == 7 && shift <= 30 && !(shift == 30 && !p.has_1g)))
						continue;
					map(sizes[i], P | W | U);
					/* An address that fits into 36 bits, too. */
					if (sizes[i] == 1ull << shift)
						*entry64(table[level], shift) = P | W | U | (large ? PS : 0);
					else if (sizes[i] == WALK_4K)
						*entry64(TABLE1, 12) = P | W | U;
					else
						*entry64(sizes[i] == WALK_2M ? TABLE2 : TABLE3,
							 sizes[i] == WALK_2M ? 21 : 30) = P | W | U | PS;
					*entry64(table[level], shift) |= 1ull << bit;
					result = walk(&p, LINEAR, WALK_WRITE | WALK_USER, false, &page);
					if (is_reserved(&p, bit, shift, large)) {
						assert_int_equal(result, WALK_FAULT);
						assert_int_equal(page.error,
								 WALK_PRESENT | WALK_RESERVED | WALK_WRITE | WALK_USER);
					} else if (bit >= 12 && bit < 52 && sizes[i] != 1ull << shift) {
						/* Another table, or no memory at all. */
						assert_true(result != WALK_FAULT || !(page.error & WALK_RESERVED));
					} else {
						assert_int_equal(result, WALK_GOOD);
					}
				}
	}
}

static void accessed_and_dirty(void **state)
{
	struct walk_paging p = four_levels();
	struct walk_page page;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		uint64_t *leaf = map(sizes[i], P | W | U), before = *leaf;

		assert_int_equal(walk(&p, LINEAR, WALK_WRITE, false, &page), WALK_GOOD);
		assert_int_equal(*leaf, before); /* a look leaves no trace */
		assert_int_equal(walk(&p, LINEAR, WALK_FETCH, true, &page), WALK_GOOD);
		assert_int_equal(*leaf, before | A);
		assert_true(*entry64(TABLE4, 39) & A);
		assert_true(*entry64(TABLE3, 30) & A);
		assert_false(page.dirty);
		assert_int_equal(walk(&p, LINEAR, WALK_WRITE, true, &page), WALK_GOOD);
		assert_int_equal(*leaf, before | A | D);
		assert_false(*entry64(TABLE4, 39) & D); /* of a page alone */
		assert_true(page.dirty);
		assert_int_equal(walk(&p, LINEAR, 0, true, &page), WALK_GOOD);
		assert_true(page.dirty);
	}
}

static void a_fault_sets_neither(void **state)
{
	struct walk_paging p = four_levels();
	uint64_t *leaf = map(WALK_4K, P | W), before = *leaf;
	struct walk_page page;

	(void)state;
	assert_int_equal(walk(&p, LINEAR, WALK_WRITE | WALK_USER, true, &page), WALK_FAULT);
	assert_int_equal(*leaf, before);
	assert_false(*entry64(TABLE4, 39) & A);
}

static void tables_beyond_memory(void **state)
{
	static const uint64_t table[] = {TABLE4, TABLE3, TABLE2};
	struct walk_paging p = four_levels();
	struct walk_page page;

	(void)state;
	for (unsigned level = 0; level < 3; level++) {
		map(WALK_4K, P | W | U);
		*entry64(table[level], 39 - 9 * level) = MEMORY | P | W | U;
		assert_int_equal(walk(&p, LINEAR, 0, true, &page), WALK_BEYOND);
	}
	p.root = 1ull << 40;
	assert_int_equal(walk(&p, LINEAR, 0, true, &page), WALK_BEYOND);
}

static void without_paging_all_is_one_to_one(void **state)
{
	const struct walk_paging p = {.mode = WALK_OFF, .entry = entry_at};
	struct walk_page page;

	(void)state;
	for (unsigned access = 0; access <= WALK_ACCESS; access++) {
		assert_int_equal(walk(&p, 0xfee00123, access, true, &page), WALK_GOOD);
		assert_int_equal(page.physical, 0xfee00123);
		assert_int_equal(page.rights, WALK_ACCESS);
		assert_true(page.dirty);
	}
}

static struct walk_paging pae(void)
{
	return (struct walk_paging){.mode = WALK_PAE, .physical_bits = 40, .wp = true, .nxe = true, .entry = entry_at};
}

static void pae_has_three_levels(void **state)
{
	struct walk_paging p = pae();
	struct walk_page page;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		uint64_t *leaf = map(sizes[i], 0);

		*leaf = (0x1234567000 & ~(sizes[i] - 1)) | P | W | (i ? PS : 0);
		*(uint64_t *)(void *)(memory + TABLE3 + 8) = TABLE2 | P;
		assert_int_equal(walk_load_pdptes(&p, TABLE3), WALK_GOOD);
		assert_int_equal(walk(&p, LINEAR32, WALK_WRITE, true, &page), WALK_GOOD);
		assert_int_equal(page.size, sizes[i]);
		assert_int_equal(page.physical, (0x1234567000 & ~(sizes[i] - 1)) | (LINEAR32 & (sizes[i] - 1)));
		assert_true(*leaf & D);
		/*
		 * The four entries are registers: what is in memory does not matter before the next
		 * load.
		 */
		*(uint64_t *)(void *)(memory + TABLE3 + 8) = 0;
		assert_int_equal(walk(&p, LINEAR32, WALK_WRITE, true, &page), WALK_GOOD);
		assert_int_equal(walk_load_pdptes(&p, TABLE3), WALK_GOOD);
		assert_int_equal(walk(&p, LINEAR32, WALK_USER, true, &page), WALK_FAULT);
		assert_int_equal(page.error, WALK_USER);
	}
	/* Bits 62:52 are reserved here, and not with four levels. */
	*entry64(TABLE2, 21) = TABLE1 | P | W | 1ull << 52;
	*(uint64_t *)(void *)(memory + TABLE3 + 8) = TABLE2 | P;
	assert_int_equal(walk_load_pdptes(&p, TABLE3), WALK_GOOD);
	assert_int_equal(walk(&p, LINEAR32, 0, true, &page), WALK_FAULT);
	assert_int_equal(page.error, WALK_PRESENT | WALK_RESERVED);
}

static void pdptes_with_reserved_bits(void **state)
{
	(void)state;
	for (unsigned bit = 1; bit < 64; bit++) {
		struct walk_paging p = pae();
		bool reserved = bit == 1 || bit == 2 || (bit >= 5 && bit <= 8) || bit >= p.physical_bits;

		memset(memory, 0, sizeof(memory));
		*(uint64_t *)(void *)(memory + 0x1000 + 24) = P | 1ull << bit;
		assert_int_equal(walk_load_pdptes(&p, 0x1000), reserved ? WALK_FAULT : WALK_GOOD);
		assert_int_equal(p.pdpte[3], reserved ? 0 : P | 1ull << bit);
		*(uint64_t *)(void *)(memory + 0x1000 + 24) = 1ull << bit; /* not present */
		assert_int_equal(walk_load_pdptes(&p, 0x1000), WALK_GOOD);
	}
	assert_int_equal(walk_load_pdptes(&(struct walk_paging){.mode = WALK_PAE, .entry = entry_at}, MEMORY),
			 WALK_BEYOND);
}

static void two_levels_of_32_bits(void **state)
{
	struct walk_paging p = {.mode = WALK_32BIT,
				.root = TABLE4,
				.physical_bits = 40,
				.wp = true,
				.nxe = true,
				.pse = true,
				.entry = entry_at};
	struct walk_page page;

	(void)state;
	memset(memory, 0, sizeof(memory));
	*entry32(TABLE4, 22) = TABLE3 | (uint32_t)(P | W | U);
	*entry32(TABLE3, 12) = 0x87654000u | (uint32_t)(P | U);
	assert_int_equal(walk(&p, LINEAR32, WALK_USER | WALK_FETCH, true, &page), WALK_GOOD);
	assert_int_equal(page.physical, 0x87654678u);
	assert_int_equal(page.size, WALK_4K);
	assert_int_equal(page.rights, WALK_USER | WALK_FETCH);
	assert_int_equal(*entry32(TABLE3, 12), 0x87654000u | (uint32_t)(P | U | A));
	/* There is no NX, so a fetch is told only with SMEP. */
	assert_int_equal(walk(&p, LINEAR32, WALK_WRITE, true, &page), WALK_FAULT);
	assert_int_equal(page.error, WALK_PRESENT | WALK_WRITE);
	*entry32(TABLE3, 12) = 0;
	assert_int_equal(walk(&p, LINEAR32, WALK_FETCH, true, &page), WALK_FAULT);
	assert_int_equal(page.error, 0);

	/* 4 MiB, with eight more bits of the address at 20:13; bit 21 is reserved. */
	*entry32(TABLE4, 22) = 0x80000000u | 0x12u << 13 | (uint32_t)(P | W | PS);
	assert_int_equal(walk(&p, LINEAR32, WALK_WRITE, true, &page), WALK_GOOD);
	assert_int_equal(page.size, WALK_4M);
	assert_int_equal(page.physical, 0x1280000000ull | (LINEAR32 & (WALK_4M - 1)));
	assert_true(*entry32(TABLE4, 22) & D);
	for (unsigned bits = 32; bits <= 46; bits++)
		for (unsigned bit = 13; bit <= 21; bit++) {
			bool reserved = bit == 21 || bits <= 32 || (bits < 40 && bit >= bits - 19);

			p.physical_bits = bits;
			*entry32(TABLE4, 22) = (uint32_t)(P | PS) | 1u << bit;
			assert_int_equal(walk(&p, LINEAR32, 0, true, &page), reserved ? WALK_FAULT : WALK_GOOD);
		}
	/* Without CR4.PSE the bit means nothing. */
	p.pse = false;
	*entry32(TABLE4, 22) = TABLE3 | (uint32_t)(P | W | U | PS);
	*entry32(TABLE3, 12) = 0x87654000u | (uint32_t)P;
	assert_int_equal(walk(&p, LINEAR32, 0, true, &page), WALK_GOOD);
	assert_int_equal(page.size, WALK_4K);
}

/*
 * For all rights of a page, clean or dirty, and all states of the CPU: the shadow of a good access
 * lets this access pass, and no access passes it that the guest's walk would not let pass, or that
 * would have to set D.
 */
static void a_shadow_allows_enough_and_not_too_much(void **state)
{
	(void)state;
	for (unsigned c = 0; c < 1u << 6; c++)
		for (unsigned access = 0; access <= WALK_ACCESS; access++) {
			struct walk_paging p = {.wp = c & 1, .smep = c & 2};
			struct walk_page page = {.rights = (c & 4 ? WALK_WRITE : 0) | (c & 8 ? WALK_USER : 0) |
							   (c & 16 ? WALK_FETCH : 0)};
			unsigned shadow;

			if (!is_access(access) || !walk_allows(p.wp, p.smep, page.rights, access))
				continue;
			page.dirty = c & 32 || access & WALK_WRITE;
			shadow = walk_shadow_rights(&p, &page, access);
			assert_true(walk_allows(true, p.smep, shadow, access));
			for (unsigned other = 0; other <= WALK_ACCESS; other++) {
				if (!is_access(other) || !walk_allows(true, p.smep, shadow, other))
					continue;
				assert_true(walk_allows(p.wp, p.smep, page.rights, other));
				assert_true(page.dirty || !(other & WALK_WRITE));
			}
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pages_of_every_size),   cmocka_unit_test(every_combination_of_rights),
		cmocka_unit_test(what_is_not_present),   cmocka_unit_test(every_reserved_bit),
		cmocka_unit_test(accessed_and_dirty),    cmocka_unit_test(a_fault_sets_neither),
		cmocka_unit_test(tables_beyond_memory),  cmocka_unit_test(without_paging_all_is_one_to_one),
		cmocka_unit_test(pae_has_three_levels),  cmocka_unit_test(pdptes_with_reserved_bits),
		cmocka_unit_test(two_levels_of_32_bits), cmocka_unit_test(a_shadow_allows_enough_and_not_too_much),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
