/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bits of registers that rules of VMX speak of: CR0 and CR4 (SDM 2.5), IA32_EFER (2.2.1), IA32_DEBUGCTL (18.4.1), RFLAGS (2.3).
 */
#ifndef VMCS_SHADOW_CPU_BITS_H
#define VMCS_SHADOW_CPU_BITS_H

#define CR0_PE       (1ull << 0)
#define CR0_WP       (1ull << 16)
#define CR0_NW       (1ull << 29)
#define CR0_CD       (1ull << 30)
#define CR0_PG       (1ull << 31)
#define CR4_PAE      (1ull << 5)
#define CR4_LA57     (1ull << 12)
#define CR4_PCIDE    (1ull << 17)
#define CR4_CET      (1ull << 23)
#define EFER_SCE     (1ull << 0)
#define EFER_LME     (1ull << 8)
#define EFER_LMA     (1ull << 10)
#define EFER_NXE     (1ull << 11)
#define DEBUGCTL_BTF (1ull << 1)
#define RFLAGS_TF    (1ull << 8)
#define RFLAGS_IF    (1ull << 9)
#define RFLAGS_VM    (1ull << 17)

#endif
