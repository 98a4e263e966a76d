// SPDX-License-Identifier: GPL-2.0-only
/* Offers VMX to the guest, and handles the exits of the nested guest. */
#include "l1-hypervisor/nested/vmx/nested.h"

#include "l1-hypervisor/cpu/vmx/dump.h"
#include "l1-hypervisor/cpu/vmx/registers.h"
#include "l1-hypervisor/cpu/vmx/vmx.h"
#include "l1-hypervisor/emulate/cr.h"
#include "l1-hypervisor/emulate/mmio.h"
#include "l1-hypervisor/emulate/msr.h"
#include "l1-hypervisor/emulate/port_io.h"
#include "l1-hypervisor/events/events.h"
#include "l1-hypervisor/nested/vmx/nested_bitmaps.h"
#include "l1-hypervisor/nested/vmx/nested_enter.h"
#include "l1-hypervisor/nested/vmx/nested_ept.h"
#include "l1-hypervisor/nested/vmx/nested_host_exits.h"
#include "l1-hypervisor/nested/vmx/nested_reflect.h"
#include "l1-hypervisor/nested/vmx/nested_saved_fields.h"
#include "l1-hypervisor/nested/vmx/nested_state.h"
#include "l1-hypervisor/nested/vmx/nested_switch.h"
#include "microbench/abi/words.h"
#include "microbench/bare/bare.h"
#include "microbench/bare/cpu.h"
#include "vmcs-shadow/event_rules.h"
#include "vmcs-shadow/guest_capabilities.h"
#include "vmcs-shadow/merge.h"
#include "vmcs-shadow/owner.h"
#include "vmcs-shadow/x86.h"

#define PENDING_SINGLE_STEP (1ull << 14)

static bool is_off(const char *cmdline, const char *word)
{
	if (nb_word(cmdline, word) && !nb_word_is(cmdline, word, "on") && !nb_word_is(cmdline, word, "off"))
		bare_fail("%s= takes on or off: \"%s\"", word, cmdline);
	return nb_word_is(cmdline, word, "off");
}

/*
 * Returns the policy that shadow_policy= names. The default is free, or none on a CPU without it.
 */
static enum shadow_policy wanted_policy(const char *cmdline)
{
	const char *word = nb_word(cmdline, "shadow_policy");
	int policy = word ? shadow_policy_find(word) : SHADOW_POLICY_FREE;
	bool possible = vmx.secondary >> 32 & SECONDARY_EXEC_SHADOW_VMCS &&
			vmx.misc & VMX_MISC_VMWRITE_SHADOW_RO_FIELDS;

	if (policy < 0)
		bare_fail("shadow_policy= takes one of %s: \"%s\"", SHADOW_POLICY_WORDS, cmdline);
	if (word && policy != SHADOW_POLICY_NONE && !possible)
		bare_fail("shadow_policy=: this CPU has no VMCS shadowing with VMWRITE to all fields "
			  "(IA32_VMX_PROCBASED_CTLS2 = %lx, IA32_VMX_MISC = %lx)",
			  vmx.secondary, vmx.misc);
	return possible ? (enum shadow_policy)policy : SHADOW_POLICY_NONE;
}

/* --- Hooks that the lower folders call --- */

static bool read_msr(struct vcpu *vcpu, uint32_t msr, uint64_t *value)
{
	return vmx_offered_msr(&nested_of(vcpu)->vmx, msr, value);
}

static bool intercepts_exception(struct vcpu *vcpu, unsigned vector, uint32_t error)
{
	return vmx_exception_exits(&nested_of(vcpu)->running->v12, vector, error);
}

static bool intercepts_interrupts(struct vcpu *vcpu)
{
	return vmx_intercepts_interrupts(&nested_of(vcpu)->running->v12);
}

static bool intercepts_nmis(struct vcpu *vcpu)
{
	return vmx_intercepts_nmis(&nested_of(vcpu)->running->v12);
}

static bool injects_own_event(struct vcpu *vcpu)
{
	return nested_of(vcpu)->running->injects;
}

static void *memory(struct vcpu *vcpu, uint64_t physical, uint64_t bytes)
{
	const struct nested_vmcs *vmcs = nested_of(vcpu)->running;

	if (vmcs12_secondary(&vmcs->v12) & SECONDARY_EXEC_ENABLE_EPT &&
	    !nested_ept_translate(vcpu, vmcs, physical, &physical))
		return NULL;
	return guest_memory(vcpu, physical, bytes);
}

static const struct nested_hooks hooks = {
	.memory_written = nested_bitmaps_written,
	.unprotect_page = nested_bitmaps_touched,
	.bitmaps_changed = nested_bitmaps_forget,
	.tables_change = nested_tables_change,
	.read_msr = read_msr,
	.intercepts_exception = intercepts_exception,
	.intercepts_interrupts = intercepts_interrupts,
	.intercepts_nmis = intercepts_nmis,
	.save_event_fields = nested_save_event_fields,
	.injects_own_event = injects_own_event,
	.memory = memory,
};

void nested_init(struct vcpu *vcpu, const char *cmdline)
{
	vcpu->cr4_must_be_0 |= CR4_VMXE; /* without nesting the guest's CPUID does not report VMX */
	*nested_of(vcpu) = (struct nested){
		.track = !is_off(cmdline, "nested_dirty"),
		.cache_ept = !is_off(cmdline, "nested_ept_cache"),
		.use_vpid = !is_off(cmdline, "nested_vpid"),
		.lazy = !is_off(cmdline, "lazy_host"),
		.policy = wanted_policy(cmdline),
		.vmxon = NESTED_NO_ADDRESS,
		.physical_bits = cpuid(LEAF_ADDRESSES, 0).eax & 0xff,
	};
	if (nb_word(cmdline, "me")) {
		vcpu->is_hypervisor = true;
		counters_name(nb_word(cmdline, "me"));
	}
	if (!nb_word_is(cmdline, "nested", "on")) {
		if (nb_word(cmdline, "nested") && !nb_word_is(cmdline, "nested", "off"))
			bare_fail("nested= takes on or off: \"%s\"", cmdline);
		return;
	}
	if (vcpu->shadow)
		bare_fail("nested=on is unsupported with shadow page tables: an ept02 needs an ept01. Use mmu=ept");
	vcpu->nested = &hooks;
	vcpu->cr4_must_be_0 &= ~(uint64_t)CR4_VMXE;
	vmx_offer(&vmx, &nested_of(vcpu)->vmx);
	nested_vmcs_init(&nested_of(vcpu)->vmx, nested_of(vcpu)->policy, nested_of(vcpu)->track);
}

/* Collects the exit information that vmx_exit_owner() needs for this exit reason. */
static struct vmx_exit describe_exit(struct vcpu *vcpu, uint32_t reason)
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
		exit.msr = (uint32_t)vcpu->regs.rcx;
		break;
	case VMX_EXIT_VMREAD:
	case VMX_EXIT_VMWRITE:
		exit.field = register_read(vcpu, (unsigned)vmcs_read(VMX_INSTRUCTION_INFO) >> 28 & 15);
		if (!(vmcs_read(GUEST_CS_AR_BYTES) & AR_L)) /* outside of 64-bit code the register has 32 bits */
			exit.field = (uint32_t)exit.field;
		break;
	default:
		break;
	}
	return exit;
}

static const uint8_t *guest_bitmap(struct vcpu *vcpu, uint64_t address)
{
	return guest_memory(vcpu, address, 4096);
}

/* Returns true if the guest must get this exit, after a look at its controls and bitmaps. */
static bool guest_intercepts(struct vcpu *vcpu, uint32_t reason)
{
	const struct vmcs12 *v = &nested_of(vcpu)->running->v12;
	const struct vmx_exit exit = describe_exit(vcpu, reason);
	const struct vmx_bitmaps bitmaps = {
		.io = {guest_bitmap(vcpu, VMCS12(v, IO_BITMAP_A)), guest_bitmap(vcpu, VMCS12(v, IO_BITMAP_B))},
		.msr = guest_bitmap(vcpu, VMCS12(v, MSR_BITMAP)),
		.vmread = guest_bitmap(vcpu, VMCS12(v, VMREAD_BITMAP)),
		.vmwrite = guest_bitmap(vcpu, VMCS12(v, VMWRITE_BITMAP)),
	};

	return vmx_exit_owner(v, &exit, &bitmaps) == VMX_OWNER_L1;
}

/*
 * Call it after the host has emulated an instruction of the nested guest. Blocking by STI or MOV SS
 * ends. A single step or the monitor trap flag takes effect after the instruction (SDM 25.4.2,
 * 26.5.2).
 *
 * The single step becomes a pending debug exception in the VMCS. The monitor trap flag is an exit
 * to the guest: the function then returns false, with the exit in *information. If the next entry
 * injects an event, the CPU makes this exit after the event.
 */
static bool finish_instruction(struct vcpu *vcpu, struct vmx_exit_information *information)
{
	const struct vmcs12 *v = &nested_of(vcpu)->running->v12;

	event_unblock();
	if (vmcs_read(GUEST_RFLAGS) & RFLAGS_TF && !(vmcs_read(GUEST_IA32_DEBUGCTL) & DEBUGCTL_BTF))
		vmcs_write(GUEST_PENDING_DBG_EXCEPTIONS, vmcs_read(GUEST_PENDING_DBG_EXCEPTIONS) | PENDING_SINGLE_STEP);
	if (!(VMCS12(v, CPU_BASED_VM_EXEC_CONTROL) & CPU_BASED_MONITOR_TRAP_FLAG) ||
	    vmcs_read(VM_ENTRY_INTR_INFO_FIELD) & INTR_INFO_VALID_MASK)
		return true;
	*information = (struct vmx_exit_information){.reason = VMX_EXIT_MONITOR_TRAP_FLAG};
	return false;
}

/* --- Handlers of exits that the host owns --- */

void nested_resume_delivery(struct vcpu *vcpu, bool unblocks_nmi)
{
	if (!event_reinject(vcpu) && unblocks_nmi) /* SDM 28.2.3: the faulting IRET restarts */
		vmcs_write(GUEST_INTERRUPTIBILITY_INFO, vmcs_read(GUEST_INTERRUPTIBILITY_INFO) | GUEST_INTR_STATE_NMI);
}

enum outcome nested_ept_violation_exit(struct vcpu *vcpu, uint32_t reason)
{
	struct nested_vmcs *vmcs = nested_of(vcpu)->running;
	struct vmx_exit_information information;

	if (!(vmcs12_secondary(&vmcs->v12) & SECONDARY_EXEC_ENABLE_EPT))
		return mmio_exit(vcpu, reason); /* without ept12, both guests use ept01 */
	if (nested_ept_violation(vcpu, vmcs, &information))
		return nested_reflect(vcpu, &information);
	nested_resume_delivery(vcpu, vmcs_read(EXIT_QUALIFICATION) & 1u << 12);
	return OUTCOME_RESUME;
}

enum outcome nested_ept_misconfig_exit(struct vcpu *vcpu, uint32_t reason)
{
	if (vmcs12_secondary(&nested_of(vcpu)->running->v12) & SECONDARY_EXEC_ENABLE_EPT)
		guest_dump_and_fail(vcpu, "the ept02 that the host built is misconfigured");
	return mmio_exit(vcpu, reason);
}

/* --- Exits of the nested guest --- */

enum outcome nested_exit(struct vcpu *vcpu, uint32_t reason, exit_handler *host_handler)
{
	const bool requested = nested_of(vcpu)->host_exit_requests && nested_cancel_host_exits(vcpu, reason);
	struct nested_vmcs *vmcs = nested_of(vcpu)->running;
	struct vmx_exit_information information;
	enum outcome outcome;
	uint64_t rip;

	if (reason & VMX_EXIT_REASON_ENTRY_FAILURE)
		return nested_reflect(vcpu, NULL);
	vmcs->region_state = REGION_VMCS02_LAUNCHED;
	if (requested)
		return nested_continue(vcpu);
	if (reason < VMX_EXIT_REASON_COUNT &&
	    (vmcs->guest_exits[reason / 64] >> reason % 64 & 1 || guest_intercepts(vcpu, reason)))
		return nested_reflect(vcpu, NULL);
	if (!host_handler)
		guest_dump_and_fail(vcpu, "the host does not handle this exit of the nested guest");
	rip = vmcs_read(GUEST_RIP);
	outcome = host_handler(vcpu, reason);
	if (!vcpu->nested_runs) /* the handler has made a virtual VM exit */
		return outcome;
	if (vmcs_read(GUEST_RIP) != rip && !finish_instruction(vcpu, &information))
		return nested_reflect(vcpu, &information);
	return nested_continue(vcpu);
}
