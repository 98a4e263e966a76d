/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The report of this image: lines of text in records of its ring. A serial port would take longer
 * than the cases.
 */
#ifndef VMXDIFF_SAY_H
#define VMXDIFF_SAY_H

/*
 * Announces the ring to the level below. Ends the image with an error if the command line names no
 * sink.
 */
void say_init(const char *cmdline);

/*
 * Adds a line to the report, and sends the report first if the ring is almost full. A line has at
 * most 1023 bytes.
 */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Sends the lines to the level below. */
void say_flush(void);

#endif
