/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The I/O ports and device pages of the machines that nestbed runs on: the way out for records, the off switch, and devices
 * that operations speak to.
 */
#ifndef NB_ABI_PORTS_H
#define NB_ABI_PORTS_H

/* The parallel ports of a PC, which an emulator writes to files: no interrupt, no baud rate. A byte is out when the strobe falls. */
#define NB_LPT1         0x378 /* records */
#define NB_LPT2         0x278 /* an emulated machine's log */
#define NB_LPT_CONTROL  2     /* offset; the data port is at offset 0 */
#define NB_LPT_SELECTED 0x0c  /* printer initialised and selected */
#define NB_LPT_STROBE   0x01

/* The first serial port of a PC: a 16550 UART. */
#define COM1      0x3f8
#define COM1_LCR  (COM1 + 3) /* line control */
#define COM1_LSR  (COM1 + 5) /* line status */
#define COM1_LAST (COM1 + 7)
#define LCR_8N1   0x03
#define LCR_DLAB  0x80 /* the divisor's registers stand at the first two ports */
#define LSR_THRE  0x20 /* a byte may be written */
#define LSR_IDLE  0x60 /* and no byte is on its way */

/* QEMU's isa-debugcon, likewise a file: takes a whole string instruction in one exit. */
#define NB_PORT_DEBUGCON 0xe9

/* Writing the text "Shutdown" here, byte by byte, turns a Bochs machine off. */
#define NB_PORT_BOCHS_SHUTDOWN 0x8900

/* QEMU's isa-debug-exit, at the address that nestbed gives it: ends QEMU with status 2 * value + 1. */
#define NB_PORT_QEMU_EXIT 0xf4

/*
 * Devices that do nothing, so that who handles an access is all that an operation measures. MESSAGE is for the level below;
 * USER for L0's user space, which our hypervisor lets pass.
 */
#define NB_PORT_MESSAGE 0x4e4c
#define NB_PORT_USER    0x4e50
#define NB_MMIO_USER    0xfd000000u /* a page */

/*
 * 32-bit OUT of a page frame number: the level below takes this page of the machine's memory away, and gives it back with what was in
 * it, at once (TAKE) or when it is touched (AWAIT). 32-bit IN: 0 (TAKE), how many have come back so (AWAIT); all bits 1: it does not.
 */
#define NB_PORT_TAKE  0x4e5c
#define NB_PORT_AWAIT 0x4e60

/* Devices of a PC that KVM has in the kernel: the mask of the second interrupt controller, and the I/O APIC. */
#define NB_PORT_KERNEL 0x00a1
#define NB_MMIO_KERNEL 0xfec00000u

#endif
