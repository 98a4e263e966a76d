/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Enters the guest, and calls the exit handler at each exit. HOST_RSP is written once and points
 * just behind the registers of struct vcpu, which are its first member. So an exit pushes the
 * guest's registers into the structure, RSP is then the pointer to the structure, and an exit costs
 * no VMWRITE. The stack of the handlers lies below the structure.
 */
#define HOST_RSP       0x6c14
#define REGISTER_BYTES (15 * 8)

#include "microbench/bare/registers.inc"

	.section .text, "ax"
	.globl guest_run, guest_exit

guest_run:				/* void guest_run(struct vcpu *vcpu) */
	push_callee_saved
	lea REGISTER_BYTES(%rdi), %rsi
	mov $HOST_RSP, %eax
	vmwrite %rsi, %rax
	jbe host_rsp_failed		/* CF or ZF: the VMWRITE failed */
	mov %rsp, caller_rsp
	mov %rdi, %rsp
	jmp launch

	.align 16
guest_exit:				/* HOST_RIP points here, and RSP = HOST_RSP */
	push_registers
	mov %rsp, %rdi			/* struct vcpu, aligned to 16 bytes as a call requires */
	call handle_exit
next:
	cmp $1, %eax			/* EAX holds an enum outcome */
	jb stop
	ja launch
	pop_registers
	vmresume
	/* Reached only after a failed VMRESUME. RSP equals HOST_RSP. */
	push_registers
	mov $1, %esi
	jmp failed

launch:					/* VMCLEAR came after the last entry, so VMLAUNCH is required */
	pop_registers
	vmlaunch
	push_registers
	xor %esi, %esi
failed:					/* If a nested guest's entry failed, the guest goes on. */
	mov %rsp, %rdi
	call handle_failed_entry
	jmp next

stop:
	mov caller_rsp, %rsp
	pop_callee_saved
	ret

host_rsp_failed:
	call entry_host_rsp_failed

	/* These functions save only RSP. HOST_RSP only gives the exit a valid stack. */
	.globl round_trip, round_trip_launch, round_trip_exit, round_trip_stack
round_trip_launch:
	mov %rsp, caller_of_round_trip
	vmlaunch
	xor %edi, %edi			/* reached only after a failed VMLAUNCH */
	call entry_failed
round_trip:
	mov %rsp, caller_of_round_trip
	vmresume
	mov $1, %edi			/* reached only after a failed VMRESUME */
	call entry_failed
	.align 16
round_trip_exit:
	mov caller_of_round_trip, %rsp
	ret

	.section .bss
	.align 16
	.skip 4096
round_trip_stack:
caller_of_round_trip:
	.skip 16
caller_rsp:
	.skip 16

	.section .note.GNU-stack, "", @progbits
