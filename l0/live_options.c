// SPDX-License-Identifier: GPL-2.0-only
/* The options of `nestbed trace --pid`. */
#include "live.h"

#include <argp.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "options.h"
#include "suggest.h"
#include "util.h"
#include "../vmcs-shadow/exit_reasons.h"

enum {
	OPT_PID = 256,
	OPT_VM,
	OPT_INTERVAL,
	OPT_DURATION,
	OPT_CSV,
	OPT_JSON,
	OPT_VCPU,
	OPT_LEVEL,
	OPT_REASON,
	OPT_OP,
	OPT_SHADOW,
	OPT_BUFFER,
};

static const struct argp_option options[] = {
	{NULL, 0, NULL, 0, "Watch a VM that runs:", 1},
	{"pid", OPT_PID, "PID", 0, "the process whose VM is watched: QEMU, nestbed-vmm, any on this computer's KVM", 1},
	{"vm", OPT_VM, "NAME", 0, "the same by the guest's name (QEMU's -name), the process's name, or its PID", 1},
	{"interval", OPT_INTERVAL, "SECONDS", 0,
	 "between two tables (default 1); the first one comes after 0.2 at most", 1},
	{"duration", OPT_DURATION, "SECONDS", 0, "how long (default: until Ctrl-C, or the VM ends)", 1},
	{"csv", OPT_CSV, NULL, 0, "one line a row and interval; the last one says why it ended", 1},
	{"json", OPT_JSON, NULL, 0, "one object a line and interval", 1},
	{"vcpu", OPT_VCPU, "N", 0, "only exits of this vCPU", 1},
	{"level", OPT_LEVEL, "LEVEL", 0, "only exits of L1, or of L2", 1},
	{"reason", OPT_REASON, "LIST", 0, "only exits of these reasons, separated by commas", 1},
	{NULL, 0, NULL, 0, "Or run an operation and show one execution of it, step by step:", 2},
	{"op", OPT_OP, "LIST", 0, "operations; takes the other options of run, too (nestbed trace --op OP --help)", 2},
	{"shadow-vmcs", OPT_SHADOW, "SET", 0, "on (default), off or both", 2},
	{"trace-buffer", OPT_BUFFER, "KIB", 0, "of the ring buffer that events go through, a power of two", 2},
	{0},
};

/* Of the first group what run does not know: level and json it has, too. */
static const char *const watching[] = {"interval", "duration", "csv", "vcpu", "reason"};

static const char doc[] =
	"Watch what a running VM exits for; or, with --op, show what one operation sets off.\v"
	"Each table has, by level and reason, exits, their share, and the time from exit to the next entry: in all, and its "
	"quantiles, from histograms that are off by at most 1.6%. Filters are applied in the kernel.\n\n"
	"Examples:\n"
	"  nestbed trace --vm debian                      every second, until Ctrl-C\n"
	"  nestbed trace --pid 4711 --level L2 --duration 10\n"
	"  nestbed trace --pid 4711 --reason CPUID,MSR_WRITE --interval 0.2 --csv\n"
	"  nestbed trace --op cpuid --machine bochs       (nestbed run --help has its options)\n\n"
	"Exit codes: 0 good, 1 failed, or no such VM, 2 usage, 77 not possible on this machine.";

static double seconds(struct argp_state *state, const char *option, const char *arg)
{
	char *end;
	double value = strtod(arg, &end);

	if (end == arg || *end || !(value >= 0.05 && value <= 1e6))
		argp_error(state, "--%s %s: not a number of seconds from 0.05 to 1000000", option, arg);
	return value;
}

static void add_reason(struct argp_state *state, struct tracer_options *tracer, const char *name, size_t length)
{
	const char *names[TRACE_REASONS + 1];
	char suggestion[SUGGEST_SIZE];
	size_t count = 0;

	for (unsigned i = 0; i < TRACE_REASONS; i++) {
		const char *known = vmx_exit_reason_name(i);

		if (strcmp(known, "UNKNOWN") == 0)
			continue;
		if (strlen(known) == length && strncasecmp(known, name, length) == 0) {
			tracer->reasons[i / 64] |= 1ull << i % 64;
			return;
		}
		names[count++] = known;
	}
	names[count] = NULL;
	suggest__names(suggestion, ": ", name, length, names);
	argp_error(state, "no exit reason \"%.*s\"%s", (int)length, name, suggestion);
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct live_options *o = state->input;

	switch (key) {
	case OPT_PID:
		option__number(state, "pid", arg, 1, INT_MAX);
		o->pid = arg;
		return 0;
	case OPT_VM:
		if (!*arg)
			argp_error(state, "--vm is empty: it wants the name of a guest or of a process, or a PID");
		o->vm = arg;
		return 0;
	case OPT_OP:
		o->running = "op";
		return 0;
	case OPT_SHADOW:
		o->running = "shadow-vmcs";
		return 0;
	case OPT_BUFFER:
		o->running = "trace-buffer";
		return 0;
	case OPT_INTERVAL:
		o->interval = seconds(state, "interval", arg);
		return 0;
	case OPT_DURATION:
		o->duration = seconds(state, "duration", arg);
		return 0;
	case OPT_CSV:
		o->csv = true;
		return 0;
	case OPT_JSON:
		o->json = true;
		return 0;
	case OPT_VCPU:
		o->tracer.vcpu = option__number(state, "vcpu", arg, 0, 1 << 20) + 1;
		return 0;
	case OPT_LEVEL:
		if (strcasecmp(arg, "L1") != 0 && strcasecmp(arg, "L2") != 0)
			argp_error(state, "--level %s: L1 or L2", arg);
		o->tracer.level = (uint32_t)(arg[1] - '0');
		return 0;
	case OPT_REASON:
		for (const char *name = arg;; name++) {
			size_t length = strcspn(name, ",");

			if (length == 0)
				argp_error(state, "--reason '%s': a name is empty; it wants exit reasons, as CPUID,HLT",
					   arg);
			add_reason(state, &o->tracer, name, length);
			name += length;
			if (*name == '\0')
				return 0;
		}
	case ARGP_KEY_ARG:
		argp_error(state, "unexpected argument %s", arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* --pid, --pid=N; not --pidx, and --vmm is an option of run. */
static bool is_option(const char *word, const char *option)
{
	size_t length = strlen(option);

	return strncmp(word, option, length) == 0 && (word[length] == '\0' || word[length] == '=');
}

bool live__wanted(int argc, char **argv)
{
	bool op = false, help = false;

	for (int i = 1; i < argc; i++) {
		if (is_option(argv[i], "--pid") || is_option(argv[i], "--vm"))
			return true;
		op = op || is_option(argv[i], "--op");
		help = help || is_option(argv[i], "--help") || strcmp(argv[i], "-?") == 0;
	}
	return help && !op;
}

const char *live__watching(int argc, char **argv)
{
	static char option[16];

	for (int i = 1; i < argc; i++)
		for (size_t w = 0; w < sizeof(watching) / sizeof(watching[0]); w++) {
			text__format(option, sizeof(option), "--%s", watching[w]);
			if (is_option(argv[i], option))
				return option;
		}
	return NULL;
}

bool live__parse(struct live_options *o, int argc, char **argv)
{
	static const struct argp argp = {.options = options, .parser = parse_option, .doc = doc};
	const char *contradiction = NULL;
	char text[128];

	*o = (struct live_options){.interval = 1, .tracer = {.timing = true}};
	argp_parse(&argp, argc, argv, 0, NULL, o);
	if (o->running) {
		text__format(text, sizeof(text), "--%s is for running an operation: --pid and --vm do not go with it",
			     o->running);
		contradiction = text;
	} else if (o->pid && o->vm) {
		contradiction = "--pid and --vm both name the VM: one of them is enough";
	} else if (o->csv && o->json) {
		contradiction = "--csv or --json, not both";
	}
	if (contradiction)
		pr_err("%s", contradiction);
	return !contradiction;
}
