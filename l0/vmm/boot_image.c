// SPDX-License-Identifier: GPL-2.0-only
/* Runs an image that requests no measurement, for tests. */
#include "l0/vmm/boot_image.h"

#include "l0/base/util.h"
#include "l0/vmm/guest_run.h"

int boot__run(const char *image, const char *words, unsigned memory_mib, unsigned timeout_s)
{
	char cmdline[2048];
	struct vm_plan plan = {.image = image, .cmdline = cmdline, .nested = true, .memory_mib = memory_mib};
	struct vm vm;
	struct guest guest = {.vm = &vm};
	int result;

	text__format(cmdline, sizeof(cmdline), "sink=doorbell %s", words);
	guest__watch(timeout_s);
	result = vm__create(&vm, &plan);
	if (result == NB_EXIT_GOOD && guest__run(&guest, 0) != GUEST_DONE)
		result = NB_EXIT_FAILED;
	vm__destroy(&vm);
	return result;
}
