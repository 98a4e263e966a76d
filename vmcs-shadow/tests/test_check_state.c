// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the rules about guest state that is in no register: activity, interruptibility, pending
 * debug exceptions, the VMCS link pointer and the PDPTEs.
 */
#include "vmcs-shadow/tests/entry_fixture.h"

#define STI    GUEST_INTR_STATE_STI
#define MOV_SS GUEST_INTR_STATE_MOV_SS
#define TF     0x100ull
#define IF     0x200ull
#define BTF    2ull
#define BS     (1ull << 14)
#define RTM    (1ull << 16)
#define BIT_12 (1ull << 12)

#define HLT               SET(GUEST_ACTIVITY_STATE, GUEST_ACTIVITY_HLT)
#define SHUTDOWN          SET(GUEST_ACTIVITY_STATE, GUEST_ACTIVITY_SHUTDOWN)
#define WAIT_SIPI         SET(GUEST_ACTIVITY_STATE, GUEST_ACTIVITY_WAIT_SIPI)
#define BLOCKING(bits)    SET(GUEST_INTERRUPTIBILITY_INFO, bits)
#define PENDING(bits)     SET(GUEST_PENDING_DBG_EXCEPTIONS, bits)
#define NMI               EVENT(INTR_TYPE_NMI_INTR | 2)
#define EXTERNAL          EVENT(INTR_TYPE_EXT_INTR | 0x30)
#define EXCEPTION(vector) EVENT(INTR_TYPE_HARD_EXCEPTION | (vector))
#define SOFTWARE          EVENT(INTR_TYPE_SOFT_INTR | 0x80), SET(VM_ENTRY_INSTRUCTION_LEN, 2)

#define SUPPORTED      "27.3.1.5 activity state: one that the CPU supports"
#define ENDS_HLT       "27.3.1.5 activity state: the event injected is one that ends HLT"
#define IN_SHUTDOWN    "27.3.1.5 activity state: only NMI and #MC are injected in shutdown"
#define IN_WAIT        "27.3.1.5 activity state: no event is injected in wait-for-SIPI"
#define MUST_BE_ACTIVE "27.3.1.5 activity state: active where STI or MOV SS blocks"
static const struct row activity[] = {
	LEGAL(LONG, HLT),
	LEGAL(LONG, SHUTDOWN),
	LEGAL(LONG, WAIT_SIPI),
	REFUSED(LONG, SUPPORTED, HLT, CANNOT(misc, VMX_MISC_ACTIVITY_HLT)),
	REFUSED(LONG, SUPPORTED, SHUTDOWN, CANNOT(misc, VMX_MISC_ACTIVITY_SHUTDOWN)),
	REFUSED(LONG, SUPPORTED, WAIT_SIPI, CANNOT(misc, VMX_MISC_ACTIVITY_WAIT_SIPI)),
	REFUSED(LONG, SUPPORTED, SET(GUEST_ACTIVITY_STATE, 4)),
	LEGAL(LONG, CAN(misc, 0)),
	REFUSED(LONG, "27.3.1.5 activity state: HLT only where the DPL of SS is 0", HLT, SET(GUEST_CS_SELECTOR, 0xb),
		SET(GUEST_CS_AR_BYTES, 0xa0fb), SET(GUEST_SS_SELECTOR, 0x13), SET(GUEST_SS_AR_BYTES, 0xc0f3)),
	LEGAL(LONG, SHUTDOWN, SET(GUEST_CS_SELECTOR, 0xb), SET(GUEST_CS_AR_BYTES, 0xa0fb), SET(GUEST_SS_SELECTOR, 0x13),
	      SET(GUEST_SS_AR_BYTES, 0xc0f3)),
	REFUSED(LONG, MUST_BE_ACTIVE, HLT, BLOCKING(STI)),
	REFUSED(LONG, MUST_BE_ACTIVE, SHUTDOWN, BLOCKING(MOV_SS)),
	LEGAL(LONG, HLT, BLOCKING(GUEST_INTR_STATE_NMI)),
	LEGAL(LONG, HLT, EXTERNAL),
	LEGAL(LONG, HLT, NMI),
	LEGAL(LONG, HLT, EXCEPTION(1)),
	LEGAL(LONG, HLT, EXCEPTION(18)),
	LEGAL(LONG, HLT, EVENT(INTR_TYPE_OTHER_EVENT)),
	REFUSED(LONG, ENDS_HLT, HLT, EXCEPTION(6)),
	REFUSED(LONG, ENDS_HLT, HLT, SOFTWARE),
	REFUSED(LONG, ENDS_HLT, HLT, EVENT(INTR_TYPE_OTHER_EVENT | 1)),
	LEGAL(LONG, SHUTDOWN, NMI),
	LEGAL(LONG, SHUTDOWN, EXCEPTION(18)),
	REFUSED(LONG, IN_SHUTDOWN, SHUTDOWN, EXCEPTION(1)),
	REFUSED(LONG, IN_SHUTDOWN, SHUTDOWN, EXTERNAL),
	REFUSED(LONG, IN_SHUTDOWN, SHUTDOWN, EVENT(INTR_TYPE_EXT_INTR | 18)),
	REFUSED(LONG, IN_WAIT, WAIT_SIPI, NMI),
	LEGAL(LONG, SOFTWARE),
};

#define BOTH    "27.3.1.5 interruptibility: not both STI and MOV SS block"
#define FREE    "27.3.1.5 interruptibility: nothing blocks an external interrupt that is injected"
#define NMI_STI "27.3.1.5 interruptibility: STI does not block an NMI that is injected"
#define VIRTUAL PIN(PIN_BASED_NMI_EXITING | PIN_BASED_VIRTUAL_NMIS)
static const struct row interruptibility[] = {
	REFUSED(LONG, "27.3.1.5 interruptibility: reserved bits", BLOCKING(0x20)),
	REFUSED(LONG, "27.3.1.5 interruptibility: reserved bits", BLOCKING(0x80000000)),
	REFUSED(LONG, BOTH, BLOCKING(STI | MOV_SS)),
	LEGAL(LONG, BLOCKING(STI)),
	LEGAL(LONG, BLOCKING(MOV_SS)),
	REFUSED(LONG, "27.3.1.5 interruptibility: STI blocks only with RFLAGS.IF", BLOCKING(STI),
		OFF(GUEST_RFLAGS, IF)),
	LEGAL(LONG, BLOCKING(MOV_SS), OFF(GUEST_RFLAGS, IF)),
	REFUSED(LONG, FREE, EXTERNAL, BLOCKING(STI)),
	REFUSED(LONG, FREE, EXTERNAL, BLOCKING(MOV_SS)),
	LEGAL(LONG, EXTERNAL, BLOCKING(GUEST_INTR_STATE_NMI)),
	LEGAL(LONG, SOFTWARE, BLOCKING(STI)),
	REFUSED(LONG, "27.3.1.5 interruptibility: MOV SS does not block an NMI that is injected", NMI,
		BLOCKING(MOV_SS)),
	REFUSED(LONG, NMI_STI, NMI, BLOCKING(STI)),
	REFUSED(LONG, "27.3.1.5 interruptibility: SMIs are blocked only in SMM", BLOCKING(GUEST_INTR_STATE_SMI)),
	REFUSED(LONG, "27.3.1.5 interruptibility: virtual NMIs are not blocked where one is injected", VIRTUAL, NMI,
		BLOCKING(GUEST_INTR_STATE_NMI)),
	LEGAL(LONG, VIRTUAL, BLOCKING(GUEST_INTR_STATE_NMI)),
	LEGAL(LONG, VIRTUAL, NMI),
	LEGAL(LONG, NMI, BLOCKING(GUEST_INTR_STATE_NMI)),
	REFUSED(LONG, "27.3.1.5 interruptibility: MOV SS does not block after an enclave",
		BLOCKING(GUEST_INTR_STATE_ENCLAVE_INTR | MOV_SS)),
	REFUSED(LONG, "27.3.1.5 interruptibility: enclave interruption needs SGX",
		BLOCKING(GUEST_INTR_STATE_ENCLAVE_INTR),
		CANNOT(secondary, (uint64_t)SECONDARY_EXEC_ENCLS_EXITING << 32)),
	LEGAL(LONG, BLOCKING(GUEST_INTR_STATE_ENCLAVE_INTR)),
};

#define BS_1  "27.3.1.5 pending debug exceptions: BS is 1 with RFLAGS.TF and without BTF"
#define BS_0  "27.3.1.5 pending debug exceptions: BS is 0 without RFLAGS.TF or with BTF"
#define ALONE "27.3.1.5 pending debug exceptions: RTM goes with bit 12 alone"
static const struct row pending[] = {
	REFUSED(LONG, "27.3.1.5 pending debug exceptions: reserved bits", PENDING(0x10)),
	REFUSED(LONG, "27.3.1.5 pending debug exceptions: reserved bits", PENDING(1ull << 13)),
	REFUSED(LONG, "27.3.1.5 pending debug exceptions: reserved bits", PENDING(1ull << 15)),
	REFUSED(LONG, "27.3.1.5 pending debug exceptions: reserved bits", PENDING(1ull << 63)),
	LEGAL(LONG, PENDING(BS | BIT_12 | 0xf)),
	REFUSED(LONG, BS_1, BLOCKING(STI), ON(GUEST_RFLAGS, TF)),
	LEGAL(LONG, BLOCKING(STI), ON(GUEST_RFLAGS, TF), PENDING(BS)),
	REFUSED(LONG, BS_1, BLOCKING(MOV_SS), ON(GUEST_RFLAGS, TF)),
	REFUSED(LONG, BS_1, HLT, ON(GUEST_RFLAGS, TF)),
	LEGAL(LONG, SHUTDOWN, ON(GUEST_RFLAGS, TF)),
	LEGAL(LONG, ON(GUEST_RFLAGS, TF)),
	REFUSED(LONG, BS_0, BLOCKING(STI), PENDING(BS)),
	REFUSED(LONG, BS_0, HLT, PENDING(BS)),
	REFUSED(LONG, BS_0, BLOCKING(MOV_SS), ON(GUEST_RFLAGS, TF), SET(GUEST_IA32_DEBUGCTL, BTF), PENDING(BS)),
	LEGAL(LONG, BLOCKING(MOV_SS), ON(GUEST_RFLAGS, TF), SET(GUEST_IA32_DEBUGCTL, BTF)),
	LEGAL(LONG, PENDING(BS)),
	LEGAL(LONG, PENDING(RTM | BIT_12)),
	REFUSED(LONG, ALONE, PENDING(RTM)),
	REFUSED(LONG, ALONE, PENDING(RTM | BIT_12 | 1)),
	REFUSED(LONG, ALONE, PENDING(RTM | BIT_12 | BS)),
	REFUSED(LONG, "27.3.1.5 pending debug exceptions: RTM not where MOV SS blocks", PENDING(RTM | BIT_12),
		BLOCKING(MOV_SS)),
	LEGAL(LONG, PENDING(RTM | BIT_12), BLOCKING(STI)),
};

#define LINK(address) SET(VMCS_LINK_POINTER, address)
#define SHADOWING     SECONDARY(SECONDARY_EXEC_SHADOW_VMCS)
#define WIDE_LINK     "27.3.1.5 VMCS link pointer: alignment and width"
#define SHADOW_LINK   "27.3.1.5 VMCS link pointer: a shadow VMCS if and only if VMCS shadowing is 1"
static const struct row link_pointer[] = {
	LEGAL(LONG, LINK(0x5000), POKE(0x5000, REVISION)),
	LEGAL(LONG, LINK(0x5000), POKE(0x5000, 0xffffffff00000000 | REVISION)),
	LEGAL(LONG, SHADOWING),
	REFUSED(LONG, WIDE_LINK, LINK(0x5010), POKE(0x5010, REVISION)),
	REFUSED(LONG, WIDE_LINK, LINK(BEYOND)),
	REFUSED(LONG, WIDE_LINK, LINK(1ull << 32), CAN_ALSO(basic, VMX_BASIC_32BIT_PHYS_ADDR)),
	REFUSED(LONG, "27.3.1.5 VMCS link pointer: not the current VMCS", LINK(CURRENT_VMCS),
		POKE(CURRENT_VMCS, REVISION)),
	REFUSED(LONG, "27.3.1.5 VMCS link pointer: revision identifier", LINK(0x5000), POKE(0x5000, REVISION + 1)),
	/* No memory there: ones. */
	REFUSED(LONG, "27.3.1.5 VMCS link pointer: revision identifier", LINK(0x1000000)),
	REFUSED(LONG, SHADOW_LINK, SHADOWING, LINK(0x5000), POKE(0x5000, REVISION)),
	REFUSED(LONG, SHADOW_LINK, LINK(0x5000), POKE(0x5000, REVISION | 0x80000000)),
	LEGAL(LONG, SHADOWING, LINK(0x5000), POKE(0x5000, REVISION | 0x80000000)),
};

#define PDPTE "27.3.1.6 PDPTEs: reserved bits"
#define EPT   SECONDARY(SECONDARY_EXEC_ENABLE_EPT), SET(EPT_POINTER, EPTP_WALK_LENGTH_4 | MEMORY_TYPE_WB)
static const struct row pdptes[] = {
	REFUSED(PAE, PDPTE, POKE(0x2000, 0x3)),
	REFUSED(PAE, PDPTE, POKE(0x2018, 0x21)),
	REFUSED(PAE, PDPTE, POKE(0x2008, 0x101)),
	REFUSED(PAE, PDPTE, POKE(0x2010, BEYOND | 1)),
	LEGAL(PAE, POKE(0x2000, 0x3019), POKE(0x2008, 0xe01), POKE(0x2010, (BEYOND - 0x1000) | 1), POKE(0x2018, 1)),
	/* An entry that is not present may have any other bits. */
	LEGAL(PAE, POKE(0x2000, 0xfffffffffffffffe)),
	/* Bits 31:5 of CR3 are the table's address. */
	REFUSED(PAE, PDPTE, SET(GUEST_CR3, 0x203f), POKE(0x2038, 3)),
	LEGAL(PAE, SET(GUEST_CR3, 0x203f), POKE(0x2018, 3), POKE(0x2040, 3)),
	REFUSED(PAE, PDPTE, SET(GUEST_CR3, 0x100002000), POKE(0x2000, 3)),
	/* No memory there: ones. */
	REFUSED(PAE, PDPTE, SET(GUEST_CR3, 0x1000000)),
	/* With EPT it is the fields that count. */
	LEGAL(PAE, EPT, POKE(0x2000, 3)),
	REFUSED(PAE, PDPTE, EPT, SET(GUEST_PDPTR0, 5)),
	REFUSED(PAE, PDPTE, EPT, SET(GUEST_PDPTR3, 0x41)),
	LEGAL(PAE, EPT, SET(GUEST_PDPTR3, 0x1001)),
	LEGAL(PAE, SET(GUEST_PDPTR0, 5)),
	/* Without PAE paging nothing is. */
	LEGAL(LONG, POKE(0x2000, 3)),
	LEGAL(LEGACY, POKE(0x2000, 3)),
	LEGAL(REAL, ON(GUEST_CR4, 0x20), SET(GUEST_PDPTR0, 5)),
};

static void activity_state(void **state)
{
	(void)state;
	check_rows(activity, COUNT(activity));
}

static void interruptibility_state(void **state)
{
	(void)state;
	check_rows(interruptibility, COUNT(interruptibility));
}

static void pending_debug_exceptions(void **state)
{
	(void)state;
	check_rows(pending, COUNT(pending));
}

static void vmcs_link_pointer(void **state)
{
	(void)state;
	check_rows(link_pointer, COUNT(link_pointer));
}

static void page_directory_pointers(void **state)
{
	(void)state;
	check_rows(pdptes, COUNT(pdptes));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(activity_state),           cmocka_unit_test(interruptibility_state),
		cmocka_unit_test(pending_debug_exceptions), cmocka_unit_test(vmcs_link_pointer),
		cmocka_unit_test(page_directory_pointers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
