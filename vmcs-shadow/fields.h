/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The list of all VMCS fields: name, encoding, shadowing by Linux KVM, origin of the value in a
 * vmcs02, and the CPU feature that the field needs. The enums, the table and the lookups below
 * derive from VMCS_FIELDS.
 */
#ifndef VMCS_SHADOW_FIELDS_H
#define VMCS_SHADOW_FIELDS_H

#include <stdbool.h>
#include <stdint.h>

#include "vmcs-shadow/capability.h"

/*
 * X(NAME, encoding, SHADOWED, VMCS02, FEATURE), in ascending order of encoding, because
 * vmcs_field_index_of() uses a binary search. Section numbers in this folder are from SDM editions
 * that describe the VMCS in chapter 25.
 *
 * A name is Linux's if Linux has the field, and otherwise the SDM's in capitals. The SDM calls
 * NOTIFY_WINDOW "instruction-timeout control".
 *
 * SHADOWED is the list of Linux 6.1, arch/x86/kvm/vmx/vmcs_shadow_fields.h. RO: L1's VMREAD needs
 * no exit. RW: L1's VMWRITE needs no exit either. This is a choice of KVM, not of the CPU:
 * GUEST_CS_AR_BYTES and GUEST_SS_AR_BYTES are writable fields that KVM shadows only for reading. At
 * run time KVM drops GUEST_INTR_STATUS, GUEST_PML_INDEX and VMX_PREEMPTION_TIMER_VALUE if the CPU
 * lacks their feature.
 *
 * VMCS02 is the origin of the field's value in the VMCS with which L0 runs L2 (enum vmcs_origin).
 * Width, type and access type of a field follow from its encoding (25.11.2). FEATURE is one of
 * VMCS_FEATURES.
 *
 * The list does not include the "high" halves of 64-bit fields (their encoding is the full encoding
 * + 1). It also omits the fields that only the TDX module may use (0x4026, the TD's HKID).
 */
/* clang-format off */
#define VMCS_FIELDS(X) \
	/* B.1.1 16-bit control fields */ \
	X(VIRTUAL_PROCESSOR_ID,           0x0000, NONE, MERGED, VPID) \
	X(POSTED_INTR_NV,                 0x0002, NONE, SAME,   POSTED_INTERRUPTS) \
	X(EPTP_INDEX,                     0x0004, NONE, SAME,   EPT_VIOLATION_VE) \
	X(HLAT_PREFIX_SIZE,               0x0006, NONE, SAME,   TERTIARY) \
	X(LAST_PID_POINTER_INDEX,         0x0008, NONE, SAME,   TERTIARY) \
	X(VIRTUAL_TIMER_VECTOR,           0x000a, NONE, SAME,   TERTIARY) \
	/* B.1.2 16-bit guest-state fields */ \
	X(GUEST_ES_SELECTOR,              0x0800, NONE, SAME,   ANY) \
	X(GUEST_CS_SELECTOR,              0x0802, NONE, SAME,   ANY) \
	X(GUEST_SS_SELECTOR,              0x0804, NONE, SAME,   ANY) \
	X(GUEST_DS_SELECTOR,              0x0806, NONE, SAME,   ANY) \
	X(GUEST_FS_SELECTOR,              0x0808, NONE, SAME,   ANY) \
	X(GUEST_GS_SELECTOR,              0x080a, NONE, SAME,   ANY) \
	X(GUEST_LDTR_SELECTOR,            0x080c, NONE, SAME,   ANY) \
	X(GUEST_TR_SELECTOR,              0x080e, NONE, SAME,   ANY) \
	X(GUEST_INTR_STATUS,              0x0810, RW,   SAME,   VIRTUAL_INTERRUPTS) \
	X(GUEST_PML_INDEX,                0x0812, RW,   L0,     PML) \
	X(GUEST_UINV,                     0x0814, NONE, SAME,   UINV) \
	/* B.1.3 16-bit host-state fields */ \
	X(HOST_ES_SELECTOR,               0x0c00, NONE, L0,     ANY) \
	X(HOST_CS_SELECTOR,               0x0c02, NONE, L0,     ANY) \
	X(HOST_SS_SELECTOR,               0x0c04, NONE, L0,     ANY) \
	X(HOST_DS_SELECTOR,               0x0c06, NONE, L0,     ANY) \
	X(HOST_FS_SELECTOR,               0x0c08, RW,   L0,     ANY) \
	X(HOST_GS_SELECTOR,               0x0c0a, RW,   L0,     ANY) \
	X(HOST_TR_SELECTOR,               0x0c0c, NONE, L0,     ANY) \
	/* B.2.1 64-bit control fields */ \
	X(IO_BITMAP_A,                    0x2000, NONE, MERGED, ANY) \
	X(IO_BITMAP_B,                    0x2002, NONE, MERGED, ANY) \
	X(MSR_BITMAP,                     0x2004, NONE, MERGED, MSR_BITMAPS) \
	X(VM_EXIT_MSR_STORE_ADDR,         0x2006, NONE, L0,     ANY) \
	X(VM_EXIT_MSR_LOAD_ADDR,          0x2008, NONE, L0,     ANY) \
	X(VM_ENTRY_MSR_LOAD_ADDR,         0x200a, NONE, L0,     ANY) \
	X(EXECUTIVE_VMCS_POINTER,         0x200c, NONE, L0,     ANY) \
	X(PML_ADDRESS,                    0x200e, NONE, L0,     PML) \
	X(TSC_OFFSET,                     0x2010, NONE, MERGED, ANY) \
	X(VIRTUAL_APIC_PAGE_ADDR,         0x2012, NONE, SAME,   TPR_SHADOW) \
	X(APIC_ACCESS_ADDR,               0x2014, NONE, SAME,   APIC_ACCESSES) \
	X(POSTED_INTR_DESC_ADDR,          0x2016, NONE, SAME,   POSTED_INTERRUPTS) \
	X(VM_FUNCTION_CONTROL,            0x2018, NONE, SAME,   VM_FUNCTIONS) \
	X(EPT_POINTER,                    0x201a, NONE, MERGED, EPT) \
	X(EOI_EXIT_BITMAP0,               0x201c, NONE, SAME,   VIRTUAL_INTERRUPTS) \
	X(EOI_EXIT_BITMAP1,               0x201e, NONE, SAME,   VIRTUAL_INTERRUPTS) \
	X(EOI_EXIT_BITMAP2,               0x2020, NONE, SAME,   VIRTUAL_INTERRUPTS) \
	X(EOI_EXIT_BITMAP3,               0x2022, NONE, SAME,   VIRTUAL_INTERRUPTS) \
	X(EPTP_LIST_ADDRESS,              0x2024, NONE, SAME,   VM_FUNCTIONS) \
	X(VMREAD_BITMAP,                  0x2026, NONE, MERGED, VMCS_SHADOWING) \
	X(VMWRITE_BITMAP,                 0x2028, NONE, MERGED, VMCS_SHADOWING) \
	X(VE_INFORMATION_ADDRESS,         0x202a, NONE, SAME,   EPT_VIOLATION_VE) \
	X(XSS_EXIT_BITMAP,                0x202c, NONE, MERGED, XSAVES) \
	X(ENCLS_EXITING_BITMAP,           0x202e, NONE, SAME,   ENCLS) \
	X(SPP_TABLE_POINTER,              0x2030, NONE, SAME,   SUB_PAGE_WRITE) \
	X(TSC_MULTIPLIER,                 0x2032, NONE, MERGED, TSC_SCALING) \
	X(TERTIARY_VM_EXEC_CONTROL,       0x2034, NONE, SAME,   TERTIARY) \
	X(ENCLV_EXITING_BITMAP,           0x2036, NONE, SAME,   ENCLV) \
	X(LOW_PASID_DIRECTORY_ADDRESS,    0x2038, NONE, SAME,   PASID) \
	X(HIGH_PASID_DIRECTORY_ADDRESS,   0x203a, NONE, SAME,   PASID) \
	X(SHARED_EPT_POINTER,             0x203c, NONE, SAME,   SECONDARY_EXIT) \
	X(PCONFIG_EXITING_BITMAP,         0x203e, NONE, SAME,   PCONFIG) \
	X(HLAT_POINTER,                   0x2040, NONE, SAME,   TERTIARY) \
	X(PID_POINTER_TABLE,              0x2042, NONE, SAME,   TERTIARY) \
	X(SECONDARY_VM_EXIT_CONTROLS,     0x2044, NONE, SAME,   SECONDARY_EXIT) \
	X(IA32_SPEC_CTRL_MASK,            0x204a, NONE, SAME,   TERTIARY) \
	X(IA32_SPEC_CTRL_SHADOW,          0x204c, NONE, SAME,   TERTIARY) \
	X(GUEST_DEADLINE_SHADOW,          0x204e, NONE, SAME,   TERTIARY) \
	X(INJECTED_EVENT_DATA,            0x2052, NONE, SAME,   FRED) \
	/* B.2.2 64-bit read-only data fields */ \
	X(GUEST_PHYSICAL_ADDRESS,         0x2400, RO,   SAME,   EPT) \
	X(MSR_DATA,                       0x2402, NONE, SAME,   TERTIARY) \
	X(ORIGINAL_EVENT_DATA,            0x2404, NONE, SAME,   FRED) \
	/* B.2.3 64-bit guest-state fields */ \
	X(VMCS_LINK_POINTER,              0x2800, NONE, MERGED, ANY) \
	X(GUEST_IA32_DEBUGCTL,            0x2802, NONE, SAME,   ANY) \
	X(GUEST_IA32_PAT,                 0x2804, NONE, SAME,   GUEST_PAT) \
	X(GUEST_IA32_EFER,                0x2806, NONE, SAME,   GUEST_EFER) \
	X(GUEST_IA32_PERF_GLOBAL_CTRL,    0x2808, NONE, SAME,   GUEST_PERF) \
	X(GUEST_PDPTR0,                   0x280a, NONE, SAME,   EPT) \
	X(GUEST_PDPTR1,                   0x280c, NONE, SAME,   EPT) \
	X(GUEST_PDPTR2,                   0x280e, NONE, SAME,   EPT) \
	X(GUEST_PDPTR3,                   0x2810, NONE, SAME,   EPT) \
	X(GUEST_BNDCFGS,                  0x2812, NONE, SAME,   BNDCFGS) \
	X(GUEST_IA32_RTIT_CTL,            0x2814, NONE, SAME,   RTIT) \
	X(GUEST_IA32_LBR_CTL,             0x2816, NONE, SAME,   LBR) \
	X(GUEST_IA32_PKRS,                0x2818, NONE, SAME,   GUEST_PKRS) \
	X(GUEST_IA32_FRED_CONFIG,         0x281a, NONE, SAME,   FRED) \
	X(GUEST_IA32_FRED_RSP1,           0x281c, NONE, SAME,   FRED) \
	X(GUEST_IA32_FRED_RSP2,           0x281e, NONE, SAME,   FRED) \
	X(GUEST_IA32_FRED_RSP3,           0x2820, NONE, SAME,   FRED) \
	X(GUEST_IA32_FRED_STKLVLS,        0x2822, NONE, SAME,   FRED) \
	X(GUEST_IA32_FRED_SSP1,           0x2824, NONE, SAME,   FRED) \
	X(GUEST_IA32_FRED_SSP2,           0x2826, NONE, SAME,   FRED) \
	X(GUEST_IA32_FRED_SSP3,           0x2828, NONE, SAME,   FRED) \
	X(GUEST_IA32_SPEC_CTRL,           0x282e, NONE, SAME,   TERTIARY) \
	X(GUEST_DEADLINE,                 0x2830, NONE, SAME,   TERTIARY) \
	/* B.2.4 64-bit host-state fields */ \
	X(HOST_IA32_PAT,                  0x2c00, NONE, L0,     HOST_PAT) \
	X(HOST_IA32_EFER,                 0x2c02, NONE, L0,     HOST_EFER) \
	X(HOST_IA32_PERF_GLOBAL_CTRL,     0x2c04, NONE, L0,     HOST_PERF) \
	X(HOST_IA32_PKRS,                 0x2c06, NONE, L0,     HOST_PKRS) \
	X(HOST_IA32_FRED_CONFIG,          0x2c08, NONE, L0,     FRED) \
	X(HOST_IA32_FRED_RSP1,            0x2c0a, NONE, L0,     FRED) \
	X(HOST_IA32_FRED_RSP2,            0x2c0c, NONE, L0,     FRED) \
	X(HOST_IA32_FRED_RSP3,            0x2c0e, NONE, L0,     FRED) \
	X(HOST_IA32_FRED_STKLVLS,         0x2c10, NONE, L0,     FRED) \
	X(HOST_IA32_FRED_SSP1,            0x2c12, NONE, L0,     FRED) \
	X(HOST_IA32_FRED_SSP2,            0x2c14, NONE, L0,     FRED) \
	X(HOST_IA32_FRED_SSP3,            0x2c16, NONE, L0,     FRED) \
	X(HOST_IA32_SPEC_CTRL,            0x2c1a, NONE, L0,     TERTIARY) \
	/* B.3.1 32-bit control fields */ \
	X(PIN_BASED_VM_EXEC_CONTROL,      0x4000, RW,   MERGED, ANY) \
	X(CPU_BASED_VM_EXEC_CONTROL,      0x4002, RW,   MERGED, ANY) \
	X(EXCEPTION_BITMAP,               0x4004, RW,   MERGED, ANY) \
	X(PAGE_FAULT_ERROR_CODE_MASK,     0x4006, NONE, MERGED, ANY) \
	X(PAGE_FAULT_ERROR_CODE_MATCH,    0x4008, NONE, MERGED, ANY) \
	X(CR3_TARGET_COUNT,               0x400a, NONE, SAME,   ANY) \
	X(VM_EXIT_CONTROLS,               0x400c, NONE, MERGED, ANY) \
	X(VM_EXIT_MSR_STORE_COUNT,        0x400e, NONE, L0,     ANY) \
	X(VM_EXIT_MSR_LOAD_COUNT,         0x4010, NONE, L0,     ANY) \
	X(VM_ENTRY_CONTROLS,              0x4012, NONE, MERGED, ANY) \
	X(VM_ENTRY_MSR_LOAD_COUNT,        0x4014, NONE, L0,     ANY) \
	X(VM_ENTRY_INTR_INFO_FIELD,       0x4016, RW,   SAME,   ANY) \
	X(VM_ENTRY_EXCEPTION_ERROR_CODE,  0x4018, RW,   SAME,   ANY) \
	X(VM_ENTRY_INSTRUCTION_LEN,       0x401a, RW,   SAME,   ANY) \
	X(TPR_THRESHOLD,                  0x401c, RW,   SAME,   TPR_SHADOW) \
	X(SECONDARY_VM_EXEC_CONTROL,      0x401e, NONE, MERGED, SECONDARY) \
	X(PLE_GAP,                        0x4020, NONE, SAME,   PAUSE_LOOP) \
	X(PLE_WINDOW,                     0x4022, NONE, SAME,   PAUSE_LOOP) \
	X(NOTIFY_WINDOW,                  0x4024, NONE, SAME,   NOTIFY) \
	/* B.3.2 32-bit read-only data fields */ \
	X(VM_INSTRUCTION_ERROR,           0x4400, NONE, L0,     ANY) \
	X(VM_EXIT_REASON,                 0x4402, RO,   SAME,   ANY) \
	X(VM_EXIT_INTR_INFO,              0x4404, RO,   SAME,   ANY) \
	X(VM_EXIT_INTR_ERROR_CODE,        0x4406, RO,   SAME,   ANY) \
	X(IDT_VECTORING_INFO_FIELD,       0x4408, RO,   SAME,   ANY) \
	X(IDT_VECTORING_ERROR_CODE,       0x440a, RO,   SAME,   ANY) \
	X(VM_EXIT_INSTRUCTION_LEN,        0x440c, RO,   SAME,   ANY) \
	X(VMX_INSTRUCTION_INFO,           0x440e, NONE, SAME,   ANY) \
	/* B.3.3 32-bit guest-state fields */ \
	X(GUEST_ES_LIMIT,                 0x4800, NONE, SAME,   ANY) \
	X(GUEST_CS_LIMIT,                 0x4802, NONE, SAME,   ANY) \
	X(GUEST_SS_LIMIT,                 0x4804, NONE, SAME,   ANY) \
	X(GUEST_DS_LIMIT,                 0x4806, NONE, SAME,   ANY) \
	X(GUEST_FS_LIMIT,                 0x4808, NONE, SAME,   ANY) \
	X(GUEST_GS_LIMIT,                 0x480a, NONE, SAME,   ANY) \
	X(GUEST_LDTR_LIMIT,               0x480c, NONE, SAME,   ANY) \
	X(GUEST_TR_LIMIT,                 0x480e, NONE, SAME,   ANY) \
	X(GUEST_GDTR_LIMIT,               0x4810, NONE, SAME,   ANY) \
	X(GUEST_IDTR_LIMIT,               0x4812, NONE, SAME,   ANY) \
	X(GUEST_ES_AR_BYTES,              0x4814, NONE, SAME,   ANY) \
	X(GUEST_CS_AR_BYTES,              0x4816, RO,   SAME,   ANY) \
	X(GUEST_SS_AR_BYTES,              0x4818, RO,   SAME,   ANY) \
	X(GUEST_DS_AR_BYTES,              0x481a, NONE, SAME,   ANY) \
	X(GUEST_FS_AR_BYTES,              0x481c, NONE, SAME,   ANY) \
	X(GUEST_GS_AR_BYTES,              0x481e, NONE, SAME,   ANY) \
	X(GUEST_LDTR_AR_BYTES,            0x4820, NONE, SAME,   ANY) \
	X(GUEST_TR_AR_BYTES,              0x4822, NONE, SAME,   ANY) \
	X(GUEST_INTERRUPTIBILITY_INFO,    0x4824, RW,   SAME,   ANY) \
	X(GUEST_ACTIVITY_STATE,           0x4826, NONE, SAME,   ANY) \
	X(GUEST_SMBASE,                   0x4828, NONE, L0,     ANY) \
	X(GUEST_SYSENTER_CS,              0x482a, NONE, SAME,   ANY) \
	X(VMX_PREEMPTION_TIMER_VALUE,     0x482e, RW,   SAME,   PREEMPTION_TIMER) \
	/* B.3.4 32-bit host-state field */ \
	X(HOST_IA32_SYSENTER_CS,          0x4c00, NONE, L0,     ANY) \
	/* B.4.1 natural-width control fields */ \
	X(CR0_GUEST_HOST_MASK,            0x6000, RW,   SAME,   ANY) \
	X(CR4_GUEST_HOST_MASK,            0x6002, NONE, SAME,   ANY) \
	X(CR0_READ_SHADOW,                0x6004, RW,   SAME,   ANY) \
	X(CR4_READ_SHADOW,                0x6006, RW,   SAME,   ANY) \
	X(CR3_TARGET_VALUE0,              0x6008, NONE, SAME,   ANY) \
	X(CR3_TARGET_VALUE1,              0x600a, NONE, SAME,   ANY) \
	X(CR3_TARGET_VALUE2,              0x600c, NONE, SAME,   ANY) \
	X(CR3_TARGET_VALUE3,              0x600e, NONE, SAME,   ANY) \
	/* B.4.2 natural-width read-only data fields */ \
	X(EXIT_QUALIFICATION,             0x6400, RO,   SAME,   ANY) \
	X(IO_RCX,                         0x6402, NONE, SAME,   ANY) \
	X(IO_RSI,                         0x6404, NONE, SAME,   ANY) \
	X(IO_RDI,                         0x6406, NONE, SAME,   ANY) \
	X(IO_RIP,                         0x6408, NONE, SAME,   ANY) \
	X(GUEST_LINEAR_ADDRESS,           0x640a, RO,   SAME,   ANY) \
	/* B.4.3 natural-width guest-state fields */ \
	X(GUEST_CR0,                      0x6800, RW,   SAME,   ANY) \
	X(GUEST_CR3,                      0x6802, RW,   SAME,   ANY) \
	X(GUEST_CR4,                      0x6804, RW,   SAME,   ANY) \
	X(GUEST_ES_BASE,                  0x6806, NONE, SAME,   ANY) \
	X(GUEST_CS_BASE,                  0x6808, NONE, SAME,   ANY) \
	X(GUEST_SS_BASE,                  0x680a, NONE, SAME,   ANY) \
	X(GUEST_DS_BASE,                  0x680c, NONE, SAME,   ANY) \
	X(GUEST_FS_BASE,                  0x680e, NONE, SAME,   ANY) \
	X(GUEST_GS_BASE,                  0x6810, NONE, SAME,   ANY) \
	X(GUEST_LDTR_BASE,                0x6812, NONE, SAME,   ANY) \
	X(GUEST_TR_BASE,                  0x6814, NONE, SAME,   ANY) \
	X(GUEST_GDTR_BASE,                0x6816, NONE, SAME,   ANY) \
	X(GUEST_IDTR_BASE,                0x6818, NONE, SAME,   ANY) \
	X(GUEST_DR7,                      0x681a, NONE, SAME,   ANY) \
	X(GUEST_RSP,                      0x681c, RW,   SAME,   ANY) \
	X(GUEST_RIP,                      0x681e, RW,   SAME,   ANY) \
	X(GUEST_RFLAGS,                   0x6820, RW,   SAME,   ANY) \
	X(GUEST_PENDING_DBG_EXCEPTIONS,   0x6822, NONE, SAME,   ANY) \
	X(GUEST_SYSENTER_ESP,             0x6824, NONE, SAME,   ANY) \
	X(GUEST_SYSENTER_EIP,             0x6826, NONE, SAME,   ANY) \
	X(GUEST_S_CET,                    0x6828, NONE, SAME,   GUEST_CET) \
	X(GUEST_SSP,                      0x682a, NONE, SAME,   GUEST_CET) \
	X(GUEST_INTR_SSP_TABLE,           0x682c, NONE, SAME,   GUEST_CET) \
	/* B.4.4 natural-width host-state fields */ \
	X(HOST_CR0,                       0x6c00, NONE, L0,     ANY) \
	X(HOST_CR3,                       0x6c02, NONE, L0,     ANY) \
	X(HOST_CR4,                       0x6c04, NONE, L0,     ANY) \
	X(HOST_FS_BASE,                   0x6c06, RW,   L0,     ANY) \
	X(HOST_GS_BASE,                   0x6c08, RW,   L0,     ANY) \
	X(HOST_TR_BASE,                   0x6c0a, NONE, L0,     ANY) \
	X(HOST_GDTR_BASE,                 0x6c0c, NONE, L0,     ANY) \
	X(HOST_IDTR_BASE,                 0x6c0e, NONE, L0,     ANY) \
	X(HOST_IA32_SYSENTER_ESP,         0x6c10, NONE, L0,     ANY) \
	X(HOST_IA32_SYSENTER_EIP,         0x6c12, NONE, L0,     ANY) \
	X(HOST_RSP,                       0x6c14, NONE, L0,     ANY) \
	X(HOST_RIP,                       0x6c16, NONE, L0,     ANY) \
	X(HOST_S_CET,                     0x6c18, NONE, L0,     HOST_CET) \
	X(HOST_SSP,                       0x6c1a, NONE, L0,     HOST_CET) \
	X(HOST_INTR_SSP_TABLE,            0x6c1c, NONE, L0,     HOST_CET)
/* clang-format on */

#define VMCS_FIELD_ENCODING(name, encoding, shadowed, vmcs02, feature) VMCS_##name = (encoding),
enum vmcs_field { VMCS_FIELDS(VMCS_FIELD_ENCODING) };
#undef VMCS_FIELD_ENCODING

/*
 * Consecutive numbers of the fields, for indexing arrays. They differ from the index inside the
 * encoding.
 */
#define VMCS_FIELD_INDEX(name, encoding, shadowed, vmcs02, feature) VMCS_INDEX_##name,
enum vmcs_field_index { VMCS_FIELDS(VMCS_FIELD_INDEX) VMCS_FIELD_COUNT };
#undef VMCS_FIELD_INDEX

enum vmcs_shadowed {
	VMCS_SHADOWED_NONE,
	VMCS_SHADOWED_RO,
	VMCS_SHADOWED_RW,
};

/* The origin of a field's value in a vmcs02. */
enum vmcs_origin {
	/*
	 * The value of vmcs12. The CPU writes to this field of vmcs02 the values that vmcs12 must
	 * get.
	 */
	VMCS_ORIGIN_SAME,
	VMCS_ORIGIN_MERGED, /* computed from vmcs12 and L0's own values (merge.h) */
	/* L0's own value. L0 emulates the value of vmcs12 in another way, or ignores it. */
	VMCS_ORIGIN_L0,
};

/*
 * X(NAME, capability, bits): CPU features. A CPU has the feature if any of these bits may be 1,
 * according to a member of struct vmx_capabilities. No CPU has FRED here (bits is 0), because its
 * capability MSR is not read. Every CPU has ANY.
 */
/* clang-format off */
#define VMCS_FEATURES(X) \
	X(ANY,                basic,     0) \
	X(POSTED_INTERRUPTS,  pin,       PIN_BASED_POSTED_INTR) \
	X(PREEMPTION_TIMER,   pin,       PIN_BASED_VMX_PREEMPTION_TIMER) \
	X(TPR_SHADOW,         primary,   CPU_BASED_TPR_SHADOW) \
	X(MSR_BITMAPS,        primary,   CPU_BASED_USE_MSR_BITMAPS) \
	X(SECONDARY,          primary,   CPU_BASED_ACTIVATE_SECONDARY_CONTROLS) \
	X(TERTIARY,           primary,   CPU_BASED_ACTIVATE_TERTIARY_CONTROLS) \
	X(APIC_ACCESSES,      secondary, SECONDARY_EXEC_VIRTUALIZE_APIC_ACCESSES) \
	X(EPT,                secondary, SECONDARY_EXEC_ENABLE_EPT) \
	X(VPID,               secondary, SECONDARY_EXEC_ENABLE_VPID) \
	X(VIRTUAL_INTERRUPTS, secondary, SECONDARY_EXEC_VIRTUAL_INTR_DELIVERY) \
	X(PAUSE_LOOP,         secondary, SECONDARY_EXEC_PAUSE_LOOP_EXITING) \
	X(VM_FUNCTIONS,       secondary, SECONDARY_EXEC_ENABLE_VMFUNC) \
	X(VMCS_SHADOWING,     secondary, SECONDARY_EXEC_SHADOW_VMCS) \
	X(ENCLS,              secondary, SECONDARY_EXEC_ENCLS_EXITING) \
	X(PML,                secondary, SECONDARY_EXEC_ENABLE_PML) \
	X(EPT_VIOLATION_VE,   secondary, SECONDARY_EXEC_EPT_VIOLATION_VE) \
	X(XSAVES,             secondary, SECONDARY_EXEC_XSAVES) \
	X(PASID,              secondary, SECONDARY_EXEC_PASID_TRANSLATION) \
	X(SUB_PAGE_WRITE,     secondary, SECONDARY_EXEC_SUB_PAGE_WRITE) \
	X(TSC_SCALING,        secondary, SECONDARY_EXEC_TSC_SCALING) \
	X(PCONFIG,            secondary, SECONDARY_EXEC_ENABLE_PCONFIG) \
	X(ENCLV,              secondary, SECONDARY_EXEC_ENCLV_EXITING) \
	X(NOTIFY,             secondary, SECONDARY_EXEC_NOTIFY_VM_EXITING) \
	X(HOST_PERF,          exit,      VM_EXIT_LOAD_IA32_PERF_GLOBAL_CTRL) \
	X(HOST_PAT,           exit,      VM_EXIT_LOAD_IA32_PAT) \
	X(HOST_EFER,          exit,      VM_EXIT_LOAD_IA32_EFER) \
	X(HOST_CET,           exit,      VM_EXIT_LOAD_CET_STATE) \
	X(HOST_PKRS,          exit,      VM_EXIT_LOAD_PKRS) \
	X(SECONDARY_EXIT,     exit,      VM_EXIT_ACTIVATE_SECONDARY_CONTROLS) \
	X(GUEST_PERF,         entry,     VM_ENTRY_LOAD_IA32_PERF_GLOBAL_CTRL) \
	X(GUEST_PAT,          entry,     VM_ENTRY_LOAD_IA32_PAT) \
	X(GUEST_EFER,         entry,     VM_ENTRY_LOAD_IA32_EFER) \
	X(BNDCFGS,            entry,     VM_ENTRY_LOAD_BNDCFGS) \
	X(RTIT,               entry,     VM_ENTRY_LOAD_IA32_RTIT_CTL) \
	X(UINV,               entry,     VM_ENTRY_LOAD_UINV) \
	X(GUEST_CET,          entry,     VM_ENTRY_LOAD_CET_STATE) \
	X(LBR,                entry,     VM_ENTRY_LOAD_IA32_LBR_CTL) \
	X(GUEST_PKRS,         entry,     VM_ENTRY_LOAD_PKRS) \
	X(FRED,               basic,     0)
/* clang-format on */

#define VMCS_FEATURE_NUMBER(name, capability, bits) VMCS_FEATURE_##name,
enum vmcs_feature { VMCS_FEATURES(VMCS_FEATURE_NUMBER) VMCS_FEATURE_COUNT };
#undef VMCS_FEATURE_NUMBER

/* Values of bits 14:13 (width) and 11:10 (type) of an encoding (SDM 25.11.2). */
enum vmcs_width {
	VMCS_WIDTH_16 = 0,
	VMCS_WIDTH_64 = 1,
	VMCS_WIDTH_32 = 2,
	VMCS_WIDTH_NATURAL = 3,
};

enum vmcs_type {
	VMCS_TYPE_CONTROL = 0,
	VMCS_TYPE_EXIT_INFORMATION = 1,
	VMCS_TYPE_GUEST = 2,
	VMCS_TYPE_HOST = 3,
};

/* Bits 12 and 31:15 must be 0 in an encoding (SDM 25.11.2). */
#define VMCS_ENCODING_RESERVED 0xffff9000u

struct vmcs_field_info {
	const char *name; /* without a prefix: "GUEST_RIP" */
	uint32_t encoding;
	uint8_t shadowed; /* enum vmcs_shadowed */
	uint8_t vmcs02;   /* enum vmcs_origin */
	uint8_t feature;  /* enum vmcs_feature */
};

extern const struct vmcs_field_info vmcs_field_info[VMCS_FIELD_COUNT];

/* Returns true if a CPU with these capabilities supports the field. */
bool vmcs_field_exists(enum vmcs_field_index index, const struct vmx_capabilities *cpu);

/*
 * Return the index of a field, or -1 if the list does not have it. The encoding of a high half also
 * gives -1.
 */
int vmcs_field_index_of(uint32_t encoding);
int vmcs_field_index_of_name(const char *name);

static inline enum vmcs_width vmcs_encoding_width(uint32_t encoding)
{
	return (enum vmcs_width)(encoding >> 13 & 3);
}

static inline enum vmcs_type vmcs_encoding_type(uint32_t encoding)
{
	return (enum vmcs_type)(encoding >> 10 & 3);
}

/*
 * Returns bits 9:1 of the encoding. IA32_VMX_VMCS_ENUM reports the highest index that a CPU
 * supports (SDM A.9).
 */
static inline uint32_t vmcs_encoding_index(uint32_t encoding)
{
	return encoding >> 1 & 0x1ff;
}

/* Returns the access type, bit 0. It is 1 for the upper 32 bits of a 64-bit field. */
static inline bool vmcs_encoding_is_high(uint32_t encoding)
{
	return encoding & 1;
}

/* Returns the encoding of the upper 32 bits. Only 64-bit fields have one. */
static inline uint32_t vmcs_encoding_high(uint32_t encoding)
{
	return encoding + 1;
}

/* Returns the size of the field in bytes in 64-bit mode, where natural width is 64 bits. */
static inline unsigned int vmcs_encoding_bytes(uint32_t encoding)
{
	switch (vmcs_encoding_width(encoding)) {
	case VMCS_WIDTH_16:
		return 2;
	case VMCS_WIDTH_32:
		return 4;
	case VMCS_WIDTH_64:
		return vmcs_encoding_is_high(encoding) ? 4 : 8;
	default:
		return 8;
	}
}

#endif
