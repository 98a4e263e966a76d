/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The boot code. It goes from the PVH entry (32-bit flat protected mode, paging off, EBX = start
 * info) to long mode and calls bare_main(). It maps the first 4 GiB one to one with 2 MiB pages.
 * The map covers RAM and the local APIC.
 */
#define CR0_PG  0x80000000
#define CR0_CD  0x40000000
#define CR0_NW  0x20000000
#define CR0_WP  0x00010000
#define CR0_NE  0x00000020
#define CR0_MP  0x00000002
#define CR4_PAE 0x00000020
#define EFER    0xc0000080
#define EFER_LME 0x00000100

	.section .note.pvh, "a", @note
	.align 4
	.long 4, 4, 18			/* name size, descriptor size, XEN_ELFNOTE_PHYS32_ENTRY */
	.asciz "Xen"
	.long pvh_entry

	.section .text.boot, "ax"
	.code32
	.globl pvh_entry
pvh_entry:
	cli
	cld
	mov %ebx, %ebp			/* keep the start info for bare_main() */
	mov $boot_stack_top, %esp

	/* Fill four page directories of 512 pages of 2 MiB: present, writable, large (0x83). */
	mov $boot_pd, %edi
	mov $0x83, %eax
1:	mov %eax, (%edi)
	movl $0, 4(%edi)
	add $8, %edi
	add $0x200000, %eax
	jnc 1b				/* the carry is set when 4 GiB are mapped */
	/* These entries allow ring 3. The 2 MiB entries deny it. */
	movl $(boot_pd + 0x0007), boot_pdpt
	movl $(boot_pd + 0x1007), boot_pdpt + 8
	movl $(boot_pd + 0x2007), boot_pdpt + 16
	movl $(boot_pd + 0x3007), boot_pdpt + 24
	movl $(boot_pdpt + 7), boot_pml4

	/* SDM 10.8.5: set PAE, CR3 and EFER.LME, then enable paging. */
	mov %cr4, %eax
	or $CR4_PAE, %eax
	mov %eax, %cr4
	mov $boot_pml4, %eax
	mov %eax, %cr3
	mov $EFER, %ecx
	rdmsr
	or $EFER_LME, %eax
	wrmsr
	mov %cr0, %eax
	and $~(CR0_CD | CR0_NW), %eax	/* enable the caches, which are off after reset */
	or $(CR0_PG | CR0_WP | CR0_NE | CR0_MP), %eax
	mov %eax, %cr0

	lgdt bare_gdt_pointer
	ljmp $0x08, $long_mode

	.code64
long_mode:
	mov $0x10, %eax
	mov %eax, %ds
	mov %eax, %es
	mov %eax, %ss
	xor %eax, %eax
	mov %eax, %fs
	mov %eax, %gs
	mov $boot_stack_top, %esp
	mov %ebp, %edi
	xor %ebp, %ebp
	call bare_main
1:	hlt
	jmp 1b

	.section .data
	.align 16
	.globl bare_gdt
bare_gdt:
	.quad 0
	.quad 0x00af9b000000ffff	/* 0x08: 64-bit code, accessed */
	.quad 0x00cf93000000ffff	/* 0x10: data, accessed */
	.quad 0, 0			/* 0x18: TSS; exceptions.c fills it in */
	.quad 0				/* 0x28: base of the selectors for SYSRET */
	.quad 0x00cff3000000ffff	/* 0x30: ring 3 data */
	.quad 0x00affb000000ffff	/* 0x38: ring 3 64-bit code */
bare_gdt_end:
	.globl bare_gdt_pointer
bare_gdt_pointer:
	.word bare_gdt_end - bare_gdt - 1
	.quad bare_gdt

	.section .bss
	.align 4096
	.globl boot_pml4
boot_pml4: .skip 4096
	.globl boot_pdpt
boot_pdpt: .skip 4096
	.globl boot_pd
boot_pd:   .skip 4 * 4096
	.skip 32768
boot_stack_top:

	.section .note.GNU-stack, "", @progbits
