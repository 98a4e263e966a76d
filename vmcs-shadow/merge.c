// SPDX-License-Identifier: GPL-2.0-only
/* One rule a field. A control that makes exits is on if either wants it; one that gives the guest something, if L1 gave it. */
#include "vmcs-shadow/merge.h"

#include <stddef.h>

#include "vmcs-shadow/controls.h"

/* What L1 gives L2, or not, is L1's alone: without them an instruction of L2's is a #UD, or real mode is not to be had. */
#define SECONDARY_GIVEN                                                                                                \
	(SECONDARY_EXEC_ENABLE_RDTSCP | SECONDARY_EXEC_UNRESTRICTED_GUEST | SECONDARY_EXEC_ENABLE_INVPCID |            \
	 SECONDARY_EXEC_XSAVES | SECONDARY_EXEC_SHADOW_VMCS | SECONDARY_EXEC_TSC_SCALING)
/* What L0 does itself: PML of ept12 is made from faults on ept02. */
#define SECONDARY_OF_L0 (SECONDARY_EXEC_ENABLE_EPT | SECONDARY_EXEC_ENABLE_VPID | SECONDARY_EXEC_ENABLE_PML)

uint32_t vmcs12_secondary(const struct vmcs12 *v)
{
	return VMCS12(v, CPU_BASED_VM_EXEC_CONTROL) & CPU_BASED_ACTIVATE_SECONDARY_CONTROLS
		       ? (uint32_t)VMCS12(v, SECONDARY_VM_EXEC_CONTROL)
		       : 0;
}

/* What IRET does in L2 depends on virtual NMIs: of an L1 that has NMIs exit it is L1's to say, else NMIs are L0's to tell apart. */
static uint64_t pin(uint32_t l1, const struct vmcs_l0 *l0)
{
	return l1 | (l0->pin & ~(l1 & PIN_BASED_NMI_EXITING ? PIN_BASED_VIRTUAL_NMIS : 0u));
}

/*
 * Bitmaps replace "unconditional I/O exiting" (SDM 25.6.2), and without an MSR bitmap every access exits: so an L1 that uses neither gets
 * L2's controls without them, and L0's own wishes are among what exits.
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

	return (l1 & ~SECONDARY_OF_L0) | (l0->secondary & ~(SECONDARY_GIVEN | SECONDARY_OF_L0)) |
	       SECONDARY_EXEC_ENABLE_EPT | (l0->vpid ? SECONDARY_EXEC_ENABLE_VPID : 0);
}

#define TSC_FRACTION 48 /* bits of the multiplier (SDM 25.6.5) */

/* L0 does not scale. Without offsetting L1's offset is not used, and nor is its multiplier (SDM 26.3, RDTSC). */
static uint64_t tsc_multiplier(const struct vmcs12 *v)
{
	bool scales = VMCS12(v, CPU_BASED_VM_EXEC_CONTROL) & CPU_BASED_USE_TSC_OFFSETTING &&
		      vmcs12_secondary(v) & SECONDARY_EXEC_TSC_SCALING;

	return scales ? VMCS12(v, TSC_MULTIPLIER) : 1ull << TSC_FRACTION;
}

/* What L1 scales is its own time, which L0's offset is in: (tsc + o01) * m12 + o12 = tsc * m12 + (o01 * m12 + o12). */
static uint64_t tsc_offset(const struct vmcs12 *v, const struct vmcs_l0 *l0)
{
	__int128 of_l0 = (__int128)(int64_t)l0->tsc_offset * tsc_multiplier(v) >> TSC_FRACTION;
	bool used = VMCS12(v, CPU_BASED_VM_EXEC_CONTROL) & CPU_BASED_USE_TSC_OFFSETTING;

	return (uint64_t)of_l0 + (used ? VMCS12(v, TSC_OFFSET) : 0);
}

/* Mask and match are for page faults alone. If L0 wants all of them it gets all, and L1's are told apart at the exit. */
static uint64_t page_fault(uint64_t l1, const struct vmcs_l0 *l0)
{
	return l0->exception_bitmap & 1u << 14 ? 0 : l1;
}

static uint64_t exceptions(const struct vmcs12 *v, const struct vmcs_l0 *l0)
{
	return VMCS12(v, EXCEPTION_BITMAP) | l0->exception_bitmap;
}

/* L2's mode and the debug controls are L1's to say; IA32_EFER is always loaded, and GUEST_IA32_EFER then is what L1 would have had. */
static uint64_t entry(const struct vmcs12 *v, const struct vmcs_l0 *l0)
{
	uint32_t of_l1 = VM_ENTRY_IA32E_MODE | VM_ENTRY_LOAD_DEBUG_CONTROLS;

	return (l0->entry & ~of_l1) | (VMCS12(v, VM_ENTRY_CONTROLS) & of_l1);
}

static uint64_t exit_controls(const struct vmcs12 *v, const struct vmcs_l0 *l0)
{
	bool timer = VMCS12(v, PIN_BASED_VM_EXEC_CONTROL) & PIN_BASED_VMX_PREEMPTION_TIMER;

	/* Its value is saved in any case, for exits that L1 does not see: the timer is not to begin anew after one. */
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
	case VMCS_INDEX_XSS_EXIT_BITMAP: /* L0 wants none */
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
