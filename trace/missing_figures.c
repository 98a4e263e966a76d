// SPDX-License-Identifier: GPL-2.0-only
/* The list of probes and the figures that need them, and the text for several missing probes. */
#include "trace/missing_figures.h"

#include <stdio.h>
#include <string.h>

/* kvm_exit and kvm_entry are not in the list, because tracing does not work without them. */
static const struct {
	const char *probe, *figures;
} needs[] = {
	{FIGURES_RECORD, "RIP, qualification and interruption information of exits: mount tracefs"},
	{"kvm_nested_vmexit_inject", "exits on to L1"},
	{"kvm_nested_vmexit", "nested exits, where L0 decides who handles them"},
	{"kvm_nested_vmenter",
	 "nested entries: this kernel's kvm_intel does not tell them, but each comes of an exit VMRESUME or VMLAUNCH of L1"},
	{"kvm_nested_vmrun", "nested entries"}, /* the older name of this tracepoint, which only kvm_amd reaches */
	{"nested_vmx_enter_non_root_mode", "where in a nested entry vmcs02 is ready"},
	{"nested_vmx_vmexit", "where in an exit on to L1 its host state is loaded"},
	{"kvm_inj_virq", "injected interrupts"},
	{"kvm_inj_exception", "injected exceptions"},
	{"kvm_page_fault", "page faults that L0 handles"},
	{"kvm_msr", "accesses to MSRs that L0 emulates"},
	{"kvm_pio", "port I/O that L0 emulates"},
	{"kvm_hypercall", "hypercalls"},
	{"kvm_userspace_exit", "exits to user space"},
};

const char *figures__without(const char *probe)
{
	for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++)
		if (strcmp(needs[i].probe, probe) == 0)
			return needs[i].figures;
	return NULL;
}

const char *figures__name(const char *probes, char *text, size_t size)
{
	size_t at = 0;

	text[0] = '\0';
	while (*probes && at < size) {
		const int length = (int)strcspn(probes, " ");
		const char *figures;
		char probe[64];

		snprintf(probe, sizeof(probe), "%.*s", length, probes);
		figures = figures__without(probe);
		at += (size_t)snprintf(text + at, size - at, "%s%s%s%s%s", at ? "; " : "", figures ? figures : "",
				       figures ? " (" : "", probe, figures ? ")" : "");
		probes += length;
		probes += strspn(probes, " ");
	}
	return text;
}
