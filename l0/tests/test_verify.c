// SPDX-License-Identifier: GPL-2.0-only
/* Tests of `nestbed verify`: the band for two results, its width, and that a changed result fails
 * in each band. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "l0/machine/emulator.h"
#include "l0/report/verify.h"

#define SAMPLES 4
#define DEBIAN  "6.1.0-56-cloud-amd64 #1 SMP PREEMPT_DYNAMIC Debian 6.1.187-1 (2026-09-30)"
#define UPDATE  "6.1.0-57-cloud-amd64 #1 SMP PREEMPT_DYNAMIC Debian 6.1.192-3 (2026-11-26)"
#define NEWER   "6.12.117+deb12-cloud-amd64 #1 SMP PREEMPT_DYNAMIC Debian 6.12.117-1~deb12u1 (2026-11-26)"
#define BOCHS   "Bochs 2.7"
#define GCC     "12.2.0"

/* A result of two rows that owns its memory: an operation with a predicted number of exits, and one
 * without. */
struct result {
	struct nb_loaded_text metadata[6];
	struct nb_loaded_row rows[2];
	uint64_t samples[2][SAMPLES];
	struct nb_loaded_counter requests;
	struct nb_loaded loaded;
};

static void set_row(struct result *r, size_t i, char *op, uint64_t ticks, double exits)
{
	r->rows[i] = (struct nb_loaded_row){.op = op,
					    .level = "L2",
					    .config = "shadow_vmcs=on",
					    .route = "L1",
					    .l0 = "kvm",
					    .kernel = "",
					    .kernel_args = "",
					    .cpu = "",
					    .family = "",
					    .status = "ok",
					    .note = "",
					    .exits = exits,
					    .samples = r->samples[i],
					    .sample_count = SAMPLES};
	for (size_t j = 0; j < SAMPLES; j++)
		r->samples[i][j] = ticks;
}

static void make(struct result *r, char *kernel, char *emulator, char *compiler)
{
	*r = (struct result){.metadata = {{"kernel", kernel},
					  {"emulator", emulator},
					  {"compiler", compiler},
					  {"iterations", "1000"},
					  {"warmup", "64"},
					  {"seed", "1"}}};
	set_row(r, 0, "cpuid", 10000, 2);
	set_row(r, 1, "apic_timer", 40000, 8);
	r->loaded = (struct nb_loaded){.machine = "bochs",
				       .clock = "instructions",
				       .complete = true,
				       .metadata = r->metadata,
				       .metadata_count = 6,
				       .rows = r->rows,
				       .row_count = 2};
}

static unsigned count(struct result *result, struct result *reference, bool part)
{
	struct verify_band band;
	FILE *out = fopen("/dev/null", "w");
	unsigned differences;

	assert_non_null(out);
	verify__choose(&result->loaded, &result->rows[0], &reference->loaded, &band);
	differences = verify__differences(&result->loaded, &result->rows[0], &reference->loaded, &band, part, out);
	fclose(out);
	return differences;
}

static enum verify_kind kind_of(char *kernel, char *emulator, char *compiler)
{
	struct result result, reference;
	struct verify_band band;

	make(&result, kernel, emulator, compiler);
	make(&reference, DEBIAN, BOCHS, GCC);
	verify__choose(&result.loaded, &result.rows[0], &reference.loaded, &band);
	assert_true(strlen(band.why) > 10);
	return band.kind;
}

static void the_band_is_chosen_by_what_made_the_results(void **state)
{
	(void)state;
	assert_int_equal(kind_of(DEBIAN, BOCHS, GCC), VERIFY_SAME);
	assert_int_equal(kind_of(UPDATE, BOCHS, GCC), VERIFY_SERIES);
	assert_int_equal(kind_of(DEBIAN, "Bochs 3.0", GCC), VERIFY_SERIES);
	assert_int_equal(kind_of(DEBIAN, BOCHS, "14.2.0"), VERIFY_SERIES);
	assert_int_equal(kind_of(NEWER, BOCHS, GCC), VERIFY_OTHER);
	assert_int_equal(kind_of(NEWER, "Bochs 3.0", "14.2.0"), VERIFY_OTHER);
	assert_int_equal(kind_of("6.1", BOCHS, GCC), VERIFY_SERIES);
	assert_int_equal(kind_of("6.10.1", BOCHS, GCC), VERIFY_OTHER);
	assert_int_equal(kind_of("5.1.0", BOCHS, GCC), VERIFY_OTHER);
}

/* A kernel, emulator or compiler without a name counts as different, even if both results lack the
 * name. */
static void what_is_unknown_is_different(void **state)
{
	struct result result, reference;
	struct verify_band band;

	(void)state;
	assert_int_equal(kind_of(DEBIAN, "", GCC), VERIFY_SERIES);
	assert_int_equal(kind_of("", BOCHS, GCC), VERIFY_OTHER);
	assert_int_equal(kind_of("none", BOCHS, GCC), VERIFY_OTHER);
	make(&result, DEBIAN, "", GCC);
	make(&reference, DEBIAN, "", GCC);
	verify__choose(&result.loaded, &result.rows[0], &reference.loaded, &band);
	assert_int_equal(band.kind, VERIFY_SERIES);
	assert_non_null(strstr(band.why, "emulator"));
	make(&result, "none", BOCHS, GCC); /* our hypervisor is L0 of both */
	make(&reference, "none", BOCHS, GCC);
	verify__choose(&result.loaded, &result.rows[0], &reference.loaded, &band);
	assert_int_equal(band.kind, VERIFY_SAME);
	make(&result, "", BOCHS, GCC);
	make(&reference, "", BOCHS, GCC);
	verify__choose(&result.loaded, &result.rows[0], &reference.loaded, &band);
	assert_int_equal(band.kind, VERIFY_OTHER);
}

static void bands_have_the_width_that_they_say(void **state)
{
	(void)state;
	assert_true(verify__ticks_agree(VERIFY_SAME, 10300, 10000, 0));
	assert_true(verify__ticks_agree(VERIFY_SAME, 9700, 10000, 0));
	assert_false(verify__ticks_agree(VERIFY_SAME, 10301, 10000, 0));
	assert_false(verify__ticks_agree(VERIFY_SAME, 9699, 10000, 0));
	assert_false(verify__ticks_agree(VERIFY_SAME, 9, 7, 0));
	assert_true(verify__ticks_agree(VERIFY_SERIES, 12000, 10000, 0));
	assert_false(verify__ticks_agree(VERIFY_SERIES, 12001, 10000, 0));
	assert_false(verify__ticks_agree(VERIFY_SERIES, 7999, 10000, 0));
	assert_true(verify__ticks_agree(VERIFY_SERIES, 37, 7, 0));
	assert_false(verify__ticks_agree(VERIFY_SERIES, 38, 7, 0));
	assert_true(verify__ticks_agree(VERIFY_OTHER, 20000, 10000, 0));
	assert_true(verify__ticks_agree(VERIFY_OTHER, 5000, 10000, 0));
	assert_false(verify__ticks_agree(VERIFY_OTHER, 20001, 10000, 0));
	assert_false(verify__ticks_agree(VERIFY_OTHER, 4999, 10000, 0));
	assert_true(verify__ticks_agree(VERIFY_OTHER, 2, 28, 0));
	assert_false(verify__ticks_agree(VERIFY_OTHER, 60, 28, 0));
}

static void equal_results_do_not_differ(void **state)
{
	static char *const kernels[] = {DEBIAN, UPDATE, NEWER};
	struct result result, reference;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		make(&result, kernels[i], BOCHS, GCC);
		make(&reference, DEBIAN, BOCHS, GCC);
		assert_int_equal(count(&result, &reference, false), 0);
	}
}

/* Exits that follow from the architecture must be equal on every kernel. */
static void another_exit_is_found_on_every_kernel(void **state)
{
	static char *const kernels[] = {DEBIAN, UPDATE, NEWER};
	struct result result, reference;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		make(&reference, DEBIAN, BOCHS, GCC);
		make(&result, kernels[i], BOCHS, GCC);
		result.rows[0].exits = 2.01;
		assert_int_equal(count(&result, &reference, false), 1);
		make(&result, kernels[i], BOCHS, GCC);
		result.rows[0].exits = 3;
		assert_int_equal(count(&result, &reference, false), 1);
	}
}

/* If time decides the number of exits, another kernel may have a fraction of an exit more. */
static void counted_exits_may_move_with_the_kernel(void **state)
{
	struct result result, reference;

	(void)state;
	make(&reference, DEBIAN, BOCHS, GCC);
	make(&result, NEWER, BOCHS, GCC);
	result.rows[1].exits = 8.4;
	assert_int_equal(count(&result, &reference, false), 0);
	result.rows[1].exits = 9;
	assert_int_equal(count(&result, &reference, false), 1);
	make(&result, DEBIAN, BOCHS, GCC);
	result.rows[1].exits = 8.4;
	assert_int_equal(count(&result, &reference, false), 1);
	result.metadata[3].value = "100"; /* samples: so few have other exits for one */
	assert_int_equal(count(&result, &reference, false), 0);
	result.rows[0].exits = 2.01;
	assert_int_equal(count(&result, &reference, false), 1);
}

static void another_route_is_found_where_it_is_predicted(void **state)
{
	struct result result, reference;

	(void)state;
	make(&reference, DEBIAN, BOCHS, GCC);
	make(&result, NEWER, BOCHS, GCC);
	result.rows[0].route = "L0-kernel";
	result.rows[1].route = "none";
	assert_int_equal(count(&result, &reference, false), 1);
}

/* `run --kernel 6.1,6.12` has rows of both: each gets the band of its own kernel. */
static void each_kernel_of_a_result_has_its_band(void **state)
{
	struct result result, reference;
	struct verify_band band;
	FILE *out = fopen("/dev/null", "w");

	(void)state;
	assert_non_null(out);
	make(&reference, DEBIAN, BOCHS, GCC);
	make(&result, DEBIAN, BOCHS, GCC);
	reference.rows[0].kernel = reference.rows[1].kernel = result.rows[0].kernel = "6.1.0-56-cloud-amd64";
	set_row(&result, 1, "cpuid", 11000, 2);
	result.rows[1].kernel = "6.12.117+deb12-cloud-amd64";
	verify__choose(&result.loaded, &result.rows[0], &reference.loaded, &band);
	assert_int_equal(band.kind, VERIFY_SAME);
	assert_int_equal(verify__differences(&result.loaded, &result.rows[0], &reference.loaded, &band, true, out), 0);
	assert_int_equal(verify__differences(&result.loaded, &result.rows[1], &reference.loaded, &band, true, out), 1);
	verify__choose(&result.loaded, &result.rows[1], &reference.loaded, &band);
	assert_int_equal(band.kind, VERIFY_OTHER);
	assert_int_equal(verify__differences(&result.loaded, &result.rows[1], &reference.loaded, &band, true, out), 0);
	assert_int_equal(verify__differences(&result.loaded, &result.rows[1], &reference.loaded, &band, false, out), 1);
	fclose(out);
}

/* Mitigations cost time. */
static void other_kernel_arguments_widen_the_band(void **state)
{
	struct result result, reference;
	struct verify_band band;

	(void)state;
	make(&reference, DEBIAN, BOCHS, GCC);
	make(&result, DEBIAN, BOCHS, GCC);
	result.rows[0].kernel_args = result.rows[1].kernel_args = "mitigations=auto";
	verify__choose(&result.loaded, &result.rows[0], &reference.loaded, &band);
	assert_int_equal(band.kind, VERIFY_SERIES);
	assert_non_null(strstr(band.why, "mitigations=auto"));
}

static void doctored_ticks_are_found(void **state)
{
	static const struct {
		char *kernel;
		uint64_t ticks;
		unsigned differences;
	} cases[] = {
		{DEBIAN, 10290, 0}, {DEBIAN, 10310, 1}, {UPDATE, 11900, 0}, {UPDATE, 12100, 1},
		{NEWER, 19900, 0},  {NEWER, 20100, 1},  {NEWER, 4900, 1},
	};
	struct result result, reference;

	(void)state;
	make(&reference, DEBIAN, BOCHS, GCC);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		make(&result, cases[i].kernel, BOCHS, GCC);
		set_row(&result, 0, "cpuid", cases[i].ticks, 2);
		assert_int_equal(count(&result, &reference, false), cases[i].differences);
	}
}

/* The two prices differ by 350 ticks for each nested exit, and KVM's own count explains it. No
 * other figure may jump so. */
static void a_jump_between_two_prices_is_no_difference(void **state)
{
	struct result result, reference;

	(void)state;
	make(&reference, DEBIAN, BOCHS, GCC);
	make(&result, DEBIAN, BOCHS, GCC);
	set_row(&result, 0, "cpuid", 10355, 2);
	assert_int_equal(count(&result, &reference, false), 1);
	result.requests = (struct nb_loaded_counter){"kvm.req_event", SAMPLES};
	result.rows[0].counters = &result.requests;
	result.rows[0].counter_count = 1;
	assert_int_equal(count(&result, &reference, false), 0);
	assert_int_equal(count(&reference, &result, false), 0);
	set_row(&result, 0, "cpuid", 10800, 2);
	result.rows[0].counters = &result.requests;
	result.rows[0].counter_count = 1;
	assert_int_equal(count(&result, &reference, false), 1);
}

static void rows_of_one_side_are_found(void **state)
{
	struct result result, reference;

	(void)state;
	make(&reference, DEBIAN, BOCHS, GCC);
	make(&result, DEBIAN, BOCHS, GCC);
	result.loaded.row_count = 1;
	assert_int_equal(count(&result, &reference, false), 1);
	assert_int_equal(count(&result, &reference, true), 0);
	assert_int_equal(count(&reference, &result, true), 1);
	make(&result, DEBIAN, BOCHS, GCC);
	result.rows[1].sample_count = 0;
	result.rows[1].status = "skipped";
	assert_int_equal(count(&result, &reference, false), 1);
	assert_int_equal(count(&result, &reference, true), 1);
}

static void bochs_names_its_version(void **state)
{
	char text[32];

	(void)state;
	assert_true(emulator__parse("=====\n                        Bochs x86 Emulator 2.7\n  Built from SVN\n", text,
				    sizeof(text)));
	assert_string_equal(text, "Bochs 2.7");
	assert_false(emulator__parse("sh: 1: bochs: not found\n", text, sizeof(text)));
	assert_string_equal(text, "");
	assert_false(emulator__parse("Bochs x86 Emulator ", text, sizeof(text)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_band_is_chosen_by_what_made_the_results),
		cmocka_unit_test(what_is_unknown_is_different),
		cmocka_unit_test(bands_have_the_width_that_they_say),
		cmocka_unit_test(equal_results_do_not_differ),
		cmocka_unit_test(another_exit_is_found_on_every_kernel),
		cmocka_unit_test(counted_exits_may_move_with_the_kernel),
		cmocka_unit_test(another_route_is_found_where_it_is_predicted),
		cmocka_unit_test(each_kernel_of_a_result_has_its_band),
		cmocka_unit_test(other_kernel_arguments_widen_the_band),
		cmocka_unit_test(doctored_ticks_are_found),
		cmocka_unit_test(a_jump_between_two_prices_is_no_difference),
		cmocka_unit_test(rows_of_one_side_are_found),
		cmocka_unit_test(bochs_names_its_version),
	};

	return cmocka_run_group_tests_name("verify", tests, NULL, NULL);
}
