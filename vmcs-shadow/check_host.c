// SPDX-License-Identifier: GPL-2.0-only
/*
 * VM-entry checks on the host state, which the next VM exit loads: control registers and MSRs (SDM
 * 27.2.2), segments and descriptor tables (27.2.3), and the address-space size (27.2.4).
 */
#include <stddef.h>

#include "vmcs-shadow/entry_rules.h"

static const char *check_control_registers(const struct vmx_entry *e)
{
	const struct vmx_capabilities *vmx = &e->cpu->vmx;
	uint64_t cr0 = FIELD(e, HOST_CR0), cr4 = FIELD(e, HOST_CR4);
	uint64_t unchecked = CR0_NW | CR0_CD; /* a VM exit does not load these bits */

	RULE(vmx_fixed_bits_ok(cr0, vmx->cr0_fixed0 & ~unchecked, vmx->cr0_fixed1 | unchecked),
	     "27.2.2 host CR0: bits that are fixed in VMX operation");
	RULE(vmx_fixed_bits_ok(cr4, vmx->cr4_fixed0, vmx->cr4_fixed1),
	     "27.2.2 host CR4: bits that are fixed in VMX operation");
	RULE(IF_THEN(cr4 & CR4_CET, cr0 & CR0_WP), "27.2.2 host CR4.CET: needs CR0.WP");
	RULE((FIELD(e, HOST_CR3) & e->beyond_width) == 0, "27.2.2 host CR3: physical-address width");
	return NULL;
}

static const char *check_msrs(const struct vmx_entry *e)
{
	uint64_t efer = FIELD(e, HOST_IA32_EFER), size = e->exit & VM_EXIT_HOST_ADDR_SPACE_SIZE;

	RULE(vmx_canonical(e, FIELD(e, HOST_IA32_SYSENTER_ESP)), "27.2.2 host IA32_SYSENTER_ESP: canonical");
	RULE(vmx_canonical(e, FIELD(e, HOST_IA32_SYSENTER_EIP)), "27.2.2 host IA32_SYSENTER_EIP: canonical");
	RULE(IF_THEN(e->exit & VM_EXIT_LOAD_IA32_PERF_GLOBAL_CTRL,
		     vmx_perf_global_ctrl_ok(FIELD(e, HOST_IA32_PERF_GLOBAL_CTRL))),
	     "27.2.2 host IA32_PERF_GLOBAL_CTRL: reserved bits");
	RULE(IF_THEN(e->exit & VM_EXIT_LOAD_IA32_PAT, vmx_pat_ok(FIELD(e, HOST_IA32_PAT))),
	     "27.2.2 host IA32_PAT: a memory type in each byte");
	if (e->exit & VM_EXIT_LOAD_IA32_EFER) {
		RULE(vmx_efer_ok(efer), "27.2.2 host IA32_EFER: reserved bits");
		RULE(!(efer & EFER_LMA) == !size, "27.2.2 host IA32_EFER.LMA: equal to host address-space size");
		RULE(!(efer & EFER_LME) == !size, "27.2.2 host IA32_EFER.LME: equal to host address-space size");
	}
	if (e->exit & VM_EXIT_LOAD_CET_STATE) {
		RULE(vmx_s_cet_ok(FIELD(e, HOST_S_CET)),
		     "27.2.2 host IA32_S_CET: reserved bits, SUPPRESS with TRACKER");
		RULE(vmx_canonical(e, FIELD(e, HOST_INTR_SSP_TABLE)),
		     "27.2.2 host IA32_INTERRUPT_SSP_TABLE_ADDR: canonical");
	}
	RULE(IF_THEN(e->exit & VM_EXIT_LOAD_PKRS, !(FIELD(e, HOST_IA32_PKRS) & HIGH_HALF)),
	     "27.2.2 host IA32_PKRS: bits 63:32 are 0");
	return NULL;
}

static const char *check_segments(const struct vmx_entry *e)
{
	uint64_t selectors = FIELD(e, HOST_ES_SELECTOR) | FIELD(e, HOST_CS_SELECTOR) | FIELD(e, HOST_SS_SELECTOR) |
			     FIELD(e, HOST_DS_SELECTOR) | FIELD(e, HOST_FS_SELECTOR) | FIELD(e, HOST_GS_SELECTOR) |
			     FIELD(e, HOST_TR_SELECTOR);

	RULE((selectors & 7) == 0, "27.2.3 host selectors: RPL and TI are 0");
	RULE(FIELD(e, HOST_CS_SELECTOR) != 0, "27.2.3 host CS selector: not 0");
	RULE(FIELD(e, HOST_TR_SELECTOR) != 0, "27.2.3 host TR selector: not 0");
	RULE(IF_THEN(!(e->exit & VM_EXIT_HOST_ADDR_SPACE_SIZE), FIELD(e, HOST_SS_SELECTOR) != 0),
	     "27.2.3 host SS selector: not 0 without host address-space size");
	RULE(vmx_canonical(e, FIELD(e, HOST_FS_BASE)), "27.2.3 host FS base: canonical");
	RULE(vmx_canonical(e, FIELD(e, HOST_GS_BASE)), "27.2.3 host GS base: canonical");
	RULE(vmx_canonical(e, FIELD(e, HOST_GDTR_BASE)), "27.2.3 host GDTR base: canonical");
	RULE(vmx_canonical(e, FIELD(e, HOST_IDTR_BASE)), "27.2.3 host IDTR base: canonical");
	RULE(vmx_canonical(e, FIELD(e, HOST_TR_BASE)), "27.2.3 host TR base: canonical");
	RULE(IF_THEN(e->exit & VM_EXIT_LOAD_CET_STATE, (FIELD(e, HOST_SSP) & 3) == 0),
	     "27.2.3 host SSP: bits 1:0 are 0");
	return NULL;
}

static const char *check_32bit_host(const struct vmx_entry *e)
{
	RULE(!(e->entry & VM_ENTRY_IA32E_MODE), "27.2.4 IA-32e mode guest: needs host address-space size");
	RULE(!e->cpu->long_mode, "27.2.4 host address-space size: 1 in IA-32e mode");
	RULE(!(FIELD(e, HOST_CR4) & CR4_PCIDE), "27.2.4 host CR4.PCIDE: needs host address-space size");
	RULE(!(FIELD(e, HOST_RIP) & HIGH_HALF), "27.2.4 host RIP: bits 63:32 are 0 without host address-space size");
	if (e->exit & VM_EXIT_LOAD_CET_STATE) {
		RULE(!(FIELD(e, HOST_S_CET) & HIGH_HALF),
		     "27.2.4 host IA32_S_CET: bits 63:32 are 0 without host address-space size");
		RULE(!(FIELD(e, HOST_SSP) & HIGH_HALF),
		     "27.2.4 host SSP: bits 63:32 are 0 without host address-space size");
	}
	return NULL;
}

/*
 * The canonical width of RIP depends on the paging mode after the exit (CR4.LA57). Bases and MSRs
 * depend on the CPU's width.
 */
static const char *check_64bit_host(const struct vmx_entry *e)
{
	uint64_t cr4 = FIELD(e, HOST_CR4);
	unsigned bits = cr4 & CR4_LA57 ? 57 : 48;

	/*
	 * Outside IA-32e mode, "IA-32e mode guest" must be 0 too (27.2.4). This rule covers that
	 * case.
	 */
	RULE(e->cpu->long_mode, "27.2.4 host address-space size: 0 outside IA-32e mode");
	RULE(cr4 & CR4_PAE, "27.2.4 host CR4.PAE: 1 with host address-space size");
	RULE(vmx_sign_extended(FIELD(e, HOST_RIP), bits), "27.2.4 host RIP: canonical with host address-space size");
	if (e->exit & VM_EXIT_LOAD_CET_STATE) {
		RULE(vmx_canonical(e, FIELD(e, HOST_S_CET)),
		     "27.2.4 host IA32_S_CET: canonical with host address-space size");
		RULE(vmx_canonical(e, FIELD(e, HOST_SSP)), "27.2.4 host SSP: canonical with host address-space size");
	}
	return NULL;
}

const char *vmx_check_host(const struct vmx_entry *e)
{
	RULES_OF(check_control_registers, e);
	RULES_OF(check_msrs, e);
	RULES_OF(check_segments, e);
	if (e->exit & VM_EXIT_HOST_ADDR_SPACE_SIZE)
		return check_64bit_host(e);
	return check_32bit_host(e);
}
