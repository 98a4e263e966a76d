/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The I/O ports of the machines that nestbed runs on: the way out for records, and the off switch.
 */
#ifndef NB_ABI_PORTS_H
#define NB_ABI_PORTS_H

/* The parallel ports of a PC, which an emulator writes to files: no interrupt, no baud rate. A byte is out when the strobe falls. */
#define NB_LPT1         0x378 /* records */
#define NB_LPT2         0x278 /* an emulated machine's log */
#define NB_LPT_CONTROL  2     /* offset; the data port is at offset 0 */
#define NB_LPT_SELECTED 0x0c  /* printer initialised and selected */
#define NB_LPT_STROBE   0x01

/* QEMU's isa-debugcon, likewise a file: takes a whole string instruction in one exit. */
#define NB_PORT_DEBUGCON 0xe9

/* Writing the text "Shutdown" here, byte by byte, turns a Bochs machine off. */
#define NB_PORT_BOCHS_SHUTDOWN 0x8900

/* QEMU's isa-debug-exit, at the address that nestbed gives it: ends QEMU with status 2 * value + 1. */
#define NB_PORT_QEMU_EXIT 0xf4

#endif
