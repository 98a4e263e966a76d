// SPDX-License-Identifier: GPL-2.0-only
/*
 * Checks page tables that no guest should make, in a separate address range: entries with reserved
 * bits, loops, and entries that lead out of memory. It also checks non-canonical addresses. The SDM
 * defines what the CPU does in each case (SDM 5.5, 5.7, 3.3.7.1), so shadow page tables must not
 * differ.
 */
#include "microbench/abi/memory.h"
#include "microbench/bare/bare.h"
#include "microbench/bare/cpu.h"
#include "microbench/families/access.h"
#include "microbench/family.h"
#include "vmcs-shadow/x86.h"

/*
 * An address above all memory that our hypervisor gives to its guest. It is neither a device nor
 * fresh memory (abi/services.h).
 */
#define BEYOND 0x5000000ull
#define MEMORY NB_OPERATION_MEMORY /* 2 MiB */
#define MARK   0x123456789abcdef0ull

/* Indices through all four tables to the only correctly mapped page, and indices of the loops. */
enum { TOP = 5, MIDDLE = 6, LOW = 7, LAST = 8, LOOP = 9, NEXT = 10, LOOP_TOP = 12 };

enum { PML4, PDPT, PD, PT, LEVELS };
static const char *const name[LEVELS] = {"PML4E", "PDPTE", "PDE", "PTE"};

static uint64_t pdpt[512] __attribute__((aligned(4096)));
static uint64_t pd[512] __attribute__((aligned(4096)));
static uint64_t pt[512] __attribute__((aligned(4096)));
static uint64_t page[512] __attribute__((aligned(4096)));
static uint64_t cr3, checked; /* checked: the value under test, for the error message */

/* Memory is mapped one to one, so the address in CR3 is a valid pointer. */
static uint64_t *pml4(void)
{
	return (uint64_t *)(cr3 & ~0xfffull);
}

static uint64_t linear_of(uint64_t top, uint64_t middle, uint64_t low, uint64_t last)
{
	return top << 39 | middle << 30 | low << 21 | last << 12;
}

#define LINEAR linear_of(TOP, MIDDLE, LOW, LAST)

static uint64_t *entry_of(unsigned level)
{
	uint64_t *const entry[LEVELS] = {&pml4()[TOP], &pdpt[MIDDLE], &pd[LOW], &pt[LAST]};

	return entry[level];
}

static uint64_t good_of(unsigned level)
{
	uint64_t *const next[LEVELS] = {pdpt, pd, pt, page};

	return (uintptr_t)next[level] | P | W;
}

static void set(unsigned level, uint64_t entry)
{
	*entry_of(level) = checked = entry;
	invalidate(LINEAR);
}

static void expect(bool good, const char *what, const char *where)
{
	if (!good)
		bare_fail("bad_tables: %s%s: entry %lx, %lu faults, the last %lu with error code %lx at %lx", where,
			  what, checked, access_fault.count, access_fault.vector, access_fault.error,
			  access_fault.address);
}

static void expect_page_fault(uint64_t error, uint64_t linear, const char *what, const char *where)
{
	expect(access_fault.count == 1 && access_fault.vector == VECTOR_PF && access_fault.error == error &&
		       access_fault.address == linear,
	       what, where);
	access_fault.count = 0;
}

static void expect_fault(uint64_t vector, const char *what)
{
	expect(access_fault.count == 1 && access_fault.vector == vector && access_fault.error == 0, what, "");
	access_fault.count = 0;
}

static void expect_none(const char *what, const char *where)
{
	expect(access_fault.count == 0, what, where);
}

static unsigned physical_bits(void)
{
	return cpuid(0x80000008u, 0).eax & 0xff;
}

/*
 * Tries each kind of access through an entry with a reserved bit. Without P the CPU ignores the
 * bit.
 */
static void check_reserved_bit(unsigned level, uint64_t entry)
{
	const uint64_t fetch = cpuid(0x80000001u, 0).edx & LEAF_EXT_1_EDX_NX ? ERROR_FETCH : 0;

	set(level, entry);
	access_load(LINEAR + 16);
	expect_page_fault(ERROR_PRESENT | ERROR_RESERVED, LINEAR + 16, ": load", name[level]);
	access_store(LINEAR + 24, 0);
	expect_page_fault(ERROR_PRESENT | ERROR_RESERVED | ERROR_WRITE, LINEAR + 24, ": store", name[level]);
	access_fetch(LINEAR);
	expect_page_fault(ERROR_PRESENT | ERROR_RESERVED | fetch, LINEAR, ": fetch", name[level]);
	expect(*entry_of(level) == entry, ": has changed without an access", name[level]);
	*entry_of(level) = entry & ~P;
	access_load(LINEAR + 16);
	expect_page_fault(0, LINEAR + 16, ": a reserved bit of an entry that is not present", name[level]);
	*entry_of(level) = good_of(level); /* a TLB holds neither of the two entries, so no INVLPG */
	expect(access_load(LINEAR) == MARK, ": is good again", name[level]);
	expect_none(": is good again, without a fault", name[level]);
}

static void check_reserved(void)
{
	const unsigned bits = physical_bits();

	for (unsigned level = PML4; level < LEVELS; level++)
		for (unsigned bit = bits; bit < 52; bit += 51 - bits ? 51 - bits : 1)
			check_reserved_bit(level, good_of(level) | 1ull << bit);
	check_reserved_bit(PML4, good_of(PML4) | LARGE);
	/*
	 * The address of a large page is a multiple of its size, so these bits are reserved. Bit 12
	 * is PAT.
	 */
	check_reserved_bit(PD, MEMORY | P | W | LARGE | 1ull << 13);
	check_reserved_bit(PD, MEMORY | P | W | LARGE | 1ull << 20);
	if (has_pages_of_1g()) {
		check_reserved_bit(PDPT, P | W | LARGE | 1ull << 13);
		check_reserved_bit(PDPT, P | W | LARGE | 1ull << 29);
	} else {
		check_reserved_bit(PDPT, P | W | LARGE);
	}
}

/*
 * An access crosses into a second page. The fault belongs to the second page, and the first half of
 * the access must not happen.
 */
static void check_straddling(void)
{
	const uint64_t end = LINEAR + 4096;

	page[511] = MARK;
	for (unsigned reserved = 0; reserved < 2; reserved++) {
		uint64_t error = reserved ? ERROR_PRESENT | ERROR_RESERVED : 0;

		pt[LAST + 1] = checked = reserved ? good_of(PT) | 1ull << 51 : 0;
		access_load(end - 4);
		expect_page_fault(error, end, "load over the end of a page", "");
		access_store(end - 4, 0);
		expect_page_fault(error | ERROR_WRITE, end, "store over the end of a page", "");
		expect(page[511] == MARK, "store that faulted, done by half", "");
	}
	pt[LAST + 1] = 0;
}

/* Executes PUSH with a stack at an address that faults. */
static void push(uint64_t stack)
{
	__asm__ volatile(
		"lea 1f(%%rip), %%rax; mov %%rax, %[resume]; mov %%rsp, %%rbx; mov %[stack], %%rsp; push %%rax; "
		"1: mov %%rbx, %%rsp"
		: [resume] "=m"(access_resume)
		: [stack] "r"(stack)
		: "rax", "rbx", "memory");
}

static void load_cr3(uint64_t value)
{
	__asm__ volatile("lea 1f(%%rip), %%rax; mov %%rax, %[resume]; mov %[value], %%cr3; 1:"
			 : [resume] "=m"(access_resume)
			 : [value] "r"(value)
			 : "rax", "memory");
}

static void check_canonical(void)
{
	static const uint64_t wrong[] = {1ull << 47, 1ull << 63, ~(1ull << 47), ~(1ull << 63), (1ull << 47) - 4};

	for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		checked = wrong[i];
		access_load(wrong[i]);
		expect_fault(VECTOR_GP, "load from an address that is not canonical");
		access_store(wrong[i], 0);
		expect_fault(VECTOR_GP, "store to an address that is not canonical");
		invalidate(wrong[i]);
		expect_none("INVLPG of an address that is not canonical", "");
	}
	checked = 1ull << 47;
	access_fetch(1ull << 47);
	expect_fault(VECTOR_GP, "jump to an address that is not canonical");
	push((1ull << 47) + 64);
	expect_fault(VECTOR_SS, "push to an address that is not canonical");
	/* The lowest canonical address above the gap. Nothing is mapped there. */
	access_load(~0ull << 47);
	expect_page_fault(0, ~0ull << 47, "load from the lowest of the high addresses", "");
	for (unsigned bit = physical_bits(); bit < 64; bit++) {
		/* With CR4.PCIDE, or with linear-address masking, these bits have a meaning. */
		if (bit == 63 || bit == 61 || bit == 62)
			continue;
		checked = cr3 | 1ull << bit;
		load_cr3(cr3 | 1ull << bit);
		expect_fault(VECTOR_GP, "CR3 with a reserved bit");
	}
	expect(read_cr3() == cr3, "CR3 has changed all the same", "");
}

/* The CPU must find `table` through these four indices. A load then returns the table's entry. */
static void expect_table(uint64_t linear, const volatile uint64_t *table, unsigned index, const char *what)
{
	uint64_t found = access_load(linear + index * 8ull);

	checked = table[index];
	expect_none(what, "");
	/* The load may have set A in the entry that it read. */
	expect((found | ACCESSED | DIRTY) == (table[index] | ACCESSED | DIRTY), what, "");
	expect(table[index] & P, what, "");
}

/*
 * An entry that leads to its own table, or to a table above it, is legal. Each loop uses one index,
 * so the walk ends one table earlier.
 */
static void check_loops(void)
{
	uint64_t *top = pml4(), window = linear_of(LOOP_TOP, TOP, MIDDLE, LOW);

	pt[LOOP] = (uintptr_t)pt | P | W;
	pd[LOOP] = (uintptr_t)pd | P | W;
	pdpt[LOOP] = (uintptr_t)pdpt | P | W;
	top[LOOP_TOP] = (cr3 & ~0xfffull) | P | W;
	expect_table(linear_of(TOP, MIDDLE, LOW, LOOP), pt, LOOP, "a PTE that leads to its own table");
	expect_table(linear_of(TOP, MIDDLE, LOOP, LOOP), pd, LOOP, "a PDE that leads to its own table, twice");
	expect_table(linear_of(TOP, MIDDLE, LOOP, LOW), pt, LAST, "a PDE that leads to its own table");
	expect_table(linear_of(TOP, LOOP, LOOP, LOOP), pdpt, LOOP, "a PDPTE that leads to its own table, three times");
	expect_table(linear_of(TOP, LOOP, LOOP, MIDDLE), pd, LOW, "a PDPTE that leads to its own table, twice");
	expect_table(linear_of(TOP, LOOP, MIDDLE, LOW), pt, LAST, "a PDPTE that leads to its own table");
	expect_table(linear_of(LOOP_TOP, LOOP_TOP, LOOP_TOP, LOOP_TOP), top, LOOP_TOP,
		     "a PML4E that leads to its own table, four times");
	expect_table(linear_of(LOOP_TOP, LOOP_TOP, LOOP_TOP, TOP), pdpt, MIDDLE,
		     "a PML4E that leads to its own table, thrice");
	expect_table(linear_of(LOOP_TOP, LOOP_TOP, TOP, MIDDLE), pd, LOW, "a PML4E that leads to its own table, twice");
	expect_table(window, pt, LAST, "a PML4E that leads to its own table");

	/*
	 * Changes tables through the window that a loop opens, as some kernels change their tables.
	 */
	pd[LOW] = checked = good_of(PD);
	write_cr3(cr3);
	access_store(window + NEXT * 8, (uintptr_t)page | P | W);
	expect(pd[LOW] & DIRTY, "a store through a window: D of the entry that maps the table", "");
	expect(access_load(linear_of(TOP, MIDDLE, LOW, NEXT)) == MARK, "a page that was mapped through a window", "");
	access_store(window + NEXT * 8, (uintptr_t)page | P);
	invalidate(linear_of(TOP, MIDDLE, LOW, NEXT));
	expect_none("a page that was mapped through a window", "");
	access_store(linear_of(TOP, MIDDLE, LOW, NEXT), 0);
	expect_page_fault(ERROR_PRESENT | ERROR_WRITE, linear_of(TOP, MIDDLE, LOW, NEXT),
			  "a page that was made read-only through a window", "");
	access_store(window + NEXT * 8, 0);
	invalidate(linear_of(TOP, MIDDLE, LOW, NEXT));
	access_load(linear_of(TOP, MIDDLE, LOW, NEXT));
	expect_page_fault(0, linear_of(TOP, MIDDLE, LOW, NEXT), "a page that was unmapped through a window", "");

	pt[LOOP] = pd[LOOP] = pdpt[LOOP] = top[LOOP_TOP] = 0;
	write_cr3(cr3);
	access_load(window);
	expect_page_fault(0, window, "a window that is gone", "");
}

static const char *prepare_tables(void)
{
	access_begin();
	cr3 = read_cr3();
	for (unsigned level = PML4; level < LEVELS; level++)
		*entry_of(level) = good_of(level);
	page[0] = MARK;
	page[1] = ACCESS_CODE; /* no fetch gets to this code */
	return NULL;
}

static void finish_tables(uint32_t executions __attribute__((unused)))
{
	*entry_of(PML4) = 0;
	write_cr3(cr3);
	access_end();
}

NB_OPERATION_WITH(bad_tables, prepare_tables, finish_tables)
{
	check_reserved();
	check_straddling();
	check_canonical();
	check_loops();
}

/*
 * In the middle of a window, an entry of this level leads out of memory. The CPU has no fault for
 * this case. The hypervisor below must report it and end the guest. The same load succeeds before.
 */
static inline __attribute__((always_inline)) void lead_out(unsigned level, uint32_t i, uint32_t n)
{
	if (i == n / 2)
		set(level, BEYOND | P | W);
	access_load(LINEAR + 8);
}

NB_OPERATION_WITH(beyond_pml4e, prepare_tables, finish_tables)
{
	lead_out(PML4, i, n);
}

NB_OPERATION_WITH(beyond_pdpte, prepare_tables, finish_tables)
{
	lead_out(PDPT, i, n);
}

NB_OPERATION_WITH(beyond_pde, prepare_tables, finish_tables)
{
	lead_out(PD, i, n);
}

NB_OPERATION_WITH(beyond_pte, prepare_tables, finish_tables)
{
	lead_out(PT, i, n);
}

NB_OPERATION_WITH(beyond_cr3, prepare_tables, finish_tables)
{
	if (i == n / 2)
		write_cr3(BEYOND);
}
