/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The boot sector of an emulated machine's disk: reads extents of the disk to where they belong in memory
 * by ATA PIO, then enters the image by PVH. The disk builder (disk.c) fills in the table at its end.
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
	ljmpl $0x08, $protected

	.code32
protected:
	mov $0x10, %eax
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
	jmp *entry

wait_ready:
	mov $ATA_COMMAND, %edx
1:	in %dx, %al
	test $ATA_BSY, %al
	jnz 1b
	ret

	.align 4
gdt:	.quad 0
	.quad 0x00cf9b000000ffff	/* 32-bit code */
	.quad 0x00cf93000000ffff	/* data */
gdt_pointer:
	.word . - gdt - 1
	.long gdt

	.org 396			/* BOOT_TABLE in disk.c */
entry:        .long 0
start_info:   .long 0
extent_count: .long 0
extents:      .skip 8 * 12		/* BOOT_EXTENTS of them */
	.org 510
	.word 0xaa55

	.section .note.GNU-stack, "", @progbits
