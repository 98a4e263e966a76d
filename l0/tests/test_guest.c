// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the loop that runs a guest: the meaning of each exit to user space, the answers to the
 * guest's questions, and the watchdog. A script stands for KVM: each KVM_RUN takes one step of it.
 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "l0/tests/capture.h"
#include "l0/vmm/guest_run.h"
#include "l0/vmm/stream.h"
#include "microbench/abi/doorbell.h"
#include "microbench/abi/ports.h"
#include "microbench/trap_requests.h"

#define VCPU     4711
#define RING_PFN 5

enum what { OUT, IN, MMIO_WRITE, MMIO_READ, REASON, SIGNAL, ERRNO, SAMPLE };

struct step {
	enum what what;
	uint32_t at; /* port, page, exit reason, signal or errno */
	uint32_t value;
	uint8_t size; /* 0: 4 */
};

#define ASKS                                                                                                           \
	{                                                                                                              \
		IN, NB_PORT_DOORBELL, 0, 0                                                                             \
	}
#define ANNOUNCES                                                                                                      \
	{                                                                                                              \
		OUT, NB_PORT_RING, RING_PFN, 0                                                                         \
	}
#define RINGS(which)                                                                                                   \
	{                                                                                                              \
		OUT, NB_PORT_DOORBELL, which, 0                                                                        \
	}
#define TICK                                                                                                           \
	{                                                                                                              \
		SIGNAL, SIGALRM, 0, 0                                                                                  \
	}

static struct {
	struct kvm_run run;
	uint8_t data[16];
} page;
static struct nb_ring ring;
static struct vm vm;
static struct guest guest;
static const struct step *script, *script_end;
static char called[64]; /* kvm_stats: begin, end, write */
static bool stats_good;

static void note(char what)
{
	called[strlen(called)] = what;
}

bool kvm_stats__begin(struct kvm_stats *stats)
{
	(void)stats;
	note('b');
	return stats_good;
}

bool kvm_stats__end(struct kvm_stats *stats)
{
	(void)stats;
	note('e');
	return stats_good;
}

bool kvm_stats__write(const struct kvm_stats *stats)
{
	(void)stats;
	note('w');
	return stats_good && stream__text("kvm.exits=1");
}

void *vm__memory(const struct vm *of, uint64_t address, uint64_t bytes)
{
	return of == &vm && address == (uint64_t)RING_PFN << 12 && bytes == sizeof(ring) ? &ring : NULL;
}

static void put_sample(void)
{
	nb_ring_claim(&ring, NB_RECORD_SAMPLE)->sample.start = 1;
	nb_ring_publish(&ring);
}

/* One step of the script. It must not assert anything, because output is captured while it runs. */
static int kvm_run(void)
{
	const struct step *step = script;

	if (script == script_end)
		abort();
	script++;
	memset(&page.run, 0, offsetof(struct kvm_run, io));
	switch (step->what) {
	case OUT:
	case IN:
		page.run.exit_reason = KVM_EXIT_IO;
		page.run.io.direction = step->what == OUT ? KVM_EXIT_IO_OUT : KVM_EXIT_IO_IN;
		page.run.io.size = step->size ? step->size : 4;
		page.run.io.port = (uint16_t)step->at;
		page.run.io.count = 1;
		page.run.io.data_offset = sizeof(page.run);
		memset(page.data, 0xee, sizeof(page.data));
		if (step->what == OUT)
			memcpy(page.data, &step->value, 4);
		return 0;
	case MMIO_WRITE:
	case MMIO_READ:
		page.run.exit_reason = KVM_EXIT_MMIO;
		page.run.mmio.phys_addr = step->at;
		page.run.mmio.is_write = step->what == MMIO_WRITE;
		return 0;
	case REASON:
		page.run.exit_reason = step->at;
		return 0;
	case SIGNAL:
		raise((int)step->at);
		errno = EINTR;
		return -1;
	case ERRNO:
		errno = (int)step->at;
		return -1;
	case SAMPLE:
		put_sample();
		break;
	}
	page.run.exit_reason = KVM_EXIT_INTR;
	return 0;
}

/* Replaces the C library's function. It fails to read registers, so nothing is printed of them. */
int ioctl(int fd, unsigned long request, ...)
{
	if (fd == VCPU && request == KVM_RUN)
		return kvm_run();
	errno = ENOTTY;
	return -1;
}

static int begin(void **state)
{
	(void)state;
	memset(&page, 0, sizeof(page));
	nb_ring_init(&ring);
	vm = (struct vm){.vcpu = VCPU, .run = &page.run};
	memset(&guest, 0, sizeof(guest));
	guest.vm = &vm;
	memset(called, 0, sizeof(called));
	stats_good = true;
	return 0;
}

struct result {
	enum guest_verdict verdict;
	char errors[1024];
	struct nb_record out[64];
	size_t count;
};

static struct result result;

static enum guest_verdict run_steps(const struct step *steps, size_t count, uint32_t answer)
{
	struct capture output = capture__begin(STDOUT_FILENO);
	struct capture errors = capture__begin(STDERR_FILENO);

	script = steps;
	script_end = steps + count;
	result.verdict = guest__run(&guest, answer);
	capture__end_text(&errors, result.errors, sizeof(result.errors));
	result.count = capture__end_bytes(&output, result.out, sizeof(result.out)) / sizeof(result.out[0]);
	assert_ptr_equal(script, script_end);
	return result.verdict;
}

#define RUN(answer, ...)                                                                                               \
	run_steps((const struct step[]){__VA_ARGS__},                                                                  \
		  sizeof((const struct step[]){__VA_ARGS__}) / sizeof(struct step), answer)

static void expect_failed(const char *error)
{
	assert_int_equal(result.verdict, GUEST_FAILED);
	if (!strstr(result.errors, error))
		fail_msg("no \"%s\" in: %s", error, result.errors);
}

static void a_question_returns(void **state)
{
	(void)state;
	assert_int_equal(RUN(0, ANNOUNCES, ASKS), GUEST_ASKS);
	assert_ptr_equal(guest.ring, &ring);
	for (int i = 0; i < 3; i++)
		assert_int_equal(RUN(NB_NEXT(7, 1000), ASKS), GUEST_ASKS);
	assert_string_equal(result.errors, "");
}

/* Each return of KVM_RUN is counted under the exit reason that KVM left, also if KVM_RUN failed. */
static void returns_are_counted(void **state)
{
	char before[256], after[256];
	const uint64_t all = guest__returns(before, sizeof(before));

	(void)state;
	assert_int_equal(RUN(0, ANNOUNCES, {REASON, KVM_EXIT_INTR, 0, 0}, {REASON, 63, 0, 0}), GUEST_FAILED);
	assert_int_equal(guest__returns(after, sizeof(after)), all + 3);
	assert_non_null(strstr(after, "OTHER "));
	assert_non_null(strstr(after, "INTR "));
	assert_string_not_equal(before, after);
}

/* The answer is at the address from which KVM takes the value of the guest's IN. It has the length
 * of that value. */
static void an_answer_is_put_where_kvm_looks(void **state)
{
	static const uint8_t behind[12] = {0xee, 0xee, 0xee, 0xee, 0xee, 0xee, 0xee, 0xee, 0xee, 0xee, 0xee, 0xee};
	uint32_t next = NB_NEXT(7, 1000) | NB_NEXT_HYPERVISOR, got;

	(void)state;
	assert_int_equal(RUN(0, ANNOUNCES, ASKS), GUEST_ASKS);
	assert_int_equal(RUN(next, {ERRNO, EFAULT, 0, 0}), GUEST_FAILED);
	memcpy(&got, page.data, sizeof(got));
	assert_int_equal(got, next);
	assert_memory_equal(page.data + 4, behind, sizeof(behind));
	expect_failed("nestbed: KVM_RUN: Bad address\n");
}

/* Before its first question there is nothing to answer. */
static void the_first_answer_goes_nowhere(void **state)
{
	static const uint8_t nothing[sizeof(page.data)];

	(void)state;
	RUN(0x12345678, {ERRNO, EFAULT, 0, 0});
	assert_memory_equal(page.data, nothing, sizeof(nothing));
}

static void kvm_grants_no_trap_request(void **state)
{
	static const uint8_t due[] = {0, 0, 0, 0, 0xee};

	(void)state;
	RUN(0, {IN, NB_PORT_TRAP_REQUESTS, 0, 0}, {ERRNO, EFAULT, 0, 0});
	assert_memory_equal(page.data, due, sizeof(due));
	RUN(0, {OUT, NB_PORT_TRAP_REQUESTS, 1, 0});
	expect_failed("the guest writes port 4e48 (4 bytes), which this machine does not have");
}

/* Operations speak to devices that do nothing. */
static void devices_that_do_nothing(void **state)
{
	(void)state;
	assert_int_equal(RUN(0, ANNOUNCES, {OUT, NB_PORT_MESSAGE, 1, 0}, {OUT, NB_PORT_USER, 1, 0},
			     {MMIO_WRITE, NB_MMIO_USER, 0, 0}, {MMIO_WRITE, NB_MMIO_USER + 0xffc, 0, 0}, ASKS),
			 GUEST_ASKS);
	assert_string_equal(result.errors, "");
	RUN(0, {MMIO_READ, NB_MMIO_USER, 0, 0});
	expect_failed("the guest reads guest-physical fd000000, where this machine has nothing");
	RUN(0, {MMIO_WRITE, NB_MMIO_USER + 0x1000, 0, 0});
	expect_failed("the guest writes guest-physical fd001000, where this machine has nothing");
	RUN(0, {IN, NB_PORT_MESSAGE, 0, 0});
	expect_failed("the guest reads port 4e4c");
}

static void pages_are_taken_from_its_memory_alone(void **state)
{
	static const uint8_t due[] = {0, 0, 0, 0, 0xee};

	(void)state;
	RUN(0, {IN, NB_PORT_TAKE, 0, 0}, {ERRNO, EFAULT, 0, 0});
	assert_memory_equal(page.data, due, sizeof(due));
	RUN(0, {OUT, NB_PORT_TAKE, RING_PFN + 1, 0});
	expect_failed("the guest asks to take page 6 away, but the page is not in its memory");
	RUN(0, {OUT, NB_PORT_AWAIT, RING_PFN + 1, 0});
	expect_failed("the guest asks to take page 6 away, but the page is not in its memory");
	RUN(0, {OUT, NB_PORT_TAKE, RING_PFN, 2});
	expect_failed("the guest writes port 4e5c (2 bytes)");
}

static void a_window(void **state)
{
	(void)state;
	assert_int_equal(RUN(0, ANNOUNCES, {SAMPLE, 0, 0, 0}, RINGS(NB_DOORBELL_OPEN), {SAMPLE, 0, 0, 0},
			     {SAMPLE, 0, 0, 0}, RINGS(NB_DOORBELL_CLOSE), {SAMPLE, 0, 0, 0}, ASKS),
			 GUEST_ASKS);
	assert_string_equal(called, "bew");
	/* One record from before the window, two samples of it, one text of KVM's count. The
	 * record from after the window is still in the ring. */
	assert_int_equal(result.count, 1 + 2 + 1);
	assert_int_equal(result.out[2].type, NB_RECORD_SAMPLE);
	assert_int_equal(result.out[3].type, NB_RECORD_TEXT);
	assert_int_equal(ring.head - ring.tail, 1);
	assert_int_equal(guest.doorbells, 2);
}

static void a_rehearsal_takes_nothing_out(void **state)
{
	(void)state;
	assert_int_equal(
		RUN(0, ANNOUNCES, {SAMPLE, 0, 0, 0}, RINGS(NB_DOORBELL_REHEARSE), RINGS(NB_DOORBELL_TABLES), ASKS),
		GUEST_ASKS);
	assert_string_equal(called, "be");
	assert_int_equal(result.count, 0);
	assert_int_equal(ring.tail, 0);
}

static void the_end_takes_everything_out(void **state)
{
	(void)state;
	assert_int_equal(RUN(0, ANNOUNCES, {SAMPLE, 0, 0, 0}, RINGS(NB_DOORBELL_DONE)), GUEST_DONE);
	assert_int_equal(result.count, 1);
	RUN(0, {SAMPLE, 0, 0, 0}, RINGS(NB_DOORBELL_FAILED));
	expect_failed("the guest gave up; its console says why");
	assert_int_equal(result.count, 1); /* what was measured is kept */
}

static void statistics_that_fail_end_it(void **state)
{
	static const enum nb_doorbell doorbells[] = {NB_DOORBELL_OPEN, NB_DOORBELL_CLOSE, NB_DOORBELL_REHEARSE};

	(void)state;
	assert_int_equal(RUN(0, ANNOUNCES, ASKS), GUEST_ASKS);
	stats_good = false;
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(RUN(0, RINGS(doorbells[i])), GUEST_FAILED);
}

static void bad_doorbells_and_rings(void **state)
{
	(void)state;
	RUN(0, RINGS(NB_DOORBELL_OPEN));
	expect_failed("the guest rings doorbell 1 before it announced a ring");
	RUN(0, RINGS(NB_DOORBELL_FAILED)); /* that it may, at any time */
	expect_failed("the guest gave up");
	RUN(0, {OUT, NB_PORT_RING, RING_PFN + 1, 0});
	expect_failed("the guest announces a ring at page 6, but the page is not in its memory or is not a ring");
	ring.magic++;
	RUN(0, ANNOUNCES);
	expect_failed("the guest announces a ring at page 5");
	assert_null(guest.ring);
	ring.magic--;
	RUN(0, ANNOUNCES, RINGS(77));
	expect_failed("the guest rings doorbell 77, which does not exist");
	RUN(0, {OUT, NB_PORT_DOORBELL, 1, 2});
	expect_failed("the guest writes port 4e44 (2 bytes)");
	RUN(0, {IN, NB_PORT_DOORBELL, 0, 1});
	expect_failed("the guest reads port 4e44 (1 bytes)");
}

#define PUTS(c)                                                                                                        \
	{                                                                                                              \
		OUT, COM1, c, 1                                                                                        \
	}

static void its_console_comes_line_by_line(void **state)
{
	(void)state;
	RUN(0, PUTS('h'), PUTS('i'), ASKS);
	assert_string_equal(result.errors, ""); /* a question does not break a line */
	RUN(0, PUTS('!'), PUTS('\r'), PUTS('\n'), PUTS('\n'), {OUT, COM1_LCR, 0x80, 1}, PUTS(1), {OUT, COM1_LCR, 3, 1},
	    PUTS('x'), {ERRNO, EFAULT, 0, 0});
	assert_string_equal(result.errors, "| hi!\nnestbed: KVM_RUN: Bad address\n| x\n");
	RUN(0, {IN, COM1_LSR, 0, 1}, {ERRNO, EFAULT, 0, 0});
	assert_int_equal(page.data[0], 0x60);
	RUN(0, {IN, COM1 + 1, 0, 1}, {ERRNO, EFAULT, 0, 0});
	assert_int_equal(page.data[0], 0);
}

static void a_line_without_an_end_is_cut(void **state)
{
	static struct step steps[600];
	char expected[320] = "| ";

	(void)state;
	for (size_t i = 0; i < 600; i++)
		steps[i] = (struct step)PUTS('a');
	steps[599] = (struct step)ASKS;
	run_steps(steps, 600, 0);
	memset(expected + 2, 'a', sizeof(guest.line) - 1);
	strcat(expected, "\n");
	assert_memory_equal(result.errors, expected, strlen(expected));
	assert_int_equal(strlen(result.errors), 2 * strlen(expected));
}

static void other_exits_are_named(void **state)
{
	(void)state;
	RUN(0, {REASON, KVM_EXIT_SHUTDOWN, 0, 0});
	expect_failed("the guest shut its CPU down (triple fault)");
	RUN(0, {REASON, KVM_EXIT_FAIL_ENTRY, 0, 0});
	expect_failed("VM entry failed, hardware reason");
	RUN(0, {REASON, KVM_EXIT_INTERNAL_ERROR, 0, 0});
	expect_failed("KVM gave up: internal error");
	RUN(0, {REASON, KVM_EXIT_HLT, 0, 0});
	expect_failed("KVM_EXIT_HLT (5): nothing here handles it");
	RUN(0, {REASON, 7777, 0, 0});
	expect_failed("KVM_EXIT_? (7777): nothing here handles it");
}

/* KVM_RUN may return without a reason. */
static void what_is_no_reason_to_end(void **state)
{
	(void)state;
	assert_int_equal(RUN(0, {REASON, KVM_EXIT_INTR, 0, 0}, {ERRNO, EAGAIN, 0, 0}, {ERRNO, EINTR, 0, 0}, ASKS),
			 GUEST_ASKS);
	assert_string_equal(result.errors, "");
}

/* A signal changes a process for good, so each such test has its own process. The exit status tells
 * what failed. */
static void in_a_process(int (*test)(void))
{
	int status = -1;
	pid_t child = fork();

	if (child == 0) {
		guest__watch(10000); /* its ticks are ours */
		_exit(test());
	}
	waitpid(child, &status, 0);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

#define STEP_OF_TEST(number, good)                                                                                     \
	if (!(good))                                                                                                   \
	return number

static int watch(void)
{
	/* One tick says nothing: the guest may have begun just before it. */
	STEP_OF_TEST(1, RUN(0, ANNOUNCES, TICK, ASKS) == GUEST_ASKS);
	/* Samples and doorbells are progress. */
	STEP_OF_TEST(2, RUN(0, TICK, {SAMPLE, 0, 0, 0}, TICK, {SAMPLE, 0, 0, 0}, TICK, ASKS) == GUEST_ASKS);
	STEP_OF_TEST(3,
		     RUN(0, TICK, RINGS(NB_DOORBELL_OPEN), TICK, RINGS(NB_DOORBELL_CLOSE), TICK, ASKS) == GUEST_ASKS);
	/* Two with nothing in between are a hang; that KVM_RUN came back in between is no
	 * progress. */
	STEP_OF_TEST(4, RUN(0, TICK, {ERRNO, EINTR, 0, 0}, {REASON, KVM_EXIT_INTR, 0, 0}, TICK) == GUEST_FAILED);
	STEP_OF_TEST(5, strcmp(result.errors, "nestbed: the guest hangs: no sample for 10000 s (--timeout)\n") == 0);
	/* Before it announced a ring too. */
	begin(NULL);
	STEP_OF_TEST(6, RUN(0, TICK, TICK) == GUEST_FAILED);
	return 0;
}

static void a_guest_without_progress_is_ended(void **state)
{
	(void)state;
	in_a_process(watch);
}

/* The guest did not run during these ticks of the watchdog. It has a whole period from now on. */
static int wait_for_others(void)
{
	for (int i = 0; i < 3; i++)
		raise(SIGALRM);
	STEP_OF_TEST(1, RUN(0, ANNOUNCES, TICK, ASKS) == GUEST_ASKS);
	for (int i = 0; i < 3; i++) {
		raise(SIGALRM);
		STEP_OF_TEST(2, RUN(0, TICK, ASKS) == GUEST_ASKS);
	}
	STEP_OF_TEST(3, RUN(0, TICK, TICK) == GUEST_FAILED);
	return 0;
}

static void a_guest_that_waited_has_not_hung(void **state)
{
	(void)state;
	in_a_process(wait_for_others);
}

static int stop_it(void)
{
	STEP_OF_TEST(1, !guest__stopped());
	STEP_OF_TEST(2, RUN(0, ANNOUNCES, {SAMPLE, 0, 0, 0}, {SIGNAL, SIGTERM, 0, 0}) == GUEST_FAILED);
	STEP_OF_TEST(3, strcmp(result.errors, "nestbed: stopped by Terminated: the samples so far are kept\n") == 0);
	STEP_OF_TEST(4, result.count == 1);
	/* For good, but said once; KVM_RUN is not entered again. */
	STEP_OF_TEST(5, guest__stopped());
	script = script_end;
	STEP_OF_TEST(6, run_steps(NULL, 0, 0) == GUEST_FAILED && result.errors[0] == '\0');
	return 0;
}

static void a_signal_ends_a_guest(void **state)
{
	(void)state;
	in_a_process(stop_it);
}

static int stop_between(void)
{
	struct capture errors = capture__begin(STDERR_FILENO);
	bool stopped;
	char text[128];

	raise(SIGINT);
	stopped = guest__stopped() && guest__stopped();
	capture__end_text(&errors, text, sizeof(text));
	STEP_OF_TEST(1, stopped);
	STEP_OF_TEST(2, strcmp(text, "nestbed: stopped by Interrupt: the samples so far are kept\n") == 0);
	return 0;
}

static void a_signal_between_windows_is_seen(void **state)
{
	(void)state;
	in_a_process(stop_between);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_question_returns, begin),
		cmocka_unit_test_setup(an_answer_is_put_where_kvm_looks, begin),
		cmocka_unit_test_setup(the_first_answer_goes_nowhere, begin),
		cmocka_unit_test_setup(kvm_grants_no_trap_request, begin),
		cmocka_unit_test_setup(devices_that_do_nothing, begin),
		cmocka_unit_test_setup(pages_are_taken_from_its_memory_alone, begin),
		cmocka_unit_test_setup(a_window, begin),
		cmocka_unit_test_setup(a_rehearsal_takes_nothing_out, begin),
		cmocka_unit_test_setup(returns_are_counted, begin),
		cmocka_unit_test_setup(the_end_takes_everything_out, begin),
		cmocka_unit_test_setup(statistics_that_fail_end_it, begin),
		cmocka_unit_test_setup(bad_doorbells_and_rings, begin),
		cmocka_unit_test_setup(its_console_comes_line_by_line, begin),
		cmocka_unit_test_setup(a_line_without_an_end_is_cut, begin),
		cmocka_unit_test_setup(other_exits_are_named, begin),
		cmocka_unit_test_setup(what_is_no_reason_to_end, begin),
		cmocka_unit_test_setup(a_guest_without_progress_is_ended, begin),
		cmocka_unit_test_setup(a_guest_that_waited_has_not_hung, begin),
		cmocka_unit_test_setup(a_signal_ends_a_guest, begin),
		cmocka_unit_test_setup(a_signal_between_windows_is_seen, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
