// SPDX-License-Identifier: GPL-2.0-only
/*
 * Accesses of one instruction each. The address at which execution continues after a fault is known
 * before the access.
 */
#include "microbench/families/access.h"

#include "microbench/bare/bare.h"
#include "microbench/bare/cpu.h"
#include "vmcs-shadow/x86.h"

#define KERNEL_SS (BARE_CS + 8u)

struct access_fault access_fault;
volatile uint64_t access_resume;
static uint64_t efer, cr0;

/*
 * A load and a store in ring 3. They return by SYSCALL, or by a fault that continues at the RET.
 * RSP does not change.
 */
__asm__(".text\n"
	"	.balign 4096\n"
	"	.globl access_user_page\n"
	"access_user_page:\n"
	"access_user_loads:\n"
	"	mov (%rdi), %rax\n"
	"	syscall\n"
	"access_user_stores:\n"
	"	mov %rsi, (%rdi)\n"
	"	syscall\n"
	"	.balign 4096\n"
	"access_as_user:\n"
	"	pushf\n"
	"	pop %r11\n"
	"	sysretq\n"
	"access_user_return:\n"
	"	ret\n");
extern uint8_t access_user_loads[], access_user_stores[], access_user_return[];
static uint64_t user_page = (uintptr_t)access_user_page;

static void note_fault(struct exception_frame *frame)
{
	access_fault.count++;
	access_fault.vector = frame->vector;
	access_fault.error = frame->error;
	access_fault.address = read_cr2();
	frame->rip = access_resume;
	if (frame->cs & 3) {
		frame->rip = (uintptr_t)access_user_return;
		frame->cs = BARE_CS;
		frame->ss = KERNEL_SS;
	}
}

void access_begin(void)
{
	access_fault = (struct access_fault){0};
	access_user_page_is_at((uintptr_t)access_user_page);
	cr0 = read_cr0();
	efer = rdmsr(MSR_EFER);
	write_cr0(cr0 | CR0_WP);
	wrmsr(MSR_EFER, efer | EFER_SCE | EFER_NXE);
	wrmsr(MSR_STAR, (uint64_t)BARE_SYSRET_BASE << 48 | (uint64_t)BARE_CS << 32);
	wrmsr(MSR_LSTAR, (uintptr_t)access_user_return);
	wrmsr(MSR_SFMASK, 0);
	bare_handle(VECTOR_PF, note_fault);
	bare_handle(VECTOR_GP, note_fault);
	bare_handle(VECTOR_SS, note_fault);
}

void access_end(void)
{
	bare_handle(VECTOR_PF, NULL);
	bare_handle(VECTOR_GP, NULL);
	bare_handle(VECTOR_SS, NULL);
	wrmsr(MSR_EFER, efer);
	write_cr0(cr0);
}

uint64_t access_load(uint64_t linear)
{
	uint64_t value = 0;

	__asm__ volatile("lea 1f(%%rip), %%rax; mov %%rax, %[resume]; mov (%[linear]), %[value]; 1:"
			 : [resume] "=m"(access_resume), [value] "+&r"(value)
			 : [linear] "r"(linear)
			 : "rax", "memory");
	return value;
}

void access_store(uint64_t linear, uint64_t value)
{
	__asm__ volatile("lea 1f(%%rip), %%rax; mov %%rax, %[resume]; mov %[value], (%[linear]); 1:"
			 : [resume] "=m"(access_resume)
			 : [linear] "r"(linear), [value] "r"(value)
			 : "rax", "memory");
}

void access_invpcid(uint64_t type, const void *operand)
{
	__asm__ volatile("lea 1f(%%rip), %%rax; mov %%rax, %[resume]; invpcid (%[operand]), %[type]; 1:"
			 : [resume] "=m"(access_resume)
			 : [operand] "r"(operand), [type] "r"(type)
			 : "rax", "memory", "cc");
}

void access_fetch(uint64_t linear)
{
	__asm__ volatile("lea 1f(%%rip), %%rax; mov %%rax, %[resume]; jmp *%[linear]; 1:"
			 : [resume] "=m"(access_resume)
			 : [linear] "r"(linear)
			 : "rax", "memory");
}

static uint64_t as_user(uint64_t code, uint64_t linear, uint64_t value)
{
	uint64_t loaded = 0;

	__asm__ volatile("call access_as_user"
			 : "+a"(loaded), "+c"(code)
			 : "D"(linear), "S"(value)
			 : "r11", "memory", "cc");
	return loaded;
}

void access_user_page_is_at(uint64_t linear)
{
	user_page = linear;
}

/* Returns the linear address of a piece of code in the page for ring 3. */
static uint64_t user_page_code(const uint8_t *code)
{
	return user_page + ((uintptr_t)code & 4095);
}

uint64_t access_user_load(uint64_t linear)
{
	return as_user(user_page_code(access_user_loads), linear, 0);
}

void access_user_store(uint64_t linear, uint64_t value)
{
	as_user(user_page_code(access_user_stores), linear, value);
}

void access_user_fetch(uint64_t linear)
{
	as_user(linear, 0, 0);
}
