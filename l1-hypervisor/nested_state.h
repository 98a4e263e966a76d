/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What nested.c, nested_instructions.c and nested_run.c share: the VMX state of the guest hypervisor.
 */
#ifndef HV_NESTED_STATE_H
#define HV_NESTED_STATE_H

#include "l1-hypervisor/nested.h"

struct nested {
	bool offered; /* the word nested=on, and a CPU that can do it */
	bool on;      /* L1 is in VMX operation */
	/* Optimisations, each of which may be off: see nested_init(). */
	bool track, cache_ept, use_vpid, lazy;
	enum shadow_policy policy;
	struct vmx_capabilities vmx; /* as L1 sees them */
	unsigned physical_bits;
	uint64_t vmxon;                    /* L1's VMXON region */
	struct nested_vmcs *current;       /* L1's current VMCS, or NULL */
	bool tables_watched;               /* L1 cannot have changed its descriptor tables since they were loaded */
	struct nested_vmcs *loaded_tables; /* from the host state of this one */
};

extern struct nested nested;

/* The end of a VMX instruction of L1's (SDM 31.2): flags, and RIP behind it. vmcs01 is current. */
void nested_succeed(void);
void nested_fail(uint32_t error); /* VMfailValid, or VMfailInvalid where there is no current VMCS */
void nested_fail_invalid(void);

/* VMLAUNCH and VMRESUME, when L1 may execute them. nested_run.c */
enum after_exit nested_enter(struct guest_registers *regs, bool resume);

/* A virtual exit: L1 goes on behind its VMLAUNCH or VMRESUME. NULL: the exit is told as the CPU did. nested_run.c */
enum after_exit nested_reflect(const struct vmx_exit_information *information);

/* The current VMCS of L1 changes: what it accesses by VMREAD and VMWRITE without an exit. nested_run.c */
void nested_set_current(struct nested_vmcs *vmcs);

/* VMXON and VMXOFF: what our own VMCS for L1 has to have. nested_run.c */
void nested_switch(bool on);

#endif
