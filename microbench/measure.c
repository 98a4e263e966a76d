// SPDX-License-Identifier: GPL-2.0-only
/* The measuring loop: single-shot time-stamp deltas, one record each, nothing else inside the window. */
#include "measure.h"

#include "operations.h"
#include "ops.h"

/*
 * LFENCE before: RDTSC waits until all earlier instructions, the operation among them, are complete. LFENCE after: no later
 * one begins before the time is read (SDM vol. 2, RDTSC). The same at both ends, and, unlike RDTSCP, legal everywhere.
 */
static inline __attribute__((always_inline)) uint64_t stamp(void)
{
	uint32_t low, high;

	__asm__ volatile("lfence; rdtsc; lfence" : "=a"(low), "=d"(high) : : "memory");
	return (uint64_t)high << 32 | low;
}

/* One loop an operation, so that the operation is inlined and no call stands between the stamps. */
#define X(name, exits, where, text)                                                                                    \
	static void warm_##name(uint32_t n)                                                                            \
	{                                                                                                              \
		for (uint32_t i = 0; i < n; i++)                                                                       \
			op_##name(i, UINT32_MAX);                                                                      \
	}                                                                                                              \
	static void window_##name(struct nb_ring *ring, uint32_t n)                                                    \
	{                                                                                                              \
		for (uint32_t i = 0; i < n; i++) {                                                                     \
			uint64_t start = stamp();                                                                      \
			uint64_t end;                                                                                  \
			struct nb_record *record;                                                                      \
                                                                                                                       \
			op_##name(i, n);                                                                               \
			end = stamp();                                                                                 \
			record = nb_ring_claim(ring, NB_RECORD_SAMPLE);                                                \
			record->sample.start = start;                                                                  \
			record->sample.ticks = end - start;                                                            \
			record->sample.aux = 0;                                                                        \
			nb_ring_publish(ring);                                                                         \
		}                                                                                                      \
	}
NB_OPS(X)
#undef X

static const struct {
	void (*warm)(uint32_t n);
	void (*window)(struct nb_ring *ring, uint32_t n);
} loops[NB_OP_COUNT] = {
#define X(name, exits, where, text) [NB_OP_##name] = {warm_##name, window_##name},
	NB_OPS(X)
#undef X
};

static void put_window(struct nb_ring *ring, enum nb_record_type type, enum nb_op op, uint32_t n)
{
	struct nb_record *record = nb_ring_claim(ring, type);
	const char *name = nb_op_info[op].name;
	bool end = false;

	for (unsigned i = 0; i < NB_OP_NAME_LEN; i++) {
		end = end || name[i] == '\0';
		record->window.op[i] = end ? '\0' : name[i];
	}
	record->window.n = n;
	record->window.reserved = 0;
	nb_ring_publish(ring);
}

static const char *why_not(unsigned where, unsigned legal)
{
	if (where & legal)
		return NULL;
	if (where == NB_RING3)
		return "skip=not legal in ring 3: a process gets #UD or #GP";
	if (where == NB_RING0)
		return "skip=no hypervisor below to exit to";
	return "skip=not legal in a guest";
}

static void run_op(const struct nb_place *place, const struct nb_plan *plan, enum nb_op op)
{
	const char *reason = why_not(place->where, nb_op_info[op].where);
	uint32_t left = plan->n;

	if (reason) {
		nb_ring_text(place->ring, reason);
		put_window(place->ring, NB_RECORD_SKIP, op, 0);
		return;
	}
	loops[op].warm(plan->warmup);
	/* A window never drains the ring half-way: a long run is several windows. */
	while (left > 0) {
		uint32_t n = left < NB_WINDOW_MAX ? left : NB_WINDOW_MAX;

		put_window(place->ring, NB_RECORD_OPEN, op, n);
		place->doorbell(NB_DOORBELL_OPEN);
		loops[op].window(place->ring, n);
		/* The levels below write their counts into the ring at this doorbell: the closing record comes after them. */
		place->doorbell(NB_DOORBELL_CLOSE);
		put_window(place->ring, NB_RECORD_CLOSE, op, n);
		left -= n;
	}
}

static void rehearse(const struct nb_place *place)
{
	uint64_t head = place->ring->head;

	place->doorbell(NB_DOORBELL_REHEARSE);
	place->ring->head = head;
}

bool nb_measure(const struct nb_place *place, const struct nb_plan *plan)
{
	const char *name = plan->ops;
	bool known = true;

	rehearse(place);
	while (*name && *name != ' ') {
		unsigned length = 0;
		int op;

		while (name[length] && name[length] != ',' && name[length] != ' ')
			length++;
		op = nb_op_find(name, length);
		if (op >= 0)
			run_op(place, plan, (enum nb_op)op);
		else
			known = false;
		name += length;
		if (*name == ',')
			name++;
	}
	return known;
}
