/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 256 interrupt entries. Each entry pushes its vector, and a zero if the CPU pushes no error code.
 * It saves the registers as struct exception_frame and calls bare_exception().
 */
#include "microbench/bare/registers.inc"

	.section .text, "ax"
	.macro entry vector
	.align 16
	.if (\vector == 8) || (\vector >= 10 && \vector <= 14) || (\vector == 17) || (\vector == 21)
	.else
	push $0
	.endif
	push $\vector
	jmp common
	.endm

	.globl bare_vectors
	.align 16
bare_vectors:				/* entry n is at bare_vectors + 16 n */
	.set v, 0
	.rept 256
	entry v
	.set v, v + 1
	.endr

common:
	cld
	push_registers
	mov %rsp, %rdi
	call bare_exception
	pop_registers
	add $16, %rsp
	iretq

	.section .note.GNU-stack, "", @progbits
