// SPDX-License-Identifier: GPL-2.0-only
/*
 * Emulates the control registers that affect paging (SDM 2.5, 5.1). The guest reads CR0 and CR4
 * from the read shadows. A write traps if it changes a bit that affects paging. In CR4 it also
 * traps if it sets a feature that guest_walk.c does not support.
 */
#include "l1-hypervisor/memory/guest_paging.h"

#include "l1-hypervisor/backend/backend.h"
#include "l1-hypervisor/cpu/vcpu.h"
#include "l1-hypervisor/memory/protected_shadow.h"
#include "l1-hypervisor/memory/shadow.h"
#include "microbench/bare/bare.h"
#include "microbench/bare/cpu.h"
#include "vmcs-shadow/x86.h"

#define CR0_OWNED (CR0_PE | CR0_NE | CR0_WP | CR0_NW | CR0_CD | CR0_PG)
/*
 * VME, PVI, TSD, DE, MCE, PCE, OSFXSR, OSXMMEXCPT, UMIP, FSGSBASE, OSXSAVE: the guest changes these
 * bits in the CPU directly.
 */
#define CR4_FREE     0x50f4full
#define PAGE_ADDRESS 0x000ffffffffff000ull /* the address bits of CR3 */
#define CR4_PAGING   (CR4_PSE | CR4_PAE | CR4_PGE | CR4_PCIDE | CR4_SMEP)

static void *table_entry(void *context, uint64_t physical)
{
	return running_memory(context, physical, 8);
}

/*
 * The CPU always has protected mode, paging and write protection on. The shadow tables implement
 * the guest's settings.
 */
static uint64_t cpu_cr0(uint64_t value)
{
	return state_required_cr0(value | CR0_PE | CR0_PG | CR0_WP);
}

/*
 * Shadow tables have 8-byte entries in every mode, so PAE is always on. Without guest paging,
 * shadow pages allow user access, so SMEP must be off.
 */
static uint64_t cpu_cr4(struct vcpu *vcpu, uint64_t value)
{
	value = (value | CR4_PAE) & ~CR4_PCIDE; /* shadow tables use no PCIDs */
	if (!(vcpu->paging.cr0 & CR0_PG))
		value &= ~CR4_SMEP;
	return state_required_cr4(value);
}

static uint64_t cpu_efer(struct vcpu *vcpu)
{
	uint64_t lma = vcpu->paging.efer & EFER_LMA;

	return (vcpu->paging.efer & EFER_SCE) | (vcpu->paging.has_nx ? EFER_NXE : 0) | (lma ? EFER_LMA | EFER_LME : 0);
}

bool paging_is_long_code(struct vcpu *vcpu)
{
	return vcpu->paging.efer & EFER_LMA && state_is_long_code();
}

/* Outside 64-bit code a MOV has a 32-bit operand. */
static uint64_t operand(struct vcpu *vcpu, uint64_t value)
{
	return value >> 32 && !paging_is_long_code(vcpu) ? (uint32_t)value : value;
}

/* The parts of the paging state before a change that decide what the change needs. */
struct old_state {
	enum walk_mode mode;
	bool nxe;
};

/*
 * Updates the walk's paging state for new register values. With PAE paging, a write to a register
 * that affects paging loads the four PDPTEs (SDM 5.4.1). Returns false if a PDPTE has reserved
 * bits, which is a #GP; then nothing changes.
 */
static bool update_state(struct vcpu *vcpu, struct old_state *old, uint64_t cr0, uint64_t cr3, uint64_t cr4,
			 uint64_t efer)
{
	struct walk_paging *state = &vcpu->paging.state;
	const enum walk_mode mode = !(cr0 & CR0_PG)   ? WALK_OFF
				    : efer & EFER_LMA ? WALK_4LEVEL
				    : cr4 & CR4_PAE   ? WALK_PAE
						      : WALK_32BIT;
	const enum walk_result result = mode == WALK_PAE ? walk_load_pdptes(state, cr3) : WALK_GOOD;

	if (result == WALK_BEYOND)
		bare_fail("the guest loads CR3 with %lx, outside its memory of %lu MiB", cr3, vcpu->size >> 20);
	if (result != WALK_GOOD)
		return false;
	*old = (struct old_state){state->mode, state->nxe};
	state->mode = mode;
	state->wp = cr0 & CR0_WP;
	state->nxe = efer & EFER_NXE;
	state->smep = cr0 & CR0_PG && cr4 & CR4_SMEP;
	state->pse = cr4 & CR4_PSE;
	state->root = cr3 & (mode == WALK_32BIT ? 0xfffff000ull : PAGE_ADDRESS);
	return true;
}

/* Switches the CPU between IA-32e mode, for 4-level tables, and legacy mode. */
static void change_mode(struct vcpu *vcpu, bool is_long)
{
	state_set_long_mode(is_long);
	state_set_efer(cpu_efer(vcpu));
}

/*
 * Call it after update_state(). Any change of the state empties a virtual TLB. Write-protected
 * tables stay, unless EFER.NXE changes, because NXE affects their entries. They do not support
 * CR0.WP = 0: an entry's rights would depend on the last access.
 */
static void switch_tables(struct vcpu *vcpu, struct old_state old)
{
	const struct walk_paging *state = &vcpu->paging.state;
	const bool is_long = state->mode == WALK_4LEVEL, was_long = old.mode == WALK_4LEVEL;
	const bool was_protected = vcpu->paging.write_protected;

	vcpu->paging.write_protected = vcpu->write_protect && is_long && state->wp;
	if (was_long != is_long)
		change_mode(vcpu, is_long);
	if (vcpu->paging.write_protected)
		state_write(CR3, was_protected && old.nxe == state->nxe ? protected_shadow_root(vcpu, state->root)
									: protected_shadow_begin(vcpu, state->root));
	else if (was_protected || was_long != is_long)
		state_write(CR3, shadow_begin(is_long));
	else
		shadow_drop();
}

void paging_flush(struct vcpu *vcpu)
{
	switch_tables(vcpu, (struct old_state){vcpu->paging.state.mode, vcpu->paging.state.nxe});
}

bool paging_has_pcids(struct vcpu *vcpu)
{
	return (vcpu->shadow ? vcpu->paging.cr4 : state_read(CR4)) & CR4_PCIDE;
}

void paging_drop_translations(struct vcpu *vcpu)
{
	if (vcpu->paging.write_protected)
		state_write(CR3, protected_shadow_begin(vcpu, vcpu->paging.state.root));
	else
		shadow_drop();
}

bool paging_is_write_protected(struct vcpu *vcpu)
{
	return vcpu->paging.write_protected;
}

bool paging_write_cr0(struct vcpu *vcpu, uint64_t value)
{
	uint64_t changed, new_efer = vcpu->paging.efer;
	struct old_state old;

	value = operand(vcpu, value);
	changed = value ^ vcpu->paging.cr0;
	/* Values that raise #GP (SDM vol. 2, MOV to control registers). */
	if (value >> 32 || (value & (CR0_PG | CR0_PE)) == CR0_PG || (value & (CR0_NW | CR0_CD)) == CR0_NW)
		return false;
	if (!(value & CR0_PE))
		bare_fail("the guest leaves protected mode, which requires \"unrestricted guest\"");
	if (changed & value & CR0_PG && vcpu->paging.efer & EFER_LME) {
		if (!(vcpu->paging.cr4 & CR4_PAE) || state_is_long_code())
			return false;
		new_efer |= EFER_LMA;
	} else if (changed & ~value & CR0_PG) {
		if (paging_is_long_code(vcpu) || vcpu->paging.cr4 & CR4_PCIDE)
			return false;
		new_efer &= ~EFER_LMA;
	}
	if (!update_state(vcpu, &old, value, vcpu->paging.cr3, vcpu->paging.cr4, new_efer))
		return false;
	vcpu->paging.cr0 = value;
	vcpu->paging.efer = new_efer;
	state_show_cr0(value);
	state_write(CR0, cpu_cr0(value));
	if (changed & CR0_PG) /* CR0.PG affects the CPU's SMEP */
		state_write(CR4, cpu_cr4(vcpu, (state_read(CR4) & CR4_FREE) | (vcpu->paging.cr4 & ~CR4_FREE)));
	if (changed & (CR0_PG | CR0_WP | CR0_NW | CR0_CD))
		switch_tables(vcpu, old);
	return true;
}

bool paging_write_cr3(struct vcpu *vcpu, uint64_t value)
{
	struct old_state old;

	value = operand(vcpu, value);
	/* Bit 63 requests no flush and is not stored (SDM 5.10.4.1). This code may flush anyway. */
	if (vcpu->paging.cr4 & CR4_PCIDE)
		value &= ~CR3_NO_FLUSH;
	if (value >> vcpu->paging.state.physical_bits)
		return false;
	if (!update_state(vcpu, &old, vcpu->paging.cr0, value, vcpu->paging.cr4, vcpu->paging.efer))
		return false;
	vcpu->paging.cr3 = value;
	switch_tables(vcpu, old);
	return true;
}

bool paging_write_cr4(struct vcpu *vcpu, uint64_t value)
{
	struct old_state old;
	uint64_t changed;

	value = operand(vcpu, value);
	changed = value ^ vcpu->paging.cr4;
	if (value & ~(CR4_FREE | CR4_PAGING) || (value & CR4_SMEP && !vcpu->paging.has_smep))
		return false;
	/* CR4.PCIDE requires 4-level paging and PCID 0 (SDM 5.10.1). */
	if (changed & value & CR4_PCIDE &&
	    (!vcpu->paging.has_pcid || !(vcpu->paging.efer & EFER_LMA) || vcpu->paging.cr3 & CR3_PCID))
		return false;
	if (changed & CR4_PAE && vcpu->paging.efer & EFER_LMA)
		return false;
	if (!update_state(vcpu, &old, vcpu->paging.cr0, vcpu->paging.cr3, value, vcpu->paging.efer))
		return false;
	vcpu->paging.cr4 = value;
	state_show_cr4(value);
	state_write(CR4, cpu_cr4(vcpu, value));
	if (changed & CR4_PAGING)
		switch_tables(vcpu, old);
	return true;
}

bool paging_write_efer(struct vcpu *vcpu, uint64_t value)
{
	const uint64_t valid = EFER_SCE | EFER_LME | EFER_LMA | (vcpu->paging.has_nx ? EFER_NXE : 0);
	uint64_t changed = value ^ vcpu->paging.efer;
	struct old_state old;

	if (value & ~valid || (changed & EFER_LME && vcpu->paging.cr0 & CR0_PG))
		return false;
	value = (value & ~EFER_LMA) | (vcpu->paging.efer & EFER_LMA); /* LMA is read-only */
	if (!update_state(vcpu, &old, vcpu->paging.cr0, vcpu->paging.cr3, vcpu->paging.cr4, value))
		return false;
	vcpu->paging.efer = value;
	state_set_efer(cpu_efer(vcpu));
	if (changed & EFER_NXE)
		switch_tables(vcpu, old);
	return true;
}

uint64_t paging_cr3(struct vcpu *vcpu)
{
	return vcpu->paging.cr3;
}

uint64_t paging_efer(struct vcpu *vcpu)
{
	return vcpu->paging.efer;
}

void paging_invalidate(struct vcpu *vcpu, uint64_t linear)
{
	/*
	 * A guest page of 4 MiB occupies two shadow tables, and a lookup by address finds only one.
	 */
	if (vcpu->paging.write_protected)
		protected_shadow_invalidate(vcpu, linear);
	else if (vcpu->paging.state.mode == WALK_32BIT && vcpu->paging.state.pse)
		shadow_drop();
	else
		shadow_invalidate(linear);
}

static void probe_features(struct vcpu *vcpu)
{
	bool has_addresses = cpuid(0x80000000u, 0).eax >= LEAF_ADDRESSES;
	uint32_t extended = cpuid(LEAF_EXT_1, 0).edx;

	vcpu->paging.state.physical_bits = has_addresses ? cpuid(LEAF_ADDRESSES, 0).eax & 0xff : 36;
	vcpu->paging.state.has_1g = extended & LEAF_EXT_1_EDX_1G;
	vcpu->paging.has_nx = extended & LEAF_EXT_1_EDX_NX;
	vcpu->paging.has_pcid = cpuid(1, 0).ecx & LEAF_1_ECX_PCID;
	vcpu->paging.has_smep = cpuid(0, 0).eax >= 7 && cpuid(7, 0).ebx & LEAF_7_EBX_SMEP;
}

/*
 * With EPT the VMCS holds the guest's registers. A 64-bit code segment implies long mode and so
 * 4-level paging. This test costs one VMREAD that L0 shadows, instead of two that L0 does not
 * shadow. The CPU has already checked NX and read rights for this instruction, so nxe and wp are
 * constant.
 */
static const struct walk_paging *state_from_vmcs(struct vcpu *vcpu)
{
	bool is_long = state_is_long_code();

	vcpu->paging.state.nxe = true;
	vcpu->paging.state.wp = false;
	vcpu->paging.state.root = 0;
	if (is_long || state_is_long_mode())
		vcpu->paging.state.mode = WALK_4LEVEL;
	else if (!(state_read(CR0) & CR0_PG))
		vcpu->paging.state.mode = WALK_OFF;
	else
		vcpu->paging.state.mode = state_read(CR4) & CR4_PAE ? WALK_PAE : WALK_32BIT;
	if (vcpu->paging.state.mode == WALK_PAE) {
		state_read_pdptes(vcpu->paging.state.pdpte);
	} else if (vcpu->paging.state.mode != WALK_OFF) {
		vcpu->paging.state.root = state_read(CR3) &
					  (vcpu->paging.state.mode == WALK_32BIT ? 0xfffff000ull : PAGE_ADDRESS);
		vcpu->paging.state.pse = vcpu->paging.state.mode == WALK_32BIT && state_read(CR4) & CR4_PSE;
	}
	return &vcpu->paging.state;
}

const struct walk_paging *paging_state_for_write(struct vcpu *vcpu)
{
	paging_state(vcpu);
	if (!vcpu->shadow)
		vcpu->paging.state.wp = state_read(CR0) & CR0_WP;
	return &vcpu->paging.state;
}

const struct walk_paging *paging_state(struct vcpu *vcpu)
{
	if (vcpu->shadow)
		return &vcpu->paging.state;
	return state_from_vmcs(vcpu);
}

void paging_init(struct vcpu *vcpu)
{
	vcpu->paging.state = (struct walk_paging){.entry = table_entry, .context = vcpu};
	probe_features(vcpu);
	if (!vcpu->shadow)
		return;
	vcpu->paging.cr0 = CR0_PE | CR0_NE;
	state_own_control_bits(CR0_OWNED, vcpu->paging.cr0, ~CR4_FREE, 0);
	state_write(CR0, cpu_cr0(vcpu->paging.cr0));
	state_write(CR4, cpu_cr4(vcpu, 0));
	state_write(CR3, shadow_begin(false));
	state_set_efer(cpu_efer(vcpu));
}
