/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ring of records in memory shared by a guest and every level below it.
 * Single producer at a time (the guest, or its hypervisor while the guest is stopped), single consumer.
 */
#ifndef NB_ABI_RING_H
#define NB_ABI_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "microbench/abi/record.h"

#define NB_RING_MAGIC 0x474e5242u /* "BRNG" */
/*
 * Slots of a ring, a power of two, and samples of a window. A window and its texts fit into the ring without draining. What
 * is in the ring dies with the VMM, so a window is short; a long measurement is many windows.
 */
#define NB_RING_SLOTS 4096u
#define NB_WINDOW_MAX 512u

struct nb_ring {
	uint32_t magic;
	uint32_t version;
	uint32_t slots;
	uint32_t reserved;
	uint64_t head; /* records ever written */
	uint64_t tail; /* records ever taken out */
	uint8_t pad[4096 - 32];
	struct nb_record slot[NB_RING_SLOTS];
};

_Static_assert(offsetof(struct nb_ring, slot) == 4096, "the slots begin on a page");

/* Makes the ring empty and touches every page of it, so that no window pays for a first touch. */
static inline void nb_ring_init(struct nb_ring *ring)
{
	ring->magic = NB_RING_MAGIC;
	ring->version = NB_ABI_VERSION;
	ring->slots = NB_RING_SLOTS;
	ring->head = 0;
	ring->tail = 0;
	for (uint32_t i = 0; i < NB_RING_SLOTS; i++)
		*(volatile uint16_t *)&ring->slot[i].type = NB_RECORD_NONE;
}

/* True if the header is one a consumer may follow: the producer is not trusted. */
static inline bool nb_ring_valid(const struct nb_ring *ring)
{
	return ring->magic == NB_RING_MAGIC && ring->version == NB_ABI_VERSION && ring->slots == NB_RING_SLOTS &&
	       ring->head >= ring->tail && ring->head - ring->tail <= NB_RING_SLOTS;
}

/* Free slots, 0..NB_RING_SLOTS. */
static inline uint32_t nb_ring_free(const struct nb_ring *ring)
{
	return NB_RING_SLOTS - (uint32_t)(ring->head - ring->tail);
}

/*
 * The next free slot with type, flags 0 and seq set, or NULL if the ring is full. The caller fills the rest and then calls
 * nb_ring_publish(): a reader never sees half a record.
 */
static inline struct nb_record *nb_ring_claim(struct nb_ring *ring, enum nb_record_type type)
{
	struct nb_record *record;

	if (nb_ring_free(ring) == 0)
		return NULL;
	record = &ring->slot[ring->head % NB_RING_SLOTS];
	record->type = (uint16_t)type;
	record->flags = 0;
	record->seq = (uint32_t)ring->head;
	return record;
}

static inline void nb_ring_publish(struct nb_ring *ring)
{
	__atomic_store_n(&ring->head, ring->head + 1, __ATOMIC_RELEASE);
}

/* The oldest record not yet taken, or NULL if the ring is empty. */
static inline const struct nb_record *nb_ring_peek(const struct nb_ring *ring)
{
	uint64_t head = __atomic_load_n(&ring->head, __ATOMIC_ACQUIRE);

	if (head == ring->tail || head - ring->tail > NB_RING_SLOTS)
		return NULL;
	return &ring->slot[ring->tail % NB_RING_SLOTS];
}

static inline void nb_ring_pop(struct nb_ring *ring)
{
	__atomic_store_n(&ring->tail, ring->tail + 1, __ATOMIC_RELEASE);
}

/* Writes "key=value" as TEXT records. False (and nothing written) if it does not fit. Freestanding: no libc. */
bool nb_ring_text(struct nb_ring *ring, const char *line);

#endif
