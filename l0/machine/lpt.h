/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Parallel ports from user space by port I/O: no driver, no interrupt, no baud rate; the emulated machine's way out.
 */
#ifndef NB_L0_LPT_H
#define NB_L0_LPT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/io.h>

#include "microbench/abi/ports.h"

/* The first line that PID 1 writes to the second port: whoever reads it knows that the kernel has booted. */
#define NB_INIT_RUNS "nestbed: init runs\n"

/* False, with errno set, without the right to do port I/O. */
static inline bool lpt_open(unsigned short port)
{
	return ioperm(port, 3, 1) == 0;
}

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
