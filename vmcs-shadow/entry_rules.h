/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files that check a VM entry share: the entry as they see it, and how a rule is written down.
 * For them only: entry_checks.h is the door.
 */
#ifndef VMCS_SHADOW_ENTRY_RULES_H
#define VMCS_SHADOW_ENTRY_RULES_H

#include "vmcs-shadow/controls.h"
#include "vmcs-shadow/x86.h"
#include "vmcs-shadow/entry_checks.h"

#define HIGH_HALF     0xffffffff00000000ull
#define PAGE_OFFSET   0xfffull
#define DEBUG_VECTOR  1u
#define NMI_VECTOR    2u
#define MACHINE_CHECK 18u

/* One VM entry that is checked: what every rule asks for, computed once. */
struct vmx_entry {
	const struct vmcs12 *vmcs;
	const struct vmx_cpu *cpu;
	uint32_t pin, primary, exit, entry;
	uint32_t secondary;         /* 0 if they are not activated (27.2.1.1) */
	uint32_t event;             /* VM-entry interruption information; 0 if it is not valid */
	uint64_t beyond_width;      /* the bits that no physical address has */
	uint64_t beyond_structures; /* the bits that no address of a structure that a VMCS points to has (A.1) */
	unsigned linear_bits;       /* the widest linear address of the CPU */
};

#define FIELD(e, name) VMCS12((e)->vmcs, name)

/*
 * One rule of the manual. If it does not hold the function returns its text, which starts with the section; at its end
 * such a function returns NULL. A macro, so that a rule is one row.
 */
#define RULE(holds, text)                                                                                              \
	do {                                                                                                           \
		if (!(holds))                                                                                          \
			return (text);                                                                                 \
	} while (0)
#define IF_THEN(condition, consequence) (!(condition) || (consequence))

/* Rules of a function that is called from another one. */
#define RULES_OF(function, ...)                                                                                        \
	do {                                                                                                           \
		const char *violated = function(__VA_ARGS__);                                                          \
                                                                                                                       \
		if (violated)                                                                                          \
			return violated;                                                                               \
	} while (0)

/* Aligned, and of a width that the address of a structure may have. No branch: it is asked often. */
static inline bool vmx_address_ok(const struct vmx_entry *e, uint64_t address, uint64_t offset_mask)
{
	return (address & (offset_mask | e->beyond_structures)) == 0;
}

static inline bool vmx_page_ok(const struct vmx_entry *e, uint64_t address)
{
	return vmx_address_ok(e, address, PAGE_OFFSET);
}

/* The low half of a capability MSR are the controls that must be 1, the high half those that may be (A.3). */
static inline bool vmx_reserved_ok(uint32_t controls, uint64_t capability)
{
	return vmx_fixed_bits_ok(controls, (uint32_t)capability, capability >> 32);
}

/* Bits 63 to bits - 1 are all the same. */
static inline bool vmx_sign_extended(uint64_t address, unsigned bits)
{
	return (uint64_t)((int64_t)(address << (64 - bits)) >> (64 - bits)) == address;
}

/*
 * What MSRs and the bases of segments and descriptor tables must be: of the CPU's width, whatever CR4.LA57 says, as the
 * instructions that load them look at the width alone.
 */
static inline bool vmx_canonical(const struct vmx_entry *e, uint64_t address)
{
	return vmx_sign_extended(address, e->linear_bits);
}

/* For RIP and SSP of a guest "bits 63:N must be identical", with N the width: bit N - 1 may differ (27.3.1.4). */
static inline bool vmx_almost_canonical(const struct vmx_entry *e, uint64_t address)
{
	return vmx_sign_extended(address, e->linear_bits + 1);
}

/* entry_checks.c: 8 bytes of the CPU's memory; MSRs that both host and guest have. */
uint64_t vmx_read_physical(const struct vmx_entry *e, uint64_t physical);
bool vmx_pat_ok(uint64_t pat);
bool vmx_perf_global_ctrl_ok(uint64_t control);
bool vmx_s_cet_ok(uint64_t s_cet);

/* Each checks the rules of some sections: NULL, or the text of the first that is violated. */
const char *vmx_check_execution_controls(const struct vmx_entry *e); /* check_execution.c: 27.2.1.1 */
const char *vmx_check_exit_controls(const struct vmx_entry *e);      /* check_transitions.c: 27.2.1.2 */
const char *vmx_check_entry_controls(const struct vmx_entry *e);     /* check_transitions.c: 27.2.1.3 */
const char *vmx_check_host(const struct vmx_entry *e);               /* check_host.c: 27.2.2 to 27.2.4 */
const char *vmx_check_guest_registers(const struct vmx_entry *e);    /* check_guest.c: 27.3.1.1, 27.3.1.4 */
const char *vmx_check_guest_segments(const struct vmx_entry *e);     /* check_segments.c: 27.3.1.2, 27.3.1.3 */
const char *vmx_check_guest_activity(const struct vmx_entry *e);     /* check_activity.c: 27.3.1.5 */
const char *vmx_check_guest_nmi(
	const struct vmx_entry *e); /* check_activity.c: 27.3.1.5, the rule with its own number */
const char *vmx_check_link_pointer(const struct vmx_entry *e); /* check_pointers.c: 27.3.1.5 */
const char *vmx_check_pdptes(const struct vmx_entry *e);       /* check_pointers.c: 27.3.1.6 */

#endif
