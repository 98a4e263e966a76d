/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a CPU checks of a VMCS at VM entry (SDM chapter 27), in its order: first the controls and the host state, for which VMLAUNCH
 * and VMRESUME fail, then the guest state, for which there is a VM exit at once. The CPU is outside SMM.
 */
#ifndef VMCS_SHADOW_ENTRY_CHECKS_H
#define VMCS_SHADOW_ENTRY_CHECKS_H

#include <stdbool.h>
#include <stdint.h>

#include "vmcs-shadow/capability.h"
#include "vmcs-shadow/vmcs12.h"

/* The CPU that the VM entry takes place on, as the hypervisor that executes it sees it. */
struct vmx_cpu {
	struct vmx_capabilities vmx;
	unsigned physical_bits; /* MAXPHYADDR */
	bool long_mode;         /* the hypervisor runs in IA-32e mode */
	bool has_5level;        /* linear addresses have 57 bits: for MSRs and bases always, else if CR4.LA57 says so */
	uint64_t current_vmcs;  /* address of the VMCS that is checked */
	/* Memory at a physical address, where 8 bytes can be read, aligned; NULL: none there, which reads as ones. */
	const void *(*memory)(uint64_t physical);
};

/* What comes of the checks. Of error and exit reason at most one is not 0. */
struct vmx_verdict {
	uint32_t error;         /* of enum vmx_instruction_error: VMfailValid */
	uint32_t exit_reason;   /* with VMX_EXIT_REASON_ENTRY_FAILURE: the VM entry has failed */
	uint64_t qualification; /* of that exit (SDM 27.8): 0, 2 (PDPTEs), 3 (NMI), 4 (VMCS link pointer) */
	const char *rule;       /* which rule is violated, after its section: "27.2.1.1 VPID: not 0"; NULL: none is */
};

/*
 * Each returns true if all is well; else the first rule that is violated is in *verdict. The first two read no guest state but
 * GUEST_CR0.
 */
bool vmx_check_controls(const struct vmcs12 *vmcs, const struct vmx_cpu *cpu, struct vmx_verdict *verdict);
bool vmx_check_host_state(const struct vmcs12 *vmcs, const struct vmx_cpu *cpu, struct vmx_verdict *verdict);
bool vmx_check_guest_state(const struct vmcs12 *vmcs, const struct vmx_cpu *cpu, struct vmx_verdict *verdict);

/* No reserved bit is set (2.2.1). */
bool vmx_efer_ok(uint64_t efer);

#endif
