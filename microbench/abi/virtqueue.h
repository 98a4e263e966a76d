/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A split virtqueue in memory, as virtio 1.1 section 2.6 lays it out: descriptor table, available ring, used ring.
 * All addresses in it are the driver's physical ones; a device that runs one level down translates them.
 */
#ifndef NB_ABI_VIRTQUEUE_H
#define NB_ABI_VIRTQUEUE_H

#include <stdint.h>

#define NB_VIRTQ_SIZE    128u /* descriptors, a power of two: chains of two for 64 buffers */
#define NB_VIRTQ_PAYLOAD 64u  /* bytes of a buffer, each way */

#define VIRTQ_DESC_F_NEXT  1u
#define VIRTQ_DESC_F_WRITE 2u /* the device writes it */

struct virtq_desc {
	uint64_t addr;
	uint32_t len;
	uint16_t flags;
	uint16_t next;
};

struct virtq_avail {
	uint16_t flags;
	uint16_t idx; /* where the driver puts the next entry, never reduced modulo the size */
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

/* The three parts where the driver has put them; each is aligned as section 2.6 demands. */
struct nb_virtqueue {
	struct virtq_desc desc[NB_VIRTQ_SIZE] __attribute__((aligned(16)));
	struct virtq_avail avail __attribute__((aligned(2)));
	struct virtq_used used __attribute__((aligned(4)));
};

#endif
