// SPDX-License-Identifier: GPL-2.0-only
/* The options of `nestbed trace --pid`, and a check that no other options conflict with them. */
#include "l0/cli/live_options.h"

#include <limits.h>
#include <string.h>
#include <strings.h>

#include "l0/base/suggest.h"
#include "l0/base/util.h"
#include "vmcs-shadow/exit_reasons.h"

enum { OPT_PID = 256, OPT_VM, OPT_INTERVAL, OPT_DURATION, OPT_VCPU, OPT_REASON };

static const struct argp_option options[] = {
	{"pid", OPT_PID, "PID", 0, "the process whose VM is watched: QEMU, nestbed-vmm, any on this computer's KVM", 0},
	{"vm", OPT_VM, "NAME", 0, "the same by the guest's name (QEMU's -name), the program's name, or its PID", 0},
	{"interval", OPT_INTERVAL, "SECONDS", 0,
	 "between two tables (default 1); the first one comes after 0.2 at most", 0},
	{"duration", OPT_DURATION, "SECONDS", 0, "how long (default: until Ctrl-C, or the VM ends)", 0},
	{"vcpu", OPT_VCPU, "N", 0, "only exits of this vCPU", 0},
	{"reason", OPT_REASON, "LIST", 0, "only exits of these reasons, separated by commas", 0},
	{0},
};

/*
 * Options of `trace` for a live table alone, and options that live tables share with operations.
 * All other options are for operations alone.
 */
static const char *const of_live[] = {"pid", "vm", "interval", "duration", "vcpu", "reason", NULL};
static const char *const shared[] = {"level", "csv", "json", "markdown", "latex", "quiet", NULL};

static void add_reason(const struct argp_state *state, struct tracer_options *tracer, const char *name, size_t length)
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
	option__error(state, "no exit reason \"%.*s\"%s", (int)length, name, suggestion);
}

static void add_reasons(const struct argp_state *state, struct tracer_options *tracer, const char *list)
{
	for (const char *name = list;; name++) {
		const size_t length = strcspn(name, ",");

		if (length == 0)
			option__error(state, "--reason '%s': a name is empty; it wants exit reasons, as CPUID,HLT",
				      list);
		add_reason(state, tracer, name, length);
		name += length;
		if (*name == '\0')
			return;
	}
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
		o->vm = arg;
		return 0;
	case OPT_INTERVAL:
		o->interval = option__seconds(state, "interval", arg, 0.05, 1e6);
		return 0;
	case OPT_DURATION:
		o->duration = option__seconds(state, "duration", arg, 0.05, 1e6);
		return 0;
	case OPT_VCPU:
		o->tracer.vcpu = option__number(state, "vcpu", arg, 0, 1 << 20) + 1;
		return 0;
	case OPT_REASON:
		add_reasons(state, &o->tracer, arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp live_argp = {.options = options, .parser = parse_option};

static bool is_in(const char *const *names, const char *name)
{
	for (; *names; names++)
		if (strcmp(*names, name) == 0)
			return true;
	return false;
}

bool live__wanted(const struct options_given *given)
{
	return options_given__has(given, "pid") || options_given__has(given, "vm");
}

bool live__check(struct live_options *o, const struct options_given *given, const char *level, char why[LIVE_WHY])
{
	const bool live = live__wanted(given);

	for (unsigned i = 0; i < given->count; i++) {
		const char *name = given->name[i];

		if (live && !is_in(of_live, name) && !is_in(shared, name)) {
			snprintf(why, LIVE_WHY, "--%s is for running an operation: --pid and --vm do not go with it",
				 name);
			return false;
		}
		if (!live && is_in(of_live, name)) {
			snprintf(why, LIVE_WHY, "--%s is for watching a VM: it goes with --pid or --vm, not with --op",
				 name);
			return false;
		}
	}
	if (!live)
		return true;
	if (o->pid && o->vm) {
		snprintf(why, LIVE_WHY, "--pid and --vm both name the VM: one of them is enough");
		return false;
	}
	if (level && strcasecmp(level, "L1") != 0 && strcasecmp(level, "L2") != 0) {
		snprintf(why, LIVE_WHY, "--level %.40s: of a running VM it is L1 or L2", level);
		return false;
	}
	if (level)
		o->tracer.level = (uint32_t)(level[1] - '0');
	if (o->interval == 0)
		o->interval = 1;
	o->tracer.timing = true;
	return true;
}
