// SPDX-License-Identifier: GPL-2.0-only
/*
 * Notes the information that a VM exit has saved, but only the parts that the manual defines for
 * this exit. Undefined bits are noted as 0.
 */
#include "l2-guests/vmxdiff/diff_entry.h"
#include "l2-guests/vmxdiff/diff_run.h"
#include "l2-guests/vmxdiff/diff_vmx.h"
#include "l2-guests/vmxdiff/case_hash.h"
#include "microbench/bare/bare.h"
#include "microbench/bare/cpu.h"
#include "vmcs-shadow/x86.h"

static uint64_t note_field(enum note_kind kind, enum vmcs_field_index field, uint64_t mask)
{
	uint64_t value = vmx_get(field);

	note(kind, vmcs_field_info[field].name, value & mask);
	return value;
}

#define NOTE_FIELD(kind, name, mask) note_field(kind, VMCS_INDEX_##name, mask)

/*
 * Returns true if the exit defines the instruction length (SDM 28.2.5). That holds for exits of
 * instructions, and for exceptions or events that software caused.
 */
static bool has_length(uint32_t reason, uint32_t intr_info, uint32_t vectoring)
{
	uint32_t type = intr_info & INTR_INFO_INTR_TYPE_MASK;

	/*
	 * A fault occurred during the delivery of an event. The length is defined if software
	 * caused that event.
	 */
	if (vectoring & INTR_INFO_VALID_MASK) {
		type = vectoring & INTR_INFO_INTR_TYPE_MASK;
		return type == INTR_TYPE_SOFT_INTR || type == INTR_TYPE_SOFT_EXCEPTION ||
		       type == INTR_TYPE_PRIV_SW_EXCEPTION;
	}
	switch (reason) {
	case VMX_EXIT_EXCEPTION_NMI:
		return intr_info & INTR_INFO_VALID_MASK &&
		       (type == INTR_TYPE_SOFT_EXCEPTION || type == INTR_TYPE_PRIV_SW_EXCEPTION);
	case VMX_EXIT_CPUID ... VMX_EXIT_IO_INSTRUCTION:
	case VMX_EXIT_MSR_READ:
	case VMX_EXIT_MSR_WRITE:
	case VMX_EXIT_MWAIT_INSTRUCTION:
	case VMX_EXIT_MONITOR_INSTRUCTION:
	case VMX_EXIT_PAUSE_INSTRUCTION:
	case VMX_EXIT_GDTR_IDTR:
	case VMX_EXIT_LDTR_TR:
	case VMX_EXIT_INVEPT:
	case VMX_EXIT_RDTSCP:
	case VMX_EXIT_INVVPID:
	case VMX_EXIT_WBINVD:
	case VMX_EXIT_XSETBV:
	case VMX_EXIT_INVPCID:
		return true;
	default:
		return false;
	}
}

/*
 * Returns the defined bits of the VM-exit instruction information (SDM tables 28-8 to 28-15).
 * Returns 0 if the exit has none.
 */
static uint32_t info_mask(uint32_t reason, uint32_t info, bool is64)
{
	uint32_t memory = 0x00000380 | 7u << 15 | 1u << 22 |
			  1u << 27; /* address size, segment, and the flags for no index and no base */
	bool in_register = info & 1u << 10;

	if (!(info & 1u << 22))
		memory |= 3u | 0xfu << 18;
	if (!(info & 1u << 27))
		memory |= 0xfu << 23;
	switch (reason) {
	case VMX_EXIT_VMCLEAR:
	case VMX_EXIT_VMPTRLD:
	case VMX_EXIT_VMPTRST:
	case VMX_EXIT_VMON:
		return memory;
	case VMX_EXIT_VMREAD:
	case VMX_EXIT_VMWRITE:
		return (in_register ? 0xfu << 3 : memory) | 1u << 10 | 0xfu << 28;
	case VMX_EXIT_INVEPT:
	case VMX_EXIT_INVVPID:
	case VMX_EXIT_INVPCID:
		return memory | 0xfu << 28;
	case VMX_EXIT_GDTR_IDTR:
		return memory | (is64 ? 0 : 1u << 11) | 3u << 28;
	case VMX_EXIT_LDTR_TR:
		return (in_register ? 0xfu << 3 : memory) | 1u << 10 | 3u << 28;
	case VMX_EXIT_IO_INSTRUCTION:
		return 0x380 | 7u << 15;
	default:
		return 0;
	}
}

static void note_reason(uint32_t reason)
{
	uint64_t qualification, mask = UINT64_MAX;
	uint32_t intr_info, vectoring, basic = reason & VMX_EXIT_REASON_BASIC_MASK;
	bool is64 = VMX_GET(GUEST_CS_AR_BYTES) >> 13 & 1;

	note(NOTE_EXIT, vmx_exit_reason_name(basic), reason);
	if (basic == VMX_EXIT_EPT_VIOLATION)
		/*
		 * The other bits need more features: details of the linear address's translation,
		 * and shadow stacks.
		 */
		mask = 0x11bf;
	if (basic == VMX_EXIT_EPT_MISCONFIG)
		mask = 0;
	qualification = VMX_GET(EXIT_QUALIFICATION);
	/* Bit 8 of an EPT violation's qualification is defined only if bit 7 is 1. */
	if (basic == VMX_EXIT_EPT_VIOLATION && !(qualification & 0x80))
		mask &= ~0x100ull;
	note(NOTE_EXIT, "qualification", qualification & mask);
	/* A failed entry leaves all other information unchanged (SDM 27.8). */
	if (reason & VMX_EXIT_REASON_ENTRY_FAILURE)
		return;
	intr_info = (uint32_t)VMX_GET(VM_EXIT_INTR_INFO);
	vectoring = (uint32_t)VMX_GET(IDT_VECTORING_INFO_FIELD);
	note(NOTE_EXIT, "intr_info", intr_info & INTR_INFO_VALID_MASK ? intr_info : 0);
	if (intr_info & INTR_INFO_VALID_MASK && intr_info & INTR_INFO_DELIVER_CODE_MASK)
		NOTE_FIELD(NOTE_EXIT, VM_EXIT_INTR_ERROR_CODE, UINT64_MAX);
	note(NOTE_EXIT, "vectoring", vectoring & INTR_INFO_VALID_MASK ? vectoring & ~INTR_INFO_UNBLOCK_NMI : 0);
	if (vectoring & INTR_INFO_VALID_MASK && vectoring & INTR_INFO_DELIVER_CODE_MASK)
		NOTE_FIELD(NOTE_EXIT, IDT_VECTORING_ERROR_CODE, UINT64_MAX);
	if (has_length(basic, intr_info, vectoring))
		NOTE_FIELD(NOTE_EXIT, VM_EXIT_INSTRUCTION_LEN, UINT64_MAX);
	if (basic == VMX_EXIT_EPT_VIOLATION || basic == VMX_EXIT_EPT_MISCONFIG)
		NOTE_FIELD(NOTE_EXIT, GUEST_PHYSICAL_ADDRESS, UINT64_MAX);
	if ((basic == VMX_EXIT_EPT_VIOLATION && qualification & 0x80) ||
	    (basic == VMX_EXIT_IO_INSTRUCTION && qualification & 0x10))
		NOTE_FIELD(NOTE_EXIT, GUEST_LINEAR_ADDRESS, UINT64_MAX);
	if (basic != VMX_EXIT_IO_INSTRUCTION || (qualification & 0x10 && vmx.basic & VMX_BASIC_INOUT)) {
		uint32_t info = (uint32_t)VMX_GET(VMX_INSTRUCTION_INFO), defined = info_mask(basic, info, is64);

		/* INS has a fixed segment, so the segment bits are undefined. */
		if (basic == VMX_EXIT_IO_INSTRUCTION && qualification & 8)
			defined &= ~(7u << 15);
		if (defined)
			note(NOTE_EXIT, "instruction_info", info & defined);
	}
}

static void note_segment(struct vmcs12 *v, unsigned which, bool saved)
{
	enum { SS = 2, FS = 4, GS = 5 };
	uint64_t rights = note_field(NOTE_STATE, VMCS_INDEX_GUEST_ES_SELECTOR + which, UINT64_MAX), base;
	bool usable;

	v->field[VMCS_INDEX_GUEST_ES_SELECTOR + which] = rights;
	rights = vmx_get(VMCS_INDEX_GUEST_ES_AR_BYTES + which);
	usable = !saved || !(rights & AR_UNUSABLE);
	note(NOTE_STATE, vmcs_field_info[VMCS_INDEX_GUEST_ES_AR_BYTES + which].name,
	     usable        ? rights
	     : which == SS ? rights & (AR_UNUSABLE | 0x60)
			   : AR_UNUSABLE);
	base = vmx_get(VMCS_INDEX_GUEST_ES_BASE + which);
	if (usable || which == FS || which == GS)
		note(NOTE_STATE, vmcs_field_info[VMCS_INDEX_GUEST_ES_BASE + which].name, base);
	v->field[VMCS_INDEX_GUEST_ES_AR_BYTES + which] = rights;
	v->field[VMCS_INDEX_GUEST_ES_BASE + which] = base;
	v->field[VMCS_INDEX_GUEST_ES_LIMIT + which] = vmx_get(VMCS_INDEX_GUEST_ES_LIMIT + which);
	if (usable)
		note(NOTE_STATE, vmcs_field_info[VMCS_INDEX_GUEST_ES_LIMIT + which].name,
		     v->field[VMCS_INDEX_GUEST_ES_LIMIT + which]);
}

void saved_note_all(struct entry_case *c)
{
	static const enum vmcs_field_index fields[] = {
		VMCS_INDEX_GUEST_DR7,         VMCS_INDEX_GUEST_IA32_DEBUGCTL,  VMCS_INDEX_GUEST_IA32_EFER,
		VMCS_INDEX_GUEST_GDTR_BASE,   VMCS_INDEX_GUEST_GDTR_LIMIT,     VMCS_INDEX_GUEST_IDTR_BASE,
		VMCS_INDEX_GUEST_IDTR_LIMIT,  VMCS_INDEX_GUEST_ACTIVITY_STATE, VMCS_INDEX_GUEST_PENDING_DBG_EXCEPTIONS,
		VMCS_INDEX_GUEST_SYSENTER_CS, VMCS_INDEX_GUEST_SYSENTER_ESP,   VMCS_INDEX_GUEST_SYSENTER_EIP,
		VMCS_INDEX_VM_ENTRY_CONTROLS,
	};
	bool saved = !(VMX_GET(VM_EXIT_REASON) & VMX_EXIT_REASON_ENTRY_FAILURE);
	struct vmcs12 *v = &c->vmcs;

	for (unsigned i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		v->field[fields[i]] = note_field(NOTE_STATE, fields[i], UINT64_MAX);
	for (unsigned which = 0; which < 8; which++)
		note_segment(v, which, saved);
	/* An exit saves the PDPTEs if EPT and PAE paging are in use (SDM 28.3.4). */
	if (!saved ||
	    (VMCS12(v, SECONDARY_VM_EXEC_CONTROL) & SECONDARY_EXEC_ENABLE_EPT && VMCS12(v, GUEST_CR0) & CR0_PG &&
	     VMCS12(v, GUEST_CR4) & CR4_PAE && !(VMCS12(v, VM_ENTRY_CONTROLS) & VM_ENTRY_IA32E_MODE)))
		for (unsigned i = 0; i < 4; i++)
			v->field[VMCS_INDEX_GUEST_PDPTR0 + i] = note_field(NOTE_STATE, VMCS_INDEX_GUEST_PDPTR0 + i,
									   UINT64_MAX);
}

static void note_registers(void)
{
	static const char *const names[16] = {"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
					      "r8",  "r9",  "r10", "r11", "r12", "r13", "r14", "r15"};

	for (unsigned i = 0; i < 16; i++)
		note(i == RSP ? NOTE_HOST : NOTE_WORK, names[i], run_out.gpr[i]);
	note(NOTE_WORK, "cr2", read_cr2());
	note(NOTE_HOST, "rflags", run_out.rflags);
}

void saved_note(struct entry_case *c)
{
	static const enum vmcs_field_index fields[] = {
		VMCS_INDEX_GUEST_RIP,
		VMCS_INDEX_GUEST_RSP,
		VMCS_INDEX_GUEST_RFLAGS,
		VMCS_INDEX_GUEST_CR0,
		VMCS_INDEX_GUEST_CR3,
		VMCS_INDEX_GUEST_CR4,
		VMCS_INDEX_GUEST_INTERRUPTIBILITY_INFO,
		VMCS_INDEX_VM_ENTRY_INTR_INFO_FIELD,
		VMCS_INDEX_GUEST_CS_AR_BYTES,
	};

	note_reason((uint32_t)VMX_GET(VM_EXIT_REASON));
	for (unsigned i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		c->vmcs.field[fields[i]] = note_field(NOTE_STATE, fields[i], UINT64_MAX);
	note_registers();
}
