/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ept02: the composition of ept12, which L1 wrote, and ept01, by which L1 has its memory. Made page by page, when L2 touches one; one ept02 for
 * each ept12, dropped when L1 says INVEPT.
 */
#ifndef HV_NESTED_EPT_H
#define HV_NESTED_EPT_H

#include "l1-hypervisor/nested_vmcs.h"
#include "vmcs-shadow/virtual_exit.h"

/* Goes up when an ept02 is dropped. */
extern unsigned nested_ept_generation;

/* The EPTP for L2 whose L1 has given it this one: of its ept02, an empty one if there is none. */
uint64_t nested_ept_pointer(uint64_t eptp12);

/* INVEPT of one ept12, and of all. */
void nested_ept_forget(uint64_t eptp12);
void nested_ept_forget_all(void);

/* Calls visit for each page that the ept02 of this EPTP maps. False: there is no such ept02, or a table of it is not one of ours. */
bool nested_ept_for_each(uint64_t eptp02, void (*visit)(uint64_t guest_physical, uint64_t host, uint64_t size));

/* The page that stands for memory which L1 has given L2, and does not have. */
bool nested_ept_is_nowhere(uint64_t host);

/* Where L2's physical address is in L1's memory, as a supervisor's read goes. False: nowhere. */
bool nested_ept_translate(const struct nested_vmcs *vmcs, uint64_t guest_physical, uint64_t *physical);

/*
 * An EPT violation of L2's on ept02. False: it was ept02's alone, and L2 goes on. True: it is one of ept12's, or ends in one of L1's exits; what
 * L1 has to be told is in *information.
 */
bool nested_ept_violation(struct nested_vmcs *vmcs, struct vmx_exit_information *information);

#endif
