/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Flags of single samples: outliers, and samples that an interrupt of L0 probably hit. The second
 * flag is inferred, because witnesses count interrupts in a window and do not see samples.
 */
#ifndef NB_FLAGS_H
#define NB_FLAGS_H

#include <stdint.h>

#include "l0/results/collect.h"
#include "microbench/stats.h"

#define NB_FLAG_OUTLIER   0x01 /* nb_stats_is_outlier() */
#define NB_FLAG_INTERRUPT 0x02
#define NB_FLAGS          0x03 /* all flags; other bits are 0 */

/*
 * Returns the flags of each sample of an operation in this run, allocated, or NULL if there are no
 * samples. `summary` summarizes these samples.
 *
 * NB_FLAG_INTERRUPT: if L0 took k interrupts in a window, the k largest samples of the window have
 * this flag. Samples that are not further above the median than jitter explains never have it.
 * Among equal samples the first ones have it. *interrupts is false if no witness counted the
 * interrupts of each window; then no sample has this flag.
 */
uint8_t *nb_flag_samples(const struct nb_run *run, const struct nb_op_result *op, const struct nb_summary *summary,
			 bool *interrupts);

#endif
