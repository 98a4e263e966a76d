// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the loop over places: the VMs it makes, the windows that each is told, and the resulting
 * stream. A stand-in for a VM does what our images do, and logs it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "l0/base/util.h"
#include "l0/request/stack.h"
#include "l0/results/collect.h"
#include "l0/tests/capture.h"
#include "l0/vmm/guest_run.h"
#include "l0/vmm/places.h"
#include "l0/vmm/stream.h"
#include "microbench/abi/doorbell.h"
#include "microbench/family.h"

#define TOLD_MAX 1024
#define VMS      4
#define NEVER    UINT32_MAX

/* A weak reference takes no object out of an archive; this one brings the operations that a process
 * links. */
extern const struct nb_loop nb_loop_empty;
static const struct nb_loop *const linked __attribute__((used)) = &nb_loop_empty;

struct told {
	unsigned vm; /* which: how many of our hypervisors it has */
	uint32_t answer;
};

/* The log of a run, in memory that its process shares with the test. */
static struct log {
	struct told told[TOLD_MAX];
	uint32_t count;
	uint32_t created, destroyed;
	struct vm_plan plan[VMS];
	char text[VMS][3][512]; /* image, modules, command line */
	unsigned watched;
	int result;
} * logged;

/* The failures that a test asks for. */
static struct {
	int create;                  /* vm__create() returns this for our hypervisor's VM */
	uint32_t fails_at, stops_at; /* after so many answers */
	uint32_t ends_at;            /* as done, too early */
	bool never_asks, never_ends;
} fate;

static struct nb_ring rings[VMS];

int vm__create(struct vm *vm, const struct vm_plan *plan)
{
	unsigned i = logged->created++;

	if (i >= VMS)
		abort();
	*vm = (struct vm){.entry = plan->modules}; /* each is one hypervisor's guest */
	logged->plan[i] = *plan;
	text__format(logged->text[i][0], sizeof(logged->text[i][0]), "%s", plan->image);
	text__format(logged->text[i][1], sizeof(logged->text[i][1]), "%s", plan->modules ? plan->module[0] : "none");
	for (unsigned m = 1; m < plan->modules; m++)
		text__format(logged->text[i][1] + strlen(logged->text[i][1]),
			     sizeof(logged->text[i][1]) - strlen(logged->text[i][1]), " %s", plan->module[m]);
	text__format(logged->text[i][2], sizeof(logged->text[i][2]), "%s", plan->cmdline);
	return plan->nested ? fate.create : NB_EXIT_GOOD;
}

void vm__destroy(struct vm *vm)
{
	(void)vm;
	logged->destroyed++;
}

void guest__watch(unsigned timeout_s)
{
	logged->watched = timeout_s;
}

bool guest__stopped(void)
{
	return logged->count >= fate.stops_at;
}

static void put_window(struct nb_ring *ring, enum nb_record_type type, enum nb_op op, uint32_t n)
{
	struct nb_record *record = nb_ring_claim(ring, type);

	memset(&record->window, 0, sizeof(record->window));
	strcpy(record->window.op, nb_op_info[op].name);
	record->window.n = n;
	nb_ring_publish(ring);
}

/* Does the work of an image. It skips vmcall, so that the tests have a skipped operation without a
 * doorbell. */
static void measure(struct nb_ring *ring, enum nb_op op, uint32_t n, uint64_t ticks)
{
	if (op == NB_OP_vmcall) {
		nb_ring_text(ring, "skip=not today");
		put_window(ring, NB_RECORD_SKIP, op, 0);
		return;
	}
	put_window(ring, NB_RECORD_OPEN, op, n);
	stream__drain(ring);
	for (uint32_t i = 0; i < n; i++) {
		struct nb_record *record = nb_ring_claim(ring, NB_RECORD_SAMPLE);

		record->sample.start = i;
		record->sample.ticks = ticks;
		record->sample.aux = 0;
		nb_ring_publish(ring);
	}
	stream__drain(ring);
	stream__text("kvm.exits=%u", n);
	put_window(ring, NB_RECORD_CLOSE, op, n); /* comes out with what is next */
}

/* The ticks encode the operation and the place that measured it. */
static uint64_t ticks_of(unsigned vm, uint32_t answer)
{
	return 1000 + 1000 * vm + (answer & NB_NEXT_HYPERVISOR ? 50000 : 0) + NB_NEXT_OP(answer);
}

enum guest_verdict guest__run(struct guest *guest, uint32_t answer)
{
	const unsigned vm = guest->vm->entry;
	struct nb_ring *ring = &rings[vm];

	if (!guest->ring) {
		nb_ring_init(ring);
		guest->ring = ring;
		nb_ring_text(ring, vm ? "image=nested" : "image=guest");
		return fate.never_asks ? GUEST_DONE : GUEST_ASKS;
	}
	if (logged->count == TOLD_MAX)
		abort();
	logged->told[logged->count++] = (struct told){vm, answer};
	if (logged->count >= fate.fails_at) {
		stream__drain(ring);
		return GUEST_FAILED;
	}
	if (answer == NB_NEXT_DONE || logged->count >= fate.ends_at) {
		stream__drain(ring);
		return fate.never_ends ? GUEST_ASKS : GUEST_DONE;
	}
	measure(ring, (enum nb_op)NB_NEXT_OP(answer), NB_NEXT_N(answer), ticks_of(vm, answer));
	return GUEST_ASKS;
}

static const struct places_plan usual = {
	.images = "/i",
	.ept = "2M",
	.hypervisor_words = "",
	.outer_words = "",
	.config = "shadow_vmcs=on,vpid=off",
	.warmup = 3,
	.seed = 5,
	.guest_pages = "4K",
	.timeout = 17,
	.memory_mib = 64,
};

static struct nb_schedule schedule;
static enum place filtered;
static struct nb_results results;
static char errors[1024];

static bool filter(enum nb_op op)
{
	return place__has(filtered, op);
}

/* The schedule as the VMM makes it. */
static void make(unsigned places, const char *ops, uint32_t n)
{
	nb_schedule_begin(&schedule, n, 42);
	for (filtered = 0; filtered < PLACE_COUNT; filtered++) {
		const char *unknown;

		if (places & 1u << filtered)
			assert_int_equal(nb_schedule_add_list(&schedule, ops, filtered, filter, &unknown), 0);
	}
}

/*
 * Runs the schedule in a separate process, because the VMM is one: it keeps state that the next
 * test must not see. The output is decoded. The schedule of this process does not change.
 */
static int run(const struct places_plan *plan)
{
	static unsigned char out[1 << 20];
	struct capture output, error;
	struct nb_collector collector;
	size_t length;
	int status = -1;
	pid_t child;

	memset(logged, 0, sizeof(*logged));
	output = capture__begin(STDOUT_FILENO);
	error = capture__begin(STDERR_FILENO);
	child = fork();
	if (child == 0) {
		struct places *places = places__new(plan);

		logged->result = places__run(places, &schedule);
		if (schedule.count)
			stream__end((uint32_t)logged->result);
		places__free(places);
		_exit(0);
	}
	waitpid(child, &status, 0);
	capture__end_text(&error, errors, sizeof(errors));
	length = capture__end_bytes(&output, out, sizeof(out));
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	assert_true(length < sizeof(out));
	nb_results_free(&results);
	nb_collect_begin(&collector, &results);
	nb_collect_feed(&collector, out, length);
	nb_collect_end(&collector);
	if (results.damage)
		fail_msg("%s", results.damage);
	return logged->result;
}

static int begin(void **state)
{
	(void)state;
	if (!logged)
		logged = mmap(NULL, sizeof(*logged), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	memset(&fate, 0, sizeof(fate));
	fate.fails_at = fate.stops_at = fate.ends_at = NEVER;
	return logged == MAP_FAILED ? -1 : 0;
}

static int end(void **state)
{
	(void)state;
	nb_results_free(&results);
	return 0;
}

static const struct nb_run *run_of(const char *level)
{
	const struct nb_run *found = NULL;

	for (size_t i = 0; i < results.run_count; i++)
		if (strcmp(results.runs[i].level, level) == 0) {
			assert_null(found);
			found = &results.runs[i];
		}
	return found;
}

static void expect_op(const char *level, enum nb_op op, size_t samples, uint64_t ticks)
{
	const struct nb_op_result *result = nb_run_op(run_of(level), nb_op_info[op].name);

	assert_non_null(result);
	assert_int_equal(result->sample_count, samples);
	assert_int_equal(result->windows, NB_SCHEDULE_ROUNDS);
	assert_int_equal(result->closed, NB_SCHEDULE_ROUNDS);
	for (size_t i = 0; ticks && i < samples; i++)
		assert_int_equal(result->samples[i].ticks, ticks);
	if (ticks)
		assert_int_equal(nb_counter_value(result->counters, result->counter_count, "kvm.exits", NULL), samples);
}

#define ALL_PLACES ((1u << PLACE_COUNT) - 1)

/* Every operation has all its samples, of the right level and place, whatever took turns with
 * it. */
static void all_places_take_turns(void **state)
{
	(void)state;
	make(ALL_PLACES, "empty,cpuid,vmcall,vmptrst", 10);
	assert_int_equal(run(&usual), NB_EXIT_GOOD);
	assert_string_equal(errors, "");
	assert_int_equal(logged->watched, 17);
	assert_int_equal(results.run_count, 5);
	expect_op("L0", NB_OP_empty, 10, 0);
	expect_op("L0", NB_OP_cpuid, 10, 0);
	expect_op("L1", NB_OP_empty, 10, ticks_of(0, NB_NEXT(NB_OP_empty, 1)));
	expect_op("L1", NB_OP_cpuid, 10, ticks_of(0, NB_NEXT(NB_OP_cpuid, 1)));
	expect_op("L1", NB_OP_vmptrst, 10, ticks_of(1, NB_NEXT(NB_OP_vmptrst, 1) | NB_NEXT_HYPERVISOR));
	expect_op("L2", NB_OP_empty, 10, ticks_of(1, NB_NEXT(NB_OP_empty, 1)));
	expect_op("L2", NB_OP_cpuid, 10, ticks_of(1, NB_NEXT(NB_OP_cpuid, 1)));
	assert_int_equal(run_of("L0")->op_count, 3);
	assert_int_equal(run_of("L1")->op_count, 4);
	expect_op("L2", NB_OP_vmptrst, 10, ticks_of(2, NB_NEXT(NB_OP_vmptrst, 1) | NB_NEXT_HYPERVISOR));
	expect_op("L3", NB_OP_cpuid, 10, ticks_of(2, NB_NEXT(NB_OP_cpuid, 1)));
	expect_op("L3", NB_OP_vmptrst, 10, ticks_of(3, NB_NEXT(NB_OP_vmptrst, 1) | NB_NEXT_HYPERVISOR));
	expect_op("L4", NB_OP_cpuid, 10, ticks_of(3, NB_NEXT(NB_OP_cpuid, 1)));
	assert_int_equal(run_of("L2")->op_count, 4);
	assert_int_equal(run_of("L3")->op_count, 4);
	assert_int_equal(run_of("L4")->op_count, 3);
	assert_string_equal(nb_run_op(run_of("L0"), "vmcall")->skip, "not legal in ring 3: a process gets #UD or #GP");
	assert_string_equal(nb_run_op(run_of("L2"), "vmcall")->skip, "not today");
	for (size_t i = 0; i < 5; i++) {
		assert_string_equal(results.runs[i].l0, "kvm");
		assert_string_equal(results.runs[i].vmm, "nestbed");
		assert_string_equal(results.runs[i].config, "shadow_vmcs=on vpid=off");
		assert_true(nb_run_complete(&results.runs[i]));
	}
}

/* Each guest gets the schedule's windows in order, and then the answer that nothing is left. */
static void the_schedule_is_obeyed(void **state)
{
	struct nb_schedule_entry entry;
	uint32_t n, at = 0;

	(void)state;
	make(ALL_PLACES, "empty,cpuid,vmcall,vmptrst,vmclear", 4 * NB_SCHEDULE_ROUNDS + 1);
	assert_int_equal(run(&usual), NB_EXIT_GOOD);
	while (nb_schedule_next(&schedule, &entry, &n)) {
		uint32_t hypervisor = place__is_hypervisor(entry.place) ? NB_NEXT_HYPERVISOR : 0;

		if (entry.place == PLACE_PROCESS)
			continue;
		assert_true(at < logged->count);
		assert_int_equal(logged->told[at].vm, place__hypervisors(entry.place));
		assert_int_equal(logged->told[at].answer, NB_NEXT(entry.op, n) | hypervisor);
		at++;
	}
	assert_int_equal(logged->count, at + VMS);
	for (unsigned vm = 0; vm < VMS; vm++) {
		assert_int_equal(logged->told[at + vm].vm, vm);
		assert_int_equal(logged->told[at + vm].answer, NB_NEXT_DONE);
	}
	assert_int_equal(logged->created, VMS);
	assert_int_equal(logged->destroyed, VMS);
}

/* Only the necessary VMs are made. Our hypervisor and its guest share a VM. */
static void vms_are_made_where_needed(void **state)
{
	static const struct {
		unsigned places, created;
		bool nested;
	} cases[] = {
		{1u << PLACE_PROCESS, 0, false},
		{1u << PLACE_PROCESS | 1u << PLACE_GUEST, 1, false},
		{1u << PLACE_GUEST, 1, false},
		{1u << PLACE_HYPERVISOR, 1, true},
		{1u << PLACE_NESTED, 1, true},
		{1u << PLACE_HYPERVISOR | 1u << PLACE_NESTED, 1, true},
		{1u << PLACE_HYPERVISOR_L2 | 1u << PLACE_NESTED_L3, 1, true},
		{ALL_PLACES, VMS, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		make(cases[i].places, "empty,cpuid,vmptrst", 6);
		assert_int_equal(run(&usual), NB_EXIT_GOOD);
		assert_int_equal(logged->created, cases[i].created);
		assert_int_equal(logged->destroyed, cases[i].created);
		if (cases[i].created == 1)
			assert_int_equal(logged->plan[0].nested, cases[i].nested);
		assert_false(nb_results_incomplete(&results));
	}
}

static void images_and_command_lines(void **state)
{
	struct places_plan plan = usual;

	(void)state;
	make(1u << PLACE_GUEST, "cpuid", 4);
	assert_int_equal(run(&plan), NB_EXIT_GOOD);
	assert_string_equal(logged->text[0][0], "/i/bench.elf");
	assert_string_equal(logged->text[0][1], "none");
	assert_string_equal(logged->text[0][2], "sink=doorbell level=L1 warmup=3 seed=5 pages=4K");
	assert_int_equal(logged->plan[0].memory_mib, 64);
	assert_int_equal(logged->plan[0].high_mib, 0);

	make(1u << PLACE_NESTED, "cpuid", 4);
	plan.hypervisor_words = "fault=hang";
	assert_int_equal(run(&plan), NB_EXIT_GOOD);
	assert_string_equal(logged->text[0][0], "/i/hypervisor.elf");
	assert_string_equal(logged->text[0][1], "/i/bench.elf");
	assert_string_equal(
		logged->text[0][2],
		"sink=doorbell ept=2M warmup=3 fault=hang -- sink=doorbell level=L2 warmup=3 seed=5 pages=4K");
	assert_int_equal(logged->plan[0].high_mib, 2);

	plan.ept = "1G";
	assert_int_equal(run(&plan), NB_EXIT_GOOD);
	assert_int_equal(logged->plan[0].high_mib, 64);
}

/* Each of our hypervisors hands the images above its guest on to it, and has its words in front of
 * its guest's. */
static void stacks_of_ours(void **state)
{
	struct places_plan plan = usual;

	(void)state;
	plan.hypervisor_words = "mmu=shadow l1:check=1 l3:fault=hang";
	plan.outer_words = " shadow_policy=hot";
	make(1u << PLACE_HYPERVISOR_L2, "vmptrst", 4);
	assert_int_equal(run(&plan), NB_EXIT_GOOD);
	assert_string_equal(logged->text[0][0], "/i/hypervisor.elf");
	assert_string_equal(logged->text[0][1], "/i/hypervisor.elf /i/bench.elf");
	assert_string_equal(
		logged->text[0][2],
		"sink=doorbell warmup=3 nested=on me=l1 memory=32 shadow_policy=hot check=1 -- "
		"sink=doorbell ept=2M warmup=3 mmu=shadow -- sink=doorbell level=L3 warmup=3 seed=5 pages=4K");
	assert_true(logged->plan[0].nested);
	assert_int_equal(logged->plan[0].memory_mib, 64 + STACK_HYPERVISOR_MIB);
	make(1u << PLACE_NESTED_L4, "cpuid", 4);
	assert_int_equal(run(&plan), NB_EXIT_GOOD);
	assert_string_equal(logged->text[0][1], "/i/hypervisor.elf /i/hypervisor.elf /i/bench.elf");
	assert_string_equal(logged->text[0][2],
			    "sink=doorbell warmup=3 nested=on me=l1 memory=48 shadow_policy=hot check=1 -- "
			    "sink=doorbell nested=on me=l2 memory=32 shadow_policy=hot -- "
			    "sink=doorbell ept=2M warmup=3 mmu=shadow fault=hang -- "
			    "sink=doorbell level=L4 warmup=3 seed=5 pages=4K");
	assert_int_equal(logged->plan[0].memory_mib, 64 + 2 * STACK_HYPERVISOR_MIB);
}

/* A VM that cannot be made ends the run with its reason. The results of earlier places are kept. */
static void a_chase_is_told_its_sets_and_gets_memory(void **state)
{
	struct places_plan plan = usual;
	char words[160];

	(void)state;
	plan.chase_set = 16ull << 20;
	plan.chase_pages = 3;
	plan.seed = 5;
	make(1u << PLACE_GUEST | 1u << PLACE_NESTED, "chase", 4);
	assert_int_equal(run(&plan), NB_EXIT_GOOD);
	assert_int_equal(logged->created, 2);
	for (unsigned i = 0; i < 2; i++) {
		const bool nested = logged->plan[i].nested;
		const unsigned mib = logged->plan[i].memory_mib;

		assert_non_null(strstr(logged->text[i][2], " seed=5 pages=4K chase_set=16384 chase_pages=3"));
		assert_in_range(mib, nested ? 64 : 32, 128);
		snprintf(words, sizeof(words), "ept=2M warmup=3 memory=");
		assert_true(!nested || strstr(logged->text[i][2], words));
	}
	expect_op("L1", NB_OP_chase, 4, 0);
}

static void no_nested_vmx(void **state)
{
	(void)state;
	fate.create = NB_EXIT_SKIPPED;
	make(1u << PLACE_NESTED, "cpuid", 4);
	assert_int_equal(run(&usual), NB_EXIT_SKIPPED);
	assert_int_equal(logged->count, 0);
	assert_int_equal(logged->destroyed, 1); /* as far as it had come */
	assert_int_equal(results.runs[0].status, NB_EXIT_SKIPPED);

	make(ALL_PLACES, "empty,cpuid", 40);
	assert_int_equal(run(&usual), NB_EXIT_SKIPPED);
	assert_int_equal(logged->destroyed, logged->created);
	assert_true(nb_results_incomplete(&results));
	for (uint32_t i = 0; i < logged->count; i++) /* nobody is told to end as if all were good */
		assert_true(logged->told[i].answer != NB_NEXT_DONE);
}

static void a_guest_that_fails_ends_all(void **state)
{
	size_t windows = 0, closed = 0;

	(void)state;
	fate.fails_at = 9;
	make(ALL_PLACES, "empty,cpuid", 40);
	assert_int_equal(run(&usual), NB_EXIT_FAILED);
	assert_int_equal(logged->count, 9);
	assert_int_equal(logged->destroyed, logged->created);
	for (uint32_t i = 0; i < logged->count; i++)
		assert_true(logged->told[i].answer != NB_NEXT_DONE);
	for (size_t i = 0; i < results.run_count; i++) {
		assert_true(results.runs[i].ended);
		assert_int_equal(results.runs[i].status, NB_EXIT_FAILED);
		for (size_t j = 0; strcmp(results.runs[i].level, "L0") != 0 && j < results.runs[i].op_count; j++) {
			windows += results.runs[i].ops[j].windows;
			closed += results.runs[i].ops[j].closed;
		}
	}
	assert_int_equal(windows, 8); /* all that was measured before is kept, closed and whole */
	assert_int_equal(closed, 8);
}

static void a_guest_that_ends_too_early(void **state)
{
	(void)state;
	fate.ends_at = 5;
	make(1u << PLACE_GUEST, "empty,cpuid", 40);
	assert_int_equal(run(&usual), NB_EXIT_FAILED);
	assert_string_equal(errors, "nestbed: the guest ended before all was measured\n");
	assert_int_equal(logged->count, 5);
	fate.ends_at = NEVER;
	fate.never_asks = true;
	assert_int_equal(run(&usual), NB_EXIT_FAILED);
	assert_string_equal(errors, "nestbed: the guest ended before it asked what to measure\n");
	assert_int_equal(logged->count, 0);
	assert_int_equal(logged->destroyed, 1);
}

static void a_guest_that_does_not_end(void **state)
{
	(void)state;
	fate.never_ends = true;
	make(1u << PLACE_GUEST | 1u << PLACE_NESTED, "cpuid", 4);
	assert_int_equal(run(&usual), NB_EXIT_FAILED);
	assert_int_equal(logged->destroyed, 2);
}

/* The loop stops between two windows in any place. A process has no VM whose end could say so. */
static void told_to_stop(void **state)
{
	(void)state;
	fate.stops_at = 0;
	make(1u << PLACE_PROCESS, "empty,cpuid", 10000);
	assert_int_equal(run(&usual), NB_EXIT_FAILED);
	assert_int_equal(run_of("L0")->op_count, 0);
	assert_true(run_of("L0")->ended); /* an end of something: a stream of an end alone would be damaged */

	fate.stops_at = 6;
	make(1u << PLACE_GUEST | 1u << PLACE_NESTED, "empty,cpuid", 40);
	assert_int_equal(run(&usual), NB_EXIT_FAILED);
	assert_int_equal(logged->count, 6);
	assert_int_equal(logged->destroyed, logged->created);
}

/* The place leaves out an operation that has no place. It tries one that is illegal there, and says
 * why. */
static void what_a_place_has(void **state)
{
	(void)state;
	for (int i = 0; i < NB_OP_COUNT; i++) {
		enum nb_op op = (enum nb_op)i;
		unsigned where = nb_op_info[i].where;
		bool only_root = !(where & (NB_RING3 | NB_RING0 | NB_GUEST));

		assert_int_equal(place__has(PLACE_PROCESS, op), !only_root);
		assert_int_equal(place__has(PLACE_GUEST, op), !only_root);
		assert_int_equal(place__has(PLACE_NESTED, op), !only_root);
		assert_int_equal(place__has(PLACE_HYPERVISOR, op), only_root);
	}
}

/* The caller must ask for the cost of the empty loop. */
static void nothing_to_measure(void **state)
{
	(void)state;
	make(1u << PLACE_HYPERVISOR, "empty,cpuid,vmcall", 4);
	assert_int_equal(schedule.count, 0);
	assert_int_equal(run(&usual), NB_EXIT_GOOD);
	assert_int_equal(logged->created, 0);
	assert_int_equal(results.run_count, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_chase_is_told_its_sets_and_gets_memory, begin, end),
		TEST(all_places_take_turns),
		TEST(the_schedule_is_obeyed),
		TEST(vms_are_made_where_needed),
		TEST(images_and_command_lines),
		TEST(stacks_of_ours),
		TEST(no_nested_vmx),
		TEST(a_guest_that_fails_ends_all),
		TEST(a_guest_that_ends_too_early),
		TEST(a_guest_that_does_not_end),
		TEST(told_to_stop),
		TEST(what_a_place_has),
		TEST(nothing_to_measure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
