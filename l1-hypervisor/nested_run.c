// SPDX-License-Identifier: GPL-2.0-only
/*
 * Into L2 and back to L1. This is the way that every exit of L2's goes twice, so nothing is done on it that has been done before: controls
 * are merged when L1 has written one, bitmaps and EPTs when their generation has changed, and values are not copied (nested_vmcs.h).
 */
#include "bare/bare.h"
#include "bare/cpu.h"
#include "entry_checks.h"
#include "events.h"
#include "instruction_errors.h"
#include "io.h"
#include "merge.h"
#include "nested_bitmaps.h"
#include "nested_ept.h"
#include "nested_msrs.h"
#include "nested_state.h"
#include "nested_vpid.h"
#include "offer.h"
#include "owner.h"

/* What we ask of vmcs01, and not of a vmcs02: a halted L2 is as good as another one. Nor is what L1 has wished for itself. */
#define OF_L1_ALONE CPU_BASED_HLT_EXITING

/* What we ourselves load at an exit, and where a VM entry of ours begins: of vmcs01, and the same in every vmcs02. */
static uint64_t our_host_state[VMCS_FIELD_COUNT];
static struct field_set our_host_fields;
static struct vmcs_l0 l0;
static bool window; /* vmcs02 asks for an exit of which L1 knows nothing */

static bool is_host_field(unsigned index)
{
	return vmcs_encoding_type(vmcs_field_info[index].encoding) == VMCS_TYPE_HOST;
}

/* vmcs01 is current. */
static void look_at_vmcs01(void)
{
	for (unsigned i = 0; i < VMCS_FIELD_COUNT; i++)
		if (is_host_field(i) && vmcs_field_exists((enum vmcs_field_index)i, &vmx) &&
		    vmcs_try_read(vmcs_field_info[i].encoding, &our_host_state[i]))
			field_set_add(&our_host_fields, i);
	l0.pin = guest.pin & ~PIN_BASED_VMX_PREEMPTION_TIMER;
	l0.primary = guest.primary_fixed & ~OF_L1_ALONE;
	l0.secondary = 0;
	l0.exit = (uint32_t)vmcs_read(VM_EXIT_CONTROLS);
	l0.entry = (uint32_t)vmcs_read(VM_ENTRY_CONTROLS);
	l0.exception_bitmap = guest.exceptions_fixed;
}

static void set_secondary(uint32_t secondary)
{
	if (secondary == guest.secondary)
		return;
	guest.secondary = secondary;
	vmcs_write(SECONDARY_VM_EXEC_CONTROL, secondary);
}

void nested_switch(bool on)
{
	static bool probed;
	uint64_t vmread, vmwrite, cr0 = CR0_NE | (on ? CR0_PE | CR0_PG : 0);
	bool shadowing = on && nested_vmcs_is_shadowed();

	if (!probed)
		nested_vmcs_probe();
	probed = true;
	nested.on = on;
	/* SDM A.7: in VMX operation these are fixed, and a MOV that changes them is a #GP. */
	vmcs_write(CR0_READ_SHADOW, vmcs_read(GUEST_CR0));
	vmcs_write(CR0_GUEST_HOST_MASK, cr0);
	nested_set_current(NULL);
	set_secondary((guest.secondary & ~(SECONDARY_EXEC_SHADOW_VMCS | SECONDARY_EXEC_DESC)) |
		      (shadowing ? SECONDARY_EXEC_SHADOW_VMCS : 0));
	nested.tables_watched = false;
	if (shadowing) {
		nested_vmcs_bitmaps(&vmread, &vmwrite);
		vmcs_write(VMREAD_BITMAP, vmread);
		vmcs_write(VMWRITE_BITMAP, vmwrite);
	}
	if (on)
		look_at_vmcs01();
}

void nested_set_current(struct nested_vmcs *vmcs)
{
	nested.current = vmcs;
	if (!nested_vmcs_is_shadowed())
		return;
	if (vmcs) {
		nested_vmcs_show(vmcs);
		vmx_load(guest.vmcs);
	}
	vmcs_write(VMCS_LINK_POINTER, vmcs ? (uintptr_t)vmcs->region : UINT64_MAX);
}

bool nested_tables_change(void)
{
	if (!nested.tables_watched)
		return false;
	nested.tables_watched = false;
	set_secondary(guest.secondary & ~SECONDARY_EXEC_DESC);
	return true;
}

#define WRITE(field, value) vmcs_write_uncounted(field, value);

/* L1's state is its host state (SDM 28.5). vmcs01 is current. */
static void load_host_state(const struct nested_vmcs *vmcs, uint64_t efer)
{
	const struct vmcs12 *v = &vmcs->v12;

	counters.host_states++;
	VMX_HOST_STATE(WRITE, v)
	VMX_HOST_SEGMENTS(WRITE, v)
	vmcs_write(GUEST_IA32_EFER, efer);
	if (nested.tables_watched && nested.loaded_tables == vmcs)
		return;
	counters.host_tables++;
	VMX_HOST_TABLES(WRITE, v)
	nested.loaded_tables = (struct nested_vmcs *)vmcs;
	if (nested.lazy && vmx.secondary >> 32 & SECONDARY_EXEC_DESC) {
		nested.tables_watched = true;
		set_secondary(guest.secondary | SECONDARY_EXEC_DESC);
	}
}

static void back_to_l1(struct nested_vmcs *vmcs)
{
	nested_vmcs_show(vmcs);
	nested_running = NULL;
	vmx_load(guest.vmcs);
}

/* An exit that the CPU has not made, or not so. The region is current. */
static void tell(struct nested_vmcs *vmcs, const struct vmx_exit_information *information)
{
	const struct {
		enum vmcs_field_index index;
		uint64_t value;
	} fields[] = {
		{VMCS_INDEX_VM_EXIT_REASON, information->reason},
		{VMCS_INDEX_EXIT_QUALIFICATION, information->qualification},
		{VMCS_INDEX_VM_EXIT_INTR_INFO, information->interruption},
		{VMCS_INDEX_VM_EXIT_INTR_ERROR_CODE, information->error_code},
		{VMCS_INDEX_GUEST_PHYSICAL_ADDRESS, information->physical},
		{VMCS_INDEX_GUEST_LINEAR_ADDRESS, information->linear},
	};

	for (unsigned i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (nested_vmcs_exists(fields[i].index))
			nested_vmcs_write(vmcs, fields[i].index, fields[i].value);
	/* Without a CPU that writes to these fields they stay in the slot, where VMREAD is emulated from. */
	if (vmx.misc & VMX_MISC_VMWRITE_SHADOW_RO_FIELDS)
		nested_vmcs_push(vmcs);
}

static uint64_t efer_of_l1(const struct nested_vmcs *vmcs)
{
	const struct vmcs12 *v = &vmcs->v12;

	if (VMCS12(v, VM_EXIT_CONTROLS) & VM_EXIT_LOAD_IA32_EFER)
		return VMCS12(v, HOST_IA32_EFER);
	return vmx_host_efer(v, vmcs_read(GUEST_IA32_EFER));
}

/* The region has a value of ours in a field that is L1's, until put_back(). It is current. */
static void borrow(struct nested_vmcs *vmcs, unsigned index)
{
	vmcs->v12.field[index] = nested_vmcs_read(vmcs, index);
	field_set_remove(&vmcs->there, index);
}

static void put_back(struct nested_vmcs *vmcs, unsigned index)
{
	nested_vmcs_write(vmcs, index, vmcs->v12.field[index]);
	nested_vmcs_push(vmcs);
}

/* What was borrowed is L1's again. saved: the exit has saved L2's state, into those fields that L1 wants it in. */
static void put_all_back(struct nested_vmcs *vmcs, bool saved)
{
	if (vmcs->keeps_efer && !(saved && VMCS12(&vmcs->v12, VM_EXIT_CONTROLS) & VM_EXIT_SAVE_IA32_EFER))
		put_back(vmcs, VMCS_INDEX_GUEST_IA32_EFER);
	else if (vmcs->keeps_efer)
		field_set_add(&vmcs->there, VMCS_INDEX_GUEST_IA32_EFER);
	if (vmcs->keeps_timer)
		put_back(vmcs, VMCS_INDEX_VMX_PREEMPTION_TIMER_VALUE);
	for (unsigned i = VMCS_INDEX_GUEST_PDPTR0; vmcs->keeps_pdptes && i <= VMCS_INDEX_GUEST_PDPTR3; i++)
		put_back(vmcs, i);
	if (vmcs->keeps_event) {
		put_back(vmcs, VMCS_INDEX_VM_ENTRY_INTR_INFO_FIELD);
		put_back(vmcs, VMCS_INDEX_VM_ENTRY_EXCEPTION_ERROR_CODE);
		put_back(vmcs, VMCS_INDEX_VM_ENTRY_INSTRUCTION_LEN);
	}
	vmcs->keeps_efer = vmcs->keeps_timer = vmcs->keeps_pdptes = vmcs->keeps_event = false;
}

/* L0 injects an event of L2's anew; L1 is to see its own, which has been delivered. */
void nested_borrow_event(void)
{
	struct nested_vmcs *vmcs = nested_running;

	if (vmcs->keeps_event)
		return;
	borrow(vmcs, VMCS_INDEX_VM_ENTRY_INTR_INFO_FIELD);
	borrow(vmcs, VMCS_INDEX_VM_ENTRY_EXCEPTION_ERROR_CODE);
	borrow(vmcs, VMCS_INDEX_VM_ENTRY_INSTRUCTION_LEN);
	VMCS12(&vmcs->v12, VM_ENTRY_INTR_INFO_FIELD) &= ~(uint64_t)INTR_INFO_VALID_MASK;
	vmcs->keeps_event = true;
}

/* The exit has put L2's mode into the VM-entry controls (SDM 28.2.4). These are merged: L1's follow what IA32_EFER says, which is not. */
static void follow_mode(struct nested_vmcs *vmcs)
{
	uint64_t mode = vmcs_read(GUEST_IA32_EFER) & VMX_EFER_LMA ? VM_ENTRY_IA32E_MODE : 0;

	if ((VMCS12(&vmcs->v12, VM_ENTRY_CONTROLS) & VM_ENTRY_IA32E_MODE) == mode)
		return;
	VMCS12(&vmcs->v12, VM_ENTRY_CONTROLS) ^= VM_ENTRY_IA32E_MODE;
	VMCS12(&vmcs->ours, VM_ENTRY_CONTROLS) ^= VM_ENTRY_IA32E_MODE;
}

enum after_exit nested_reflect(const struct vmx_exit_information *information)
{
	struct nested_vmcs *vmcs = nested_running;
	const struct vmcs12 *v = &vmcs->v12;
	uint64_t efer = VMCS12(v, HOST_IA32_EFER);
	uint32_t reason;

	if (information)
		tell(vmcs, information);
	reason = information ? information->reason : (uint32_t)vmcs_read(VM_EXIT_REASON);
	counters.nested[reason & VMX_EXIT_REASON_BASIC_MASK]++;
	if (!(reason & VMX_EXIT_REASON_ENTRY_FAILURE))
		follow_mode(vmcs);
	if (vmcs_read(GUEST_INTERRUPTIBILITY_INFO) & GUEST_INTR_STATE_NMI)
		event_end_leaked_blocking();
	if (vmcs->special) {
		if (!(reason & VMX_EXIT_REASON_ENTRY_FAILURE))
			nested_msrs_store(v);
		efer = efer_of_l1(vmcs);
	}
	if (vmcs->special || vmcs->keeps_event)
		put_all_back(vmcs, !(reason & VMX_EXIT_REASON_ENTRY_FAILURE));
	back_to_l1(vmcs);
	/* An entry that has failed has loaded nothing that the exit could leave as it is. */
	if (reason & VMX_EXIT_REASON_ENTRY_FAILURE && !(VMCS12(v, VM_EXIT_CONTROLS) & VM_EXIT_LOAD_IA32_EFER))
		efer = vmcs_read(GUEST_IA32_EFER);
	load_host_state(vmcs, efer);
	/* An NMI that has exited blocks others; else they are blocked if they were (28.5.5). */
	vmcs_write(GUEST_INTERRUPTIBILITY_INFO,
		   reason == VMX_EXIT_EXCEPTION_NMI && information &&
				   (information->interruption & INTR_INFO_INTR_TYPE_MASK) == INTR_TYPE_NMI_INTR
			   ? GUEST_INTR_STATE_NMI
			   : vmcs_read(GUEST_INTERRUPTIBILITY_INFO) & GUEST_INTR_STATE_NMI);
	if (vmcs->special) {
		nested_msrs_load_host(v);
		if (!(vmcs12_secondary(v) & SECONDARY_EXEC_ENABLE_VPID))
			vmx_invalidate_guest();
	}
	return AFTER_RESUME;
}

/* The CPU that L1 sees. */
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

/* The region of the VMCS that L1 lets L2 shadow, as a shadow VMCS; without one, all ones. The VMCS that is current stays so. */
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
		nested_running = vmcs; /* which is not to make room for it */
		linked = nested_vmcs_get(address);
		nested_running = NULL;
	}
	if (linked == vmcs)
		return UINT64_MAX;
	nested_vmcs_show(linked);
	vmx_load(current);
	return linked->is_vmcs02 ? UINT64_MAX : (uintptr_t)linked->region;
}

/* The VMX-preemption timer begins anew at each of L1's VM entries, but not at ours after an exit that L1 does not see. */
static bool forgets_timer(const struct vmcs12 *v)
{
	return VMCS12(v, PIN_BASED_VM_EXEC_CONTROL) & PIN_BASED_VMX_PREEMPTION_TIMER &&
	       !(VMCS12(v, VM_EXIT_CONTROLS) & VM_EXIT_SAVE_VMX_PREEMPTION_TIMER);
}

/* What L1 asks for that is done here, not by the CPU; all of it follows from fields that are merged. */
static bool is_special(const struct vmcs12 *v)
{
	const uint32_t secondary = vmcs12_secondary(v);

	return VMCS12(v, VM_ENTRY_MSR_LOAD_COUNT) || VMCS12(v, VM_EXIT_MSR_STORE_COUNT) ||
	       VMCS12(v, VM_EXIT_MSR_LOAD_COUNT) || !(secondary & SECONDARY_EXEC_ENABLE_EPT) ||
	       !(secondary & SECONDARY_EXEC_ENABLE_VPID) || VMCS12(v, VMCS_LINK_POINTER) != UINT64_MAX ||
	       !(VMCS12(v, VM_ENTRY_CONTROLS) & VM_ENTRY_LOAD_IA32_EFER) ||
	       !(VMCS12(v, VM_EXIT_CONTROLS) & VM_EXIT_SAVE_IA32_EFER) ||
	       !(VMCS12(v, VM_EXIT_CONTROLS) & VM_EXIT_LOAD_IA32_EFER) || forgets_timer(v);
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
		nested_vmcs_write_ours(vmcs, (unsigned)i, vmcs02_merged((enum vmcs_field_index)i, v, &l0));
	if (!vmcs->made) {
		for (FIELD_SET_EACH(i, &our_host_fields))
			nested_vmcs_write_ours(vmcs, (unsigned)i, our_host_state[i]);
		nested_vmcs_write_ours(vmcs, VMCS_INDEX_VM_EXIT_MSR_STORE_COUNT, 0);
		nested_vmcs_write_ours(vmcs, VMCS_INDEX_VM_EXIT_MSR_LOAD_COUNT, 0);
		nested_vmcs_write_ours(vmcs, VMCS_INDEX_VM_ENTRY_MSR_LOAD_COUNT, 0);
	}
	nested_vmcs_merged(vmcs);
	nested.loaded_tables = NULL; /* the host state may have changed */
	vmcs->special = is_special(v);
	vmx_exits_of_l1(v, vmcs->l1s);
}

/* IA32_EFER of L2 where VM entry and exit are not both to take it from, and put it into, its field. The region is current. */
static void special_efer(struct nested_vmcs *vmcs)
{
	uint64_t of_l1, cr0 = vmcs_read(GUEST_CR0);

	borrow(vmcs, VMCS_INDEX_GUEST_IA32_EFER);
	vmx_load(guest.vmcs);
	of_l1 = vmcs_read(GUEST_IA32_EFER);
	vmx_load(vmcs->region);
	vmcs_write(GUEST_IA32_EFER, vmx_guest_efer(&vmcs->v12, of_l1, cr0));
	vmcs->keeps_efer = true;
}

/* Without ept12 the CPU takes PAE's entries from vmcs02, and L1 expects it to look into memory (SDM 27.3.2.4). */
static void load_pdptes(struct nested_vmcs *vmcs)
{
	const uint64_t *table = nested_memory_of_l1(vmcs_read(GUEST_CR3) & 0xffffffe0);
	bool is_pae = vmcs_read(GUEST_CR0) & CR0_PG && vmcs_read(GUEST_CR4) & CR4_PAE &&
		      !(VMCS12(&vmcs->v12, VM_ENTRY_CONTROLS) & VM_ENTRY_IA32E_MODE);

	if (!is_pae)
		return;
	for (unsigned i = VMCS_INDEX_GUEST_PDPTR0; i <= VMCS_INDEX_GUEST_PDPTR3; i++)
		borrow(vmcs, i);
	vmcs->keeps_pdptes = true;
	vmcs_write(GUEST_PDPTR0, table ? table[0] : ~0ull);
	vmcs_write(GUEST_PDPTR1, table ? table[1] : ~0ull);
	vmcs_write(GUEST_PDPTR2, table ? table[2] : ~0ull);
	vmcs_write(GUEST_PDPTR3, table ? table[3] : ~0ull);
}

static enum after_exit fail_entry(struct nested_vmcs *vmcs, uint32_t error)
{
	back_to_l1(vmcs);
	nested_fail(error);
	return AFTER_RESUME;
}

/* What the CPU checks in vmcs02 it need not be checked for; what is not in vmcs02 as L1 wrote it, is checked here. */
static uint32_t check(struct nested_vmcs *vmcs)
{
	const struct vmx_cpu *cpu = cpu_of_l1(vmcs);
	struct vmx_verdict verdict;

	nested_vmcs_pull_controls(vmcs);
	if (!vmx_check_controls(&vmcs->v12, cpu, &verdict) || !vmx_check_host_state(&vmcs->v12, cpu, &verdict))
		return verdict.error;
	return 0;
}

/* Where L2 is not to be entered by the CPU, or not yet: is its state good? If not, what L1 is told. */
static bool check_guest(struct nested_vmcs *vmcs, struct vmx_exit_information *information)
{
	struct vmx_verdict verdict;

	nested_vmcs_pull(vmcs);
	if (vmx_check_guest_state(&vmcs->v12, cpu_of_l1(vmcs), &verdict))
		return true;
	*information = (struct vmx_exit_information){.reason = verdict.exit_reason,
						     .qualification = verdict.qualification};
	return false;
}

/* An interrupt or NMI for L1 that ends L2's stay. False: there is none, or it has to wait. */
static bool interrupt_for_l1(struct vmx_exit_information *information)
{
	const struct vmcs12 *v = &nested_running->v12;
	bool acknowledge = VMCS12(v, VM_EXIT_CONTROLS) & VM_EXIT_ACK_INTR_ON_EXIT;

	if (!event_waits() || !nested_takes_interrupt())
		return false;
	if (vmcs_read(VM_ENTRY_INTR_INFO_FIELD) & INTR_INFO_VALID_MASK) {
		/* That event is delivered first. There is a window then, at the latest when L2 opens one. */
		vmcs_write(CPU_BASED_VM_EXEC_CONTROL,
			   vmcs02_merged(VMCS_INDEX_CPU_BASED_VM_EXEC_CONTROL, v, &l0) | CPU_BASED_INTR_WINDOW_EXITING |
				   (vmcs02_merged(VMCS_INDEX_PIN_BASED_VM_EXEC_CONTROL, v, &l0) & PIN_BASED_VIRTUAL_NMIS
					    ? CPU_BASED_NMI_WINDOW_EXITING
					    : 0));
		window = true;
		return false;
	}
	*information = (struct vmx_exit_information){0};
	if (event_nmi_waits() && VMCS12(v, PIN_BASED_VM_EXEC_CONTROL) & PIN_BASED_NMI_EXITING) {
		event_take_nmi();
		information->reason = VMX_EXIT_EXCEPTION_NMI;
		information->interruption = 2 | INTR_TYPE_NMI_INTR | INTR_INFO_VALID_MASK;
	} else {
		information->reason = VMX_EXIT_EXTERNAL_INTERRUPT;
		if (acknowledge)
			information->interruption = event_take_interrupt() | INTR_TYPE_EXT_INTR | INTR_INFO_VALID_MASK;
	}
	return true;
}

static struct vmx_exit_information exception; /* of L2's, for L1; no reason but its own: EXCEPTION_NMI is 0 */

bool nested_takes_exception(unsigned vector, bool has_error, uint32_t error, uint64_t linear)
{
	if (!vmx_exception_exits(&nested_running->v12, vector, error))
		return false;
	exception = (struct vmx_exit_information){
		.reason = VMX_EXIT_EXCEPTION_NMI,
		.qualification = linear,
		.interruption = vector | INTR_TYPE_HARD_EXCEPTION | INTR_INFO_VALID_MASK |
				(has_error ? INTR_INFO_DELIVER_CODE_MASK : 0),
		.error_code = error,
	};
	return true;
}

bool nested_takes_interrupt(void)
{
	uint64_t pin = VMCS12(&nested_running->v12, PIN_BASED_VM_EXEC_CONTROL);

	return event_nmi_waits() ? pin & PIN_BASED_NMI_EXITING : pin & PIN_BASED_EXT_INTR_MASK;
}

enum after_exit nested_continue(void)
{
	struct vmx_exit_information information;

	if (exception.interruption) {
		information = exception;
		exception.interruption = 0;
		return nested_reflect(&information);
	}
	if (event_waits() && interrupt_for_l1(&information))
		return nested_reflect(&information);
	if (nested_running->was_launched)
		return AFTER_RESUME;
	return AFTER_LAUNCH;
}

void nested_window_is_over(void)
{
	if (!window)
		return;
	window = false;
	vmcs_write(CPU_BASED_VM_EXEC_CONTROL,
		   vmcs02_merged(VMCS_INDEX_CPU_BASED_VM_EXEC_CONTROL, &nested_running->v12, &l0));
}

/* Is the link as L1 may have it (SDM 27.3.1.5)? What the CPU checks is another one. */
static bool link_is_good(const struct nested_vmcs *vmcs)
{
	const struct vmcs12 *v = &vmcs->v12;
	const uint64_t link = VMCS12(v, VMCS_LINK_POINTER);
	const uint32_t *revision = link & 4095 ? NULL : nested_memory_of_l1(link);
	const bool shadows = vmcs12_secondary(v) & SECONDARY_EXEC_SHADOW_VMCS;

	return link == UINT64_MAX ||
	       (link != vmcs->address && revision && *revision == (VMCS12_REVISION | (uint32_t)shadows << 31));
}

/* The special part of an entry, which is prepared for otherwise. False: L2 is not entered, and L1 is told this. */
static bool enter_specially(struct nested_vmcs *vmcs, struct vmx_exit_information *information)
{
	const struct vmcs12 *v = &vmcs->v12;
	const uint32_t secondary = vmcs12_secondary(v);
	uint32_t failed;

	if (!(VMCS12(v, VM_ENTRY_CONTROLS) & VM_ENTRY_LOAD_IA32_EFER) ||
	    !(VMCS12(v, VM_EXIT_CONTROLS) & VM_EXIT_SAVE_IA32_EFER))
		special_efer(vmcs);
	if (forgets_timer(v)) {
		borrow(vmcs, VMCS_INDEX_VMX_PREEMPTION_TIMER_VALUE);
		vmcs->keeps_timer = true;
	}
	if (!(secondary & SECONDARY_EXEC_ENABLE_EPT))
		load_pdptes(vmcs);
	if (!(secondary & SECONDARY_EXEC_ENABLE_VPID))
		nested_vpid_flush_shared();
	if (!link_is_good(vmcs) && !check_guest(vmcs, information))
		return false;
	if (!VMCS12(v, VM_ENTRY_MSR_LOAD_COUNT))
		return true;
	/* MSRs are loaded when all else is good. */
	if (!check_guest(vmcs, information))
		return false;
	failed = nested_msrs_load_guest(v);
	if (failed)
		*information = (struct vmx_exit_information){
			.reason = VMX_EXIT_MSR_LOAD_FAIL | VMX_EXIT_REASON_ENTRY_FAILURE, .qualification = failed};
	return !failed;
}

/* vmcs02 is what vmcs12 wants it to be. 0, or the VM-instruction error. */
static uint32_t prepare(struct nested_vmcs *vmcs)
{
	const uint32_t secondary = vmcs12_secondary(&vmcs->v12);
	uint64_t link = secondary & SECONDARY_EXEC_SHADOW_VMCS ? link_of(vmcs) : UINT64_MAX;
	/* MSRs are loaded before the CPU looks at anything: not even the event may be one that it refuses. */
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

enum after_exit nested_enter(struct guest_registers *regs __attribute__((unused)), bool resume)
{
	struct nested_vmcs *vmcs = nested.current;
	struct vmx_exit_information information;
	uint32_t error;

	if (resume != vmcs->launched) {
		nested_fail(resume ? VMX_ERROR_VMRESUME_NONLAUNCHED_VMCS : VMX_ERROR_VMLAUNCH_NONCLEAR_VMCS);
		return AFTER_RESUME;
	}
	if (!nested.cache_ept)
		nested_ept_forget_all();
	nested_vmcs_take(vmcs);
	error = prepare(vmcs);
	if (error)
		return fail_entry(vmcs, error);
	nested_vmcs_push(vmcs);
	nested_running = vmcs;
	vmcs->injects = vmcs_read(VM_ENTRY_INTR_INFO_FIELD) & INTR_INFO_VALID_MASK;
	if (vmcs->special && !enter_specially(vmcs, &information))
		return nested_reflect(&information);
	/* An interrupt comes before L2's first instruction, but not before what is wrong with L2. */
	if (event_waits())
		return check_guest(vmcs, &information) ? nested_continue() : nested_reflect(&information);
	return vmcs->was_launched ? AFTER_RESUME : AFTER_LAUNCH;
}

enum after_exit nested_entry_failed(void)
{
	struct nested_vmcs *vmcs = nested_running;
	uint32_t error = (uint32_t)vmcs_read(VM_INSTRUCTION_ERROR);

	if (error != VMX_ERROR_ENTRY_INVALID_CONTROL_FIELD)
		vmx_failed("VM entry", "of our guest's guest");
	put_all_back(vmcs, false);
	window = false;
	return fail_entry(vmcs, error);
}
