// SPDX-License-Identifier: GPL-2.0-only
/*
 * Combines the VM-entry rules of the check_*.c files into verdicts (SDM 27.2, 27.3.1, 27.8). It
 * also holds the rules that host state and guest state share.
 */
#include "vmcs-shadow/entry_checks.h"

#include "vmcs-shadow/entry_checks.h"

#include <stddef.h>

#include "vmcs-shadow/entry_rules.h"
#include "vmcs-shadow/exit_reasons.h"
#include "vmcs-shadow/instruction_errors.h"

/* Exit qualifications of a VM entry that fails because of guest state (27.8) */
enum { QUALIFICATION_NONE = 0, QUALIFICATION_PDPTE = 2, QUALIFICATION_NMI = 3, QUALIFICATION_LINK_POINTER = 4 };

static struct vmx_entry entry_of(const struct vmcs12 *vmcs, const struct vmx_cpu *cpu)
{
	struct vmx_entry e = {
		.vmcs = vmcs,
		.cpu = cpu,
		.pin = (uint32_t)VMCS12(vmcs, PIN_BASED_VM_EXEC_CONTROL),
		.primary = (uint32_t)VMCS12(vmcs, CPU_BASED_VM_EXEC_CONTROL),
		.exit = (uint32_t)VMCS12(vmcs, VM_EXIT_CONTROLS),
		.entry = (uint32_t)VMCS12(vmcs, VM_ENTRY_CONTROLS),
		.event = (uint32_t)VMCS12(vmcs, VM_ENTRY_INTR_INFO_FIELD),
		.beyond_width = ~0ull << cpu->physical_bits,
		.linear_bits = cpu->has_5level ? 57 : 48,
	};

	e.beyond_structures = e.beyond_width;
	if (cpu->vmx.basic & VMX_BASIC_32BIT_PHYS_ADDR)
		e.beyond_structures |= HIGH_HALF;
	if (e.primary & CPU_BASED_ACTIVATE_SECONDARY_CONTROLS)
		e.secondary = (uint32_t)VMCS12(vmcs, SECONDARY_VM_EXEC_CONTROL);
	if (!(e.event & INTR_INFO_VALID_MASK))
		e.event = 0;
	return e;
}

uint64_t vmx_read_physical(const struct vmx_entry *e, uint64_t physical)
{
	const void *memory = e->cpu->memory(e->cpu->context, physical);
	uint64_t value = ~0ull;

	if (memory)
		__builtin_memcpy(&value, memory, sizeof(value));
	return value;
}

/*
 * Each byte must be UC, WC, WT, WP, WB or UC- (0, 1, 4, 5, 6, 7). Values 2 and 3 have bit 1 set and
 * bit 2 clear.
 */
bool vmx_pat_ok(uint64_t pat)
{
	return (pat & 0xf8f8f8f8f8f8f8f8ull) == 0 && ((pat & ~(pat >> 1)) & 0x0202020202020202ull) == 0;
}

bool vmx_efer_ok(uint64_t efer)
{
	return (efer & ~(EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE)) == 0;
}

/*
 * Only CPUID reports the number of counters. Bits 63:49 are reserved for every number of counters
 * (20.2.2).
 */
bool vmx_perf_global_ctrl_ok(uint64_t control)
{
	return control >> 49 == 0;
}

/* Bits 9:6 are reserved. SUPPRESS (bit 10) and TRACKER (bit 11) must not both be 1. */
bool vmx_s_cet_ok(uint64_t s_cet)
{
	return (s_cet & 0x3c0) == 0 && (s_cet & 0xc00) != 0xc00;
}

static bool verdict_of(struct vmx_verdict *verdict, const char *rule, uint32_t error, uint32_t exit_reason,
		       uint64_t qualification)
{
	*verdict = (struct vmx_verdict){0};
	if (!rule)
		return true;
	verdict->error = error;
	verdict->exit_reason = exit_reason;
	verdict->qualification = qualification;
	verdict->rule = rule;
	return false;
}

static const char *check_controls(const struct vmx_entry *e)
{
	RULES_OF(vmx_check_execution_controls, e);
	RULES_OF(vmx_check_exit_controls, e);
	return vmx_check_entry_controls(e);
}

bool vmx_check_controls(const struct vmcs12 *vmcs, const struct vmx_cpu *cpu, struct vmx_verdict *verdict)
{
	struct vmx_entry e = entry_of(vmcs, cpu);

	return verdict_of(verdict, check_controls(&e), VMX_ERROR_ENTRY_INVALID_CONTROL_FIELD, 0, 0);
}

bool vmx_check_host_state(const struct vmcs12 *vmcs, const struct vmx_cpu *cpu, struct vmx_verdict *verdict)
{
	struct vmx_entry e = entry_of(vmcs, cpu);

	return verdict_of(verdict, vmx_check_host(&e), VMX_ERROR_ENTRY_INVALID_HOST_STATE, 0, 0);
}

/*
 * If several rules are violated, the CPU may report any one of them (27.3.1). Here the rules with
 * their own exit qualification come last.
 */
bool vmx_check_guest_state(const struct vmcs12 *vmcs, const struct vmx_cpu *cpu, struct vmx_verdict *verdict)
{
	static const struct {
		const char *(*check)(const struct vmx_entry *e);
		uint64_t qualification;
	} parts[] = {
		{vmx_check_guest_registers, QUALIFICATION_NONE},      {vmx_check_guest_segments, QUALIFICATION_NONE},
		{vmx_check_guest_activity, QUALIFICATION_NONE},       {vmx_check_guest_nmi, QUALIFICATION_NMI},
		{vmx_check_link_pointer, QUALIFICATION_LINK_POINTER}, {vmx_check_pdptes, QUALIFICATION_PDPTE},
	};
	struct vmx_entry e = entry_of(vmcs, cpu);

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		const char *rule = parts[i].check(&e);

		if (rule)
			return verdict_of(verdict, rule, 0, VMX_EXIT_INVALID_STATE | VMX_EXIT_REASON_ENTRY_FAILURE,
					  parts[i].qualification);
	}
	return verdict_of(verdict, NULL, 0, 0, 0);
}
