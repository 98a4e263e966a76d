// SPDX-License-Identifier: GPL-2.0-only
/*
 * Measures a window: warm-up, doorbell, n single-shot samples, doorbell. Only the operation runs
 * inside the window.
 */
#include "microbench/measure.h"

#include "microbench/family.h"

/*
 * A level links only the families that are legal on it. The loops of the other families are NULL.
 */
#define X(name, family, where, traps, l1, l0, kvm, text)                                                               \
	extern const struct nb_loop nb_loop_##name __attribute__((weak));
NB_OPS(X)
#undef X

static const struct nb_loop *const loops[NB_OP_COUNT] = {
#define X(name, family, where, traps, l1, l0, kvm, text) [NB_OP_##name] = &nb_loop_##name,
	NB_OPS(X)
#undef X
};

static const char *const trap_text[NB_TRAP_COUNT] = {
#define X(name, text) "skip=needs a hypervisor below that " text,
	NB_TRAP_REQUESTS(X)
#undef X
};

static void put_window(struct nb_ring *ring, enum nb_record_type type, const char *name, uint32_t n)
{
	struct nb_record *record = nb_ring_claim(ring, type);
	bool end = false;

	for (unsigned i = 0; i < NB_OP_NAME_LEN; i++) {
		end = end || name[i] == '\0';
		record->window.op[i] = end ? '\0' : name[i];
	}
	record->window.n = n;
	record->window.reserved = 0;
	nb_ring_publish(ring);
}

void nb_measure_open(const struct nb_place *place, const char *name, uint32_t n)
{
	put_window(place->ring, NB_RECORD_OPEN, name, n);
	place->doorbell(NB_DOORBELL_OPEN);
}

void nb_measure_close(const struct nb_place *place, const char *name, uint32_t n)
{
	/*
	 * At this doorbell the levels below write their counts into the ring. The closing record
	 * must come after the counts.
	 */
	place->doorbell(NB_DOORBELL_CLOSE);
	put_window(place->ring, NB_RECORD_CLOSE, name, n);
}

void nb_measure_skip(const struct nb_place *place, const char *name, const char *reason)
{
	nb_ring_text(place->ring, reason);
	put_window(place->ring, NB_RECORD_SKIP, name, 0);
}

static const char *why_not(const struct nb_place *place, const struct nb_op_info *op)
{
	unsigned missing = op->traps & ~NB_TRAP_OPTIONAL & ~place->offered;

	if (!(op->where & place->where)) {
		switch (place->where) {
		case NB_RING3:
			return "skip=not legal in ring 3: a process gets #UD or #GP";
		case NB_RING0:
			return "skip=no hypervisor below to exit to";
		case NB_ROOT:
			return "skip=not an operation of a hypervisor itself";
		default:
			return "skip=not legal in a guest";
		}
	}
	if (missing && !(op->traps & NB_TRAP_OPTIONAL && place->offered == 0))
		return trap_text[__builtin_ctz(missing)];
	return NULL;
}

static void run_window(const struct nb_place *place, enum nb_op op, uint32_t n, uint32_t warmup)
{
	loops[op]->warm(warmup);
	nb_measure_open(place, nb_op_info[op].name, n);
	loops[op]->window(place->ring, n);
	nb_measure_close(place, nb_op_info[op].name, n);
}

bool nb_measure_window(const struct nb_place *place, enum nb_op op, uint32_t n, uint32_t warmup)
{
	const char *reason = why_not(place, &nb_op_info[op]);
	unsigned traps = nb_op_info[op].traps & place->offered;

	if (!reason && !loops[op])
		return false;
	if (reason) {
		nb_measure_skip(place, nb_op_info[op].name, reason);
		return true;
	}
	if (traps)
		place->grant(traps);
	if (loops[op]->prepare)
		reason = loops[op]->prepare();
	if (reason)
		nb_measure_skip(place, nb_op_info[op].name, reason);
	else
		run_window(place, op, n, warmup);
	if (!reason && loops[op]->finish)
		loops[op]->finish(warmup + n);
	if (traps)
		place->grant(0);
	return true;
}

void nb_measure_rehearse(const struct nb_place *place)
{
	uint64_t head = place->ring->head;

	place->doorbell(NB_DOORBELL_REHEARSE);
	place->ring->head = head;
}
