// SPDX-License-Identifier: GPL-2.0-only
/* Tests of the flags of samples: windows with interrupts worked out by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "l0/results/flags.h"

#define I NB_FLAG_INTERRUPT
#define O NB_FLAG_OUTLIER

enum { MOST = 64 };

/* An operation of up to MOST samples; the windows begin where `first` says. */
struct fixture {
	struct nb_run run;
	struct nb_op_result op;
	struct nb_sample samples[MOST];
	struct nb_window window[4];
};

static void begin(struct fixture *f, const char *level, const char *l0)
{
	memset(f, 0, sizeof(*f));
	f->run.level = (char *)level;
	f->run.l0 = (char *)l0;
	f->op.samples = f->samples;
	f->op.window = f->window;
}

static void add_window(struct fixture *f, size_t n, const uint64_t *ticks, struct nb_irq_count kvm,
		       struct nb_irq_count hv)
{
	f->window[f->op.windows++] = (struct nb_window){.first = f->op.sample_count, .kvm = kvm, .hv = hv};
	for (size_t i = 0; i < n; i++)
		f->samples[f->op.sample_count++].ticks = ticks[i];
}

#define TICKS(...)                                                                                                     \
	sizeof((const uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t), (const uint64_t[])                                 \
	{                                                                                                              \
		__VA_ARGS__                                                                                            \
	}
#define COUNTED(n)     ((struct nb_irq_count){true, n})
#define SILENT         ((struct nb_irq_count){0})
#define EXPECT(f, ...) expect(f, sizeof((const uint8_t[]){__VA_ARGS__}), (const uint8_t[]){__VA_ARGS__})

/* With median 1000 and MAD 1, a sample above 1016 may have an interrupt, and one above 1100 is an
 * outlier. */
static uint8_t *flags_of(const struct fixture *f, bool *interrupts)
{
	const struct nb_summary summary = {.n = f->op.sample_count, .p50 = 1000, .mad = 1};

	return nb_flag_samples(&f->run, &f->op, &summary, interrupts);
}

static void expect(const struct fixture *f, size_t n, const uint8_t *expected)
{
	bool interrupts;
	uint8_t *flags = flags_of(f, &interrupts);

	assert_true(interrupts);
	assert_int_equal(n, f->op.sample_count);
	assert_memory_equal(flags, expected, n);
	free(flags);
}

static void the_largest_are_flagged(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, "L1", "kvm");
	add_window(&f, TICKS(1000, 1500, 1020, 9000, 1300), COUNTED(2), SILENT);
	EXPECT(&f, 0, O | I, 0, O | I, O);
}

static void never_more_than_there_were(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, "L2", "kvm");
	add_window(&f, TICKS(1000, 9000, 1000), COUNTED(0), COUNTED(5)); /* KVM's count is the one that matters */
	add_window(&f, TICKS(1000, 1000, 5000), COUNTED(9), SILENT);
	add_window(&f, 0, NULL, COUNTED(1), SILENT);
	add_window(&f, TICKS(7000, 7000, 6000, 7000), COUNTED(2), SILENT); /* of equal ones, the first */
	EXPECT(&f, 0, O, 0, 0, 0, O | I, O | I, O | I, O, O);
}

static void what_is_usual_is_not_flagged(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, "L1", "kvm");
	add_window(&f, TICKS(1000, 1016, 1017, 1, 0), COUNTED(5), SILENT);
	EXPECT(&f, 0, 0, I, 0, 0);
}

static void the_bound_is_the_widest_of_three(void **state)
{
	static const struct {
		double p50, mad;
		uint64_t bound;
	} cases[] = {{100, 0, 116}, {10000, 0, 10100}, {1000, 10000, 45478}};
	struct fixture f;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct nb_summary summary = {.n = 2, .p50 = cases[i].p50, .mad = cases[i].mad};
		bool interrupts;
		uint8_t *flags;

		begin(&f, "L1", "kvm");
		add_window(&f, TICKS(cases[i].bound, cases[i].bound + 1), COUNTED(2), SILENT);
		flags = nb_flag_samples(&f.run, &f.op, &summary, &interrupts);
		assert_int_equal(flags[0] & I, 0);
		assert_int_equal(flags[1] & I, I);
		free(flags);
	}
}

static void our_hypervisor_counts_if_it_is_l0(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, "L1", "own");
	add_window(&f, TICKS(1000, 5000, 6000), SILENT, COUNTED(1));
	EXPECT(&f, 0, O, O | I);
}

/* If our hypervisor runs another one, the interrupts of the lowest hypervisor count. */
static void the_lowest_of_ours_counts(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, "L2", "own");
	add_window(&f, TICKS(1000, 5000, 6000), SILENT, COUNTED(0));
	f.window[0].l0 = COUNTED(2);
	EXPECT(&f, 0, O | I, O | I);
}

static void without_a_count_nothing_is_said(void **state)
{
	struct fixture f;
	bool interrupts = true;
	uint8_t *flags;

	(void)state;
	begin(&f, "L1", "kvm");
	add_window(&f, TICKS(1000, 5000), COUNTED(1), SILENT);
	add_window(&f, TICKS(1000, 5000), SILENT, COUNTED(1));
	flags = flags_of(&f, &interrupts);
	assert_false(interrupts);
	assert_int_equal(flags[1], O);
	free(flags);

	begin(&f, "L0", "kvm");
	add_window(&f, TICKS(5000), COUNTED(1), COUNTED(1));
	interrupts = true;
	flags = flags_of(&f, &interrupts);
	assert_false(interrupts);
	assert_int_equal(flags[0], O);
	free(flags);

	begin(&f, "L1", "kvm");
	assert_null(flags_of(&f, &interrupts));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_largest_are_flagged),           cmocka_unit_test(never_more_than_there_were),
		cmocka_unit_test(what_is_usual_is_not_flagged),      cmocka_unit_test(the_bound_is_the_widest_of_three),
		cmocka_unit_test(our_hypervisor_counts_if_it_is_l0), cmocka_unit_test(the_lowest_of_ours_counts),
		cmocka_unit_test(without_a_count_nothing_is_said),
	};

	return cmocka_run_group_tests_name("flags", tests, NULL, NULL);
}
