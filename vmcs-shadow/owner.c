// SPDX-License-Identifier: GPL-2.0-only
/*
 * Decides whether L0 or L1 handles an exit of L2. vmcs02 causes the exits that L1 or L0 requested
 * (merge.c). If L1 requested the exit, L1 owns it. L0's own trap requests then need no other
 * handling.
 */
#include "vmcs-shadow/owner.h"

#include <stddef.h>

#include "vmcs-shadow/controls.h"
#include "vmcs-shadow/merge.h"
#include "vmcs-shadow/x86.h"

enum rule {
	UNSUPPORTED, /* no offered control causes this exit; L0 gets it and reports it */
	/* Unconditional in VMX non-root operation (SDM 26.1.2), or an exit that ends L2. */
	ALWAYS,
	L0_ONLY, /* caused by the machine, or by a structure that only L0 has */
	PIN,
	PRIMARY,
	SECONDARY,
	EXCEPTION,
	PORT,
	READ_MSR,
	WRITE_MSR,
	CONTROL_REGISTER,
	PAUSE,
	INVPCID_RULE,
	READ_FIELD,
	WRITE_FIELD,
	RULES,
};

#define ANY_BIT 1u

static const struct {
	uint8_t rule;
	uint32_t bit; /* the control in vmcs12 that requests this exit */
} rules[VMX_EXIT_REASON_COUNT] = {
	[VMX_EXIT_EXCEPTION_NMI] = {EXCEPTION, 0},
	/*
	 * A physical interrupt belongs to L0. If L0 then has an interrupt for L1, L0 creates a
	 * separate virtual exit.
	 */
	[VMX_EXIT_EXTERNAL_INTERRUPT] = {L0_ONLY, 0},
	[VMX_EXIT_TRIPLE_FAULT] = {ALWAYS, ANY_BIT},
	[VMX_EXIT_INIT_SIGNAL] = {L0_ONLY, 0},
	[VMX_EXIT_SIPI_SIGNAL] = {L0_ONLY, 0},
	[VMX_EXIT_IO_SMI] = {L0_ONLY, 0},
	[VMX_EXIT_OTHER_SMI] = {L0_ONLY, 0},
	/*
	 * The exit belongs to the level that requested it. If both did, L1 gets it because its
	 * window is open, and L0 requests its window again at the next entry.
	 */
	[VMX_EXIT_INTERRUPT_WINDOW] = {PRIMARY, CPU_BASED_INTR_WINDOW_EXITING},
	[VMX_EXIT_NMI_WINDOW] = {PRIMARY, CPU_BASED_NMI_WINDOW_EXITING},
	[VMX_EXIT_TASK_SWITCH] = {ALWAYS, ANY_BIT},
	[VMX_EXIT_CPUID] = {ALWAYS, ANY_BIT},
	[VMX_EXIT_GETSEC] = {ALWAYS, ANY_BIT},
	[VMX_EXIT_HLT] = {PRIMARY, CPU_BASED_HLT_EXITING},
	[VMX_EXIT_INVD] = {ALWAYS, ANY_BIT},
	[VMX_EXIT_INVLPG] = {PRIMARY, CPU_BASED_INVLPG_EXITING},
	[VMX_EXIT_RDPMC] = {PRIMARY, CPU_BASED_RDPMC_EXITING},
	[VMX_EXIT_RDTSC] = {PRIMARY, CPU_BASED_RDTSC_EXITING},
	[VMX_EXIT_RSM] = {ALWAYS, ANY_BIT},
	[VMX_EXIT_VMCALL] = {ALWAYS, ANY_BIT},
	[VMX_EXIT_VMCLEAR] = {ALWAYS, ANY_BIT},
	[VMX_EXIT_VMLAUNCH] = {ALWAYS, ANY_BIT},
	[VMX_EXIT_VMPTRLD] = {ALWAYS, ANY_BIT},
	[VMX_EXIT_VMPTRST] = {ALWAYS, ANY_BIT},
	/*
	 * L1 may allow L2 to access a shadow VMCS (25.10). If the CPU does not perform the access,
	 * L0 emulates it.
	 */
	[VMX_EXIT_VMREAD] = {READ_FIELD, 0},
	[VMX_EXIT_VMRESUME] = {ALWAYS, ANY_BIT},
	[VMX_EXIT_VMWRITE] = {WRITE_FIELD, 0},
	[VMX_EXIT_VMOFF] = {ALWAYS, ANY_BIT},
	[VMX_EXIT_VMON] = {ALWAYS, ANY_BIT},
	[VMX_EXIT_CR_ACCESS] = {CONTROL_REGISTER, 0},
	[VMX_EXIT_DR_ACCESS] = {PRIMARY, CPU_BASED_MOV_DR_EXITING},
	[VMX_EXIT_IO_INSTRUCTION] = {PORT, 0},
	[VMX_EXIT_MSR_READ] = {READ_MSR, 0},
	[VMX_EXIT_MSR_WRITE] = {WRITE_MSR, 0},
	[VMX_EXIT_INVALID_STATE] = {ALWAYS, ANY_BIT},
	[VMX_EXIT_MSR_LOAD_FAIL] = {ALWAYS, ANY_BIT},
	[VMX_EXIT_MWAIT_INSTRUCTION] = {PRIMARY, CPU_BASED_MWAIT_EXITING},
	/* L0 never requests this exit. L1 may inject it without the control (27.6.2). */
	[VMX_EXIT_MONITOR_TRAP_FLAG] = {ALWAYS, ANY_BIT},
	[VMX_EXIT_MONITOR_INSTRUCTION] = {PRIMARY, CPU_BASED_MONITOR_EXITING},
	[VMX_EXIT_PAUSE_INSTRUCTION] = {PAUSE, 0},
	[VMX_EXIT_MCE_DURING_VMENTRY] = {L0_ONLY, 0},
	[VMX_EXIT_TPR_BELOW_THRESHOLD] = {PRIMARY, CPU_BASED_TPR_SHADOW},
	[VMX_EXIT_APIC_ACCESS] = {SECONDARY, SECONDARY_EXEC_VIRTUALIZE_APIC_ACCESSES},
	[VMX_EXIT_EOI_INDUCED] = {SECONDARY, SECONDARY_EXEC_VIRTUAL_INTR_DELIVERY},
	[VMX_EXIT_GDTR_IDTR] = {SECONDARY, SECONDARY_EXEC_DESC},
	[VMX_EXIT_LDTR_TR] = {SECONDARY, SECONDARY_EXEC_DESC},
	/* These exits refer to ept02. A walk of ept12 decides whether L1 gets an exit. */
	[VMX_EXIT_EPT_VIOLATION] = {L0_ONLY, 0},
	[VMX_EXIT_EPT_MISCONFIG] = {L0_ONLY, 0},
	[VMX_EXIT_INVEPT] = {ALWAYS, ANY_BIT},
	[VMX_EXIT_RDTSCP] = {PRIMARY, CPU_BASED_RDTSC_EXITING},
	[VMX_EXIT_PREEMPTION_TIMER] = {PIN, PIN_BASED_VMX_PREEMPTION_TIMER},
	[VMX_EXIT_INVVPID] = {ALWAYS, ANY_BIT},
	[VMX_EXIT_WBINVD] = {SECONDARY, SECONDARY_EXEC_WBINVD_EXITING},
	[VMX_EXIT_XSETBV] = {ALWAYS, ANY_BIT},
	[VMX_EXIT_APIC_WRITE] = {SECONDARY, SECONDARY_EXEC_APIC_REGISTER_VIRT},
	[VMX_EXIT_RDRAND] = {SECONDARY, SECONDARY_EXEC_RDRAND_EXITING},
	[VMX_EXIT_INVPCID] = {INVPCID_RULE, 0},
	[VMX_EXIT_VMFUNC] = {SECONDARY, SECONDARY_EXEC_ENABLE_VMFUNC},
	[VMX_EXIT_ENCLS] = {SECONDARY, SECONDARY_EXEC_ENCLS_EXITING},
	[VMX_EXIT_RDSEED] = {SECONDARY, SECONDARY_EXEC_RDSEED_EXITING},
	/*
	 * The CPU writes L0's log. L0 writes L1's log and creates L1's exit when that log is full.
	 */
	[VMX_EXIT_PML_FULL] = {L0_ONLY, 0},
	/* Only L1 sets bits in the XSS-exiting bitmap (merge.c). */
	[VMX_EXIT_XSAVES] = {SECONDARY, SECONDARY_EXEC_XSAVES},
	[VMX_EXIT_XRSTORS] = {SECONDARY, SECONDARY_EXEC_XSAVES},
	[VMX_EXIT_PCONFIG] = {SECONDARY, SECONDARY_EXEC_ENABLE_PCONFIG},
	/* The exit refers to the sub-page permissions of ept02. */
	[VMX_EXIT_SPP] = {L0_ONLY, 0},
	/*
	 * Without "enable user wait and pause" these instructions cause #UD. With it, "RDTSC
	 * exiting" decides (26.1.3).
	 */
	[VMX_EXIT_UMWAIT] = {PRIMARY, CPU_BASED_RDTSC_EXITING},
	[VMX_EXIT_TPAUSE] = {PRIMARY, CPU_BASED_RDTSC_EXITING},
	[VMX_EXIT_ENCLV] = {SECONDARY, SECONDARY_EXEC_ENCLV_EXITING},
	[VMX_EXIT_ENQCMD_PASID] = {SECONDARY, SECONDARY_EXEC_PASID_TRANSLATION},
	[VMX_EXIT_ENQCMDS_PASID] = {SECONDARY, SECONDARY_EXEC_PASID_TRANSLATION},
	[VMX_EXIT_BUS_LOCK] = {SECONDARY, SECONDARY_EXEC_BUS_LOCK_DETECTION},
	[VMX_EXIT_NOTIFY] = {SECONDARY, SECONDARY_EXEC_NOTIFY_VM_EXITING},
	[VMX_EXIT_SEAMCALL] = {ALWAYS, ANY_BIT},
	[VMX_EXIT_TDCALL] = {ALWAYS, ANY_BIT},
	/* Tertiary controls cause these exits. None is offered, so vmcs02 has none. */
	[VMX_EXIT_LOADIWKEY] = {UNSUPPORTED, 0},
	[VMX_EXIT_RDMSRLIST] = {UNSUPPORTED, 0},
	[VMX_EXIT_WRMSRLIST] = {UNSUPPORTED, 0},
	[VMX_EXIT_URDMSR] = {UNSUPPORTED, 0},
	[VMX_EXIT_UWRMSR] = {UNSUPPORTED, 0},
	/*
	 * The MSR bitmap decides, but the instruction encodes the MSR number. No capability here
	 * describes a CPU with these instructions.
	 */
	[VMX_EXIT_MSR_READ_IMM] = {UNSUPPORTED, 0},
	[VMX_EXIT_MSR_WRITE_IMM] = {UNSUPPORTED, 0},
};

static bool bit_of(const uint8_t *bitmap, unsigned bit)
{
	return !bitmap || bitmap[bit / 8] >> bit % 8 & 1;
}

bool vmx_exception_exits(const struct vmcs12 *v, unsigned vector, uint32_t error_code)
{
	bool set = VMCS12(v, EXCEPTION_BITMAP) >> vector & 1;

	if (vector != VECTOR_PF)
		return set;
	/* SDM 25.6.3: the bit of page faults defines whether a match or a mismatch exits. */
	return set == ((error_code & VMCS12(v, PAGE_FAULT_ERROR_CODE_MASK)) == VMCS12(v, PAGE_FAULT_ERROR_CODE_MATCH));
}

static bool l1_owns_exception(const struct vmcs12 *v, const struct vmx_exit *exit)
{
	/* An NMI belongs to the machine, as an interrupt does. */
	if ((exit->interruption & INTR_INFO_INTR_TYPE_MASK) == INTR_TYPE_NMI_INTR)
		return false;
	return vmx_exception_exits(v, exit->interruption & INTR_INFO_VECTOR_MASK, exit->error_code);
}

/*
 * SDM 26.1.3: an access exits if the bit of any of its ports is 1, or if it wraps around after port
 * 0xffff.
 */
static bool l1_owns_port(const struct vmcs12 *v, uint64_t qualification, const uint8_t *const bitmap[2])
{
	uint64_t controls = VMCS12(v, CPU_BASED_VM_EXEC_CONTROL);
	unsigned port = (qualification >> 16) & 0xffff, size = (qualification & 7) + 1;

	if (!(controls & CPU_BASED_USE_IO_BITMAPS))
		return controls & CPU_BASED_UNCOND_IO_EXITING;
	for (unsigned i = port; i < port + size; i++)
		if (i > 0xffff || bit_of(bitmap[i >> 15], i & 0x7fff))
			return true;
	return false;
}

/* SDM 25.6.9 */
static bool l1_owns_msr(const struct vmcs12 *v, uint32_t msr, bool write, const uint8_t *bitmap)
{
	unsigned half = msr >= 0xc0000000u ? 1024 : 0;

	if (!(VMCS12(v, CPU_BASED_VM_EXEC_CONTROL) & CPU_BASED_USE_MSR_BITMAPS))
		return true;
	if ((msr & ~0xc0000000u) > 0x1fff || (msr >= 0x40000000u && msr < 0xc0000000u))
		return true;
	return bit_of(bitmap ? bitmap + half + (write ? 2048 : 0) : NULL, msr & 0x1fff);
}

/*
 * L1 alone sets the guest/host masks of CR0 and CR4 (fields.h: SAME). So L0 requests only CR8
 * exits.
 */
static bool l1_owns_control_register(const struct vmcs12 *v, uint64_t qualification)
{
	enum { MOV_TO, MOV_FROM };
	uint64_t controls = VMCS12(v, CPU_BASED_VM_EXEC_CONTROL);
	unsigned number = qualification & 15, type = qualification >> 4 & 3;

	if (number == 8)
		return controls & (type == MOV_TO ? CPU_BASED_CR8_LOAD_EXITING : CPU_BASED_CR8_STORE_EXITING);
	if (number == 3)
		return controls & (type == MOV_TO ? CPU_BASED_CR3_LOAD_EXITING : CPU_BASED_CR3_STORE_EXITING);
	return true;
}

/* SDM 26.1.3, VMREAD: the CPU uses the bitmap only if bits 63:15 of the encoding are 0. */
static bool l1_owns_field(const struct vmcs12 *v, uint64_t field, const uint8_t *bitmap)
{
	return !(vmcs12_secondary(v) & SECONDARY_EXEC_SHADOW_VMCS) || field >> 15 || bit_of(bitmap, (unsigned)field);
}

static bool l1_owns(const struct vmcs12 *v, const struct vmx_exit *exit, const struct vmx_bitmaps *bitmaps)
{
	uint32_t bit = rules[exit->reason].bit;

	switch (rules[exit->reason].rule) {
	case ALWAYS:
		return true;
	case PIN:
		return VMCS12(v, PIN_BASED_VM_EXEC_CONTROL) & bit;
	case PRIMARY:
		return VMCS12(v, CPU_BASED_VM_EXEC_CONTROL) & bit;
	case SECONDARY:
		return vmcs12_secondary(v) & bit;
	case EXCEPTION:
		return l1_owns_exception(v, exit);
	case PORT:
		return l1_owns_port(v, exit->qualification, bitmaps->io);
	case READ_MSR:
	case WRITE_MSR:
		return l1_owns_msr(v, exit->msr, rules[exit->reason].rule == WRITE_MSR, bitmaps->msr);
	case CONTROL_REGISTER:
		return l1_owns_control_register(v, exit->qualification);
	case PAUSE:
		return VMCS12(v, CPU_BASED_VM_EXEC_CONTROL) & CPU_BASED_PAUSE_EXITING ||
		       vmcs12_secondary(v) & SECONDARY_EXEC_PAUSE_LOOP_EXITING;
	case INVPCID_RULE:
		return vmcs12_secondary(v) & SECONDARY_EXEC_ENABLE_INVPCID &&
		       VMCS12(v, CPU_BASED_VM_EXEC_CONTROL) & CPU_BASED_INVLPG_EXITING;
	case READ_FIELD:
		return l1_owns_field(v, exit->field, bitmaps->vmread);
	case WRITE_FIELD:
		return l1_owns_field(v, exit->field, bitmaps->vmwrite);
	default: /* L0_ONLY, UNSUPPORTED */
		return false;
	}
}

enum vmx_owner vmx_exit_owner(const struct vmcs12 *v, const struct vmx_exit *exit, const struct vmx_bitmaps *bitmaps)
{
	return exit->reason < VMX_EXIT_REASON_COUNT && l1_owns(v, exit, bitmaps) ? VMX_OWNER_L1 : VMX_OWNER_L0;
}

void vmx_exits_of_l1(const struct vmcs12 *v, uint64_t reasons[2])
{
	/*
	 * The control word for each rule, which contains the bit of a row. A rule without a word
	 * needs more than the reason.
	 */
	const uint32_t words[RULES] = {
		[ALWAYS] = ANY_BIT,
		[PIN] = (uint32_t)VMCS12(v, PIN_BASED_VM_EXEC_CONTROL),
		[PRIMARY] = (uint32_t)VMCS12(v, CPU_BASED_VM_EXEC_CONTROL),
		[SECONDARY] = vmcs12_secondary(v),
	};

	_Static_assert(VMX_EXIT_REASON_COUNT <= 128, "reasons[2] has one bit for each reason");
	reasons[0] = reasons[1] = 0;
	for (uint32_t reason = 0; reason < VMX_EXIT_REASON_COUNT; reason++)
		reasons[reason / 64] |= (uint64_t) !!(words[rules[reason].rule] & rules[reason].bit) << reason % 64;
}
