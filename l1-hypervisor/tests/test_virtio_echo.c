// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the echo device: what it serves (virtio 1.1, 2.6), and that it trusts no index and no
 * address of the driver.
 */
#include "l1-hypervisor/tests/unit.h"

#include "l1-hypervisor/devices/virtio_echo.h"
#include "l1-hypervisor/tests/fake_guest.h"
#include "microbench/abi/virtqueue.h"

#define QUEUE 0x10000ull
#define OUT   0x20000ull
#define IN    0x30000ull

static struct vcpu vcpu;
static struct nb_virtqueue *queue;

static void describe(unsigned i, uint64_t address, uint32_t length, uint16_t flags, uint16_t next)
{
	queue->desc[i] = (struct virtq_desc){address, length, flags, next};
}

static void offer(uint16_t head)
{
	queue->avail.ring[queue->avail.idx++ % NB_VIRTQ_SIZE] = head;
}

/* A queue whose descriptors 4 and 5 are a good chain. */
static void begin(void)
{
	fake_guest_reset(&vcpu);
	queue = (struct nb_virtqueue *)(void *)(fake_memory + QUEUE);
	assert_true(echo_set_queue(&vcpu, QUEUE));
	describe(4, OUT, 16, VIRTQ_DESC_F_NEXT, 5);
	describe(5, IN, 64, VIRTQ_DESC_F_WRITE, 0);
	memcpy(fake_memory + OUT, "sixteen bytes...", 16);
}

static void assert_refused(const char *why)
{
	const char *said;

	offer(4);
	said = echo_kick(&vcpu);
	assert_non_null(said);
	if (!strstr(said, why))
		fail_msg("it said: %s", said);
	assert_int_equal(queue->used.idx, 0);
}

TEST(a_chain_is_echoed_and_returned_with_its_length)
{
	begin();
	fake_memory[IN + 16] = 0xaa;
	offer(4);
	assert_null(echo_kick(&vcpu));
	assert_memory_equal(fake_memory + IN, "sixteen bytes...", 16);
	assert_int_equal(fake_memory[IN + 16], 0xaa);
	assert_int_equal(queue->used.idx, 1);
	assert_int_equal(queue->used.ring[0].id, 4);
	assert_int_equal(queue->used.ring[0].len, 16);
}

TEST(a_kick_serves_all_that_is_available_and_each_buffer_once)
{
	begin();
	offer(4);
	offer(4);
	assert_null(echo_kick(&vcpu));
	assert_int_equal(queue->used.idx, 2);
	assert_null(echo_kick(&vcpu));
	assert_int_equal(queue->used.idx, 2);
}

TEST(indices_wrap_after_65535)
{
	begin();
	for (unsigned i = 0; i < 65536 + 5; i++) {
		offer(4);
		assert_null(echo_kick(&vcpu));
	}
	assert_int_equal(queue->used.idx, 5);
}

TEST(a_queue_must_be_aligned_and_in_memory)
{
	begin();
	assert_false(echo_set_queue(&vcpu, QUEUE + 8));
	assert_non_null(echo_kick(&vcpu));
	assert_false(echo_set_queue(&vcpu, vcpu.size - 16));
	assert_false(echo_set_queue(&vcpu, ~15ull));
	assert_true(echo_set_queue(&vcpu, vcpu.size - sizeof(struct nb_virtqueue)));
}

TEST(without_a_queue_a_kick_is_an_error)
{
	begin();
	assert_true(echo_set_queue(&vcpu, 0));
	assert_non_null(strstr(echo_kick(&vcpu), "not announced"));
}

TEST(a_new_queue_starts_at_index_0)
{
	begin();
	offer(4);
	assert_null(echo_kick(&vcpu));
	memset(queue, 0, sizeof(*queue));
	assert_true(echo_set_queue(&vcpu, QUEUE));
	assert_null(echo_kick(&vcpu));
	assert_int_equal(queue->used.idx, 0);
}

TEST(more_buffers_than_the_queue_has_are_refused)
{
	begin();
	queue->avail.idx = NB_VIRTQ_SIZE + 1;
	assert_non_null(strstr(echo_kick(&vcpu), "more buffers"));
	assert_int_equal(queue->used.idx, 0);
}

TEST(a_descriptor_number_outside_of_the_table_is_refused)
{
	begin();
	offer(NB_VIRTQ_SIZE);
	assert_non_null(strstr(echo_kick(&vcpu), "too large"));
	begin();
	describe(4, OUT, 16, VIRTQ_DESC_F_NEXT, NB_VIRTQ_SIZE);
	assert_refused("next descriptor");
}

TEST(a_chain_begins_with_a_readable_buffer_and_goes_on)
{
	begin();
	describe(4, OUT, 16, 0, 5);
	assert_refused("begin");
	begin();
	describe(4, OUT, 16, VIRTQ_DESC_F_NEXT | VIRTQ_DESC_F_WRITE, 5);
	assert_refused("begin");
}

TEST(a_chain_ends_with_a_writable_buffer_that_is_large_enough)
{
	begin();
	describe(5, IN, 64, 0, 0);
	assert_refused("end");
	begin();
	describe(5, IN, 64, VIRTQ_DESC_F_WRITE | VIRTQ_DESC_F_NEXT, 6);
	assert_refused("end");
	begin();
	describe(5, IN, 15, VIRTQ_DESC_F_WRITE, 0);
	assert_refused("large enough");
	begin();
	describe(5, IN, 16, VIRTQ_DESC_F_WRITE, 0);
	offer(4);
	assert_null(echo_kick(&vcpu));
}

TEST(buffers_outside_of_memory_are_refused)
{
	static const uint64_t bad[] = {NB_GUEST_MEMORY - 15, NB_GUEST_MEMORY, ~0ull - 7, 1ull << 63};

	for (size_t i = 0; i < COUNT(bad); i++) {
		begin();
		describe(4, bad[i], 16, VIRTQ_DESC_F_NEXT, 5);
		assert_refused("not guest memory");
		begin();
		describe(5, bad[i], 16, VIRTQ_DESC_F_WRITE, 0);
		assert_refused("not guest memory");
	}
	begin();
	describe(4, OUT, ~0u, VIRTQ_DESC_F_NEXT, 5);
	describe(5, IN, ~0u, VIRTQ_DESC_F_WRITE, 0);
	assert_refused("not guest memory");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(a_chain_is_echoed_and_returned_with_its_length),
		RUN(a_kick_serves_all_that_is_available_and_each_buffer_once),
		RUN(indices_wrap_after_65535),
		RUN(a_queue_must_be_aligned_and_in_memory),
		RUN(without_a_queue_a_kick_is_an_error),
		RUN(a_new_queue_starts_at_index_0),
		RUN(more_buffers_than_the_queue_has_are_refused),
		RUN(a_descriptor_number_outside_of_the_table_is_refused),
		RUN(a_chain_begins_with_a_readable_buffer_and_goes_on),
		RUN(a_chain_ends_with_a_writable_buffer_that_is_large_enough),
		RUN(buffers_outside_of_memory_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
