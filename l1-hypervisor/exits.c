// SPDX-License-Identifier: GPL-2.0-only
/*
 * The exit handler: one switch over the exit reasons that this hypervisor supports. Any other
 * reason stops the run with a dump.
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
#include "l1-hypervisor/cr.h"
#include "l1-hypervisor/descriptor.h"
#include "l1-hypervisor/dirty.h"
#include "l1-hypervisor/events.h"
#include "l1-hypervisor/guest.h"
#include "l1-hypervisor/guest_cpuid.h"
#include "l1-hypervisor/guest_services.h"
#include "l1-hypervisor/invalidate.h"
#include "l1-hypervisor/lapic.h"
#include "l1-hypervisor/mmio.h"
#include "l1-hypervisor/msr.h"
#include "l1-hypervisor/nested.h"
#include "l1-hypervisor/port_io.h"
#include "l1-hypervisor/shadow_fault.h"
#include "l1-hypervisor/page_loss_test.h"
#include "l1-hypervisor/passthrough.h"
#include "l1-hypervisor/vapic.h"
#include "l1-hypervisor/watchdog.h"
#include "microbench/bare/bare.h"
#include "microbench/bare/cpu.h"
#include "vmcs-shadow/x86.h"

/*
 * The exit control "acknowledge interrupt on exit" puts the vector into the exit's interruption
 * information (SDM 25.9.2).
 */
void machine_interrupt(const struct guest_registers *regs)
{
	uint8_t vector = (uint8_t)vmcs_read(VM_EXIT_INTR_INFO);

	if (passthrough_is_on()) {
		passthrough_interrupt(vector);
		event_deliver(false);
		return;
	}
	if (vector == LAPIC_SPURIOUS_VECTOR) /* a spurious interrupt needs no EOI (SDM 11.9) */
		return;
	lapic_write(APIC_EOI, 0);
	if (vapic_timer(vector))
		event_deliver(false);
	else if (!watchdog_interrupt(vector, guest.ring))
		guest_dump_and_fail(regs, VMX_EXIT_EXTERNAL_INTERRUPT,
				    "the guest hangs: no sample since the last watchdog tick");
}

static void exception(struct guest_registers *regs)
{
	uint32_t info = (uint32_t)vmcs_read(VM_EXIT_INTR_INFO);

	if (event_is_page_fault(info))
		taken_page_fault();
	if (guest.shadow && event_is_page_fault(info))
		shadow_fault(regs, info);
	else
		event_reflect(regs, info);
}

/*
 * Halts the guest until an event can be injected. If no event ever comes, L0's watchdog ends the
 * run.
 */
static void halt(void)
{
	skip_instruction();
	if (event_deliverable()) {
		event_deliver(true);
		return;
	}
	/* Without this activity state HLT ends at once. Software must accept that. */
	if (!(vmx.misc & VMX_MISC_ACTIVITY_HLT))
		return;
	/* The entry requires the active state while STI or MOV SS blocks events (SDM 27.3.1.5). */
	event_unblock();
	vmcs_write(GUEST_ACTIVITY_STATE, GUEST_ACTIVITY_HLT);
}

static void read_tsc(struct guest_registers *regs, bool with_aux)
{
	uint64_t now = rdtsc();

	regs->rax = (uint32_t)now;
	regs->rdx = now >> 32;
	if (with_aux)
		regs->rcx = 0; /* IA32_TSC_AUX, which no supported guest sets */
	skip_instruction();
}

/*
 * Emulates a chipset without TXT: leaf 0 reports no capabilities, and all other leaves raise #UD
 * (SDM vol. 2, chapter 7).
 */
static void getsec(struct guest_registers *regs)
{
	if ((uint32_t)regs->rax != 0) {
		event_exception(VECTOR_UD, false, 0);
		return;
	}
	regs->rax = 0;
	skip_instruction();
}

/* Counts the next entry. */
static enum after_exit counted(enum after_exit next)
{
	if (next == AFTER_RESUME)
		counters.vmresume++;
	else
		counters.vmlaunch++;
	return next;
}

enum after_exit handle_exit(struct guest_registers *regs)
{
	uint32_t reason = (uint32_t)vmcs_read(VM_EXIT_REASON);

	if (nested_is_running()) {
		counters.exit[reason & VMX_EXIT_REASON_BASIC_MASK]++;
		return counted(nested_exit(regs, reason));
	}
	if (reason >= VMX_EXIT_REASON_COUNT) /* bit 31 says that the VM entry failed (SDM 27.8) */
		guest_dump_and_fail(regs, reason, "VM entry failed, or an exit reason of a later CPU");
	counters.exit[reason]++;

	switch (reason) {
	case VMX_EXIT_CPUID:
		guest_cpuid(regs);
		skip_instruction();
		break;
	case VMX_EXIT_VMCALL:
		services_hypercall(regs);
		skip_instruction();
		break;
	case VMX_EXIT_IO_INSTRUCTION:
		if (!io_exit(regs))
			return AFTER_STOP;
		if (guest.launch) {
			guest.launch = false;
			return counted(AFTER_LAUNCH);
		}
		break;
	case VMX_EXIT_MSR_READ:
	case VMX_EXIT_MSR_WRITE:
		msr_exit(regs, reason == VMX_EXIT_MSR_WRITE);
		break;
	case VMX_EXIT_EPT_VIOLATION:
	case VMX_EXIT_EPT_MISCONFIG:
		mmio_exit(regs, reason);
		break;
	case VMX_EXIT_PML_FULL:
		dirty_log_full();
		event_reinject(); /* the exit may have interrupted the delivery of an event */
		break;
	case VMX_EXIT_EXCEPTION_NMI:
		exception(regs);
		break;
	case VMX_EXIT_INTERRUPT_WINDOW:
		event_window();
		break;
	case VMX_EXIT_NMI_WINDOW:
		event_nmi_window();
		break;
	case VMX_EXIT_EXTERNAL_INTERRUPT:
		machine_interrupt(regs);
		break;
	case VMX_EXIT_PREEMPTION_TIMER:
		services_preempted();
		break;
	case VMX_EXIT_HLT:
		halt();
		break;
	case VMX_EXIT_RDTSC:
	case VMX_EXIT_RDTSCP:
		read_tsc(regs, reason == VMX_EXIT_RDTSCP);
		break;
	case VMX_EXIT_RDPMC: /* every performance counter reads as zero */
		regs->rax = regs->rdx = 0;
		skip_instruction();
		break;
	case VMX_EXIT_CR_ACCESS:
		cr_exit(regs);
		break;
	case VMX_EXIT_DR_ACCESS:
		dr_exit(regs);
		break;
	case VMX_EXIT_VMRESUME:
	case VMX_EXIT_VMLAUNCH:
	case VMX_EXIT_VMREAD:
	case VMX_EXIT_VMWRITE:
	case VMX_EXIT_VMPTRLD:
	case VMX_EXIT_VMPTRST:
	case VMX_EXIT_VMCLEAR:
	case VMX_EXIT_VMOFF:
	case VMX_EXIT_VMON:
	case VMX_EXIT_INVEPT:
	case VMX_EXIT_INVVPID:
		return counted(nested_instruction(regs, reason));
	case VMX_EXIT_GDTR_IDTR:
	case VMX_EXIT_LDTR_TR:
		if (nested_tables_change())
			break;
		descriptor_exit(regs, reason);
		break;
	case VMX_EXIT_XSETBV:
		xsetbv_exit(regs);
		break;
	case VMX_EXIT_INVLPG:
		invlpg_exit();
		break;
	case VMX_EXIT_INVPCID:
		invpcid_exit(regs);
		break;
	case VMX_EXIT_INVD:   /* always exits; skipping it only keeps data in the caches */
	case VMX_EXIT_WBINVD: /* no device of the guest bypasses the caches */
	case VMX_EXIT_PAUSE_INSTRUCTION:
	case VMX_EXIT_MONITOR_INSTRUCTION:
	case VMX_EXIT_MWAIT_INSTRUCTION: /* MWAIT may end at any time for any reason (SDM vol. 2, MWAIT) */
		skip_instruction();
		break;
	case VMX_EXIT_GETSEC:
		getsec(regs);
		break;
	case VMX_EXIT_TRIPLE_FAULT:
		guest_dump_and_fail(regs, reason, "the guest shut itself down (triple fault)");
	default:
		guest_dump_and_fail(regs, reason, "nothing handles this exit");
	}
	return counted(AFTER_RESUME);
}

enum after_exit handle_failed_entry(bool resume)
{
	if (!nested_is_running())
		guest_entry_failed(resume);
	return counted(nested_entry_failed());
}
