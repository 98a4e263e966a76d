// SPDX-License-Identifier: GPL-2.0-only
/* Reads the tracer's counts over a window and writes its events to the stream. */
#include "l0/vmm/bpf_witness.h"

#include <string.h>
#include <unistd.h>

#include "l0/base/util.h"
#include "l0/vmm/stream.h"
#include "trace/kernel_fit.h"
#include "trace/tracer.h"
#include "vmcs-shadow/exit_reasons.h"

static struct tracer *tracers[TRACE_MODE_COUNT_OF]; /* one for each requested mode */
static struct tracer *tracer;                       /* tracer of the current mode; NULL: none */
static struct trace_counts begin, end;
static uint64_t lost_before;
static bool timing;
/* total durations in ns; first index: level - 1 */
static uint64_t ns_begin[2][TRACE_REASONS], ns_end[2][TRACE_REASONS];

static struct tracer *open_mode(enum trace_mode mode, const struct kernel_types *types, unsigned ring_kib)
{
	const struct tracer_options options = {
		.types = types->vmlinux ? types : NULL, /* without types tracer__open() fails and gives the reason */
		.tgid = (uint32_t)getpid(),
		.timing = mode == TRACE_MODE_TIME,
		.alone = true,
		.streaming = mode == TRACE_MODE_STREAM,
		.ring_bytes = ring_kib << 10,
	};
	char why[256];
	struct tracer *t = tracer__open(&options, why, sizeof(why));

	if (t)
		tracer__detach(t);
	else
		pr_err("%s", why);
	return t;
}

bool bpf_witness__open(unsigned modes, unsigned ring_kib)
{
	char text[TRACE_MODES_TEXT];
	const char *missing = "";
	struct kernel_types types;
	bool good = true;

	kernel_types__load(&types);
	for (unsigned mode = TRACE_MODE_OFF + 1; good && mode < TRACE_MODE_COUNT_OF; mode++) {
		if (!(modes & 1u << mode))
			continue;
		tracers[mode] = open_mode(mode, &types, ring_kib);
		good = tracers[mode] != NULL;
		/*
		 * A later mode needs everything that an earlier mode needs, so the longest list has
		 * all missing probes.
		 */
		if (good && strlen(tracer__missing(tracers[mode])) > strlen(missing))
			missing = tracer__missing(tracers[mode]);
	}
	kernel_types__free(&types);
	if (good && *missing)
		good = stream__text("meta.bpf_missing=%s", missing);
	return good && stream__text("meta.bpf=%s", trace_modes__write(modes, text));
}

void bpf_witness__close(void)
{
	for (unsigned mode = 0; mode < TRACE_MODE_COUNT_OF; mode++)
		tracer__close(tracers[mode]);
	tracer = NULL;
}

bool bpf_witness__choose(enum trace_mode mode)
{
	if (tracers[mode] == tracer)
		return true;
	if (tracer)
		tracer__detach(tracer);
	tracer = tracers[mode];
	timing = mode == TRACE_MODE_TIME;
	if (!tracer || tracer__attach(tracer))
		return true;
	pr_err("the kernel no longer lets the eBPF programs of --trace %s attach", trace_mode_text[mode]);
	return false;
}

static bool forget(const struct trace_event *event, void *context)
{
	(void)event;
	(void)context;
	return true;
}

static void read_durations(const struct trace_counts *counts, uint64_t ns[2][TRACE_REASONS])
{
	static struct trace_histogram histogram;

	for (unsigned level = 0; timing && level < 2; level++)
		for (unsigned i = 0; i < TRACE_REASONS; i++)
			if (counts->exits[level][i] && tracer__histogram(tracer, level + 1, i, &histogram))
				ns[level][i] = histogram.total;
}

bool bpf_witness__begin(void)
{
	if (!tracer)
		return true;
	if (!tracer__drain(tracer, forget, NULL)) /* events between windows do not count */
		return false;
	lost_before = tracer__lost(tracer);
	tracer__counts(tracer, &begin);
	read_durations(&begin, ns_begin);
	return true;
}

bool bpf_witness__end(void)
{
	if (tracer)
		tracer__counts(tracer, &end);
	return true;
}

static bool put_event(const struct trace_event *event, void *context)
{
	(void)context;
	return stream__event(event);
}

static bool put(const char *group, const char *name, uint64_t before, uint64_t after)
{
	return before == after || stream__text("bpf.%s%s=%llu", group, name, (unsigned long long)(after - before));
}

/*
 * Writes summed durations in ns, for example "bpf.ns.L2.CPUID" for the exits that bpf.exit.L2.CPUID
 * counts. An exit that has not ended yet belongs to no window.
 */
static bool put_durations(void)
{
	char key[64];

	read_durations(&end, ns_end);
	for (unsigned level = 0; timing && level < 2; level++)
		for (unsigned i = 0; i < TRACE_REASONS; i++) {
			text__format(key, sizeof(key), "ns.L%u.", level + 1);
			if (!put(key, vmx_exit_reason_name(i), ns_begin[level][i], ns_end[level][i]))
				return false;
		}
	return true;
}

bool bpf_witness__write(void)
{
	static const char *const kinds[TRACE_KIND_COUNT] = {
		[TRACE_NESTED_ENTRY] = "nested_entry",
		[TRACE_INTERRUPT] = "interrupt",
		[TRACE_EXCEPTION] = "exception",
		[TRACE_PAGE_FAULT] = "page_fault",
		[TRACE_MSR] = "msr",
		[TRACE_PIO] = "pio",
		[TRACE_HYPERCALL] = "hypercall",
		[TRACE_USER] = "user",
		[TRACE_ENTRY] = "entry",
	};
	uint64_t total = 0;
	bool good = true;

	if (!tracer)
		return true;
	for (unsigned i = 0; i < TRACE_REASONS; i++) {
		const char *name = vmx_exit_reason_name(i);

		total += end.exits[0][i] - begin.exits[0][i] + end.exits[1][i] - begin.exits[1][i];
		good = good && put("exit.L1.", name, begin.exits[0][i], end.exits[0][i]) &&
		       put("exit.L2.", name, begin.exits[1][i], end.exits[1][i]) &&
		       put("virtual_exit.", name, begin.virtual_exits[i], end.virtual_exits[i]);
	}
	for (unsigned i = 0; i < TRACE_KIND_COUNT; i++)
		good = good && (!kinds[i] || put("", kinds[i], begin.kinds[i], end.kinds[i]));
	/* The total is always written, as in the other witnesses, because 0 is also a count. */
	good = good && stream__text("bpf.exits=%llu", (unsigned long long)total) &&
	       put("", "lost", lost_before, tracer__lost(tracer)) && put_durations();
	return good && tracer__drain(tracer, put_event, NULL);
}
