/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Detects two prices of one operation: the windows of a run form a cheap and an expensive group,
 * and each group agrees within itself. A median of all samples is then random, because it depends
 * on which group has more windows.
 */
#ifndef NB_PRICES_H
#define NB_PRICES_H

#include <stdbool.h>

#include "l0/results/collect.h"

struct nb_prices {
	/* ticks: medians of all samples of the cheap windows, and of the expensive windows */
	double low, high;
	/* windows with enough samples for a median, and the expensive ones among them */
	unsigned windows, dear;
};

/*
 * Fills in prices. With one price, dear is 0, and low and high are both the median of all samples
 * (NAN without samples). Returns true if there are two prices.
 */
bool nb_prices_find(const struct nb_op_result *op, struct nb_prices *prices);

#endif
