// SPDX-License-Identifier: GPL-2.0-only
/*
 * VM entry into the nested guest, and virtual VM exit back to the guest.
 *
 * Every exit of the nested guest takes this path out and back, so the path repeats no work.
 * Controls are merged only after the guest has written one. Bitmaps and EPTs are built again only
 * after their generation has changed (nested_merge.c). Field values are not copied (nested_vmcs.h).
 */
#include "l1-hypervisor/events.h"
#include "l1-hypervisor/nested_check.h"
#include "l1-hypervisor/nested_ept.h"
#include "l1-hypervisor/nested_merge.h"
#include "l1-hypervisor/nested_msrs.h"
#include "l1-hypervisor/nested_state.h"
#include "l1-hypervisor/nested_vpid.h"
#include "microbench/bare/cpu.h"
#include "vmcs-shadow/event_rules.h"
#include "vmcs-shadow/instruction_errors.h"
#include "vmcs-shadow/merge.h"
#include "vmcs-shadow/owner.h"

uint32_t nested_host_exit_requests;
static uint64_t asked_timer; /* the VMX-preemption timer continues from this value */

static bool nmi_unblocked; /* this VM entry has cleared NMI blocking */

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
	/* SDM A.7: these bits are fixed in VMX operation. A MOV that changes one is a #GP. */
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
		nested_merge_init();
}

void nested_set_current(struct nested_vmcs *vmcs)
{
	nested.current = vmcs;
	if (!nested_vmcs_is_shadowed())
		return;
	if (vmcs) {
		nested_vmcs_make_shadow(vmcs);
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

/* After a VM exit the guest's state is the host state of vmcs12 (SDM 28.5). vmcs01 is current. */
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
	nested_vmcs_make_shadow(vmcs);
	nested_running = NULL;
	vmx_load(guest.vmcs);
}

/*
 * Writes the exit information of an exit that the CPU has not made, or has made differently. The
 * region is current.
 */
static void write_exit_info(struct nested_vmcs *vmcs, const struct vmx_exit_information *information)
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
	/*
	 * If the CPU cannot write these fields, the values stay in the slot. VMREAD is then
	 * emulated from the slot.
	 */
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

/*
 * Saves the guest's value of a field in the slot, so that the region can hold a value of the host
 * until restore_guest_field(). The region is current.
 */
static void save_guest_field(struct nested_vmcs *vmcs, unsigned index)
{
	vmcs->v12.field[index] = nested_vmcs_read(vmcs, index);
	field_set_remove(&vmcs->there, index);
}

static void restore_guest_field(struct nested_vmcs *vmcs, unsigned index)
{
	nested_vmcs_write(vmcs, index, vmcs->v12.field[index]);
	nested_vmcs_push(vmcs);
}

/*
 * Restores every field that save_guest_field() has saved. saved: the exit has saved the nested guest's state.
 * A field that the guest wants saved then keeps the new value.
 */
static void restore_all_guest_fields(struct nested_vmcs *vmcs, bool saved)
{
	if (vmcs->keeps_efer && !(saved && VMCS12(&vmcs->v12, VM_EXIT_CONTROLS) & VM_EXIT_SAVE_IA32_EFER))
		restore_guest_field(vmcs, VMCS_INDEX_GUEST_IA32_EFER);
	else if (vmcs->keeps_efer)
		field_set_add(&vmcs->there, VMCS_INDEX_GUEST_IA32_EFER);
	if (vmcs->keeps_timer)
		restore_guest_field(vmcs, VMCS_INDEX_VMX_PREEMPTION_TIMER_VALUE);
	for (unsigned i = VMCS_INDEX_GUEST_PDPTR0; vmcs->keeps_pdptes && i <= VMCS_INDEX_GUEST_PDPTR3; i++)
		restore_guest_field(vmcs, i);
	if (vmcs->keeps_event) {
		restore_guest_field(vmcs, VMCS_INDEX_VM_ENTRY_INTR_INFO_FIELD);
		restore_guest_field(vmcs, VMCS_INDEX_VM_ENTRY_EXCEPTION_ERROR_CODE);
		restore_guest_field(vmcs, VMCS_INDEX_VM_ENTRY_INSTRUCTION_LEN);
	}
	vmcs->keeps_efer = vmcs->keeps_timer = vmcs->keeps_pdptes = vmcs->keeps_event = false;
}

/*
 * The host injects an event into the nested guest again. The guest must see its own event fields,
 * whose event is already delivered: the valid bit is 0.
 */
void nested_borrow_event(void)
{
	struct nested_vmcs *vmcs = nested_running;

	if (vmcs->keeps_event)
		return;
	save_guest_field(vmcs, VMCS_INDEX_VM_ENTRY_INTR_INFO_FIELD);
	save_guest_field(vmcs, VMCS_INDEX_VM_ENTRY_EXCEPTION_ERROR_CODE);
	save_guest_field(vmcs, VMCS_INDEX_VM_ENTRY_INSTRUCTION_LEN);
	VMCS12(&vmcs->v12, VM_ENTRY_INTR_INFO_FIELD) &= ~(uint64_t)INTR_INFO_VALID_MASK;
	vmcs->keeps_event = true;
}

/*
 * The exit has stored the nested guest's mode in the VM-entry controls (SDM 28.2.4). The controls
 * are a merged field, so vmcs12 does not get the new bit. IA32_EFER is not merged and supplies the
 * bit.
 */
static void follow_mode(struct nested_vmcs *vmcs)
{
	uint64_t mode = vmcs_read(GUEST_IA32_EFER) & VMX_EFER_LMA ? VM_ENTRY_IA32E_MODE : 0;

	if ((VMCS12(&vmcs->v12, VM_ENTRY_CONTROLS) & VM_ENTRY_IA32E_MODE) == mode)
		return;
	VMCS12(&vmcs->v12, VM_ENTRY_CONTROLS) ^= VM_ENTRY_IA32E_MODE;
	VMCS12(&vmcs->ours, VM_ENTRY_CONTROLS) ^= VM_ENTRY_IA32E_MODE;
}

/*
 * A guest without NMI exiting may inject an NMI while NMIs are blocked. vmcs02 then has virtual
 * NMIs (merge.c), and these forbid the injection (SDM 27.3.1.5). So the blocking is cleared for the
 * VM entry. The delivery of the NMI blocks NMIs again.
 */
static void unblock_injected_nmi(const struct nested_vmcs *vmcs, uint32_t event)
{
	uint64_t state = vmcs_read(GUEST_INTERRUPTIBILITY_INFO);

	if ((event & INTR_INFO_INTR_TYPE_MASK) != INTR_TYPE_NMI_INTR || !(state & GUEST_INTR_STATE_NMI) ||
	    VMCS12(&vmcs->v12, PIN_BASED_VM_EXEC_CONTROL) & PIN_BASED_NMI_EXITING)
		return;
	vmcs_write(GUEST_INTERRUPTIBILITY_INFO, state & ~(uint64_t)GUEST_INTR_STATE_NMI);
	nmi_unblocked = true;
}

/* If the nested guest was not entered, its state must be as the guest wrote it. */
static void block_injected_nmi(void)
{
	if (nmi_unblocked)
		vmcs_write(GUEST_INTERRUPTIBILITY_INFO, vmcs_read(GUEST_INTERRUPTIBILITY_INFO) | GUEST_INTR_STATE_NMI);
}

enum after_exit nested_reflect(const struct vmx_exit_information *information)
{
	struct nested_vmcs *vmcs = nested_running;
	const struct vmcs12 *v = &vmcs->v12;
	uint64_t efer = VMCS12(v, HOST_IA32_EFER);
	uint32_t reason;

	if (information)
		write_exit_info(vmcs, information);
	reason = information ? information->reason : (uint32_t)vmcs_read(VM_EXIT_REASON);
	counters.nested[reason & VMX_EXIT_REASON_BASIC_MASK]++;
	if (!(reason & VMX_EXIT_REASON_ENTRY_FAILURE)) {
		/* The VM entry has succeeded, even if an interrupt came at once. */
		vmcs->launched = true;
		follow_mode(vmcs);
	} else {
		block_injected_nmi();
	}
	if (vmcs_read(GUEST_INTERRUPTIBILITY_INFO) & GUEST_INTR_STATE_NMI)
		event_end_leaked_blocking();
	if (vmcs->special) {
		if (!(reason & VMX_EXIT_REASON_ENTRY_FAILURE))
			nested_msrs_store(v);
		efer = efer_of_l1(vmcs);
	}
	if (vmcs->special || vmcs->keeps_event)
		restore_all_guest_fields(vmcs, !(reason & VMX_EXIT_REASON_ENTRY_FAILURE));
	back_to_l1(vmcs);
	/*
	 * A failed entry has not loaded an IA32_EFER. If the exit loads none either, the guest's
	 * value stays.
	 */
	if (reason & VMX_EXIT_REASON_ENTRY_FAILURE && !(VMCS12(v, VM_EXIT_CONTROLS) & VM_EXIT_LOAD_IA32_EFER))
		efer = vmcs_read(GUEST_IA32_EFER);
	load_host_state(vmcs, efer);
	vmcs_write(GUEST_INTERRUPTIBILITY_INFO,
		   vmx_host_interruptibility(reason, information ? information->interruption : 0,
					     (uint32_t)vmcs_read(GUEST_INTERRUPTIBILITY_INFO)));
	if (vmcs->special) {
		nested_msrs_load_host(v);
		if (VMCS12(v, VM_EXIT_MSR_LOAD_COUNT))
			nested.loaded_tables = NULL; /* the SYSENTER MSRs may be among them */
		if (!(vmcs12_secondary(v) & SECONDARY_EXEC_ENABLE_VPID))
			vmx_invalidate_guest();
	}
	return AFTER_RESUME;
}

/*
 * Sets IA32_EFER of the nested guest if VM entry does not load it from its field or VM exit does
 * not save it there. The region is current.
 */
static void special_efer(struct nested_vmcs *vmcs)
{
	uint64_t of_l1, cr0 = vmcs_read(GUEST_CR0);

	save_guest_field(vmcs, VMCS_INDEX_GUEST_IA32_EFER);
	vmx_load(guest.vmcs);
	of_l1 = vmcs_read(GUEST_IA32_EFER);
	vmx_load(vmcs->region);
	vmcs_write(GUEST_IA32_EFER, vmx_guest_efer(&vmcs->v12, of_l1, cr0));
	vmcs->keeps_efer = true;
}

/*
 * Without ept12 the CPU takes the PDPTEs of PAE paging from vmcs02. The guest expects the CPU to
 * read them from memory (SDM 27.3.2.4).
 */
static void load_pdptes(struct nested_vmcs *vmcs)
{
	const uint64_t *table = nested_memory_of_l1(vmcs_read(GUEST_CR3) & 0xffffffe0);
	bool is_pae = vmcs_read(GUEST_CR0) & CR0_PG && vmcs_read(GUEST_CR4) & CR4_PAE &&
		      !(VMCS12(&vmcs->v12, VM_ENTRY_CONTROLS) & VM_ENTRY_IA32E_MODE);

	if (!is_pae)
		return;
	for (unsigned i = VMCS_INDEX_GUEST_PDPTR0; i <= VMCS_INDEX_GUEST_PDPTR3; i++)
		save_guest_field(vmcs, i);
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

/*
 * Requests an exit as soon as the nested guest can take an interrupt, or an NMI if it has virtual
 * NMIs.
 */
static void ask_for_window(void)
{
	uint32_t windows = CPU_BASED_INTR_WINDOW_EXITING;

	if (vmcs_read(PIN_BASED_VM_EXEC_CONTROL) & PIN_BASED_VIRTUAL_NMIS)
		windows |= CPU_BASED_NMI_WINDOW_EXITING;
	vmcs_write(CPU_BASED_VM_EXEC_CONTROL, vmcs_read(CPU_BASED_VM_EXEC_CONTROL) | windows);
	nested_host_exit_requests |= NESTED_WINDOW;
}

/*
 * Requests an exit after the event that this entry injects, and before the first instruction of the
 * event's handler. The VMX-preemption timer at 0 makes this exit (SDM 26.5.1, 27.7.4). Without the
 * timer the exit comes when the handler enables interrupts.
 */
static void ask_for_exit_at_once(void)
{
	if (!(vmx.pin >> 32 & PIN_BASED_VMX_PREEMPTION_TIMER)) {
		ask_for_window();
		return;
	}
	nested_host_exit_requests |= NESTED_AT_ONCE;
	asked_timer = vmcs_read(VMX_PREEMPTION_TIMER_VALUE);
	vmcs_write(PIN_BASED_VM_EXEC_CONTROL, vmcs_read(PIN_BASED_VM_EXEC_CONTROL) | PIN_BASED_VMX_PREEMPTION_TIMER);
	vmcs_write(VMX_PREEMPTION_TIMER_VALUE, 0);
}

bool nested_cancel_host_exit_requests(uint32_t reason)
{
	const bool alone = nested_host_exit_requests & NESTED_AT_ONCE && reason == VMX_EXIT_PREEMPTION_TIMER;

	if (nested_host_exit_requests & NESTED_WINDOW)
		vmcs_write(CPU_BASED_VM_EXEC_CONTROL, nested_merged(VMCS_INDEX_CPU_BASED_VM_EXEC_CONTROL));
	if (nested_host_exit_requests & NESTED_AT_ONCE) {
		vmcs_write(PIN_BASED_VM_EXEC_CONTROL, nested_merged(VMCS_INDEX_PIN_BASED_VM_EXEC_CONTROL));
		vmcs_write(VMX_PREEMPTION_TIMER_VALUE, asked_timer);
	}
	nested_host_exit_requests = 0;
	return alone;
}

/*
 * Returns true if a pending interrupt or NMI must cause a VM exit to the guest now, with the exit
 * in *information. If it must wait, requests an exit for later and returns false.
 */
static bool pending_event_exits(struct vmx_exit_information *information)
{
	const struct vmcs12 *v = &nested_running->v12;
	const struct vmx_waiting waiting = {
		.nmi = event_nmi_is_pending(),
		.interrupt = event_interrupt_is_pending(),
		.injected = (uint32_t)vmcs_read(VM_ENTRY_INTR_INFO_FIELD),
		.interruptibility = (uint32_t)vmcs_read(GUEST_INTERRUPTIBILITY_INFO),
		.rflags = vmcs_read(GUEST_RFLAGS),
	};

	*information = (struct vmx_exit_information){0};
	switch (vmx_event_way(v, &waiting)) {
	case VMX_EVENT_NMI_EXIT:
		event_take_nmi();
		information->reason = VMX_EXIT_EXCEPTION_NMI;
		information->interruption = 2 | INTR_TYPE_NMI_INTR | INTR_INFO_VALID_MASK;
		return true;
	case VMX_EVENT_INTERRUPT_EXIT:
		information->reason = VMX_EXIT_EXTERNAL_INTERRUPT;
		if (VMCS12(v, VM_EXIT_CONTROLS) & VM_EXIT_ACK_INTR_ON_EXIT)
			information->interruption = event_take_interrupt() | INTR_TYPE_EXT_INTR | INTR_INFO_VALID_MASK;
		return true;
	case VMX_EVENT_BEHIND_EVENT:
		ask_for_exit_at_once();
		return false;
	case VMX_EVENT_BEHIND_SHADOW:
		ask_for_window();
		return false;
	default:
		return false;
	}
}

/*
 * An exception of the nested guest that the guest intercepts. interruption = 0 means that there is
 * none. The reason cannot tell, because EXCEPTION_NMI is 0.
 */
static struct vmx_exit_information exception;

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

static enum after_exit into_l2(const struct nested_vmcs *vmcs)
{
	if (nested_check_wanted)
		nested_check();
	return vmcs->was_launched ? AFTER_RESUME : AFTER_LAUNCH;
}

enum after_exit nested_continue(void)
{
	struct vmx_exit_information information;

	if (exception.interruption) {
		information = exception;
		exception.interruption = 0;
		return nested_reflect(&information);
	}
	if (event_is_pending()) {
		if (pending_event_exits(&information))
			return nested_reflect(&information);
		event_deliver(false);
	}
	return into_l2(nested_running);
}

/*
 * Does the host's own part of a VM entry, after nested_prepare(). Returns false if the nested guest
 * is not entered, with the exit for the guest in *information.
 */
static bool enter_with_host_work(struct nested_vmcs *vmcs, struct vmx_exit_information *information)
{
	const struct vmcs12 *v = &vmcs->v12;
	const uint32_t secondary = vmcs12_secondary(v);
	uint32_t failed;

	if (!(VMCS12(v, VM_ENTRY_CONTROLS) & VM_ENTRY_LOAD_IA32_EFER) ||
	    !(VMCS12(v, VM_EXIT_CONTROLS) & VM_EXIT_SAVE_IA32_EFER))
		special_efer(vmcs);
	if (nested_timer_restarts_at_entry(v)) {
		save_guest_field(vmcs, VMCS_INDEX_VMX_PREEMPTION_TIMER_VALUE);
		vmcs->keeps_timer = true;
	}
	if (!(secondary & SECONDARY_EXEC_ENABLE_EPT))
		load_pdptes(vmcs);
	if (!(secondary & SECONDARY_EXEC_ENABLE_VPID))
		nested_vpid_flush_shared();
	if (!nested_link_is_good(vmcs) && !nested_check_guest(vmcs, information))
		return false;
	if (!VMCS12(v, VM_ENTRY_MSR_LOAD_COUNT))
		return true;
	/* MSRs are loaded after all checks have passed. */
	if (!nested_check_guest(vmcs, information))
		return false;
	failed = nested_msrs_load_guest(v);
	if (failed)
		*information = (struct vmx_exit_information){
			.reason = VMX_EXIT_MSR_LOAD_FAIL | VMX_EXIT_REASON_ENTRY_FAILURE, .qualification = failed};
	return !failed;
}

enum after_exit nested_enter(struct guest_registers *regs __attribute__((unused)), bool resume)
{
	struct nested_vmcs *vmcs = nested.current;
	struct vmx_exit_information information;
	uint32_t error, event;

	if (resume != vmcs->launched) {
		nested_fail(resume ? VMX_ERROR_VMRESUME_NONLAUNCHED_VMCS : VMX_ERROR_VMLAUNCH_NONCLEAR_VMCS);
		return AFTER_RESUME;
	}
	if (!nested.cache_ept)
		nested_ept_forget_all();
	nested_vmcs_make_vmcs02(vmcs);
	error = nested_is_prepared(vmcs) ? 0 : nested_prepare(vmcs);
	if (error)
		return fail_entry(vmcs, error);
	nested_vmcs_push(vmcs);
	nested_running = vmcs;
	event = (uint32_t)vmcs_read(VM_ENTRY_INTR_INFO_FIELD);
	vmcs->injects = event & INTR_INFO_VALID_MASK;
	nmi_unblocked = false;
	if (vmcs->injects)
		unblock_injected_nmi(vmcs, event);
	if (vmcs->special && !enter_with_host_work(vmcs, &information))
		return nested_reflect(&information);
	/*
	 * A pending interrupt, for the guest or the nested guest, comes before the nested guest's
	 * first instruction. An error in the nested guest's state comes before the interrupt.
	 */
	if (event_is_pending())
		return nested_check_guest(vmcs, &information) ? nested_continue() : nested_reflect(&information);
	return into_l2(vmcs);
}

enum after_exit nested_entry_failed(void)
{
	struct nested_vmcs *vmcs = nested_running;
	uint32_t error = (uint32_t)vmcs_read(VM_INSTRUCTION_ERROR);

	if (error != VMX_ERROR_ENTRY_INVALID_CONTROL_FIELD)
		vmx_failed("VM entry", "of our guest's guest");
	nested_cancel_host_exit_requests(VMX_EXIT_INVALID_STATE);
	block_injected_nmi();
	restore_all_guest_fields(vmcs, false);
	return fail_entry(vmcs, error);
}
