// SPDX-License-Identifier: GPL-2.0-only
/* Flags outliers, and samples that an interrupt of L0 probably hit. */
#include "l0/results/flags.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *allocate(size_t count, size_t size)
{
	void *memory = calloc(count, size);

	if (!memory) {
		fprintf(stderr, "nestbed: no memory for the flags of %zu samples\n", count);
		exit(1);
	}
	return memory;
}

/* Returns L0's count, from KVM or from our hypervisor as L0. */
static const struct nb_irq_count *count_of(const struct nb_run *run, const struct nb_window *window)
{
	if (strcmp(run->l0, "own") != 0)
		return &window->kvm;
	return window->l0.counted ? &window->l0 : &window->hv;
}

static bool all_counted(const struct nb_run *run, const struct nb_op_result *op)
{
	/* No witness counts the interrupts of a process. */
	if (strcmp(run->level, "L0") == 0)
		return false;
	for (uint64_t i = 0; i < op->windows; i++)
		if (!count_of(run, &op->window[i])->counted)
			return false;
	return true;
}

/*
 * Returns the maximum ticks of a sample without an interrupt. An interrupt costs an exit, L0's
 * handler and an entry, so it costs more than jitter. Jitter is three standard deviations,
 * estimated from the MAD, or 1% if the samples are nearly equal. An interrupt costs at least 16
 * ticks on every machine.
 */
static double bound_of(const struct nb_summary *summary)
{
	return summary->p50 + fmax(fmax(3 * NB_MAD_TO_SIGMA * summary->mad, 0.01 * summary->p50), 16);
}

struct candidate {
	uint64_t ticks;
	size_t at;
};

static int largest_first(const void *left, const void *right)
{
	const struct candidate *l = left, *r = right;

	if (l->ticks != r->ticks)
		return l->ticks < r->ticks ? 1 : -1;
	return (l->at > r->at) - (l->at < r->at);
}

static void flag_interrupts(const struct nb_op_result *op, uint64_t window, uint64_t irq_exits, double bound,
			    uint8_t *flags)
{
	size_t first = op->window[window].first, count = 0;
	size_t end = window + 1 < op->windows ? op->window[window + 1].first : op->sample_count;
	struct candidate *candidates;

	if (irq_exits == 0 || first == end)
		return;
	candidates = allocate(end - first, sizeof(*candidates));
	for (size_t i = first; i < end; i++)
		if ((double)op->samples[i].ticks > bound)
			candidates[count++] = (struct candidate){op->samples[i].ticks, i};
	qsort(candidates, count, sizeof(*candidates), largest_first);
	for (size_t i = 0; i < count && i < irq_exits; i++)
		flags[candidates[i].at] |= NB_FLAG_INTERRUPT;
	free(candidates);
}

uint8_t *nb_flag_samples(const struct nb_run *run, const struct nb_op_result *op, const struct nb_summary *summary,
			 bool *interrupts)
{
	uint8_t *flags;

	*interrupts = all_counted(run, op);
	if (op->sample_count == 0)
		return NULL;
	flags = allocate(op->sample_count, 1);
	for (size_t i = 0; i < op->sample_count; i++)
		if (nb_stats_is_outlier(summary, op->samples[i].ticks))
			flags[i] |= NB_FLAG_OUTLIER;
	for (uint64_t i = 0; *interrupts && i < op->windows; i++)
		flag_interrupts(op, i, count_of(run, &op->window[i])->irq_exits, bound_of(summary), flags);
	return flags;
}
