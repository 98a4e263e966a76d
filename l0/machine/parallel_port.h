/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writes to parallel ports from user space by port I/O, without driver, interrupt or baud rate. The
 * emulated machine sends its records this way.
 */
#ifndef NB_L0_LPT_H
#define NB_L0_LPT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/io.h>

#include "microbench/abi/ports.h"

/* The first line that PID 1 writes to the second port. It proves that the kernel has booted. */
#define NB_INIT_RUNS "nestbed: init runs\n"

/* Requests the right to use the port. Returns false, with errno set, if the kernel refuses. */
static inline bool lpt_open(unsigned short port)
{
	return ioperm(port, 3, 1) == 0;
}

/* Writes the bytes to the port, each with a strobe. lpt_open() must have succeeded for the port. */
static inline void lpt_write(unsigned short port, const void *data, size_t bytes)
{
	const unsigned char *p = data;

	while (bytes--) {
		outb(*p++, port);
		outb(NB_LPT_SELECTED | NB_LPT_STROBE, port + NB_LPT_CONTROL);
		outb(NB_LPT_SELECTED, port + NB_LPT_CONTROL);
	}
}

#endif
