/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Exports cascades for other programs: trace_event JSON (Perfetto, chrome://tracing), folded stacks
 * (flame graphs), and CSV.
 */
#ifndef NB_L0_TRACE_EXPORT_H
#define NB_L0_TRACE_EXPORT_H

#include <stdio.h>

#include "l0/results/collect.h"
#include "trace/cascade.h"

/*
 * Writes trace-NAME.json, .folded and .csv of an operation into the folder. per_ns is the number of
 * units of the machine's clock per nanosecond, for the folded stacks. Returns false after a
 * message.
 */
bool trace__export(const char *folder, const char *name, const struct nb_op_result *op, const struct cascades *cascades,
		   double per_ns);

/*
 * Each writes one format. A false return means that the JSON could not be made or written. A true
 * return does not check the stream, so the caller checks it.
 */
bool trace__put_json(FILE *out, const struct nb_op_result *op);
bool trace__put_folded(FILE *out, const struct nb_op_result *op, const struct cascades *cascades, double per_ns);
bool trace__put_csv(FILE *out, const struct nb_op_result *op);

#endif
