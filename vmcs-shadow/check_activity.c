// SPDX-License-Identifier: GPL-2.0-only
/*
 * VM-entry checks on guest non-register state (SDM 27.3.1.5): activity state, interruptibility and
 * pending debug exceptions. The rules assume that the CPU is not in SMM.
 */
#include <stddef.h>

#include "vmcs-shadow/entry_rules.h"

#define BLOCKING_BY_STI_OR_MOV_SS (GUEST_INTR_STATE_STI | GUEST_INTR_STATE_MOV_SS)
#define INTERRUPTIBILITY_RESERVED 0xffffffe0u

/* Pending debug exceptions (25.4.2) */
#define PENDING_RESERVED     0xfffffffffffeaff0ull
#define PENDING_ENABLED      (1ull << 12)
#define PENDING_BS           (1ull << 14)
#define PENDING_RTM          (1ull << 16)
#define PENDING_NOT_WITH_RTM 0xfffffffffffeefffull /* all bits except 12 and 16 (RTM) */

static uint32_t event_type(const struct vmx_entry *e)
{
	return e->event & INTR_INFO_INTR_TYPE_MASK;
}

static bool injects_nmi(const struct vmx_entry *e)
{
	return e->event && event_type(e) == INTR_TYPE_NMI_INTR;
}

/* Returns true if the event wakes a CPU that has executed HLT. */
static bool allowed_in_hlt(const struct vmx_entry *e)
{
	uint32_t vector = e->event & INTR_INFO_VECTOR_MASK;

	switch (event_type(e)) {
	case INTR_TYPE_EXT_INTR:
	case INTR_TYPE_NMI_INTR:
		return true;
	case INTR_TYPE_HARD_EXCEPTION:
		return vector == DEBUG_VECTOR || vector == MACHINE_CHECK;
	case INTR_TYPE_OTHER_EVENT:
		return vector == 0;
	default:
		return false;
	}
}

static bool allowed_in_shutdown(const struct vmx_entry *e)
{
	return injects_nmi(e) ||
	       (event_type(e) == INTR_TYPE_HARD_EXCEPTION && (e->event & INTR_INFO_VECTOR_MASK) == MACHINE_CHECK);
}

/* Checks an activity state other than active. Every CPU supports the active state. */
static bool activity_supported(const struct vmx_entry *e, uint64_t activity)
{
	uint64_t misc = e->cpu->vmx.misc;

	switch (activity) {
	case GUEST_ACTIVITY_HLT:
		return misc & VMX_MISC_ACTIVITY_HLT;
	case GUEST_ACTIVITY_SHUTDOWN:
		return misc & VMX_MISC_ACTIVITY_SHUTDOWN;
	case GUEST_ACTIVITY_WAIT_SIPI:
		return misc & VMX_MISC_ACTIVITY_WAIT_SIPI;
	default:
		return false;
	}
}

static const char *check_activity(const struct vmx_entry *e)
{
	uint64_t activity = FIELD(e, GUEST_ACTIVITY_STATE), ss_rights = FIELD(e, GUEST_SS_AR_BYTES);
	uint64_t blocking = FIELD(e, GUEST_INTERRUPTIBILITY_INFO) & BLOCKING_BY_STI_OR_MOV_SS;

	if (activity == GUEST_ACTIVITY_ACTIVE)
		return NULL;
	RULE(activity_supported(e, activity), "27.3.1.5 activity state: one that the CPU supports");
	RULE(IF_THEN(activity == GUEST_ACTIVITY_HLT, (ss_rights >> 5 & 3) == 0),
	     "27.3.1.5 activity state: HLT only where the DPL of SS is 0");
	RULE(!blocking, "27.3.1.5 activity state: active where STI or MOV SS blocks");
	if (!e->event)
		return NULL;
	RULE(activity != GUEST_ACTIVITY_WAIT_SIPI, "27.3.1.5 activity state: no event is injected in wait-for-SIPI");
	RULE(IF_THEN(activity == GUEST_ACTIVITY_HLT, allowed_in_hlt(e)),
	     "27.3.1.5 activity state: the event injected is one that ends HLT");
	RULE(IF_THEN(activity == GUEST_ACTIVITY_SHUTDOWN, allowed_in_shutdown(e)),
	     "27.3.1.5 activity state: only NMI and #MC are injected in shutdown");
	return NULL;
}

static const char *check_interruptibility(const struct vmx_entry *e)
{
	uint32_t state = (uint32_t)FIELD(e, GUEST_INTERRUPTIBILITY_INFO);
	bool external = e->event && event_type(e) == INTR_TYPE_EXT_INTR;
	/*
	 * The manual checks CPUID for SGX. This code checks a control that only CPUs with SGX
	 * support.
	 */
	bool has_sgx = e->cpu->vmx.secondary >> 32 & SECONDARY_EXEC_ENCLS_EXITING;

	RULE(!(state & INTERRUPTIBILITY_RESERVED), "27.3.1.5 interruptibility: reserved bits");
	RULE((state & BLOCKING_BY_STI_OR_MOV_SS) != BLOCKING_BY_STI_OR_MOV_SS,
	     "27.3.1.5 interruptibility: not both STI and MOV SS block");
	RULE(IF_THEN(state & GUEST_INTR_STATE_STI, FIELD(e, GUEST_RFLAGS) & RFLAGS_IF),
	     "27.3.1.5 interruptibility: STI blocks only with RFLAGS.IF");
	RULE(IF_THEN(external, !(state & BLOCKING_BY_STI_OR_MOV_SS)),
	     "27.3.1.5 interruptibility: nothing blocks an external interrupt that is injected");
	RULE(IF_THEN(injects_nmi(e), !(state & GUEST_INTR_STATE_MOV_SS)),
	     "27.3.1.5 interruptibility: MOV SS does not block an NMI that is injected");
	RULE(!(state & GUEST_INTR_STATE_SMI), "27.3.1.5 interruptibility: SMIs are blocked only in SMM");
	RULE(IF_THEN(injects_nmi(e) && (e->pin & PIN_BASED_VIRTUAL_NMIS), !(state & GUEST_INTR_STATE_NMI)),
	     "27.3.1.5 interruptibility: virtual NMIs are not blocked where one is injected");
	if (state & GUEST_INTR_STATE_ENCLAVE_INTR) {
		RULE(!(state & GUEST_INTR_STATE_MOV_SS),
		     "27.3.1.5 interruptibility: MOV SS does not block after an enclave");
		RULE(has_sgx, "27.3.1.5 interruptibility: enclave interruption needs SGX");
	}
	return NULL;
}

static const char *check_pending_debug(const struct vmx_entry *e)
{
	uint64_t pending = FIELD(e, GUEST_PENDING_DBG_EXCEPTIONS), state = FIELD(e, GUEST_INTERRUPTIBILITY_INFO);
	bool single_step = (FIELD(e, GUEST_RFLAGS) & RFLAGS_TF) && !(FIELD(e, GUEST_IA32_DEBUGCTL) & DEBUGCTL_BTF);

	RULE(!(pending & PENDING_RESERVED), "27.3.1.5 pending debug exceptions: reserved bits");
	if ((state & BLOCKING_BY_STI_OR_MOV_SS) || FIELD(e, GUEST_ACTIVITY_STATE) == GUEST_ACTIVITY_HLT) {
		RULE(IF_THEN(single_step, pending & PENDING_BS),
		     "27.3.1.5 pending debug exceptions: BS is 1 with RFLAGS.TF and without BTF");
		RULE(IF_THEN(!single_step, !(pending & PENDING_BS)),
		     "27.3.1.5 pending debug exceptions: BS is 0 without RFLAGS.TF or with BTF");
	}
	/*
	 * The manual also requires a CPU with RTM. The capability MSRs do not report RTM, so that
	 * requirement is not checked.
	 */
	if (pending & PENDING_RTM) {
		RULE((pending & PENDING_NOT_WITH_RTM) == 0 && (pending & PENDING_ENABLED),
		     "27.3.1.5 pending debug exceptions: RTM goes with bit 12 alone");
		RULE(!(state & GUEST_INTR_STATE_MOV_SS),
		     "27.3.1.5 pending debug exceptions: RTM not where MOV SS blocks");
	}
	return NULL;
}

const char *vmx_check_guest_activity(const struct vmx_entry *e)
{
	RULES_OF(check_activity, e);
	RULES_OF(check_interruptibility, e);
	return check_pending_debug(e);
}

/*
 * A CPU may accept an NMI here, or fail the VM entry with exit qualification 3 (27.8). This code
 * fails the entry.
 */
const char *vmx_check_guest_nmi(const struct vmx_entry *e)
{
	RULE(IF_THEN(injects_nmi(e), !(FIELD(e, GUEST_INTERRUPTIBILITY_INFO) & GUEST_INTR_STATE_STI)),
	     "27.3.1.5 interruptibility: STI does not block an NMI that is injected");
	return NULL;
}
