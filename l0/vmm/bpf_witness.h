/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The third witness: eBPF programs at KVM's tracepoints, read at the ends of a window like KVM's own statistics.
 */
#ifndef NB_L0_BPF_WITNESS_H
#define NB_L0_BPF_WITNESS_H

#include <stdbool.h>

#include "trace/modes.h"

/* Loads the programs for this process, a set for each mode (bits of enum trace_mode). False after a message. */
bool bpf_witness__open(unsigned modes, unsigned ring_kib);
void bpf_witness__close(void);

/* The windows from now on have this mode, one of those opened. False after a message. */
bool bpf_witness__choose(enum trace_mode mode);

/* A window begins, and ends. Nothing if there is no witness. False if the stream cannot be written, or events were lost. */
bool bpf_witness__begin(void);
bool bpf_witness__end(void);

/* Writes "bpf.exit.L2.CPUID=250" and so on, and the events of the window, into the stream. */
bool bpf_witness__write(void);

#endif
