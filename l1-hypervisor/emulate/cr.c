// SPDX-License-Identifier: GPL-2.0-only
/*
 * Emulates accesses to control and debug registers. The guest reads the bits that this hypervisor
 * owns from the read shadow, so a write changes the shadow and the register.
 */
#include "l1-hypervisor/emulate/cr.h"

#include "l1-hypervisor/backend/backend.h"
#include "l1-hypervisor/emulate/guest_cpuid.h"
#include "l1-hypervisor/events/events.h"
#include "l1-hypervisor/events/lapic.h"
#include "l1-hypervisor/events/vapic.h"
#include "l1-hypervisor/memory/guest_paging.h"
#include "microbench/bare/bare.h"
#include "microbench/bare/cpu.h"
#include "vmcs-shadow/x86.h"

#define CR3_RESERVED 0x7ff0000000000000ull /* bits 52 to 62 are reserved on any CPU */

#define XCR0_MPX    (3ull << 3)
#define XCR0_AVX512 (7ull << 5)
#define XCR0_AMX    (3ull << 17)

/*
 * Switches IA-32e mode when the guest turns paging on or off. IA32_EFER.LME decides (SDM 10.8.5),
 * and the VM-entry control must match.
 */
static void change_mode(bool paging)
{
	uint64_t efer = state_read(IA32_EFER);
	bool is_long = paging && efer & EFER_LME;

	state_write(IA32_EFER, is_long ? efer | EFER_LMA : efer & ~EFER_LMA);
	state_set_long_mode(is_long);
}

/*
 * Writes the guest's value plus the bits that the CPU requires. The exit comes before the
 * instruction's own checks (SDM vol. 2, MOV to control registers), so they are made here. Returns
 * false if the guest gets a #GP.
 */
static bool write_owned_cr0(struct vcpu *vcpu, uint64_t value)
{
	uint64_t changed = (value ^ state_read(CR0)) & CR0_PG;

	if (value >> 32 || (value & (CR0_PG | CR0_PE)) == CR0_PG || (value & (CR0_NW | CR0_CD)) == CR0_NW)
		return false;
	if (~value & vcpu->cr0_must_be_1)
		return false;
	if (changed & value && state_read(IA32_EFER) & EFER_LME && !(state_read(CR4) & CR4_PAE))
		return false;
	if (changed & ~value && state_is_long_code())
		return false;
	state_set_cr0(value);
	if (changed)
		change_mode(value & CR0_PG);
	return true;
}

static bool write_owned_cr4(struct vcpu *vcpu, uint64_t value)
{
	if (!state_supports_cr4(value) || (!(value & CR4_PAE) && state_is_long_mode()))
		return false;
	if (~value & vcpu->cr4_must_be_1 || value & vcpu->cr4_must_be_0)
		return false;
	state_set_cr4(value);
	return true;
}

/* With shadow tables, paging depends on these registers, so guest_paging.c handles them. */
static bool move_to_paging(struct vcpu *vcpu, unsigned number, uint64_t value)
{
	switch (number) {
	case 0:
		return paging_write_cr0(vcpu, value);
	case 3:
		return paging_write_cr3(vcpu, value);
	default:
		return paging_write_cr4(vcpu, value);
	}
}

static bool cr_write(struct vcpu *vcpu, unsigned number, uint64_t value)
{
	if (vcpu->shadow && number != 8)
		return move_to_paging(vcpu, number, value);
	switch (number) {
	case 0:
		return write_owned_cr0(vcpu, value);
	case 3:
		if (value & CR3_RESERVED)
			return false;
		/*
		 * Bit 63 requests no flush and is not stored (SDM 5.10.4.1). Without it, cached
		 * translations must be invalidated. A VMWRITE and a VM entry with a VPID do not do
		 * this.
		 */
		state_write(CR3, value & ~CR3_NO_FLUSH);
		if (!(value & CR3_NO_FLUSH))
			tlb_flush_guest();
		return true;
	case 4:
		return write_owned_cr4(vcpu, value);
	case 8:
		return value <= 15 && vapic_write(vcpu, APIC_TPR, value << 4);
	default:
		return false;
	}
}

static uint64_t cr_read(struct vcpu *vcpu, unsigned number)
{
	uint64_t tpr = 0;

	if (number == 8) {
		vapic_read(vcpu, APIC_TPR, &tpr);
		return tpr >> 4;
	}
	return vcpu->shadow ? paging_cr3(vcpu) : state_read(CR3);
}

/* Ends the emulation of an instruction: skips it, or injects its exception. */
static inline enum outcome complete(struct vcpu *vcpu, bool done, unsigned vector, bool has_error)
{
	if (done)
		skip_instruction();
	else
		event_exception(vcpu, vector, has_error, 0);
	return OUTCOME_RESUME;
}

enum outcome cr_move_to(struct vcpu *vcpu, unsigned number, uint64_t value)
{
	return complete(vcpu, cr_write(vcpu, number, value), VECTOR_GP, true);
}

enum outcome cr_move_from(struct vcpu *vcpu, unsigned number, unsigned reg)
{
	register_write(vcpu, reg, cr_read(vcpu, number));
	skip_instruction();
	return OUTCOME_RESUME;
}

/*
 * While MOV DR traps, memory holds the guest's DR0 to DR3. An access to the CPU's registers would
 * cost an exit of this hypervisor each time.
 */
#define FOR_EACH_DR(X) X(0) X(1) X(2) X(3)

void dr_save(struct vcpu *vcpu)
{
#define READ(n) __asm__ volatile("mov %%dr" #n ", %0" : "=r"(vcpu->dr[n]));
	FOR_EACH_DR(READ)
#undef READ
	counters.housekeeping += 4;
}

void dr_restore(struct vcpu *vcpu)
{
#define WRITE(n) __asm__ volatile("mov %0, %%dr" #n : : "r"(vcpu->dr[n]));
	FOR_EACH_DR(WRITE)
#undef WRITE
	counters.housekeeping += 4;
}

static bool dr_write(struct vcpu *vcpu, unsigned number, uint64_t value)
{
	if (number < 4) {
		vcpu->dr[number] = value;
	} else if (number == 7) {
		if (value & 0xff)
			guest_dump_and_fail(vcpu,
					    "the guest enables a breakpoint, which is unsupported while MOV DR traps");
		state_write(DR7, value);
	} else if (number == 6) {
		counters.housekeeping++;
		__asm__ volatile("mov %0, %%dr6" : : "r"((value & 0xe00f) | 0xffff0ff0)); /* the other bits are fixed */
	} else {
		return false;
	}
	return true;
}

static bool dr_read(struct vcpu *vcpu, unsigned number, uint64_t *value)
{
	if (number < 4)
		*value = vcpu->dr[number];
	else if (number == 7)
		*value = state_read(DR7);
	else if (number == 6)
		__asm__ volatile("mov %%dr6, %0" : "=r"(*value));
	else
		return false;
	return true;
}

enum outcome dr_move_to(struct vcpu *vcpu, unsigned number, uint64_t value)
{
	return complete(vcpu, dr_write(vcpu, number, value), VECTOR_UD, false);
}

enum outcome dr_move_from(struct vcpu *vcpu, unsigned number, unsigned reg)
{
	uint64_t value;
	const bool exists = dr_read(vcpu, number, &value);

	if (exists)
		register_write(vcpu, reg, value);
	return complete(vcpu, exists, VECTOR_UD, false);
}

enum outcome xsetbv_exit(struct vcpu *vcpu, uint32_t reason __attribute__((unused)))
{
	uint64_t value = (vcpu->regs.rdx << 32) | (uint32_t)vcpu->regs.rax;
	struct cpuid_result valid = guest_cpuid_leaf(0xd, 0);

	/*
	 * Checks of SDM 13.3: x87 is always on, and AVX needs SSE. The three AVX-512 bits go
	 * together and need AVX. The two MPX bits go together. So do the two AMX bits. Bits that
	 * CPUID does not report are reserved. Without these checks the XSETBV below would raise #GP
	 * in this hypervisor.
	 */
	if ((uint32_t)vcpu->regs.rcx != 0 || !(value & 1) || (value & 6) == 4 ||
	    (value & XCR0_AVX512 && (value & (XCR0_AVX512 | 6)) != (XCR0_AVX512 | 6)) ||
	    (value & XCR0_MPX && (value & XCR0_MPX) != XCR0_MPX) ||
	    (value & XCR0_AMX && (value & XCR0_AMX) != XCR0_AMX) || value & ~((uint64_t)valid.edx << 32 | valid.eax)) {
		event_exception(vcpu, VECTOR_GP, true, 0);
		return OUTCOME_RESUME;
	}
	/*
	 * The VMCS does not hold XCR0, so the guest's value stays in the CPU. This hypervisor does
	 * not use XCR0.
	 */
	if (value != vcpu->xcr0) {
		counters.housekeeping += 2; /* both instructions exit if a hypervisor is below */
		write_cr4(read_cr4() | CR4_OSXSAVE);
		__asm__ volatile("xsetbv" : : "c"(0), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)));
		vcpu->xcr0 = value;
	}
	skip_instruction();
	return OUTCOME_RESUME;
}
