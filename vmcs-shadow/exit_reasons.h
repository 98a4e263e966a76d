/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The list of all basic exit reasons (SDM appendix C) with their names. A name is Linux's without
 * EXIT_REASON_ if Linux has the reason, and otherwise the SDM's in capitals.
 */
#ifndef VMCS_SHADOW_EXIT_REASONS_H
#define VMCS_SHADOW_EXIT_REASONS_H

#include <stdint.h>

/*
 * X(NAME, number), in ascending order, because the enum derives VMX_EXIT_REASON_COUNT from the last
 * row. The SDM does not use the numbers 35, 38, 42, 71, 82 and 83.
 *
 * Linux's <asm/vmx.h> also defines a macro VMX_EXIT_REASONS. A program cannot include both headers.
 */
/* clang-format off */
#define VMX_EXIT_REASONS(X) \
	X(EXCEPTION_NMI,        0) \
	X(EXTERNAL_INTERRUPT,   1) \
	X(TRIPLE_FAULT,         2) \
	X(INIT_SIGNAL,          3) \
	X(SIPI_SIGNAL,          4) \
	X(IO_SMI,               5) \
	X(OTHER_SMI,            6) \
	X(INTERRUPT_WINDOW,     7) \
	X(NMI_WINDOW,           8) \
	X(TASK_SWITCH,          9) \
	X(CPUID,               10) \
	X(GETSEC,              11) \
	X(HLT,                 12) \
	X(INVD,                13) \
	X(INVLPG,              14) \
	X(RDPMC,               15) \
	X(RDTSC,               16) \
	X(RSM,                 17) \
	X(VMCALL,              18) \
	X(VMCLEAR,             19) \
	X(VMLAUNCH,            20) \
	X(VMPTRLD,             21) \
	X(VMPTRST,             22) \
	X(VMREAD,              23) \
	X(VMRESUME,            24) \
	X(VMWRITE,             25) \
	X(VMOFF,               26) \
	X(VMON,                27) \
	X(CR_ACCESS,           28) \
	X(DR_ACCESS,           29) \
	X(IO_INSTRUCTION,      30) \
	X(MSR_READ,            31) \
	X(MSR_WRITE,           32) \
	X(INVALID_STATE,       33) \
	X(MSR_LOAD_FAIL,       34) \
	X(MWAIT_INSTRUCTION,   36) \
	X(MONITOR_TRAP_FLAG,   37) \
	X(MONITOR_INSTRUCTION, 39) \
	X(PAUSE_INSTRUCTION,   40) \
	X(MCE_DURING_VMENTRY,  41) \
	X(TPR_BELOW_THRESHOLD, 43) \
	X(APIC_ACCESS,         44) \
	X(EOI_INDUCED,         45) \
	X(GDTR_IDTR,           46) \
	X(LDTR_TR,             47) \
	X(EPT_VIOLATION,       48) \
	X(EPT_MISCONFIG,       49) \
	X(INVEPT,              50) \
	X(RDTSCP,              51) \
	X(PREEMPTION_TIMER,    52) \
	X(INVVPID,             53) \
	X(WBINVD,              54) \
	X(XSETBV,              55) \
	X(APIC_WRITE,          56) \
	X(RDRAND,              57) \
	X(INVPCID,             58) \
	X(VMFUNC,              59) \
	X(ENCLS,               60) \
	X(RDSEED,              61) \
	X(PML_FULL,            62) \
	X(XSAVES,              63) \
	X(XRSTORS,             64) \
	X(PCONFIG,             65) \
	X(SPP,                 66) \
	X(UMWAIT,              67) \
	X(TPAUSE,              68) \
	X(LOADIWKEY,           69) \
	X(ENCLV,               70) \
	X(ENQCMD_PASID,        72) \
	X(ENQCMDS_PASID,       73) \
	X(BUS_LOCK,            74) \
	X(NOTIFY,              75) \
	X(SEAMCALL,            76) \
	X(TDCALL,              77) \
	X(RDMSRLIST,           78) \
	X(WRMSRLIST,           79) \
	X(URDMSR,              80) \
	X(UWRMSR,              81) \
	X(MSR_READ_IMM,        84) \
	X(MSR_WRITE_IMM,       85)
/* clang-format on */

#define VMX_EXIT_REASON_NUMBER(name, number) VMX_EXIT_##name = (number),
enum vmx_exit_reason {
	VMX_EXIT_REASONS(VMX_EXIT_REASON_NUMBER)
		VMX_EXIT_REASON_COUNT /* the highest number + 1, the size of a table indexed by reason */
};
#undef VMX_EXIT_REASON_NUMBER

/* The exit-reason field holds the basic reason and flags (SDM 25.9.1). */
#define VMX_EXIT_REASON_BASIC_MASK    0xffffu
#define VMX_EXIT_REASON_ENTRY_FAILURE (1u << 31)

/*
 * Returns the name of a basic exit reason, or "UNKNOWN" for a number that is not in the list. Pass
 * the basic reason, not the whole field.
 */
const char *vmx_exit_reason_name(uint32_t basic);

#endif
