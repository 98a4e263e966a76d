/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The VMX state of the guest, which the files of this folder share.
 *
 * In the identifiers of this folder, L0 is the host, L1 is the guest and L2 is the nested guest.
 */
#ifndef HV_NESTED_STATE_H
#define HV_NESTED_STATE_H

#include "l1-hypervisor/cpu/vcpu.h"
#include "l1-hypervisor/nested/vmx/nested_vmcs.h"
#include "vmcs-shadow/merge.h"

/* Bits of host_exit_requests. */
enum nested_host_exit {
	NESTED_EXIT_AT_WINDOW = 1,   /* an interrupt or NMI window */
	NESTED_EXIT_AFTER_EVENT = 2, /* an exit right after the injected event */
};

struct nested {
	bool on; /* the guest is in VMX operation */
	/* Optimizations. The command line can disable each one: see nested_init(). */
	bool track;     /* merge vmcs02 only after a change of vmcs12 */
	bool cache_ept; /* keep ept02s from one VM entry to the next */
	bool use_vpid;  /* a nested guest has a VPID */
	bool lazy;      /* load descriptor tables at a virtual VM exit only after a change */
	enum shadow_policy policy;
	struct vmx_capabilities vmx; /* as the guest sees them */
	unsigned physical_bits;
	uint64_t vmxon;              /* the guest's VMXON region, or NESTED_NO_ADDRESS */
	struct nested_vmcs *current; /* the guest's current VMCS, or NULL */
	struct nested_vmcs *running; /* the VMCS whose vmcs02 is current, or NULL while the guest runs */
	uint32_t host_exit_requests; /* enum nested_host_exit: exits that the host requests in vmcs02 */
	uint32_t requested_timer;    /* the VMX-preemption timer continues from this value */
	bool nmi_unblocked;          /* this VM entry has cleared NMI blocking */
	/*
	 * The host state that a VM exit loads. It comes from vmcs01 and is the same in every
	 * vmcs02.
	 */
	uint64_t host_state[VMCS_FIELD_COUNT];
	struct field_set host_fields;
	struct vmcs_l0 host;               /* the host's part of merged fields */
	bool tables_watched;               /* the host sees any change of the guest's descriptor tables */
	struct nested_vmcs *loaded_tables; /* the VMCS whose host state supplied the tables, or NULL */
};

/* The vCPU of a guest that may be a hypervisor. Only nested/ sees the second member. */
struct nested_vcpu {
	struct vcpu vcpu;
	struct nested nested;
};

static inline struct nested *nested_of(struct vcpu *vcpu)
{
	return &((struct nested_vcpu *)(void *)vcpu)->nested;
}

#endif
