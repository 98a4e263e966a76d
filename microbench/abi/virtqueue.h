/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A split virtqueue in memory, with the layout of virtio 1.1 section 2.6: descriptor table,
 * available ring, used ring. All addresses in it are the driver's physical addresses. A device that
 * runs one level down translates them.
 */
#ifndef NB_ABI_VIRTQUEUE_H
#define NB_ABI_VIRTQUEUE_H

#include <stdint.h>

#define NB_VIRTQ_SIZE    128u /* number of descriptors, a power of two: 64 chains of two */
#define NB_VIRTQ_PAYLOAD 64u  /* bytes of a buffer in each direction */

#define VIRTQ_DESC_F_NEXT  1u
#define VIRTQ_DESC_F_WRITE 2u /* the device writes this buffer */

struct virtq_desc {
	uint64_t addr;
	uint32_t len;
	uint16_t flags;
	uint16_t next;
};

struct virtq_avail {
	uint16_t flags;
	uint16_t idx; /* index of the driver's next entry, never reduced modulo the size */
	uint16_t ring[NB_VIRTQ_SIZE];
	uint16_t used_event;
};

struct virtq_used_elem {
	uint32_t id;
	uint32_t len; /* bytes that the device wrote */
};

struct virtq_used {
	uint16_t flags;
	uint16_t idx;
	struct virtq_used_elem ring[NB_VIRTQ_SIZE];
	uint16_t avail_event;
};

/* The three parts of the queue in the driver's memory. Each is aligned as section 2.6 requires. */
struct nb_virtqueue {
	struct virtq_desc desc[NB_VIRTQ_SIZE] __attribute__((aligned(16)));
	struct virtq_avail avail __attribute__((aligned(2)));
	struct virtq_used used __attribute__((aligned(4)));
};

#endif
