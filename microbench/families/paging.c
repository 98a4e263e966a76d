// SPDX-License-Identifier: GPL-2.0-only
/*
 * Checks the rules of paging step by step, in a separate address range: faults and their error
 * codes, A and D, and the translations that INVLPG and MOV to CR3 flush. The checks hold where the
 * CPU itself walks the tables, so shadow page tables must not differ.
 */
#include "microbench/bare/bare.h"
#include "microbench/bare/cpu.h"
#include "microbench/families/access.h"
#include "microbench/family.h"

/* Two ranges of addresses and two ranges of memory, 2 MiB each. Nothing else uses them. */
#define HERE     0xc0000000ull
#define THERE    0xc0200000ull
#define MEMORY_1 0x0a00000ull
#define MEMORY_2 0x0c00000ull

static uint64_t table[512] __attribute__((aligned(4096)));
static uint8_t page[2][4096] __attribute__((aligned(4096)));
static uint64_t cr0, cr4, efer, before[2];

static void expect(bool good, const char *what)
{
	if (!good)
		bare_fail("paging: %s: %lu faults, the last with error code %lx at %lx; entry %lx", what,
			  access_fault.count, access_fault.error, access_fault.address, table[0]);
}

static void expect_fault(uint64_t code, uint64_t linear, const char *what)
{
	expect(access_fault.count == 1 && access_fault.vector == VECTOR_PF && access_fault.error == code &&
		       access_fault.address == linear,
	       what);
	access_fault.count = 0;
}

/* Sets the entry of the range's first page and makes the change take effect with INVLPG. */
static void set(uint64_t entry)
{
	table[0] = entry;
	invalidate(HERE);
}

static uint64_t first(void)
{
	return (uintptr_t)page[0];
}

static void check_present(void)
{
	set(first() | W);
	access_load(HERE + 8);
	expect_fault(0, HERE + 8, "load from what is not present");
	access_store(HERE, 1);
	expect_fault(ERROR_WRITE, HERE, "store to what is not present");
	table[0] |= P; /* a TLB holds no entry that is not present, so no INVLPG */
	access_store(HERE, 0x1111);
	expect(access_fault.count == 0 && *(volatile uint64_t *)page[0] == 0x1111, "store to what is present again");
}

static void check_flags(void)
{
	set(first() | P | W);
	access_load(HERE);
	expect((table[0] & (ACCESSED | DIRTY)) == ACCESSED, "a load sets A alone");
	access_store(HERE, 0x2222);
	expect((table[0] & (ACCESSED | DIRTY)) == (ACCESSED | DIRTY), "a store sets D, after a load");
	set(first() | P | W);
	access_store(HERE, 0x3333);
	expect((table[0] & (ACCESSED | DIRTY)) == (ACCESSED | DIRTY), "a store sets A and D");
	expect(*bare_page_entry(HERE) & ACCESSED, "the entry above has A");
	expect(access_fault.count == 0 && access_load(HERE) == 0x3333, "and is done");
}

static void check_write_protection(void)
{
	*(volatile uint64_t *)page[0] = 0x4444;
	set(first() | P | U);
	access_store(HERE, 1);
	expect_fault(ERROR_PRESENT | ERROR_WRITE, HERE, "store to a read-only page");
	expect(!(table[0] & DIRTY) && access_load(HERE) == 0x4444, "which has not happened");
	set(first() | P | W);
	*bare_page_entry(HERE) &= ~W;
	invalidate(HERE);
	access_store(HERE, 1);
	expect_fault(ERROR_PRESENT | ERROR_WRITE, HERE, "store under a read-only entry above");
	*bare_page_entry(HERE) |= W;
	set(first() | P | U);
	access_load(HERE);
	write_cr0(cr0 & ~CR0_WP);
	access_store(HERE, 0x5555);
	expect(access_fault.count == 0 && access_load(HERE) == 0x5555 && table[0] & DIRTY,
	       "store to a read-only page with CR0.WP = 0");
	write_cr0(cr0 | CR0_WP);
	access_store(HERE, 1);
	expect_fault(ERROR_PRESENT | ERROR_WRITE, HERE, "and with CR0.WP = 1 again");
}

static void check_user(void)
{
	*(volatile uint64_t *)page[0] = 0x6666;
	set(first() | P | W);
	access_load(HERE);
	access_user_load(HERE);
	expect_fault(ERROR_PRESENT | ERROR_USER, HERE, "a user's load from a supervisor's page");
	set(first() | U);
	access_user_store(HERE, 1);
	expect_fault(ERROR_USER | ERROR_WRITE, HERE, "a user's store to what is not present");
	set(first() | P | W | U);
	expect(access_user_load(HERE) == 0x6666, "a user's load");
	expect(!(table[0] & DIRTY), "which leaves the page clean");
	access_user_store(HERE, 0x7777);
	expect(access_load(HERE) == 0x7777 && table[0] & DIRTY, "a user's store");
	/*
	 * With CR0.WP = 0 the supervisor may write to a page that the user may only read. They take
	 * turns.
	 */
	set(first() | P | U);
	write_cr0(cr0 & ~CR0_WP);
	for (uint64_t i = 0; i < 3; i++) {
		access_store(HERE, i);
		expect(access_fault.count == 0 && access_user_load(HERE) == i,
		       "a read-only user page, written to by the supervisor");
		access_user_store(HERE, 1);
		expect_fault(ERROR_PRESENT | ERROR_USER | ERROR_WRITE, HERE, "and not by the user");
	}
	write_cr0(cr0 | CR0_WP);
}

static void check_fetches(void)
{
	*(volatile uint16_t *)page[0] = ACCESS_CODE;
	set(first() | P);
	access_fetch(HERE);
	expect(access_fault.count == 0, "code runs");
	set(first() | P | NX);
	access_fetch(HERE);
	expect_fault(ERROR_PRESENT | ERROR_FETCH, HERE, "fetch from a page with NX");
	access_load(HERE);
	expect(access_fault.count == 0, "load from a page with NX");
	wrmsr(MSR_EFER, efer & ~EFER_NXE);
	invalidate(HERE); /* WRMSR flushes nothing */
	access_load(HERE);
	expect_fault(ERROR_PRESENT | ERROR_RESERVED, HERE, "NX without EFER.NXE");
	wrmsr(MSR_EFER, efer | EFER_NXE);
	invalidate(HERE);
	access_load(HERE);
	expect(access_fault.count == 0, "and with it again");
	if (cpuid(0, 0).eax < 7 || !(cpuid(7, 0).ebx & LEAF_7_EBX_SMEP))
		return;
	write_cr4(cr4 | CR4_SMEP);
	set(first() | P | U);
	access_fetch(HERE); /* a user page, because the entries above have U too */
	expect_fault(ERROR_PRESENT | ERROR_FETCH, HERE, "fetch from a user's page with SMEP");
	write_cr0(cr0 & ~CR0_WP);
	access_store(HERE + 64, 1);
	expect(access_fault.count == 0, "store to a user's read-only page with CR0.WP = 0");
	access_fetch(HERE);
	expect_fault(ERROR_PRESENT | ERROR_FETCH, HERE, "fetch from it with SMEP");
	write_cr0(cr0 | CR0_WP);
	write_cr4(cr4);
	access_fetch(HERE);
	expect(access_fault.count == 0, "fetch from a user's page without SMEP");
}

static void check_reserved(void)
{
	set(first() | P | W | RESERVED);
	access_store(HERE, 1);
	expect_fault(ERROR_PRESENT | ERROR_RESERVED | ERROR_WRITE, HERE, "an entry with a reserved bit");
}

static void check_forgetting(void)
{
	*(volatile uint64_t *)page[0] = 1;
	*(volatile uint64_t *)page[1] = 2;
	set(first() | P | W);
	expect(access_load(HERE) == 1, "the first page");
	set((uintptr_t)page[1] | P | W);
	expect(access_load(HERE) == 2, "INVLPG forgets it");
	table[0] = first() | P | W;
	write_cr3(read_cr3());
	expect(access_load(HERE) == 1, "MOV to CR3 forgets all");
	expect(access_fault.count == 0, "without a fault");
}

/* A TLB may hold a large page in pieces. INVLPG of any address in the page flushes all pieces. */
static void check_large_pages(void)
{
	uint64_t *entry = bare_page_entry(THERE);
	/* Memory is mapped one to one, so the address in CR3 is a valid pointer. */
	uint64_t *pdpt = (uint64_t *)(*(uint64_t *)(read_cr3() & ~0xfffull) & ~0xfffull);
	uint64_t old;

	for (uint64_t offset = 0; offset < 8 * 4096; offset += 4096) {
		*(volatile uint64_t *)(MEMORY_1 + offset) = 1;
		*(volatile uint64_t *)(MEMORY_2 + offset) = 2;
	}
	*entry = MEMORY_1 | P | W | LARGE;
	invalidate(THERE);
	for (uint64_t offset = 0; offset < 8 * 4096; offset += 4096)
		expect(access_load(THERE + offset) == 1, "a page of 2 MiB");
	expect((*entry & (ACCESSED | DIRTY)) == ACCESSED, "which has A alone");
	access_store(THERE + 4096, 1);
	expect(*entry & DIRTY, "and D after a store");
	*entry = MEMORY_2 | P | W | LARGE;
	invalidate(THERE + 0x100000);
	for (uint64_t offset = 0; offset < 8 * 4096; offset += 4096)
		expect(access_load(THERE + offset) == 2, "another page of 2 MiB, after one INVLPG");
	expect(access_fault.count == 0, "without a fault");
	if (!has_pages_of_1g())
		return;
	old = pdpt[3];
	pdpt[3] = P | W | LARGE;
	write_cr3(read_cr3());
	expect(access_load(HERE + MEMORY_1) == 1 && access_load(HERE + MEMORY_2) == 2, "a page of 1 GiB");
	pdpt[3] = old;
	invalidate(HERE + MEMORY_1);
	expect(access_load(THERE) == 2, "and what was there before it, after one INVLPG");
	expect(access_fault.count == 0, "without a fault");
}

static const char *prepare_paging(void)
{
	access_begin();
	cr0 = read_cr0();
	cr4 = read_cr4();
	efer = rdmsr(MSR_EFER);
	before[0] = *bare_page_entry(HERE);
	before[1] = *bare_page_entry(THERE);
	*bare_page_entry(HERE) = (uintptr_t)table | P | W | U;
	table[1] = (uintptr_t)access_user_page | P | U;
	access_user_page_is_at(HERE + 4096);
	return NULL;
}

static void finish_paging(uint32_t executions __attribute__((unused)))
{
	*bare_page_entry(HERE) = before[0];
	*bare_page_entry(THERE) = before[1];
	write_cr4(cr4);
	access_end();
	write_cr3(read_cr3());
}

NB_OPERATION_WITH(paging, prepare_paging, finish_paging)
{
	access_fault.count = 0;
	check_present();
	check_flags();
	check_write_protection();
	check_user();
	check_fetches();
	check_reserved();
	check_forgetting();
	check_large_pages();
}
