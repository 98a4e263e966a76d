// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of ept02, which composes ept12 and ept01: rights, sizes, flags, exits to the guest
 * hypervisor, INVEPT (SDM 29.3, 29.4).
 */
#include "l1-hypervisor/tests/unit.h"

#include "l1-hypervisor/memory/ept.h"
#include "l1-hypervisor/nested/vmx/nested_bitmaps.h"
#include "l1-hypervisor/nested/vmx/nested_ept.h"
#include "l1-hypervisor/tests/fake_guest.h"

#define WB      (6ull << 3)
#define RIGHTS  (EPT_READ | EPT_WRITE | EPT_EXEC)
#define PAGE    0x800000ull       /* in the guest's memory */
#define NESTED  0x7f0040605000ull /* an address of the nested guest; each table has another index */
#define VMCS    0x100000ull
#define PML_LOG 0x200000ull

static struct vcpu vcpu;
static struct nested_vmcs *vmcs;
static struct vmx_exit_information exit_of_l1;

static uint64_t next_table; /* for ept12 */

/*
 * Returns the entry of ept12 for an address in the table of this shift. Makes the tables above it.
 */
static uint64_t *entry12(uint64_t nested, unsigned shift)
{
	uint64_t table = FAKE_ROOT;

	for (unsigned at = 39;; at -= 9) {
		uint64_t *entry = fake_qword(table + (nested >> at & 511) * 8);

		if (at == shift)
			return entry;
		if (!*entry) {
			*entry = next_table | RIGHTS;
			next_table += 0x1000;
		}
		table = *entry & EPT_ADDRESS;
	}
}

static uint64_t *map12(uint64_t nested, uint64_t physical, uint64_t size, uint64_t bits)
{
	uint64_t *entry = entry12(nested, size == EPT_PAGE_4K ? 12 : size == EPT_PAGE_2M ? 21 : 30);

	*entry = physical | bits | (size > EPT_PAGE_4K ? EPT_LARGE_PAGE : 0);
	return entry;
}

static void use(uint64_t eptp12)
{
	nested_vmcs_write(vmcs, VMCS_INDEX_EPT_POINTER, eptp12);
	FIELD(EPT_POINTER) = nested_ept_pointer(eptp12);
}

static uint64_t eptp12(uint64_t root)
{
	return root | EPTP_WALK_LENGTH_4 | MEMORY_TYPE_WB;
}

static void begin(uint64_t page_size)
{
	static uint64_t eptp[2];
	uint64_t *ept01 = &eptp[page_size == EPT_PAGE_2M];

	fake_cpu_reset();
	fake_guest_reset(&vcpu);
	next_table = FAKE_TABLES;
	fake_cpuid_set(LEAF_ADDRESSES, 0, (struct cpuid_result){.eax = 46});
	if (!*ept01)
		*ept01 = ept_build(vcpu.base, vcpu.size, page_size);
	vcpu.eptp = *ept01;
	vcpu.ept_page = page_size;
	nested_vmcs_init(&vmx, SHADOW_POLICY_NONE, true);
	vmcs = nested_vmcs_get(&vcpu, VMCS, NULL);
	nested_ept_forget_all();
	use(eptp12(FAKE_ROOT));
	fake.invalidations = 0;
}

/* An EPT violation of the nested guest. Returns true if it goes to the guest hypervisor. */
static bool violation(uint64_t nested, uint64_t access)
{
	memset(&exit_of_l1, 0, sizeof(exit_of_l1));
	FIELD(GUEST_PHYSICAL_ADDRESS) = nested;
	FIELD(EXIT_QUALIFICATION) = access | 3ull << 7;
	FIELD(GUEST_LINEAR_ADDRESS) = 0x1234567;
	return nested_ept_violation(&vcpu, vmcs, &exit_of_l1);
}

/* --- What ept02 maps -------------------------------------------------------------------------- */

static struct {
	uint64_t nested, host, size;
} found[4];
static unsigned pages;

static void note(uint64_t nested, uint64_t host, uint64_t size)
{
	if (pages < COUNT(found)) {
		found[pages].nested = nested;
		found[pages].host = host;
		found[pages].size = size;
	}
	pages++;
}

static unsigned count(void)
{
	pages = 0;
	assert_true(nested_ept_for_each(FIELD(EPT_POINTER), note));
	return pages;
}

/* The entry of ept02 for an address, or 0. */
static uint64_t entry02(uint64_t nested)
{
	const uint64_t *table = (const uint64_t *)(uintptr_t)(FIELD(EPT_POINTER) & EPT_ADDRESS);

	for (unsigned shift = 39;; shift -= 9) {
		uint64_t entry = table[nested >> shift & 511];

		if (!entry || shift == 12 || entry & EPT_LARGE_PAGE)
			return entry;
		table = (const uint64_t *)(uintptr_t)(entry & EPT_ADDRESS);
	}
}

TEST(a_page_that_only_ept02_lacks_is_mapped_without_an_exit_to_l1)
{
	begin(EPT_PAGE_4K);
	map12(NESTED, PAGE, EPT_PAGE_4K, RIGHTS | WB);
	assert_int_equal(count(), 0);
	assert_false(violation(NESTED + 0x123, EPT_READ));
	assert_int_equal(count(), 1);
	assert_int_equal(found[0].nested, NESTED);
	assert_int_equal(found[0].host, vcpu.base + PAGE);
	assert_int_equal(found[0].size, EPT_PAGE_4K);
	assert_int_equal(entry02(NESTED), (vcpu.base + PAGE) | RIGHTS | WB);
}

TEST(ept02_has_no_right_that_ept12_lacks)
{
	begin(EPT_PAGE_4K);
	map12(NESTED, PAGE, EPT_PAGE_4K, EPT_READ | WB);
	*entry12(NESTED, 21) &= ~EPT_EXEC;
	assert_false(violation(NESTED, EPT_READ));
	assert_int_equal(entry02(NESTED) & RIGHTS, EPT_READ);
	map12(NESTED + 4096, PAGE, EPT_PAGE_4K, RIGHTS); /* UC */
	assert_false(violation(NESTED + 4096, EPT_WRITE));
	assert_int_equal(entry02(NESTED + 4096) & (RIGHTS | 7ull << 3), EPT_READ | EPT_WRITE);
}

TEST(a_page_is_as_large_as_the_smaller_one_of_both_epts)
{
	static const struct {
		uint64_t of12, of01, size;
	} rows[] = {{EPT_PAGE_2M, EPT_PAGE_2M, EPT_PAGE_2M},
		    {EPT_PAGE_4K, EPT_PAGE_2M, EPT_PAGE_4K},
		    {EPT_PAGE_2M, EPT_PAGE_4K, EPT_PAGE_4K},
		    {EPT_PAGE_1G, EPT_PAGE_2M, EPT_PAGE_2M}};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const uint64_t start = NESTED & ~(rows[i].of12 - 1), at = start + (PAGE & (rows[i].of12 - 1)) + 8;

		begin(rows[i].of01);
		map12(start, PAGE & ~(rows[i].of12 - 1), rows[i].of12, RIGHTS | WB);
		assert_false(violation(at, EPT_READ));
		assert_int_equal(count(), 1);
		assert_int_equal(found[0].size, rows[i].size);
		assert_int_equal(found[0].nested, at & ~(rows[i].size - 1));
		assert_int_equal(found[0].host, vcpu.base + PAGE);
	}
}

TEST(an_address_outside_of_the_guests_memory_leads_to_a_page_of_ones)
{
	const uint8_t *page;

	begin(EPT_PAGE_2M);
	map12(NESTED & ~(EPT_PAGE_2M - 1), vcpu.size, EPT_PAGE_2M, RIGHTS | WB);
	assert_false(violation(NESTED, EPT_READ));
	assert_int_equal(count(), 1);
	assert_int_equal(found[0].size, EPT_PAGE_4K);
	assert_true(nested_ept_is_no_memory_page(found[0].host));
	assert_false(nested_ept_is_no_memory_page(vcpu.base));
	page = (const uint8_t *)(uintptr_t)found[0].host;
	assert_int_equal(page[0] & page[4095], 0xff);
}

TEST(a_page_with_a_merged_bitmap_is_read_only_and_small)
{
	bool protects = false;

	begin(EPT_PAGE_2M);
	nested_bitmap(&vcpu, NESTED_VMREAD, PAGE + 0x3000, &protects);
	map12(NESTED & ~(EPT_PAGE_2M - 1), PAGE, EPT_PAGE_2M, RIGHTS | WB);
	assert_false(violation((NESTED & ~(EPT_PAGE_2M - 1)) + 0x3000, EPT_READ));
	assert_int_equal(count(), 1);
	assert_int_equal(found[0].size, EPT_PAGE_4K);
	assert_int_equal(entry02(found[0].nested) & RIGHTS, EPT_READ | EPT_EXEC);
	/* A write makes the bitmap out of date, and then goes through. */
	assert_false(violation(found[0].nested, EPT_WRITE));
	assert_false(nested_bitmaps_overlap_protected(PAGE + 0x3000, 1));
	assert_true(entry02(found[0].nested) & EPT_WRITE);
	nested_bitmaps_forget(&vcpu);
}

/* --- Exits to the guest hypervisor ------------------------------------------------------------ */

/* Table 28-7: bits 5:3 are the rights of ept12, not of ept02. */
TEST(an_access_that_ept12_forbids_is_an_ept_violation_of_l1)
{
	begin(EPT_PAGE_4K);
	map12(NESTED, PAGE, EPT_PAGE_4K, EPT_READ | WB);
	assert_true(violation(NESTED + 8, EPT_WRITE | 7ull << 3 | 1ull << 30));
	assert_int_equal(exit_of_l1.reason, VMX_EXIT_EPT_VIOLATION);
	assert_int_equal(exit_of_l1.qualification, EPT_WRITE | EPT_READ << 3 | 3ull << 7);
	assert_int_equal(exit_of_l1.physical, NESTED + 8);
	assert_int_equal(exit_of_l1.linear, 0x1234567);
	assert_int_equal(count(), 0);
	assert_true(violation(NESTED + 4096, EPT_READ));
	assert_int_equal(exit_of_l1.qualification & 7ull << 3, 0);
}

/* 29.3.3.1: a page that is writable and not readable. */
TEST(a_misconfigured_ept12_is_an_ept_misconfiguration_of_l1)
{
	begin(EPT_PAGE_4K);
	map12(NESTED, PAGE, EPT_PAGE_4K, EPT_WRITE | WB);
	assert_true(violation(NESTED, EPT_READ));
	assert_int_equal(exit_of_l1.reason, VMX_EXIT_EPT_MISCONFIG);
	assert_int_equal(exit_of_l1.physical, NESTED);
	assert_int_equal(count(), 0);
}

TEST(a_translation_by_ept12_needs_the_right_to_read)
{
	uint64_t physical = 0;

	begin(EPT_PAGE_4K);
	map12(NESTED, PAGE, EPT_PAGE_4K, EPT_READ | WB);
	assert_true(nested_ept_translate(&vcpu, vmcs, NESTED + 0x123, &physical));
	assert_int_equal(physical, PAGE + 0x123);
	map12(NESTED, PAGE, EPT_PAGE_4K, EPT_EXEC | WB);
	assert_false(nested_ept_translate(&vcpu, vmcs, NESTED, &physical));
}

/* --- Accessed and dirty flags (29.3.5), page-modification logging (29.3.6) -------------------- */

TEST(a_clean_page_becomes_writable_with_its_first_write)
{
	const uint64_t *entry;

	begin(EPT_PAGE_4K);
	use(eptp12(FAKE_ROOT) | EPTP_ACCESSED_DIRTY);
	assert_true(FIELD(EPT_POINTER) & EPTP_ACCESSED_DIRTY);
	entry = map12(NESTED, PAGE, EPT_PAGE_4K, RIGHTS | WB);
	assert_false(violation(NESTED, EPT_READ));
	assert_int_equal(*entry & (EPT_ACCESSED | EPT_DIRTY), EPT_ACCESSED);
	assert_false(entry02(NESTED) & EPT_WRITE);
	assert_false(violation(NESTED, EPT_WRITE));
	assert_int_equal(*entry & (EPT_ACCESSED | EPT_DIRTY), EPT_ACCESSED | EPT_DIRTY);
	assert_true(entry02(NESTED) & EPT_WRITE);
}

static void begin_pml(uint16_t index)
{
	begin(EPT_PAGE_4K);
	use(eptp12(FAKE_ROOT) | EPTP_ACCESSED_DIRTY);
	nested_vmcs_write(vmcs, VMCS_INDEX_SECONDARY_VM_EXEC_CONTROL, SECONDARY_EXEC_ENABLE_PML);
	nested_vmcs_write(vmcs, VMCS_INDEX_PML_ADDRESS, PML_LOG);
	nested_vmcs_write(vmcs, VMCS_INDEX_GUEST_PML_INDEX, index);
}

TEST(the_first_write_is_logged_and_the_index_goes_down)
{
	begin_pml(511);
	map12(NESTED, PAGE, EPT_PAGE_4K, RIGHTS | WB);
	assert_false(violation(NESTED + 0x123, EPT_WRITE));
	assert_int_equal(*fake_qword(PML_LOG + 511 * 8), NESTED);
	assert_int_equal(nested_vmcs_read(vmcs, VMCS_INDEX_GUEST_PML_INDEX), 510);
	assert_false(violation(NESTED + 0x123, EPT_WRITE)); /* dirty already */
	assert_int_equal(nested_vmcs_read(vmcs, VMCS_INDEX_GUEST_PML_INDEX), 510);
}

TEST(after_entry_0_the_log_is_full)
{
	const uint64_t *entry;

	begin_pml(0);
	map12(NESTED, PAGE, EPT_PAGE_4K, RIGHTS | WB);
	assert_false(violation(NESTED, EPT_WRITE));
	assert_int_equal(nested_vmcs_read(vmcs, VMCS_INDEX_GUEST_PML_INDEX), 0xffff);
	entry = map12(NESTED + 4096, PAGE, EPT_PAGE_4K, RIGHTS | WB);
	assert_true(violation(NESTED + 4096, EPT_WRITE));
	assert_int_equal(exit_of_l1.reason, VMX_EXIT_PML_FULL);
	assert_int_equal(*entry & (EPT_ACCESSED | EPT_DIRTY), 0);
	assert_int_equal(count(), 1);
}

/* --- The pool of ept02s, and INVEPT (29.4.2, 29.4.3) ------------------------------------------ */

TEST(the_same_ept12_has_the_same_ept02)
{
	uint64_t pointer;

	begin(EPT_PAGE_4K);
	pointer = nested_ept_pointer(eptp12(FAKE_ROOT));
	assert_int_equal(pointer & 0xfff, EPTP_WALK_LENGTH_4 | MEMORY_TYPE_WB);
	assert_int_equal(nested_ept_pointer(eptp12(FAKE_ROOT) & ~7ull), pointer); /* another memory type */
	assert_int_not_equal(nested_ept_pointer(eptp12(0x10000)), pointer);
}

TEST(invept_drops_both_ept02s_of_an_ept12_and_no_other)
{
	uint64_t plain, flags, other;
	unsigned generation;

	begin(EPT_PAGE_4K);
	plain = nested_ept_pointer(eptp12(FAKE_ROOT));
	flags = nested_ept_pointer(eptp12(FAKE_ROOT) | EPTP_ACCESSED_DIRTY);
	other = nested_ept_pointer(eptp12(0x10000));
	assert_int_not_equal(plain, flags);
	generation = nested_ept_generation;
	nested_ept_forget(eptp12(FAKE_ROOT));
	assert_int_not_equal(nested_ept_generation, generation);
	assert_int_equal(fake_invalidations(FAKE_INVEPT, INVEPT_SINGLE_CONTEXT, plain), 1);
	assert_int_equal(fake_invalidations(FAKE_INVEPT, INVEPT_SINGLE_CONTEXT, flags), 1);
	assert_int_equal(fake.invalidations, 2);
	assert_false(nested_ept_for_each(plain, note) || nested_ept_for_each(flags, note));
	assert_true(nested_ept_for_each(other, note));
	nested_ept_forget_all();
	assert_false(nested_ept_for_each(other, note));
}

TEST(a_dropped_ept02_starts_empty)
{
	begin(EPT_PAGE_4K);
	map12(NESTED, PAGE, EPT_PAGE_4K, RIGHTS | WB);
	assert_false(violation(NESTED, EPT_READ));
	nested_ept_forget(eptp12(FAKE_ROOT));
	use(eptp12(FAKE_ROOT));
	assert_int_equal(count(), 0);
}

TEST(the_9th_ept12_replaces_the_least_recently_used_one)
{
	uint64_t pointer[8];

	begin(EPT_PAGE_4K);
	for (unsigned i = 0; i < 8; i++)
		pointer[i] = nested_ept_pointer(eptp12(FAKE_ROOT + i * 4096ull));
	nested_ept_pointer(eptp12(FAKE_ROOT));
	nested_ept_pointer(eptp12(FAKE_ROOT + 8 * 4096));
	assert_int_equal(fake.invalidations, 1);
	assert_int_equal(fake_invalidations(FAKE_INVEPT, INVEPT_SINGLE_CONTEXT, pointer[1]), 1);
	assert_true(nested_ept_for_each(pointer[0], note));
}

TEST(without_a_free_table_all_ept02s_start_again)
{
	const uint64_t start = 0x40000000;
	unsigned generation;

	begin(EPT_PAGE_4K);
	generation = nested_ept_generation;
	for (uint64_t i = 0; nested_ept_generation == generation; i++) {
		assert_true(i < 256);
		map12(start + i * EPT_PAGE_2M, PAGE, EPT_PAGE_4K, RIGHTS | WB);
		assert_false(violation(start + i * EPT_PAGE_2M, EPT_READ));
		assert_int_equal(entry02(start + i * EPT_PAGE_2M) & EPT_ADDRESS, vcpu.base + PAGE);
	}
	assert_int_equal(count(), 1); /* in the new ept02 that EPT_POINTER leads to */
	assert_int_equal(vmcs->tables, nested_ept_generation);
}

/*
 * 29.4.3.1: the violation drops the translation that caused it, and a large page may be cached in
 * pieces.
 */
TEST(a_replaced_piece_of_a_large_page_is_invalidated)
{
	const uint64_t start = NESTED & ~(EPT_PAGE_2M - 1);

	begin(EPT_PAGE_4K);
	use(eptp12(FAKE_ROOT) | EPTP_ACCESSED_DIRTY);
	map12(start, PAGE, EPT_PAGE_2M, RIGHTS | WB);
	fake.invalidations = 0;
	assert_false(violation(start, EPT_READ));
	assert_int_equal(fake.invalidations, 0);
	assert_false(violation(start, EPT_WRITE));
	assert_int_equal(fake_invalidations(FAKE_INVEPT, INVEPT_SINGLE_CONTEXT, FIELD(EPT_POINTER)), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(a_page_that_only_ept02_lacks_is_mapped_without_an_exit_to_l1),
		RUN(ept02_has_no_right_that_ept12_lacks),
		RUN(a_page_is_as_large_as_the_smaller_one_of_both_epts),
		RUN(an_address_outside_of_the_guests_memory_leads_to_a_page_of_ones),
		RUN(a_page_with_a_merged_bitmap_is_read_only_and_small),
		RUN(an_access_that_ept12_forbids_is_an_ept_violation_of_l1),
		RUN(a_misconfigured_ept12_is_an_ept_misconfiguration_of_l1),
		RUN(a_translation_by_ept12_needs_the_right_to_read),
		RUN(a_clean_page_becomes_writable_with_its_first_write),
		RUN(the_first_write_is_logged_and_the_index_goes_down),
		RUN(after_entry_0_the_log_is_full),
		RUN(the_same_ept12_has_the_same_ept02),
		RUN(invept_drops_both_ept02s_of_an_ept12_and_no_other),
		RUN(a_dropped_ept02_starts_empty),
		RUN(the_9th_ept12_replaces_the_least_recently_used_one),
		RUN(without_a_free_table_all_ept02s_start_again),
		RUN(a_replaced_piece_of_a_large_page_is_invalidated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
