// SPDX-License-Identifier: GPL-2.0-only
/* Walks the EPT and checks each entry against the causes of a misconfiguration (SDM 29.3.3.1). */
#include "l1-hypervisor/cpu/vmx/misconfig.h"

#include "l1-hypervisor/cpu/vmx/dump.h"
#include "l1-hypervisor/cpu/vmx/vmx.h"
#include "l1-hypervisor/formats/ept_walk.h"
#include "microbench/bare/bare.h"
#include "microbench/bare/cpu.h"
#include "vmcs-shadow/x86.h"

#define ADDRESS 0x000ffffffffff000ull

void exit_fail_if_misconfigured(struct vcpu *vcpu, uint64_t physical)
{
	static const char *const entry_names[] = {"PTE", "PDE", "PDPTE", "PML4E"};
	const char *ept_name = vcpu->has_devices ? "L1's ept12" : "L0's EPT";
	const uint64_t *table = (const uint64_t *)(uintptr_t)(vcpu->eptp & ADDRESS);
	char text[200];

	if (vmcs_read(VM_EXIT_REASON) != VMX_EXIT_EPT_MISCONFIG)
		return;
	bare_snprintf(text, sizeof(text), "%s is misconfigured for guest-physical %lx, but its entries are valid now",
		      ept_name, physical);
	for (unsigned shift = 39; shift >= 12; shift -= 9) {
		const uint64_t *entry = &table[physical >> shift & 511];
		const char *wrong = ept_entry_wrong(*entry, shift, vmx.ept_vpid, cpuid(LEAF_ADDRESSES, 0).eax & 0xff);

		if (wrong) {
			bare_snprintf(text, sizeof(text),
				      "%s is misconfigured: %s %lx at %lx, for guest-physical %lx: %s", ept_name,
				      entry_names[(shift - 12) / 9], *entry, (uintptr_t)entry, physical, wrong);
			break;
		}
		if (ept_entry_is_leaf(*entry, shift) || !(*entry & EPT_RWX))
			break;
		table = (const uint64_t *)(uintptr_t)(*entry & ADDRESS);
	}
	guest_dump_and_fail(vcpu, text);
}
