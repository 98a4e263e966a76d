/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The boot sector of an emulated machine's disk: reads extents of the disk to where they belong in memory
 * by ATA PIO, then enters the image: by PVH, or by Linux' 64-bit boot protocol. The disk builder (disk.c) fills in the
 * table at its end.
 */
#define ATA_DATA    0x1f0
#define ATA_COUNT   0x1f2
#define ATA_LBA0    0x1f3
#define ATA_DEVICE  0x1f6
#define ATA_COMMAND 0x1f7
#define ATA_READ    0x20	/* READ SECTORS: up to 256 a command, data requested sector by sector */
#define ATA_BSY     0x80
#define ATA_DRQ     0x08
#define SECTORS_A_COMMAND 128

/* Selectors. Linux wants 0x10 and 0x18 for its code and data (Documentation/arch/x86/boot.rst, 64-bit protocol). */
#define CODE_32 0x08
#define CODE_64 0x10
#define DATA    0x18

/* Page tables for the 64-bit protocol: the first 4 GiB at their own addresses, in pages of 2 MiB. */
#define PML4        0x10000
#define PDPT        0x11000
#define PD          0x12000
#define PD_COUNT    4
#define TABLES_SIZE (0x2000 + PD_COUNT * 0x1000)
#define TABLE_ENTRY 0x03	/* present, writable */
#define LARGE_PAGE  0x83	/* the same, 2 MiB */
#define MSR_EFER    0xc0000080

	.code16
	.text
	.globl _start
_start:
	cli
	cld
	xor %ax, %ax
	mov %ax, %ds
	mov $0x02, %al			/* port 0x92: address line 20 on, no reset */
	out %al, $0x92
	lgdtl gdt_pointer
	mov %cr0, %eax
	or $1, %al
	mov %eax, %cr0
	ljmpl $CODE_32, $protected

	.code32
protected:
	mov $DATA, %eax
	mov %eax, %ds
	mov %eax, %es
	mov %eax, %ss
	mov $0x7c00, %esp
	mov $extents, %ebp

next_extent:
	mov 0(%ebp), %esi		/* first sector */
	mov 4(%ebp), %ebx		/* sectors */
	mov 8(%ebp), %edi		/* physical address */
	add $12, %ebp
next_command:
	test %ebx, %ebx
	jz extent_done
	mov $SECTORS_A_COMMAND, %ecx
	cmp %ecx, %ebx
	jae 1f
	mov %ebx, %ecx
1:	sub %ecx, %ebx
	call wait_ready
	mov $ATA_DEVICE, %edx		/* LBA mode, device 0, bits 24-27 */
	mov %esi, %eax
	shr $24, %eax
	or $0xe0, %al
	out %al, %dx
	mov $ATA_COUNT, %edx
	mov %ecx, %eax
	out %al, %dx
	mov %esi, %eax
	inc %edx			/* LBA bits 0-23 in three ports */
	out %al, %dx
	inc %edx
	shr $8, %eax
	out %al, %dx
	inc %edx
	shr $8, %eax
	out %al, %dx
	mov $ATA_COMMAND, %edx
	mov $ATA_READ, %al
	out %al, %dx
	add %ecx, %esi
next_sector:
	call wait_ready
	test $ATA_DRQ, %al
	jz next_sector
	push %ecx
	mov $128, %ecx			/* by 32 bits: half as many steps to emulate */
	mov $ATA_DATA, %edx
	rep insl
	pop %ecx
	loop next_sector
	jmp next_command
extent_done:
	decl extent_count
	jnz next_extent

	mov start_info, %ebx
	cmpl $0, linux_64
	jne enter_linux
	jmp *entry

enter_linux:
	mov $PML4, %edi
	xor %eax, %eax
	mov $TABLES_SIZE / 4, %ecx
	rep stosl
	movl $PDPT + TABLE_ENTRY, PML4
	mov $PDPT, %edi
	mov $PD + TABLE_ENTRY, %eax
	mov $PD_COUNT, %cl
1:	stosl
	add $4, %edi			/* the upper halves are zero */
	add $0x1000, %eax
	loop 1b
	mov $PD, %edi
	mov $LARGE_PAGE, %eax
	mov $PD_COUNT * 512, %ecx
1:	stosl
	add $4, %edi
	add $0x200000, %eax
	loop 1b
	mov $PML4, %eax
	mov %eax, %cr3
	mov %cr4, %eax
	or $0x20, %al			/* PAE */
	mov %eax, %cr4
	mov $MSR_EFER, %ecx
	rdmsr
	or $0x100 >> 8, %ah		/* LME */
	wrmsr
	mov %cr0, %eax
	or $0x80000000, %eax		/* PG */
	mov %eax, %cr0
	mov entry, %edi
	ljmp $CODE_64, $long_mode

	.code64
long_mode:
	mov %ebx, %esi			/* boot_params; the upper halves become zero */
	mov %edi, %edi
	jmp *%rdi
	.code32

wait_ready:
	mov $ATA_COMMAND, %edx
1:	in %dx, %al
	test $ATA_BSY, %al
	jnz 1b
	ret

	.align 4
gdt:	.quad 0
	.quad 0x00cf9b000000ffff	/* 32-bit code */
	.quad 0x00af9b000000ffff	/* 64-bit code */
	.quad 0x00cf93000000ffff	/* data */
gdt_pointer:
	.word . - gdt - 1
	.long gdt

	.org 392			/* BOOT_TABLE in disk.c */
entry:        .long 0
linux_64:     .long 0			/* not 0: enter by Linux' 64-bit protocol */
start_info:   .long 0			/* or boot_params */
extent_count: .long 0
extents:      .skip 8 * 12		/* BOOT_EXTENTS of them */
	.org 510
	.word 0xaa55

	.section .note.GNU-stack, "", @progbits
