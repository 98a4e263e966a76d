// SPDX-License-Identifier: GPL-2.0-only
/* Makes the code pages of this program's time stamps writable while they are changed. */
#include "l0/vmm/process_clock.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "l0/base/util.h"
#include "l0/vmm/stream.h"
#include "microbench/stamp.h"

static struct nb_clock_steps steps = {.plain = 1, .jump = 1};
static bool jumps;

void clock__prepare(void)
{
	const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uint8_t *begin, *end;
	void *first;
	size_t length;

	nb_clock_measure(&steps);
	nb_stamps_range(&begin, &end);
	if (steps.plain <= 1 || !steps.exact || !begin)
		return;
	first = (void *)((uintptr_t)begin & ~(page - 1));
	length = (size_t)((uintptr_t)end - (uintptr_t)first);
	/*
	 * If code must not be writable, samples have the clock's own granularity. The metadata
	 * report it.
	 */
	if (mprotect(first, length, PROT_READ | PROT_WRITE | PROT_EXEC) != 0)
		return;
	jumps = nb_stamps_prepare(&steps);
	if (mprotect(first, length, PROT_READ | PROT_EXEC) != 0)
		pr_err("cannot protect the code again: %s", strerror(errno));
}

bool clock__write(void)
{
	return stream__text("meta.clock_granularity_ticks=%u", steps.plain) &&
	       stream__text("meta.stamp_granularity_ticks=%u", jumps ? steps.jump : steps.plain);
}
