// SPDX-License-Identifier: GPL-2.0-only
/*
 * Serves descriptor chains (virtio 1.1, 2.6). Each chain has one readable and one writable
 * descriptor; the device copies the first buffer into the second.
 */
#include "l1-hypervisor/devices/virtio_echo.h"

#include "l1-hypervisor/cpu/vcpu.h"
#include "microbench/abi/virtqueue.h"
#include "microbench/bare/bare.h"

static struct nb_virtqueue *queue;
static uint16_t next_avail;

bool echo_set_queue(struct vcpu *vcpu, uint64_t address)
{
	queue = NULL;
	next_avail = 0;
	if (address == 0)
		return true;
	if (address & (_Alignof(struct nb_virtqueue) - 1))
		return false;
	queue = guest_memory(vcpu, address, sizeof(*queue));
	return queue != NULL;
}

/*
 * Serves the chain that begins at descriptor head. Returns NULL, or a message. The driver is not
 * trusted, so every index and address is checked before its use.
 */
static const char *serve(struct vcpu *vcpu, uint16_t head)
{
	const struct virtq_desc *out, *in;
	struct virtq_used_elem *used;
	const void *from;
	void *to;

	if (head >= NB_VIRTQ_SIZE)
		return "the virtqueue offers a descriptor number that is too large";
	out = &queue->desc[head];
	if (!(out->flags & VIRTQ_DESC_F_NEXT) || out->flags & VIRTQ_DESC_F_WRITE || out->next >= NB_VIRTQ_SIZE)
		return "the virtqueue's chain must begin with a readable buffer that has a next descriptor";
	in = &queue->desc[out->next];
	if (!(in->flags & VIRTQ_DESC_F_WRITE) || in->flags & VIRTQ_DESC_F_NEXT || in->len < out->len)
		return "the virtqueue's chain must end with a writable buffer that is large enough";
	from = guest_memory(vcpu, out->addr, out->len);
	to = guest_memory(vcpu, in->addr, in->len);
	if (!from || !to)
		return "the virtqueue's buffer is not guest memory";
	memcpy(to, from, out->len);
	used = &queue->used.ring[queue->used.idx % NB_VIRTQ_SIZE];
	used->id = head;
	used->len = out->len;
	__atomic_store_n(&queue->used.idx, (uint16_t)(queue->used.idx + 1), __ATOMIC_RELEASE);
	return NULL;
}

const char *echo_kick(struct vcpu *vcpu)
{
	uint16_t available;

	if (!queue)
		return "the guest kicks a virtqueue that it has not announced";
	available = __atomic_load_n(&queue->avail.idx, __ATOMIC_ACQUIRE);
	if ((uint16_t)(available - next_avail) > NB_VIRTQ_SIZE)
		return "the virtqueue offers more buffers than it has entries";
	while (next_avail != available) {
		const char *why = serve(vcpu, queue->avail.ring[next_avail % NB_VIRTQ_SIZE]);

		if (why)
			return why;
		next_avail++;
	}
	return NULL;
}
