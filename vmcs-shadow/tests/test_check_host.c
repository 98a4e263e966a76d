// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the rules about the host state.
 */
#include "vmcs-shadow/tests/entry_fixture.h"
#include "vmcs-shadow/x86.h"

#define WP      (1ull << 16)
#define LMA_LME 0x500ull
#define BITS_57 0x0100000000000000ull /* canonical for 5 levels neither */
#define WIDE    0x00ff000000000000ull /* canonical for 5 levels alone */

static const struct row control_registers[] = {
	REFUSED(LONG, "27.2.2 host CR0: bits that are fixed in VMX operation", OFF(HOST_CR0, 1)),
	REFUSED(LONG, "27.2.2 host CR0: bits that are fixed in VMX operation", ON(HOST_CR0, 1ull << 32)),
	/* NW and CD are never checked. */
	LEGAL(LONG, ON(HOST_CR0, 0x60000000), CANNOT(cr0_fixed1, 0x60000000)),
	LEGAL(LONG, CAN_ALSO(cr0_fixed0, 0x60000000)),
	REFUSED(LONG, "27.2.2 host CR4: bits that are fixed in VMX operation", OFF(HOST_CR4, 0x2000)),
	REFUSED(LONG, "27.2.2 host CR4: bits that are fixed in VMX operation", ON(HOST_CR4, 0x8000)),
	REFUSED(LONG, "27.2.2 host CR4.CET: needs CR0.WP", ON(HOST_CR4, CR4_CET), OFF(HOST_CR0, WP)),
	LEGAL(LONG, ON(HOST_CR4, CR4_CET)),
	LEGAL(LONG, OFF(HOST_CR0, WP)),
	REFUSED(LONG, "27.2.2 host CR3: physical-address width", SET(HOST_CR3, BEYOND)),
	REFUSED(LONG, "27.2.2 host CR3: physical-address width", SET(HOST_CR3, 1ull << 63)),
	LEGAL(LONG, SET(HOST_CR3, BEYOND - 1)),
};

static const struct row msrs[] = {
	REFUSED(LONG, "27.2.2 host IA32_SYSENTER_ESP: canonical", SET(HOST_IA32_SYSENTER_ESP, NONCANONICAL)),
	LEGAL(LONG, SET(HOST_IA32_SYSENTER_ESP, CANONICAL)),
	REFUSED(LONG, "27.2.2 host IA32_SYSENTER_EIP: canonical", SET(HOST_IA32_SYSENTER_EIP, 0xffff7fffffffffff)),
	LEGAL(LONG, SET(HOST_IA32_SYSENTER_EIP, 0x7fffffffffff)),
	REFUSED(LONG, "27.2.2 host IA32_SYSENTER_EIP: canonical", SET(HOST_IA32_SYSENTER_EIP, BITS_57), FIVE_LEVEL),
	/* The CPU's width counts, whatever CR4.LA57 says. */
	REFUSED(LONG, "27.2.2 host IA32_SYSENTER_EIP: canonical", SET(HOST_IA32_SYSENTER_EIP, WIDE)),
	LEGAL(LONG, SET(HOST_IA32_SYSENTER_EIP, WIDE), FIVE_LEVEL),
	REFUSED(LONG, "27.2.2 host IA32_PERF_GLOBAL_CTRL: reserved bits", EXIT(VM_EXIT_LOAD_IA32_PERF_GLOBAL_CTRL),
		SET(HOST_IA32_PERF_GLOBAL_CTRL, 1ull << 49)),
	LEGAL(LONG, EXIT(VM_EXIT_LOAD_IA32_PERF_GLOBAL_CTRL), SET(HOST_IA32_PERF_GLOBAL_CTRL, 0x70000000f)),
	LEGAL(LONG, SET(HOST_IA32_PERF_GLOBAL_CTRL, ~0ull)),
	REFUSED(LONG, "27.2.2 host IA32_PAT: a memory type in each byte", EXIT(VM_EXIT_LOAD_IA32_PAT),
		SET(HOST_IA32_PAT, 2)),
	REFUSED(LONG, "27.2.2 host IA32_PAT: a memory type in each byte", EXIT(VM_EXIT_LOAD_IA32_PAT),
		SET(HOST_IA32_PAT, 0x0300000000000000)),
	REFUSED(LONG, "27.2.2 host IA32_PAT: a memory type in each byte", EXIT(VM_EXIT_LOAD_IA32_PAT),
		SET(HOST_IA32_PAT, 0x800)),
	LEGAL(LONG, EXIT(VM_EXIT_LOAD_IA32_PAT), SET(HOST_IA32_PAT, 0x0001040506070406)),
	LEGAL(LONG, SET(HOST_IA32_PAT, 2)),
	REFUSED(LONG, "27.2.2 host IA32_EFER: reserved bits", EXIT(VM_EXIT_LOAD_IA32_EFER),
		SET(HOST_IA32_EFER, LMA_LME | 0x1000)),
	LEGAL(LONG, EXIT(VM_EXIT_LOAD_IA32_EFER), SET(HOST_IA32_EFER, LMA_LME | 0x801)),
	LEGAL(LONG, SET(HOST_IA32_EFER, ~0ull)),
	REFUSED(LONG, "27.2.2 host IA32_EFER.LMA: equal to host address-space size", EXIT(VM_EXIT_LOAD_IA32_EFER),
		SET(HOST_IA32_EFER, 0x100)),
	REFUSED(LONG, "27.2.2 host IA32_EFER.LME: equal to host address-space size", EXIT(VM_EXIT_LOAD_IA32_EFER),
		SET(HOST_IA32_EFER, 0x400)),
	REFUSED(LEGACY, "27.2.2 host IA32_EFER.LMA: equal to host address-space size", EXIT(VM_EXIT_LOAD_IA32_EFER),
		SET(HOST_IA32_EFER, LMA_LME)),
	REFUSED(LEGACY, "27.2.2 host IA32_EFER.LME: equal to host address-space size", EXIT(VM_EXIT_LOAD_IA32_EFER),
		SET(HOST_IA32_EFER, 0x100)),
	LEGAL(LEGACY, EXIT(VM_EXIT_LOAD_IA32_EFER)),
	REFUSED(LONG, "27.2.2 host IA32_PKRS: bits 63:32 are 0", EXIT(VM_EXIT_LOAD_PKRS),
		SET(HOST_IA32_PKRS, 1ull << 32)),
	LEGAL(LONG, EXIT(VM_EXIT_LOAD_PKRS), SET(HOST_IA32_PKRS, 0xffffffff)),
	LEGAL(LONG, SET(HOST_IA32_PKRS, 1ull << 32)),
};

#define RESERVED_S_CET "27.2.2 host IA32_S_CET: reserved bits, SUPPRESS with TRACKER"
static const struct row cet[] = {
	LEGAL(LONG, SET(HOST_S_CET, 0x40), SET(HOST_SSP, 1), SET(HOST_INTR_SSP_TABLE, NONCANONICAL)),
	REFUSED(LONG, RESERVED_S_CET, EXIT(VM_EXIT_LOAD_CET_STATE), SET(HOST_S_CET, 0x40)),
	REFUSED(LONG, RESERVED_S_CET, EXIT(VM_EXIT_LOAD_CET_STATE), SET(HOST_S_CET, 0xc00)),
	LEGAL(LONG, EXIT(VM_EXIT_LOAD_CET_STATE), SET(HOST_S_CET, 0x43f & ~0x40)),
	LEGAL(LONG, EXIT(VM_EXIT_LOAD_CET_STATE), SET(HOST_S_CET, CANONICAL | 0x800)),
	REFUSED(LONG, "27.2.2 host IA32_INTERRUPT_SSP_TABLE_ADDR: canonical", EXIT(VM_EXIT_LOAD_CET_STATE),
		SET(HOST_INTR_SSP_TABLE, NONCANONICAL)),
	LEGAL(LONG, EXIT(VM_EXIT_LOAD_CET_STATE), SET(HOST_INTR_SSP_TABLE, CANONICAL)),
	REFUSED(LONG, "27.2.3 host SSP: bits 1:0 are 0", EXIT(VM_EXIT_LOAD_CET_STATE), SET(HOST_SSP, 2)),
	LEGAL(LONG, EXIT(VM_EXIT_LOAD_CET_STATE), SET(HOST_SSP, CANONICAL + 4)),
	REFUSED(LONG, "27.2.4 host IA32_S_CET: canonical with host address-space size", EXIT(VM_EXIT_LOAD_CET_STATE),
		SET(HOST_S_CET, NONCANONICAL)),
	REFUSED(LONG, "27.2.4 host SSP: canonical with host address-space size", EXIT(VM_EXIT_LOAD_CET_STATE),
		SET(HOST_SSP, NONCANONICAL)),
	REFUSED(LEGACY, "27.2.4 host IA32_S_CET: bits 63:32 are 0 without host address-space size",
		EXIT(VM_EXIT_LOAD_CET_STATE), SET(HOST_S_CET, 1ull << 32)),
	REFUSED(LEGACY, "27.2.4 host SSP: bits 63:32 are 0 without host address-space size",
		EXIT(VM_EXIT_LOAD_CET_STATE), SET(HOST_SSP, 1ull << 32)),
	LEGAL(LEGACY, EXIT(VM_EXIT_LOAD_CET_STATE), SET(HOST_S_CET, 0xfffff000), SET(HOST_SSP, 0xfffffffc)),
	LEGAL(LEGACY, SET(HOST_S_CET, 1ull << 32), SET(HOST_SSP, 1ull << 32)),
};

#define RPL_TI "27.2.3 host selectors: RPL and TI are 0"
static const struct row segments[] = {
	REFUSED(LONG, RPL_TI, SET(HOST_ES_SELECTOR, 3)),
	REFUSED(LONG, RPL_TI, SET(HOST_CS_SELECTOR, 0xc)),
	REFUSED(LONG, RPL_TI, SET(HOST_SS_SELECTOR, 1)),
	REFUSED(LONG, RPL_TI, SET(HOST_DS_SELECTOR, 2)),
	REFUSED(LONG, RPL_TI, SET(HOST_FS_SELECTOR, 4)),
	REFUSED(LONG, RPL_TI, SET(HOST_GS_SELECTOR, 0x2b)),
	REFUSED(LONG, RPL_TI, SET(HOST_TR_SELECTOR, 0x1c)),
	LEGAL(LONG, SET(HOST_ES_SELECTOR, 8), SET(HOST_SS_SELECTOR, 0x10), SET(HOST_DS_SELECTOR, 0xfff8)),
	REFUSED(LONG, "27.2.3 host CS selector: not 0", SET(HOST_CS_SELECTOR, 0)),
	REFUSED(LONG, "27.2.3 host TR selector: not 0", SET(HOST_TR_SELECTOR, 0)),
	REFUSED(LEGACY, "27.2.3 host SS selector: not 0 without host address-space size", SET(HOST_SS_SELECTOR, 0)),
	LEGAL(LONG, SET(HOST_SS_SELECTOR, 0)),
	REFUSED(LONG, "27.2.3 host FS base: canonical", SET(HOST_FS_BASE, NONCANONICAL)),
	REFUSED(LONG, "27.2.3 host GS base: canonical", SET(HOST_GS_BASE, NONCANONICAL)),
	REFUSED(LONG, "27.2.3 host GDTR base: canonical", SET(HOST_GDTR_BASE, NONCANONICAL)),
	REFUSED(LONG, "27.2.3 host IDTR base: canonical", SET(HOST_IDTR_BASE, NONCANONICAL)),
	REFUSED(LONG, "27.2.3 host TR base: canonical", SET(HOST_TR_BASE, NONCANONICAL)),
	LEGAL(LONG, SET(HOST_FS_BASE, CANONICAL), SET(HOST_GS_BASE, CANONICAL), SET(HOST_GDTR_BASE, CANONICAL),
	      SET(HOST_IDTR_BASE, CANONICAL), SET(HOST_TR_BASE, CANONICAL)),
};

static const struct row address_space_size[] = {
	REFUSED(LONG, "27.2.4 host address-space size: 0 outside IA-32e mode", LONG_MODE(0)),
	REFUSED(PAE, "27.2.4 host address-space size: 0 outside IA-32e mode", LONG_MODE(0)),
	REFUSED(LEGACY, "27.2.4 host address-space size: 1 in IA-32e mode", LONG_MODE(1)),
	REFUSED(LEGACY, "27.2.4 IA-32e mode guest: needs host address-space size", ENTRY(VM_ENTRY_IA32E_MODE)),
	REFUSED(LEGACY, "27.2.4 host CR4.PCIDE: needs host address-space size", ON(HOST_CR4, CR4_PCIDE)),
	LEGAL(LONG, ON(HOST_CR4, CR4_PCIDE)),
	REFUSED(LEGACY, "27.2.4 host RIP: bits 63:32 are 0 without host address-space size", SET(HOST_RIP, 1ull << 32)),
	LEGAL(LEGACY, SET(HOST_RIP, 0xffffffff)),
	LEGAL(LEGACY, OFF(HOST_CR4, 0x20)),
	REFUSED(LONG, "27.2.4 host CR4.PAE: 1 with host address-space size", OFF(HOST_CR4, 0x20)),
	REFUSED(LONG, "27.2.4 host RIP: canonical with host address-space size", SET(HOST_RIP, NONCANONICAL)),
	LEGAL(LONG, SET(HOST_RIP, 0x7fffffffffff)),
	/* RIP goes by CR4.LA57. */
	REFUSED(LONG, "27.2.4 host RIP: canonical with host address-space size", SET(HOST_RIP, WIDE), FIVE_LEVEL),
	LEGAL(LONG, SET(HOST_RIP, WIDE), FIVE_LEVEL, ON(HOST_CR4, CR4_LA57)),
};

static void host_control_registers(void **state)
{
	(void)state;
	check_rows(control_registers, COUNT(control_registers));
}

static void host_msrs(void **state)
{
	(void)state;
	check_rows(msrs, COUNT(msrs));
}

static void host_cet_state(void **state)
{
	(void)state;
	check_rows(cet, COUNT(cet));
}

static void host_segments(void **state)
{
	(void)state;
	check_rows(segments, COUNT(segments));
}

static void host_address_space_size(void **state)
{
	(void)state;
	check_rows(address_space_size, COUNT(address_space_size));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(host_control_registers),  cmocka_unit_test(host_msrs),
		cmocka_unit_test(host_cet_state),          cmocka_unit_test(host_segments),
		cmocka_unit_test(host_address_space_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
