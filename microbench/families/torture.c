// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random changes of page tables, as an operating system makes them, and random accesses. A model
 * checks each access: the loaded value or the fault, A and D of the entries, and the contents of
 * memory. One execution is one step. The model is right where the CPU itself walks the tables, so
 * neither EPT nor shadow page tables may differ.
 *
 * The test keeps the rules for software (SDM 5.10.4). INVLPG or MOV to CR3 follows each change that
 * takes rights away, before the test relies on the change. After a change that only adds rights,
 * they do not always follow. The model knows only where A must be set, because a CPU may also set A
 * for accesses that it speculates on.
 */
#include "microbench/abi/memory.h"
#include "microbench/abi/services.h"
#include "microbench/bare/bare.h"
#include "microbench/bare/cpu.h"
#include "microbench/families/access.h"
#include "microbench/families/hypercall.h"
#include "microbench/family.h"
#include "microbench/random.h"
#include "microbench/trap_requests.h"
#include "vmcs-shadow/x86.h"

/* The range: in the upper half, 2 MiB for each entry of a page directory that is used. */
#define TOP       300u
#define SECOND    7u
#define BASE      (0xffffull << 48 | (uint64_t)TOP << 39 | (uint64_t)SECOND << 30)
#define SLOTS     4u
#define SHARED    (SLOTS - 1)           /* one table for all spaces, with global pages */
#define USER_CODE (BASE + (1ull << 30)) /* code for ring 3, in all spaces */
#define SPACES    3u

/* The indices that are used in a table and in a 2 MiB region, among them the first and the last. */
static const uint16_t place[] = {0, 1, 2, 63, 64, 255, 510, 511};
#define PLACES (sizeof(place) / sizeof(place[0]))

/* Memory in regions of 2 MiB. A region may be mapped as one page, or as single pages of 4 KiB. */
#define MEMORY  NB_OPERATION_MEMORY
#define REGIONS 4u
#define SIZE    0x200000ull
_Static_assert(MEMORY + REGIONS * SIZE <= NB_OPERATION_END, "it is all ours");

/* Offsets in each page: a word to load, and code. */
#define WORD         8u
#define CODE         64u
#define USER_CODE_AT 128u

#define PCID(space) ((space) + 1ull)

#define LARGE_RESERVED (1ull << 13)
#define ADDRESS        0x000ffffffffff000ull

struct entry {
	volatile uint64_t *real;
	uint64_t value; /* the entry without A and D */
	bool accessed, dirty;
	bool added; /* allows more than before, and no INVLPG followed: one fault is still legal */
};

struct space {
	struct entry pde[SLOTS];
	struct entry pte[SLOTS][PLACES]; /* for the last slot, space 0 holds the entries of all spaces */
	/*
	 * Changed while another space was active: the test does not rely on translations cached for
	 * its PCID.
	 */
	bool stale;
};

typedef uint64_t table[512] __attribute__((aligned(4096)));
static table pml4[SPACES], pdpt[SPACES], pd[SPACES], pt[SPACES][SLOTS], user_pd, user_pt;

static struct space space[SPACES];
static unsigned current;
static uint64_t content[REGIONS][PLACES];
static uint64_t random, steps;
uint32_t nb_seed; /* declared in family.h */
static uint64_t cr0, cr3, cr4;
static bool wp, smep, pcids, has_smep, has_pcid, has_invpcid, checked;

static const char *doing; /* the current step, for the error message */

static unsigned below(unsigned n)
{
	return (unsigned)(nb_random(&random) >> 32) % n;
}

static void wrong(const char *what, uint64_t linear, uint64_t expected, uint64_t found)
{
	bare_fail("torture, seed %u, step %lu (%s): %s at %lx: %lx expected, %lx found; space %u, CR0.WP %u, SMEP %u, "
		  "PCIDE %u, %lu faults, the last with error code %lx at %lx",
		  nb_seed, steps, doing, what, linear, expected, found, current, wp, smep, pcids, access_fault.count,
		  access_fault.error, access_fault.address);
}

static uint64_t linear_of(unsigned slot, unsigned at)
{
	return BASE + ((uint64_t)slot << 21) + ((uint64_t)place[at] << 12);
}

static uint64_t memory_at(unsigned region, unsigned at)
{
	return MEMORY + region * SIZE + ((uint64_t)place[at] << 12);
}

static struct entry *pte_of(unsigned of, unsigned slot, unsigned at)
{
	return &space[slot == SHARED ? 0 : of].pte[slot][at];
}

static bool is_large(const struct entry *pde)
{
	return pde->value & P && pde->value & LARGE;
}

/* --- Changes --- */

/*
 * Returns true if the new value allows everything that the old value allows. With SMEP, U takes the
 * right to fetch away from the supervisor.
 */
static bool only_adds(uint64_t old, uint64_t value)
{
	const uint64_t kept = W | U | ACCESSED | DIRTY;

	return !((old ^ value) & ~(kept | NX)) && !(old & ~value & kept) && !(value & ~old & (NX | (smep ? U : 0)));
}

static void set(struct entry *e, uint64_t value)
{
	uint64_t old = *e->real;

	e->added = old & P && old != value && only_adds(old, value);
	e->accessed = value & ACCESSED;
	e->dirty = value & DIRTY;
	e->value = value & ~(ACCESSED | DIRTY);
	*e->real = value;
}

/*
 * Returns true if the change needs no INVLPG: the entry was not present, or the change only adds.
 */
static bool may_wait(const struct entry *e, uint64_t old)
{
	return !(old & P) || e->added;
}

static uint64_t random_rights(void)
{
	return (below(4) ? P : 0) | (below(2) ? W : 0) | (below(2) ? U : 0) | (below(3) ? 0 : NX) |
	       (below(3) ? 0 : ACCESSED) | (below(12) ? 0 : RESERVED);
}

static uint64_t random_leaf(void)
{
	uint64_t value = random_rights();

	/*
	 * Presets D in some entries, so that no store sets it. A clean page that is not accessed
	 * needs a walk most often.
	 */
	return value & ACCESSED && !below(2) ? value | DIRTY : value;
}

static uint64_t random_pte(unsigned slot)
{
	return memory_at(below(REGIONS), below(PLACES)) | random_leaf() | (slot == SHARED ? GLOBAL : 0);
}

static uint64_t random_pde(unsigned of, unsigned slot)
{
	if (slot != SHARED && below(3) == 0)
		return (MEMORY + below(REGIONS) * SIZE) | LARGE | random_leaf() | (below(12) ? 0 : LARGE_RESERVED);
	return (uintptr_t)pt[slot == SHARED ? 0 : of][slot] | random_rights() | (below(4) ? W | U : 0);
}

/*
 * Executes INVLPG for all pages of a slot. For a 2 MiB page, INVLPG of any address in it flushes
 * the whole page (SDM 5.10.4.1).
 */
static void invalidate_slot(unsigned slot, bool was_large)
{
	for (unsigned at = 0; at < PLACES; at++) {
		pte_of(current, slot, at)->added = false;
		if (!was_large)
			invalidate(linear_of(slot, at));
	}
	if (was_large)
		invalidate(linear_of(slot, below(PLACES)));
	space[current].pde[slot].added = false;
}

/*
 * MOV to CR3 flushes everything except global translations and, with PCIDs, the translations of
 * other PCIDs. With bit 63 of the operand it flushes nothing (SDM 5.10.4.1).
 */
static void switch_to(unsigned to)
{
	bool keep = pcids && to != current && !space[to].stale && below(2);

	current = to;
	write_cr3((uintptr_t)pml4[to] | (pcids ? PCID(to) : 0) | (keep ? CR3_NO_FLUSH : 0));
	if (keep)
		return;
	space[to].stale = false;
	for (unsigned slot = 0; slot < SHARED; slot++) {
		space[to].pde[slot].added = false;
		for (unsigned at = 0; at < PLACES; at++)
			space[to].pte[slot][at].added = false;
	}
}

static void change_pte(void)
{
	unsigned slot = below(SLOTS), at = below(PLACES);
	struct entry *e = pte_of(current, slot, at);
	uint64_t old = *e->real;
	unsigned what = old & P ? below(4) : 0;

	doing = "an entry of a page table changes";
	if (what == 0) /* map another page */
		set(e, random_pte(slot));
	else if (what == 1) /* not present, with random other bits */
		set(e, nb_random(&random) & ~P);
	else if (what == 2) /* other rights for the same page */
		set(e, (old & (ADDRESS & ~RESERVED)) | random_leaf() | (old & GLOBAL));
	else /* more rights */
		set(e, (old | W | U) & ~NX);
	if (may_wait(e, old) && below(2))
		return;
	e->added = false;
	invalidate(linear_of(slot, at));
}

static void change_pde(void)
{
	unsigned slot = below(SLOTS);
	struct entry *e = &space[current].pde[slot];
	uint64_t value = random_pde(current, slot);
	bool was_large = is_large(e);

	doing = "an entry of a page directory changes";
	if (slot != SHARED) {
		set(e, value);
		if (below(2))
			switch_to(current);
		else
			invalidate_slot(slot, was_large);
		return;
	}
	/*
	 * Global pages must be the same in all spaces. Otherwise software may not switch between
	 * the spaces.
	 */
	for (unsigned i = 0; i < SPACES; i++) {
		set(&space[i].pde[slot], value);
		space[i].pde[slot].added = false;
		space[i].stale = true; /* INVLPG does not flush what other PCIDs cached of tables */
	}
	invalidate_slot(slot, false);
}

static void change_rights_of_all(void)
{
	static const uint64_t link[] = {P | W | U, P | W, P | U, P | W | U | NX};

	uint64_t rights = link[below(4)];

	doing = "the entries of page-directory-pointer tables change";
	for (unsigned i = 0; i < SPACES; i++)
		pdpt[i][SECOND] = (uintptr_t)pd[i] | rights;
	for (unsigned i = 0; i < SPACES; i++)
		space[i].stale = true;
	invalidate_slot(SHARED, false); /* MOV to CR3 does not flush global translations */
	switch_to(current);
}

static void storm(void)
{
	doing = "many entries change, then CR3 is loaded";
	for (unsigned i = 0; i < 6; i++)
		set(pte_of(current, below(SHARED), below(PLACES)), random_pte(0));
	switch_to(current);
}

/* Both spaces have the pages and neither may write, as after fork(). */
static void copy_slot(void)
{
	unsigned slot = below(SHARED), to = below(SPACES);

	doing = "a page table is copied and write-protected";
	for (unsigned at = 0; at < PLACES; at++) {
		struct entry *from = &space[current].pte[slot][at];

		set(from, from->value & ~W);
		if (to != current)
			set(&space[to].pte[slot][at], from->value);
	}
	space[to].stale = true;
	switch_to(current);
}

/*
 * INVPCID flushes an address, a PCID, or everything. Three cases raise #GP: an unknown type, an
 * operand at a non-canonical address, and a PCID other than 0 without CR4.PCIDE.
 */
static void invalidate_pcid(void)
{
	unsigned type = below(5), to = below(SPACES);
	struct {
		uint64_t pcid, linear;
	} operand = {PCID(to), linear_of(below(SLOTS), below(PLACES))};
	bool there = below(8), good = there && type <= 3 && (pcids || type > 1);

	doing = "INVPCID";
	access_invpcid(type, there ? &operand : (const void *)(1ull << 47));
	if (access_fault.count != !good || (!good && access_fault.vector != VECTOR_GP))
		wrong("faults of INVPCID", type, !good, access_fault.count);
	access_fault.count = 0;
	if (good && type == 1)
		space[to].stale = false;
	for (unsigned i = 0; good && (type == 2 || type == 3) && i < SPACES; i++)
		space[i].stale = false;
}

static void forget_flags(void)
{
	unsigned slot = below(SLOTS), at = below(PLACES);
	struct entry *e = is_large(&space[current].pde[slot]) ? &space[current].pde[slot] : pte_of(current, slot, at);

	doing = "A and D are cleared";
	set(e, e->value);
	e->added = false;
	invalidate(linear_of(slot, at));
}

static void load_cr4(void)
{
	write_cr4(cr4 | (smep ? CR4_SMEP : 0) | (pcids ? CR4_PCIDE : 0));
}

/*
 * Clearing CR4.PCIDE flushes everything. Setting it requires PCID 0 in CR3 (SDM 5.10.1). In both
 * cases CR3 is loaded once more.
 */
static void toggle_pcids(void)
{
	pcids = !pcids;
	load_cr4();
	switch_to(current);
}

static void toggle(void)
{
	unsigned what = below(3);

	doing = "CR0.WP, CR4.SMEP or CR4.PCIDE changes";
	if (what == 0 && has_pcid) {
		toggle_pcids();
	} else if (what == 1 && has_smep) {
		smep = !smep;
		load_cr4();
	} else {
		wp = !wp;
		write_cr0(wp ? cr0 | CR0_WP : cr0 & ~CR0_WP);
	}
}

/* --- Accesses --- */

struct expected {
	bool faults;
	uint64_t error;
	unsigned region, at;            /* the memory that the page maps */
	struct entry *pde, *pte, *leaf; /* pte: NULL if the walk reads no PTE */
};

static bool allows(uint64_t every, uint64_t any, uint64_t access)
{
	bool user = every & U, write = every & W, code = !(any & NX);

	if (access & ERROR_USER)
		return user && (!(access & ERROR_WRITE) || write) && (!(access & ERROR_FETCH) || code);
	if (access & ERROR_FETCH)
		return code && !(smep && user);
	return !(access & ERROR_WRITE) || write || !wp;
}

/*
 * Returns what an access must do. `access` has the bits of the error code for this kind of access.
 */
static struct expected expect(unsigned slot, unsigned at, uint64_t access)
{
	struct entry *pde = &space[current].pde[slot], *pte = pte_of(current, slot, at);
	struct expected e = {.faults = true, .error = access, .pde = pde, .leaf = pde};
	uint64_t upper = pdpt[current][SECOND], every, any;

	if (!(pde->value & P))
		return e;
	e.error |= ERROR_PRESENT | ERROR_RESERVED;
	if (pde->value & RESERVED || (is_large(pde) && pde->value & LARGE_RESERVED))
		return e;
	every = upper & pde->value;
	any = upper | pde->value;
	if (is_large(pde)) {
		e.region = (unsigned)(((pde->value & ADDRESS) - MEMORY) / SIZE);
		e.at = at;
	} else {
		e.pte = e.leaf = pte;
		e.error = access;
		if (!(pte->value & P))
			return e;
		e.error |= ERROR_PRESENT | ERROR_RESERVED;
		if (pte->value & RESERVED)
			return e;
		every &= pte->value;
		any |= pte->value;
		e.region = (unsigned)(((pte->value & ADDRESS) - MEMORY) / SIZE);
		for (e.at = 0; memory_at(e.region, e.at) != (pte->value & ADDRESS); e.at++)
			;
	}
	e.error &= ~(uint64_t)ERROR_RESERVED;
	e.faults = !allows(every, any, access);
	return e;
}

static uint64_t do_access(uint64_t linear, uint64_t access, uint64_t value)
{
	switch (access) {
	case 0:
		return access_load(linear + WORD);
	case ERROR_WRITE:
		access_store(linear + WORD, value);
		return 0;
	case ERROR_FETCH:
		access_fetch(linear + CODE);
		return 0;
	case ERROR_USER:
		return access_user_load(linear + WORD);
	case ERROR_USER | ERROR_WRITE:
		access_user_store(linear + WORD, value);
		return 0;
	default:
		access_user_fetch(linear + USER_CODE_AT);
		return 0;
	}
}

static uint64_t offset_of(uint64_t access)
{
	return !(access & ERROR_FETCH) ? WORD : access & ERROR_USER ? USER_CODE_AT : CODE;
}

static void check_fault(const struct expected *e, uint64_t linear)
{
	if (access_fault.count != 1 || access_fault.vector != VECTOR_PF)
		wrong("faults of an access", linear, 1, access_fault.count);
	if (access_fault.error != e->error)
		wrong("error code", linear, e->error, access_fault.error);
	if (access_fault.address != linear)
		wrong("CR2", linear, linear, access_fault.address);
	access_fault.count = 0;
}

static void check_done(const struct expected *e, uint64_t linear, uint64_t access, uint64_t loaded, uint64_t stored)
{
	uint64_t *word = &content[e->region][e->at];

	if (access_fault.count)
		wrong("a fault of a legal access", linear, 0, access_fault.error);
	if (access & ERROR_WRITE)
		*word = stored;
	else if (!(access & ERROR_FETCH) && loaded != *word)
		wrong("a load", linear, *word, loaded);
	e->leaf->accessed = true;
	/*
	 * A global page may be cached since another space was active. Then the CPU read that
	 * space's entry.
	 */
	if (e->pde != &space[current].pde[SHARED])
		e->pde->accessed = true;
	if (access & ERROR_WRITE)
		e->leaf->dirty = true;
	if (*(volatile uint64_t *)(memory_at(e->region, e->at) + WORD) != *word)
		wrong("memory", memory_at(e->region, e->at), *word,
		      *(volatile uint64_t *)(memory_at(e->region, e->at) + WORD));
}

static void access_page(unsigned slot, unsigned at, uint64_t access)
{
	uint64_t linear = linear_of(slot, at), stored = nb_random(&random);
	struct expected e = expect(slot, at, access);
	uint64_t loaded = do_access(linear, access, stored);

	/*
	 * If a change only added rights, the TLB may hold the old entry. The fault itself flushes
	 * this entry (SDM 5.10.4.1), so the access is repeated once.
	 */
	if (!e.faults && access_fault.count == 1 && (e.pde->added || (e.pte && e.pte->added))) {
		access_fault.count = 0;
		loaded = do_access(linear, access, stored);
	}
	if (e.faults)
		check_fault(&e, linear + offset_of(access));
	else
		check_done(&e, linear, access, loaded, stored);
}

static void access_any(void)
{
	static const uint64_t kinds[] = {
		0, ERROR_WRITE, ERROR_FETCH, ERROR_USER, ERROR_USER | ERROR_WRITE, ERROR_USER | ERROR_FETCH};
	uint64_t kind = kinds[below(6)];

	access_page(below(SLOTS), below(PLACES), kind);
}

static void access_every_page(void)
{
	doing = "every page is loaded from";
	for (unsigned slot = 0; slot < SLOTS; slot++)
		for (unsigned at = 0; at < PLACES; at++)
			access_page(slot, at, 0);
}

static void beyond_canonical(void)
{
	uint64_t linear = (0x8000ull << 32) | nb_random(&random) >> 20;

	doing = "a load from an address that is not canonical";
	access_load(linear);
	if (access_fault.count != 1 || access_fault.vector != VECTOR_GP || access_fault.error != 0)
		wrong("#GP", linear, VECTOR_GP, access_fault.vector);
	access_fault.count = 0;
}

/* --- The tables as a whole --- */

static void check_entry(const struct entry *e, uint64_t linear, bool leaf)
{
	uint64_t real = *e->real;

	if ((real & ~(ACCESSED | DIRTY)) != e->value)
		wrong("an entry", linear, e->value, real);
	if (e->accessed && !(real & ACCESSED))
		wrong("an entry without A", linear, e->value | ACCESSED, real);
	if (leaf && e->dirty != !!(real & DIRTY))
		wrong("D of an entry", linear, e->dirty, real);
}

static void check_tables(void)
{
	for (unsigned i = 0; i < SPACES; i++) {
		for (unsigned slot = 0; slot < SLOTS; slot++) {
			check_entry(&space[i].pde[slot], linear_of(slot, 0), is_large(&space[i].pde[slot]));
			for (unsigned at = 0; at < PLACES; at++)
				check_entry(pte_of(i, slot, at), linear_of(slot, at), true);
		}
	}
}

/* --- The operation --- */

static void begin_memory(void)
{
	for (unsigned region = 0; region < REGIONS; region++) {
		for (unsigned at = 0; at < PLACES; at++) {
			content[region][at] = nb_random(&random);
			*(volatile uint64_t *)(memory_at(region, at) + WORD) = content[region][at];
			*(volatile uint16_t *)(memory_at(region, at) + CODE) = ACCESS_CODE;
			*(volatile uint16_t *)(memory_at(region, at) + USER_CODE_AT) = ACCESS_USER_CODE;
		}
	}
}

static void begin_space(unsigned i)
{
	const uint64_t *boot = (const uint64_t *)(cr3 & ADDRESS); /* memory is mapped one to one */

	memcpy(pml4[i], boot, sizeof(pml4[i]));
	pml4[i][TOP] = (uintptr_t)pdpt[i] | P | W | U;
	pdpt[i][SECOND] = (uintptr_t)pd[i] | P | W | U;
	pdpt[i][SECOND + 1] = (uintptr_t)user_pd | P | U;
	space[i].stale = true;
	for (unsigned slot = 0; slot < SLOTS; slot++) {
		space[i].pde[slot].real = &pd[i][slot];
		set(&space[i].pde[slot], (uintptr_t)pt[slot == SHARED ? 0 : i][slot] | P | W | U);
		for (unsigned at = 0; at < PLACES; at++) {
			space[i].pte[slot][at].real = &pt[i][slot][place[at]];
			set(&space[i].pte[slot][at], random_pte(slot));
		}
	}
}

/* Each window begins with new tables and continues the sequence of random numbers. */
static const char *prepare_torture(void)
{
	uint32_t offered = inl(NB_PORT_TRAP_REQUESTS);

	if (steps == 0)
		random = nb_seed;
	checked = offered & NB_TRAP_SERVICES && !(offered & NB_TRAP_OPTIONAL);
	access_begin();
	access_user_page_is_at(USER_CODE);
	cr0 = read_cr0();
	cr3 = read_cr3();
	has_pcid = cpuid(1, 0).ecx & LEAF_1_ECX_PCID;
	has_invpcid = has_pcid && cpuid(0, 0).eax >= 7 && cpuid(7, 0).ebx & LEAF_7_EBX_INVPCID;
	cr4 = read_cr4() | CR4_PGE;
	has_smep = cpuid(0, 0).eax >= 7 && cpuid(7, 0).ebx & LEAF_7_EBX_SMEP;
	wp = true;
	smep = false;
	pcids = has_pcid;
	load_cr4();
	user_pd[0] = (uintptr_t)user_pt | P | U;
	user_pt[0] = (uintptr_t)access_user_page | P | U;
	begin_memory();
	for (unsigned i = 0; i < SPACES; i++)
		begin_space(i);
	switch_to(0);
	return NULL;
}

static void finish_torture(uint32_t executions __attribute__((unused)))
{
	write_cr3(cr3);
	write_cr4(cr4 & ~CR4_PGE); /* clearing PGE flushes global pages and other PCIDs */
	access_end();
}

static void step(void)
{
	unsigned what = below(100);

	steps++;
	doing = "accesses";
	if (what < 30)
		change_pte();
	else if (what < 40)
		change_pde();
	else if (what < 48)
		switch_to(below(SPACES));
	else if (what < 52)
		storm();
	else if (what < 55)
		copy_slot();
	else if (what < 60)
		forget_flags();
	else if (what < 64)
		toggle();
	else if (what < 66)
		change_rights_of_all();
	else if (what < 68)
		access_every_page();
	else if (what < 70)
		beyond_canonical();
	else if (what < 74 && has_invpcid)
		invalidate_pcid();
	for (unsigned i = 0; i < 4; i++)
		access_any();
	check_tables();
	if (checked)
		nb_hypercall(NB_HYPERCALL_CHECK, 0);
}

NB_OPERATION_WITH(torture, prepare_torture, finish_torture)
{
	step();
}
