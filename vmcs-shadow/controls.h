/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The bits of VMCS fields, EPT entries and VMX MSRs, each group with its SDM section. capability.h
 * lists the MSR numbers. Control bits have Linux's names if Linux defines them.
 */
#ifndef VMCS_SHADOW_CONTROLS_H
#define VMCS_SHADOW_CONTROLS_H

#include "vmcs-shadow/capability.h"

/* clang-format off: one table */

/* Pin-based VM-execution controls (25.6.1) */
#define PIN_BASED_EXT_INTR_MASK        (1u << 0)
#define PIN_BASED_NMI_EXITING          (1u << 3)
#define PIN_BASED_VIRTUAL_NMIS         (1u << 5)
#define PIN_BASED_VMX_PREEMPTION_TIMER (1u << 6)
#define PIN_BASED_POSTED_INTR          (1u << 7)

/* Primary processor-based VM-execution controls (25.6.2) */
#define CPU_BASED_INTR_WINDOW_EXITING         (1u << 2)
#define CPU_BASED_USE_TSC_OFFSETTING          (1u << 3)
#define CPU_BASED_HLT_EXITING                 (1u << 7)
#define CPU_BASED_INVLPG_EXITING              (1u << 9)
#define CPU_BASED_MWAIT_EXITING               (1u << 10)
#define CPU_BASED_RDPMC_EXITING               (1u << 11)
#define CPU_BASED_RDTSC_EXITING               (1u << 12)
#define CPU_BASED_CR3_LOAD_EXITING            (1u << 15)
#define CPU_BASED_CR3_STORE_EXITING           (1u << 16)
#define CPU_BASED_ACTIVATE_TERTIARY_CONTROLS  (1u << 17)
#define CPU_BASED_CR8_LOAD_EXITING            (1u << 19)
#define CPU_BASED_CR8_STORE_EXITING           (1u << 20)
#define CPU_BASED_TPR_SHADOW                  (1u << 21)
#define CPU_BASED_NMI_WINDOW_EXITING          (1u << 22)
#define CPU_BASED_MOV_DR_EXITING              (1u << 23)
#define CPU_BASED_UNCOND_IO_EXITING           (1u << 24)
#define CPU_BASED_USE_IO_BITMAPS              (1u << 25)
#define CPU_BASED_MONITOR_TRAP_FLAG           (1u << 27)
#define CPU_BASED_USE_MSR_BITMAPS             (1u << 28)
#define CPU_BASED_MONITOR_EXITING             (1u << 29)
#define CPU_BASED_PAUSE_EXITING               (1u << 30)
#define CPU_BASED_ACTIVATE_SECONDARY_CONTROLS (1u << 31)

/* Secondary processor-based VM-execution controls (25.6.2) */
#define SECONDARY_EXEC_VIRTUALIZE_APIC_ACCESSES (1u << 0)
#define SECONDARY_EXEC_ENABLE_EPT               (1u << 1)
#define SECONDARY_EXEC_DESC                     (1u << 2)
#define SECONDARY_EXEC_ENABLE_RDTSCP            (1u << 3)
#define SECONDARY_EXEC_VIRTUALIZE_X2APIC_MODE   (1u << 4)
#define SECONDARY_EXEC_ENABLE_VPID              (1u << 5)
#define SECONDARY_EXEC_WBINVD_EXITING           (1u << 6)
#define SECONDARY_EXEC_UNRESTRICTED_GUEST       (1u << 7)
#define SECONDARY_EXEC_APIC_REGISTER_VIRT       (1u << 8)
#define SECONDARY_EXEC_VIRTUAL_INTR_DELIVERY    (1u << 9)
#define SECONDARY_EXEC_PAUSE_LOOP_EXITING       (1u << 10)
#define SECONDARY_EXEC_RDRAND_EXITING           (1u << 11)
#define SECONDARY_EXEC_ENABLE_INVPCID           (1u << 12)
#define SECONDARY_EXEC_ENABLE_VMFUNC            (1u << 13)
#define SECONDARY_EXEC_SHADOW_VMCS              (1u << 14)
#define SECONDARY_EXEC_ENCLS_EXITING            (1u << 15)
#define SECONDARY_EXEC_RDSEED_EXITING           (1u << 16)
#define SECONDARY_EXEC_ENABLE_PML               (1u << 17)
#define SECONDARY_EXEC_EPT_VIOLATION_VE         (1u << 18)
#define SECONDARY_EXEC_PT_CONCEAL_VMX           (1u << 19)
#define SECONDARY_EXEC_XSAVES                   (1u << 20)
#define SECONDARY_EXEC_PASID_TRANSLATION        (1u << 21)
#define SECONDARY_EXEC_MODE_BASED_EPT_EXEC      (1u << 22)
#define SECONDARY_EXEC_SUB_PAGE_WRITE           (1u << 23)
#define SECONDARY_EXEC_PT_USE_GPA               (1u << 24)
#define SECONDARY_EXEC_TSC_SCALING              (1u << 25)
#define SECONDARY_EXEC_ENABLE_USR_WAIT_PAUSE    (1u << 26)
#define SECONDARY_EXEC_ENABLE_PCONFIG           (1u << 27)
#define SECONDARY_EXEC_ENCLV_EXITING            (1u << 28)
#define SECONDARY_EXEC_BUS_LOCK_DETECTION       (1u << 30)
#define SECONDARY_EXEC_NOTIFY_VM_EXITING        (1u << 31)

/* Primary VM-exit controls (25.7.1) */
#define VM_EXIT_SAVE_DEBUG_CONTROLS         (1u << 2)
#define VM_EXIT_HOST_ADDR_SPACE_SIZE        (1u << 9)
#define VM_EXIT_LOAD_IA32_PERF_GLOBAL_CTRL  (1u << 12)
#define VM_EXIT_ACK_INTR_ON_EXIT            (1u << 15)
#define VM_EXIT_SAVE_IA32_PAT               (1u << 18)
#define VM_EXIT_LOAD_IA32_PAT               (1u << 19)
#define VM_EXIT_SAVE_IA32_EFER              (1u << 20)
#define VM_EXIT_LOAD_IA32_EFER              (1u << 21)
#define VM_EXIT_SAVE_VMX_PREEMPTION_TIMER   (1u << 22)
#define VM_EXIT_CLEAR_BNDCFGS               (1u << 23)
#define VM_EXIT_PT_CONCEAL_PIP              (1u << 24)
#define VM_EXIT_CLEAR_IA32_RTIT_CTL         (1u << 25)
#define VM_EXIT_CLEAR_IA32_LBR_CTL          (1u << 26)
#define VM_EXIT_CLEAR_UINV                  (1u << 27)
#define VM_EXIT_LOAD_CET_STATE              (1u << 28)
#define VM_EXIT_LOAD_PKRS                   (1u << 29)
#define VM_EXIT_SAVE_IA32_PERF_GLOBAL_CTRL  (1u << 30)
#define VM_EXIT_ACTIVATE_SECONDARY_CONTROLS (1u << 31)

/* VM-entry controls (25.8.1) */
#define VM_ENTRY_LOAD_DEBUG_CONTROLS        (1u << 2)
#define VM_ENTRY_IA32E_MODE                 (1u << 9)
#define VM_ENTRY_SMM                        (1u << 10)
#define VM_ENTRY_DEACT_DUAL_MONITOR         (1u << 11)
#define VM_ENTRY_LOAD_IA32_PERF_GLOBAL_CTRL (1u << 13)
#define VM_ENTRY_LOAD_IA32_PAT              (1u << 14)
#define VM_ENTRY_LOAD_IA32_EFER             (1u << 15)
#define VM_ENTRY_LOAD_BNDCFGS               (1u << 16)
#define VM_ENTRY_PT_CONCEAL_PIP             (1u << 17)
#define VM_ENTRY_LOAD_IA32_RTIT_CTL         (1u << 18)
#define VM_ENTRY_LOAD_UINV                  (1u << 19)
#define VM_ENTRY_LOAD_CET_STATE             (1u << 20)
#define VM_ENTRY_LOAD_IA32_LBR_CTL          (1u << 21)
#define VM_ENTRY_LOAD_PKRS                  (1u << 22)

/*
 * Interruption information: for injection (25.8.3), of an exit (25.9.2) and of an interrupted
 * delivery (25.9.3). Bit 12 must be 0 for injection and is undefined for an interrupted delivery.
 * In an exit it reports that IRET had removed NMI blocking (28.2.3).
 */
#define INTR_INFO_VECTOR_MASK       0x000000ffu
#define INTR_INFO_INTR_TYPE_MASK    0x00000700u
#define INTR_INFO_DELIVER_CODE_MASK (1u << 11)
#define INTR_INFO_UNBLOCK_NMI       (1u << 12)
#define INTR_INFO_VALID_MASK        (1u << 31)

#define INTR_TYPE_EXT_INTR          (0u << 8)
#define INTR_TYPE_NMI_INTR          (2u << 8)
#define INTR_TYPE_HARD_EXCEPTION    (3u << 8)
#define INTR_TYPE_SOFT_INTR         (4u << 8)
#define INTR_TYPE_PRIV_SW_EXCEPTION (5u << 8) /* INT1 */
#define INTR_TYPE_SOFT_EXCEPTION    (6u << 8) /* INT3, INTO */
#define INTR_TYPE_OTHER_EVENT       (7u << 8) /* only for injection: vector 0 is a pending MTF exit */

/* Guest interruptibility state (25.4.2) */
#define GUEST_INTR_STATE_STI          (1u << 0)
#define GUEST_INTR_STATE_MOV_SS       (1u << 1)
#define GUEST_INTR_STATE_SMI          (1u << 2)
#define GUEST_INTR_STATE_NMI          (1u << 3)
#define GUEST_INTR_STATE_ENCLAVE_INTR (1u << 4)

/* Guest activity state (25.4.2) */
#define GUEST_ACTIVITY_ACTIVE    0u
#define GUEST_ACTIVITY_HLT       1u
#define GUEST_ACTIVITY_SHUTDOWN  2u
#define GUEST_ACTIVITY_WAIT_SIPI 3u

/*
 * EPT paging-structure entries (29.3.2). The memory type and IGNORE_PAT apply only to entries that
 * map a page; in other entries bits 6:3 are reserved. USER_EXEC applies only with "mode-based
 * execute control for EPT".
 */
#define EPT_READ              (1ull << 0)
#define EPT_WRITE             (1ull << 1)
#define EPT_EXEC              (1ull << 2)
#define EPT_RWX               (EPT_READ | EPT_WRITE | EPT_EXEC)
#define EPT_MEMORY_TYPE_SHIFT 3
#define EPT_MEMORY_TYPE_MASK  (7ull << EPT_MEMORY_TYPE_SHIFT)
#define EPT_IGNORE_PAT        (1ull << 6)
#define EPT_LARGE_PAGE        (1ull << 7)
#define EPT_ACCESSED          (1ull << 8)
#define EPT_DIRTY             (1ull << 9)
#define EPT_USER_EXEC         (1ull << 10)
#define EPT_SUPPRESS_VE       (1ull << 63)

/*
 * Memory types in the EPT, the EPTP and IA32_VMX_BASIC (29.3.7). They have the numbers of the MTRR
 * types (12.11).
 */
#define MEMORY_TYPE_UC 0ull
#define MEMORY_TYPE_WC 1ull
#define MEMORY_TYPE_WT 4ull
#define MEMORY_TYPE_WP 5ull
#define MEMORY_TYPE_WB 6ull

/* EPT pointer (25.6.11). The field holds the page-walk length minus 1. */
#define EPTP_MEMORY_TYPE_MASK        0x7ull
#define EPTP_WALK_LENGTH_SHIFT       3
#define EPTP_WALK_LENGTH_MASK        (7ull << EPTP_WALK_LENGTH_SHIFT)
#define EPTP_WALK_LENGTH_4           (3ull << EPTP_WALK_LENGTH_SHIFT)
#define EPTP_WALK_LENGTH_5           (4ull << EPTP_WALK_LENGTH_SHIFT)
#define EPTP_ACCESSED_DIRTY          (1ull << 6)
#define EPTP_SUPERVISOR_SHADOW_STACK (1ull << 7)

/* IA32_VMX_BASIC (A.1) */
#define VMX_BASIC_REVISION_MASK   0x7fffffffull
#define VMX_BASIC_VMCS_SIZE_SHIFT 32
#define VMX_BASIC_VMCS_SIZE_MASK  (0x1fffull << VMX_BASIC_VMCS_SIZE_SHIFT)
#define VMX_BASIC_32BIT_PHYS_ADDR (1ull << 48)
#define VMX_BASIC_DUAL_MONITOR    (1ull << 49)
#define VMX_BASIC_MEM_TYPE_SHIFT  50
#define VMX_BASIC_MEM_TYPE_MASK   (0xfull << VMX_BASIC_MEM_TYPE_SHIFT)
#define VMX_BASIC_INOUT           (1ull << 54)
#define VMX_BASIC_TRUE_CTLS       (1ull << 55)
#define VMX_BASIC_ANY_ERROR_CODE  (1ull << 56)

/* IA32_VMX_MISC (A.6) */
#define VMX_MISC_PREEMPTION_TIMER_RATE_MASK 0x1full
#define VMX_MISC_SAVE_EFER_LMA              (1ull << 5)
#define VMX_MISC_ACTIVITY_HLT               (1ull << 6)
#define VMX_MISC_ACTIVITY_SHUTDOWN          (1ull << 7)
#define VMX_MISC_ACTIVITY_WAIT_SIPI         (1ull << 8)
#define VMX_MISC_INTEL_PT                   (1ull << 14)
#define VMX_MISC_RDMSR_SMBASE               (1ull << 15)
#define VMX_MISC_CR3_TARGETS_SHIFT          16
#define VMX_MISC_CR3_TARGETS_MASK           (0x1ffull << VMX_MISC_CR3_TARGETS_SHIFT)
#define VMX_MISC_MSR_LIST_SHIFT             25 /* maximum length of an MSR list: 512 * (this + 1) */
#define VMX_MISC_MSR_LIST_MASK              (7ull << VMX_MISC_MSR_LIST_SHIFT)
#define VMX_MISC_SMM_MONITOR_CTL            (1ull << 28)
#define VMX_MISC_VMWRITE_SHADOW_RO_FIELDS   (1ull << 29)
#define VMX_MISC_ZERO_LEN_INS               (1ull << 30)
#define VMX_MISC_MSEG_REVISION_SHIFT        32

/* IA32_VMX_EPT_VPID_CAP (A.10) */
#define VMX_EPT_EXECUTE_ONLY_BIT              (1ull << 0)
#define VMX_EPT_PAGE_WALK_4_BIT               (1ull << 6)
#define VMX_EPT_PAGE_WALK_5_BIT               (1ull << 7)
#define VMX_EPTP_UC_BIT                       (1ull << 8)
#define VMX_EPTP_WB_BIT                       (1ull << 14)
#define VMX_EPT_2MB_PAGE_BIT                  (1ull << 16)
#define VMX_EPT_1GB_PAGE_BIT                  (1ull << 17)
#define VMX_EPT_INVEPT_BIT                    (1ull << 20)
#define VMX_EPT_AD_BIT                        (1ull << 21)
#define VMX_EPT_ADVANCED_EXIT_INFO_BIT        (1ull << 22)
#define VMX_EPT_SUPERVISOR_SHADOW_STACK_BIT   (1ull << 23)
#define VMX_EPT_EXTENT_CONTEXT_BIT            (1ull << 25)
#define VMX_EPT_EXTENT_GLOBAL_BIT             (1ull << 26)
#define VMX_VPID_INVVPID_BIT                  (1ull << 32)
#define VMX_VPID_EXTENT_INDIVIDUAL_ADDR_BIT   (1ull << 40)
#define VMX_VPID_EXTENT_SINGLE_CONTEXT_BIT    (1ull << 41)
#define VMX_VPID_EXTENT_GLOBAL_CONTEXT_BIT    (1ull << 42)
#define VMX_VPID_EXTENT_SINGLE_NON_GLOBAL_BIT (1ull << 43)

/* IA32_FEATURE_CONTROL (24.7) */
#define FEATURE_CONTROL_LOCKED          (1ull << 0)
#define FEATURE_CONTROL_VMX_INSIDE_SMX  (1ull << 1)
#define FEATURE_CONTROL_VMX_OUTSIDE_SMX (1ull << 2)

/* clang-format on */

#endif
