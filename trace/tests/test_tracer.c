// SPDX-License-Identifier: GPL-2.0-only
/* Tests of the eBPF programs on this kernel: its verifier takes every one, in each mode. Skipped where none may be loaded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../ability.h"
#include "../tracer.h"

/* Programs for one tracepoint exclude one another: of 15, those three pairs and the renamed one leave 11 at least. */
#define PROGRAMS_MIN 11

static struct trace_ability ability;

/* cmocka's own way to skip does not say why. */
static bool possible(void)
{
	const char *why = !ability.load          ? ability.load_why
			  : !ability.btf_kvm     ? "no BTF of kvm"
			  : !ability.tracepoints ? "no tracepoints of kvm"
						 : NULL;

	if (why)
		print_message("# skipped: %s\n", why);
	return !why;
}

static unsigned programs(const struct tracer_options *options)
{
	char why[256];
	struct tracer *tracer = tracer__open(options, why, sizeof(why));
	unsigned count;

	if (!tracer)
		fail_msg("%s", why);
	count = tracer__programs(tracer);
	if (*tracer__missing(tracer))
		print_message("# missing: %s\n", tracer__missing(tracer));
	tracer__close(tracer);
	return count;
}

static void every_program_passes_the_verifier(void **state)
{
	(void)state;
	if (!possible())
		skip();
	/* What constants switch off is not verified: so with each of them. */
	assert_true(programs(&(struct tracer_options){.everything = true}) >= PROGRAMS_MIN);
	assert_true(programs(&(struct tracer_options){
			    .everything = true, .tgid = 1, .vcpu = 1, .level = 2, .reasons = {1, 1}}) >= PROGRAMS_MIN);
	assert_true(programs(&(struct tracer_options){
			    .everything = true, .timing = true, .alone = true, .tgid = 1, .vcpu = 1}) >= PROGRAMS_MIN);
	assert_true(programs(&(struct tracer_options){
			    .everything = true, .timing = true, .streaming = true, .tgid = 1, .vcpu = 1, .level = 1}) >=
		    PROGRAMS_MIN);
}

static void a_mode_attaches_only_what_it_needs(void **state)
{
	unsigned count, timing, streaming;

	(void)state;
	if (!possible())
		skip();
	count = programs(&(struct tracer_options){.tgid = 1});
	timing = programs(&(struct tracer_options){.tgid = 1, .timing = true});
	streaming = programs(&(struct tracer_options){.tgid = 1, .streaming = true});
	assert_int_equal(timing, count + 1); /* entries */
	assert_true(streaming > timing);
}

static void histograms_begin_empty(void **state)
{
	static struct trace_histogram histogram;
	struct trace_counts counts;
	struct tracer *tracer;
	char why[256];

	(void)state;
	if (!possible())
		skip();
	tracer = tracer__open(&(struct tracer_options){.tgid = (uint32_t)getpid(), .timing = true}, why, sizeof(why));
	assert_non_null(tracer);
	tracer__counts(tracer, &counts);
	for (unsigned i = 0; i < TRACE_REASONS; i++)
		assert_int_equal(counts.exits[0][i] + counts.exits[1][i], 0);
	assert_true(tracer__histogram(tracer, 1, 0, &histogram));
	assert_int_equal(histogram.count + histogram.max, 0);
	assert_true(tracer__histogram(tracer, 2, TRACE_REASONS - 1, &histogram));
	assert_false(tracer__histogram(tracer, 2, TRACE_REASONS, &histogram));
	tracer__close(tracer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_program_passes_the_verifier),
		cmocka_unit_test(a_mode_attaches_only_what_it_needs),
		cmocka_unit_test(histograms_begin_empty),
	};

	trace_ability__probe(&ability);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
