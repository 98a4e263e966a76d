/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For tests: whether this kernel, the emulated machine's as this computer's, takes every eBPF program that is for it.
 */
#ifndef NB_L0_PROGRAMS_CHECK_H
#define NB_L0_PROGRAMS_CHECK_H

#include <stdbool.h>

/*
 * Loads and attaches all of them, and writes into the stream how many there were, and the others by name:
 * "meta.bpf_programs=21 attached, on_exit_old other, ...". False after a message.
 */
bool programs_check__write(void);

#endif
