/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Constants of the x86 architecture, which all images, the VMM and the VMX rules share. Section
 * numbers refer to the SDM.
 */
#ifndef VMCS_SHADOW_X86_H
#define VMCS_SHADOW_X86_H

/* Control registers (2.5). */
#define CR0_PE       (1ull << 0)
#define CR0_NE       (1ull << 5)
#define CR0_WP       (1ull << 16)
#define CR0_NW       (1ull << 29)
#define CR0_CD       (1ull << 30)
#define CR0_PG       (1ull << 31)
#define CR3_NO_FLUSH (1ull << 63) /* bit of the value that MOV writes to CR3, with PCIDs (5.10.4.1) */
#define CR3_PCID     0xfffull
#define CR4_PSE      (1ull << 4)
#define CR4_PAE      (1ull << 5)
#define CR4_PGE      (1ull << 7)
#define CR4_LA57     (1ull << 12)
#define CR4_VMXE     (1ull << 13)
#define CR4_PCIDE    (1ull << 17)
#define CR4_OSXSAVE  (1ull << 18)
#define CR4_SMEP     (1ull << 20)
#define CR4_PKE      (1ull << 22)
#define CR4_CET      (1ull << 23)

/* RFLAGS (2.3). */
#define RFLAGS_CF (1ull << 0)
#define RFLAGS_ZF (1ull << 6)
#define RFLAGS_TF (1ull << 8)
#define RFLAGS_IF (1ull << 9)
#define RFLAGS_RF (1ull << 16)
#define RFLAGS_VM (1ull << 17)

/* Exception vectors (table 7-1). */
#define VECTOR_DE  0u
#define VECTOR_DB  1u
#define VECTOR_NMI 2u
#define VECTOR_BP  3u
#define VECTOR_UD  6u
#define VECTOR_DF  8u
#define VECTOR_TS  10u
#define VECTOR_SS  12u
#define VECTOR_GP  13u
#define VECTOR_PF  14u

/* Access rights of a segment register in a VMCS (table 25-2). */
#define AR_TYPE(rights) ((rights)&0xf)
#define AR_S            (1u << 4)
#define AR_DPL(rights)  ((unsigned)(rights) >> 5 & 3)
#define AR_P            (1u << 7)
#define AR_L            (1u << 13)
#define AR_DB           (1u << 14)
#define AR_G            (1u << 15)
#define AR_UNUSABLE     (1u << 16)

/* MSRs (SDM vol. 4) and their bits. */
#define MSR_APIC_BASE      0x1bu
#define MSR_SYSENTER_CS    0x174u
#define MSR_SYSENTER_ESP   0x175u
#define MSR_SYSENTER_EIP   0x176u
#define MSR_MISC_ENABLE    0x1a0u
#define MSR_DEBUGCTL       0x1d9u
#define MSR_EFER           0xc0000080u
#define MSR_STAR           0xc0000081u
#define MSR_LSTAR          0xc0000082u
#define MSR_CSTAR          0xc0000083u
#define MSR_SFMASK         0xc0000084u
#define MSR_FS_BASE        0xc0000100u
#define MSR_GS_BASE        0xc0000101u
#define MSR_KERNEL_GS_BASE 0xc0000102u
#define EFER_SCE           (1ull << 0)
#define EFER_LME           (1ull << 8)
#define EFER_LMA           (1ull << 10)
#define EFER_NXE           (1ull << 11)
#define DEBUGCTL_BTF       (1ull << 1)

/* The local APIC (11): IA32_APIC_BASE, and registers by offset in the xAPIC page. */
#define APIC_BASE_BSP      (1ull << 8)
#define APIC_BASE_X2APIC   (1ull << 10)
#define APIC_BASE_ENABLE   (1ull << 11)
#define APIC_BASE_ADDRESS  0xffffff000ull
#define MSR_X2APIC         0x800u /* MSR of offset 0; each next MSR is for 16 more bytes of offset */
#define MSR_X2APIC_LAST    0x8ffu
#define APIC_ID            0x020u
#define APIC_VERSION       0x030u
#define APIC_TPR           0x080u
#define APIC_EOI           0x0b0u
#define APIC_SPURIOUS      0x0f0u
#define APIC_ISR           0x100u
#define APIC_IRR           0x200u
#define APIC_ICR           0x300u
#define APIC_ICR_HIGH      0x310u
#define APIC_LVT_TIMER     0x320u
#define APIC_INITIAL_COUNT 0x380u
#define APIC_CURRENT_COUNT 0x390u
#define APIC_DIVIDE        0x3e0u
#define APIC_SELF_IPI      0x3f0u

#define APIC_DIVIDE_BY_16    0x3u
#define APIC_SOFTWARE_ENABLE 0x100u
#define LVT_MASKED           (1u << 16)

/* CPUID (SDM vol. 2). */
#define LEAF_1_ECX_VMX        (1u << 5)
#define LEAF_1_ECX_PCID       (1u << 17)
#define LEAF_1_ECX_X2APIC     (1u << 21)
#define LEAF_1_ECX_HYPERVISOR (1u << 31)
#define LEAF_7_EBX_SMEP       (1u << 7)
#define LEAF_7_EBX_INVPCID    (1u << 10)
#define LEAF_EXT_1            0x80000001u
#define LEAF_EXT_1_EDX_NX     (1u << 20)
#define LEAF_EXT_1_EDX_1G     (1u << 26)
#define LEAF_EXT_1_EDX_RDTSCP (1u << 27)
#define LEAF_ADDRESSES        0x80000008u

/* REX prefix bits in 64-bit mode (SDM vol. 2, 2.2.1). */
#define REX_B 1
#define REX_X 2
#define REX_R 4
#define REX_W 8

#endif
