// SPDX-License-Identifier: GPL-2.0-only
/* Tests of the eBPF programs on this kernel: its verifier accepts each in each mode, and the tracer
 * works without a refused one. */
#include <errno.h>
#include <linux/bpf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "trace/ebpf_support.h"
#include "trace/missing_figures.h"
#include "trace/tracer.h"

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

/* --- A kernel that refuses a program: bpf() goes through us ----------------------------------- */

static const char *refused_name; /* NULL: none */
static bool refuse_attaching;    /* it may be loaded */
static int refused_fd = -1, refused_times;

static long system_call(long number, long a, long b, long c)
{
	long result;

	asm volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
	return result;
}

static long refuse(void)
{
	refused_times++;
	errno = EINVAL;
	return -1;
}

/* libbpf calls this function instead of syscall() of libc. It does so for bpf() only, which has no
 * more arguments. */
long syscall(long number, ...)
{
	va_list arguments;
	const union bpf_attr *attr;
	long command, size, result;

	va_start(arguments, number);
	command = va_arg(arguments, long);
	attr = va_arg(arguments, const union bpf_attr *);
	size = va_arg(arguments, long);
	va_end(arguments);
	if (number == SYS_bpf && refused_name && refused_fd >= 0 &&
	    ((command == BPF_RAW_TRACEPOINT_OPEN && attr->raw_tracepoint.prog_fd == (unsigned)refused_fd) ||
	     (command == BPF_LINK_CREATE && attr->link_create.prog_fd == (unsigned)refused_fd)))
		return refuse();
	/* The kernel keeps 15 letters of a name, so more are not handed to it. */
	if (number == SYS_bpf && command == BPF_PROG_LOAD && refused_name &&
	    strncmp(attr->prog_name, refused_name, sizeof(attr->prog_name) - 1) == 0) {
		if (!refuse_attaching)
			return refuse();
		refused_fd = (int)system_call(number, command, (long)attr, size);
		return refused_fd;
	}
	result = system_call(number, command, (long)attr, size);
	if (result < 0) {
		errno = (int)-result;
		result = -1;
	}
	return result;
}

/* ---------------------------------------------------------------------------------------------- */

static struct tracer *must_open(const struct tracer_options *options)
{
	char why[256];
	struct tracer *tracer = tracer__open(options, why, sizeof(why));

	if (!tracer)
		fail_msg("%s", why);
	return tracer;
}

static unsigned attached(const struct tracer *tracer)
{
	struct tracer_program program;
	unsigned count = 0;

	for (unsigned i = 0; tracer__program(tracer, i, &program); i++)
		count += program.state == TRACER_ATTACHED;
	return count;
}

/* Returns the number of attached programs. */
static unsigned programs(const struct tracer_options *options)
{
	struct tracer *tracer = must_open(options);
	unsigned count = attached(tracer);

	tracer__close(tracer);
	return count;
}

static bool is_basic(const struct tracer_program *program)
{
	return strcmp(program->probe, "kvm_exit") == 0 || strcmp(program->probe, "kvm_entry") == 0;
}

/* Each program is loaded and attached, or has a reason why not. `loud` prints the reason. */
static void expect_all(const struct tracer_options *options, bool loud)
{
	static const char *const reasons[] = {
		[TRACER_ABSENT] = "this kernel does not have what it is for",
		[TRACER_OTHER] = "it is for other arguments than this kernel's",
		[TRACER_NEEDLESS] = "it takes tracefs",
		[TRACER_UNKNOWING] = "it takes kvm_intel, and typed pointers in maps as Linux 5.19 to 6.3 have them",
	};
	struct tracer *tracer = must_open(options);
	struct tracer_program program;
	unsigned exits = 0, entries = 0;

	for (unsigned i = 0; tracer__program(tracer, i, &program); i++) {
		if (program.state == TRACER_REFUSED)
			fail_msg("the kernel refuses %s at %s", program.name, program.probe);
		if (program.state == TRACER_NEEDLESS)
			assert_string_equal(program.name, "on_exit_record");
		if (program.state != TRACER_ATTACHED && loud)
			print_message("# %s (%s) is not loaded: %s\n", program.name, program.probe,
				      reasons[program.state]);
		exits += program.state == TRACER_ATTACHED && strcmp(program.probe, "kvm_exit") == 0;
		entries += program.state == TRACER_ATTACHED && strcmp(program.probe, "kvm_entry") == 0;
	}
	assert_true(exits > 0 && entries > 0);
	tracer__close(tracer);
}

/* The kernel verifies the programs one by one. A refused program does not stop the next one. */
static void every_program_passes_the_verifier(void **state)
{
	(void)state;
	if (!possible())
		skip();
	/* The verifier skips code that a constant switches off. So the test tries each constant. */
	expect_all(&(struct tracer_options){.everything = true}, true);
	expect_all(&(struct tracer_options){.everything = true, .tgid = 1, .vcpu = 1, .level = 2, .reasons = {1, 1}},
		   false);
	expect_all(&(struct tracer_options){.everything = true, .timing = true, .alone = true, .tgid = 1, .vcpu = 1},
		   false);
	expect_all(
		&(struct tracer_options){
			.everything = true, .timing = true, .streaming = true, .tgid = 1, .vcpu = 1, .level = 1},
		false);
}

/* The tracer's list of missing figures has each probe that it can do without. */
static void every_probe_has_its_figures(void **state)
{
	struct tracer_program program;
	struct tracer *tracer;

	(void)state;
	if (!possible())
		skip();
	tracer = must_open(&(struct tracer_options){.streaming = true, .ring_bytes = 4096});
	for (unsigned i = 0; tracer__program(tracer, i, &program); i++)
		if (!is_basic(&program) && program.state != TRACER_UNKNOWING && !figures__without(program.probe))
			fail_msg("missing_figures.c does not say what is missing without %s", program.probe);
	tracer__close(tracer);
}

/* Nothing changes except for the one program, which is named. */
static void expect_without(const char *name, const char *probe, bool attaching)
{
	const struct tracer_options options = {.streaming = true, .ring_bytes = 4096};
	const unsigned all = programs(&options);
	struct tracer_program program;
	struct tracer *tracer;
	char why[256];

	refused_name = name;
	refuse_attaching = attaching;
	refused_times = 0;
	tracer = tracer__open(&options, why, sizeof(why));
	refused_name = NULL;
	refused_fd = -1;
	assert_in_range(refused_times, 1, 2); /* libbpf asks for the reason; but it is not opened with it again */
	if (!tracer)
		fail_msg("%s", why);
	assert_int_equal(attached(tracer), all - 1);
	assert_non_null(strstr(tracer__missing(tracer), probe));
	for (unsigned i = 0; tracer__program(tracer, i, &program); i++)
		assert_int_equal(program.state == TRACER_REFUSED, strcmp(program.name, name) == 0);
	tracer__close(tracer);
}

static void what_is_refused_is_left_out(void **state)
{
	(void)state;
	if (!possible())
		skip();
	expect_without("on_user", "kvm_userspace_exit", false);
	expect_without("on_user", "kvm_userspace_exit", true);
	expect_without("on_pio", "kvm_pio", false);
}

static void without_exits_nothing_goes_on(void **state)
{
	struct tracer *tracer;
	char why[256];

	(void)state;
	if (!possible())
		skip();
	refused_name = "on_entry";
	refuse_attaching = false;
	tracer = tracer__open(&(struct tracer_options){.tgid = 1, .vcpu = 1, .level = 1, .timing = true}, why,
			      sizeof(why));
	refused_name = NULL;
	assert_null(tracer);
	assert_string_equal(why, "the kernel refuses the eBPF program on_entry: Invalid argument");
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
		cmocka_unit_test(every_program_passes_the_verifier),  cmocka_unit_test(every_probe_has_its_figures),
		cmocka_unit_test(what_is_refused_is_left_out),        cmocka_unit_test(without_exits_nothing_goes_on),
		cmocka_unit_test(a_mode_attaches_only_what_it_needs), cmocka_unit_test(histograms_begin_empty),
	};

	trace_ability__probe(&ability);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
