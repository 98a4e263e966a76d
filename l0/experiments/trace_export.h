/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Cascades for other programs: trace_event JSON (Perfetto, chrome://tracing), folded stacks (flame graphs), CSV.
 */
#ifndef NB_L0_TRACE_EXPORT_H
#define NB_L0_TRACE_EXPORT_H

#include <stdio.h>

#include "l0/results/collect.h"
#include "trace/cascade.h"

/*
 * Writes trace-NAME.json, .folded and .csv of an operation into the folder. per_ns: units of the machine's clock a
 * nanosecond, for the folded stacks. False after a message.
 */
bool trace__export(const char *folder, const char *name, const struct nb_op_result *op, const struct cascades *cascades,
		   double per_ns);

/* Each of the three; what they write is whole if the stream took it. */
bool trace__put_json(FILE *out, const struct nb_op_result *op);
bool trace__put_folded(FILE *out, const struct nb_op_result *op, const struct cascades *cascades, double per_ns);
bool trace__put_csv(FILE *out, const struct nb_op_result *op);

#endif
