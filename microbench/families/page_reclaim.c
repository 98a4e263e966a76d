// SPDX-License-Identifier: GPL-2.0-only
/*
 * A fault during the handling of a fault, one level lower than the operation `vectoring`. A page
 * fault exits to our hypervisor. At that moment the level below takes away a page that is needed to
 * continue. The guest must see its fault exactly once, and the page must keep its contents.
 */
#include "microbench/bare/bare.h"
#include "microbench/bare/cpu.h"
#include "microbench/families/hypercall.h"
#include "microbench/family.h"
#include "vmcs-shadow/x86.h"

#define P    1ull
#define W    2ull
#define MARK 0xfeed0000ul

/* 2 MiB of addresses that nothing else uses. */
#define HERE 0xc0000000ull

static uint64_t table[512] __attribute__((aligned(4096)));
static volatile uint64_t page[512] __attribute__((aligned(4096)));
static uint8_t stack[4096] __attribute__((aligned(4096)));
static volatile uint64_t faults, error, address;
static uint64_t before, taken_before, awaited_before, sure;

/*
 * The pages that are taken in turn. The first five are the guest's: the page that it touches, its
 * page table, its handler's stack, its IDT and its code. From OWN on they are the hypervisor's
 * (enum nb_take).
 */
enum { DATA, TABLE, STACK, IDT, CODE, OWN, KINDS = OWN + NB_TAKE_STACK };

/* The instruction that faults. */
__asm__(".text\n"
	"taken_load:\n"
	"	mov (%rdi), %rax\n"
	"	ret\n");
extern uint64_t taken_load(uint64_t linear);

static void map(struct exception_frame *frame)
{
	faults++;
	error = frame->error;
	address = read_cr2();
	table[0] |= P;
}

static uint64_t address_of(unsigned kind)
{
	struct descriptor_pointer idt;

	switch (kind) {
	case DATA:
		return (uintptr_t)page;
	case TABLE:
		return (uintptr_t)table;
	case STACK:
		return (uintptr_t)stack;
	case IDT:
		__asm__ volatile("sidt %0" : "=m"(idt));
		return (idt.base + VECTOR_PF * 16) & ~4095ull;
	case CODE:
		return (uintptr_t)taken_load & ~4095ull;
	default:
		return kind - OWN + 1; /* a value of enum nb_take */
	}
}

static inline __attribute__((always_inline)) void fault(uint32_t i, uint64_t how)
{
	const unsigned kind = i % KINDS;
	uint64_t value;

	faults = 0;
	page[1] = MARK + i;
	table[0] = (uintptr_t)page | W;
	__asm__ volatile("invlpg (%0)" : : "r"(HERE) : "memory");
	if (nb_hypercall(NB_HYPERCALL_TAKE_PAGE, address_of(kind) | how) != 0)
		bare_fail("our hypervisor has no page %lx to be taken", address_of(kind));
	value = taken_load(HERE + 8);
	if (faults != 1 || error != 0 || address != HERE + 8 || value != MARK + i)
		bare_fail(
			"with page %lx taken: %lu faults, the last with error code %lx at %lx, and %lx was loaded, not %lx",
			address_of(kind), faults, error, address, value, MARK + i);
	/* L0 reads these tables only when it must, so a touch is not certain. */
	sure += kind != OWN + NB_TAKE_TABLES - 1;
}

static const char *prepare(void)
{
	taken_before = nb_hypercall(NB_HYPERCALL_TAKEN, 0);
	if (taken_before == UINT64_MAX)
		return "skip=the level below our hypervisor takes no pages away";
	before = *bare_page_entry(HERE);
	*bare_page_entry(HERE) = (uintptr_t)table | P | W;
	write_cr3(read_cr3());
	bare_tss.ist[1] = (uintptr_t)stack + sizeof(stack);
	bare_use_stack(VECTOR_PF, 2);
	bare_handle(VECTOR_PF, map);
	sure = 0;
	return NULL;
}

static const char *prepare_awaited(void)
{
	awaited_before = nb_hypercall(NB_HYPERCALL_AWAITED, 0);
	if (awaited_before == UINT64_MAX)
		return "skip=the level below our hypervisor cannot wait until a page is touched (userfaultfd)";
	return prepare();
}

static void finish(uint32_t executions)
{
	uint64_t taken = nb_hypercall(NB_HYPERCALL_TAKEN, 0) - taken_before;

	bare_handle(VECTOR_PF, NULL);
	bare_use_stack(VECTOR_PF, 1);
	*bare_page_entry(HERE) = before;
	write_cr3(read_cr3());
	if (taken != executions)
		bare_fail("%lu pages were taken in %u executions", taken, executions);
}

static void finish_awaited(uint32_t executions)
{
	uint64_t awaited = nb_hypercall(NB_HYPERCALL_AWAITED, 0) - awaited_before;

	finish(executions);
	if (awaited < sure || awaited > executions)
		bare_fail("of %u pages that were taken %lu were touched: not from %lu on", executions, awaited, sure);
}

NB_OPERATION_WITH(page_moved, prepare, finish)
{
	fault(i, 0);
}

NB_OPERATION_WITH(page_awaited, prepare_awaited, finish_awaited)
{
	fault(i, NB_TAKE_UNTIL_TOUCHED);
}
