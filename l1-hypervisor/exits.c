// SPDX-License-Identifier: GPL-2.0-only
/*
 * The exit table: for each exit reason one handler of the guest's exit, and one of the nested
 * guest's exit that the guest does not intercept. entry.S calls handle_exit() at every exit.
 *
 * An exit should cost few VMCS accesses. Without VMCS shadowing, each access is an exit of this
 * hypervisor to L0. An emulated instruction needs four accesses: read the reason, read the
 * instruction length, read RIP and write RIP. The length is not constant, because prefixes are
 * legal before CPUID and VMCALL.
 *
 * Two things are left out on purpose:
 *  - Skipping an instruction does not clear blocking by STI or MOV SS. The blocking ends with the
 *    guest's next instruction. It matters only for injected events and for a guest that halts; both
 *    paths clear it.
 *  - RFLAGS.TF is ignored. A guest that single-steps misses the trap after an emulated instruction.
 */
#include "l1-hypervisor/exits.h"

#include "l1-hypervisor/cpu/vmx/dump.h"
#include "l1-hypervisor/cpu/vmx/vmx.h"
#include "l1-hypervisor/emulate/cr.h"
#include "l1-hypervisor/emulate/guest_cpuid.h"
#include "l1-hypervisor/emulate/guest_services.h"
#include "l1-hypervisor/emulate/mmio.h"
#include "l1-hypervisor/emulate/msr.h"
#include "l1-hypervisor/emulate/port_io.h"
#include "l1-hypervisor/emulate/shadow_fault.h"
#include "l1-hypervisor/emulate/vmx/descriptor.h"
#include "l1-hypervisor/emulate/vmx/invalidate.h"
#include "l1-hypervisor/emulate/vmx/register_exits.h"
#include "l1-hypervisor/events/events.h"
#include "l1-hypervisor/events/lapic.h"
#include "l1-hypervisor/events/passthrough.h"
#include "l1-hypervisor/events/vapic.h"
#include "l1-hypervisor/events/watchdog.h"
#include "l1-hypervisor/nested/vmx/nested.h"
#include "l1-hypervisor/nested/vmx/nested_enter.h"
#include "l1-hypervisor/nested/vmx/nested_instructions.h"
#include "microbench/bare/bare.h"
#include "microbench/bare/cpu.h"
#include "vmcs-shadow/x86.h"

/* Exit qualification of an I/O instruction (SDM table 28-5). */
#define IO_SIZE(q) (((unsigned)(q)&7) + 1)
#define IO_IN      (1u << 3)
#define IO_STRING  (1u << 4)
#define IO_PORT(q) ((uint16_t)((q) >> 16))

/* --- Handlers without a file of their own --- */

static enum outcome cpuid_exit(struct vcpu *vcpu, uint32_t reason __attribute__((unused)))
{
	guest_cpuid(vcpu);
	skip_instruction();
	return OUTCOME_RESUME;
}

static enum outcome vmcall_exit(struct vcpu *vcpu, uint32_t reason __attribute__((unused)))
{
	services_hypercall(vcpu);
	skip_instruction();
	return OUTCOME_RESUME;
}

/*
 * The exit control "acknowledge interrupt on exit" puts the vector into the exit's interruption
 * information (SDM 25.9.2).
 */
static enum outcome interrupt_exit(struct vcpu *vcpu, uint32_t reason __attribute__((unused)))
{
	uint8_t vector = (uint8_t)vmcs_read(VM_EXIT_INTR_INFO);

	if (passthrough_is_on(vcpu)) {
		passthrough_interrupt(vcpu, vector);
		event_deliver(vcpu, false);
		return OUTCOME_RESUME;
	}
	if (vector == LAPIC_SPURIOUS_VECTOR) /* a spurious interrupt needs no EOI (SDM 11.9) */
		return OUTCOME_RESUME;
	lapic_write(APIC_EOI, 0);
	if (vapic_timer(vcpu, vector))
		event_deliver(vcpu, false);
	else if (!watchdog_interrupt(vector, vcpu->ring))
		guest_dump_and_fail(vcpu, "the guest hangs: no sample since the last watchdog tick");
	return OUTCOME_RESUME;
}

static enum outcome nested_interrupt_exit(struct vcpu *vcpu, uint32_t reason)
{
	interrupt_exit(vcpu, reason);
	nested_resume_delivery(vcpu, false);
	return OUTCOME_RESUME;
}

static enum outcome exception_exit(struct vcpu *vcpu, uint32_t reason __attribute__((unused)))
{
	uint32_t info = (uint32_t)vmcs_read(VM_EXIT_INTR_INFO);

	if (event_is_page_fault(info)) {
		if (vcpu->lab.page_fault)
			vcpu->lab.page_fault(vcpu);
		if (vcpu->shadow) {
			shadow_fault(vcpu, info);
			return OUTCOME_RESUME;
		}
	}
	event_reflect(vcpu, info);
	return OUTCOME_RESUME;
}

static enum outcome nested_exception_exit(struct vcpu *vcpu, uint32_t reason __attribute__((unused)))
{
	event_reflect(vcpu, (uint32_t)vmcs_read(VM_EXIT_INTR_INFO));
	return OUTCOME_RESUME;
}

/*
 * Halts the guest until an event can be injected. If no event ever comes, L0's watchdog ends the
 * run.
 */
static enum outcome halt_exit(struct vcpu *vcpu, uint32_t reason __attribute__((unused)))
{
	skip_instruction();
	if (event_deliverable(vcpu)) {
		event_deliver(vcpu, true);
		return OUTCOME_RESUME;
	}
	/* Without this activity state HLT ends at once. Software must accept that. */
	if (!(vmx.misc & VMX_MISC_ACTIVITY_HLT))
		return OUTCOME_RESUME;
	/* The entry requires the active state while STI or MOV SS blocks events (SDM 27.3.1.5). */
	event_unblock();
	vmcs_write(GUEST_ACTIVITY_STATE, GUEST_ACTIVITY_HLT);
	return OUTCOME_RESUME;
}

static enum outcome read_tsc_exit(struct vcpu *vcpu, uint32_t reason)
{
	uint64_t now = rdtsc();

	vcpu->regs.rax = (uint32_t)now;
	vcpu->regs.rdx = now >> 32;
	if (reason == VMX_EXIT_RDTSCP)
		vcpu->regs.rcx = 0; /* IA32_TSC_AUX, which no supported guest sets */
	skip_instruction();
	return OUTCOME_RESUME;
}

/* Every performance counter reads as zero. */
static enum outcome read_pmc_exit(struct vcpu *vcpu, uint32_t reason __attribute__((unused)))
{
	vcpu->regs.rax = vcpu->regs.rdx = 0;
	skip_instruction();
	return OUTCOME_RESUME;
}

/*
 * Emulates a chipset without TXT: leaf 0 reports no capabilities, and all other leaves raise #UD
 * (SDM vol. 2, chapter 7).
 */
static enum outcome getsec_exit(struct vcpu *vcpu, uint32_t reason __attribute__((unused)))
{
	if ((uint32_t)vcpu->regs.rax != 0) {
		event_exception(vcpu, VECTOR_UD, false, 0);
		return OUTCOME_RESUME;
	}
	vcpu->regs.rax = 0;
	skip_instruction();
	return OUTCOME_RESUME;
}

static enum outcome descriptor_table_exit(struct vcpu *vcpu, uint32_t reason)
{
	if (vcpu->nested && vcpu->nested->tables_change(vcpu))
		return OUTCOME_RESUME;
	return descriptor_exit(vcpu, reason);
}

static enum outcome log_full_exit(struct vcpu *vcpu, uint32_t reason __attribute__((unused)))
{
	if (!vcpu->lab.log_full)
		guest_dump_and_fail(vcpu, "the page-modification log is full, but no experiment uses it");
	vcpu->lab.log_full(vcpu);
	event_reinject(vcpu); /* the exit may have interrupted the delivery of an event */
	return OUTCOME_RESUME;
}

static enum outcome triple_fault_exit(struct vcpu *vcpu, uint32_t reason __attribute__((unused)))
{
	guest_dump_and_fail(vcpu, "the guest shut itself down (triple fault)");
}

/* The instruction has no effect that the guest can see. */
static enum outcome skip_exit(struct vcpu *vcpu __attribute__((unused)), uint32_t reason __attribute__((unused)))
{
	skip_instruction();
	return OUTCOME_RESUME;
}

static enum outcome io_exit(struct vcpu *vcpu, uint32_t reason __attribute__((unused)))
{
	uint64_t q = vmcs_read(EXIT_QUALIFICATION);

	if (q & IO_STRING)
		guest_dump_and_fail(vcpu, IO_NO_PORT);
	return io_access(vcpu, IO_PORT(q), IO_SIZE(q), q & IO_IN);
}

static enum outcome msr_read_exit(struct vcpu *vcpu, uint32_t reason __attribute__((unused)))
{
	return msr_exit(vcpu, false);
}

static enum outcome msr_write_exit(struct vcpu *vcpu, uint32_t reason __attribute__((unused)))
{
	return msr_exit(vcpu, true);
}

/* --- The table --- */

/*
 * guest: handles an exit of the guest. nested: handles an exit of the nested guest that the guest
 * does not intercept. An exit without a handler ends the run with a dump.
 */
static const struct {
	exit_handler *guest, *nested;
} exits[VMX_EXIT_REASON_COUNT] = {
	[VMX_EXIT_EXCEPTION_NMI] = {exception_exit, nested_exception_exit},
	[VMX_EXIT_EXTERNAL_INTERRUPT] = {interrupt_exit, nested_interrupt_exit},
	[VMX_EXIT_TRIPLE_FAULT] = {triple_fault_exit, NULL},
	[VMX_EXIT_INTERRUPT_WINDOW] = {event_window, event_window},
	[VMX_EXIT_NMI_WINDOW] = {event_nmi_window, event_nmi_window},
	[VMX_EXIT_CPUID] = {cpuid_exit, NULL},
	[VMX_EXIT_GETSEC] = {getsec_exit, NULL},
	[VMX_EXIT_HLT] = {halt_exit, NULL},
	[VMX_EXIT_INVD] = {skip_exit, NULL}, /* always exits; skipping it only keeps data in the caches */
	[VMX_EXIT_INVLPG] = {invlpg_exit, NULL},
	[VMX_EXIT_RDPMC] = {read_pmc_exit, NULL},
	[VMX_EXIT_RDTSC] = {read_tsc_exit, NULL},
	[VMX_EXIT_VMCALL] = {vmcall_exit, NULL},
	[VMX_EXIT_VMCLEAR] = {nested_instruction, NULL},
	[VMX_EXIT_VMLAUNCH] = {nested_instruction, NULL},
	[VMX_EXIT_VMPTRLD] = {nested_instruction, NULL},
	[VMX_EXIT_VMPTRST] = {nested_instruction, NULL},
	[VMX_EXIT_VMREAD] = {nested_instruction, nested_shadow_access},
	[VMX_EXIT_VMRESUME] = {nested_instruction, NULL},
	[VMX_EXIT_VMWRITE] = {nested_instruction, nested_shadow_access},
	[VMX_EXIT_VMOFF] = {nested_instruction, NULL},
	[VMX_EXIT_VMON] = {nested_instruction, NULL},
	[VMX_EXIT_CR_ACCESS] = {cr_exit, cr_exit},
	[VMX_EXIT_DR_ACCESS] = {dr_exit, NULL},
	[VMX_EXIT_IO_INSTRUCTION] = {io_exit, io_exit},
	[VMX_EXIT_MSR_READ] = {msr_read_exit, msr_read_exit},
	[VMX_EXIT_MSR_WRITE] = {msr_write_exit, msr_write_exit},
	[VMX_EXIT_MWAIT_INSTRUCTION] = {skip_exit, NULL}, /* may end at any time for any reason (SDM vol. 2) */
	[VMX_EXIT_MONITOR_INSTRUCTION] = {skip_exit, NULL},
	[VMX_EXIT_PAUSE_INSTRUCTION] = {skip_exit, NULL},
	[VMX_EXIT_GDTR_IDTR] = {descriptor_table_exit, NULL},
	[VMX_EXIT_LDTR_TR] = {descriptor_table_exit, NULL},
	[VMX_EXIT_EPT_VIOLATION] = {mmio_exit, nested_ept_violation_exit},
	[VMX_EXIT_EPT_MISCONFIG] = {mmio_exit, nested_ept_misconfig_exit},
	[VMX_EXIT_INVEPT] = {nested_instruction, NULL},
	[VMX_EXIT_RDTSCP] = {read_tsc_exit, NULL},
	[VMX_EXIT_PREEMPTION_TIMER] = {services_preempted, NULL},
	[VMX_EXIT_INVVPID] = {nested_instruction, NULL},
	[VMX_EXIT_WBINVD] = {skip_exit, NULL}, /* no device of the guest bypasses the caches */
	[VMX_EXIT_XSETBV] = {xsetbv_exit, NULL},
	[VMX_EXIT_INVPCID] = {invpcid_exit, NULL},
	[VMX_EXIT_PML_FULL] = {log_full_exit, NULL},
};

static enum outcome handle_nested_exit(struct vcpu *vcpu, uint32_t reason)
{
	counters.exit[reason & VMX_EXIT_REASON_BASIC_MASK]++;
	return nested_exit(vcpu, reason, reason < VMX_EXIT_REASON_COUNT ? exits[reason].nested : NULL);
}

/*
 * Counts the next entry as a VMRESUME. A handler that returns OUTCOME_LAUNCH corrects the count
 * with counters_launch().
 */
enum outcome handle_exit(struct vcpu *vcpu)
{
	const uint32_t reason = (uint32_t)vmcs_read(VM_EXIT_REASON);

	counters.vmresume++;
	if (vcpu->nested_runs)
		return handle_nested_exit(vcpu, reason);
	if (reason >= VMX_EXIT_REASON_COUNT) /* bit 31 says that the VM entry failed (SDM 27.8) */
		guest_dump_and_fail(vcpu, "the VM entry failed, or the exit reason is unknown");
	counters.exit[reason]++;
	if (!exits[reason].guest)
		guest_dump_and_fail(vcpu, "this hypervisor does not handle this exit");
	return exits[reason].guest(vcpu, reason);
}

enum outcome handle_failed_entry(struct vcpu *vcpu, bool resume)
{
	if (!vcpu->nested_runs)
		entry_failed(resume);
	counters.vmresume++;
	return nested_entry_failed(vcpu);
}
