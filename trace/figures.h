/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What cannot be told where a probe of the tracer is missing: the one list of it.
 */
#ifndef NB_TRACE_FIGURES_H
#define NB_TRACE_FIGURES_H

#include <stddef.h>

/* Stands for kvm_exit's record, which a program reads instead of the tracepoint's arguments. */
#define FIGURES_RECORD "kvm_exit_record"

/* What a tracepoint or function is needed for; NULL if nothing works without it, or it is none that we use. */
const char *figures__without(const char *probe);

/*
 * Of a list of probes, separated by blanks, as tracer__missing() gives it: "injected interrupts (kvm_inj_virq), ...". A name that is
 * not known stands for itself. Returns text.
 */
const char *figures__name(const char *probes, char *text, size_t size);

#define FIGURES_TEXT 2048 /* enough for all of them */

#endif
