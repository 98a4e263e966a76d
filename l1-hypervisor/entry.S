/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Enters the guest and returns at an exit. HOST_RSP is written once and points just below the
 * caller's saved registers, so an exit costs no VMWRITE. The guest's registers are on this stack
 * while the hypervisor runs.
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
	sub $8, %rsp			/* aligns the handler's stack: 8 words, 15 registers, one call */
	mov $HOST_RSP, %eax
	vmwrite %rsp, %rax
	jbe host_rsp_failed		/* CF or ZF: the VMWRITE failed */
	mov %rsp, %rbx
	mov %rdi, %rsp
	pop_registers			/* Loads the initial registers. RBX belongs to the guest from here on. */
	vmlaunch
	/*
	 * Reached only after a failed VMLAUNCH. HOST_RSP was not loaded, and RSP points behind
	 * `initial`, so this code needs a separate stack.
	 */
	mov $launch_stack_top, %rsp
	xor %edi, %edi
	call guest_entry_failed

host_rsp_failed:
	call guest_host_rsp_failed

	.align 16
guest_exit:				/* HOST_RIP points here, and RSP = HOST_RSP */
	push_registers
	mov %rsp, %rdi
	sub $8, %rsp
	call handle_exit
next:
	add $8, %rsp
	cmp $1, %eax			/* EAX holds an enum after_exit */
	jb stop
	ja launch
	pop_registers
	vmresume
	/* Reached only after a failed VMRESUME. RSP equals HOST_RSP. */
	push_registers
	mov $1, %edi
	jmp failed

launch:					/* VMCLEAR came after the last entry, so VMLAUNCH is required */
	pop_registers
	vmlaunch
	push_registers
	xor %edi, %edi
failed:					/* If a nested guest's entry failed, the guest goes on. */
	sub $8, %rsp
	call handle_failed_entry
	jmp next

	/* These functions save only RSP. HOST_RSP only gives the exit a valid stack. */
	.globl round_trip, round_trip_launch, round_trip_exit, round_trip_stack
round_trip_launch:
	mov %rsp, round_trip_rsp
	vmlaunch
	xor %edi, %edi			/* reached only after a failed VMLAUNCH */
	call guest_entry_failed
round_trip:
	mov %rsp, round_trip_rsp
	vmresume
	mov $1, %edi			/* reached only after a failed VMRESUME */
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
