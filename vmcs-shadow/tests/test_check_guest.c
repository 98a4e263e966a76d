// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the rules about the guest's control registers, MSRs, RIP, RFLAGS and SSP.
 */
#include "vmcs-shadow/tests/entry_fixture.h"
#include "vmcs-shadow/x86.h"

#define PE   (1ull << 0)
#define WP   (1ull << 16)
#define PG   (1ull << 31)
#define LMA  (1ull << 10)
#define LME  (1ull << 8)
#define WIDE 0x00ff000000000000ull /* canonical for 5 levels alone */

#define CR0_FIXED "27.3.1.1 guest CR0: bits that are fixed in VMX operation"
static const struct row control_registers[] = {
	REFUSED(PAE, CR0_FIXED, OFF(GUEST_CR0, PE)),
	REFUSED(PAE, CR0_FIXED, OFF(GUEST_CR0, PG)),
	REFUSED(PAE, CR0_FIXED, OFF(GUEST_CR0, 0x20)),
	REFUSED(PAE, CR0_FIXED, ON(GUEST_CR0, 1ull << 32)),
	/* NW and CD are never checked; an unrestricted guest may be without PE and PG, but not
	 * without NE. */
	LEGAL(PAE, ON(GUEST_CR0, 0x60000000), CANNOT(cr0_fixed1, 0x60000000)),
	LEGAL(PAE, CAN_ALSO(cr0_fixed0, 0x60000000)),
	REFUSED(REAL, CR0_FIXED, OFF(GUEST_CR0, 0x20)),
	LEGAL(REAL, ON(GUEST_CR0, PE)),
	LEGAL(REAL, ON(GUEST_CR0, PE | PG)),
	REFUSED(REAL, "27.3.1.1 guest CR0.PG: needs CR0.PE", ON(GUEST_CR0, PG)),
	REFUSED(LONG, "27.3.1.1 guest CR4: bits that are fixed in VMX operation", OFF(GUEST_CR4, 0x2000)),
	REFUSED(LONG, "27.3.1.1 guest CR4: bits that are fixed in VMX operation", ON(GUEST_CR4, 0x8000)),
	REFUSED(LONG, "27.3.1.1 guest CR4.CET: needs CR0.WP", ON(GUEST_CR4, CR4_CET), OFF(GUEST_CR0, WP)),
	LEGAL(LONG, ON(GUEST_CR4, CR4_CET)),
	LEGAL(LONG, OFF(GUEST_CR0, WP)),
	REFUSED(REAL, "27.3.1.1 IA-32e mode guest: needs CR0.PG", ENTRY(VM_ENTRY_IA32E_MODE), ON(GUEST_CR4, CR4_PAE)),
	REFUSED(LONG, "27.3.1.1 IA-32e mode guest: needs CR4.PAE", OFF(GUEST_CR4, CR4_PAE)),
	REFUSED(PAE, "27.3.1.1 guest CR4.PCIDE: needs IA-32e mode guest", ON(GUEST_CR4, CR4_PCIDE)),
	LEGAL(LONG, ON(GUEST_CR4, CR4_PCIDE)),
	REFUSED(LONG, "27.3.1.1 guest CR3: physical-address width", SET(GUEST_CR3, BEYOND)),
	LEGAL(LONG, SET(GUEST_CR3, BEYOND - 1)),
};

static const struct row debug_controls[] = {
	REFUSED(LONG, "27.3.1.1 guest IA32_DEBUGCTL: reserved bits", ENTRY(VM_ENTRY_LOAD_DEBUG_CONTROLS),
		SET(GUEST_IA32_DEBUGCTL, 0x8)),
	REFUSED(LONG, "27.3.1.1 guest IA32_DEBUGCTL: reserved bits", ENTRY(VM_ENTRY_LOAD_DEBUG_CONTROLS),
		SET(GUEST_IA32_DEBUGCTL, 0x10000)),
	LEGAL(LONG, ENTRY(VM_ENTRY_LOAD_DEBUG_CONTROLS), SET(GUEST_IA32_DEBUGCTL, 0x5fc3)),
	LEGAL(LONG, OFF(VM_ENTRY_CONTROLS, VM_ENTRY_LOAD_DEBUG_CONTROLS), SET(GUEST_IA32_DEBUGCTL, 0x8),
	      SET(GUEST_DR7, ~0ull)),
	REFUSED(LONG, "27.3.1.1 guest DR7: bits 63:32 are 0", ENTRY(VM_ENTRY_LOAD_DEBUG_CONTROLS),
		SET(GUEST_DR7, 1ull << 32)),
	LEGAL(LONG, ENTRY(VM_ENTRY_LOAD_DEBUG_CONTROLS), SET(GUEST_DR7, 0xffffffff)),
	REFUSED(LONG, "27.3.1.1 guest IA32_SYSENTER_ESP: canonical", SET(GUEST_SYSENTER_ESP, NONCANONICAL)),
	LEGAL(LONG, SET(GUEST_SYSENTER_ESP, CANONICAL)),
	REFUSED(LONG, "27.3.1.1 guest IA32_SYSENTER_EIP: canonical", SET(GUEST_SYSENTER_EIP, NONCANONICAL)),
	LEGAL(LONG, SET(GUEST_SYSENTER_EIP, NONCANONICAL), FIVE_LEVEL),
};

static const struct row loaded_msrs[] = {
	REFUSED(LONG, "27.3.1.1 guest IA32_PERF_GLOBAL_CTRL: reserved bits", ENTRY(VM_ENTRY_LOAD_IA32_PERF_GLOBAL_CTRL),
		SET(GUEST_IA32_PERF_GLOBAL_CTRL, 1ull << 63)),
	LEGAL(LONG, ENTRY(VM_ENTRY_LOAD_IA32_PERF_GLOBAL_CTRL), SET(GUEST_IA32_PERF_GLOBAL_CTRL, 1)),
	LEGAL(LONG, SET(GUEST_IA32_PERF_GLOBAL_CTRL, 1ull << 63)),
	REFUSED(LONG, "27.3.1.1 guest IA32_PAT: a memory type in each byte", ENTRY(VM_ENTRY_LOAD_IA32_PAT),
		SET(GUEST_IA32_PAT, 0x0007040600070403)),
	LEGAL(LONG, ENTRY(VM_ENTRY_LOAD_IA32_PAT), SET(GUEST_IA32_PAT, 0x0007040600070406)),
	LEGAL(LONG, SET(GUEST_IA32_PAT, ~0ull)),
	REFUSED(LONG, "27.3.1.1 guest IA32_EFER: reserved bits", ENTRY(VM_ENTRY_LOAD_IA32_EFER),
		SET(GUEST_IA32_EFER, LMA | LME | 2)),
	LEGAL(LONG, ENTRY(VM_ENTRY_LOAD_IA32_EFER), SET(GUEST_IA32_EFER, LMA | LME | 0x801)),
	LEGAL(LONG, SET(GUEST_IA32_EFER, 2)),
	REFUSED(LONG, "27.3.1.1 guest IA32_EFER.LMA: equal to IA-32e mode guest", ENTRY(VM_ENTRY_LOAD_IA32_EFER),
		SET(GUEST_IA32_EFER, LME)),
	REFUSED(PAE, "27.3.1.1 guest IA32_EFER.LMA: equal to IA-32e mode guest", ENTRY(VM_ENTRY_LOAD_IA32_EFER),
		SET(GUEST_IA32_EFER, LMA | LME)),
	REFUSED(LONG, "27.3.1.1 guest IA32_EFER.LME: equal to LMA with CR0.PG", ENTRY(VM_ENTRY_LOAD_IA32_EFER),
		SET(GUEST_IA32_EFER, LMA)),
	REFUSED(PAE, "27.3.1.1 guest IA32_EFER.LME: equal to LMA with CR0.PG", ENTRY(VM_ENTRY_LOAD_IA32_EFER),
		SET(GUEST_IA32_EFER, LME)),
	/* On the way to long mode LME is 1 before paging is on. */
	LEGAL(REAL, ENTRY(VM_ENTRY_LOAD_IA32_EFER), SET(GUEST_IA32_EFER, LME)),
	REFUSED(LONG, "27.3.1.1 guest IA32_BNDCFGS: reserved bits", ENTRY(VM_ENTRY_LOAD_BNDCFGS),
		SET(GUEST_BNDCFGS, 0x4)),
	REFUSED(LONG, "27.3.1.1 guest IA32_BNDCFGS: canonical base", ENTRY(VM_ENTRY_LOAD_BNDCFGS),
		SET(GUEST_BNDCFGS, NONCANONICAL)),
	LEGAL(LONG, ENTRY(VM_ENTRY_LOAD_BNDCFGS), SET(GUEST_BNDCFGS, CANONICAL | 0x1003)),
	LEGAL(LONG, SET(GUEST_BNDCFGS, NONCANONICAL | 4)),
	REFUSED(LONG, "27.3.1.1 guest IA32_RTIT_CTL: reserved bits", ENTRY(VM_ENTRY_LOAD_IA32_RTIT_CTL),
		SET(GUEST_IA32_RTIT_CTL, 1ull << 18)),
	LEGAL(LONG, ENTRY(VM_ENTRY_LOAD_IA32_RTIT_CTL), SET(GUEST_IA32_RTIT_CTL, 0x0180ffff8f7bffff)),
	LEGAL(LONG, SET(GUEST_IA32_RTIT_CTL, 1ull << 18)),
	REFUSED(LONG, "27.3.1.1 guest IA32_LBR_CTL: reserved bits", ENTRY(VM_ENTRY_LOAD_IA32_LBR_CTL),
		SET(GUEST_IA32_LBR_CTL, 0x10)),
	LEGAL(LONG, ENTRY(VM_ENTRY_LOAD_IA32_LBR_CTL), SET(GUEST_IA32_LBR_CTL, 0x7f000f)),
	LEGAL(LONG, SET(GUEST_IA32_LBR_CTL, 0x10)),
	REFUSED(LONG, "27.3.1.1 guest IA32_PKRS: bits 63:32 are 0", ENTRY(VM_ENTRY_LOAD_PKRS),
		SET(GUEST_IA32_PKRS, 1ull << 32)),
	LEGAL(LONG, ENTRY(VM_ENTRY_LOAD_PKRS), SET(GUEST_IA32_PKRS, 0xffffffff)),
	LEGAL(LONG, SET(GUEST_IA32_PKRS, 1ull << 32)),
	REFUSED(LONG, "27.3.1.1 guest UINV: bits 15:8 are 0", ENTRY(VM_ENTRY_LOAD_UINV), SET(GUEST_UINV, 0x100)),
	LEGAL(LONG, ENTRY(VM_ENTRY_LOAD_UINV), SET(GUEST_UINV, 0xff)),
	LEGAL(LONG, SET(GUEST_UINV, 0x100)),
};

#define RESERVED_S_CET "27.3.1.1 guest IA32_S_CET: reserved bits, SUPPRESS with TRACKER"
static const struct row cet[] = {
	LEGAL(LONG, SET(GUEST_S_CET, NONCANONICAL | 0x40), SET(GUEST_SSP, ~0ull >> 1),
	      SET(GUEST_INTR_SSP_TABLE, NONCANONICAL)),
	REFUSED(LONG, "27.3.1.1 guest IA32_S_CET: canonical", ENTRY(VM_ENTRY_LOAD_CET_STATE),
		SET(GUEST_S_CET, NONCANONICAL)),
	REFUSED(LONG, "27.3.1.1 guest IA32_INTERRUPT_SSP_TABLE_ADDR: canonical", ENTRY(VM_ENTRY_LOAD_CET_STATE),
		SET(GUEST_INTR_SSP_TABLE, NONCANONICAL)),
	REFUSED(LONG, RESERVED_S_CET, ENTRY(VM_ENTRY_LOAD_CET_STATE), SET(GUEST_S_CET, 0x200)),
	REFUSED(LONG, RESERVED_S_CET, ENTRY(VM_ENTRY_LOAD_CET_STATE), SET(GUEST_S_CET, 0xc00)),
	LEGAL(LONG, ENTRY(VM_ENTRY_LOAD_CET_STATE), SET(GUEST_S_CET, CANONICAL | 0x43f),
	      SET(GUEST_INTR_SSP_TABLE, CANONICAL)),
	REFUSED(LONG, "27.3.1.4 guest SSP: bits 1:0 are 0", ENTRY(VM_ENTRY_LOAD_CET_STATE), SET(GUEST_SSP, 2)),
	REFUSED(LONG, "27.3.1.4 guest SSP: bits beyond the linear-address width identical",
		ENTRY(VM_ENTRY_LOAD_CET_STATE), SET(GUEST_SSP, 0x0001000000000000)),
	LEGAL(LONG, ENTRY(VM_ENTRY_LOAD_CET_STATE), SET(GUEST_SSP, NONCANONICAL)),
};

#define RIP_IDENTICAL "27.3.1.4 guest RIP: bits beyond the linear-address width identical"
#define RIP_LOW       "27.3.1.4 guest RIP: bits 63:32 are 0 outside 64-bit mode"
static const struct row rip[] = {
	/* Bit 47 may differ from those above it. */
	LEGAL(LONG, SET(GUEST_RIP, NONCANONICAL)),
	REFUSED(LONG, RIP_IDENTICAL, SET(GUEST_RIP, 0x0001000000000000)),
	REFUSED(LONG, RIP_IDENTICAL, SET(GUEST_RIP, 0xfffe000000000000)),
	LEGAL(LONG, SET(GUEST_RIP, WIDE), FIVE_LEVEL),
	REFUSED(LONG, RIP_IDENTICAL, SET(GUEST_RIP, 0x0200000000000000), FIVE_LEVEL),
	REFUSED(PAE, RIP_LOW, SET(GUEST_RIP, 1ull << 32)),
	LEGAL(PAE, SET(GUEST_RIP, 0xffffffff)),
	/* Compatibility mode. */
	REFUSED(LONG, RIP_LOW, SET(GUEST_CS_AR_BYTES, 0xc09b)),
	LEGAL(LONG, SET(GUEST_CS_AR_BYTES, 0xc09b), SET(GUEST_RIP, 0xffffffff)),
};

#define RFLAGS_BITS "27.3.1.4 guest RFLAGS: reserved bits"
static const struct row rflags[] = {
	REFUSED(LONG, RFLAGS_BITS, SET(GUEST_RFLAGS, 0)),
	REFUSED(LONG, RFLAGS_BITS, ON(GUEST_RFLAGS, 0x8)),
	REFUSED(LONG, RFLAGS_BITS, ON(GUEST_RFLAGS, 0x20)),
	REFUSED(LONG, RFLAGS_BITS, ON(GUEST_RFLAGS, 0x8000)),
	REFUSED(LONG, RFLAGS_BITS, ON(GUEST_RFLAGS, 1ull << 22)),
	REFUSED(LONG, RFLAGS_BITS, ON(GUEST_RFLAGS, 1ull << 63)),
	LEGAL(LONG, SET(GUEST_RFLAGS, 0x3d7fd7)),
	REFUSED(LONG, "27.3.1.4 guest RFLAGS.VM: 0 for IA-32e mode guest", ON(GUEST_RFLAGS, 1u << 17)),
	REFUSED(REAL, "27.3.1.4 guest RFLAGS.VM: needs CR0.PE", ON(GUEST_RFLAGS, 1u << 17)),
	REFUSED(LONG, "27.3.1.4 guest RFLAGS.IF: 1 to inject an external interrupt", EVENT(INTR_TYPE_EXT_INTR | 0x20),
		OFF(GUEST_RFLAGS, 0x200)),
	LEGAL(LONG, EVENT(INTR_TYPE_EXT_INTR | 0x20)),
	LEGAL(LONG, EVENT(INTR_TYPE_NMI_INTR | 2), OFF(GUEST_RFLAGS, 0x200)),
	LEGAL(LONG, OFF(GUEST_RFLAGS, 0x200)),
};

static void guest_control_registers(void **state)
{
	(void)state;
	check_rows(control_registers, COUNT(control_registers));
}

static void guest_debug_controls_and_sysenter(void **state)
{
	(void)state;
	check_rows(debug_controls, COUNT(debug_controls));
}

static void guest_msrs_that_controls_load(void **state)
{
	(void)state;
	check_rows(loaded_msrs, COUNT(loaded_msrs));
}

static void guest_cet_state(void **state)
{
	(void)state;
	check_rows(cet, COUNT(cet));
}

static void guest_rip(void **state)
{
	(void)state;
	check_rows(rip, COUNT(rip));
}

static void guest_rflags(void **state)
{
	(void)state;
	check_rows(rflags, COUNT(rflags));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(guest_control_registers),
		cmocka_unit_test(guest_debug_controls_and_sysenter),
		cmocka_unit_test(guest_msrs_that_controls_load),
		cmocka_unit_test(guest_cet_state),
		cmocka_unit_test(guest_rip),
		cmocka_unit_test(guest_rflags),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
