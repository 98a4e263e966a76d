/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Enters code that owns all registers, and returns from it. The return path first needs no stack,
 * because RSP and the segments come from the host-state area. It stores RSP and the selectors
 * before it restores them.
 */
#define USER_CS 0x3b
#define USER_SS 0x33

#include "microbench/bare/registers.inc"

	.macro load_registers
	mov run_in + 0 * 8, %rax
	mov run_in + 1 * 8, %rcx
	mov run_in + 2 * 8, %rdx
	mov run_in + 3 * 8, %rbx
	mov run_in + 5 * 8, %rbp
	mov run_in + 6 * 8, %rsi
	mov run_in + 7 * 8, %rdi
	mov run_in + 8 * 8, %r8
	mov run_in + 9 * 8, %r9
	mov run_in + 10 * 8, %r10
	mov run_in + 11 * 8, %r11
	mov run_in + 12 * 8, %r12
	mov run_in + 13 * 8, %r13
	mov run_in + 14 * 8, %r14
	mov run_in + 15 * 8, %r15
	.endm

	.section .text, "ax"
	.globl run_enter, run_enter_user, run_vmxoff, run_launch, run_resume, run_exit, run_back
run_enter:				/* void run_enter(void): jumps to run_target */
	call save
	pushq run_in + 16 * 8
	popfq
	load_registers
	mov run_in + 4 * 8, %rsp
	jmp *run_target

run_enter_user:				/* the same at CPL 3; only an exception returns */
	call save
	pushq $USER_SS
	pushq run_in + 4 * 8
	pushq run_in + 16 * 8
	pushq $USER_CS
	pushq run_target
	load_registers
	iretq

save:
	pop %rax
	push_callee_saved
	mov %rsp, run_rsp
	jmp *%rax

run_vmxoff:
	vmxoff
	jmp run_back
run_launch:
	vmlaunch
	jmp run_back
run_resume:
	vmresume
	jmp run_back

	.align 16
run_exit:
	movl $1, run_exited		/* MOV leaves the flags unchanged */
run_back:
	mov %rax, run_out + 0 * 8
	mov %rcx, run_out + 1 * 8
	mov %rdx, run_out + 2 * 8
	mov %rbx, run_out + 3 * 8
	mov %rsp, run_out + 4 * 8
	mov %rbp, run_out + 5 * 8
	mov %rsi, run_out + 6 * 8
	mov %rdi, run_out + 7 * 8
	mov %r8, run_out + 8 * 8
	mov %r9, run_out + 9 * 8
	mov %r10, run_out + 10 * 8
	mov %r11, run_out + 11 * 8
	mov %r12, run_out + 12 * 8
	mov %r13, run_out + 13 * 8
	mov %r14, run_out + 14 * 8
	mov %r15, run_out + 15 * 8
	mov run_rsp, %rsp
	pushfq
	popq run_out + 16 * 8
	mov %cs, run_selectors
	mov %ss, run_selectors + 2
	mov %ds, run_selectors + 4
	mov %es, run_selectors + 6
	mov %fs, run_selectors + 8
	mov %gs, run_selectors + 10
	str run_selectors + 12
	sldt run_selectors + 14
	mov $0x10, %eax
	mov %eax, %ss
	mov %eax, %ds
	mov %eax, %es
	pushq $0x08
	pushq $1f
	lretq
1:	pushq $2
	popfq
	pop_callee_saved
	ret

	.globl run_iret
run_iret:				/* void run_iret(void): returns to the caller with IRETQ */
	pop %rax
	mov %rsp, %rcx
	pushq $0x10
	pushq %rcx
	pushfq
	pushq $0x08
	pushq %rax
	iretq

	.section .bss
	.align 16
run_rsp:	.skip 8
	.globl run_target
run_target:	.skip 8
	.globl run_exited
run_exited:	.skip 4

	.section .note.GNU-stack, "", @progbits
