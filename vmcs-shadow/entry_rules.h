/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Definitions that the files with VM-entry rules share: the checked entry, and the form of a rule.
 * Other files include entry_checks.h instead.
 */
#ifndef VMCS_SHADOW_ENTRY_RULES_H
#define VMCS_SHADOW_ENTRY_RULES_H

#include "vmcs-shadow/controls.h"
#include "vmcs-shadow/entry_checks.h"
#include "vmcs-shadow/x86.h"

#define HIGH_HALF     0xffffffff00000000ull
#define PAGE_OFFSET   0xfffull
#define DEBUG_VECTOR  1u
#define NMI_VECTOR    2u
#define MACHINE_CHECK 18u

/* A VM entry to check, with values that many rules use. */
struct vmx_entry {
	const struct vmcs12 *vmcs;
	const struct vmx_cpu *cpu;
	uint32_t pin, primary, exit, entry;
	uint32_t secondary;    /* 0 if secondary controls are not activated (27.2.1.1) */
	uint32_t event;        /* VM-entry interruption information; 0 if not valid */
	uint64_t beyond_width; /* bits beyond the physical-address width */
	/* Bits that must be 0 in the address of a structure to which a VMCS field points (A.1). */
	uint64_t beyond_structures;
	unsigned linear_bits; /* the CPU's maximum linear-address width */
};

#define FIELD(e, name) VMCS12((e)->vmcs, name)

/*
 * One rule of the manual. If the rule is violated, the calling function returns `text`, which
 * starts with the section. A function that contains rules returns NULL at its end. RULE is a macro
 * so that a rule takes one row.
 */
#define RULE(holds, text)                                                                                              \
	do {                                                                                                           \
		if (!(holds))                                                                                          \
			return (text);                                                                                 \
	} while (0)
#define IF_THEN(condition, consequence) (!(condition) || (consequence))

/* Applies the rules of another function. */
#define RULES_OF(function, ...)                                                                                        \
	do {                                                                                                           \
		const char *violated = function(__VA_ARGS__);                                                          \
                                                                                                                       \
		if (violated)                                                                                          \
			return violated;                                                                               \
	} while (0)

/*
 * Returns true if the address is aligned and within the width for structures. It avoids branches
 * because many rules call it.
 */
static inline bool vmx_address_ok(const struct vmx_entry *e, uint64_t address, uint64_t offset_mask)
{
	return (address & (offset_mask | e->beyond_structures)) == 0;
}

/* Returns true for the address of a 4 KiB page that is aligned and within the width. */
static inline bool vmx_page_ok(const struct vmx_entry *e, uint64_t address)
{
	return vmx_address_ok(e, address, PAGE_OFFSET);
}

/*
 * Returns true if no reserved bit is wrong. The low half of a capability MSR has the controls that
 * must be 1, the high half the controls that may be 1 (A.3).
 */
static inline bool vmx_reserved_ok(uint32_t controls, uint64_t capability)
{
	return vmx_fixed_bits_ok(controls, (uint32_t)capability, capability >> 32);
}

/* Returns true if bits 63 to bits - 1 are identical. */
static inline bool vmx_sign_extended(uint64_t address, unsigned bits)
{
	return (uint64_t)((int64_t)(address << (64 - bits)) >> (64 - bits)) == address;
}

/*
 * The canonical check for MSRs and for the bases of segments and descriptor tables. The width is
 * the CPU's, regardless of CR4.LA57, because the instructions that load them also ignore CR4.LA57.
 */
static inline bool vmx_canonical(const struct vmx_entry *e, uint64_t address)
{
	return vmx_sign_extended(address, e->linear_bits);
}

/*
 * The check for RIP and SSP of a guest: "bits 63:N must be identical", where N is the width. Bit N
 * - 1 may differ (27.3.1.4).
 */
static inline bool vmx_almost_canonical(const struct vmx_entry *e, uint64_t address)
{
	return vmx_sign_extended(address, e->linear_bits + 1);
}

/*
 * entry_checks.c: reads 8 bytes of the CPU's memory (all ones if none is there), and checks MSRs
 * that both host and guest state have. The checks return true for a valid value.
 */
uint64_t vmx_read_physical(const struct vmx_entry *e, uint64_t physical);
bool vmx_pat_ok(uint64_t pat);
bool vmx_perf_global_ctrl_ok(uint64_t control);
bool vmx_s_cet_ok(uint64_t s_cet);

/*
 * Each function checks the rules of the sections below. It returns NULL, or the text of the first
 * violated rule.
 */
const char *vmx_check_execution_controls(const struct vmx_entry *e); /* check_execution.c: 27.2.1.1 */
const char *vmx_check_exit_controls(const struct vmx_entry *e);      /* check_transitions.c: 27.2.1.2 */
const char *vmx_check_entry_controls(const struct vmx_entry *e);     /* check_transitions.c: 27.2.1.3 */
const char *vmx_check_host(const struct vmx_entry *e);               /* check_host.c: 27.2.2 to 27.2.4 */
const char *vmx_check_guest_registers(const struct vmx_entry *e);    /* check_guest.c: 27.3.1.1, 27.3.1.4 */
const char *vmx_check_guest_segments(const struct vmx_entry *e);     /* check_segments.c: 27.3.1.2, 27.3.1.3 */
const char *vmx_check_guest_activity(const struct vmx_entry *e);     /* check_activity.c: 27.3.1.5 */
const char *vmx_check_guest_nmi(
	const struct vmx_entry *e); /* check_activity.c: 27.3.1.5, the rule with exit qualification 3 */
const char *vmx_check_link_pointer(const struct vmx_entry *e); /* check_pointers.c: 27.3.1.5 */
const char *vmx_check_pdptes(const struct vmx_entry *e);       /* check_pointers.c: 27.3.1.6 */

#endif
