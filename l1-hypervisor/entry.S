/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Into the guest and out of it. HOST_RSP is written once, just below our caller's registers, so an exit costs
 * no VMWRITE; the guest's registers live on that stack while we run.
 */
#define HOST_RSP 0x6c14

#include "microbench/bare/registers.inc"

	.section .text, "ax"
	.globl guest_run, guest_exit

guest_run:				/* bool guest_run(struct guest_registers *initial) */
	push %rbx
	push %rbp
	push %r12
	push %r13
	push %r14
	push %r15
	sub $8, %rsp			/* the handler's stack is aligned: 8 words here, 15 registers and the call below */
	mov $HOST_RSP, %eax
	vmwrite %rsp, %rax
	jbe host_rsp_failed		/* CF or ZF */
	mov %rsp, %rbx
	mov %rdi, %rsp
	pop_registers			/* the initial ones; RBX is the guest's now */
	vmlaunch
	/* Only a failure comes here, on the stack of `initial`; HOST_RSP was never loaded. */
	mov $launch_stack_top, %rsp
	xor %edi, %edi
	call guest_entry_failed

host_rsp_failed:
	call guest_host_rsp_failed

	.align 16
guest_exit:				/* HOST_RIP, RSP = HOST_RSP */
	push_registers
	mov %rsp, %rdi
	sub $8, %rsp
	call handle_exit
next:
	add $8, %rsp
	cmp $1, %eax			/* enum after_exit */
	jb stop
	ja launch
	pop_registers
	vmresume
	/* Only a failure comes here; RSP is where HOST_RSP is. */
	push_registers
	mov $1, %edi
	jmp failed

launch:					/* the VMCS has been cleared since the last entry */
	pop_registers
	vmlaunch
	push_registers
	xor %edi, %edi
failed:					/* of a guest's guest: then the guest goes on */
	sub $8, %rsp
	call handle_failed_entry
	jmp next

	/* RSP is all that this saves, and HOST_RSP a place to come back to. */
	.globl round_trip, round_trip_launch, round_trip_exit, round_trip_stack
round_trip_launch:
	mov %rsp, round_trip_rsp
	vmlaunch
	xor %edi, %edi			/* only a failure comes here */
	call guest_entry_failed
round_trip:
	mov %rsp, round_trip_rsp
	vmresume
	mov $1, %edi			/* only a failure comes here */
	call guest_entry_failed
	.align 16
round_trip_exit:
	mov round_trip_rsp, %rsp
	ret

stop:
	add $15 * 8 + 8, %rsp
	pop %r15
	pop %r14
	pop %r13
	pop %r12
	pop %rbp
	pop %rbx
	xor %eax, %eax
	ret

	.section .bss
	.align 16
	.skip 4096
launch_stack_top:
	.skip 4096
round_trip_stack:
round_trip_rsp:
	.skip 16

	.section .note.GNU-stack, "", @progbits
