// SPDX-License-Identifier: GPL-2.0-only
/*
 * nestbed-vmm: runs one level of one measurement on this kernel's KVM and writes the record stream to standard output.
 * It is static: the same binary runs on this computer and inside an emulated machine.
 */
#include <argp.h>
#include <libgen.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <signal.h>
#include <unistd.h>

#include "exits.h"
#include "measure.h"
#include "metadata.h"
#include "ops.h"
#include "options.h"
#include "stream.h"
#include "util.h"
#include "vm.h"

#define MEMORY_MIB     64
#define MEMORY_MIB_MIN 1
#define OPS_LENGTH_MAX 500 /* it has to fit into a command line, its skips into a ring */

static struct env {
	const char *level;
	const char *ops;
	const char *images;
	const char *hypervisor_words; /* more words for our hypervisor's command line */
	const char *ept;
	unsigned iterations, warmup, timeout, memory;
	bool metadata;
} env = {
	.level = "L1",
	.ops = "empty,cpuid,vmcall",
	.hypervisor_words = "",
	.ept = "2M",
	.iterations = 1000,
	.warmup = 64,
	.timeout = 20,
	.memory = MEMORY_MIB,
};

enum { OPT_OPS = 256, OPT_WARMUP, OPT_IMAGES, OPT_TIMEOUT, OPT_METADATA, OPT_HV, OPT_EPT, OPT_MEMORY };

static const struct argp_option options[] = {
	{"level", 'l', "LEVEL", 0, "L0 (this process), L1 (a guest of KVM) or L2 (a guest of our hypervisor in it)", 0},
	{"op", OPT_OPS, "LIST", 0, "operations, separated by commas (default empty,cpuid,vmcall)", 0},
	{"iterations", 'n', "N", 0, "samples an operation (default 1000)", 0},
	{"warmup", OPT_WARMUP, "N", 0, "executions before the first sample (default 64)", 0},
	{"images", OPT_IMAGES, "DIR", 0, "folder of hypervisor.elf and bench.elf (default: that of this program)", 0},
	{"ept", OPT_EPT, "SIZE", 0, "page size of ept12: 4K, 2M or 1G (default 2M)", 0},
	{"memory", OPT_MEMORY, "MIB", 0, "memory of the machine (default 64)", 0},
	{"timeout", OPT_TIMEOUT, "SECONDS", 0, "end a guest that writes no sample for so long (default 20)", 0},
	{"hypervisor-words", OPT_HV, "WORDS", 0, "more words for our hypervisor's command line", 0},
	{"metadata", OPT_METADATA, NULL, 0, "only write what is known of kernel and CPU", 0},
	{0},
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case 'l':
		if (strcmp(arg, "L0") != 0 && strcmp(arg, "L1") != 0 && strcmp(arg, "L2") != 0)
			argp_error(state, "no level %s: L0, L1 or L2", arg);
		env.level = arg;
		return 0;
	case OPT_OPS:
		if (strlen(arg) > OPS_LENGTH_MAX)
			argp_error(state, "the list of operations is longer than %d characters", OPS_LENGTH_MAX);
		env.ops = arg;
		return 0;
	case 'n':
		env.iterations = option__number(state, "iterations", arg, 1, 10000000);
		return 0;
	case OPT_WARMUP:
		env.warmup = option__number(state, "warmup", arg, 0, 10000);
		return 0;
	case OPT_TIMEOUT:
		env.timeout = option__number(state, "timeout", arg, 1, 86400);
		return 0;
	case OPT_MEMORY:
		env.memory = option__number(state, "memory", arg, MEMORY_MIB_MIN, 2048);
		return 0;
	case OPT_IMAGES:
		env.images = arg;
		return 0;
	case OPT_EPT:
		env.ept = arg;
		return 0;
	case OPT_HV:
		env.hypervisor_words = arg;
		return 0;
	case OPT_METADATA:
		env.metadata = true;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "unexpected argument %s", arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse_option,
	.doc = "Run one level of one measurement on KVM; records go to standard output.\v"
	       "Exit codes: 0 good, 1 failed, 2 usage, 77 not possible on this machine.",
};

/* The last CPU that we may use: the first one has most interrupts to serve. */
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

static struct nb_ring process_ring;

/* L0: the operations in this very process. Its doorbell is a function call. */
static void process_doorbell(enum nb_doorbell what)
{
	if (what != NB_DOORBELL_REHEARSE && !stream__drain(&process_ring))
		exit(NB_EXIT_FAILED);
}

static int run_process(void)
{
	const struct nb_place place = {.ring = &process_ring, .where = NB_RING3, .doorbell = process_doorbell};
	const struct nb_plan plan = {.ops = env.ops, .n = env.iterations, .warmup = env.warmup};

	nb_ring_init(&process_ring);
	if (!nb_measure(&place, &plan)) {
		pr_err("unknown operation in %s", env.ops);
		return NB_EXIT_USAGE;
	}
	return stream__drain(&process_ring) ? NB_EXIT_GOOD : NB_EXIT_FAILED;
}

static int run_guest(void)
{
	char hypervisor[512], bench[512], words[512], cmdline[1200];
	struct vm_plan plan = {.image = bench, .cmdline = words, .memory_mib = env.memory};
	struct vm vm;
	int result;

	text__format(hypervisor, sizeof(hypervisor), "%s/hypervisor.elf", env.images);
	text__format(bench, sizeof(bench), "%s/bench.elf", env.images);
	text__format(words, sizeof(words), "sink=doorbell level=%s ops=%s n=%u warmup=%u", env.level, env.ops,
		     env.iterations, env.warmup);
	if (strcmp(env.level, "L2") == 0) {
		text__format(cmdline, sizeof(cmdline), "sink=doorbell ept=%s %s -- %s", env.ept, env.hypervisor_words,
			     words);
		plan.image = hypervisor;
		plan.module = bench;
		plan.cmdline = cmdline;
		plan.nested = true;
		plan.high_memory = strcmp(env.ept, "1G") == 0;
	}
	result = vm__create(&vm, &plan);
	if (result == NB_EXIT_GOOD)
		result = vm__run(&vm, env.timeout);
	vm__destroy(&vm);
	return result;
}

int main(int argc, char **argv)
{
	static char self[512];
	char config[128];
	ssize_t length;
	int result, cpu;

	argp_err_exit_status = NB_EXIT_USAGE;
	argp_parse(&argp, argc, argv, 0, NULL, &env);
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* no VM outlives the command that wanted it */
	signal(SIGPIPE, SIG_IGN);
	length = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (!env.images)
		env.images = length > 0 ? dirname(self) : ".";

	cpu = pin();
	metadata__config(config, sizeof(config));
	if (strcmp(env.level, "L2") == 0 && strcmp(env.ept, "2M") != 0)
		text__format(config + strlen(config), sizeof(config) - strlen(config), "%sept12=%s",
			     config[0] ? "," : "", env.ept);
	if (env.metadata)
		return metadata__write(cpu) ? NB_EXIT_GOOD : NB_EXIT_FAILED;
	if (!stream__text("run.level=%s", env.level) || !stream__text("run.l0=kvm") ||
	    !stream__text("run.vmm=nestbed") || !stream__text("run.config=%s", config))
		return NB_EXIT_FAILED;
	result = strcmp(env.level, "L0") == 0 ? run_process() : run_guest();
	if (!stream__end((uint32_t)result) && result == NB_EXIT_GOOD)
		result = NB_EXIT_FAILED;
	return result;
}
