/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The third witness: eBPF programs at KVM's tracepoints, read at the ends of a window like KVM's own statistics.
 */
#ifndef NB_L0_BPF_WITNESS_H
#define NB_L0_BPF_WITNESS_H

#include <stdbool.h>

/* Loads the programs for this process. what: "count", "time" (durations too) or "stream" (every event too). False after a message. */
bool bpf_witness__open(const char *what, unsigned ring_kib);
void bpf_witness__close(void);

/* A window begins, and ends. Nothing if there is no witness. False if the stream cannot be written, or events were lost. */
bool bpf_witness__begin(void);
bool bpf_witness__end(void);

/* Writes "bpf.exit.L2.CPUID=250" and so on, and the events of the window, into the stream. */
bool bpf_witness__write(void);

#endif
