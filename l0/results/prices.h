/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two prices of one operation: windows of a run that agree among themselves, but fall into a cheap and a dear group.
 * A median of all samples is then a matter of chance: it is one price or the other, by which has more windows.
 */
#ifndef NB_PRICES_H
#define NB_PRICES_H

#include <stdbool.h>

#include "l0/results/collect.h"

struct nb_prices {
	double low, high;       /* ticks: medians of all samples of the cheap windows, and of the dear ones */
	unsigned windows, dear; /* with enough samples for a median; those of them that are dear */
};

/*
 * Fills prices. With one price, dear is 0 and both low and high are the median of all samples (NAN without samples).
 * Returns true if there are two.
 */
bool nb_prices_find(const struct nb_op_result *op, struct nb_prices *prices);

#endif
