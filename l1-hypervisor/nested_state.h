/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The VMX state of the guest, which the nested*.c files share.
 */
#ifndef HV_NESTED_STATE_H
#define HV_NESTED_STATE_H

#include "l1-hypervisor/nested.h"

struct nested {
	bool offered; /* the command line has nested=on, and the guest has an EPT */
	bool on;      /* the guest is in VMX operation */
	/* Optimizations. The command line can disable each one: see nested_init(). */
	bool track, cache_ept, use_vpid, lazy;
	enum shadow_policy policy;
	struct vmx_capabilities vmx; /* as the guest sees them */
	unsigned physical_bits;
	uint64_t vmxon;                    /* the guest's VMXON region, or NESTED_NOWHERE */
	struct nested_vmcs *current;       /* the guest's current VMCS, or NULL */
	bool tables_watched;               /* the host sees any change of the guest's descriptor tables */
	struct nested_vmcs *loaded_tables; /* the VMCS whose host state supplied the tables, or NULL */
};

extern struct nested nested;

/*
 * Finish an emulated VMX instruction (SDM 31.2): set RFLAGS and move RIP behind the instruction.
 * The VMCS of the level that executed it is current.
 */
void nested_succeed(void);
void nested_fail(uint32_t error); /* VMfailValid, or VMfailInvalid if there is no current VMCS */
void nested_fail_invalid(void);

/* VMLAUNCH and VMRESUME, after the checks of nested_instruction(). In nested_run.c. */
enum after_exit nested_enter(struct guest_registers *regs, bool resume);

/*
 * Makes a virtual VM exit: the guest continues at its host RIP. information = NULL: vmcs02 already
 * has the exit information. In nested_run.c.
 */
enum after_exit nested_reflect(const struct vmx_exit_information *information);

/*
 * Changes the guest's current VMCS, and the shadow VMCS that the guest reads and writes without an
 * exit. NULL: the guest has no current VMCS. In nested_run.c.
 */
void nested_set_current(struct nested_vmcs *vmcs);

/* Adjusts vmcs01 for VMXON and VMXOFF of the guest. In nested_run.c. */
void nested_switch(bool on);

#endif
