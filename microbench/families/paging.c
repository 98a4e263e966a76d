// SPDX-License-Identifier: GPL-2.0-only
/*
 * Paging as a guest may expect it, checked step by step in an address range of its own: faults and their error codes, A and D, what
 * INVLPG and MOV to CR3 forget. It is right where the CPU itself walks the tables, so shadow page tables must not differ.
 */
#include "../bare/bare.h"
#include "../bare/cpu.h"
#include "../family.h"

enum { VECTOR_PF = 14 };
enum { ERROR_PRESENT = 1, ERROR_WRITE = 2, ERROR_USER = 4, ERROR_RESERVED = 8, ERROR_FETCH = 16 };

#define P        1ull
#define W        2ull
#define U        4ull
#define ACCESSED 0x20ull
#define DIRTY    0x40ull
#define LARGE    0x80ull
#define NX       (1ull << 63)
#define RESERVED (1ull << 51) /* no CPU of today has so long an address */

#define EFER_SCE (1ull << 0)
#define EFER_NXE (1ull << 11)

#define MSR_STAR   0xc0000081u
#define MSR_LSTAR  0xc0000082u
#define MSR_SFMASK 0xc0000084u
#define KERNEL_SS  (BARE_CS + 8u)

#define LEAF_7_EBX_SMEP      (1u << 7)
#define LEAF_EXTENDED_EDX_1G (1u << 26)

/* Two times 2 MiB in the range, and of memory, that nothing else uses. */
#define HERE     0xc0000000ull
#define THERE    0xc0200000ull
#define MEMORY_1 0x0a00000ull
#define MEMORY_2 0x0c00000ull

static uint64_t table[512] __attribute__((aligned(4096)));
static uint8_t page[2][4096] __attribute__((aligned(4096)));
static volatile uint64_t resume, faults, error, address;
static uint64_t cr0, cr4, efer, before[2];

/* A load and a store in ring 3, which come back by SYSCALL, or by a fault that goes on at the RET. RSP stays. */
__asm__(".text\n"
	"paging_as_user:\n"
	"	pushf\n"
	"	pop %r11\n"
	"	sysretq\n"
	"paging_user_load:\n"
	"	mov (%rdi), %rax\n"
	"	syscall\n"
	"paging_user_store:\n"
	"	mov %rsi, (%rdi)\n"
	"	syscall\n"
	"paging_user_return:\n"
	"	ret\n");
extern uint8_t paging_user_load[], paging_user_store[], paging_user_return[];

static void note_fault(struct exception_frame *frame)
{
	faults++;
	error = frame->error;
	address = read_cr2();
	frame->rip = resume;
	if (frame->cs & 3) {
		frame->rip = (uintptr_t)paging_user_return;
		frame->cs = BARE_CS;
		frame->ss = KERNEL_SS;
	}
}

static void invalidate(uint64_t linear)
{
	__asm__ volatile("invlpg (%0)" : : "r"(linear) : "memory");
}

/* Each returns where a fault sends it, too. */
static uint64_t load(uint64_t linear)
{
	uint64_t value = 0;

	__asm__ volatile("lea 1f(%%rip), %%rax; mov %%rax, %[resume]; mov (%[linear]), %[value]; 1:"
			 : [resume] "=m"(resume), [value] "+&r"(value)
			 : [linear] "r"(linear)
			 : "rax", "memory");
	return value;
}

static void store(uint64_t linear, uint64_t value)
{
	__asm__ volatile("lea 1f(%%rip), %%rax; mov %%rax, %[resume]; mov %[value], (%[linear]); 1:"
			 : [resume] "=m"(resume)
			 : [linear] "r"(linear), [value] "r"(value)
			 : "rax", "memory");
}

static uint64_t as_user(const uint8_t *code, uint64_t linear, uint64_t value)
{
	uint64_t loaded = 0;

	__asm__ volatile("call paging_as_user"
			 : "+a"(loaded)
			 : "c"(code), "D"(linear), "S"(value)
			 : "r11", "memory", "cc");
	return loaded;
}

static uint64_t user_load(uint64_t linear)
{
	return as_user(paging_user_load, linear, 0);
}

static void user_store(uint64_t linear, uint64_t value)
{
	as_user(paging_user_store, linear, value);
}

/* The code there is a JMP through RAX. */
static void fetch(uint64_t linear)
{
	__asm__ volatile("lea 1f(%%rip), %%rax; mov %%rax, %[resume]; jmp *%[linear]; 1:"
			 : [resume] "=m"(resume)
			 : [linear] "r"(linear)
			 : "rax", "memory");
}

static void expect(bool good, const char *what)
{
	if (!good)
		bare_fail("paging: %s: %lu faults, the last with error code %lx at %lx; entry %lx", what, faults, error,
			  address, table[0]);
}

static void expect_fault(uint64_t code, uint64_t linear, const char *what)
{
	expect(faults == 1 && error == code && address == linear, what);
	faults = 0;
}

/* What INVLPG is for, in one: from now on the first page of the range is this entry. */
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
	load(HERE + 8);
	expect_fault(0, HERE + 8, "load from what is not present");
	store(HERE, 1);
	expect_fault(ERROR_WRITE, HERE, "store to what is not present");
	table[0] |= P; /* an entry that is not present is in no TLB */
	store(HERE, 0x1111);
	expect(faults == 0 && *(volatile uint64_t *)page[0] == 0x1111, "store to what is present again");
}

static void check_flags(void)
{
	set(first() | P | W);
	load(HERE);
	expect((table[0] & (ACCESSED | DIRTY)) == ACCESSED, "a load sets A alone");
	store(HERE, 0x2222);
	expect((table[0] & (ACCESSED | DIRTY)) == (ACCESSED | DIRTY), "a store sets D, after a load");
	set(first() | P | W);
	store(HERE, 0x3333);
	expect((table[0] & (ACCESSED | DIRTY)) == (ACCESSED | DIRTY), "a store sets A and D");
	expect(*bare_page_entry(HERE) & ACCESSED, "the entry above has A");
	expect(faults == 0 && load(HERE) == 0x3333, "and is done");
}

static void check_write_protection(void)
{
	*(volatile uint64_t *)page[0] = 0x4444;
	set(first() | P | U);
	store(HERE, 1);
	expect_fault(ERROR_PRESENT | ERROR_WRITE, HERE, "store to a read-only page");
	expect(!(table[0] & DIRTY) && load(HERE) == 0x4444, "which has not happened");
	set(first() | P | W);
	*bare_page_entry(HERE) &= ~W;
	invalidate(HERE);
	store(HERE, 1);
	expect_fault(ERROR_PRESENT | ERROR_WRITE, HERE, "store under a read-only entry above");
	*bare_page_entry(HERE) |= W;
	set(first() | P | U);
	load(HERE);
	write_cr0(cr0 & ~CR0_WP);
	store(HERE, 0x5555);
	expect(faults == 0 && load(HERE) == 0x5555 && table[0] & DIRTY, "store to a read-only page with CR0.WP = 0");
	write_cr0(cr0 | CR0_WP);
	store(HERE, 1);
	expect_fault(ERROR_PRESENT | ERROR_WRITE, HERE, "and with CR0.WP = 1 again");
}

static void check_user(void)
{
	*(volatile uint64_t *)page[0] = 0x6666;
	set(first() | P | W);
	load(HERE);
	user_load(HERE);
	expect_fault(ERROR_PRESENT | ERROR_USER, HERE, "a user's load from a supervisor's page");
	set(first() | U);
	user_store(HERE, 1);
	expect_fault(ERROR_USER | ERROR_WRITE, HERE, "a user's store to what is not present");
	set(first() | P | W | U);
	expect(user_load(HERE) == 0x6666, "a user's load");
	expect(!(table[0] & DIRTY), "which leaves the page clean");
	user_store(HERE, 0x7777);
	expect(load(HERE) == 0x7777 && table[0] & DIRTY, "a user's store");
	/* With WP = 0 the supervisor may write to the same page that the user may read: in turns. */
	set(first() | P | U);
	write_cr0(cr0 & ~CR0_WP);
	for (uint64_t i = 0; i < 3; i++) {
		store(HERE, i);
		expect(faults == 0 && user_load(HERE) == i,
		       "a read-only page of the user's, written to by the supervisor");
		user_store(HERE, 1);
		expect_fault(ERROR_PRESENT | ERROR_USER | ERROR_WRITE, HERE, "and not by the user");
	}
	write_cr0(cr0 | CR0_WP);
}

static void check_fetches(void)
{
	static const uint8_t code[] = {0xff, 0xe0}; /* JMP RAX */

	memcpy(page[0], code, sizeof(code));
	set(first() | P);
	fetch(HERE);
	expect(faults == 0, "code runs");
	set(first() | P | NX);
	fetch(HERE);
	expect_fault(ERROR_PRESENT | ERROR_FETCH, HERE, "fetch from a page with NX");
	load(HERE);
	expect(faults == 0, "load from a page with NX");
	wrmsr(MSR_EFER, efer & ~EFER_NXE);
	invalidate(HERE); /* WRMSR forgets nothing */
	load(HERE);
	expect_fault(ERROR_PRESENT | ERROR_RESERVED, HERE, "NX without EFER.NXE");
	wrmsr(MSR_EFER, efer | EFER_NXE);
	invalidate(HERE);
	load(HERE);
	expect(faults == 0, "and with it again");
	if (cpuid(0, 0).eax < 7 || !(cpuid(7, 0).ebx & LEAF_7_EBX_SMEP))
		return;
	write_cr4(cr4 | CR4_SMEP);
	set(first() | P | U);
	fetch(HERE); /* a user's, as the entries above have U, too */
	expect_fault(ERROR_PRESENT | ERROR_FETCH, HERE, "fetch from a user's page with SMEP");
	write_cr0(cr0 & ~CR0_WP);
	store(HERE + 64, 1);
	expect(faults == 0, "store to a user's read-only page with CR0.WP = 0");
	fetch(HERE);
	expect_fault(ERROR_PRESENT | ERROR_FETCH, HERE, "fetch from it with SMEP");
	write_cr0(cr0 | CR0_WP);
	write_cr4(cr4);
	fetch(HERE);
	expect(faults == 0, "fetch from a user's page without SMEP");
}

static void check_reserved(void)
{
	set(first() | P | W | RESERVED);
	store(HERE, 1);
	expect_fault(ERROR_PRESENT | ERROR_RESERVED | ERROR_WRITE, HERE, "an entry with a reserved bit");
}

static void check_forgetting(void)
{
	*(volatile uint64_t *)page[0] = 1;
	*(volatile uint64_t *)page[1] = 2;
	set(first() | P | W);
	expect(load(HERE) == 1, "the first page");
	set((uintptr_t)page[1] | P | W);
	expect(load(HERE) == 2, "INVLPG forgets it");
	table[0] = first() | P | W;
	write_cr3(read_cr3());
	expect(load(HERE) == 1, "MOV to CR3 forgets all");
	expect(faults == 0, "without a fault");
}

/* A large page may be cached in pieces: INVLPG of any address in it forgets all of them. */
static void check_large_pages(void)
{
	uint64_t *entry = bare_page_entry(THERE);
	/* Memory is mapped one to one: what CR3 holds can be read. */
	uint64_t *pdpt = (uint64_t *)(*(uint64_t *)(read_cr3() & ~0xfffull) & ~0xfffull);
	uint64_t old;

	for (uint64_t offset = 0; offset < 8 * 4096; offset += 4096) {
		*(volatile uint64_t *)(MEMORY_1 + offset) = 1;
		*(volatile uint64_t *)(MEMORY_2 + offset) = 2;
	}
	*entry = MEMORY_1 | P | W | LARGE;
	invalidate(THERE);
	for (uint64_t offset = 0; offset < 8 * 4096; offset += 4096)
		expect(load(THERE + offset) == 1, "a page of 2 MiB");
	expect((*entry & (ACCESSED | DIRTY)) == ACCESSED, "which has A alone");
	store(THERE + 4096, 1);
	expect(*entry & DIRTY, "and D after a store");
	*entry = MEMORY_2 | P | W | LARGE;
	invalidate(THERE + 0x100000);
	for (uint64_t offset = 0; offset < 8 * 4096; offset += 4096)
		expect(load(THERE + offset) == 2, "another page of 2 MiB, after one INVLPG");
	expect(faults == 0, "without a fault");
	if (!(cpuid(0x80000001u, 0).edx & LEAF_EXTENDED_EDX_1G))
		return;
	old = pdpt[3];
	pdpt[3] = P | W | LARGE;
	write_cr3(read_cr3());
	expect(load(HERE + MEMORY_1) == 1 && load(HERE + MEMORY_2) == 2, "a page of 1 GiB");
	pdpt[3] = old;
	invalidate(HERE + MEMORY_1);
	expect(load(THERE) == 2, "and what was there before it, after one INVLPG");
	expect(faults == 0, "without a fault");
}

static void let_user_run(bool run)
{
	uint64_t *entry = bare_page_entry((uintptr_t)paging_user_load);

	*entry = run ? *entry | U : *entry & ~U;
	invalidate((uintptr_t)paging_user_load);
}

static const char *prepare_paging(void)
{
	cr0 = read_cr0();
	cr4 = read_cr4();
	efer = rdmsr(MSR_EFER);
	before[0] = *bare_page_entry(HERE);
	before[1] = *bare_page_entry(THERE);
	write_cr0(cr0 | CR0_WP);
	efer |= EFER_SCE;
	wrmsr(MSR_EFER, efer | EFER_NXE);
	wrmsr(MSR_STAR, (uint64_t)BARE_SYSRET_BASE << 48 | (uint64_t)BARE_CS << 32);
	wrmsr(MSR_LSTAR, (uintptr_t)paging_user_return);
	wrmsr(MSR_SFMASK, 0);
	*bare_page_entry(HERE) = (uintptr_t)table | P | W | U;
	bare_handle(VECTOR_PF, note_fault);
	return NULL;
}

static void finish_paging(uint32_t executions __attribute__((unused)))
{
	bare_handle(VECTOR_PF, NULL);
	*bare_page_entry(HERE) = before[0];
	*bare_page_entry(THERE) = before[1];
	wrmsr(MSR_EFER, efer & ~EFER_SCE);
	write_cr4(cr4);
	write_cr0(cr0);
	write_cr3(read_cr3());
}

NB_OPERATION_WITH(paging, prepare_paging, finish_paging)
{
	faults = 0;
	check_present();
	check_flags();
	check_write_protection();
	let_user_run(true);
	check_user();
	let_user_run(false); /* before SMEP, which would stop us on a page of the user's */
	check_fetches();
	check_reserved();
	check_forgetting();
	check_large_pages();
}
