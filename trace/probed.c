// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads the functions from the section names of the eBPF programs, for example
 * "fexit/nested_vmx_vmexit".
 */
#include "trace/probed.h"

#include <stdio.h>
#include <string.h>

#include "trace/kernel_fit.h"
#include "trace/trace_event.h"

#include "kvm.skel.h"

static bool add(struct probed_functions *functions, const char *section)
{
	if (strncmp(section, "fexit/", 6) != 0 && strncmp(section, "fentry/", 7) != 0)
		return true;
	if (functions->count == PROBED_MAX)
		return false;
	snprintf(functions->name[functions->count++], PROBED_NAME, "%s", fit__probe(section));
	return true;
}

bool probed_functions__list(struct probed_functions *functions)
{
	struct kvm_bpf *bpf = kvm_bpf__open();
	struct bpf_program *program;
	bool good = bpf != NULL;

	*functions = (struct probed_functions){.count = 0};
	if (!bpf)
		return false;
	bpf_object__for_each_program(program, bpf->obj)
	{
		good = good && add(functions, bpf_program__section_name(program));
	}
	kvm_bpf__destroy(bpf);
	return good;
}
