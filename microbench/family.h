/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a family's file writes an operation: the body follows NB_OPERATION(name) and is inlined
 * between two time stamps. The macro makes one pair of loops for each operation, so that no call
 * runs between the stamps.
 */
#ifndef NB_FAMILY_H
#define NB_FAMILY_H

#include <stddef.h>
#include <stdint.h>

#include "microbench/abi/ring.h"
#include "microbench/stamp.h"

struct nb_loop {
	/*
	 * warm() runs n executions without samples. window() runs n executions and writes a sample
	 * for each.
	 */
	void (*warm)(uint32_t n);
	void (*window)(struct nb_ring *ring, uint32_t n);
	/*
	 * Runs before the warm-up. Returns NULL, or "skip=" and the reason why the operation cannot
	 * run here. May be NULL.
	 */
	const char *(*prepare)(void);
	/*
	 * Runs after the window. `executions` counts the warm-up and the window, for an operation
	 * that checks itself. May be NULL.
	 */
	void (*finish)(uint32_t executions);
};

/*
 * The run's seed, for operations that use random numbers. The image sets it before the first
 * operation.
 */
extern uint32_t nb_seed;

/*
 * Defines the operation `name`: NB_OPERATION(name) { body }. In the body, i is the sample's number
 * and n is the window's length (UINT32_MAX during the warm-up). prepare and finish are functions as
 * in struct nb_loop, or NULL.
 */
#define NB_OPERATION_WITH(name, prepare, finish)                                                                       \
	static inline __attribute__((always_inline)) void op_##name(uint32_t i, uint32_t n);                           \
	static void warm_##name(uint32_t n)                                                                            \
	{                                                                                                              \
		for (uint32_t i = 0; i < n; i++)                                                                       \
			op_##name(i, UINT32_MAX);                                                                      \
	}                                                                                                              \
	static void window_##name(struct nb_ring *ring, uint32_t n)                                                    \
	{                                                                                                              \
		for (uint32_t i = 0; i < n; i++) {                                                                     \
			uint64_t start = nb_stamp();                                                                   \
			uint64_t end;                                                                                  \
			struct nb_record *record;                                                                      \
                                                                                                                       \
			op_##name(i, n);                                                                               \
			end = nb_stamp();                                                                              \
			record = nb_ring_claim(ring, NB_RECORD_SAMPLE);                                                \
			record->sample.start = start;                                                                  \
			record->sample.ticks = end - start;                                                            \
			record->sample.aux = 0;                                                                        \
			nb_ring_publish(ring);                                                                         \
		}                                                                                                      \
	}                                                                                                              \
	const struct nb_loop nb_loop_##name = {warm_##name, window_##name, prepare, finish};                           \
	static inline __attribute__((always_inline)) void op_##name(uint32_t i __attribute__((unused)),                \
								    uint32_t n __attribute__((unused)))

#define NB_OPERATION(name) NB_OPERATION_WITH(name, NULL, NULL)

#endif
