/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What this image says: lines of text, which are records of its ring, as a serial line would take longer than the cases.
 */
#ifndef VMXDIFF_SAY_H
#define VMXDIFF_SAY_H

/* Tells the level below of the ring. Fails in words if the command line says of no way out. */
void say_init(const char *cmdline);

void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Sends out what was said so far. */
void say_flush(void);

#endif
