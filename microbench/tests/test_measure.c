// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the measurement in ring 3, with a doorbell that drains the ring and puts a counter into
 * it, as the levels below do; and in a guest as far as a process can play one, with the
 * test's own operations in place of privileged ones.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "microbench/family.h"
#include "microbench/measure.h"
#include "microbench/ops.h"

#define RECORDS_MAX (4 * NB_WINDOW_MAX)

static struct nb_ring shared;
static struct nb_record taken[RECORDS_MAX];
static size_t count;
static char rung[64]; /* which doorbells, one letter each, and what the operations below did in between */
static size_t rings;
static unsigned granted[8];
static size_t grants;
static size_t at_open, at_close; /* records taken when it was last rung */

static void drain(void)
{
	const struct nb_record *record;

	assert_true(nb_ring_valid(&shared));
	while ((record = nb_ring_peek(&shared)) != NULL) {
		assert_true(count < RECORDS_MAX);
		taken[count++] = *record;
		nb_ring_pop(&shared);
	}
}

static void note(char what)
{
	assert_true(rings < sizeof(rung) - 1);
	rung[rings++] = what;
}

/* Stands for the level below: it writes a text at each end of a window, and drains nothing at a
 * rehearsal. */
static void doorbell(enum nb_doorbell what)
{
	static const char letters[] = "?OCDFR";

	note(letters[what]);
	if (what == NB_DOORBELL_OPEN) {
		drain();
		at_open = count;
		return;
	}
	assert_true(nb_ring_text(&shared, "below.count=1"));
	if (what == NB_DOORBELL_CLOSE) {
		drain();
		at_close = count;
	}
}

static void grant(unsigned traps)
{
	note(traps ? 'G' : 'g');
	assert_true(grants < sizeof(granted) / sizeof(granted[0]));
	granted[grants++] = traps;
}

/*
 * These operations of guests replace the real ones, which no process links. The tests can see their
 * work. mmio_misconfig is left out.
 */
static const char *why; /* what prepare says */

static const char *prepare(void)
{
	note('p');
	return why;
}

static void finish(uint32_t executions __attribute__((unused)))
{
	note('f');
}

/* Needs a trap request. */
NB_OPERATION_WITH(inject, prepare, finish)
{
	note(n == UINT32_MAX ? 'w' : (char)('0' + i));
}

/* Needs two trap requests. */
NB_OPERATION(nmi_window)
{
	note('x');
}

/* Has an optional trap request. */
NB_OPERATION_WITH(hlt, prepare, NULL)
{
	note('x');
}

/* Has no trap request. */
NB_OPERATION_WITH(vmcall, NULL, finish)
{
	note(n == UINT32_MAX ? 'w' : 'x');
}

NB_OPERATION(vmptrst)
{
	note('x');
}

/* A weak reference takes no object out of an archive; this one brings the operations that a process
 * links. */
extern const struct nb_loop nb_loop_empty;
static const struct nb_loop *const linked __attribute__((used)) = &nb_loop_empty;

static int begin(void **state)
{
	(void)state;
	nb_ring_init(&shared);
	memset(taken, 0, sizeof(taken));
	memset(rung, 0, sizeof(rung));
	memset(granted, 0, sizeof(granted));
	count = rings = at_open = at_close = grants = 0;
	why = NULL;
	return 0;
}

static const struct nb_place process = {.ring = &shared, .where = NB_RING3, .doorbell = doorbell};

static bool measure_at(const struct nb_place *place, enum nb_op op, uint32_t n, uint32_t warmup)
{
	bool good = nb_measure_window(place, op, n, warmup);

	drain();
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(taken[i].seq, i);
		assert_int_equal(taken[i].flags & ~NB_RECORD_MORE, 0);
	}
	return good;
}

static bool measure(enum nb_op op, uint32_t n, uint32_t warmup)
{
	return measure_at(&process, op, n, warmup);
}

static size_t expect_window(size_t at, enum nb_record_type type, const char *op, uint32_t n)
{
	char padded[NB_OP_NAME_LEN] = "";

	assert_true(at < count);
	memcpy(padded, op, strlen(op));
	assert_int_equal(taken[at].type, type);
	assert_memory_equal(taken[at].window.op, padded, NB_OP_NAME_LEN);
	assert_int_equal(taken[at].window.n, n);
	assert_int_equal(taken[at].window.reserved, 0);
	return at + 1;
}

static size_t expect_text(size_t at, const char *text)
{
	char line[256] = "";
	size_t done = 0;

	do {
		assert_true(at < count && done + NB_TEXT_LEN < sizeof(line));
		assert_int_equal(taken[at].type, NB_RECORD_TEXT);
		memcpy(line + done, taken[at].text, NB_TEXT_LEN);
		done += NB_TEXT_LEN;
	} while (taken[at++].flags & NB_RECORD_MORE);
	assert_string_equal(line, text);
	return at;
}

/* A whole window. Its samples are in order of time, and each begins after the end of the last
 * one. */
static size_t expect_measured(size_t at, const char *op, uint32_t n)
{
	at = expect_window(at, NB_RECORD_OPEN, op, n);
	for (uint32_t i = 0; i < n; i++, at++) {
		assert_true(at < count);
		assert_int_equal(taken[at].type, NB_RECORD_SAMPLE);
		assert_true(taken[at].sample.start > 0);
		assert_true(taken[at].sample.ticks < UINT64_C(1) << 40);
		assert_int_equal(taken[at].sample.aux, 0);
		if (i > 0)
			assert_true(taken[at].sample.start >= taken[at - 1].sample.start + taken[at - 1].sample.ticks);
	}
	at = expect_text(at, "below.count=1");
	return expect_window(at, NB_RECORD_CLOSE, op, n);
}

static size_t expect_skipped(size_t at, const char *op, const char *skip)
{
	return expect_window(expect_text(at, skip), NB_RECORD_SKIP, op, 0);
}

static void one_window(void **state)
{
	(void)state;
	assert_true(measure(NB_OP_empty, 5, 2));
	assert_string_equal(rung, "OC");
	assert_int_equal(at_open, 1);
	assert_int_equal(at_close, 1 + 5 + 1); /* the closing record comes after what the levels below wrote */
	assert_int_equal(expect_measured(0, "empty", 5), count);
}

static void windows_follow_each_other(void **state)
{
	size_t at;

	(void)state;
	assert_true(measure(NB_OP_cpuid, 3, 64));
	assert_true(measure(NB_OP_empty, 4, 64));
	assert_true(measure(NB_OP_cpuid, 3, 64));
	assert_string_equal(rung, "OCOCOC");
	at = expect_measured(0, "cpuid", 3);
	at = expect_measured(at, "empty", 4);
	assert_int_equal(expect_measured(at, "cpuid", 3), count);
}

/* The ring holds every record of the longest window until its end, because nothing drains it in
 * between. */
static void a_full_window_is_one_window(void **state)
{
	(void)state;
	assert_true(measure(NB_OP_empty, NB_WINDOW_MAX, 0));
	assert_string_equal(rung, "OC");
	assert_int_equal(at_open, 1);
	assert_int_equal(at_close, 1 + NB_WINDOW_MAX + 1);
	assert_int_equal(expect_measured(0, "empty", NB_WINDOW_MAX), count);
}

static void no_warmup_and_one_sample(void **state)
{
	(void)state;
	assert_true(measure(NB_OP_cpuid, 1, 0));
	assert_string_equal(rung, "OC");
	assert_int_equal(expect_measured(0, "cpuid", 1), count);
}

/* A process runs every operation that is legal in one. It survives, so it did not run the others:
 * VMCALL would cause #UD. */
static void a_process_runs_what_it_may(void **state)
{
	(void)state;
	for (int op = 0; op < NB_OP_COUNT; op++) {
		const struct nb_op_info *info = &nb_op_info[op];

		if (op == NB_OP_chase) /* it has its own windows: pointer_chase.h */
			continue;
		begin(NULL);
		assert_true(measure((enum nb_op)op, 2, 9));
		if (info->where & NB_RING3) {
			assert_string_equal(rung, "OC");
			assert_int_equal(expect_measured(0, info->name, 2), count);
		} else {
			assert_string_equal(rung, "");
			assert_int_equal(
				expect_skipped(0, info->name, "skip=not legal in ring 3: a process gets #UD or #GP"),
				count);
		}
	}
}

static void a_skipped_operation_does_not_disturb_the_next(void **state)
{
	size_t at;

	(void)state;
	assert_true(measure(NB_OP_hang, 2, 9));
	assert_true(measure(NB_OP_empty, 2, 9));
	assert_true(measure(NB_OP_triple_fault, 2, 9));
	assert_string_equal(rung, "OC");
	at = expect_skipped(0, "hang", "skip=not legal in ring 3: a process gets #UD or #GP");
	at = expect_measured(at, "empty", 2);
	at = expect_skipped(at, "triple_fault", "skip=not legal in ring 3: a process gets #UD or #GP");
	assert_int_equal(at, count);
}

/* Each place has its own message for an operation that is illegal there. */
static void reasons_of_places(void **state)
{
	static const struct {
		unsigned where;
		enum nb_op op;
		const char *name, *skip;
	} cases[] = {
		{NB_RING0, NB_OP_vmcall, "vmcall", "skip=no hypervisor below to exit to"},
		{NB_RING0, NB_OP_vmptrst, "vmptrst", "skip=no hypervisor below to exit to"},
		{NB_ROOT, NB_OP_vmcall, "vmcall", "skip=not an operation of a hypervisor itself"},
		{NB_ROOT, NB_OP_cpuid, "cpuid", "skip=not an operation of a hypervisor itself"},
		{NB_GUEST, NB_OP_vmptrst, "vmptrst", "skip=not legal in a guest"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct nb_place place = {.ring = &shared, .where = cases[i].where, .doorbell = doorbell};

		begin(NULL);
		assert_true(measure_at(&place, cases[i].op, 2, 2));
		assert_string_equal(rung, "");
		assert_int_equal(expect_skipped(0, cases[i].name, cases[i].skip), count);
	}
}

static void root_measures_its_own(void **state)
{
	const struct nb_place root = {.ring = &shared, .where = NB_ROOT, .doorbell = doorbell};

	(void)state;
	assert_true(measure_at(&root, NB_OP_vmptrst, 3, 1));
	assert_string_equal(rung, "xOxxxC");
	assert_int_equal(expect_measured(0, "vmptrst", 3), count);
	assert_true(measure_at(&root, NB_OP_empty, 2, 1));
}

/* The operation is legal here but not linked. No record may look like a measurement of it. */
static void an_operation_that_is_not_linked_is_told(void **state)
{
	const struct nb_place guest = {
		.ring = &shared, .where = NB_GUEST, .doorbell = doorbell, .offered = NB_TRAP_SERVICES, .grant = grant};

	(void)state;
	assert_false(measure_at(&guest, NB_OP_mmio_misconfig, 2, 2));
	assert_int_equal(count, 0);
	assert_string_equal(rung, "");
}

/* The warm-up is outside of the window. i counts the samples, and n is the window's length. */
static void the_body_knows_where_it_is(void **state)
{
	const struct nb_place guest = {
		.ring = &shared, .where = NB_GUEST, .doorbell = doorbell, .offered = NB_TRAP_SERVICES, .grant = grant};

	(void)state;
	assert_true(measure_at(&guest, NB_OP_inject, 4, 3));
	assert_string_equal(rung, "GpwwwO0123Cfg");
	assert_int_equal(expect_measured(0, "inject", 4), count);
}

static void traps_are_granted_for_the_window_alone(void **state)
{
	const struct nb_place guest = {
		.ring = &shared, .where = NB_GUEST, .doorbell = doorbell, .offered = ~NB_TRAP_OPTIONAL, .grant = grant};

	(void)state;
	assert_true(measure_at(&guest, NB_OP_nmi_window, 2, 0));
	assert_string_equal(rung, "GOxxCg");
	assert_int_equal(grants, 2);
	assert_int_equal(granted[0], NB_TRAP_SERVICES | NB_TRAP_NMI_WINDOW);
	assert_int_equal(granted[1], 0);

	/* NB_TRAP_OPTIONAL is no trap request: it is not asked for. */
	begin(NULL);
	assert_true(measure_at(&guest, NB_OP_hlt, 1, 0));
	assert_string_equal(rung, "GpOxCg");
	assert_int_equal(granted[0], NB_TRAP_APIC);

	begin(NULL);
	assert_true(measure_at(&guest, NB_OP_vmcall, 1, 2));
	assert_string_equal(rung, "wwOxCf");
	assert_int_equal(grants, 0);
}

static void a_trap_that_is_not_offered_is_a_reason(void **state)
{
	struct nb_place guest = {.ring = &shared, .where = NB_GUEST, .doorbell = doorbell, .grant = grant};

	(void)state;
	assert_true(measure_at(&guest, NB_OP_inject, 2, 2));
	assert_int_equal(
		expect_skipped(
			0, "inject",
			"skip=needs a hypervisor below that serves the message ports, hypercalls and pages of nestbed"),
		count);

	/* The first that is missing. */
	begin(NULL);
	guest.offered = NB_TRAP_SERVICES | NB_TRAP_APIC;
	assert_true(measure_at(&guest, NB_OP_nmi_window, 2, 2));
	assert_int_equal(
		expect_skipped(0, "nmi_window", "skip=needs a hypervisor below that can wait for an NMI window"),
		count);
	assert_string_equal(rung, "");
}

/*
 * An optional trap request may be missing in a hypervisor without trap requests. A hypervisor that
 * has them must grant it, or the operation would not match its row.
 */
static void what_may_be_granted(void **state)
{
	struct nb_place guest = {.ring = &shared, .where = NB_GUEST, .doorbell = doorbell};

	(void)state;
	assert_true(measure_at(&guest, NB_OP_hlt, 2, 0)); /* without grant(): nothing to ask for */
	assert_string_equal(rung, "pOxxC");
	assert_int_equal(expect_measured(0, "hlt", 2), count);

	begin(NULL);
	guest.offered = NB_TRAP_SERVICES;
	guest.grant = grant;
	assert_true(measure_at(&guest, NB_OP_hlt, 2, 0));
	assert_string_equal(rung, "");
	assert_int_equal(expect_skipped(0, "hlt", "skip=needs a hypervisor below that gives its guest a local APIC"),
			 count);
}

/* The reason for a skip is the error that prepare found. finish runs only after a good prepare. The
 * request is withdrawn in both cases. */
static void what_cannot_be_prepared_is_skipped(void **state)
{
	const struct nb_place guest = {
		.ring = &shared, .where = NB_GUEST, .doorbell = doorbell, .offered = NB_TRAP_SERVICES, .grant = grant};

	(void)state;
	why = "skip=this CPU has no such thing";
	assert_true(measure_at(&guest, NB_OP_inject, 2, 2));
	assert_string_equal(rung, "Gpg");
	assert_int_equal(expect_skipped(0, "inject", "skip=this CPU has no such thing"), count);
}

/* At a rehearsal, the levels below do all their work for a window's end, and the guest discards the
 * results. */
static void a_rehearsal_leaves_nothing_behind(void **state)
{
	(void)state;
	nb_measure_rehearse(&process);
	assert_string_equal(rung, "R");
	drain();
	assert_int_equal(count, 0);
	assert_true(measure(NB_OP_empty, 2, 0)); /* OPEN has seq 0 */
	assert_string_equal(rung, "ROC");
	nb_measure_rehearse(&process); /* in the middle of a stream too */
	assert_true(measure(NB_OP_cpuid, 2, 0));
	assert_string_equal(rung, "ROCROC");
	assert_int_equal(expect_measured(expect_measured(0, "empty", 2), "cpuid", 2), count);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(one_window, begin),
		cmocka_unit_test_setup(windows_follow_each_other, begin),
		cmocka_unit_test_setup(a_full_window_is_one_window, begin),
		cmocka_unit_test_setup(no_warmup_and_one_sample, begin),
		cmocka_unit_test_setup(a_process_runs_what_it_may, begin),
		cmocka_unit_test_setup(a_skipped_operation_does_not_disturb_the_next, begin),
		cmocka_unit_test_setup(reasons_of_places, begin),
		cmocka_unit_test_setup(root_measures_its_own, begin),
		cmocka_unit_test_setup(an_operation_that_is_not_linked_is_told, begin),
		cmocka_unit_test_setup(the_body_knows_where_it_is, begin),
		cmocka_unit_test_setup(traps_are_granted_for_the_window_alone, begin),
		cmocka_unit_test_setup(a_trap_that_is_not_offered_is_a_reason, begin),
		cmocka_unit_test_setup(what_may_be_granted, begin),
		cmocka_unit_test_setup(what_cannot_be_prepared_is_skipped, begin),
		cmocka_unit_test_setup(a_rehearsal_leaves_nothing_behind, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
