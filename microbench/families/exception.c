// SPDX-License-Identifier: GPL-2.0-only
/*
 * Operations that raise exceptions. A hypervisor that intercepts an exception must reflect it to
 * the handler here, exactly once.
 */
#include "microbench/abi/memory.h"
#include "microbench/bare/bare.h"
#include "microbench/bare/cpu.h"
#include "microbench/families/hypercall.h"
#include "microbench/family.h"
#include "vmcs-shadow/x86.h"

/* Not mapped while #PF is measured. There is no memory at this address. */
#define MISSING_PAGE 0xc0000000ull
/* A non-canonical address: an access raises #GP, not #PF (SDM 3.3.7.1). */
#define WRONG_ADDRESS 0x8000000000000000ull
#define LOST_PAGE     NB_OPERATION_MEMORY

static volatile uint32_t taken;
static volatile uint64_t resume; /* address at which execution continues after the handler */

static void go_on(struct exception_frame *frame)
{
	taken++;
	frame->rip = resume;
}

static void count(struct exception_frame *frame __attribute__((unused)))
{
	taken++;
}

static const char *expect(unsigned vector, bare_handler handler)
{
	taken = 0;
	bare_handle(vector, handler);
	return NULL;
}

static void check(unsigned vector, uint32_t wanted)
{
	if (taken != wanted)
		bare_fail("exception %u was taken %u times, not %u", vector, taken, wanted);
	bare_handle(vector, NULL);
}

#define FAULT(instruction, ...)                                                                                        \
	__asm__ volatile("lea 1f(%%rip), %%rax; mov %%rax, %[resume]; " instruction "; 1:"                             \
			 : [resume] "=m"(resume)                                                                       \
			 : __VA_ARGS__                                                                                 \
			 : "rax", "memory")

static const char *prepare_ud(void)
{
	return expect(VECTOR_UD, go_on);
}

static void finish_ud(uint32_t executions)
{
	check(VECTOR_UD, executions);
}

NB_OPERATION_WITH(ud, prepare_ud, finish_ud)
{
	FAULT("ud2");
}

NB_OPERATION_WITH(ud_reflect, prepare_ud, finish_ud)
{
	FAULT("ud2");
}

static void map_missing_page(bool present)
{
	uint64_t *entry = bare_page_entry(MISSING_PAGE);

	*entry = present ? *entry | 1 : *entry & ~1ull;
	__asm__ volatile("invlpg (%0)" : : "r"(MISSING_PAGE) : "memory");
}

static const char *prepare_pf(void)
{
	map_missing_page(false);
	return expect(VECTOR_PF, go_on);
}

static void finish_pf(uint32_t executions)
{
	if (read_cr2() != MISSING_PAGE)
		bare_fail("after a #PF at %lx CR2 is %lx", (uint64_t)MISSING_PAGE, read_cr2());
	map_missing_page(true);
	check(VECTOR_PF, executions);
}

NB_OPERATION_WITH(pf, prepare_pf, finish_pf)
{
	FAULT("mov (%[address]), %%rax", [address] "c"(MISSING_PAGE));
}

NB_OPERATION_WITH(pf_reflect, prepare_pf, finish_pf)
{
	FAULT("mov (%[address]), %%rax", [address] "c"(MISSING_PAGE));
}

static const char *prepare_bp(void)
{
	return expect(VECTOR_BP, count);
}

static void finish_bp(uint32_t executions)
{
	check(VECTOR_BP, executions);
}

NB_OPERATION_WITH(bp, prepare_bp, finish_bp)
{
	__asm__ volatile("int3" : : : "memory");
}

NB_OPERATION_WITH(bp_reflect, prepare_bp, finish_bp)
{
	__asm__ volatile("int3" : : : "memory");
}

static const char *prepare_gp(void)
{
	return expect(VECTOR_GP, go_on);
}

static void finish_gp(uint32_t executions)
{
	check(VECTOR_GP, executions);
}

NB_OPERATION_WITH(gp, prepare_gp, finish_gp)
{
	FAULT("mov (%[address]), %%rax", [address] "c"(WRONG_ADDRESS));
}

NB_OPERATION_WITH(gp_reflect, prepare_gp, finish_gp)
{
	FAULT("mov (%[address]), %%rax", [address] "c"(WRONG_ADDRESS));
}

/*
 * A fault during the delivery of another exception: #BP switches to a stack that the hypervisor
 * took away. The EPT violation interrupts the delivery (IDT-vectoring information is valid). The
 * guest must see exactly one #BP.
 */
static uint64_t lost_before;

static const char *prepare_vectoring(void)
{
	bare_tss.ist[1] = LOST_PAGE + 4096;
	*(volatile uint64_t *)LOST_PAGE = 0;
	if (nb_hypercall(NB_HYPERCALL_LOSE_PAGE, LOST_PAGE) != 0)
		return "skip=ept12 maps all memory of the guest by one page, which cannot be taken away";
	(void)*(volatile uint64_t *)LOST_PAGE; /* the load brings the page back */
	bare_use_stack(VECTOR_BP, 2);
	lost_before = nb_hypercall(NB_HYPERCALL_LOST, 0);
	return expect(VECTOR_BP, count);
}

static void finish_vectoring(uint32_t executions)
{
	uint64_t lost = nb_hypercall(NB_HYPERCALL_LOST, 0) - lost_before;

	bare_use_stack(VECTOR_BP, 1);
	if (lost != executions)
		bare_fail("%lu deliveries of %u were interrupted by the lost page", lost, executions);
	check(VECTOR_BP, executions);
}

NB_OPERATION_WITH(vectoring, prepare_vectoring, finish_vectoring)
{
	nb_hypercall(NB_HYPERCALL_LOSE_PAGE, LOST_PAGE);
	__asm__ volatile("int3" : : : "memory");
}
