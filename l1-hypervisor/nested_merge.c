// SPDX-License-Identifier: GPL-2.0-only
/*
 * Builds vmcs02 before a VM entry, if a source of vmcs02 has changed. Also makes the checks of
 * vmcs12 that the CPU cannot make.
 */
#include "l1-hypervisor/nested_merge.h"

#include "l1-hypervisor/nested_bitmaps.h"
#include "l1-hypervisor/nested_ept.h"
#include "l1-hypervisor/nested_state.h"
#include "l1-hypervisor/nested_vpid.h"
#include "l1-hypervisor/port_io.h"
#include "vmcs-shadow/entry_checks.h"
#include "vmcs-shadow/merge.h"
#include "vmcs-shadow/guest_capabilities.h"
#include "vmcs-shadow/owner.h"

/*
 * Controls that vmcs01 has and vmcs02 does not need. A halted nested guest needs no work by the
 * host. The trap requests for the guest are not merged either: l0.primary starts from
 * primary_fixed.
 */
#define OF_L1_ALONE CPU_BASED_HLT_EXITING

/* The host state that a VM exit loads. It comes from vmcs01 and is the same in every vmcs02. */
static uint64_t our_host_state[VMCS_FIELD_COUNT];
static struct field_set our_host_fields;
static struct vmcs_l0 l0;

static bool is_host_field(unsigned index)
{
	return vmcs_encoding_type(vmcs_field_info[index].encoding) == VMCS_TYPE_HOST;
}

void nested_merge_init(void)
{
	for (unsigned i = 0; i < VMCS_FIELD_COUNT; i++) {
		if (!is_host_field(i) || !vmcs_field_exists((enum vmcs_field_index)i, &vmx) ||
		    !vmcs_try_read(vmcs_field_info[i].encoding, &our_host_state[i]))
			continue;
		counters.vmread[i]++; /* at each VMXON of the guest: the VMM below counts it too */
		field_set_add(&our_host_fields, i);
	}
	l0.pin = guest.pin & ~PIN_BASED_VMX_PREEMPTION_TIMER;
	l0.primary = guest.primary_fixed & ~OF_L1_ALONE;
	l0.secondary = 0;
	l0.exit = (uint32_t)vmcs_read(VM_EXIT_CONTROLS);
	l0.entry = (uint32_t)vmcs_read(VM_ENTRY_CONTROLS);
	l0.exception_bitmap = guest.exceptions_fixed;
}

uint64_t nested_merged(enum vmcs_field_index index)
{
	return vmcs02_merged(index, &nested_running->v12, &l0);
}

/* Describes the CPU that the guest sees. */
static const struct vmx_cpu *cpu_of_l1(const struct nested_vmcs *vmcs)
{
	static struct vmx_cpu cpu;

	cpu.vmx = nested.vmx;
	cpu.physical_bits = nested.physical_bits;
	cpu.long_mode = true;
	cpu.current_vmcs = vmcs->address;
	cpu.memory = nested_memory_of_l1;
	return &cpu;
}

/*
 * Returns the region of the VMCS that the guest lets the nested guest shadow, as a shadow VMCS.
 * Returns all ones if there is none. The current VMCS stays current.
 */
static uint64_t link_of(struct nested_vmcs *vmcs)
{
	uint64_t address = VMCS12(&vmcs->v12, VMCS_LINK_POINTER);
	struct vmx_region *current = vmx_loaded;
	struct nested_vmcs *linked;

	if (!(vmcs12_secondary(&vmcs->v12) & SECONDARY_EXEC_SHADOW_VMCS) || address == UINT64_MAX ||
	    !nested_memory_of_l1(address))
		return UINT64_MAX;
	linked = nested_vmcs_find(address);
	if (!linked) {
		nested_running = vmcs; /* so that nested_vmcs_get() does not evict this slot */
		linked = nested_vmcs_get(address);
		nested_running = NULL;
	}
	if (linked == vmcs)
		return UINT64_MAX;
	nested_vmcs_make_shadow(linked);
	vmx_load(current);
	return linked->is_vmcs02 ? UINT64_MAX : (uintptr_t)linked->region;
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

static void merge(struct nested_vmcs *vmcs)
{
	const struct vmcs12 *v = &vmcs->v12;
	uint32_t secondary = vmcs12_secondary(v);

	l0.io_bitmap[0] = l0.io_bitmap[1] = 0;
	if (VMCS12(v, CPU_BASED_VM_EXEC_CONTROL) & CPU_BASED_USE_IO_BITMAPS) {
		l0.io_bitmap[0] = nested_bitmap(NESTED_IO_A, VMCS12(v, IO_BITMAP_A));
		l0.io_bitmap[1] = nested_bitmap(NESTED_IO_B, VMCS12(v, IO_BITMAP_B));
	} else {
		io_bitmap_addresses(l0.io_bitmap);
	}
	l0.msr_bitmap = 0;
	if (VMCS12(v, CPU_BASED_VM_EXEC_CONTROL) & CPU_BASED_USE_MSR_BITMAPS)
		l0.msr_bitmap = nested_bitmap(NESTED_MSR, VMCS12(v, MSR_BITMAP));
	if (secondary & SECONDARY_EXEC_SHADOW_VMCS) {
		l0.vmread_bitmap = nested_bitmap(NESTED_VMREAD, VMCS12(v, VMREAD_BITMAP));
		l0.vmwrite_bitmap = nested_bitmap(NESTED_VMWRITE, VMCS12(v, VMWRITE_BITMAP));
	}
	vmcs->bitmaps = nested_bitmaps_generation;
	l0.eptp = secondary & SECONDARY_EXEC_ENABLE_EPT ? nested_ept_pointer(VMCS12(v, EPT_POINTER)) : guest.eptp;
	l0.vpid = nested.use_vpid ? nested_vpid(v) : 0;
	vmcs->tables = nested_ept_generation;
	l0.link = vmcs->link;
	for (FIELD_SET_EACH(i, nested_vmcs_merged_fields()))
		nested_vmcs_write_vmcs02(vmcs, (unsigned)i, vmcs02_merged((enum vmcs_field_index)i, v, &l0));
	if (!vmcs->made) {
		for (FIELD_SET_EACH(i, &our_host_fields))
			nested_vmcs_write_vmcs02(vmcs, (unsigned)i, our_host_state[i]);
		nested_vmcs_write_vmcs02(vmcs, VMCS_INDEX_VM_EXIT_MSR_STORE_COUNT, 0);
		nested_vmcs_write_vmcs02(vmcs, VMCS_INDEX_VM_EXIT_MSR_LOAD_COUNT, 0);
		nested_vmcs_write_vmcs02(vmcs, VMCS_INDEX_VM_ENTRY_MSR_LOAD_COUNT, 0);
	}
	nested_vmcs_merged(vmcs);
	nested.loaded_tables = NULL; /* the host state may have changed */
	vmcs->special = is_special(v);
	vmx_exits_of_l1(v, vmcs->l1s);
}

/*
 * Checks the fields that vmcs02 does not take unchanged from vmcs12. The CPU checks the unchanged
 * fields.
 */
static uint32_t check(struct nested_vmcs *vmcs)
{
	const struct vmx_cpu *cpu = cpu_of_l1(vmcs);
	struct vmx_verdict verdict;

	nested_vmcs_pull_controls(vmcs);
	if (!vmx_check_controls(&vmcs->v12, cpu, &verdict) || !vmx_check_host_state(&vmcs->v12, cpu, &verdict))
		return verdict.error;
	return 0;
}

bool nested_check_guest(struct nested_vmcs *vmcs, struct vmx_exit_information *information)
{
	struct vmx_verdict verdict;

	nested_vmcs_pull(vmcs);
	if (vmx_check_guest_state(&vmcs->v12, cpu_of_l1(vmcs), &verdict))
		return true;
	*information = (struct vmx_exit_information){.reason = verdict.exit_reason,
						     .qualification = verdict.qualification};
	return false;
}

bool nested_link_is_good(const struct nested_vmcs *vmcs)
{
	const struct vmcs12 *v = &vmcs->v12;
	const uint64_t link = VMCS12(v, VMCS_LINK_POINTER);
	const uint32_t *revision = link & 4095 ? NULL : nested_memory_of_l1(link);
	const bool shadows = vmcs12_secondary(v) & SECONDARY_EXEC_SHADOW_VMCS;

	return link == UINT64_MAX ||
	       (link != vmcs->address && revision && *revision == (VMCS12_REVISION | (uint32_t)shadows << 31));
}

uint32_t nested_prepare(struct nested_vmcs *vmcs)
{
	const uint32_t secondary = vmcs12_secondary(&vmcs->v12);
	uint64_t link = secondary & SECONDARY_EXEC_SHADOW_VMCS ? link_of(vmcs) : UINT64_MAX;
	/*
	 * The host loads MSRs before the CPU checks vmcs02. So all controls must be valid by then,
	 * even the event to inject.
	 */
	bool changed = nested_vmcs_needs_merge(vmcs);
	uint32_t error = changed || VMCS12(&vmcs->v12, VM_ENTRY_MSR_LOAD_COUNT) ? check(vmcs) : 0;

	if (error)
		return error;
	if (!changed && vmcs->bitmaps == nested_bitmaps_generation && vmcs->tables == nested_ept_generation &&
	    link == vmcs->link)
		return 0;
	vmcs->link = link;
	merge(vmcs);
	return 0;
}
