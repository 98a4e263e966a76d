// SPDX-License-Identifier: GPL-2.0-only
/*
 * Computes the merged fields of a vmcs02, one rule for each field. A control that causes exits is 1
 * if L0 or L1 requests it. A control that gives the guest a feature is 1 if L1 sets it.
 */
#include "vmcs-shadow/merge.h"

#include <stddef.h>

#include "vmcs-shadow/controls.h"
#include "vmcs-shadow/x86.h"

/*
 * L1 alone decides about these features of L2. Without the control of a feature, an instruction of
 * L2 causes #UD, or real-address mode is not available.
 */
#define SECONDARY_FEATURES                                                                                             \
	(SECONDARY_EXEC_ENABLE_RDTSCP | SECONDARY_EXEC_UNRESTRICTED_GUEST | SECONDARY_EXEC_ENABLE_INVPCID |            \
	 SECONDARY_EXEC_XSAVES | SECONDARY_EXEC_SHADOW_VMCS | SECONDARY_EXEC_TSC_SCALING)
/*
 * L0 decides about these controls. L0 emulates the page-modification log of ept12 at faults on
 * ept02.
 */
#define SECONDARY_OF_L0 (SECONDARY_EXEC_ENABLE_EPT | SECONDARY_EXEC_ENABLE_VPID | SECONDARY_EXEC_ENABLE_PML)

uint32_t vmcs12_secondary(const struct vmcs12 *v)
{
	return VMCS12(v, CPU_BASED_VM_EXEC_CONTROL) & CPU_BASED_ACTIVATE_SECONDARY_CONTROLS
		       ? (uint32_t)VMCS12(v, SECONDARY_VM_EXEC_CONTROL)
		       : 0;
}

/*
 * Virtual NMIs change the effect of IRET in L2. If L1 uses NMI exiting, L1 decides about them.
 * Otherwise L0's setting applies.
 */
static uint64_t pin(uint32_t l1, const struct vmcs_l0 *l0)
{
	return l1 | (l0->pin & ~(l1 & PIN_BASED_NMI_EXITING ? PIN_BASED_VIRTUAL_NMIS : 0u));
}

/*
 * I/O bitmaps override "unconditional I/O exiting" (SDM 25.6.2). Without an MSR bitmap every MSR
 * access exits. If L1 requests such exits, vmcs02 must not use L0's bitmaps. The unconditional
 * exits include L0's own trap requests.
 */
static uint32_t primary(const struct vmcs12 *v, const struct vmcs_l0 *l0)
{
	uint32_t l1 = (uint32_t)VMCS12(v, CPU_BASED_VM_EXEC_CONTROL);
	uint32_t merged = l1 | l0->primary | CPU_BASED_ACTIVATE_SECONDARY_CONTROLS;

	if (!(l1 & CPU_BASED_USE_MSR_BITMAPS))
		merged &= ~CPU_BASED_USE_MSR_BITMAPS;
	if (l1 & CPU_BASED_UNCOND_IO_EXITING && !(l1 & CPU_BASED_USE_IO_BITMAPS))
		merged &= ~CPU_BASED_USE_IO_BITMAPS;
	return merged;
}

static uint32_t secondary(const struct vmcs12 *v, const struct vmcs_l0 *l0)
{
	uint32_t l1 = vmcs12_secondary(v);

	return (l1 & ~SECONDARY_OF_L0) | (l0->secondary & ~(SECONDARY_FEATURES | SECONDARY_OF_L0)) |
	       SECONDARY_EXEC_ENABLE_EPT | (l0->vpid ? SECONDARY_EXEC_ENABLE_VPID : 0);
}

#define TSC_FRACTION 48 /* fraction bits of the multiplier (SDM 25.6.5) */

/*
 * L0 does not use TSC scaling. Without TSC offsetting, L1's offset and multiplier are not used (SDM
 * 26.3, RDTSC).
 */
static uint64_t tsc_multiplier(const struct vmcs12 *v)
{
	bool scales = VMCS12(v, CPU_BASED_VM_EXEC_CONTROL) & CPU_BASED_USE_TSC_OFFSETTING &&
		      vmcs12_secondary(v) & SECONDARY_EXEC_TSC_SCALING;

	return scales ? VMCS12(v, TSC_MULTIPLIER) : 1ull << TSC_FRACTION;
}

/*
 * L1 scales its own time, which includes L0's offset: (tsc + o01) * m12 + o12 = tsc * m12 + (o01 *
 * m12 + o12).
 */
static uint64_t tsc_offset(const struct vmcs12 *v, const struct vmcs_l0 *l0)
{
	__int128 of_l0 = (__int128)(int64_t)l0->tsc_offset * tsc_multiplier(v) >> TSC_FRACTION;
	bool used = VMCS12(v, CPU_BASED_VM_EXEC_CONTROL) & CPU_BASED_USE_TSC_OFFSETTING;

	return (uint64_t)of_l0 + (used ? VMCS12(v, TSC_OFFSET) : 0);
}

/*
 * Mask and match select page faults. If L0 intercepts page faults, all of them exit. At the exit L0
 * finds out whether L1 intercepts this one.
 */
static uint64_t page_fault(uint64_t l1, const struct vmcs_l0 *l0)
{
	return l0->exception_bitmap & 1u << VECTOR_PF ? 0 : l1;
}

static uint64_t exceptions(const struct vmcs12 *v, const struct vmcs_l0 *l0)
{
	return VMCS12(v, EXCEPTION_BITMAP) | l0->exception_bitmap;
}

/*
 * L1 decides about L2's mode and the debug controls. The entry always loads IA32_EFER, and
 * GUEST_IA32_EFER holds the value that L1's entry produces.
 */
static uint64_t entry(const struct vmcs12 *v, const struct vmcs_l0 *l0)
{
	uint32_t l1_bits = VM_ENTRY_IA32E_MODE | VM_ENTRY_LOAD_DEBUG_CONTROLS;

	return (l0->entry & ~l1_bits) | (VMCS12(v, VM_ENTRY_CONTROLS) & l1_bits);
}

static uint64_t exit_controls(const struct vmcs12 *v, const struct vmcs_l0 *l0)
{
	bool timer = VMCS12(v, PIN_BASED_VM_EXEC_CONTROL) & PIN_BASED_VMX_PREEMPTION_TIMER;

	/*
	 * The exit always saves a running timer. Otherwise an exit that L1 does not see would
	 * restart the timer.
	 */
	return (l0->exit & ~VM_EXIT_SAVE_VMX_PREEMPTION_TIMER) | (timer ? VM_EXIT_SAVE_VMX_PREEMPTION_TIMER : 0);
}

uint64_t vmcs02_merged(enum vmcs_field_index index, const struct vmcs12 *v, const struct vmcs_l0 *l0)
{
	switch (index) {
	case VMCS_INDEX_PIN_BASED_VM_EXEC_CONTROL:
		return pin((uint32_t)VMCS12(v, PIN_BASED_VM_EXEC_CONTROL), l0);
	case VMCS_INDEX_CPU_BASED_VM_EXEC_CONTROL:
		return primary(v, l0);
	case VMCS_INDEX_SECONDARY_VM_EXEC_CONTROL:
		return secondary(v, l0);
	case VMCS_INDEX_VM_EXIT_CONTROLS:
		return exit_controls(v, l0);
	case VMCS_INDEX_VM_ENTRY_CONTROLS:
		return entry(v, l0);
	case VMCS_INDEX_EXCEPTION_BITMAP:
		return exceptions(v, l0);
	case VMCS_INDEX_PAGE_FAULT_ERROR_CODE_MASK:
		return page_fault(VMCS12(v, PAGE_FAULT_ERROR_CODE_MASK), l0);
	case VMCS_INDEX_PAGE_FAULT_ERROR_CODE_MATCH:
		return page_fault(VMCS12(v, PAGE_FAULT_ERROR_CODE_MATCH), l0);
	case VMCS_INDEX_IO_BITMAP_A:
		return l0->io_bitmap[0];
	case VMCS_INDEX_IO_BITMAP_B:
		return l0->io_bitmap[1];
	case VMCS_INDEX_MSR_BITMAP:
		return l0->msr_bitmap;
	case VMCS_INDEX_TSC_OFFSET:
		return tsc_offset(v, l0);
	case VMCS_INDEX_TSC_MULTIPLIER:
		return tsc_multiplier(v);
	case VMCS_INDEX_XSS_EXIT_BITMAP: /* L0 requests no XSAVES exits */
		return VMCS12(v, XSS_EXIT_BITMAP);
	case VMCS_INDEX_EPT_POINTER:
		return l0->eptp;
	case VMCS_INDEX_VIRTUAL_PROCESSOR_ID:
		return l0->vpid;
	case VMCS_INDEX_VMCS_LINK_POINTER:
		return vmcs12_secondary(v) & SECONDARY_EXEC_SHADOW_VMCS ? l0->link : UINT64_MAX;
	case VMCS_INDEX_VMREAD_BITMAP:
		return l0->vmread_bitmap;
	case VMCS_INDEX_VMWRITE_BITMAP:
		return l0->vmwrite_bitmap;
	default:
		return 0;
	}
}

void vmcs_merge_bitmaps(uint64_t *to, const uint64_t *a, const uint64_t *b)
{
	for (unsigned i = 0; i < 4096 / sizeof(*to); i++)
		to[i] = a && b ? a[i] | b[i] : ~0ull;
}
