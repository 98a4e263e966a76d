/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The overhead of tracing. Windows of each trace mode alternate with windows without eBPF, for the
 * same operation.
 */
#ifndef NB_L0_TRACE_COST_H
#define NB_L0_TRACE_COST_H

#include <stdio.h>

#include "l0/base/whole_file.h"
#include "l0/results/report.h"
#include "trace/cascade.h"

/*
 * Begins trace-cost.csv in a folder. trace_cost__show() adds rows to it. Returns false after a
 * message.
 */
bool trace_cost__begin(struct whole_file *csv, const char *folder);

/* Moves the file to its place if it has rows; otherwise drops it. Returns false after a message. */
bool trace_cost__end(struct whole_file *csv);

/*
 * Prints the overhead of each mode and adds it to the CSV: per execution of the streamed row's
 * operation, and per event that the mode sees. cascades belong to the streamed row. Does nothing if
 * the operation has no window without eBPF.
 */
void trace_cost__show(FILE *text, FILE *csv, const struct nb_report *report, const struct nb_row *streamed,
		      const struct cascades *cascades);

/*
 * Writes the configuration without the word that names the trace mode. size is CONFIG_TEXT or more.
 */
void trace_cost__config(const struct nb_run *run, char *config, size_t size);

/* Returns true if the events of the run were streamed. */
bool trace_cost__is_streamed(const struct nb_run *run);

#endif
