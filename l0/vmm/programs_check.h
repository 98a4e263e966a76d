/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests whether the kernel of this computer or of an emulated machine accepts every eBPF program
 * that is meant for it.
 */
#ifndef NB_L0_PROGRAMS_CHECK_H
#define NB_L0_PROGRAMS_CHECK_H

#include <stdbool.h>

/*
 * Loads and attaches all programs. Writes the number of attached programs, and the names and states
 * of the others, to the stream: "meta.bpf_programs=21 attached, on_exit_old other, ...". Returns
 * false after a message.
 */
bool programs_check__write(void);

#endif
