/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A virtual VM exit: L1's state after an exit of L2 that L1 handles (SDM 28.5), and the exit
 * information. The state is a list of macros, so the same list loads a VMCS by VMWRITE and an array
 * of a test.
 */
#ifndef VMCS_SHADOW_VIRTUAL_EXIT_H
#define VMCS_SHADOW_VIRTUAL_EXIT_H

#include "vmcs-shadow/controls.h"
#include "vmcs-shadow/vmcs12.h"
#include "vmcs-shadow/x86.h"

/* Segment access rights after an exit (SDM 28.5.2). */
#define VMX_AR_CODE64 0xa09bu /* accessed code, 64-bit, granularity 4 KiB */
#define VMX_AR_DATA   0xc093u /* accessed data, 32-bit, granularity 4 KiB */
#define VMX_AR_TSS    0x008bu /* busy */

/* A null selector makes DS, ES, FS, GS or SS unusable. */
#define VMX_AR_OF(selector) ((selector) ? VMX_AR_DATA : VMX_AR_DATA | AR_UNUSABLE)

/*
 * An exit does not change CD, NW and the reserved bits 63:32, 28:19, 17 and 15:6. ET is always 1
 * (28.5.1). The lists below set the unchanged bits to 0, so caches are on.
 */
#define VMX_CR0_KEPT 0xffffffff7ffaffd0ull
#define VMX_CR0_ET   0x10ull

/*
 * X(guest field, value): L1's state after an exit, from vmcs12 `v` of an L1 that runs 64-bit code
 * (guest_capabilities.c allows no other). VMX_HOST_STATE must always be loaded. L1 can change
 * VMX_HOST_SEGMENTS without an exit. L1 rarely changes VMX_HOST_TABLES, and L0 can intercept the
 * instructions: LGDT and similar ones, and WRMSR.
 */
/* clang-format off */
#define VMX_HOST_STATE(X, v) \
	X(GUEST_RIP,                    VMCS12(v, HOST_RIP)) \
	X(GUEST_RSP,                    VMCS12(v, HOST_RSP)) \
	X(GUEST_RFLAGS,                 2) \
	X(GUEST_CR0,                    (VMCS12(v, HOST_CR0) & ~VMX_CR0_KEPT) | VMX_CR0_ET) \
	X(GUEST_CR3,                    VMCS12(v, HOST_CR3)) \
	X(GUEST_CR4,                    VMCS12(v, HOST_CR4)) \
	X(GUEST_DR7,                    0x400) \
	X(GUEST_IA32_DEBUGCTL,          0) \
	X(GUEST_ACTIVITY_STATE,         GUEST_ACTIVITY_ACTIVE) \
	X(GUEST_PENDING_DBG_EXCEPTIONS, 0)

#define VMX_HOST_SEGMENTS(X, v) \
	X(GUEST_CS_SELECTOR, VMCS12(v, HOST_CS_SELECTOR)) \
	X(GUEST_CS_BASE,     0) \
	X(GUEST_CS_LIMIT,    0xffffffffu) \
	X(GUEST_CS_AR_BYTES, VMX_AR_CODE64) \
	X(GUEST_SS_SELECTOR, VMCS12(v, HOST_SS_SELECTOR)) \
	X(GUEST_SS_BASE,     0) \
	X(GUEST_SS_LIMIT,    0xffffffffu) \
	X(GUEST_SS_AR_BYTES, VMX_AR_OF(VMCS12(v, HOST_SS_SELECTOR))) \
	X(GUEST_DS_SELECTOR, VMCS12(v, HOST_DS_SELECTOR)) \
	X(GUEST_DS_BASE,     0) \
	X(GUEST_DS_LIMIT,    0xffffffffu) \
	X(GUEST_DS_AR_BYTES, VMX_AR_OF(VMCS12(v, HOST_DS_SELECTOR))) \
	X(GUEST_ES_SELECTOR, VMCS12(v, HOST_ES_SELECTOR)) \
	X(GUEST_ES_BASE,     0) \
	X(GUEST_ES_LIMIT,    0xffffffffu) \
	X(GUEST_ES_AR_BYTES, VMX_AR_OF(VMCS12(v, HOST_ES_SELECTOR))) \
	X(GUEST_FS_SELECTOR, VMCS12(v, HOST_FS_SELECTOR)) \
	X(GUEST_FS_BASE,     VMCS12(v, HOST_FS_BASE)) \
	X(GUEST_FS_LIMIT,    0xffffffffu) \
	X(GUEST_FS_AR_BYTES, VMX_AR_OF(VMCS12(v, HOST_FS_SELECTOR))) \
	X(GUEST_GS_SELECTOR, VMCS12(v, HOST_GS_SELECTOR)) \
	X(GUEST_GS_BASE,     VMCS12(v, HOST_GS_BASE)) \
	X(GUEST_GS_LIMIT,    0xffffffffu) \
	X(GUEST_GS_AR_BYTES, VMX_AR_OF(VMCS12(v, HOST_GS_SELECTOR)))

#define VMX_HOST_TABLES(X, v) \
	X(GUEST_TR_SELECTOR,    VMCS12(v, HOST_TR_SELECTOR)) \
	X(GUEST_TR_BASE,        VMCS12(v, HOST_TR_BASE)) \
	X(GUEST_TR_LIMIT,       0x67) \
	X(GUEST_TR_AR_BYTES,    VMX_AR_TSS) \
	X(GUEST_LDTR_SELECTOR,  0) \
	X(GUEST_LDTR_BASE,      0) \
	X(GUEST_LDTR_LIMIT,     0) \
	X(GUEST_LDTR_AR_BYTES,  AR_UNUSABLE) \
	X(GUEST_GDTR_BASE,      VMCS12(v, HOST_GDTR_BASE)) \
	X(GUEST_GDTR_LIMIT,     0xffff) \
	X(GUEST_IDTR_BASE,      VMCS12(v, HOST_IDTR_BASE)) \
	X(GUEST_IDTR_LIMIT,     0xffff) \
	X(GUEST_SYSENTER_CS,    VMCS12(v, HOST_IA32_SYSENTER_CS)) \
	X(GUEST_SYSENTER_ESP,   VMCS12(v, HOST_IA32_SYSENTER_ESP)) \
	X(GUEST_SYSENTER_EIP,   VMCS12(v, HOST_IA32_SYSENTER_EIP))
/* clang-format on */

/* Returns L1's IA32_EFER after an exit (28.5.1). `l2` is its value in L2. */
static inline uint64_t vmx_host_efer(const struct vmcs12 *v, uint64_t l2)
{
	if (VMCS12(v, VM_EXIT_CONTROLS) & VM_EXIT_LOAD_IA32_EFER)
		return VMCS12(v, HOST_IA32_EFER);
	return l2 | EFER_LMA | EFER_LME;
}

/*
 * Returns L2's IA32_EFER after a VM entry (27.3.2.1). `l1` is its value in L1. LMA becomes "IA-32e
 * mode guest". With paging LME gets the same value; without paging LME keeps its value.
 */
static inline uint64_t vmx_guest_efer(const struct vmcs12 *v, uint64_t l1, uint64_t guest_cr0)
{
	bool is_long = VMCS12(v, VM_ENTRY_CONTROLS) & VM_ENTRY_IA32E_MODE;
	uint64_t efer = l1 & ~EFER_LMA;

	if (VMCS12(v, VM_ENTRY_CONTROLS) & VM_ENTRY_LOAD_IA32_EFER)
		return VMCS12(v, GUEST_IA32_EFER);
	if (guest_cr0 >> 31 & 1)
		efer &= ~EFER_LME;
	return efer | (is_long ? EFER_LMA | EFER_LME : 0);
}

/* Exit information of a virtual exit. */
struct vmx_exit_information {
	uint32_t reason;
	uint64_t qualification;
	uint32_t interruption; /* includes the valid bit; 0 if there is none */
	uint32_t error_code;
	uint64_t physical, linear; /* for EPT violations and misconfigurations */
};

#endif
