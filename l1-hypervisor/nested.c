// SPDX-License-Identifier: GPL-2.0-only
/* Offers VMX to the guest, and handles the exits of the nested guest. */
#include "l1-hypervisor/nested.h"

#include "l1-hypervisor/cr.h"
#include "l1-hypervisor/events.h"
#include "l1-hypervisor/mmio.h"
#include "l1-hypervisor/msr.h"
#include "l1-hypervisor/nested_ept.h"
#include "l1-hypervisor/nested_state.h"
#include "l1-hypervisor/port_io.h"
#include "l1-hypervisor/registers.h"
#include "microbench/abi/words.h"
#include "microbench/bare/bare.h"
#include "microbench/bare/cpu.h"
#include "vmcs-shadow/x86.h"
#include "vmcs-shadow/merge.h"
#include "vmcs-shadow/guest_capabilities.h"
#include "vmcs-shadow/owner.h"

#define PENDING_SINGLE_STEP (1ull << 14)

struct nested nested;

static bool is_off(const char *cmdline, const char *word)
{
	if (nb_word(cmdline, word) && !nb_word_is(cmdline, word, "on") && !nb_word_is(cmdline, word, "off"))
		bare_fail("%s= takes on or off: \"%s\"", word, cmdline);
	return nb_word_is(cmdline, word, "off");
}

static enum shadow_policy wanted_policy(const char *cmdline)
{
	const char *word = nb_word(cmdline, "shadow_policy");
	int policy = word ? shadow_policy_find(word) : SHADOW_POLICY_FREE;
	bool possible = vmx.secondary >> 32 & SECONDARY_EXEC_SHADOW_VMCS &&
			vmx.misc & VMX_MISC_VMWRITE_SHADOW_RO_FIELDS;

	if (policy < 0)
		bare_fail("shadow_policy= takes none, linux, hot, all or free: \"%s\"", cmdline);
	if (word && policy != SHADOW_POLICY_NONE && !possible)
		bare_fail("shadow_policy=: this CPU has no VMCS shadowing with VMWRITE to all fields "
			  "(IA32_VMX_PROCBASED_CTLS2 = %lx, IA32_VMX_MISC = %lx)",
			  vmx.secondary, vmx.misc);
	return possible ? (enum shadow_policy)policy : SHADOW_POLICY_NONE;
}

void nested_init(const char *cmdline)
{
	nested = (struct nested){
		.track = !is_off(cmdline, "nested_dirty"),
		.cache_ept = !is_off(cmdline, "nested_ept_cache"),
		.use_vpid = !is_off(cmdline, "nested_vpid"),
		.lazy = !is_off(cmdline, "lazy_host"),
		.policy = wanted_policy(cmdline),
		.vmxon = NESTED_NOWHERE,
		.physical_bits = cpuid(LEAF_ADDRESSES, 0).eax & 0xff,
	};
	if (nb_word(cmdline, "me")) {
		guest.is_hypervisor = true;
		counters_name(nb_word(cmdline, "me"));
	}
	if (!nb_word_is(cmdline, "nested", "on")) {
		if (nb_word(cmdline, "nested") && !nb_word_is(cmdline, "nested", "off"))
			bare_fail("nested= takes on or off: \"%s\"", cmdline);
		return;
	}
	if (guest.shadow)
		bare_fail("nested=on: on shadow tables our guest gets no VMX, as there is no ept01 to compose");
	nested.offered = true;
	vmx_offer(&vmx, &nested.vmx);
	nested_vmcs_init(&nested.vmx, nested.policy, nested.track);
}

bool nested_is_offered(void)
{
	return nested.offered;
}

bool nested_msr(uint32_t msr, uint64_t *value)
{
	return vmx_offered_msr(&nested.vmx, msr, value);
}

bool nested_is_on(void)
{
	return nested.on;
}

bool nested_may_write_vmxe(bool value)
{
	return nested.offered && (value || !nested.on);
}

/* Collects the exit information that vmx_exit_owner() needs for this exit reason. */
static struct vmx_exit describe(const struct guest_registers *regs, uint32_t reason)
{
	struct vmx_exit exit = {.reason = reason};

	switch (reason) {
	case VMX_EXIT_EXCEPTION_NMI:
		exit.interruption = (uint32_t)vmcs_read(VM_EXIT_INTR_INFO);
		exit.error_code = (uint32_t)vmcs_read(VM_EXIT_INTR_ERROR_CODE);
		break;
	case VMX_EXIT_CR_ACCESS:
	case VMX_EXIT_IO_INSTRUCTION:
		exit.qualification = vmcs_read(EXIT_QUALIFICATION);
		break;
	case VMX_EXIT_MSR_READ:
	case VMX_EXIT_MSR_WRITE:
		exit.msr = (uint32_t)regs->rcx;
		break;
	case VMX_EXIT_VMREAD:
	case VMX_EXIT_VMWRITE:
		exit.field = register_read((struct guest_registers *)regs,
					   (unsigned)vmcs_read(VMX_INSTRUCTION_INFO) >> 28 & 15);
		if (!(vmcs_read(GUEST_CS_AR_BYTES) & AR_L)) /* outside of 64-bit code the register has 32 bits */
			exit.field = (uint32_t)exit.field;
		break;
	default:
		break;
	}
	return exit;
}

void *nested_physical(uint64_t physical, uint64_t bytes)
{
	if (nested_running && vmcs12_secondary(&nested_running->v12) & SECONDARY_EXEC_ENABLE_EPT &&
	    !nested_ept_translate(nested_running, physical, &physical))
		return NULL;
	return guest_memory(&guest, physical, bytes);
}

const void *nested_memory_of_l1(uint64_t physical)
{
	return guest_memory(&guest, physical, 8);
}

static const uint8_t *bitmap_of_l1(uint64_t address)
{
	return guest_memory(&guest, address, 4096);
}

static bool is_l1s(const struct guest_registers *regs, uint32_t reason)
{
	const struct vmcs12 *v = &nested_running->v12;
	const struct vmx_exit exit = describe(regs, reason);
	const struct vmx_bitmaps bitmaps = {
		.io = {bitmap_of_l1(VMCS12(v, IO_BITMAP_A)), bitmap_of_l1(VMCS12(v, IO_BITMAP_B))},
		.msr = bitmap_of_l1(VMCS12(v, MSR_BITMAP)),
		.vmread = bitmap_of_l1(VMCS12(v, VMREAD_BITMAP)),
		.vmwrite = bitmap_of_l1(VMCS12(v, VMWRITE_BITMAP)),
	};

	return vmx_exit_owner(v, &exit, &bitmaps) == VMX_OWNER_L1;
}

/*
 * Continues after an exit that the nested guest must not notice. If the exit interrupted the
 * delivery of an event, the event is injected again.
 */
static void resume_delivery(bool unblocks_nmi)
{
	if (!event_reinject() && unblocks_nmi) /* SDM 28.2.3: the faulting IRET restarts */
		vmcs_write(GUEST_INTERRUPTIBILITY_INFO, vmcs_read(GUEST_INTERRUPTIBILITY_INFO) | GUEST_INTR_STATE_NMI);
}

/*
 * The host has executed an instruction for the nested guest. Blocking by STI or MOV SS ends. A
 * single step or the monitor trap flag takes effect after the instruction (SDM 25.4.2, 26.5.2).
 *
 * The single step becomes a pending debug exception in the VMCS. The monitor trap flag is an exit
 * to the guest: returns false, with the exit in *information. If the next entry injects an event,
 * the CPU makes this exit after the event.
 */
static bool instruction_is_over(struct vmx_exit_information *information)
{
	const struct vmcs12 *v = &nested_running->v12;

	event_unblock();
	if (vmcs_read(GUEST_RFLAGS) & RFLAGS_TF && !(vmcs_read(GUEST_IA32_DEBUGCTL) & DEBUGCTL_BTF))
		vmcs_write(GUEST_PENDING_DBG_EXCEPTIONS, vmcs_read(GUEST_PENDING_DBG_EXCEPTIONS) | PENDING_SINGLE_STEP);
	if (!(VMCS12(v, CPU_BASED_VM_EXEC_CONTROL) & CPU_BASED_MONITOR_TRAP_FLAG) ||
	    vmcs_read(VM_ENTRY_INTR_INFO_FIELD) & INTR_INFO_VALID_MASK)
		return true;
	*information = (struct vmx_exit_information){.reason = VMX_EXIT_MONITOR_TRAP_FLAG};
	return false;
}

/*
 * Handles an exit that the host owns. Returns false if the guest must get an exit after all, with
 * this exit in *information.
 */
static bool handle(struct guest_registers *regs, uint32_t reason, struct vmx_exit_information *information)
{
	switch (reason) {
	case VMX_EXIT_EXTERNAL_INTERRUPT:
		machine_interrupt(regs);
		resume_delivery(false);
		return true;
	case VMX_EXIT_EPT_VIOLATION:
		if (!(vmcs12_secondary(&nested_running->v12) & SECONDARY_EXEC_ENABLE_EPT)) {
			mmio_exit(regs, reason); /* without ept12, both guests use ept01 */
			return true;
		}
		if (nested_ept_violation(nested_running, information))
			return false;
		resume_delivery(vmcs_read(EXIT_QUALIFICATION) & 1u << 12);
		return true;
	case VMX_EXIT_EPT_MISCONFIG:
		if (vmcs12_secondary(&nested_running->v12) & SECONDARY_EXEC_ENABLE_EPT)
			guest_dump_and_fail(regs, reason, "our ept02 is misconfigured");
		mmio_exit(regs, reason);
		return true;
	case VMX_EXIT_EXCEPTION_NMI:
		event_reflect(regs, (uint32_t)vmcs_read(VM_EXIT_INTR_INFO));
		return true;
	case VMX_EXIT_MSR_READ:
	case VMX_EXIT_MSR_WRITE:
		msr_exit(regs, reason == VMX_EXIT_MSR_WRITE);
		return true;
	case VMX_EXIT_CR_ACCESS:
		cr_exit(regs);
		return true;
	case VMX_EXIT_IO_INSTRUCTION:
		io_exit(regs);
		return true;
	case VMX_EXIT_VMREAD:
	case VMX_EXIT_VMWRITE:
		nested_shadow_access(regs, reason == VMX_EXIT_VMWRITE);
		return true;
	case VMX_EXIT_INTERRUPT_WINDOW:
		event_window();
		return true;
	case VMX_EXIT_NMI_WINDOW:
		event_nmi_window();
		return true;
	default:
		guest_dump_and_fail(regs, reason, "nothing handles this exit of our guest's guest");
	}
}

enum after_exit nested_exit(struct guest_registers *regs, uint32_t reason)
{
	const bool asked = nested_host_exit_requests && nested_cancel_host_exit_requests(reason);
	struct vmx_exit_information information;
	uint64_t rip;

	if (reason & VMX_EXIT_REASON_ENTRY_FAILURE)
		return nested_reflect(NULL);
	nested_running->was_launched = true;
	if (asked)
		return nested_continue();
	if (reason < VMX_EXIT_REASON_COUNT &&
	    (nested_running->l1s[reason / 64] >> reason % 64 & 1 || is_l1s(regs, reason)))
		return nested_reflect(NULL);
	rip = vmcs_read(GUEST_RIP);
	if (!handle(regs, reason, &information))
		return nested_reflect(&information);
	if (vmcs_read(GUEST_RIP) != rip && !instruction_is_over(&information))
		return nested_reflect(&information);
	return nested_continue();
}
