// SPDX-License-Identifier: GPL-2.0-only
/*
 * Builds vmcs02 before a VM entry, if a source of vmcs02 has changed. Also makes the checks of
 * vmcs12 that the CPU cannot make.
 */
#include "l1-hypervisor/nested/vmx/nested_merge.h"

#include "l1-hypervisor/cpu/vmx/vmx.h"
#include "l1-hypervisor/emulate/port_io.h"
#include "l1-hypervisor/nested/vmx/nested_bitmaps.h"
#include "l1-hypervisor/nested/vmx/nested_ept.h"
#include "l1-hypervisor/nested/vmx/nested_state.h"
#include "l1-hypervisor/nested/vmx/nested_vpid.h"
#include "vmcs-shadow/entry_checks.h"
#include "vmcs-shadow/guest_capabilities.h"
#include "vmcs-shadow/merge.h"
#include "vmcs-shadow/owner.h"

/*
 * Controls that vmcs01 has and vmcs02 does not need. A halted nested guest needs no work by the
 * host. The trap requests for the guest are not merged either: host.primary starts from
 * primary_fixed.
 */
#define VMCS01_ONLY CPU_BASED_HLT_EXITING

static bool is_host_field(unsigned index)
{
	return vmcs_encoding_type(vmcs_field_info[index].encoding) == VMCS_TYPE_HOST;
}

void nested_merge_init(struct vcpu *vcpu)
{
	for (unsigned i = 0; i < VMCS_FIELD_COUNT; i++) {
		if (!is_host_field(i) || !vmcs_field_exists((enum vmcs_field_index)i, &vmx) ||
		    !vmcs_try_read(vmcs_field_info[i].encoding, &nested_of(vcpu)->host_state[i]))
			continue;
		counters.vmread[i]++; /* at each VMXON of the guest: the VMM below counts it too */
		field_set_add(&nested_of(vcpu)->host_fields, i);
	}
	nested_of(vcpu)->host.pin = vcpu->pin & ~PIN_BASED_VMX_PREEMPTION_TIMER;
	nested_of(vcpu)->host.primary = vcpu->primary_fixed & ~VMCS01_ONLY;
	nested_of(vcpu)->host.secondary = 0;
	nested_of(vcpu)->host.exit = (uint32_t)vmcs_read(VM_EXIT_CONTROLS);
	nested_of(vcpu)->host.entry = (uint32_t)vmcs_read(VM_ENTRY_CONTROLS);
	nested_of(vcpu)->host.exception_bitmap = vcpu->exceptions_fixed;
}

uint64_t nested_merged(struct vcpu *vcpu, enum vmcs_field_index index)
{
	return vmcs02_merged(index, &nested_of(vcpu)->running->v12, &nested_of(vcpu)->host);
}

/* Returns a pointer to 8 bytes of guest memory, or NULL. */
static const void *guest_word(void *context, uint64_t physical)
{
	return guest_memory(context, physical, 8);
}

/* Describes the CPU that the guest sees. */
static const struct vmx_cpu *guest_cpu(struct vcpu *vcpu, const struct nested_vmcs *vmcs)
{
	static struct vmx_cpu cpu;

	cpu.vmx = nested_of(vcpu)->vmx;
	cpu.physical_bits = nested_of(vcpu)->physical_bits;
	cpu.long_mode = true;
	cpu.current_vmcs = vmcs->address;
	cpu.memory = guest_word;
	cpu.context = vcpu;
	return &cpu;
}

/*
 * Returns the region of the VMCS that the guest lets the nested guest shadow, as a shadow VMCS.
 * Returns all ones if there is none. The current VMCS stays current.
 */
static uint64_t shadowed_region(struct vcpu *vcpu, struct nested_vmcs *vmcs)
{
	uint64_t address = VMCS12(&vmcs->v12, VMCS_LINK_POINTER);
	struct vmx_region *current = vmx_loaded;
	struct nested_vmcs *linked;

	if (!(vmcs12_secondary(&vmcs->v12) & SECONDARY_EXEC_SHADOW_VMCS) || address == UINT64_MAX ||
	    !guest_memory(vcpu, address, 8))
		return UINT64_MAX;
	linked = nested_vmcs_find(address);
	if (!linked)
		linked = nested_vmcs_get(vcpu, address, vmcs);
	if (linked == vmcs)
		return UINT64_MAX;
	nested_vmcs_make_shadow(linked);
	vmx_load(current);
	return linked->region_state != REGION_SHADOW ? UINT64_MAX : (uintptr_t)linked->region;
}

bool nested_timer_restarts_at_entry(const struct vmcs12 *v)
{
	return VMCS12(v, PIN_BASED_VM_EXEC_CONTROL) & PIN_BASED_VMX_PREEMPTION_TIMER &&
	       !(VMCS12(v, VM_EXIT_CONTROLS) & VM_EXIT_SAVE_VMX_PREEMPTION_TIMER);
}

/*
 * Returns true if vmcs12 requests work that the host does instead of the CPU. A change of any field
 * that decides this causes a merge.
 */
static bool is_special(const struct vmcs12 *v)
{
	const uint32_t secondary = vmcs12_secondary(v);

	return VMCS12(v, VM_ENTRY_MSR_LOAD_COUNT) || VMCS12(v, VM_EXIT_MSR_STORE_COUNT) ||
	       VMCS12(v, VM_EXIT_MSR_LOAD_COUNT) || !(secondary & SECONDARY_EXEC_ENABLE_EPT) ||
	       !(secondary & SECONDARY_EXEC_ENABLE_VPID) || VMCS12(v, VMCS_LINK_POINTER) != UINT64_MAX ||
	       !(VMCS12(v, VM_ENTRY_CONTROLS) & VM_ENTRY_LOAD_IA32_EFER) ||
	       !(VMCS12(v, VM_EXIT_CONTROLS) & VM_EXIT_SAVE_IA32_EFER) ||
	       !(VMCS12(v, VM_EXIT_CONTROLS) & VM_EXIT_LOAD_IA32_EFER) || nested_timer_restarts_at_entry(v);
}

/* Merges the bitmaps that vmcs12 uses with the bitmaps of the host. */
static void merge_bitmaps(struct vcpu *vcpu, const struct vmcs12 *v)
{
	bool protects = false;

	nested_of(vcpu)->host.io_bitmap[0] = nested_of(vcpu)->host.io_bitmap[1] = 0;
	if (VMCS12(v, CPU_BASED_VM_EXEC_CONTROL) & CPU_BASED_USE_IO_BITMAPS) {
		nested_of(vcpu)->host.io_bitmap[0] = nested_bitmap(vcpu, NESTED_IO_A, VMCS12(v, IO_BITMAP_A),
								   &protects);
		nested_of(vcpu)->host.io_bitmap[1] = nested_bitmap(vcpu, NESTED_IO_B, VMCS12(v, IO_BITMAP_B),
								   &protects);
	} else {
		io_bitmap_addresses(nested_of(vcpu)->host.io_bitmap);
	}
	nested_of(vcpu)->host.msr_bitmap = 0;
	if (VMCS12(v, CPU_BASED_VM_EXEC_CONTROL) & CPU_BASED_USE_MSR_BITMAPS)
		nested_of(vcpu)->host.msr_bitmap = nested_bitmap(vcpu, NESTED_MSR, VMCS12(v, MSR_BITMAP), &protects);
	if (vmcs12_secondary(v) & SECONDARY_EXEC_SHADOW_VMCS) {
		nested_of(vcpu)->host.vmread_bitmap = nested_bitmap(vcpu, NESTED_VMREAD, VMCS12(v, VMREAD_BITMAP),
								    &protects);
		nested_of(vcpu)->host.vmwrite_bitmap = nested_bitmap(vcpu, NESTED_VMWRITE, VMCS12(v, VMWRITE_BITMAP),
								     &protects);
	}
	if (protects)
		nested_ept_forget_all();
}

/* Writes all merged fields of vmcs02, and at the first merge also the fields of the host. */
static void make_vmcs02(struct vcpu *vcpu, struct nested_vmcs *vmcs)
{
	const struct vmcs12 *v = &vmcs->v12;
	uint32_t secondary = vmcs12_secondary(v);

	merge_bitmaps(vcpu, v);
	vmcs->bitmaps = nested_bitmaps_generation;
	nested_of(vcpu)->host.eptp = secondary & SECONDARY_EXEC_ENABLE_EPT ? nested_ept_pointer(VMCS12(v, EPT_POINTER))
									   : vcpu->eptp;
	nested_of(vcpu)->host.vpid = nested_of(vcpu)->use_vpid ? nested_vpid(v) : 0;
	vmcs->tables = nested_ept_generation;
	nested_of(vcpu)->host.link = vmcs->link;
	for (FIELD_SET_EACH(i, nested_vmcs_merged_fields()))
		nested_vmcs_write_vmcs02(vmcs, (unsigned)i,
					 vmcs02_merged((enum vmcs_field_index)i, v, &nested_of(vcpu)->host));
	if (!vmcs->has_host_fields) {
		for (FIELD_SET_EACH(i, &nested_of(vcpu)->host_fields))
			nested_vmcs_write_vmcs02(vmcs, (unsigned)i, nested_of(vcpu)->host_state[i]);
		nested_vmcs_write_vmcs02(vmcs, VMCS_INDEX_VM_EXIT_MSR_STORE_COUNT, 0);
		nested_vmcs_write_vmcs02(vmcs, VMCS_INDEX_VM_EXIT_MSR_LOAD_COUNT, 0);
		nested_vmcs_write_vmcs02(vmcs, VMCS_INDEX_VM_ENTRY_MSR_LOAD_COUNT, 0);
	}
	nested_vmcs_merged(vmcs);
	nested_of(vcpu)->loaded_tables = NULL; /* the host state may have changed */
	vmcs->special = is_special(v);
	vmx_exits_of_l1(v, vmcs->guest_exits);
}

/*
 * Checks controls and host state of vmcs12, because vmcs02 has other values. The CPU checks the
 * fields that vmcs02 takes unchanged. Returns 0, or the VM-instruction error.
 */
static uint32_t check_vmcs12(struct vcpu *vcpu, struct nested_vmcs *vmcs)
{
	const struct vmx_cpu *cpu = guest_cpu(vcpu, vmcs);
	struct vmx_verdict verdict;

	nested_vmcs_pull_controls(vmcs);
	if (!vmx_check_controls(&vmcs->v12, cpu, &verdict) || !vmx_check_host_state(&vmcs->v12, cpu, &verdict))
		return verdict.error;
	return 0;
}

bool nested_check_guest(struct vcpu *vcpu, struct nested_vmcs *vmcs, struct vmx_exit_information *information)
{
	struct vmx_verdict verdict;

	nested_vmcs_pull(vmcs);
	if (vmx_check_guest_state(&vmcs->v12, guest_cpu(vcpu, vmcs), &verdict))
		return true;
	*information = (struct vmx_exit_information){.reason = verdict.exit_reason,
						     .qualification = verdict.qualification};
	return false;
}

bool nested_link_is_valid(struct vcpu *vcpu, const struct nested_vmcs *vmcs)
{
	const struct vmcs12 *v = &vmcs->v12;
	const uint64_t link = VMCS12(v, VMCS_LINK_POINTER);
	const uint32_t *revision = link & 4095 ? NULL : guest_memory(vcpu, link, 8);
	const bool shadows = vmcs12_secondary(v) & SECONDARY_EXEC_SHADOW_VMCS;

	return link == UINT64_MAX ||
	       (link != vmcs->address && revision && *revision == (VMCS12_REVISION | (uint32_t)shadows << 31));
}

uint32_t nested_prepare_vmcs02(struct vcpu *vcpu, struct nested_vmcs *vmcs)
{
	const uint32_t secondary = vmcs12_secondary(&vmcs->v12);
	uint64_t link = secondary & SECONDARY_EXEC_SHADOW_VMCS ? shadowed_region(vcpu, vmcs) : UINT64_MAX;
	/*
	 * The host loads MSRs before the CPU checks vmcs02. So all controls must be valid by then,
	 * even the event to inject.
	 */
	bool changed = nested_vmcs_needs_merge(vmcs);
	uint32_t error = changed || VMCS12(&vmcs->v12, VM_ENTRY_MSR_LOAD_COUNT) ? check_vmcs12(vcpu, vmcs) : 0;

	if (error)
		return error;
	if (!changed && vmcs->bitmaps == nested_bitmaps_generation && vmcs->tables == nested_ept_generation &&
	    link == vmcs->link)
		return 0;
	vmcs->link = link;
	make_vmcs02(vcpu, vmcs);
	return 0;
}
