// SPDX-License-Identifier: GPL-2.0-only
/*
 * Operations of a guest that knows its hypervisor: messages by three routes, a clock without exits,
 * a virtqueue, and work with traps in it.
 */
#include "microbench/abi/clock_page.h"
#include "microbench/abi/ports.h"
#include "microbench/abi/virtqueue.h"
#include "microbench/bare/bare.h"
#include "microbench/bare/cpu.h"
#include "microbench/families/hypercall.h"
#include "microbench/family.h"

/* --- The same message by three routes; the hypervisor's count shows that it arrived --- */

static uint64_t messages_before;

static const char *prepare_message(void)
{
	messages_before = nb_hypercall(NB_HYPERCALL_MESSAGES, 0);
	return NULL;
}

static void finish_message(uint32_t executions)
{
	uint64_t arrived = nb_hypercall(NB_HYPERCALL_MESSAGES, 0) - messages_before;

	if (arrived != executions)
		bare_fail("%lu messages of %u have arrived", arrived, executions);
}

NB_OPERATION_WITH(msg_vmcall, prepare_message, finish_message)
{
	nb_hypercall(NB_HYPERCALL_MESSAGE, i);
}

NB_OPERATION_WITH(msg_pio, prepare_message, finish_message)
{
	outl(NB_PORT_MESSAGE, i);
}

NB_OPERATION_WITH(msg_mmio, prepare_message, finish_message)
{
	__asm__ volatile("movl %0, (%1)" : : "r"(i), "r"((uint64_t)NB_MMIO_VIOLATION) : "memory");
}

/* --- The clock page --- */

static union {
	struct nb_clock clock;
	uint8_t page[4096];
} clock_page __attribute__((aligned(4096)));
static uint64_t last_time, clock_began;
static uint32_t backwards;

#define CLOCK_LAG 64 /* ticks; more than the step of any clock that is read here */

static inline __attribute__((always_inline)) uint64_t read_clock(void)
{
	const volatile struct nb_clock *shared = &clock_page.clock;
	uint32_t sequence;
	uint64_t time;

	do {
		struct nb_clock clock = {0};

		sequence = __atomic_load_n(&shared->sequence, __ATOMIC_ACQUIRE);
		clock.scale = shared->scale;
		clock.base = shared->base;
		clock.offset = shared->offset;
		time = nb_clock_at(&clock, rdtsc());
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
	} while (sequence & 1 || sequence != __atomic_load_n(&shared->sequence, __ATOMIC_RELAXED));
	return time;
}

static const char *prepare_clock(void)
{
	nb_hypercall(NB_HYPERCALL_CLOCK, (uintptr_t)&clock_page);
	last_time = backwards = 0;
	clock_began = rdtsc();
	return NULL;
}

static void finish_clock(uint32_t executions)
{
	uint64_t now = rdtsc(), time = read_clock();

	/*
	 * The scale is almost 1, so the clock follows the time stamp counter, rounded down. Updates
	 * at doorbells must not set the clock back. On a coarse clock both readings may be equal.
	 */
	if (backwards || time + CLOCK_LAG < now || (time > now && time - now > 1000000))
		bare_fail("the clock page went backwards %u times in %u reads, and shows %lu at time stamp %lu",
			  backwards, executions, time, now);
	/*
	 * Both doorbells of the window took the CPU away from the guest. The stolen time is more
	 * than 0 and at most the elapsed time.
	 */
	if (clock_page.clock.steal == 0 || clock_page.clock.steal > now - clock_began)
		bare_fail("the clock page shows %lu ticks stolen of %lu", clock_page.clock.steal, now - clock_began);
	nb_hypercall(NB_HYPERCALL_CLOCK, 0);
}

NB_OPERATION_WITH(clock_page, prepare_clock, finish_clock)
{
	uint64_t time = read_clock();

	backwards += time < last_time;
	last_time = time;
}

/* --- A split virtqueue: the driver's side (virtio 1.1, 2.6) --- */

static struct nb_virtqueue queue __attribute__((aligned(4096)));
static uint8_t out[NB_VIRTQ_SIZE / 2][NB_VIRTQ_PAYLOAD], in[NB_VIRTQ_SIZE / 2][NB_VIRTQ_PAYLOAD];
static uint16_t used_seen;
static uint32_t wrong;

/*
 * Chain k consists of descriptor 2k, which the device reads, and descriptor 2k + 1, which the
 * device writes. The chains are made once and offered again and again.
 */
static const char *prepare_virtqueue(void)
{
	memset(&queue, 0, sizeof(queue));
	for (unsigned k = 0; k < NB_VIRTQ_SIZE / 2; k++) {
		queue.desc[2 * k] = (struct virtq_desc){(uintptr_t)out[k], NB_VIRTQ_PAYLOAD, VIRTQ_DESC_F_NEXT,
							(uint16_t)(2 * k + 1)};
		queue.desc[2 * k + 1] = (struct virtq_desc){(uintptr_t)in[k], NB_VIRTQ_PAYLOAD, VIRTQ_DESC_F_WRITE, 0};
		memset(out[k], (int)k + 1, NB_VIRTQ_PAYLOAD);
		memset(in[k], 0, NB_VIRTQ_PAYLOAD);
	}
	used_seen = 0;
	wrong = 0;
	nb_hypercall(NB_HYPERCALL_VIRTQUEUE, (uintptr_t)&queue);
	return NULL;
}

static inline __attribute__((always_inline)) void send(unsigned buffers, uint32_t stamp)
{
	uint16_t index = queue.avail.idx;

	for (unsigned k = 0; k < buffers; k++) {
		*(volatile uint32_t *)out[k] = stamp + k;
		queue.avail.ring[(index + k) % NB_VIRTQ_SIZE] = (uint16_t)(2 * k);
	}
	__atomic_store_n(&queue.avail.idx, (uint16_t)(index + buffers), __ATOMIC_RELEASE);
	outl(NB_PORT_KICK, 0);
	for (unsigned k = 0; k < buffers; k++, used_seen++) {
		const struct virtq_used_elem *used = &queue.used.ring[used_seen % NB_VIRTQ_SIZE];

		while (__atomic_load_n(&queue.used.idx, __ATOMIC_ACQUIRE) == used_seen)
			__asm__ volatile("pause");
		wrong += used->len != NB_VIRTQ_PAYLOAD ||
			 *(volatile uint32_t *)in[used->id / 2] != stamp + used->id / 2;
	}
}

static void finish_virtqueue(uint32_t executions)
{
	if (wrong)
		bare_fail("%u buffers came back wrong in %u kicks", wrong, executions);
	nb_hypercall(NB_HYPERCALL_VIRTQUEUE, 0);
}

NB_OPERATION_WITH(virtq_1, prepare_virtqueue, finish_virtqueue)
{
	send(1, i);
}

NB_OPERATION_WITH(virtq_4, prepare_virtqueue, finish_virtqueue)
{
	send(4, i);
}

NB_OPERATION_WITH(virtq_16, prepare_virtqueue, finish_virtqueue)
{
	send(16, i);
}

NB_OPERATION_WITH(virtq_64, prepare_virtqueue, finish_virtqueue)
{
	send(64, i);
}

/* --- A fixed amount of work with evenly spread traps --- */

#define WORK 10000u /* rounds of two instructions */

static inline __attribute__((always_inline)) void work(unsigned traps)
{
	unsigned pieces = traps ? traps : 1;

	for (unsigned piece = 0; piece < pieces; piece++) {
		uint64_t rounds = WORK / pieces;

		__asm__ volatile("1: dec %0; jnz 1b" : "+r"(rounds) : : "cc");
		if (traps)
			cpuid(0, 0);
	}
}

NB_OPERATION(work_0)
{
	work(0);
}

NB_OPERATION(work_1)
{
	work(1);
}

NB_OPERATION(work_2)
{
	work(2);
}

NB_OPERATION(work_4)
{
	work(4);
}

NB_OPERATION(work_8)
{
	work(8);
}
