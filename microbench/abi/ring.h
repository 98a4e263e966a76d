/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ring of records, in memory that a guest and every level below it share. There is one producer
 * at a time (the guest, or its hypervisor while the guest is stopped) and one consumer.
 */
#ifndef NB_ABI_RING_H
#define NB_ABI_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "microbench/abi/record.h"

#define NB_RING_MAGIC 0x474e5242u /* "BRNG" */
/*
 * The number of slots of a ring (a power of two), and the largest number of samples of a window. A
 * window and its texts fit into the ring without draining. The ring's records are lost if the VMM
 * dies, so a window is short and a long measurement has many windows.
 */
#define NB_RING_SLOTS 4096u
#define NB_WINDOW_MAX 512u

struct nb_ring {
	uint32_t magic;
	uint32_t version;
	uint32_t slots;
	uint32_t reserved;
	uint64_t head; /* number of records ever written */
	uint64_t tail; /* number of records ever removed */
	uint8_t pad[4096 - 32];
	struct nb_record slot[NB_RING_SLOTS];
};

_Static_assert(offsetof(struct nb_ring, slot) == 4096, "the slots begin on a page");

/* Empties the ring and touches every page of it, so that no window pays for a first touch. */
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

/*
 * Returns true if the header is valid. A consumer must check it, because the producer is not
 * trusted.
 */
static inline bool nb_ring_valid(const struct nb_ring *ring)
{
	return ring->magic == NB_RING_MAGIC && ring->version == NB_ABI_VERSION && ring->slots == NB_RING_SLOTS &&
	       ring->head >= ring->tail && ring->head - ring->tail <= NB_RING_SLOTS;
}

/* Returns the number of free slots, 0..NB_RING_SLOTS. */
static inline uint32_t nb_ring_free(const struct nb_ring *ring)
{
	return NB_RING_SLOTS - (uint32_t)(ring->head - ring->tail);
}

/*
 * Returns the next free slot with type, flags (0) and seq set, or NULL if the ring is full. The
 * caller fills the rest and then calls nb_ring_publish(), so a reader never sees an incomplete
 * record.
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

/* Makes the record from nb_ring_claim() visible to the consumer. */
static inline void nb_ring_publish(struct nb_ring *ring)
{
	__atomic_store_n(&ring->head, ring->head + 1, __ATOMIC_RELEASE);
}

/*
 * Returns the oldest record in the ring. Returns NULL if the ring is empty or its header is
 * damaged.
 */
static inline const struct nb_record *nb_ring_peek(const struct nb_ring *ring)
{
	uint64_t head = __atomic_load_n(&ring->head, __ATOMIC_ACQUIRE);

	if (head == ring->tail || head - ring->tail > NB_RING_SLOTS)
		return NULL;
	return &ring->slot[ring->tail % NB_RING_SLOTS];
}

/* Removes the oldest record. The ring must not be empty. */
static inline void nb_ring_pop(struct nb_ring *ring)
{
	__atomic_store_n(&ring->tail, ring->tail + 1, __ATOMIC_RELEASE);
}

/*
 * Writes a "key=value" line as TEXT records. Returns false and writes nothing if the line is empty
 * or does not fit. The code is freestanding and uses no libc.
 */
bool nb_ring_text(struct nb_ring *ring, const char *line);

#endif
