// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table, and the rules it names. vmcs02 makes exits that L1 or L0 asked for (merge.c): if L1 did, the exit is L1's; L0's own wishes
 * are all of a kind that L1 has nothing to do with then.
 */
#include "vmcs-shadow/owner.h"

#include <stddef.h>

#include "vmcs-shadow/controls.h"
#include "vmcs-shadow/merge.h"

enum rule {
	NOBODY, /* no such exit can come of what is offered: L0 looks at it, and says so */
	ALWAYS, /* unconditional in VMX non-root operation (SDM 26.1.2), or L2's own end */
	NEVER,  /* of the machine, which is L0's; or of a structure that L0 alone has */
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
	uint32_t bit; /* a control of L1's */
} rules[VMX_EXIT_REASON_COUNT] = {
	[VMX_EXIT_EXCEPTION_NMI] = {EXCEPTION, 0},
	/* An interrupt of the machine. If it becomes one of L1's, that is another exit, which L0 makes. */
	[VMX_EXIT_EXTERNAL_INTERRUPT] = {NEVER, 0},
	[VMX_EXIT_TRIPLE_FAULT] = {ALWAYS, ANY_BIT},
	[VMX_EXIT_INIT_SIGNAL] = {NEVER, 0},
	[VMX_EXIT_SIPI_SIGNAL] = {NEVER, 0},
	[VMX_EXIT_IO_SMI] = {NEVER, 0},
	[VMX_EXIT_OTHER_SMI] = {NEVER, 0},
	/* Whoever asked; if both did, L1 is first, as its window is open now, and L0 asks again at the next entry. */
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
	/* L1 may let L2 into a shadow VMCS (25.10); where the CPU does not do it, L0 does. */
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
	/* L0 never asks for one, and L1 may have injected it without the control (27.6.2). */
	[VMX_EXIT_MONITOR_TRAP_FLAG] = {ALWAYS, ANY_BIT},
	[VMX_EXIT_MONITOR_INSTRUCTION] = {PRIMARY, CPU_BASED_MONITOR_EXITING},
	[VMX_EXIT_PAUSE_INSTRUCTION] = {PAUSE, 0},
	[VMX_EXIT_MCE_DURING_VMENTRY] = {NEVER, 0},
	[VMX_EXIT_TPR_BELOW_THRESHOLD] = {PRIMARY, CPU_BASED_TPR_SHADOW},
	[VMX_EXIT_APIC_ACCESS] = {SECONDARY, SECONDARY_EXEC_VIRTUALIZE_APIC_ACCESSES},
	[VMX_EXIT_EOI_INDUCED] = {SECONDARY, SECONDARY_EXEC_VIRTUAL_INTR_DELIVERY},
	[VMX_EXIT_GDTR_IDTR] = {SECONDARY, SECONDARY_EXEC_DESC},
	[VMX_EXIT_LDTR_TR] = {SECONDARY, SECONDARY_EXEC_DESC},
	/* Of ept02. Whether ept12 would have made one, a walk of it says. */
	[VMX_EXIT_EPT_VIOLATION] = {NEVER, 0},
	[VMX_EXIT_EPT_MISCONFIG] = {NEVER, 0},
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
	/* The CPU's own log is L0's. L1's is written by L0, which makes its exit when it is full. */
	[VMX_EXIT_PML_FULL] = {NEVER, 0},
	/* The bitmap is L1's alone (merge.c). */
	[VMX_EXIT_XSAVES] = {SECONDARY, SECONDARY_EXEC_XSAVES},
	[VMX_EXIT_XRSTORS] = {SECONDARY, SECONDARY_EXEC_XSAVES},
	[VMX_EXIT_PCONFIG] = {SECONDARY, SECONDARY_EXEC_ENABLE_PCONFIG},
	/* Of ept02's sub-page permissions. */
	[VMX_EXIT_SPP] = {NEVER, 0},
	/* With "enable user wait and pause", without which they are a #UD, it is RDTSC exiting that decides (26.1.3). */
	[VMX_EXIT_UMWAIT] = {PRIMARY, CPU_BASED_RDTSC_EXITING},
	[VMX_EXIT_TPAUSE] = {PRIMARY, CPU_BASED_RDTSC_EXITING},
	[VMX_EXIT_ENCLV] = {SECONDARY, SECONDARY_EXEC_ENCLV_EXITING},
	[VMX_EXIT_ENQCMD_PASID] = {SECONDARY, SECONDARY_EXEC_PASID_TRANSLATION},
	[VMX_EXIT_ENQCMDS_PASID] = {SECONDARY, SECONDARY_EXEC_PASID_TRANSLATION},
	[VMX_EXIT_BUS_LOCK] = {SECONDARY, SECONDARY_EXEC_BUS_LOCK_DETECTION},
	[VMX_EXIT_NOTIFY] = {SECONDARY, SECONDARY_EXEC_NOTIFY_VM_EXITING},
	[VMX_EXIT_SEAMCALL] = {ALWAYS, ANY_BIT},
	[VMX_EXIT_TDCALL] = {ALWAYS, ANY_BIT},
	/* Of tertiary controls, none of which is offered, so that vmcs02 has none. */
	[VMX_EXIT_LOADIWKEY] = {NOBODY, 0},
	[VMX_EXIT_RDMSRLIST] = {NOBODY, 0},
	[VMX_EXIT_WRMSRLIST] = {NOBODY, 0},
	[VMX_EXIT_URDMSR] = {NOBODY, 0},
	[VMX_EXIT_UWRMSR] = {NOBODY, 0},
	/* By the MSR bitmap, but the MSR is where the instruction has it: of a CPU that no capability here knows of. */
	[VMX_EXIT_MSR_READ_IMM] = {NOBODY, 0},
	[VMX_EXIT_MSR_WRITE_IMM] = {NOBODY, 0},
};

static bool bit_of(const uint8_t *bitmap, unsigned bit)
{
	return !bitmap || bitmap[bit / 8] >> bit % 8 & 1;
}

bool vmx_exception_exits(const struct vmcs12 *v, unsigned vector, uint32_t error_code)
{
	bool set = VMCS12(v, EXCEPTION_BITMAP) >> vector & 1;

	if (vector != 14)
		return set;
	/* SDM 25.6.3: the bit says what a match means. */
	return set == ((error_code & VMCS12(v, PAGE_FAULT_ERROR_CODE_MASK)) == VMCS12(v, PAGE_FAULT_ERROR_CODE_MATCH));
}

static bool exception_is_l1s(const struct vmcs12 *v, const struct vmx_exit *exit)
{
	/* An NMI is the machine's, like an interrupt. */
	if ((exit->interruption & INTR_INFO_INTR_TYPE_MASK) == INTR_TYPE_NMI_INTR)
		return false;
	return vmx_exception_exits(v, exit->interruption & INTR_INFO_VECTOR_MASK, exit->error_code);
}

/* SDM 26.1.3: an access exits if the bit of any of its ports is 1, or if it wraps around. */
static bool port_is_l1s(const struct vmcs12 *v, uint64_t qualification, const uint8_t *const bitmap[2])
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
static bool msr_is_l1s(const struct vmcs12 *v, uint32_t msr, bool write, const uint8_t *bitmap)
{
	unsigned half = msr >= 0xc0000000u ? 1024 : 0;

	if (!(VMCS12(v, CPU_BASED_VM_EXEC_CONTROL) & CPU_BASED_USE_MSR_BITMAPS))
		return true;
	if ((msr & ~0xc0000000u) > 0x1fff || (msr >= 0x40000000u && msr < 0xc0000000u))
		return true;
	return bit_of(bitmap ? bitmap + half + (write ? 2048 : 0) : NULL, msr & 0x1fff);
}

/* The masks of CR0 and CR4 are L1's alone (fields.h: SAME), so L0 only ever asked for CR8's. */
static bool control_register_is_l1s(const struct vmcs12 *v, uint64_t qualification)
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

/* SDM 26.1.3, VMREAD: only encodings of 15 bits are looked up. */
static bool field_is_l1s(const struct vmcs12 *v, uint64_t field, const uint8_t *bitmap)
{
	return !(vmcs12_secondary(v) & SECONDARY_EXEC_SHADOW_VMCS) || field >> 15 || bit_of(bitmap, (unsigned)field);
}

static bool is_l1s(const struct vmcs12 *v, const struct vmx_exit *exit, const struct vmx_bitmaps *bitmaps)
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
		return exception_is_l1s(v, exit);
	case PORT:
		return port_is_l1s(v, exit->qualification, bitmaps->io);
	case READ_MSR:
	case WRITE_MSR:
		return msr_is_l1s(v, exit->msr, rules[exit->reason].rule == WRITE_MSR, bitmaps->msr);
	case CONTROL_REGISTER:
		return control_register_is_l1s(v, exit->qualification);
	case PAUSE:
		return VMCS12(v, CPU_BASED_VM_EXEC_CONTROL) & CPU_BASED_PAUSE_EXITING ||
		       vmcs12_secondary(v) & SECONDARY_EXEC_PAUSE_LOOP_EXITING;
	case INVPCID_RULE:
		return vmcs12_secondary(v) & SECONDARY_EXEC_ENABLE_INVPCID &&
		       VMCS12(v, CPU_BASED_VM_EXEC_CONTROL) & CPU_BASED_INVLPG_EXITING;
	case READ_FIELD:
		return field_is_l1s(v, exit->field, bitmaps->vmread);
	case WRITE_FIELD:
		return field_is_l1s(v, exit->field, bitmaps->vmwrite);
	default: /* NEVER, NOBODY */
		return false;
	}
}

enum vmx_owner vmx_exit_owner(const struct vmcs12 *v, const struct vmx_exit *exit, const struct vmx_bitmaps *bitmaps)
{
	return exit->reason < VMX_EXIT_REASON_COUNT && is_l1s(v, exit, bitmaps) ? VMX_OWNER_L1 : VMX_OWNER_L0;
}

void vmx_exits_of_l1(const struct vmcs12 *v, uint64_t reasons[2])
{
	/* By rule, the control word that a row's bit is looked for in; a rule that is not here needs more than the reason. */
	const uint32_t words[RULES] = {
		[ALWAYS] = ANY_BIT,
		[PIN] = (uint32_t)VMCS12(v, PIN_BASED_VM_EXEC_CONTROL),
		[PRIMARY] = (uint32_t)VMCS12(v, CPU_BASED_VM_EXEC_CONTROL),
		[SECONDARY] = vmcs12_secondary(v),
	};

	_Static_assert(VMX_EXIT_REASON_COUNT <= 128, "a bit a reason");
	reasons[0] = reasons[1] = 0;
	for (uint32_t reason = 0; reason < VMX_EXIT_REASON_COUNT; reason++)
		reasons[reason / 64] |= (uint64_t) !!(words[rules[reason].rule] & rules[reason].bit) << reason % 64;
}
