/* SPDX-License-Identifier: GPL-2.0-only */
/* The only list of figures that are unavailable if a probe of the tracer is missing. */
#ifndef NB_TRACE_FIGURES_H
#define NB_TRACE_FIGURES_H

#include <stddef.h>

/* Name for the record of kvm_exit, which a program reads instead of the tracepoint's arguments. */
#define FIGURES_RECORD "kvm_exit_record"

/*
 * Returns the figures that need a tracepoint or function. Returns NULL if nothing works without it,
 * or if the tracer does not use it.
 */
const char *figures__without(const char *probe);

/*
 * Writes the figures for a list of probes. Blanks separate the probes, as in tracer__missing().
 * Example: "injected interrupts (kvm_inj_virq); hypercalls (kvm_hypercall)". An unknown name stays
 * as it is. Returns text.
 */
const char *figures__name(const char *probes, char *text, size_t size);

#define FIGURES_TEXT 2048 /* bytes that suffice for all figures */

#endif
