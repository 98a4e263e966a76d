/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The two boot sectors of an emulated machine's disk. They read extents of the disk into memory by
 * bus master DMA of the PIIX3. Then they enter the image by PVH or by Linux' 64-bit boot protocol.
 * The disk builder (disk.c) fills in the table at the end of the first sector. The emulator loads a
 * kernel of 42 MB in 0.2 s with DMA, and in 0.7 s with port I/O: DMA copies 64 KiB at once.
 *
 * Programming Interface for Bus Master IDE Controller, revision 1.0 (Intel, 1994).
 */
#define ATA_COUNT   0x1f2
#define ATA_COMMAND 0x1f7
#define ATA_CONTROL 0x3f6
#define ATA_READ    0xc8	/* READ DMA: up to 256 sectors per command */
#define ATA_ERR     0x01

#define PCI_ADDRESS 0xcf8
#define PCI_DATA    0xcfc
#define IDE_COMMAND 0x80000904	/* bus 0, device 1, function 1: the PIIX3's IDE */
#define IDE_BAR_4   0x80000920	/* I/O ports of the bus master */
#define IO_AND_BUS_MASTER 0x05

/* Port offsets from the bus master's first port, which is the command port. */
#define BM_STATUS  2
#define BM_TABLE   4
#define BM_TO_MEMORY 0x08
#define BM_START     0x01
#define BM_DONE      0x04	/* the drive has raised its interrupt */
#define BM_CLEAR     0x06	/* clears DONE and the error bit of the status */

#define PIC_MASK_2 0xa1
#define IRQ_14     0x40		/* bit of IRQ 14 in the mask of the second PIC */

/*
 * Selectors. Linux requires 0x10 and 0x18 for its code and data (Documentation/arch/x86/boot.rst,
 * 64-bit protocol).
 */
#define CODE_32 0x08
#define CODE_64 0x10
#define DATA    0x18

/*
 * Page tables for the 64-bit protocol. They map the first 4 GiB at identical addresses in 2 MiB
 * pages.
 */
#define PML4        0x10000
#define PDPT        0x11000
#define PD          0x12000
#define PD_COUNT    4
#define TABLES_SIZE (0x2000 + PD_COUNT * 0x1000)
#define TABLE_ENTRY 0x03	/* present, writable */
#define LARGE_PAGE  0x83	/* present, writable, 2 MiB page */
#define MSR_EFER    0xc0000080

	.code16
	.text
	.globl _start
_start:
	cli
	cld
	xor %ax, %ax
	mov %ax, %ds
	mov %ax, %ss
	mov $0x7c00, %sp
	mov $0x02, %al			/* port 0x92: enable address line 20, no reset */
	out %al, $0x92

	in $PIC_MASK_2, %al
	push %ax
	and $~IRQ_14, %al
	out %al, $PIC_MASK_2
	mov $ATA_CONTROL, %dx
	xor %al, %al			/* enable the drive's interrupt */
	out %al, %dx
	mov $IDE_COMMAND, %eax
	call pci
	or $IO_AND_BUS_MASTER, %al
	out %eax, %dx
	mov $IDE_BAR_4, %eax
	call pci
	and $0xfffc, %ax
	mov %ax, %di			/* DI = first port of the bus master */
	mov $extents, %si

next_command:
	mov 4(%si), %ecx		/* number of sectors */
	test %ecx, %ecx
	jz extent_done
	mov 8(%si), %eax		/* physical address */
	mov %eax, transfer
	movzwl %ax, %eax
	shr $9, %ax
	sub $128, %ax			/* a transfer must not cross a 64 KiB boundary */
	neg %ax
	cmp %eax, %ecx
	jbe 1f
	mov %eax, %ecx
1:	mov %cx, %ax
	shl $9, %ax			/* a length of 0 means 64 KiB */
	mov %ax, transfer + 4

	lea BM_TABLE(%di), %dx
	mov $transfer, %eax
	out %eax, %dx
	lea BM_STATUS(%di), %dx
	mov $BM_CLEAR, %al
	out %al, %dx
	mov %di, %dx
	mov $BM_TO_MEMORY, %al
	out %al, %dx

	mov $ATA_COUNT, %dx
	mov %cl, %al
	out %al, %dx
	/* first sector: LBA bits 0-23 go to three ports; bits 24-27 go with LBA mode, device 0 */
	mov 0(%si), %eax
	or $0xe0000000, %eax
	mov $4, %bl
1:	inc %dx
	out %al, %dx
	shr $8, %eax
	dec %bl
	jnz 1b
	inc %dx
	mov $ATA_READ, %al
	out %al, %dx
	mov %di, %dx
	mov $BM_TO_MEMORY | BM_START, %al
	out %al, %dx
wait:	sti				/* the BIOS acknowledges the interrupt that ends the HLT */
	hlt
	cli
	lea BM_STATUS(%di), %dx
	in %dx, %al
	test $BM_DONE, %al
	jz wait
	mov %di, %dx
	xor %al, %al
	out %al, %dx
	mov $ATA_COMMAND, %dx
	in %dx, %al			/* reading the status ends the drive's interrupt */
	test $ATA_ERR, %al
	jnz wait			/* a read error hangs the machine, and nestbed's timeout reports it */
	add %ecx, 0(%si)
	sub %ecx, 4(%si)
	shl $9, %ecx
	add %ecx, 8(%si)
	jmp next_command
extent_done:
	add $12, %si
	decw extent_count
	jnz next_command

	pop %ax
	out %al, $PIC_MASK_2
	lgdtl gdt_pointer
	mov %cr0, %eax
	or $1, %al
	mov %eax, %cr0
	ljmpl $CODE_32, $protected

/*
 * In: EAX, the address of a PCI register. Out: EAX, its value; DX, the port to write the value to.
 */
pci:
	mov $PCI_ADDRESS, %dx
	out %eax, %dx
	mov $PCI_DATA, %dx
	in %dx, %eax
	ret

	.align 4
transfer:
	.long 0				/* physical address of the transfer */
	.long 0x80000000		/* number of bytes, and the flag of the last list entry */
	.org 320			/* BOOT_TABLE in disk.c */
entry:        .long 0
linux_64:     .long 0			/* not 0: enter by Linux' 64-bit boot protocol */
start_info:   .long 0			/* address of the PVH start info or of boot_params */
extent_count: .long 0
extents:      .skip 9 * 12		/* BOOT_EXTENTS entries; the first extent is the second boot sector */
	.org 510
	.word 0xaa55

	.code32
protected:
	mov $DATA, %eax
	mov %eax, %ds
	mov %eax, %es
	mov %eax, %ss
	mov $0x7c00, %esp

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
	add $4, %edi			/* the upper half of each entry is zero */
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
	mov %ebx, %esi			/* boot_params; a 32-bit move clears the upper half */
	mov %edi, %edi
	jmp *%rdi
	.code32

	.align 4
gdt:	.quad 0
	.quad 0x00cf9b000000ffff	/* 32-bit code */
	.quad 0x00af9b000000ffff	/* 64-bit code */
	.quad 0x00cf93000000ffff	/* data */
gdt_pointer:
	.word . - gdt - 1
	.long gdt

	.org 1024

	.section .note.GNU-stack, "", @progbits
