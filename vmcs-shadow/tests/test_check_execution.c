// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the rules for VM-execution controls: each rule is violated, and a similar legal state is
 * accepted. Also, the VMCSs that all these tests start from are valid.
 */
#include "vmcs-shadow/tests/entry_fixture.h"

#define EPTP         (EPTP_WALK_LENGTH_4 | MEMORY_TYPE_WB | 0x1000)
#define WITH_EPT     SECONDARY(SECONDARY_EXEC_ENABLE_EPT), SET(EPT_POINTER, EPTP)
#define NO_SECONDARY OFF(CPU_BASED_VM_EXEC_CONTROL, CPU_BASED_ACTIVATE_SECONDARY_CONTROLS)

static const struct row start[] = {
	LEGAL(LONG, {0}), LEGAL(LEGACY, {0}), LEGAL(PAE, {0}), LEGAL(REAL, {0}), LEGAL(V8086, {0}),
};

static const struct row reserved[] = {
	REFUSED(LONG, "27.2.1.1 pin-based controls: reserved bits", OFF(PIN_BASED_VM_EXEC_CONTROL, 0x2)),
	REFUSED(LONG, "27.2.1.1 pin-based controls: reserved bits", PIN(PIN_BASED_EXT_INTR_MASK),
		CAN(pin, 0xfe00000016)),
	LEGAL(LONG, PIN(PIN_BASED_NMI_EXITING), CAN(pin, 0xfe00000016)),
	REFUSED(LONG, "27.2.1.1 primary processor-based controls: reserved bits",
		OFF(CPU_BASED_VM_EXEC_CONTROL, 0x100)),
	REFUSED(LONG, "27.2.1.1 primary processor-based controls: reserved bits",
		CANNOT(primary, (uint64_t)CPU_BASED_HLT_EXITING << 32), PRIMARY(CPU_BASED_HLT_EXITING)),
	LEGAL(LONG, PRIMARY(CPU_BASED_HLT_EXITING)),
	REFUSED(LONG, "27.2.1.1 secondary processor-based controls: reserved bits",
		CANNOT(secondary, (uint64_t)SECONDARY_EXEC_DESC << 32), SECONDARY(SECONDARY_EXEC_DESC)),
	LEGAL(LONG, CANNOT(secondary, (uint64_t)SECONDARY_EXEC_DESC << 32), SECONDARY(SECONDARY_EXEC_DESC),
	      NO_SECONDARY),
	REFUSED(LONG, "27.2.1.1 tertiary processor-based controls: reserved bits",
		PRIMARY(CPU_BASED_ACTIVATE_TERTIARY_CONTROLS), SET(TERTIARY_VM_EXEC_CONTROL, 1)),
	LEGAL(LONG, PRIMARY(CPU_BASED_ACTIVATE_TERTIARY_CONTROLS)),
	LEGAL(LONG, SET(TERTIARY_VM_EXEC_CONTROL, 1)),
	REFUSED(LONG, "27.2.1.1 CR3-target count: no more than the CPU supports", SET(CR3_TARGET_COUNT, 5)),
	LEGAL(LONG, SET(CR3_TARGET_COUNT, 4)),
	REFUSED(LONG, "27.2.1.1 CR3-target count: no more than the CPU supports", SET(CR3_TARGET_COUNT, 1),
		CAN(misc, 0)),
};

static const struct row bitmaps[] = {
	REFUSED(LONG, "27.2.1.1 I/O bitmap A: alignment and width", PRIMARY(CPU_BASED_USE_IO_BITMAPS),
		SET(IO_BITMAP_A, 0x800)),
	REFUSED(LONG, "27.2.1.1 I/O bitmap A: alignment and width", PRIMARY(CPU_BASED_USE_IO_BITMAPS),
		SET(IO_BITMAP_A, BEYOND)),
	REFUSED(LONG, "27.2.1.1 I/O bitmap B: alignment and width", PRIMARY(CPU_BASED_USE_IO_BITMAPS),
		SET(IO_BITMAP_B, 1)),
	LEGAL(LONG, PRIMARY(CPU_BASED_USE_IO_BITMAPS), SET(IO_BITMAP_A, BEYOND - 0x1000), SET(IO_BITMAP_B, BEYOND / 2)),
	LEGAL(LONG, SET(IO_BITMAP_A, ~0ull), SET(IO_BITMAP_B, ~0ull)),
	/* IA32_VMX_BASIC[48] */
	REFUSED(LONG, "27.2.1.1 I/O bitmap B: alignment and width", PRIMARY(CPU_BASED_USE_IO_BITMAPS),
		CAN_ALSO(basic, VMX_BASIC_32BIT_PHYS_ADDR), SET(IO_BITMAP_B, 1ull << 32)),
	LEGAL(LONG, PRIMARY(CPU_BASED_USE_IO_BITMAPS), CAN_ALSO(basic, VMX_BASIC_32BIT_PHYS_ADDR),
	      SET(IO_BITMAP_B, 0xfffff000)),
	REFUSED(LONG, "27.2.1.1 MSR bitmap: alignment and width", PRIMARY(CPU_BASED_USE_MSR_BITMAPS),
		SET(MSR_BITMAP, 0x10)),
	LEGAL(LONG, PRIMARY(CPU_BASED_USE_MSR_BITMAPS), SET(MSR_BITMAP, 0x1000)),
	LEGAL(LONG, SET(MSR_BITMAP, 0x10)),
	REFUSED(LONG, "27.2.1.1 VMREAD bitmap: alignment and width", SECONDARY(SECONDARY_EXEC_SHADOW_VMCS),
		SET(VMREAD_BITMAP, 8)),
	REFUSED(LONG, "27.2.1.1 VMWRITE bitmap: alignment and width", SECONDARY(SECONDARY_EXEC_SHADOW_VMCS),
		SET(VMWRITE_BITMAP, BEYOND)),
	LEGAL(LONG, SECONDARY(SECONDARY_EXEC_SHADOW_VMCS), SET(VMREAD_BITMAP, 0x1000), SET(VMWRITE_BITMAP, 0x2000)),
	LEGAL(LONG, SET(VMREAD_BITMAP, 1), SET(VMWRITE_BITMAP, 1)),
	LEGAL(LONG, SECONDARY(SECONDARY_EXEC_SHADOW_VMCS), SET(VMREAD_BITMAP, 1), SET(VMWRITE_BITMAP, 1), NO_SECONDARY),
};

static const struct row nmis[] = {
	REFUSED(LONG, "27.2.1.1 virtual NMIs: needs NMI exiting", PIN(PIN_BASED_VIRTUAL_NMIS)),
	LEGAL(LONG, PIN(PIN_BASED_VIRTUAL_NMIS | PIN_BASED_NMI_EXITING)),
	LEGAL(LONG, PIN(PIN_BASED_NMI_EXITING)),
	REFUSED(LONG, "27.2.1.1 NMI-window exiting: needs virtual NMIs", PRIMARY(CPU_BASED_NMI_WINDOW_EXITING),
		PIN(PIN_BASED_NMI_EXITING)),
	LEGAL(LONG, PRIMARY(CPU_BASED_NMI_WINDOW_EXITING), PIN(PIN_BASED_VIRTUAL_NMIS | PIN_BASED_NMI_EXITING)),
};

#define TPR PRIMARY(CPU_BASED_TPR_SHADOW), SET(VIRTUAL_APIC_PAGE_ADDR, 0x4000)
#define VID SECONDARY(SECONDARY_EXEC_VIRTUAL_INTR_DELIVERY), PIN(PIN_BASED_EXT_INTR_MASK)
static const struct row apic[] = {
	REFUSED(LONG, "27.2.1.1 virtualize x2APIC mode: needs use TPR shadow",
		SECONDARY(SECONDARY_EXEC_VIRTUALIZE_X2APIC_MODE)),
	LEGAL(LONG, TPR, SECONDARY(SECONDARY_EXEC_VIRTUALIZE_X2APIC_MODE)),
	REFUSED(LONG, "27.2.1.1 APIC-register virtualization: needs use TPR shadow",
		SECONDARY(SECONDARY_EXEC_APIC_REGISTER_VIRT)),
	LEGAL(LONG, TPR, SECONDARY(SECONDARY_EXEC_APIC_REGISTER_VIRT)),
	REFUSED(LONG, "27.2.1.1 virtual-interrupt delivery: needs use TPR shadow", VID),
	LEGAL(LONG, TPR, VID),
	REFUSED(LONG, "27.2.1.1 virtual-interrupt delivery: needs external-interrupt exiting", TPR,
		SECONDARY(SECONDARY_EXEC_VIRTUAL_INTR_DELIVERY)),
	REFUSED(LONG, "27.2.1.1 virtual-APIC page: alignment and width", TPR, SET(VIRTUAL_APIC_PAGE_ADDR, 0x4080)),
	REFUSED(LONG, "27.2.1.1 virtual-APIC page: alignment and width", TPR, SET(VIRTUAL_APIC_PAGE_ADDR, BEYOND)),
	LEGAL(LONG, SET(VIRTUAL_APIC_PAGE_ADDR, BEYOND)),
	REFUSED(LONG, "27.2.1.1 TPR threshold: bits 31:4 are 0", TPR, SET(TPR_THRESHOLD, 0x10), POKE(0x4080, 0xf0)),
	LEGAL(LONG, TPR, SET(TPR_THRESHOLD, 0xf), POKE(0x4080, 0xf0)),
	LEGAL(LONG, TPR, VID, SET(TPR_THRESHOLD, 0x10)),
	LEGAL(LONG, SET(TPR_THRESHOLD, 0x10)),
	REFUSED(LONG, "27.2.1.1 TPR threshold: not greater than bits 7:4 of VTPR", TPR, SET(TPR_THRESHOLD, 5),
		POKE(0x4080, 0x4f)),
	/* The byte at 80H alone counts. */
	REFUSED(LONG, "27.2.1.1 TPR threshold: not greater than bits 7:4 of VTPR", TPR, SET(TPR_THRESHOLD, 5),
		POKE(0x4080, 0xffffffffffffff4f)),
	LEGAL(LONG, TPR, SET(TPR_THRESHOLD, 5), POKE(0x4080, 0x50)),
	LEGAL(LONG, TPR, SET(TPR_THRESHOLD, 5), SECONDARY(SECONDARY_EXEC_VIRTUALIZE_APIC_ACCESSES)),
	/* No memory reads as ones. */
	LEGAL(LONG, TPR, SET(TPR_THRESHOLD, 0xf), SET(VIRTUAL_APIC_PAGE_ADDR, 0x1000000)),
	REFUSED(LONG, "27.2.1.1 APIC-access page: alignment and width",
		SECONDARY(SECONDARY_EXEC_VIRTUALIZE_APIC_ACCESSES), SET(APIC_ACCESS_ADDR, 0x5800)),
	LEGAL(LONG, SECONDARY(SECONDARY_EXEC_VIRTUALIZE_APIC_ACCESSES), SET(APIC_ACCESS_ADDR, 0x5000)),
	LEGAL(LONG, SET(APIC_ACCESS_ADDR, 0x5800)),
	REFUSED(LONG, "27.2.1.1 virtualize x2APIC mode: not with virtualize APIC accesses", TPR,
		SECONDARY(SECONDARY_EXEC_VIRTUALIZE_APIC_ACCESSES | SECONDARY_EXEC_VIRTUALIZE_X2APIC_MODE)),
};

#define POSTED TPR, VID, PIN(PIN_BASED_POSTED_INTR), EXIT(VM_EXIT_ACK_INTR_ON_EXIT)
static const struct row posted[] = {
	LEGAL(LONG, POSTED, SET(POSTED_INTR_NV, 0xff), SET(POSTED_INTR_DESC_ADDR, 0x40)),
	REFUSED(LONG, "27.2.1.1 process posted interrupts: needs virtual-interrupt delivery",
		PIN(PIN_BASED_POSTED_INTR), EXIT(VM_EXIT_ACK_INTR_ON_EXIT)),
	REFUSED(LONG, "27.2.1.1 process posted interrupts: needs acknowledge interrupt on exit", POSTED,
		OFF(VM_EXIT_CONTROLS, VM_EXIT_ACK_INTR_ON_EXIT)),
	REFUSED(LONG, "27.2.1.1 posted-interrupt notification vector: at most 255", POSTED, SET(POSTED_INTR_NV, 0x100)),
	REFUSED(LONG, "27.2.1.1 posted-interrupt descriptor: alignment and width", POSTED,
		SET(POSTED_INTR_DESC_ADDR, 0x20)),
	REFUSED(LONG, "27.2.1.1 posted-interrupt descriptor: alignment and width", POSTED,
		SET(POSTED_INTR_DESC_ADDR, BEYOND)),
	LEGAL(LONG, SET(POSTED_INTR_NV, 0x100), SET(POSTED_INTR_DESC_ADDR, 0x20)),
};

static const struct row translation[] = {
	REFUSED(LONG, "27.2.1.1 VPID: not 0", SECONDARY(SECONDARY_EXEC_ENABLE_VPID)),
	LEGAL(LONG, SECONDARY(SECONDARY_EXEC_ENABLE_VPID), SET(VIRTUAL_PROCESSOR_ID, 1)),
	LEGAL(LONG, WITH_EPT),
	LEGAL(LONG, SET(EPT_POINTER, ~0ull)),
	REFUSED(LONG, "27.2.1.1 EPTP: memory type that the CPU supports", WITH_EPT,
		SET(EPT_POINTER, EPTP_WALK_LENGTH_4)),
	LEGAL(LONG, WITH_EPT, SET(EPT_POINTER, EPTP_WALK_LENGTH_4), CAN_ALSO(ept_vpid, VMX_EPTP_UC_BIT)),
	REFUSED(LONG, "27.2.1.1 EPTP: memory type that the CPU supports", WITH_EPT, CANNOT(ept_vpid, VMX_EPTP_WB_BIT)),
	REFUSED(LONG, "27.2.1.1 EPTP: memory type that the CPU supports", WITH_EPT,
		SET(EPT_POINTER, EPTP_WALK_LENGTH_4 | MEMORY_TYPE_WT)),
	REFUSED(LONG, "27.2.1.1 EPTP: page-walk length that the CPU supports", WITH_EPT,
		CANNOT(ept_vpid, VMX_EPT_PAGE_WALK_4_BIT)),
	REFUSED(LONG, "27.2.1.1 EPTP: page-walk length that the CPU supports", WITH_EPT,
		SET(EPT_POINTER, EPTP_WALK_LENGTH_5 | MEMORY_TYPE_WB)),
	LEGAL(LONG, WITH_EPT, SET(EPT_POINTER, EPTP_WALK_LENGTH_5 | MEMORY_TYPE_WB),
	      CAN_ALSO(ept_vpid, VMX_EPT_PAGE_WALK_5_BIT)),
	REFUSED(LONG, "27.2.1.1 EPTP: page-walk length that the CPU supports", WITH_EPT,
		SET(EPT_POINTER, 2ull << EPTP_WALK_LENGTH_SHIFT | MEMORY_TYPE_WB)),
	REFUSED(LONG, "27.2.1.1 EPTP: reserved bits", WITH_EPT, SET(EPT_POINTER, EPTP | EPTP_ACCESSED_DIRTY)),
	LEGAL(LONG, WITH_EPT, SET(EPT_POINTER, EPTP | EPTP_ACCESSED_DIRTY), CAN_ALSO(ept_vpid, VMX_EPT_AD_BIT)),
	REFUSED(LONG, "27.2.1.1 EPTP: reserved bits", WITH_EPT, SET(EPT_POINTER, EPTP | EPTP_SUPERVISOR_SHADOW_STACK)),
	LEGAL(LONG, WITH_EPT, SET(EPT_POINTER, EPTP | EPTP_SUPERVISOR_SHADOW_STACK),
	      CAN_ALSO(ept_vpid, VMX_EPT_SUPERVISOR_SHADOW_STACK_BIT)),
	REFUSED(LONG, "27.2.1.1 EPTP: reserved bits", WITH_EPT, SET(EPT_POINTER, EPTP | 0x100)),
	REFUSED(LONG, "27.2.1.1 EPTP: reserved bits", WITH_EPT, SET(EPT_POINTER, EPTP | BEYOND)),
	LEGAL(LONG, WITH_EPT, SET(EPT_POINTER, EPTP | BEYOND), WIDTH(PHYSICAL_BITS + 1)),
	REFUSED(LONG, "27.2.1.1 enable PML: needs enable EPT", SECONDARY(SECONDARY_EXEC_ENABLE_PML)),
	REFUSED(LONG, "27.2.1.1 PML address: alignment and width", WITH_EPT, SECONDARY(SECONDARY_EXEC_ENABLE_PML),
		SET(PML_ADDRESS, 0x1008)),
	LEGAL(LONG, WITH_EPT, SECONDARY(SECONDARY_EXEC_ENABLE_PML), SET(PML_ADDRESS, 0x1000)),
	LEGAL(LONG, SET(PML_ADDRESS, 0x1008)),
	REFUSED(LONG, "27.2.1.1 unrestricted guest: needs enable EPT", SECONDARY(SECONDARY_EXEC_UNRESTRICTED_GUEST)),
	LEGAL(LONG, WITH_EPT, SECONDARY(SECONDARY_EXEC_UNRESTRICTED_GUEST)),
	REFUSED(LONG, "27.2.1.1 mode-based execute control for EPT: needs enable EPT",
		SECONDARY(SECONDARY_EXEC_MODE_BASED_EPT_EXEC)),
	LEGAL(LONG, WITH_EPT, SECONDARY(SECONDARY_EXEC_MODE_BASED_EPT_EXEC)),
	REFUSED(LONG, "27.2.1.1 sub-page write permissions for EPT: needs enable EPT",
		SECONDARY(SECONDARY_EXEC_SUB_PAGE_WRITE)),
	REFUSED(LONG, "27.2.1.1 SPPTP: alignment and width", WITH_EPT, SECONDARY(SECONDARY_EXEC_SUB_PAGE_WRITE),
		SET(SPP_TABLE_POINTER, 0x2004)),
	LEGAL(LONG, WITH_EPT, SECONDARY(SECONDARY_EXEC_SUB_PAGE_WRITE), SET(SPP_TABLE_POINTER, 0x2000)),
	REFUSED(LONG, "27.2.1.1 virtualization-exception information: alignment and width",
		SECONDARY(SECONDARY_EXEC_EPT_VIOLATION_VE), SET(VE_INFORMATION_ADDRESS, 0x40)),
	LEGAL(LONG, SECONDARY(SECONDARY_EXEC_EPT_VIOLATION_VE), SET(VE_INFORMATION_ADDRESS, 0x2000)),
};

static const struct row vm_functions[] = {
	LEGAL(LONG, SET(VM_FUNCTION_CONTROL, ~0ull), SET(EPTP_LIST_ADDRESS, ~0ull)),
	LEGAL(LONG, SECONDARY(SECONDARY_EXEC_ENABLE_VMFUNC), SET(EPTP_LIST_ADDRESS, ~0ull)),
	REFUSED(LONG, "27.2.1.1 VM-function controls: reserved bits", WITH_EPT, SECONDARY(SECONDARY_EXEC_ENABLE_VMFUNC),
		SET(VM_FUNCTION_CONTROL, 2)),
	REFUSED(LONG, "27.2.1.1 EPTP switching: needs enable EPT", SECONDARY(SECONDARY_EXEC_ENABLE_VMFUNC),
		SET(VM_FUNCTION_CONTROL, 1)),
	REFUSED(LONG, "27.2.1.1 EPTP list: alignment and width", WITH_EPT, SECONDARY(SECONDARY_EXEC_ENABLE_VMFUNC),
		SET(VM_FUNCTION_CONTROL, 1), SET(EPTP_LIST_ADDRESS, 0x1001)),
	LEGAL(LONG, WITH_EPT, SECONDARY(SECONDARY_EXEC_ENABLE_VMFUNC), SET(VM_FUNCTION_CONTROL, 1),
	      SET(EPTP_LIST_ADDRESS, 0x1000)),
};

#define PT SECONDARY(SECONDARY_EXEC_PT_USE_GPA), ENTRY(VM_ENTRY_LOAD_IA32_RTIT_CTL), EXIT(VM_EXIT_CLEAR_IA32_RTIT_CTL)
static const struct row newer_features[] = {
	LEGAL(LONG, WITH_EPT, PT),
	REFUSED(LONG, "27.2.1.1 Intel PT uses guest physical addresses: needs enable EPT", PT),
	REFUSED(LONG, "27.2.1.1 Intel PT uses guest physical addresses: needs load IA32_RTIT_CTL", WITH_EPT, PT,
		OFF(VM_ENTRY_CONTROLS, VM_ENTRY_LOAD_IA32_RTIT_CTL)),
	REFUSED(LONG, "27.2.1.1 Intel PT uses guest physical addresses: needs clear IA32_RTIT_CTL", WITH_EPT, PT,
		OFF(VM_EXIT_CONTROLS, VM_EXIT_CLEAR_IA32_RTIT_CTL)),
	REFUSED(LONG, "27.2.1.1 TSC multiplier: not 0", SECONDARY(SECONDARY_EXEC_TSC_SCALING)),
	LEGAL(LONG, SECONDARY(SECONDARY_EXEC_TSC_SCALING), SET(TSC_MULTIPLIER, 1)),
	REFUSED(LONG, "27.2.1.1 low PASID directory: alignment and width", SECONDARY(SECONDARY_EXEC_PASID_TRANSLATION),
		SET(LOW_PASID_DIRECTORY_ADDRESS, 8)),
	REFUSED(LONG, "27.2.1.1 high PASID directory: alignment and width", SECONDARY(SECONDARY_EXEC_PASID_TRANSLATION),
		SET(HIGH_PASID_DIRECTORY_ADDRESS, 8)),
	LEGAL(LONG, SECONDARY(SECONDARY_EXEC_PASID_TRANSLATION), SET(LOW_PASID_DIRECTORY_ADDRESS, 0x1000),
	      SET(HIGH_PASID_DIRECTORY_ADDRESS, 0x2000)),
};

static void every_start_is_valid(void **state)
{
	(void)state;
	assert_int_equal(COUNT(start), MODES);
	check_rows(start, COUNT(start));
}

static void reserved_controls_and_cr3_targets(void **state)
{
	(void)state;
	check_rows(reserved, COUNT(reserved));
}

static void bitmap_addresses(void **state)
{
	(void)state;
	check_rows(bitmaps, COUNT(bitmaps));
}

static void nmi_controls(void **state)
{
	(void)state;
	check_rows(nmis, COUNT(nmis));
}

static void apic_virtualization(void **state)
{
	(void)state;
	check_rows(apic, COUNT(apic));
}

static void posted_interrupts(void **state)
{
	(void)state;
	check_rows(posted, COUNT(posted));
}

static void ept_and_what_needs_it(void **state)
{
	(void)state;
	check_rows(translation, COUNT(translation));
}

static void vm_function_controls(void **state)
{
	(void)state;
	check_rows(vm_functions, COUNT(vm_functions));
}

static void newer_controls(void **state)
{
	(void)state;
	check_rows(newer_features, COUNT(newer_features));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_start_is_valid),  cmocka_unit_test(reserved_controls_and_cr3_targets),
		cmocka_unit_test(bitmap_addresses),      cmocka_unit_test(nmi_controls),
		cmocka_unit_test(apic_virtualization),   cmocka_unit_test(posted_interrupts),
		cmocka_unit_test(ept_and_what_needs_it), cmocka_unit_test(vm_function_controls),
		cmocka_unit_test(newer_controls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
