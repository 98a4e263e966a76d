// SPDX-License-Identifier: GPL-2.0-only
/*
 * VM-entry checks on the guest's control registers, debug registers and MSRs (SDM 27.3.1.1), and on
 * RIP, RFLAGS and SSP (27.3.1.4).
 */
#include <stddef.h>

#include "vmcs-shadow/entry_rules.h"

/* 18.4.1: bits 5:3 and 63:16 are reserved on every CPU; other bits depend on the model. */
#define DEBUGCTL_RESERVED 0xffffffffffff0038ull
#define LBR_CTL_RESERVED  0xffffffffff80fff0ull /* 19.1.1 */
#define RTIT_CTL_RESERVED 0xfe7f000070840000ull /* 33.2.8.2 */
#define BNDCFGS_RESERVED  0xffcull
#define BNDCFGS_BASE      (~0xfffull)
#define RFLAGS_RESERVED   0xffffffffffc08028ull
#define RFLAGS_FIXED      2ull
#define CS_LONG           (1ull << 13)

static const char *check_control_registers(const struct vmx_entry *e)
{
	const struct vmx_capabilities *vmx = &e->cpu->vmx;
	uint64_t cr0 = FIELD(e, GUEST_CR0), cr4 = FIELD(e, GUEST_CR4);
	uint64_t unchecked = CR0_NW | CR0_CD; /* a VM entry does not load these bits */
	bool ia32e = e->entry & VM_ENTRY_IA32E_MODE;

	if (e->secondary & SECONDARY_EXEC_UNRESTRICTED_GUEST)
		unchecked |= CR0_PE | CR0_PG;
	RULE(vmx_fixed_bits_ok(cr0, vmx->cr0_fixed0 & ~unchecked, vmx->cr0_fixed1 | unchecked),
	     "27.3.1.1 guest CR0: bits that are fixed in VMX operation");
	RULE(IF_THEN(cr0 & CR0_PG, cr0 & CR0_PE), "27.3.1.1 guest CR0.PG: needs CR0.PE");
	RULE(vmx_fixed_bits_ok(cr4, vmx->cr4_fixed0, vmx->cr4_fixed1),
	     "27.3.1.1 guest CR4: bits that are fixed in VMX operation");
	RULE(IF_THEN(cr4 & CR4_CET, cr0 & CR0_WP), "27.3.1.1 guest CR4.CET: needs CR0.WP");
	RULE(IF_THEN(ia32e, cr0 & CR0_PG), "27.3.1.1 IA-32e mode guest: needs CR0.PG");
	RULE(IF_THEN(ia32e, cr4 & CR4_PAE), "27.3.1.1 IA-32e mode guest: needs CR4.PAE");
	RULE(IF_THEN(cr4 & CR4_PCIDE, ia32e), "27.3.1.1 guest CR4.PCIDE: needs IA-32e mode guest");
	RULE((FIELD(e, GUEST_CR3) & e->beyond_width) == 0, "27.3.1.1 guest CR3: physical-address width");
	return NULL;
}

/* Checks MSRs that a VM-entry control loads. Without the control, the field is not checked. */
static const char *check_loaded_msrs(const struct vmx_entry *e)
{
	uint64_t efer = FIELD(e, GUEST_IA32_EFER), bndcfgs = FIELD(e, GUEST_BNDCFGS);

	RULE(IF_THEN(e->entry & VM_ENTRY_LOAD_IA32_PERF_GLOBAL_CTRL,
		     vmx_perf_global_ctrl_ok(FIELD(e, GUEST_IA32_PERF_GLOBAL_CTRL))),
	     "27.3.1.1 guest IA32_PERF_GLOBAL_CTRL: reserved bits");
	RULE(IF_THEN(e->entry & VM_ENTRY_LOAD_IA32_PAT, vmx_pat_ok(FIELD(e, GUEST_IA32_PAT))),
	     "27.3.1.1 guest IA32_PAT: a memory type in each byte");
	if (e->entry & VM_ENTRY_LOAD_IA32_EFER) {
		RULE(vmx_efer_ok(efer), "27.3.1.1 guest IA32_EFER: reserved bits");
		RULE(!(efer & EFER_LMA) == !(e->entry & VM_ENTRY_IA32E_MODE),
		     "27.3.1.1 guest IA32_EFER.LMA: equal to IA-32e mode guest");
		RULE(IF_THEN(FIELD(e, GUEST_CR0) & CR0_PG, !(efer & EFER_LMA) == !(efer & EFER_LME)),
		     "27.3.1.1 guest IA32_EFER.LME: equal to LMA with CR0.PG");
	}
	if (e->entry & VM_ENTRY_LOAD_BNDCFGS) {
		RULE((bndcfgs & BNDCFGS_RESERVED) == 0, "27.3.1.1 guest IA32_BNDCFGS: reserved bits");
		RULE(vmx_canonical(e, bndcfgs & BNDCFGS_BASE), "27.3.1.1 guest IA32_BNDCFGS: canonical base");
	}
	if (e->entry & VM_ENTRY_LOAD_CET_STATE) {
		RULE(vmx_canonical(e, FIELD(e, GUEST_S_CET)), "27.3.1.1 guest IA32_S_CET: canonical");
		RULE(vmx_canonical(e, FIELD(e, GUEST_INTR_SSP_TABLE)),
		     "27.3.1.1 guest IA32_INTERRUPT_SSP_TABLE_ADDR: canonical");
		RULE(vmx_s_cet_ok(FIELD(e, GUEST_S_CET)),
		     "27.3.1.1 guest IA32_S_CET: reserved bits, SUPPRESS with TRACKER");
	}
	RULE(IF_THEN(e->entry & VM_ENTRY_LOAD_IA32_RTIT_CTL, (FIELD(e, GUEST_IA32_RTIT_CTL) & RTIT_CTL_RESERVED) == 0),
	     "27.3.1.1 guest IA32_RTIT_CTL: reserved bits");
	RULE(IF_THEN(e->entry & VM_ENTRY_LOAD_IA32_LBR_CTL, (FIELD(e, GUEST_IA32_LBR_CTL) & LBR_CTL_RESERVED) == 0),
	     "27.3.1.1 guest IA32_LBR_CTL: reserved bits");
	RULE(IF_THEN(e->entry & VM_ENTRY_LOAD_PKRS, !(FIELD(e, GUEST_IA32_PKRS) & HIGH_HALF)),
	     "27.3.1.1 guest IA32_PKRS: bits 63:32 are 0");
	RULE(IF_THEN(e->entry & VM_ENTRY_LOAD_UINV, FIELD(e, GUEST_UINV) <= 0xff),
	     "27.3.1.1 guest UINV: bits 15:8 are 0");
	return NULL;
}

static const char *check_msrs(const struct vmx_entry *e)
{
	if (e->entry & VM_ENTRY_LOAD_DEBUG_CONTROLS) {
		RULE((FIELD(e, GUEST_IA32_DEBUGCTL) & DEBUGCTL_RESERVED) == 0,
		     "27.3.1.1 guest IA32_DEBUGCTL: reserved bits");
		RULE(!(FIELD(e, GUEST_DR7) & HIGH_HALF), "27.3.1.1 guest DR7: bits 63:32 are 0");
	}
	RULE(vmx_canonical(e, FIELD(e, GUEST_SYSENTER_ESP)), "27.3.1.1 guest IA32_SYSENTER_ESP: canonical");
	RULE(vmx_canonical(e, FIELD(e, GUEST_SYSENTER_EIP)), "27.3.1.1 guest IA32_SYSENTER_EIP: canonical");
	return check_loaded_msrs(e);
}

static const char *check_rip_and_flags(const struct vmx_entry *e)
{
	uint64_t rip = FIELD(e, GUEST_RIP), rflags = FIELD(e, GUEST_RFLAGS), ssp = FIELD(e, GUEST_SSP);
	bool ia32e = e->entry & VM_ENTRY_IA32E_MODE;
	bool external = e->event && (e->event & INTR_INFO_INTR_TYPE_MASK) == INTR_TYPE_EXT_INTR;

	if (ia32e && (FIELD(e, GUEST_CS_AR_BYTES) & CS_LONG))
		RULE(vmx_almost_canonical(e, rip),
		     "27.3.1.4 guest RIP: bits beyond the linear-address width identical");
	else
		RULE(!(rip & HIGH_HALF), "27.3.1.4 guest RIP: bits 63:32 are 0 outside 64-bit mode");
	RULE((rflags & RFLAGS_RESERVED) == 0 && (rflags & RFLAGS_FIXED), "27.3.1.4 guest RFLAGS: reserved bits");
	RULE(IF_THEN(rflags & RFLAGS_VM, !ia32e), "27.3.1.4 guest RFLAGS.VM: 0 for IA-32e mode guest");
	RULE(IF_THEN(rflags & RFLAGS_VM, FIELD(e, GUEST_CR0) & CR0_PE), "27.3.1.4 guest RFLAGS.VM: needs CR0.PE");
	RULE(IF_THEN(external, rflags & RFLAGS_IF), "27.3.1.4 guest RFLAGS.IF: 1 to inject an external interrupt");
	if (e->entry & VM_ENTRY_LOAD_CET_STATE) {
		RULE((ssp & 3) == 0, "27.3.1.4 guest SSP: bits 1:0 are 0");
		RULE(vmx_almost_canonical(e, ssp),
		     "27.3.1.4 guest SSP: bits beyond the linear-address width identical");
	}
	return NULL;
}

const char *vmx_check_guest_registers(const struct vmx_entry *e)
{
	RULES_OF(check_control_registers, e);
	RULES_OF(check_msrs, e);
	return check_rip_and_flags(e);
}
