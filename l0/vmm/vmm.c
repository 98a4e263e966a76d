// SPDX-License-Identifier: GPL-2.0-only
/*
 * nestbed-vmm: measures on this kernel's KVM in all places of its options, and writes the record
 * stream to standard output. It is static: the same binary runs on this computer and inside an
 * emulated machine.
 */
#include <argp.h>
#include <libgen.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <signal.h>
#include <unistd.h>

#include "l0/base/options.h"
#include "l0/base/util.h"
#include "l0/request/config.h"
#include "l0/request/stack.h"
#include "l0/vmm/boot_image.h"
#include "l0/vmm/bpf_witness.h"
#include "l0/vmm/guest_run.h"
#include "l0/vmm/metadata.h"
#include "l0/vmm/places.h"
#include "l0/vmm/process_clock.h"
#include "l0/vmm/programs_check.h"
#include "l0/vmm/stream.h"
#include "l0/vmm/tables_witness.h"
#include "microbench/abi/words.h"
#include "microbench/pointer_chase.h"

#define MEMORY_MIB (STACK_BENCH_MIB + STACK_HYPERVISOR_MIB)
_Static_assert(MEMORY_MIB == 32, "the text of --memory says so");
#define MEMORY_MIB_MIN 1

static struct env {
	const char *places;
	const char *ops;
	const char *images;
	const char *hypervisor_words; /* more words for our hypervisor's command line */
	const char *outer_words;      /* more words for a hypervisor that runs another one */
	const char *ept, *guest_pages;
	const char *boot, *words;
	unsigned trace; /* bits of enum trace_mode; 0: no eBPF */
	unsigned iterations, warmup, timeout, memory, seed, ring;
	unsigned chase_kib, chase_pages;
	bool metadata, check_programs, stopped;
} env = {
	.places = "L1",
	.ops = "empty,cpuid,vmcall",
	.hypervisor_words = "",
	.outer_words = "",
	.ept = "2M",
	.guest_pages = "2M",
	.words = "",
	.iterations = 1000,
	.warmup = 64,
	.timeout = 20,
	.memory = MEMORY_MIB,
	.seed = 1,
	.ring = 32768, /* KiB; about 500,000 events: a window of 512 samples, each with up to a thousand events */
};

enum {
	OPT_OPS = 256,
	OPT_WARMUP,
	OPT_IMAGES,
	OPT_TIMEOUT,
	OPT_METADATA,
	OPT_HV,
	OPT_OUTER,
	OPT_EPT,
	OPT_PAGES,
	OPT_MEMORY,
	OPT_SEED,
	OPT_TRACE,
	OPT_RING,
	OPT_CHECK,
	OPT_STOPPED,
	OPT_CHASE_SET,
	OPT_CHASE_PAGES,
	OPT_BOOT,
	OPT_WORDS
};

static const struct argp_option options[] = {
	{"place", 'p', "LIST", 0,
	 "of L0 (this process), L1 (a guest of KVM), HV (our hypervisor in another), L2 (the guest of that), and, with more of our "
	 "hypervisors in between, HV2, L3, HV3 and L4",
	 0},
	{"op", OPT_OPS, "LIST", 0, "operations, separated by commas (default empty,cpuid,vmcall)", 0},
	{"iterations", 'n', "N", 0, "samples an operation (default 1000)", 0},
	{"warmup", OPT_WARMUP, "N", 0, "executions before the first sample (default 64)", 0},
	{"images", OPT_IMAGES, "DIR", 0, "folder of hypervisor.elf and bench.elf (default: that of this program)", 0},
	{"ept", OPT_EPT, "SIZE", 0, "page size of ept12: 4K, 2M or 1G (default 2M)", 0},
	{"guest-pages", OPT_PAGES, "SIZE", 0, "page size by which guests map their memory: 4K, 2M or 1G (default 2M)",
	 0},
	{"seed", OPT_SEED, "N", 0, "of the order in which windows are measured (default 1)", 0},
	{"trace", OPT_TRACE, "LIST", 0,
	 "eBPF as third witness: count exits, time them too, or stream every event; off: none; of several, windows take turns",
	 0},
	{"trace-buffer", OPT_RING, "KIB", 0,
	 "of the ring buffer that events go through, a power of two (default 32768)", 0},
	{"check-programs", OPT_CHECK, NULL, OPTION_HIDDEN, "for tests: does the kernel take every eBPF program?", 0},
	{"memory", OPT_MEMORY, "MIB", 0, "memory of the machine (default 32)", 0},
	{"timeout", OPT_TIMEOUT, "SECONDS", 0, "end a guest that writes no sample for so long (default 20)", 0},
	{"hypervisor-words", OPT_HV, "WORDS", 0,
	 "more words for our hypervisor's command line; of several, lK:NAME=VALUE for that of level K", 0},
	{"outer-words", OPT_OUTER, "WORDS", 0, "more words for each of our hypervisors that runs another one", 0},
	{"max-set", OPT_CHASE_SET, "KIB", 0, "of the operation chase: the largest working set", 0},
	{"chase-pages", OPT_CHASE_PAGES, "BITS", 0,
	 "of the operation chase: 1 for pages of 4 KiB, 2 for 2 MiB, or their sum", 0},
	{"boot", OPT_BOOT, "IMAGE", 0, "only run this image, in a VM that has VMX, until it ends", 0},
	{"words", OPT_WORDS, "WORDS", 0, "its command line", 0},
	{"stopped", OPT_STOPPED, NULL, 0,
	 "stop when the first VM is ready and has not run (kill -CONT goes on), so that nestbed trace --pid misses nothing; at "
	 "the end say how often KVM_RUN has returned",
	 0},
	{"metadata", OPT_METADATA, NULL, 0, "only write what is known of kernel and CPU", 0},
	{0},
};

/* Options whose value is kept as it is. */
static const struct {
	int key;
	const char **text;
} texts[] = {
	{'p', &env.places},    {OPT_OPS, &env.ops},           {OPT_IMAGES, &env.images},
	{OPT_EPT, &env.ept},   {OPT_PAGES, &env.guest_pages}, {OPT_HV, &env.hypervisor_words},
	{OPT_BOOT, &env.boot}, {OPT_WORDS, &env.words},
};

/* Options with a number. */
static const struct {
	int key;
	const char *name;
	unsigned *number, low, high;
} numbers[] = {
	{OPT_SEED, "seed", &env.seed, 0, UINT_MAX},
	{'n', "iterations", &env.iterations, 1, 10000000},
	{OPT_WARMUP, "warmup", &env.warmup, 0, 10000},
	{OPT_TIMEOUT, "timeout", &env.timeout, 1, 86400},
	{OPT_MEMORY, "memory", &env.memory, MEMORY_MIB_MIN, 2048},
	{OPT_RING, "trace-buffer", &env.ring, 4, 1 << 20},
	{OPT_CHASE_SET, "max-set", &env.chase_kib, NB_CHASE_SET_MIN >> 10, NB_CHASE_SET_MAX >> 10},
	{OPT_CHASE_PAGES, "chase-pages", &env.chase_pages, 1, 3},
};

/* Options without a value. */
static const struct {
	int key;
	bool *flag;
} flags[] = {
	{OPT_CHECK, &env.check_programs},
	{OPT_STOPPED, &env.stopped},
	{OPT_METADATA, &env.metadata},
};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* Returns false if the option needs more than its value stored. */
static bool store(const struct argp_state *state, int key, const char *arg)
{
	for (size_t i = 0; i < COUNT(texts); i++)
		if (texts[i].key == key) {
			*texts[i].text = arg;
			return true;
		}
	for (size_t i = 0; i < COUNT(numbers); i++)
		if (numbers[i].key == key) {
			*numbers[i].number = option__number(state, numbers[i].name, arg, numbers[i].low,
							    numbers[i].high);
			return true;
		}
	for (size_t i = 0; i < COUNT(flags); i++)
		if (flags[i].key == key) {
			*flags[i].flag = true;
			return true;
		}
	return false;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	static char outer_words[160]; /* with a blank in front */

	if (store(state, key, arg)) {
		if (key == OPT_RING && env.ring & (env.ring - 1))
			option__error(state, "--trace-buffer %s: not a power of two", arg);
		return 0;
	}
	switch (key) {
	case OPT_TRACE:
		env.trace = trace_modes__parse(arg);
		if (!env.trace)
			option__error(state, "--trace %s: not a list of off, count, time and stream", arg);
		return 0;
	case OPT_OUTER:
		text__format(outer_words, sizeof(outer_words), " %s", arg);
		env.outer_words = outer_words;
		return 0;
	case ARGP_KEY_ARG:
		option__error(state, "unexpected argument %s", arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse_option,
	.doc = "Measure on KVM, in one or more places that take turns; records go to standard output.\v"
	       "Exit codes: 0 good, 1 failed, 2 usage, 77 not possible on this machine.",
};

/*
 * Pins this process to the last allowed CPU, because the first CPU handles most interrupts. Returns
 * the CPU's number, or -1.
 */
static int pin(void)
{
	cpu_set_t allowed, one;
	int cpu = -1;

	if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0)
		return -1;
	for (int i = 0; i < CPU_SETSIZE; i++)
		if (CPU_ISSET(i, &allowed))
			cpu = i;
	CPU_ZERO(&one);
	if (cpu >= 0)
		CPU_SET(cpu, &one);
	return cpu >= 0 && sched_setaffinity(0, sizeof(one), &one) == 0 ? cpu : -1;
}

/* Returns a bit for each named place, or 0 after a message. */
static unsigned parse_places(void)
{
	static const char *const names[PLACE_COUNT] = {"L0", "L1", "HV", "L2", "HV2", "L3", "HV3", "L4"};
	unsigned places = 0;

	for (const char *name = env.places;; name++) {
		size_t length = strcspn(name, ",");
		unsigned place = 0;

		while (place < PLACE_COUNT &&
		       (strlen(names[place]) != length || strncmp(names[place], name, length) != 0))
			place++;
		if (place == PLACE_COUNT) {
			pr_err("no place %.*s: L0, L1, HV, L2, HV2, L3, HV3 or L4", (int)length, name);
			return 0;
		}
		places |= 1u << place;
		name += length;
		if (*name == '\0')
			return places;
	}
}

/* The place that filter() checks. */
static enum place filtered;

static bool filter(enum nb_op op)
{
	return place__has(filtered, op);
}

/*
 * Returns true if this hypervisor must measure `empty` itself. A guest of KVM at the same level
 * runs the same loop, instruction for instruction, so one of the two is enough.
 */
static bool needs_loop(unsigned places, enum place place)
{
	return place__is_hypervisor(place) && !(places & 1u << (place - 1));
}

/* Adds the operations of a place to the schedule. Returns false after a message. */
static bool add_place(struct nb_schedule *schedule, unsigned places, enum trace_mode mode)
{
	const unsigned number = place__number(filtered, mode);
	const uint32_t before = schedule->count;
	const char *unknown;
	unsigned bad = nb_schedule_add_list(schedule, env.ops, number, filter, &unknown);

	if (bad) {
		pr_err("unknown operation \"%.*s\", or too many", (int)bad, unknown);
		return false;
	}
	return !needs_loop(places, filtered) || schedule->count == before ||
	       nb_schedule_add(schedule, NB_OP_empty, number);
}

/*
 * Makes a schedule of all operations in all places that have them, in each mode of the tracer.
 * Returns false after a message.
 */
static bool make_schedule(struct nb_schedule *schedule)
{
	const unsigned places = parse_places(), modes = env.trace ? env.trace : 1u << TRACE_MODE_OFF;
	bool good = places != 0;

	nb_schedule_begin(schedule, env.iterations, env.seed);
	for (unsigned mode = 0; mode < TRACE_MODE_COUNT_OF; mode++)
		for (filtered = 0; filtered < PLACE_COUNT; filtered++)
			if (modes & 1u << mode && places & 1u << filtered && place__is_traced(filtered, mode, modes))
				good = good && add_place(schedule, places, mode);
	return good;
}

static void say_returns(void)
{
	char reasons[512];
	const uint64_t all = guest__returns(reasons, sizeof(reasons));

	pr_info("KVM_RUN has returned %llu times: %s", (unsigned long long)all, reasons);
}

/* Returns the value of a word that names a value of this knob, or 0. */
static unsigned value_of(const char *words, enum config_knob knob)
{
	const char *text = nb_word(words, config__name(knob));
	unsigned value = 0;

	if (text)
		config__find_value(knob, text, strcspn(text, " "), &value);
	return value;
}

/*
 * Writes the configuration of the runs: the settings of KVM, and those of our hypervisors and their
 * guest.
 */
static void write_config(char text[CONFIG_TEXT])
{
	struct config config = {0};

	metadata__add_config(&config);
	config__set_text(&config, CONFIG_KNOB_ept12, env.ept);
	config__set_mmu(&config, value_of(env.hypervisor_words, CONFIG_KNOB_mmu));
	config__set(&config, CONFIG_KNOB_shadow_policy, value_of(env.outer_words, CONFIG_KNOB_shadow_policy));
	config__set_text(&config, CONFIG_KNOB_guest_pages, env.guest_pages);
	config__write(text, CONFIG_TEXT, &config, ',');
}

/*
 * Opens what counts and looks beside the measurement. Returns false if this kernel does not allow
 * it.
 */
static bool open_witnesses(void)
{
	if ((env.check_programs && !programs_check__write()) || (env.trace && !bpf_witness__open(env.trace, env.ring)))
		return false;
	if (nb_word(env.hypervisor_words, "va_low")) /* our hypervisor will ask for KVM's tables */
		tables_witness__open();
	return true;
}

/* Measures the schedule in its places, and ends the stream. Returns the exit code. */
static int measure(struct nb_schedule *schedule)
{
	char config[CONFIG_TEXT];
	const struct places_plan plan = {
		.images = env.images,
		.ept = env.ept,
		.guest_pages = env.guest_pages,
		.hypervisor_words = env.hypervisor_words,
		.outer_words = env.outer_words,
		.config = config,
		.modes = env.trace ? env.trace : 1u << TRACE_MODE_OFF,
		.warmup = env.warmup,
		.seed = env.seed,
		.timeout = env.timeout,
		.chase_set = (uint64_t)env.chase_kib << 10,
		.chase_pages = env.chase_pages,
		.memory_mib = env.memory,
	};
	struct places *places;
	int result;

	write_config(config);
	places = places__new(&plan);
	result = places ? places__run(places, schedule) : NB_EXIT_FAILED;
	if (env.stopped)
		say_returns();
	tables_witness__close();
	bpf_witness__close();
	if (!stream__end((uint32_t)result) && result == NB_EXIT_GOOD)
		result = NB_EXIT_FAILED;
	/* PID 1 of an emulated machine does not wait for this after the record END. */
	places__free(places);
	return result;
}

int main(int argc, char **argv)
{
	static struct nb_schedule schedule;
	static char self[512];
	ssize_t length;
	int result, cpu;

	argp_err_exit_status = NB_EXIT_USAGE;
	options__parse(&argp, argc, argv, NULL, NULL, NULL, &env);
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* no VM outlives the command that started it */
	signal(SIGPIPE, SIG_IGN);
	length = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (!env.images)
		env.images = length > 0 ? dirname(self) : ".";

	cpu = pin();
	clock__prepare();
	if (env.metadata)
		return metadata__write(cpu) ? NB_EXIT_GOOD : NB_EXIT_FAILED;
	if (env.boot) {
		result = boot__run(env.boot, env.words, env.memory, env.timeout);
		stream__end((uint32_t)result);
		return result;
	}
	if (!make_schedule(&schedule))
		return NB_EXIT_USAGE;
	if (!open_witnesses()) {
		stream__end(NB_EXIT_SKIPPED);
		return NB_EXIT_SKIPPED;
	}
	if (env.stopped)
		guest__stop_first();
	return measure(&schedule);
}
