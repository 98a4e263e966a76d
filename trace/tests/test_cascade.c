// SPDX-License-Identifier: GPL-2.0-only
/* Tests of cascades: how events make them, the part that each time belongs to, and the buckets of
 * the histogram. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "l0/tests/test_random.h"
#include "trace/cascade_times.h"
#include "vmcs-shadow/exit_reasons.h"

struct window {
	struct trace_event events[1024];
	size_t count;
	uint32_t seq;
	uint64_t time;
};

static void put(struct window *w, enum trace_kind kind, unsigned level, unsigned reason)
{
	assert_true(w->count < 1024);
	w->time += 10;
	w->events[w->count++] = (struct trace_event){.time = w->time,
						     .seq = w->seq++,
						     .kind = (uint8_t)kind,
						     .level = (uint8_t)level,
						     .reason = (uint8_t)reason};
}

static void resume(struct window *w)
{
	put(w, TRACE_EXIT, 1, VMX_EXIT_VMRESUME);
	put(w, TRACE_NESTED_ENTRY, 2, 0);
	put(w, TRACE_ENTRY, 2, 0);
}

static void to_l1(struct window *w, unsigned reason)
{
	put(w, TRACE_EXIT, 2, reason);
	put(w, TRACE_NESTED_EXIT, 2, reason);
	put(w, TRACE_VIRTUAL_EXIT, 1, reason);
	put(w, TRACE_ENTRY, 1, 0);
}

/* An exit that L1 handles: 7 steps. */
static void nested(struct window *w, unsigned reason)
{
	to_l1(w, reason);
	resume(w);
}

/* An exit that L0 handles: 3 steps. */
static void kept(struct window *w, unsigned reason)
{
	put(w, TRACE_EXIT, 2, reason);
	put(w, TRACE_NESTED_EXIT, 2, reason);
	put(w, TRACE_ENTRY, 2, 0);
}

/* A window begins with the return from a doorbell: 4 events. It ends with the next doorbell's way
 * to user space: 6 events. */
static void way_in(struct window *w)
{
	put(w, TRACE_ENTRY, 1, 0);
	resume(w);
}

static void way_out(struct window *w)
{
	to_l1(w, VMX_EXIT_IO_INSTRUCTION);
	put(w, TRACE_EXIT, 1, VMX_EXIT_IO_INSTRUCTION);
	put(w, TRACE_USER, 1, 2);
}

static size_t whole_events(const struct cascades *c)
{
	size_t events = 0, whole = 0;

	for (size_t i = 0; i < c->group_count; i++) {
		events += c->groups[i].count * c->groups[i].step_count;
		whole += c->groups[i].count;
	}
	assert_int_equal(whole, c->whole);
	return events;
}

/* Each event belongs to one cascade, whole or broken, or to an end. */
static void expect(const struct window *w, unsigned level, size_t whole, size_t broken, size_t outside)
{
	struct cascades c = {0};

	assert_true(cascades__add(&c, w->events, w->count, level, false));
	assert_int_equal(c.events, w->count);
	assert_int_equal(c.whole, whole);
	assert_int_equal(c.broken, broken);
	assert_int_equal(c.outside, outside);
	assert_int_equal(whole_events(&c) + c.broken_events + c.outside, w->count);
	cascades__free(&c);
}

static void lose(struct window *w, size_t at, size_t count)
{
	memmove(&w->events[at], &w->events[at + count], (w->count - at - count) * sizeof(w->events[0]));
	w->count -= count;
}

static void a_window_has_two_ends(void **state)
{
	struct window w = {.seq = 1000};

	(void)state;
	expect(&w, 2, 0, 0, 0);
	way_in(&w);
	expect(&w, 2, 0, 0, 4);
	for (int i = 0; i < 5; i++)
		nested(&w, VMX_EXIT_CPUID);
	expect(&w, 2, 5, 0, 4);
	way_out(&w);
	expect(&w, 2, 5, 0, 10);
	lose(&w, 0, 4); /* without a way in */
	expect(&w, 2, 5, 0, 6);
}

static void a_window_of_its_ends_alone(void **state)
{
	struct window w = {0};

	(void)state;
	way_in(&w);
	way_out(&w);
	expect(&w, 2, 0, 0, 10);
}

/* Checks the steps of the first cascade, and the times between them. */
static void cascades_of_the_same_steps_are_a_group(void **state)
{
	struct cascades c = {0};
	struct window w = {0};

	(void)state;
	way_in(&w);
	nested(&w, VMX_EXIT_VMCALL);
	for (int i = 0; i < 3; i++) {
		nested(&w, VMX_EXIT_CPUID);
		w.time += 5; /* of the guest: no cascade's */
		kept(&w, VMX_EXIT_EXTERNAL_INTERRUPT);
	}
	nested(&w, VMX_EXIT_CPUID);
	way_out(&w);
	cascades__add(&c, w.events, w.count, 2, false);
	cascades__add(&c, w.events, w.count, 2, false); /* a second window of the same operation */
	cascades__sort(&c);
	assert_int_equal(c.whole, 16);
	assert_int_equal(c.group_count, 3);
	assert_int_equal(c.groups[0].count, 8);
	assert_int_equal(c.groups[0].step_count, 7);
	assert_int_equal(c.groups[0].steps[0].reason, VMX_EXIT_CPUID);
	assert_int_equal(c.groups[1].count, 6);
	assert_int_equal(c.groups[1].step_count, 3);
	assert_int_equal(c.groups[2].count, 2);
	assert_int_equal(c.groups[2].steps[0].reason, VMX_EXIT_VMCALL);
	assert_ptr_equal(c.groups[2].example, &w.events[4]);
	for (size_t i = 0; i < 8 * 7; i++)
		assert_int_equal(c.groups[0].times[i], i % 7 ? 10 : 0);
	cascades__free(&c);
	assert_int_equal(c.group_count, 0);
}

/* Groups of equal frequency have the order of the stream, so that the output is always the same. */
static void equals_stay_in_order(void **state)
{
	struct cascades c = {0};
	struct window w = {0};

	(void)state;
	nested(&w, VMX_EXIT_VMCALL);
	nested(&w, VMX_EXIT_CPUID);
	kept(&w, VMX_EXIT_EPT_VIOLATION);
	cascades__add(&c, w.events, w.count, 2, false);
	cascades__sort(&c);
	assert_int_equal(c.groups[0].steps[0].reason, VMX_EXIT_VMCALL);
	assert_int_equal(c.groups[1].steps[0].reason, VMX_EXIT_CPUID);
	assert_int_equal(c.groups[2].steps[0].reason, VMX_EXIT_EPT_VIOLATION);
	cascades__free(&c);
}

/* An interrupt inside a cascade makes a different cascade, not a broken one. */
static void interrupts_are_steps(void **state)
{
	struct cascades c = {0};
	struct window w = {0};

	(void)state;
	nested(&w, VMX_EXIT_CPUID);
	to_l1(&w, VMX_EXIT_CPUID);
	put(&w, TRACE_EXIT, 1, VMX_EXIT_EXTERNAL_INTERRUPT);
	put(&w, TRACE_INTERRUPT, 1, 0);
	put(&w, TRACE_ENTRY, 1, 0);
	resume(&w);
	cascades__add(&c, w.events, w.count, 2, false);
	assert_int_equal(c.whole, 2);
	assert_int_equal(c.group_count, 2);
	assert_int_equal(c.groups[1].step_count, 10);
	cascades__free(&c);
}

static void a_hole_breaks_a_cascade(void **state)
{
	(void)state;
	/* Of the second of three cascades each event in turn, up to the end of the third. */
	for (size_t at = 0; at < 7; at++) {
		for (size_t lost = 1; lost <= 7; lost++) {
			struct window w = {0};
			struct cascades c = {0};

			way_in(&w);
			for (int i = 0; i < 3; i++)
				nested(&w, VMX_EXIT_CPUID);
			way_out(&w);
			lose(&w, 4 + 7 + at, lost);
			cascades__add(&c, w.events, w.count, 2, false);
			assert_int_equal(whole_events(&c) + c.broken_events + c.outside, w.count);
			assert_int_equal(c.outside, 10);
			if (at == 0 && lost == 7) { /* all of it: nothing of it is left to be broken */
				assert_int_equal(c.whole, 2);
				assert_int_equal(c.broken, 0);
			} else {
				assert_in_range(c.whole, 1, 2);
				assert_in_range(c.broken, 1, 2);
			}
			for (size_t g = 0; g < c.group_count; g++)
				assert_int_equal(c.groups[g].step_count, 7);
			cascades__free(&c);
		}
	}
}

/* If the ring was full at the end, no later event shows the hole. Wherever the window is cut, an
 * unfinished cascade is broken. */
static void a_window_whose_end_is_lost(void **state)
{
	(void)state;
	for (size_t left = 0; left <= 4 + 3 * 7; left++) {
		struct window w = {0};
		struct cascades c = {0};
		size_t begun = left > 4 ? (left - 4) % 7 : 0;

		way_in(&w);
		for (int i = 0; i < 4; i++)
			nested(&w, VMX_EXIT_CPUID);
		assert_true(cascades__add(&c, w.events, left, 2, true));
		assert_int_equal(c.whole, left > 4 ? (left - 4) / 7 : 0);
		assert_int_equal(c.broken, begun || (left && left < 4));
		assert_int_equal(c.broken_events, left < 4 ? left : begun);
		assert_int_equal(whole_events(&c) + c.broken_events + c.outside, left);
		cascades__free(&c);
	}
}

/* The cascades of two vCPUs overlap. */
static void events_of_two_vcpus_are_refused(void **state)
{
	struct cascades c = {0};
	struct window w = {0};

	(void)state;
	nested(&w, VMX_EXIT_CPUID);
	nested(&w, VMX_EXIT_CPUID);
	w.events[9].vcpu = 1;
	assert_false(cascades__add(&c, w.events, w.count, 2, false));
	assert_int_equal(c.events + c.whole + c.broken + c.outside, 0);
	for (size_t i = 0; i < w.count; i++)
		w.events[i].vcpu = 1;
	assert_true(cascades__add(&c, w.events, w.count, 2, false));
	assert_int_equal(c.whole, 2);
	cascades__free(&c);
}

static void a_hole_at_the_ends(void **state)
{
	struct window w = {0};

	(void)state;
	way_in(&w);
	nested(&w, VMX_EXIT_CPUID);
	way_out(&w);
	lose(&w, 1, 1);
	expect(&w, 2, 1, 1, 6);
	lose(&w, w.count - 2, 1);
	expect(&w, 2, 1, 2, 0);
}

static void the_longest(void **state)
{
	(void)state;
	for (size_t steps = CASCADE_STEPS_MAX - 1; steps <= CASCADE_STEPS_MAX + 1; steps++) {
		struct window w = {0};

		put(&w, TRACE_EXIT, 2, VMX_EXIT_CPUID);
		while (w.count + 1 < steps)
			put(&w, TRACE_MSR, 1, 0);
		put(&w, TRACE_ENTRY, 2, 0);
		expect(&w, 2, steps <= CASCADE_STEPS_MAX, steps > CASCADE_STEPS_MAX, 0);
	}
}

/* In a guest at level 1, the guest's own running time belongs to the cascade that interrupted
 * it. */
static void level_1(void **state)
{
	struct cascades c = {0};
	struct window w = {0};

	(void)state;
	put(&w, TRACE_ENTRY, 1, 0);
	put(&w, TRACE_EXIT, 1, VMX_EXIT_CPUID);
	put(&w, TRACE_ENTRY, 1, 0);
	put(&w, TRACE_EXIT, 1, VMX_EXIT_IO_INSTRUCTION);
	put(&w, TRACE_PIO, 1, 1);
	put(&w, TRACE_USER, 1, 2);
	put(&w, TRACE_ENTRY, 1, 0);
	resume(&w);
	to_l1(&w, VMX_EXIT_CPUID);
	put(&w, TRACE_EXIT, 1, VMX_EXIT_IO_INSTRUCTION);
	put(&w, TRACE_USER, 1, 2);
	expect(&w, 1, 3, 0, 3);
	cascades__add(&c, w.events, w.count, 1, false);
	assert_int_equal(c.groups[0].step_count, 2);
	assert_int_equal(c.groups[1].step_count, 4);
	assert_int_equal(c.groups[2].step_count, 7);
	cascades__free(&c);
}

/* Events of any kind in any order, some lost. */
static void every_event_is_somewhere(void **state)
{
	struct random random = {20251121};

	(void)state;
	for (int i = 0; i < 2000; i++) {
		struct window w = {0};
		struct cascades c = {0};

		for (uint64_t n = random__below(&random, 200); n > 0; n--) {
			if (random__below(&random, 20) == 0)
				w.seq++;
			put(&w,
			    random__below(&random, 3) ? random__below(&random, 2)
						      : random__below(&random, TRACE_KIND_COUNT),
			    1 + (unsigned)random__below(&random, 2), (unsigned)random__below(&random, 3));
		}
		cascades__add(&c, w.events, w.count, 1 + (unsigned)(i % 2), false);
		cascades__sort(&c);
		assert_int_equal(whole_events(&c) + c.broken_events + c.outside, w.count);
		for (size_t g = 1; g < c.group_count; g++)
			assert_true(c.groups[g - 1].count >= c.groups[g].count);
		cascades__free(&c);
	}
}

/* Each step's time belongs to a part. The sum of all parts is the cascade's time. */
static void parts_of_a_nested_exit(void **state)
{
	static const uint64_t time[] = {0, 1, 20, 300, 4000, 50000, 600000};
	double part[CASCADE_PART_COUNT];
	struct cascades c = {0};
	struct window w = {0};

	(void)state;
	nested(&w, VMX_EXIT_CPUID);
	for (size_t i = 1; i < 7; i++)
		w.events[i].time = w.events[i - 1].time + time[i];
	cascades__add(&c, w.events, w.count, 2, false);
	assert_true(cascade__parts(&c.groups[0], 1, part) == 654321);
	assert_true(part[CASCADE_SWITCH_L2] == 1);
	assert_true(part[CASCADE_TRANSFORM] == 600020);
	assert_true(part[CASCADE_SWITCH_L1] == 300);
	assert_true(part[CASCADE_L1] == 4000);
	assert_true(part[CASCADE_L0] == 50000);
	assert_true(part[CASCADE_USER] == 0);
	assert_true(cascade__parts(&c.groups[0], 0.5, part) == 654321 / 2.0);
	cascades__free(&c);
}

/* An execution sets off a nested exit and twice one that L0 keeps; something else comes now and
 * then. */
static void cascades_of_an_execution(void **state)
{
	static struct window w;
	struct cascades c = {0};
	const struct cascade_group *first, *second;
	double part[CASCADE_PART_COUNT], each[CASCADE_PART_COUNT], sum;

	(void)state;
	w = (struct window){0};
	for (unsigned i = 0; i < 9; i++) {
		if (i == 4) { /* rare */
			put(&w, TRACE_EXIT, 2, VMX_EXIT_EXTERNAL_INTERRUPT);
			put(&w, TRACE_ENTRY, 2, 0);
		}
		nested(&w, VMX_EXIT_EPT_VIOLATION);
		kept(&w, VMX_EXIT_EPT_VIOLATION);
		kept(&w, VMX_EXIT_EPT_VIOLATION);
	}
	cascades__add(&c, w.events, w.count, 2, false);
	cascades__sort(&c);
	assert_int_equal(c.group_count, 3);
	assert_int_equal(c.groups[0].count, 18); /* the most frequent; but the nested one comes first */
	first = cascades__next(&c, 9, NULL);
	assert_non_null(first);
	assert_int_equal(first->step_count, 7);
	assert_int_equal(cascade__times(first, 9), 1);
	second = cascades__next(&c, 9, first);
	assert_ptr_equal(second, &c.groups[0]);
	assert_int_equal(cascade__times(second, 9), 2);
	assert_null(cascades__next(&c, 9, second));
	sum = cascade__parts(first, 1, each) + 2 * cascade__parts(second, 1, each);
	assert_true(cascades__parts(&c, 9, 1, part) == sum);
	assert_null(cascades__next(&c, 0, NULL));
	assert_true(cascades__parts(&c, 1000, 1, part) == 0); /* of so many executions nothing is usual */
	cascades__free(&c);
}

static void parts_of_other_steps(void **state)
{
	const struct cascade_step exit = {TRACE_EXIT, 1, VMX_EXIT_IO_INSTRUCTION}, user = {TRACE_USER, 1, 2},
				  entry = {TRACE_ENTRY, 1, 0}, exit2 = {TRACE_EXIT, 2, VMX_EXIT_EPT_VIOLATION},
				  entry2 = {TRACE_ENTRY, 2, 0}, fault = {TRACE_PAGE_FAULT, 2, 0},
				  nested_entry = {TRACE_NESTED_ENTRY, 2, 0}, ready = {TRACE_VMCS02_READY, 2, 0},
				  virtual_exit = {TRACE_VIRTUAL_EXIT, 1, VMX_EXIT_CPUID},
				  loaded = {TRACE_HOST_STATE_LOADED, 1, 0};

	(void)state;
	assert_int_equal(cascade__part(&exit, &user), CASCADE_L0);
	assert_int_equal(cascade__part(&user, &entry), CASCADE_USER);
	assert_int_equal(cascade__part(&user, &user), CASCADE_USER);
	assert_int_equal(cascade__part(&entry, &exit), CASCADE_L1);
	assert_int_equal(cascade__part(&exit2, &entry2), CASCADE_L0);
	assert_int_equal(cascade__part(&exit2, &fault), CASCADE_SWITCH_L2);
	assert_int_equal(cascade__part(&fault, &entry2), CASCADE_L0);
	assert_string_equal(cascade__lane(&user), "L0 user");
	assert_string_equal(cascade__lane(&exit2), "L0 kernel");
	assert_string_equal(cascade__lane(&entry2), "L2");
	assert_string_equal(cascade__lane(&entry), "L1");
	/* Where KVM's functions tell when they are done. */
	assert_int_equal(cascade__part(&nested_entry, &ready), CASCADE_TRANSFORM);
	assert_int_equal(cascade__part(&ready, &entry2), CASCADE_SWITCH_L2);
	assert_int_equal(cascade__part(&virtual_exit, &loaded), CASCADE_TRANSFORM);
	assert_int_equal(cascade__part(&loaded, &entry), CASCADE_SWITCH_L1);
	/* And where they do not. */
	assert_int_equal(cascade__part(&nested_entry, &entry2), CASCADE_TRANSFORM);
	assert_int_equal(cascade__part(&virtual_exit, &entry), CASCADE_SWITCH_L1);
}

static void quantiles(void **state)
{
	struct cascades c = {0};
	struct window w = {0};

	(void)state;
	for (uint64_t i = 0; i < 101; i++) {
		put(&w, TRACE_EXIT, 1, VMX_EXIT_CPUID);
		w.time += i;
		put(&w, TRACE_ENTRY, 1, 0);
	}
	cascades__add(&c, w.events, w.count, 1, false);
	assert_int_equal(c.group_count, 1);
	assert_true(cascade__quantile(&c.groups[0], 0, 0.5, 1) == 0);
	assert_true(cascade__quantile(&c.groups[0], 1, 0, 1) == 10);
	assert_true(cascade__quantile(&c.groups[0], 1, 0.5, 1) == 60);
	assert_true(cascade__quantile(&c.groups[0], 1, 0.9, 2) == 200);
	assert_true(cascade__quantile(&c.groups[0], 1, 1, 1) == 110);
	cascades__free(&c);
}

/* A clock should not go backwards. An event that does so must not become a huge time. */
static void time_that_goes_backwards(void **state)
{
	struct cascades c = {0};
	struct window w = {0};

	(void)state;
	kept(&w, VMX_EXIT_CPUID);
	w.events[1].time = 5;
	cascades__add(&c, w.events, w.count, 2, false);
	assert_int_equal(c.groups[0].times[1], 0);
	assert_int_equal(c.groups[0].times[2], 25);
	cascades__free(&c);
}

static void check_bucket(uint64_t ns)
{
	const uint32_t bucket = trace_bucket(ns);
	double off;

	assert_true(bucket < TRACE_BUCKETS);
	if (bucket == TRACE_BUCKETS - 1)
		return;
	off = (trace_bucket_middle(bucket) - (double)ns) / (double)(ns ? ns : 1);
	if (off < -0.016 || off > 0.016)
		fail_msg("%llu ns: bucket %u, %f ns, off by %f", (unsigned long long)ns, bucket,
			 trace_bucket_middle(bucket), off);
}

static void buckets_are_off_by_at_most_1_6_percent(void **state)
{
	struct random random = {1};
	uint32_t before = 0;

	(void)state;
	for (uint64_t ns = 0; ns < 1 << 20; ns++) {
		const uint32_t bucket = trace_bucket(ns);

		check_bucket(ns);
		assert_in_range(bucket, before, before + 1); /* none is left out */
		before = bucket;
	}
	for (unsigned shift = 0; shift < 64; shift++)
		for (int i = 0; i < 2000; i++)
			check_bucket(random__next(&random) >> shift);
	for (unsigned bit = 0; bit < 64; bit++) {
		check_bucket(1ull << bit);
		check_bucket((1ull << bit) - 1);
	}
	/* The last one is for all that is longer; that begins behind any wait. */
	assert_int_equal(trace_bucket(UINT64_MAX), TRACE_BUCKETS - 1);
	assert_true(trace_bucket(600ull * 1000000000) < TRACE_BUCKETS - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_window_has_two_ends),
		cmocka_unit_test(a_window_of_its_ends_alone),
		cmocka_unit_test(cascades_of_the_same_steps_are_a_group),
		cmocka_unit_test(equals_stay_in_order),
		cmocka_unit_test(interrupts_are_steps),
		cmocka_unit_test(a_hole_breaks_a_cascade),
		cmocka_unit_test(a_window_whose_end_is_lost),
		cmocka_unit_test(events_of_two_vcpus_are_refused),
		cmocka_unit_test(a_hole_at_the_ends),
		cmocka_unit_test(the_longest),
		cmocka_unit_test(level_1),
		cmocka_unit_test(every_event_is_somewhere),
		cmocka_unit_test(parts_of_a_nested_exit),
		cmocka_unit_test(cascades_of_an_execution),
		cmocka_unit_test(parts_of_other_steps),
		cmocka_unit_test(quantiles),
		cmocka_unit_test(time_that_goes_backwards),
		cmocka_unit_test(buckets_are_off_by_at_most_1_6_percent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
