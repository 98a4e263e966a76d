// SPDX-License-Identifier: GPL-2.0-only
/*
 * Builds chains and times them. The code is freestanding: processes and guests use the same code.
 */
#include "microbench/pointer_chase.h"

#include "microbench/family.h"
#include "microbench/random.h"

/*
 * Returns the address of line i. Fibonacci hashing spreads the lines over their places as evenly as
 * possible.
 */
static uint64_t *line(uint8_t *base, const struct nb_chase_point *point, uint64_t i)
{
	const uint64_t place = i * 0x9e3779b97f4a7c15u >> 58; /* one of 64 places in 4 KiB */

	if (point->layout == NB_CHASE_DENSE)
		return (uint64_t *)(base + i * NB_CHASE_LINE);
	return (uint64_t *)(base + i * NB_CHASE_STRIDE + place * NB_CHASE_LINE);
}

/*
 * Sattolo's shuffle starts with lines that each lead to themselves, and leaves one cycle through
 * all lines. It works in place, because a guest has no memory to spare.
 */
void nb_chase_build(void *base, const struct nb_chase_point *point, uint64_t seed)
{
	const uint64_t lines = nb_chase_lines(point);
	const bool random = point->order == NB_CHASE_RANDOM;

	for (uint64_t i = 0; i < lines; i++)
		*line(base, point, i) = (uintptr_t)line(base, point, random ? i : (i + 1) % lines);
	for (uint64_t i = lines - 1; random && i > 0; i--) {
		uint64_t *one = line(base, point, i), *other = line(base, point, nb_random(&seed) % i);
		uint64_t next = *one;

		*one = *other;
		*other = next;
	}
}

/* Returns the address after NB_CHASE_LOADS loads. */
static inline __attribute__((always_inline)) uint64_t follow(uint64_t at)
{
	for (uint32_t i = 0; i < NB_CHASE_LOADS; i++)
		at = *(const volatile uint64_t *)(uintptr_t)at;
	return at;
}

static void window(struct nb_ring *ring, uint64_t at, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		struct nb_record *record;
		uint64_t start = nb_stamp(), end;

		at = follow(at);
		end = nb_stamp();
		record = nb_ring_claim(ring, NB_RECORD_SAMPLE);
		record->sample.start = start;
		record->sample.ticks = end - start;
		record->sample.aux = 0;
		nb_ring_publish(ring);
	}
}

/*
 * Times loads of a few lines, which the nearest cache certainly holds. The best of 16 tries shows
 * whether a CPU or an emulator executes the loads.
 */
static bool is_emulated(const struct nb_chase *chase)
{
	static uint64_t near[4 * NB_CHASE_LINE / 8] __attribute__((aligned(64)));
	const struct nb_chase_point point = {NB_CHASE_DENSE, NB_CHASE_RANDOM, 4 * NB_CHASE_STRIDE};
	uint64_t at = (uintptr_t)near, best = UINT64_MAX;

	nb_chase_build(near, &point, 0);
	for (unsigned i = 0; i < 16; i++) {
		uint64_t start = nb_stamp(), took;

		at = follow(at);
		took = nb_stamp() - start;
		best = took < best ? took : best;
	}
	return best > (uint64_t)chase->emulated * NB_CHASE_LOADS;
}

static void measure(const struct nb_place *place, const struct nb_chase *chase, const struct nb_chase_point *point,
		    const struct nb_chase_memory *memory, uint32_t n)
{
	char name[NB_OP_NAME_LEN];
	uint64_t at;

	nb_chase_name(point, name);
	if (nb_chase_span(point) > memory->bytes) {
		nb_measure_skip(place, name, memory->why);
		return;
	}
	nb_chase_build(memory->base, point, chase->seed);
	at = (uintptr_t)line(memory->base, point, 0);
	for (uint32_t i = 0; i < chase->warmup; i++)
		at = follow(at);
	nb_measure_open(place, name, n);
	window(place->ring, at, n);
	nb_measure_close(place, name, n);
}

/*
 * The control (dense lines) is best in large pages. Small pages are a worse control, but still
 * usable.
 */
static struct nb_chase_memory get_memory(const struct nb_place *place, const struct nb_chase *chase,
					 enum nb_chase_layout layout)
{
	const struct nb_chase_point largest = {layout, NB_CHASE_RANDOM, chase->max_set};
	const uint64_t wanted = nb_chase_span(&largest);
	struct nb_chase_memory memory;
	bool large = true;

	if (layout != NB_CHASE_DENSE)
		return chase->memory(layout, wanted);
	memory = chase->memory(NB_CHASE_2M, wanted);
	if (memory.bytes < wanted) {
		memory = chase->memory(NB_CHASE_4K, wanted);
		large = false;
	}
	nb_ring_text(place->ring, large ? "chase.dense=2M" : "chase.dense=4K");
	return memory;
}

#define TEXT(number)  #number
#define DIGITS(macro) TEXT(macro)

bool nb_chase_run(const struct nb_place *place, const struct nb_chase *chase, uint32_t n)
{
	const bool emulated = is_emulated(chase);

	for (unsigned layout = 0; layout < NB_CHASE_LAYOUTS; layout++) {
		struct nb_chase_memory memory = {
			.why = "skip=a load from the nearest cache takes more than " DIGITS(
				NB_CHASE_EMULATED) " ticks: instructions "
						   "of this level are emulated here, and the clock would show the emulator"};

		if (layout != NB_CHASE_DENSE && !(chase->pages & 1u << layout))
			continue;
		if (!emulated)
			memory = get_memory(place, chase, layout);
		for (unsigned i = 0; i < NB_CHASE_ORDERS * NB_CHASE_SETS; i++) {
			const struct nb_chase_point point = nb_chase_point(layout * NB_CHASE_ORDERS * NB_CHASE_SETS +
									   i);

			if (point.set > chase->max_set)
				continue;
			if (chase->stopped && chase->stopped())
				return false;
			measure(place, chase, &point, &memory, n);
		}
	}
	return true;
}
