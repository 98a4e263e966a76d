/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What tracing itself costs: the same operation in windows without eBPF and in windows of each mode, that took turns.
 */
#ifndef NB_L0_TRACE_COST_H
#define NB_L0_TRACE_COST_H

#include <stdio.h>

#include "l0/base/whole_file.h"
#include "l0/results/report.h"
#include "trace/cascade.h"

/* trace-cost.csv of a folder, which trace_cost__show() adds rows to. False after a message. */
bool trace_cost__begin(struct whole_file *csv, const char *folder);

/* Puts it in its place, if it has rows. False after a message. */
bool trace_cost__end(struct whole_file *csv);

/*
 * Prints and adds to the CSV what each mode adds to an execution of a streamed row's operation, and to an event that the mode
 * sees; cascades are the row's. Nothing if no window was without eBPF.
 */
void trace_cost__show(FILE *text, FILE *csv, const struct nb_report *report, const struct nb_row *streamed,
		      const struct cascades *cascades);

/* A configuration without the word that says how it was traced; of size bytes, all that fits. */
void trace_cost__config(const struct nb_run *run, char *config, size_t size);

/* Of a run whose events were streamed. */
bool trace_cost__is_streamed(const struct nb_run *run);

#endif
