// SPDX-License-Identifier: GPL-2.0-only
/*
 * Checks each entry of ept02, and the fields of vmcs02 through which a guest could reach memory
 * that does not belong to it.
 */
#include "l1-hypervisor/lab/nested_check.h"

#include "l1-hypervisor/cpu/vcpu.h"
#include "l1-hypervisor/cpu/vmx/vmx.h"
#include "l1-hypervisor/emulate/mmio.h"
#include "l1-hypervisor/lab/lab_vcpu.h"
#include "l1-hypervisor/nested/vmx/nested_ept.h"
#include "l1-hypervisor/nested/vmx/nested_state.h"
#include "microbench/abi/words.h"
#include "microbench/bare/bare.h"

static uint64_t checks, entries;

bool nested_check_init(const char *cmdline)
{
	return nb_word_is(cmdline, "check", "nested");
}

static bool overlaps_guest_memory(struct vcpu *vcpu, uint64_t host, uint64_t size)
{
	return host + size > vcpu->base && host < vcpu->base + vcpu->size;
}

static void check_entry(uint64_t guest_physical, uint64_t host, uint64_t size)
{
	entries++;
	if (host >= lab_vcpu->base && host - lab_vcpu->base <= lab_vcpu->size - size && size <= lab_vcpu->size)
		return;
	if (size == 4096 && (nested_ept_is_no_memory_page(host) || mmio_is_passthrough(lab_vcpu, host)))
		return;
	bare_fail("ept02 maps L2-physical %lx to %lx (%lu KiB): not memory of L1", guest_physical, host, size >> 10);
}

static uint64_t field(uint32_t encoding)
{
	uint64_t value = 0;

	vmcs_try_read(encoding, &value);
	return value;
}

/* Fields that a VM exit loads. They must have the same values in vmcs01 (SDM 28.5). */
static const uint32_t host_fields[] = {
	VMCS_HOST_RIP,       VMCS_HOST_CR0,       VMCS_HOST_CR3,         VMCS_HOST_CR4,     VMCS_HOST_CS_SELECTOR,
	VMCS_HOST_IDTR_BASE, VMCS_HOST_GDTR_BASE, VMCS_HOST_TR_SELECTOR, VMCS_HOST_TR_BASE, VMCS_HOST_IA32_EFER,
};

#define HOST_FIELDS (sizeof(host_fields) / sizeof(host_fields[0]))

static void check_host_state(struct vcpu *vcpu)
{
	static uint64_t vmcs01_value[HOST_FIELDS];
	static bool known;
	struct vmx_region *vmcs02 = vmx_loaded;

	if (!known) {
		vmx_load(vcpu->vmcs);
		for (unsigned i = 0; i < HOST_FIELDS; i++)
			vmcs01_value[i] = field(host_fields[i]);
		vmx_load(vmcs02);
		known = true;
	}
	for (unsigned i = 0; i < HOST_FIELDS; i++)
		if (field(host_fields[i]) != vmcs01_value[i])
			bare_fail("vmcs02: an exit of L2 loads %lx from host-state field %x, but vmcs01 has %lx",
				  field(host_fields[i]), host_fields[i], vmcs01_value[i]);
}

/* Checks structures that the CPU reads for the host. The guest must not be able to change them. */
static void check_structures(struct vcpu *vcpu)
{
	static const uint32_t addresses[] = {VMCS_IO_BITMAP_A, VMCS_IO_BITMAP_B, VMCS_MSR_BITMAP, VMCS_VMREAD_BITMAP,
					     VMCS_VMWRITE_BITMAP};
	const uint64_t secondary = field(VMCS_SECONDARY_VM_EXEC_CONTROL), link = field(VMCS_VMCS_LINK_POINTER);

	for (unsigned i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++)
		if (overlaps_guest_memory(vcpu, field(addresses[i]), 4096))
			bare_fail("vmcs02: field %x points to L1's memory: %lx", addresses[i], field(addresses[i]));
	if (link != UINT64_MAX && overlaps_guest_memory(vcpu, link, 4096))
		bare_fail("vmcs02: the link pointer points to L1's memory: %lx", link);
	if (field(VMCS_VM_ENTRY_MSR_LOAD_COUNT) || field(VMCS_VM_EXIT_MSR_LOAD_COUNT) ||
	    field(VMCS_VM_EXIT_MSR_STORE_COUNT))
		bare_fail("vmcs02 has MSR areas, which the host must emulate");
	if (!(secondary & SECONDARY_EXEC_ENABLE_EPT) || secondary & SECONDARY_EXEC_ENABLE_PML ||
	    !(field(VMCS_PIN_BASED_VM_EXEC_CONTROL) & PIN_BASED_EXT_INTR_MASK))
		bare_fail(
			"vmcs02: controls %lx, %lx: EPT or interrupt exiting is off, or a page-modification log is on",
			field(VMCS_PIN_BASED_VM_EXEC_CONTROL), secondary);
}

void nested_check(struct vcpu *vcpu)
{
	uint64_t eptp = field(VMCS_EPT_POINTER);

	checks++;
	check_host_state(vcpu);
	check_structures(vcpu);
	if (eptp != vcpu->eptp && !nested_ept_for_each(eptp, check_entry))
		bare_fail("vmcs02: EPTP %lx is neither ept01 nor an ept02, or a table is not its own", eptp);
}

void nested_check_report(void)
{
	bare_printf("%s: %lu checks of vmcs02, %lu entries of ept02, all of them good\n", bare_name, checks, entries);
}
