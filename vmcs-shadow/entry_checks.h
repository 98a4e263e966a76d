/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The checks that a CPU makes on a VMCS at VM entry (SDM chapter 27), in the CPU's order. VMLAUNCH
 * and VMRESUME fail on invalid controls or host state. Invalid guest state causes an immediate VM
 * exit. The rules assume that the CPU is not in SMM.
 */
#ifndef VMCS_SHADOW_ENTRY_CHECKS_H
#define VMCS_SHADOW_ENTRY_CHECKS_H

#include <stdbool.h>
#include <stdint.h>

#include "vmcs-shadow/capability.h"
#include "vmcs-shadow/vmcs12.h"

/* The CPU that executes the VM entry, as the hypervisor sees it. */
struct vmx_cpu {
	struct vmx_capabilities vmx;
	unsigned physical_bits; /* MAXPHYADDR */
	bool long_mode;         /* the hypervisor runs in IA-32e mode */
	/*
	 * Linear addresses have 57 bits: for MSRs and bases always, for other addresses only with
	 * CR4.LA57.
	 */
	bool has_5level;
	uint64_t current_vmcs; /* physical address of the checked VMCS */
	/*
	 * Returns a pointer to 8 aligned bytes at a physical address. NULL means that no memory is
	 * there; it reads as all ones.
	 */
	const void *(*memory)(void *context, uint64_t physical);
	void *context;
};

/* The result of the checks. At most one of `error` and `exit_reason` is not 0. */
struct vmx_verdict {
	uint32_t error;         /* enum vmx_instruction_error: the instruction causes VMfailValid */
	uint32_t exit_reason;   /* with VMX_EXIT_REASON_ENTRY_FAILURE: the VM entry fails */
	uint64_t qualification; /* exit qualification (SDM 27.8): 0, 2 (PDPTEs), 3 (NMI), 4 (VMCS link pointer) */
	/*
	 * The violated rule with its section, as "27.2.1.1 VPID: not 0", or NULL if the VMCS is
	 * valid.
	 */
	const char *rule;
};

/*
 * Each function returns true if no rule is violated. Otherwise it returns false, and *verdict
 * describes the first violated rule. The first two functions read no guest state except GUEST_CR0.
 */
bool vmx_check_controls(const struct vmcs12 *vmcs, const struct vmx_cpu *cpu, struct vmx_verdict *verdict);
bool vmx_check_host_state(const struct vmcs12 *vmcs, const struct vmx_cpu *cpu, struct vmx_verdict *verdict);
bool vmx_check_guest_state(const struct vmcs12 *vmcs, const struct vmx_cpu *cpu, struct vmx_verdict *verdict);

/* Returns true if no reserved bit of IA32_EFER is set (2.2.1). */
bool vmx_efer_ok(uint64_t efer);

#endif
