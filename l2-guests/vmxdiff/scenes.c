// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs the scenes. Each starts from a valid VMCS, changes one thing, and checks the result that the
 * manual requires.
 */
#include "l2-guests/vmxdiff/scenes.h"

#include "l2-guests/vmxdiff/code.h"
#include "l2-guests/vmxdiff/diff_entry.h"
#include "l2-guests/vmxdiff/diff_host.h"
#include "l2-guests/vmxdiff/diff_run.h"
#include "l2-guests/vmxdiff/diff_vmx.h"
#include "l2-guests/vmxdiff/l2.h"
#include "l2-guests/vmxdiff/case_hash.h"
#include "l2-guests/vmxdiff/print_case.h"
#include "microbench/bare/bare.h"
#include "microbench/bare/cpu.h"
#include "vmcs-shadow/x86.h"

#define MSR_X2APIC_TPR  0x808u
#define MSR_X2APIC_EOI  0x80bu
#define MSR_X2APIC_SVR  0x80fu
#define MSR_X2APIC_SELF 0x83fu

#define IF       (1ull << 9)
#define TF       (1ull << 8)
#define VECTOR   0x28u /* L1's interrupt vector */
#define INJECTED 0x22u

#define HANDLER(vector) (L2_AT(L2_HANDLERS) + 16ull * (vector))

struct msr_entry {
	uint32_t msr, reserved;
	uint64_t value;
};

static struct entry_case c;
static struct code code;
static struct msr_entry list[4] __attribute__((aligned(16)));

#define V(name) VMCS12(&c.vmcs, name)

/* Code that ends with a jump to run_back. */
extern uint64_t scene_operand;
uint64_t scene_operand;
extern const uint8_t scene_vmxon[], scene_invd[];
__asm__(".text\n"
	"scene_vmxon: vmxon scene_operand(%rip)\n jmp run_back\n"
	"scene_invd: invd\n jmp run_back\n");

static void begin(void)
{
	struct dice d = dice_of(1, 1);

	note_begin(0, false);
	entry_base(&c, L2_64, &d);
	l2_reset(false);
	V(PIN_BASED_VM_EXEC_CONTROL) |= PIN_BASED_EXT_INTR_MASK | PIN_BASED_NMI_EXITING;
	V(PIN_BASED_VM_EXEC_CONTROL) &= ~(uint64_t)(PIN_BASED_VIRTUAL_NMIS | PIN_BASED_VMX_PREEMPTION_TIMER);
	V(CPU_BASED_VM_EXEC_CONTROL) = 0x04006172 | CPU_BASED_ACTIVATE_SECONDARY_CONTROLS | CPU_BASED_USE_MSR_BITMAPS;
	V(SECONDARY_VM_EXEC_CONTROL) = SECONDARY_EXEC_ENABLE_EPT | SECONDARY_EXEC_ENABLE_VPID |
				       SECONDARY_EXEC_UNRESTRICTED_GUEST;
	V(VM_EXIT_CONTROLS) = 0x36dfb | VM_EXIT_HOST_ADDR_SPACE_SIZE | VM_EXIT_SAVE_DEBUG_CONTROLS |
			      VM_EXIT_ACK_INTR_ON_EXIT | VM_EXIT_SAVE_IA32_EFER | VM_EXIT_LOAD_IA32_EFER;
	V(VM_ENTRY_CONTROLS) = 0x11fb | VM_ENTRY_IA32E_MODE | VM_ENTRY_LOAD_DEBUG_CONTROLS | VM_ENTRY_LOAD_IA32_EFER;
	V(EXCEPTION_BITMAP) = 0;
	V(PAGE_FAULT_ERROR_CODE_MASK) = V(PAGE_FAULT_ERROR_CODE_MATCH) = 0;
	V(MSR_BITMAP) = lists_msr_bitmap(1);
	V(EPT_POINTER) = l2_eptp();
	V(GUEST_RFLAGS) = 2;
	V(GUEST_INTERRUPTIBILITY_INFO) = 0;
	V(CR0_GUEST_HOST_MASK) = CR0_NE;
	V(CR4_GUEST_HOST_MASK) = CR4_VMXE;
	V(GUEST_RIP) = L2_AT(L2_CODE);
	code = (struct code){(uint8_t *)L2_AT(L2_CODE), 64};
	memset(&run_in, 0, sizeof(run_in));
	run_in.rflags = 2;
}

/*
 * Writes the VMCS but keeps cached translations. After the first entry, L0 has already mapped the
 * memory that L2 needs.
 */
static void write_again(void)
{
	vmx_fresh(&vmx_vmcs[0]);
	entry_write(&c.vmcs);
}

static void write_vmcs(void)
{
	vmx_forget();
	write_again();
}

static void judge(const char *name, bool good, enum run_end end)
{
	if (good)
		say("ok %s", name);
	else if (end == RUN_EXIT)
		say("not ok %s: exit %lx, qualification %lx, rip %lx, interruption %lx, interruptibility %lx", name,
		    VMX_GET(VM_EXIT_REASON), VMX_GET(EXIT_QUALIFICATION), VMX_GET(GUEST_RIP),
		    VMX_GET(VM_EXIT_INTR_INFO), VMX_GET(GUEST_INTERRUPTIBILITY_INFO));
	else
		say("not ok %s: %s %lx", name, end == RUN_FAULT ? "fault" : "no fault, flags",
		    end == RUN_FAULT ? run_fault.vector : run_out.rflags);
	say_flush();
}

static enum run_end go(const void *how)
{
	enum run_end end = run_code(how, false);

	host_restore(false, 0);
	return end;
}

static bool exited(enum run_end end, uint32_t reason)
{
	return end == RUN_EXIT && VMX_GET(VM_EXIT_REASON) == reason;
}

static bool interrupted(enum run_end end)
{
	return exited(end, VMX_EXIT_EXTERNAL_INTERRUPT) &&
	       VMX_GET(VM_EXIT_INTR_INFO) == (INTR_INFO_VALID_MASK | INTR_TYPE_EXT_INTR | VECTOR);
}

/* --- L1's interrupts stay pending because L1 has RFLAGS.IF = 0 --- */

static void interrupt_pending(void)
{
	wrmsr(MSR_X2APIC_SELF, VECTOR);
}

static void interrupt_is_over(void)
{
	wrmsr(MSR_X2APIC_EOI, 0);
}

static void before_the_first_instruction(void)
{
	enum run_end end;

	begin();
	V(GUEST_RFLAGS) |= IF;
	code_bytes(&code, 3, 0xc1010f); /* VMCALL */
	write_vmcs();
	interrupt_pending();
	end = go(run_launch);
	judge("an interrupt comes before L2's first instruction",
	      interrupted(end) && VMX_GET(GUEST_RIP) == L2_AT(L2_CODE), end);
	interrupt_is_over();
	end = go(run_resume);
	judge("the VMCS is launched all the same", exited(end, VMX_EXIT_VMCALL), end);
}

static void behind_sti(void)
{
	enum run_end end;

	begin();
	V(GUEST_RFLAGS) |= IF;
	V(GUEST_INTERRUPTIBILITY_INFO) = GUEST_INTR_STATE_STI;
	code_bytes(&code, 1, 0x90);
	code_bytes(&code, 3, 0xc1010f);
	write_vmcs();
	interrupt_pending();
	end = go(run_launch);
	judge("and behind one more where STI blocks it", interrupted(end) && VMX_GET(GUEST_RIP) == L2_AT(L2_CODE) + 1,
	      end);
	interrupt_is_over();
}

/*
 * `exits`: L1 uses external-interrupt exiting. `touched`: L2 has already executed its handlers, so
 * L0 has no other work during the entry.
 */
static void with_an_event(bool exits, bool touched, const char *name)
{
	static const uint8_t sti[] = {0xfb, 0x90, 0x90, 0x90, 0x0f, 0x01, 0xc1};
	enum run_end end = RUN_BACK;

	begin();
	V(GUEST_RFLAGS) |= IF;
	if (!exits)
		V(PIN_BASED_VM_EXEC_CONTROL) &= ~(uint64_t)PIN_BASED_EXT_INTR_MASK;
	memcpy((void *)HANDLER(INJECTED), sti, sizeof(sti));
	V(VM_ENTRY_INTR_INFO_FIELD) = INTR_INFO_VALID_MASK | INTR_TYPE_EXT_INTR | INJECTED;
	write_vmcs();
	if (touched) {
		go(run_launch);
		write_again();
	}
	interrupt_pending();
	end = go(run_launch);
	if (exits)
		judge(name, interrupted(end) && VMX_GET(GUEST_RIP) == HANDLER(INJECTED), end);
	else
		judge(name, exited(end, VMX_EXIT_VMCALL) && VMX_GET(GUEST_RIP) == HANDLER(VECTOR), end);
	interrupt_is_over();
}

static void not_exiting(void)
{
	enum run_end end;

	begin();
	V(PIN_BASED_VM_EXEC_CONTROL) &= ~(uint64_t)PIN_BASED_EXT_INTR_MASK;
	V(GUEST_RFLAGS) |= IF;
	for (unsigned i = 0; i < 8; i++)
		code_bytes(&code, 1, 0x90);
	code_bytes(&code, 3, 0xc1010f);
	write_vmcs();
	interrupt_pending();
	end = go(run_launch);
	judge("an interrupt that does not exit is L2's",
	      exited(end, VMX_EXIT_VMCALL) && VMX_GET(GUEST_RIP) == HANDLER(VECTOR), end);
	interrupt_is_over();
}

static void interrupts(void)
{
	wrmsr(MSR_APIC_BASE, rdmsr(MSR_APIC_BASE) | 0xc00);
	wrmsr(MSR_X2APIC_SVR, 0x1ff);
	wrmsr(MSR_X2APIC_TPR, 0);
	before_the_first_instruction();
	behind_sti();
	with_an_event(true, false, "an interrupt comes behind an event that is injected, before its handler");
	with_an_event(true, true, "and where L0 has nothing else to do");
	with_an_event(false, false, "one that is L2's, when the handler lets it");
	not_exiting();
}

/* --- MSRs whose L2 values are in the VMCS --- */

static void put(unsigned i, uint32_t msr, uint64_t value)
{
	list[i] = (struct msr_entry){msr, 0, value};
}

static void stored(void)
{
	enum run_end end;

	begin();
	code_bytes(&code, 3, 0xc1010f);
	put(0, MSR_SYSENTER_EIP, 0);
	put(1, MSR_EFER, 0);
	put(2, MSR_GS_BASE, 0);
	put(3, MSR_SYSENTER_CS, 0);
	V(GUEST_SYSENTER_EIP) = 0x1234560;
	V(GUEST_SYSENTER_CS) = 0x77;
	V(GUEST_GS_AR_BYTES) = 0xc093;
	V(GUEST_GS_LIMIT) = 0xffffffff;
	V(GUEST_GS_BASE) = 0x777000;
	V(GUEST_IA32_EFER) |= EFER_SCE;
	V(HOST_IA32_EFER) &= ~EFER_SCE;
	V(VM_EXIT_MSR_STORE_ADDR) = (uintptr_t)list;
	V(VM_EXIT_MSR_STORE_COUNT) = 4;
	write_vmcs();
	end = go(run_launch);
	judge("L2 MSRs that the exit stores",
	      exited(end, VMX_EXIT_VMCALL) && list[0].value == 0x1234560 && list[1].value == V(GUEST_IA32_EFER) &&
		      list[2].value == 0x777000 && list[3].value == 0x77,
	      end);
}

static void loaded_by_the_entry(void)
{
	enum run_end end;

	begin();
	code_bytes(&code, 3, 0xc1010f);
	V(VM_ENTRY_CONTROLS) &= ~(uint64_t)VM_ENTRY_LOAD_IA32_EFER;
	put(0, MSR_EFER, rdmsr(MSR_EFER) ^ EFER_SCE);
	put(1, MSR_SYSENTER_EIP, 0x7654320);
	V(VM_ENTRY_MSR_LOAD_ADDR) = (uintptr_t)list;
	V(VM_ENTRY_MSR_LOAD_COUNT) = 2;
	write_vmcs();
	end = go(run_launch);
	judge("L2 MSRs that the entry loads",
	      exited(end, VMX_EXIT_VMCALL) && !((VMX_GET(GUEST_IA32_EFER) ^ list[0].value) & EFER_SCE) &&
		      VMX_GET(GUEST_SYSENTER_EIP) == 0x7654320,
	      end);
	/* An entry cannot load x2APIC MSRs (SDM 27.4). */
	put(1, MSR_X2APIC_TPR, 0);
	V(GUEST_IA32_EFER) ^= EFER_SCE;
	write_vmcs();
	end = go(run_launch);
	judge("and one that it cannot load",
	      exited(end, VMX_EXIT_MSR_LOAD_FAIL | VMX_EXIT_REASON_ENTRY_FAILURE) && VMX_GET(EXIT_QUALIFICATION) == 2 &&
		      VMX_GET(GUEST_IA32_EFER) == V(GUEST_IA32_EFER) &&
		      VMX_GET(GUEST_SYSENTER_EIP) == V(GUEST_SYSENTER_EIP),
	      end);
}

static void loaded_by_the_exit(void)
{
	enum run_end end;
	uint64_t efer;

	begin();
	code_bytes(&code, 3, 0xc1010f);
	V(VM_EXIT_CONTROLS) &= ~(uint64_t)VM_EXIT_LOAD_IA32_EFER;
	put(0, MSR_EFER, rdmsr(MSR_EFER) ^ EFER_SCE);
	V(GUEST_IA32_EFER) = (V(GUEST_IA32_EFER) & ~EFER_SCE) | (rdmsr(MSR_EFER) & EFER_SCE);
	V(VM_EXIT_MSR_LOAD_ADDR) = (uintptr_t)list;
	V(VM_EXIT_MSR_LOAD_COUNT) = 1;
	write_vmcs();
	end = run_code(run_launch, false);
	efer = rdmsr(MSR_EFER);
	host_restore(false, 0);
	judge("L1 MSRs that the exit loads", exited(end, VMX_EXIT_VMCALL) && !((efer ^ list[0].value) & EFER_SCE), end);
}

/* --- Instructions that an L0 emulates --- */

static void behind_an_instruction(void)
{
	enum run_end end;

	begin();
	V(EXCEPTION_BITMAP) = 1u << VECTOR_DB;
	code_bytes(&code, 1, 0xfb);   /* STI */
	code_bytes(&code, 2, 0x300f); /* WRMSR */
	code_bytes(&code, 2, 0xa20f); /* CPUID */
	run_in.gpr[RCX] = MSR_SYSENTER_EIP;
	run_in.gpr[RAX] = 0x1000;
	write_vmcs();
	end = go(run_launch);
	judge("what STI blocks is over behind WRMSR",
	      exited(end, VMX_EXIT_CPUID) && !VMX_GET(GUEST_INTERRUPTIBILITY_INFO), end);
	V(GUEST_RIP)++;
	V(GUEST_RFLAGS) |= TF;
	/* Bochs counts an EPT violation that only L0 sees as a single step. */
	write_again();
	end = go(run_launch);
	judge("a single step behind WRMSR",
	      exited(end, VMX_EXIT_EXCEPTION_NMI) && VMX_GET(EXIT_QUALIFICATION) == 1u << 14 &&
		      VMX_GET(GUEST_RIP) == L2_AT(L2_CODE) + 3,
	      end);
}

static void of_l1_itself(void)
{
	uint64_t cr0 = read_cr0();
	enum run_end end;

	end = run_code(scene_invd, false);
	judge("INVD in L1", end == RUN_BACK, end);
	run_code(run_vmxoff, false);
	write_cr0(cr0 & ~CR0_NE);
	scene_operand = (uintptr_t)&vmx_on_page;
	end = run_code(scene_vmxon, false);
	write_cr0(cr0);
	judge("VMXON with CR0.NE = 0", end == RUN_FAULT && run_fault.vector == VECTOR_GP, end);
	vmx_again();
}

void scenes_run(void)
{
	interrupts();
	stored();
	loaded_by_the_entry();
	loaded_by_the_exit();
	behind_an_instruction();
	of_l1_itself();
	say("done");
}
