// SPDX-License-Identifier: GPL-2.0-only
/* Attaches every eBPF program, writes the result, and detaches the programs. */
#include "l0/vmm/programs_check.h"

#include <string.h>
#include <unistd.h>

#include "l0/base/util.h"
#include "l0/vmm/stream.h"
#include "trace/tracer.h"

#define TEXT 2048

static void write_states(const struct tracer *tracer, char *text)
{
	static const char *const states[] = {
		[TRACER_ABSENT] = "absent",       [TRACER_OTHER] = "other",     [TRACER_NEEDLESS] = "needless",
		[TRACER_UNKNOWING] = "unknowing", [TRACER_REFUSED] = "refused",
	};
	struct tracer_program program;
	unsigned attached = 0;

	for (unsigned i = 0; tracer__program(tracer, i, &program); i++)
		attached += program.state == TRACER_ATTACHED;
	text__format(text, TEXT, "%u attached", attached);
	for (unsigned i = 0; tracer__program(tracer, i, &program); i++)
		if (program.state != TRACER_ATTACHED)
			text__format(text + strlen(text), TEXT - strlen(text), ", %s %s", program.name,
				     states[program.state]);
}

/*
 * The option `alone` is off, as in nestbed trace --pid. Runs with --trace test the programs with
 * `alone`.
 */
bool programs_check__write(void)
{
	const struct tracer_options options = {
		.everything = true, .tgid = (uint32_t)getpid(), .timing = true, .streaming = true, .ring_bytes = 4096};
	char text[TEXT], why[256];
	struct tracer *tracer = tracer__open(&options, why, sizeof(why));

	if (!tracer) {
		pr_err("%s", why);
		return false;
	}
	write_states(tracer, text);
	tracer__close(tracer);
	return stream__text("meta.bpf_programs=%s", text);
}
