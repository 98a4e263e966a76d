// SPDX-License-Identifier: GPL-2.0-only
/* Tests of the watchdog and of the host's local APIC (SDM 11.5.4, 11.12.1). */
#include "l1-hypervisor/tests/unit.h"

#include "l1-hypervisor/backend/backend.h"
#include "l1-hypervisor/events/lapic.h"
#include "l1-hypervisor/events/watchdog.h"

static struct nb_ring ring;

static uint64_t *x2apic(uint32_t reg)
{
	return fake_msr(MSR_X2APIC + reg / 16);
}

/* In x2APIC mode, because a page of a program is not at an address of an xAPIC. */
static void begin(void)
{
	fake_cpu_reset();
	*fake_msr(MSR_APIC_BASE) = APIC_BASE_ENABLE | APIC_BASE_X2APIC;
	*x2apic(APIC_CURRENT_COUNT) = 0;
	lapic_release();
	counters.housekeeping = 0;
}

TEST(the_apic_is_enabled_with_a_timer_that_divides_by_16)
{
	begin();
	lapic_init();
	assert_int_equal(*x2apic(APIC_SPURIOUS), APIC_SOFTWARE_ENABLE | LAPIC_SPURIOUS_VECTOR);
	assert_int_equal(*x2apic(APIC_DIVIDE), 3);
	assert_int_equal(*x2apic(APIC_LVT_TIMER), LAPIC_TIMER_VECTOR); /* one-shot, not masked */
	assert_int_equal(counters.housekeeping, 4);
	lapic_init();
	assert_int_equal(counters.housekeeping, 4);
}

TEST(a_released_apic_is_disabled_and_its_timer_masked)
{
	begin();
	lapic_init();
	lapic_release();
	assert_true(*x2apic(APIC_LVT_TIMER) & LVT_MASKED);
	assert_false(*x2apic(APIC_SPURIOUS) & APIC_SOFTWARE_ENABLE);
	assert_int_equal(fake.cr[8], 0); /* no interrupt is held back afterwards */
	counters.housekeeping = 0;
	lapic_release();
	assert_int_equal(counters.housekeeping, 0);
}

TEST(every_access_counts_as_housekeeping)
{
	begin();
	lapic_init();
	counters.housekeeping = 0;
	lapic_arm(77);
	assert_int_equal(*x2apic(APIC_INITIAL_COUNT), 77);
	*x2apic(APIC_CURRENT_COUNT) = 42;
	assert_int_equal(lapic_read(APIC_CURRENT_COUNT), 42);
	assert_int_equal(counters.housekeeping, 2);
}

TEST(without_a_watchdog_nothing_is_armed)
{
	begin();
	watchdog_start(0);
	assert_false(watchdog_is_on());
	lapic_init();
	lapic_arm(5);
	watchdog_restart();
	watchdog_stop();
	assert_int_equal(*x2apic(APIC_INITIAL_COUNT), 5);
	assert_run_ends("unexpected interrupt", watchdog_interrupt(LAPIC_TIMER_VECTOR, &ring));
}

/*
 * The timer counts from 2^32 - 1, and the current count says how far it came during the
 * calibration.
 */
TEST(the_period_is_measured_and_every_restart_begins_it_again)
{
	begin();
	*x2apic(APIC_CURRENT_COUNT) = UINT32_MAX - 1000;
	watchdog_start(1000000); /* at least 2 million ticks passed, so this is 1000 counts * 10^6 / 2 or less */
	assert_true(watchdog_is_on());
	assert_in_range(*x2apic(APIC_INITIAL_COUNT), 1, 500000000);
	lapic_arm(3);
	watchdog_restart();
	assert_int_not_equal(*x2apic(APIC_INITIAL_COUNT), 3);
	watchdog_stop();
	assert_int_equal(*x2apic(APIC_INITIAL_COUNT), 0);
}

TEST(a_period_that_does_not_fit_is_the_longest_one)
{
	begin();
	*x2apic(APIC_CURRENT_COUNT) = 0;
	watchdog_start(UINT32_MAX);
	assert_int_equal(*x2apic(APIC_INITIAL_COUNT), UINT32_MAX);
}

TEST(a_guest_whose_ring_moves_makes_progress)
{
	begin();
	watchdog_start(1);
	ring.head = 5;
	assert_true(watchdog_interrupt(LAPIC_TIMER_VECTOR, &ring));
	assert_false(watchdog_interrupt(LAPIC_TIMER_VECTOR, &ring));
	ring.head = 6;
	assert_true(watchdog_interrupt(LAPIC_TIMER_VECTOR, &ring));
	lapic_arm(0);
	ring.head = 7;
	watchdog_interrupt(LAPIC_TIMER_VECTOR, &ring);
	assert_int_not_equal(*x2apic(APIC_INITIAL_COUNT), 0); /* the next period has begun */
}

TEST(a_guest_without_a_ring_has_two_periods_to_announce_one)
{
	begin();
	watchdog_start(1);
	assert_true(watchdog_interrupt(LAPIC_TIMER_VECTOR, NULL));
	assert_true(watchdog_interrupt(LAPIC_TIMER_VECTOR, NULL));
	assert_false(watchdog_interrupt(LAPIC_TIMER_VECTOR, NULL));
}

TEST(an_interrupt_of_another_vector_ends_the_run)
{
	begin();
	watchdog_start(1);
	assert_run_ends("vector 33", watchdog_interrupt(33, &ring));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(the_apic_is_enabled_with_a_timer_that_divides_by_16),
		RUN(a_released_apic_is_disabled_and_its_timer_masked),
		RUN(every_access_counts_as_housekeeping),
		RUN(without_a_watchdog_nothing_is_armed),
		RUN(the_period_is_measured_and_every_restart_begins_it_again),
		RUN(a_period_that_does_not_fit_is_the_longest_one),
		RUN(a_guest_whose_ring_moves_makes_progress),
		RUN(a_guest_without_a_ring_has_two_periods_to_announce_one),
		RUN(an_interrupt_of_another_vector_ends_the_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
