// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs a VM-entry case. It builds the case, enters L2, and handles up to ENTRY_STEPS exits as a
 * hypervisor would.
 */
#include "l2-guests/vmxdiff/diff_entry.h"
#include "l2-guests/vmxdiff/diff_host.h"
#include "l2-guests/vmxdiff/diff_run.h"
#include "l2-guests/vmxdiff/diff_vmx.h"
#include "l2-guests/vmxdiff/l2.h"
#include "l2-guests/vmxdiff/case_hash.h"
#include "microbench/bare/bare.h"
#include "microbench/bare/cpu.h"

/* The outcome of the case, one word for each entry. */
static char *words;
static unsigned words_size;

static void word(const char *format, unsigned value)
{
	size_t length = 0;

	while (words[length])
		length++;
	bare_snprintf(words + length, words_size - length, format, value);
}

static void reset_registers(void)
{
	__asm__ volatile("mov %0, %%dr0; mov %0, %%dr1; mov %0, %%dr2; mov %0, %%dr3" : : "r"(0ull));
	__asm__ volatile("mov %0, %%dr6" : : "r"(0xffff0ff0ull));
	write_cr2(0x1234);
	run_in.rflags = 2;
}

static void note_debug_registers(void)
{
	uint64_t value;

	__asm__ volatile("mov %%dr0, %0" : "=r"(value));
	note(NOTE_WORK, "dr0", value);
	__asm__ volatile("mov %%dr3, %0" : "=r"(value));
	note(NOTE_WORK, "dr3", value);
	__asm__ volatile("mov %%dr6, %0" : "=r"(value));
	note(NOTE_WORK, "dr6", value);
	__asm__ volatile("mov %%cr8, %0" : "=r"(value));
	note(NOTE_WORK, "cr8", value);
	if (value)
		__asm__ volatile("mov %0, %%cr8" : : "r"(0ull));
}

static void describe_changes(const struct vmcs12 *from, const struct vmcs12 *to)
{
	for (unsigned i = 0; i < VMCS_FIELD_COUNT && note_in_words(); i++)
		if (from->field[i] != to->field[i])
			note_text("changed %s from %lx to %lx", vmcs_field_info[i].name, from->field[i], to->field[i]);
}

static void describe(const struct entry_case *c, const struct vmcs12 *base)
{
	const uint8_t *code = (const uint8_t *)L2_AT(L2_CODE) + (VMCS12(&c->vmcs, GUEST_RIP) & 0xfff);
	char hex[160];
	size_t used = 0;

	if (!note_in_words())
		return;
	note_text("mode %s%s%s", l2_mode_name[c->mode], c->by_ept ? "" : " without EPT",
		  c->wants_ad ? " with A/D" : "");
	note_text("controls %lx %lx %lx %lx %lx, exceptions %lx", VMCS12(&c->vmcs, PIN_BASED_VM_EXEC_CONTROL),
		  VMCS12(&c->vmcs, CPU_BASED_VM_EXEC_CONTROL), VMCS12(&c->vmcs, SECONDARY_VM_EXEC_CONTROL),
		  VMCS12(&c->vmcs, VM_EXIT_CONTROLS), VMCS12(&c->vmcs, VM_ENTRY_CONTROLS),
		  VMCS12(&c->vmcs, EXCEPTION_BITMAP));
	for (unsigned i = 0; i < 64; i++)
		used += bare_snprintf(hex + used, sizeof(hex) - used, "%02x", (unsigned)code[i]);
	note_text("code %s", hex);
	describe_changes(base, &c->vmcs);
}

/*
 * Advances RIP as if the instruction had executed. Result registers get values that do not depend
 * on the machine.
 */
static void skip_instruction(struct entry_case *c, uint32_t reason)
{
	struct vmcs12 *v = &c->vmcs;
	uint64_t rip = VMCS12(v, GUEST_RIP) + VMX_GET(VM_EXIT_INSTRUCTION_LEN);

	VMCS12(v, GUEST_RIP) = VMCS12(v, GUEST_CS_AR_BYTES) >> 13 & 1 ? rip : rip & 0xffffffff;
	VMCS12(v, GUEST_INTERRUPTIBILITY_INFO) &= ~(uint64_t)(GUEST_INTR_STATE_STI | GUEST_INTR_STATE_MOV_SS);
	if (reason == VMX_EXIT_CPUID || reason == VMX_EXIT_MSR_READ)
		run_in.gpr[RAX] = run_in.gpr[RDX] = 0x11223344;
	if (reason == VMX_EXIT_RDTSC || reason == VMX_EXIT_RDTSCP)
		run_in.gpr[RAX] = 0x55667788;
}

/*
 * Injects an event again: an exception that L2 has not received, or an event whose delivery caused
 * the exit (SDM 25.9.3).
 */
static void reinject(struct vmcs12 *v, uint32_t info, enum vmcs_field_index code)
{
	uint32_t type = info & INTR_INFO_INTR_TYPE_MASK;

	/* NMI blocking would block the NMI that is injected (SDM 33.7.1.2). */
	if (type == INTR_TYPE_NMI_INTR)
		VMCS12(v, GUEST_INTERRUPTIBILITY_INFO) &= ~(uint64_t)GUEST_INTR_STATE_NMI;
	VMCS12(v, VM_ENTRY_INTR_INFO_FIELD) = info & ~INTR_INFO_UNBLOCK_NMI;
	VMCS12(v, VM_ENTRY_EXCEPTION_ERROR_CODE) = info & INTR_INFO_DELIVER_CODE_MASK ? vmx_get(code) : 0;
	VMCS12(v, VM_ENTRY_INSTRUCTION_LEN) = type >= INTR_TYPE_SOFT_INTR ? VMX_GET(VM_EXIT_INSTRUCTION_LEN) : 0;
}

static void let_access(uint32_t reason)
{
	uint64_t address = VMX_GET(GUEST_PHYSICAL_ADDRESS);

	(void)reason;
	if (address < L2_MEMORY || address >= L2_LARGE)
		return;
	l2_ept_change(l2_ept_entry(0, (unsigned)((address - L2_MEMORY) >> 12)),
		      (address & ~4095ull) | MEMORY_TYPE_WB << EPT_MEMORY_TYPE_SHIFT | EPT_RWX);
	vmx_forget();
}

/* Handles an exit so that L2 can continue. Returns false if that is not possible. */
static bool handle(struct entry_case *c, uint32_t reason)
{
	struct vmcs12 *v = &c->vmcs;
	uint32_t info = (uint32_t)VMX_GET(VM_EXIT_INTR_INFO), vectoring = (uint32_t)VMX_GET(IDT_VECTORING_INFO_FIELD);

	if (vectoring & INTR_INFO_VALID_MASK)
		reinject(v, vectoring, VMCS_INDEX_IDT_VECTORING_ERROR_CODE);
	switch (reason) {
	case VMX_EXIT_EXCEPTION_NMI:
		if (vectoring & INTR_INFO_VALID_MASK || dice_percent(&c->steps, 30))
			return false;
		reinject(v, info, VMCS_INDEX_VM_EXIT_INTR_ERROR_CODE);
		return true;
	case VMX_EXIT_INTERRUPT_WINDOW:
		VMCS12(v, CPU_BASED_VM_EXEC_CONTROL) &= ~(uint64_t)CPU_BASED_INTR_WINDOW_EXITING;
		VMCS12(v, VM_ENTRY_INTR_INFO_FIELD) = INTR_INFO_VALID_MASK | 0x21;
		return true;
	case VMX_EXIT_NMI_WINDOW:
		VMCS12(v, CPU_BASED_VM_EXEC_CONTROL) &= ~(uint64_t)CPU_BASED_NMI_WINDOW_EXITING;
		VMCS12(v, VM_ENTRY_INTR_INFO_FIELD) = INTR_INFO_VALID_MASK | INTR_TYPE_NMI_INTR | 2;
		return true;
	case VMX_EXIT_EPT_VIOLATION:
	case VMX_EXIT_EPT_MISCONFIG:
		let_access(reason);
		return true;
	case VMX_EXIT_MONITOR_TRAP_FLAG:
		return true;
	case VMX_EXIT_TRIPLE_FAULT:
	case VMX_EXIT_TASK_SWITCH:
		return false;
	default:
		if (reason < VMX_EXIT_CPUID)
			return false;
		skip_instruction(c, reason);
		return true;
	}
}

/*
 * True if NMI blocking may have been active in this case. Once active, the blocking and its kind
 * (NMI or virtual NMI) must not change. Bochs ignores the field here: only an IRET ends virtual-NMI
 * blocking, and it survives into the next guest.
 */
static bool was_blocked;

static void keep_blocking(const struct vmcs12 *before, struct vmcs12 *v)
{
	uint64_t nmi = VMCS12(before, GUEST_INTERRUPTIBILITY_INFO) & GUEST_INTR_STATE_NMI;

	if ((VMCS12(v, VM_ENTRY_INTR_INFO_FIELD) & INTR_INFO_INTR_TYPE_MASK) == INTR_TYPE_NMI_INTR)
		nmi = 0;
	VMCS12(v, GUEST_INTERRUPTIBILITY_INFO) |= nmi;
	VMCS12(v,
	       PIN_BASED_VM_EXEC_CONTROL) = (VMCS12(v, PIN_BASED_VM_EXEC_CONTROL) & ~(uint64_t)PIN_BASED_VIRTUAL_NMIS) |
					    (VMCS12(before, PIN_BASED_VM_EXEC_CONTROL) & PIN_BASED_VIRTUAL_NMIS);
}

static void may_be_blocked(const struct vmcs12 *v)
{
	const uint32_t nmi = INTR_INFO_VALID_MASK | INTR_TYPE_NMI_INTR;

	if (VMCS12(v, GUEST_INTERRUPTIBILITY_INFO) & GUEST_INTR_STATE_NMI ||
	    (VMCS12(v, VM_ENTRY_INTR_INFO_FIELD) & nmi) == nmi)
		was_blocked = true;
}

static void unblock(void)
{
	static struct entry_case c;
	struct dice d = dice_of(0, 0);

	was_blocked = false;
	entry_base(&c, L2_64, &d);
	l2_reset(false);
	VMCS12(&c.vmcs, PIN_BASED_VM_EXEC_CONTROL) |= PIN_BASED_VIRTUAL_NMIS;
	VMCS12(&c.vmcs, EXCEPTION_BITMAP) = 0;
	program_iret(&c);
	if (!entry_is_possible(&c))
		return;
	vmx_forget();
	vmx_fresh(&vmx_vmcs[0]);
	entry_write(&c.vmcs);
	run_in.rflags = 2;
	run_code(run_launch, false);
	host_restore(false, 0);
}

/*
 * Clears the VMCS, or makes another VMCS current for a moment, and loads the VMCS again. Returns
 * true if the VMCS was cleared and needs VMLAUNCH.
 */
static bool leave_and_come_back(struct entry_case *c, struct vmx_page *vmcs)
{
	uint64_t address = (uintptr_t)vmcs, other = (uintptr_t)&vmx_vmcs[vmcs == &vmx_vmcs[0]];
	bool clear = dice_percent(&c->steps, 50);

	if (clear)
		__asm__ volatile("vmclear %0" : : "m"(address) : "cc", "memory");
	else
		__asm__ volatile("vmptrld %0" : : "m"(other) : "cc", "memory");
	__asm__ volatile("vmptrld %0" : : "m"(address) : "cc", "memory");
	return clear;
}

/* Enters L2 up to ENTRY_STEPS times. Returns true if at least one VM exit occurred. */
static bool run_steps(struct entry_case *c, struct vmx_page *vmcs)
{
	bool launch = true;

	for (unsigned step = 0; step < ENTRY_STEPS; step++) {
		enum run_end end;
		struct vmcs12 before;
		uint32_t reason;
		bool failed;

		may_be_blocked(&c->vmcs);
		end = run_code(launch ? run_launch : run_resume, false);
		note(NOTE_EXIT, "end", end);
		if (end != RUN_EXIT) {
			host_restore(false, 0);
			note(NOTE_EXIT, "flags", run_out.rflags & 0x8d5);
			note(NOTE_EXIT, "VM_INSTRUCTION_ERROR", VMX_GET(VM_INSTRUCTION_ERROR));
			word(end == RUN_FAULT ? "fault%u " : "fail%u ",
			     end == RUN_FAULT ? (unsigned)run_fault.vector : (unsigned)VMX_GET(VM_INSTRUCTION_ERROR));
			return step > 0;
		}
		saved_note(c);
		/*
		 * If the entry fails, the manual does not define whether EFER already held L2's
		 * value. The exit may keep bits of that value (SDM 27.8). So only LME and LMA are
		 * noted.
		 */
		failed = VMX_GET(VM_EXIT_REASON) & VMX_EXIT_REASON_ENTRY_FAILURE;
		host_restore(step == 0, failed ? EFER_LME | EFER_LMA : UINT64_MAX);
		reason = (uint32_t)VMX_GET(VM_EXIT_REASON);
		if (reason & VMX_EXIT_REASON_ENTRY_FAILURE) {
			word("bad%u ", reason & 0xffff);
			return true;
		}
		word("%u ", reason);
		launch = false;
		run_in = run_out;
		before = c->vmcs;
		VMCS12(&c->vmcs, VM_ENTRY_INTR_INFO_FIELD) = 0;
		if (step + 1 == ENTRY_STEPS || !handle(c, reason))
			return true;
		if (!c->reads_time && dice_percent(&c->steps, 20)) {
			entry_change(c, &c->steps);
			/* Cached translations may belong to the old tables (SDM 29.4.3). */
			vmx_forget();
		}
		entry_keep_bounded(c);
		keep_blocking(&before, &c->vmcs);
		if (!entry_is_possible(c)) {
			word("skip ", 0);
			return true;
		}
		entry_write_changes(&before, &c->vmcs);
		describe_changes(&before, &c->vmcs);
		if (dice_percent(&c->steps, 10))
			launch = leave_and_come_back(c, vmcs);
	}
	return true;
}

void entry_run(struct dice *d, char *outcome, unsigned size)
{
	static struct entry_case c;
	static struct vmcs12 base;
	struct vmx_page *vmcs = &vmx_vmcs[dice_below(d, 2)];
	unsigned changes = dice_below(d, 4);

	words = outcome;
	words_size = size;
	entry_base(&c, entry_any_mode(d), d);
	l2_reset(c.mode == L2_64_USER);
	base = c.vmcs;
	c.steps = dice_of(dice_64(d), 0);
	for (unsigned i = 0; i < changes; i++)
		entry_change(&c, d);
	entry_keep_bounded(&c);
	c.other_code = VMCS12(&c.vmcs, GUEST_CS_AR_BYTES) != VMCS12(&base, GUEST_CS_AR_BYTES) ||
		       VMCS12(&c.vmcs, VM_ENTRY_CONTROLS) != VMCS12(&base, VM_ENTRY_CONTROLS);
	program_make(&c, d);
	bare_snprintf(outcome, size, "%s ", l2_mode_name[c.mode]);
	if (!entry_is_possible(&c)) {
		word("skip ", 0);
		return;
	}
	describe(&c, &base);
	reset_registers();
	run_iret();
	vmx_forget();
	vmx_fresh(vmcs);
	entry_write(&c.vmcs);
	if (run_steps(&c, vmcs))
		saved_note_all(&c);
	note_debug_registers();
	l2_note_memory(c.mode == L2_64_USER);
	if (c.changes_msrs) {
		lists_note();
		lists_restore_msrs();
	}
	if (was_blocked)
		unblock();
}
