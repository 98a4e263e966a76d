/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The third witness: eBPF programs at KVM's tracepoints. They are read at both ends of a window,
 * like KVM's own statistics.
 */
#ifndef NB_L0_BPF_WITNESS_H
#define NB_L0_BPF_WITNESS_H

#include <stdbool.h>

#include "trace/modes.h"

/*
 * Loads the eBPF programs for this process, one set for each mode (bits of enum trace_mode).
 * ring_kib is the size of the ring buffer for events in KiB. Returns false after a message.
 */
bool bpf_witness__open(unsigned modes, unsigned ring_kib);
/* Closes all tracers. */
void bpf_witness__close(void);

/*
 * Uses this mode, which must be open or TRACE_MODE_OFF, for the following windows. Returns false
 * after a message.
 */
bool bpf_witness__choose(enum trace_mode mode);

/*
 * Read the counts at the begin and at the end of a window. They do nothing if there is no tracer.
 * bpf_witness__begin() returns false if earlier events cannot be drained.
 */
bool bpf_witness__begin(void);
bool bpf_witness__end(void);

/*
 * Writes counts, for example "bpf.exit.L2.CPUID=250", and the events of the window to the stream.
 * Returns false if the stream cannot be written or the events cannot be drained.
 */
bool bpf_witness__write(void);

#endif
