/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ept02 composes ept12, which the guest wrote, and ept01, which maps the guest's memory.
 *
 * The host maps a page in ept02 when the nested guest touches the page. Each ept12 has one ept02,
 * and INVEPT of the guest drops it.
 */
#ifndef HV_NESTED_EPT_H
#define HV_NESTED_EPT_H

#include "l1-hypervisor/cpu/vcpu.h"
#include "l1-hypervisor/nested/vmx/nested_vmcs.h"
#include "vmcs-shadow/virtual_exit.h"

/* Increments when an ept02 is dropped. */
extern unsigned nested_ept_generation;

/*
 * Returns the EPTP of the ept02 for this ept12. If there is none, makes an empty ept02 and may drop
 * older ones.
 */
uint64_t nested_ept_pointer(uint64_t eptp12);

/* INVEPT of the guest: drops the ept02 of one ept12, or all of them. */
void nested_ept_forget(uint64_t eptp12);
void nested_ept_forget_all(void);

/*
 * Calls visit for each page that the ept02 with this EPTP maps. Returns false if no ept02 has this
 * EPTP, or if one of its tables does not belong to it.
 */
bool nested_ept_for_each(uint64_t eptp02, void (*visit)(uint64_t guest_physical, uint64_t host, uint64_t size));

/*
 * Returns true if host is the page that ept02 maps where ept12 points outside of the guest's
 * memory.
 */
bool nested_ept_is_no_memory_page(uint64_t host);

/*
 * Translates a physical address of the nested guest by ept12, for a read, to a physical address of
 * the guest. Returns false if ept12 does not allow the read.
 */
bool nested_ept_translate(struct vcpu *vcpu, const struct nested_vmcs *vmcs, uint64_t guest_physical,
			  uint64_t *physical);

/*
 * Handles an EPT violation of the nested guest on ept02. Returns false if only ept02 lacked the
 * page: the nested guest continues. Returns true if the guest must get an exit (EPT violation, EPT
 * misconfiguration or PML full), with the exit in *information.
 */
bool nested_ept_violation(struct vcpu *vcpu, struct nested_vmcs *vmcs, struct vmx_exit_information *information);

#endif
