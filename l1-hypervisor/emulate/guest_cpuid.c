// SPDX-License-Identifier: GPL-2.0-only
/* A table of CPUID leaves. It is filled at the start and searched at each exit. */
#include "l1-hypervisor/emulate/guest_cpuid.h"

#include "l1-hypervisor/backend/backend.h"
#include "l1-hypervisor/events/passthrough.h"
#include "microbench/bare/bare.h"
#include "microbench/bare/cpu.h"
#include "vmcs-shadow/x86.h"

#define LEAVES_MAX    256
#define SUBLEAVES_MAX 32

#define LEAF_XSAVE              0xdu
#define HYPERVISOR_LEAF         0x40000000u
#define LEAF_1_ECX_TSC_DEADLINE (1u << 24)
#define LEAF_1_ECX_OSXSAVE      (1u << 27)
#define LEAF_7_ECX_OSPKE        (1u << 4)

/*
 * Features that guest_walk.c does not support, so a guest on shadow tables does not get them: SMAP
 * (EBX); PKU, CET, LA57, PKS (ECX); IBT (EDX).
 */
#define LEAF_7_EBX_NOT_SHADOWED (1u << 20)
#define LEAF_7_ECX_NOT_SHADOWED (1u << 3 | 1u << 7 | 1u << 16 | 1u << 31)
#define LEAF_7_EDX_NOT_SHADOWED (1u << 20)

struct leaf {
	uint32_t leaf, subleaf;
	bool any_subleaf; /* the answer does not depend on ECX */
	bool varies;      /* the answer can change after the start */
	struct cpuid_result result;
};

static struct leaf leaves[LEAVES_MAX];
static unsigned leaf_count;
static uint32_t last_basic;

/* Returns true if the answer of a leaf depends on ECX (SDM vol. 2, CPUID). */
static bool has_subleaves(uint32_t leaf)
{
	switch (leaf) {
	case 0x4:
	case 0x7:
	case 0xb:
	case 0xd:
	case 0xf:
	case 0x10:
	case 0x12:
	case 0x14:
	case 0x17:
	case 0x18:
	case 0x1f:
		return true;
	default:
		return false;
	}
}

static void hide_not_shadowed(uint32_t leaf, uint32_t subleaf, struct cpuid_result *result)
{
	if (leaf == 7 && subleaf == 0) {
		result->ebx &= ~LEAF_7_EBX_NOT_SHADOWED;
		result->ecx &= ~LEAF_7_ECX_NOT_SHADOWED;
		result->edx &= ~LEAF_7_EDX_NOT_SHADOWED;
	}
}

static void add(struct vcpu *vcpu, uint32_t leaf, uint32_t subleaf, bool any_subleaf, struct cpuid_result result)
{
	if (leaf_count == LEAVES_MAX)
		bare_fail("more than %u CPUID leaves: enlarge LEAVES_MAX", LEAVES_MAX);
	if (leaf == 1) {
		/*
		 * Reports VMX only if nesting is offered, and an APIC timer without TSC deadlines.
		 * OSXSAVE mirrors the guest's CR4, not the host's.
		 */
		result.ecx &= ~((vcpu->nested ? 0 : LEAF_1_ECX_VMX) | LEAF_1_ECX_OSXSAVE | LEAF_1_ECX_TSC_DEADLINE);
		result.ecx |= LEAF_1_ECX_HYPERVISOR;
		if (!passthrough_is_on(vcpu))
			result.ecx |= LEAF_1_ECX_X2APIC; /* vapic.c supports x2APIC on any CPU */
	}
	if (leaf == 7 && subleaf == 0) {
		result.ecx &= ~LEAF_7_ECX_OSPKE;
		/* INVPCID is a #UD without its VM-execution control (SDM 26.3). */
		if (!state_has_invpcid())
			result.ebx &= ~LEAF_7_EBX_INVPCID;
	}
	/* RDTSCP is a #UD without its VM-execution control (SDM 26.3). */
	if (leaf == LEAF_EXT_1 && !state_has_rdtscp())
		result.edx &= ~LEAF_EXT_1_EDX_RDTSCP;
	if (vcpu->shadow)
		hide_not_shadowed(leaf, subleaf, &result);
	leaves[leaf_count++] = (struct leaf){leaf, subleaf, any_subleaf, leaf == 1 || leaf == 7 || leaf == LEAF_XSAVE,
					     result};
}

static void add_range(struct vcpu *vcpu, uint32_t first)
{
	uint32_t last = cpuid(first, 0).eax;

	for (uint32_t leaf = first; leaf <= last && leaf - first < 0x40; leaf++) {
		if (!has_subleaves(leaf)) {
			add(vcpu, leaf, 0, true, cpuid(leaf, 0));
			continue;
		}
		for (uint32_t subleaf = 0; subleaf < SUBLEAVES_MAX; subleaf++) {
			struct cpuid_result r = cpuid(leaf, subleaf);

			if (subleaf > 0 && (leaf == 0xb || leaf == 0x1f) && r.ebx == 0)
				break; /* the end of the topology; ECX still echoes the subleaf */
			/* Some leaves have gaps, for example 0DH without MPX. */
			if (subleaf == 0 || (r.eax | r.ebx | r.ecx | r.edx))
				add(vcpu, leaf, subleaf, false, r);
		}
	}
}

void guest_cpuid_init(struct vcpu *vcpu)
{
	/* The 12-byte hypervisor signature in EBX, ECX, EDX is "nestbed nest". */
	static const struct cpuid_result signature = {HYPERVISOR_LEAF, 0x7473656e, 0x20646562, 0x7473656e};

	last_basic = cpuid(0, 0).eax;
	add_range(vcpu, 0);
	add(vcpu, HYPERVISOR_LEAF, 0, true, signature);
	add_range(vcpu, 0x80000000);
}

static const struct leaf *find(uint32_t leaf, uint32_t subleaf)
{
	for (const struct leaf *l = leaves; l < leaves + leaf_count; l++)
		if (l->leaf == leaf && (l->any_subleaf || l->subleaf == subleaf))
			return l;
	return NULL;
}

struct cpuid_result guest_cpuid_leaf(uint32_t leaf, uint32_t subleaf)
{
	const struct leaf *l = find(leaf, subleaf);

	return l ? l->result : (struct cpuid_result){0};
}

/*
 * Updates the values that depend on the guest's registers. OSXSAVE and OSPKE mirror its CR4. EBX of
 * leaf 0DH is a size that depends on XCR0 and IA32_XSS; the CPU holds the guest's values of both.
 */
static void update_from_guest(const struct leaf *l, struct cpuid_result *r)
{
	if (l->leaf == 1 && state_read(CR4) & CR4_OSXSAVE)
		r->ecx |= LEAF_1_ECX_OSXSAVE;
	if (l->leaf == 7 && l->subleaf == 0 && state_read(CR4) & CR4_PKE)
		r->ecx |= LEAF_7_ECX_OSPKE;
	if (l->leaf == LEAF_XSAVE)
		r->ebx = cpuid(l->leaf, l->subleaf).ebx;
}

void guest_cpuid(struct vcpu *vcpu)
{
	const struct leaf *l = find((uint32_t)vcpu->regs.rax, (uint32_t)vcpu->regs.rcx);
	struct cpuid_result r = {0};

	/* Beyond the last leaf, Intel CPUs answer with the highest basic leaf. */
	if (!l && !has_subleaves((uint32_t)vcpu->regs.rax))
		l = find(last_basic, (uint32_t)vcpu->regs.rcx);
	if (l)
		r = l->result;
	if (l && l->varies)
		update_from_guest(l, &r);
	vcpu->regs.rax = r.eax;
	vcpu->regs.rbx = r.ebx;
	vcpu->regs.rcx = r.ecx;
	vcpu->regs.rdx = r.edx;
}
