// SPDX-License-Identifier: GPL-2.0-only
/* Tests of the search in a ring for the addresses that a walk has met, whatever else the guest has
 * written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "l0/vmm/walk_addresses.h"

static struct nb_ring ring;
static struct walk_asked asked;

static void addresses_come_once_each(void **state)
{
	(void)state;
	nb_ring_init(&ring);
	ring.head = ring.tail = NB_RING_SLOTS - 3; /* so that texts go round its end */
	nb_ring_text(&ring, "walk.address=10a8f2");
	nb_ring_text(&ring, "walk.step.0=e 2 145000 568000 8000b7");
	nb_ring_text(&ring, "walk.step.1=g 2 145000 945000 e3");
	nb_ring_claim(&ring, NB_RECORD_SAMPLE)->sample.start = 0x6e6e6e6e;
	nb_ring_publish(&ring);
	nb_ring_text(&ring, "walk.step.12=e 2 10a8f2 568000 8000b7");
	nb_ring_text(&ring, "walk.end=page 10a8f2 90a8f2 200000");
	nb_ring_text(&ring, "walk.eptp=56605e");
	walk_asked__read(&asked, &ring);
	assert_true(asked.has_eptp);
	assert_int_equal(asked.eptp, 0x56605e);
	assert_int_equal(asked.l1_count, 3);
	assert_int_equal(asked.l1[0], 0x568000);
	assert_int_equal(asked.l1[1], 0x945000);
	assert_int_equal(asked.l1[2], 0x90a8f2);
	assert_int_equal(asked.l2_count, 2);
	assert_int_equal(asked.l2[0], 0x145000);
	assert_int_equal(asked.l2[1], 0x10a8f2);
	assert_true(nb_ring_free(&ring) < NB_RING_SLOTS); /* all is still there */
}

static void a_walk_that_ends_early(void **state)
{
	(void)state;
	nb_ring_init(&ring);
	nb_ring_text(&ring, "walk.step.0=e 4 c0000000 566000 0");
	nb_ring_text(&ring, "walk.end=violation c0000000");
	walk_asked__read(&asked, &ring);
	assert_false(asked.has_eptp);
	assert_int_equal(asked.l1_count, 1);
	assert_int_equal(asked.l2_count, 1);
}

static void what_a_guest_may_write(void **state)
{
	char line[300];

	(void)state;
	nb_ring_init(&ring);
	memset(line, '9', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	memcpy(line, "walk.eptp=", 10);
	nb_ring_text(&ring, line); /* longer than any text that our images write */
	nb_ring_text(&ring, "walk.step.0=e 2");
	nb_ring_text(&ring, "walk.step.=e 2 1 2 3");
	nb_ring_text(&ring, "walk.end=page");
	walk_asked__read(&asked, &ring);
	assert_int_equal(asked.l1_count + asked.l2_count, 0);
	for (unsigned i = 0; i < 2 * WALK_L1_MAX; i++) {
		snprintf(line, sizeof(line), "walk.step.%u=e 1 %x %x 7", i, i, i);
		nb_ring_text(&ring, line);
	}
	walk_asked__read(&asked, &ring);
	assert_int_equal(asked.l1_count, WALK_L1_MAX);
	assert_int_equal(asked.l2_count, WALK_L2_MAX);
	ring.head = ring.tail + NB_RING_SLOTS + 1;
	walk_asked__read(&asked, &ring);
	assert_int_equal(asked.l1_count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_come_once_each),
		cmocka_unit_test(a_walk_that_ends_early),
		cmocka_unit_test(what_a_guest_may_write),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
