/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is to be said about single samples: which are outliers, and which an interrupt of L0 probably hit.
 * The second is inferred: witnesses count interrupts in a window and do not see samples.
 */
#ifndef NB_FLAGS_H
#define NB_FLAGS_H

#include <stdint.h>

#include "l0/results/collect.h"
#include "microbench/stats.h"

#define NB_FLAG_OUTLIER   0x01 /* nb_stats_is_outlier() */
#define NB_FLAG_INTERRUPT 0x02
#define NB_FLAGS          0x03 /* all of them; other bits are 0 */

/*
 * The flags of each sample of an operation in this run, allocated; NULL if it has none. summary is that of its samples.
 *
 * NB_FLAG_INTERRUPT: if L0 took k interrupts in a window, these are the window's k largest samples, as far as they lie
 * further above the median than a sample does by itself; of equal ones the first. *interrupts is false where nothing
 * can be said, as no witness counted the interrupts of each window; then no sample has this flag.
 */
uint8_t *nb_flag_samples(const struct nb_run *run, const struct nb_op_result *op, const struct nb_summary *summary,
			 bool *interrupts);

#endif
