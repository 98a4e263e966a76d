/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The I/O ports and device pages of the machines that run nestbed: the outputs for records, the
 * power switches, and the devices that operations access.
 */
#ifndef NB_ABI_PORTS_H
#define NB_ABI_PORTS_H

/*
 * The parallel ports of a PC. An emulator writes their output to files. They need no interrupt and
 * no baud rate. The port sends a byte when the strobe falls.
 */
#define NB_LPT1         0x378 /* output for records */
#define NB_LPT2         0x278 /* log of an emulated machine */
#define NB_LPT_CONTROL  2     /* offset of the control port; the data port is at offset 0 */
#define NB_LPT_SELECTED 0x0c  /* printer initialised and selected */
#define NB_LPT_STROBE   0x01

/* The first serial port of a PC: a 16550 UART. */
#define COM1      0x3f8
#define COM1_LCR  (COM1 + 3) /* line control */
#define COM1_LSR  (COM1 + 5) /* line status */
#define COM1_LAST (COM1 + 7)
#define LCR_8N1   0x03
#define LCR_DLAB  0x80 /* the first two ports access the divisor */
#define LSR_THRE  0x20 /* the transmitter accepts a byte */
#define LSR_IDLE  0x60 /* the transmitter accepts a byte and is not sending one */

/*
 * QEMU's isa-debugcon, whose output QEMU writes to a file. A whole string instruction takes one
 * exit.
 */
#define NB_PORT_DEBUGCON 0xe9

/* A Bochs machine powers off when software writes the text "Shutdown" here, byte by byte. */
#define NB_PORT_BOCHS_SHUTDOWN 0x8900

/*
 * QEMU's isa-debug-exit, at the address that nestbed configures. A write ends QEMU with status 2 *
 * value + 1.
 */
#define NB_PORT_QEMU_EXIT 0xf4

/*
 * Devices that do nothing, so an operation measures only which level handles the access. The level
 * below handles MESSAGE. L0's user space handles USER, which our hypervisor does not intercept.
 */
#define NB_PORT_MESSAGE 0x4e4c
#define NB_PORT_USER    0x4e50
#define NB_MMIO_USER    0xfd000000u /* one page */

/*
 * A 32-bit OUT of a page frame number makes the level below take away this page of the machine's
 * memory. The page comes back with its contents: at once (TAKE), or when it is touched (AWAIT). A
 * 32-bit IN returns 0 (TAKE), or how many pages came back because they were touched (AWAIT). An IN
 * returns all ones if the level below does not support the port.
 */
#define NB_PORT_TAKE  0x4e5c
#define NB_PORT_AWAIT 0x4e60

/*
 * Devices of a PC that KVM emulates in the kernel: the mask register of the second interrupt
 * controller, and the I/O APIC.
 */
#define NB_PORT_KERNEL 0x00a1
#define NB_MMIO_KERNEL 0xfec00000u

#endif
