/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Nested virtualization: the guest is a hypervisor and has a nested guest. The host emulates the
 * guest's VMX instructions and runs the nested guest on a vmcs02. An exit that the guest requests
 * becomes a virtual VM exit.
 *
 * In the identifiers of nested*.c and nested*.h, L0 is the host, L1 is the guest and L2 is the
 * nested guest.
 */
#ifndef HV_NESTED_H
#define HV_NESTED_H

#include "l1-hypervisor/guest.h"
#include "l1-hypervisor/nested_vmcs.h"
#include "vmcs-shadow/field_set.h"
#include "vmcs-shadow/virtual_exit.h"

/*
 * Reads the command-line words nested=, me=, shadow_policy=, and the words that disable an
 * optimization. Call it after vmx_probe() and guest_load(). A bad value ends the run.
 */
void nested_init(const char *cmdline);

/*
 * Returns true if the guest has VMX. With shadow page tables it has none, because ept02 needs an
 * ept01.
 */
bool nested_is_offered(void);

/*
 * Reads one of the guest's VMX capability MSRs. Returns false if the guest does not have this MSR.
 */
bool nested_msr(uint32_t msr, uint64_t *value);

/* Returns true if the guest is in VMX operation. */
bool nested_is_on(void);

/*
 * Returns true if the guest may write this value to CR4.VMXE. The bit is fixed to 1 in VMX
 * operation.
 */
bool nested_may_write_vmxe(bool value);

/* Returns true if the nested guest runs, or ran until this exit. vmcs02 is then current. */
static inline bool nested_is_running(void)
{
	return nested_running != NULL;
}

/* Emulates a VMX instruction of the guest. vmcs01 is current. */
enum after_exit nested_instruction(struct guest_registers *regs, uint32_t reason);

/* Handles an exit of the nested guest. vmcs02 is current. */
enum after_exit nested_exit(struct guest_registers *regs, uint32_t reason);

/*
 * Handles a VMLAUNCH or VMRESUME that failed with vmcs02 current. The guest's VM entry fails with
 * the same error.
 */
enum after_exit nested_entry_failed(void);

/*
 * Call before the host injects an exception into the nested guest. Returns true if the guest
 * intercepts the exception: the guest then gets an exit. linear is the address of a page fault.
 */
bool nested_takes_exception(unsigned vector, bool has_error, uint32_t error, uint64_t linear);

/*
 * Continues after an exit that the guest does not see. Enters the nested guest, or makes a virtual
 * exit for a pending event.
 */
enum after_exit nested_continue(void);

/*
 * Call before the host injects an event into the nested guest without the guest's knowledge. It
 * saves the guest's own event fields.
 */
void nested_borrow_event(void);

/*
 * Exits that the host requests in vmcs02 and hides from the guest. WINDOW is an interrupt or NMI
 * window. AT_ONCE is an exit right after the injected event.
 */
enum { NESTED_WINDOW = 1, NESTED_AT_ONCE = 2 };
extern uint32_t nested_host_exit_requests;

/*
 * Cancels the host's exit requests after an exit of the nested guest. Returns true if
 * NESTED_AT_ONCE was the only cause of the exit.
 */
bool nested_cancel_host_exit_requests(uint32_t reason);

/*
 * Emulates a VMREAD or VMWRITE of the nested guest on a VMCS that the guest lets it shadow. The
 * guest gets no exit for it.
 */
void nested_shadow_access(struct guest_registers *regs, bool write);

/*
 * Returns a pointer to physical memory of the guest, or of the nested guest while it runs. The
 * bytes must lie in one 4 KiB page. Returns NULL if not all of them are guest memory.
 */
void *nested_physical(uint64_t physical, uint64_t bytes);

/*
 * Returns a pointer to 8 bytes of the guest's memory, or NULL if the address is not guest memory.
 */
const void *nested_memory_of_l1(uint64_t physical);

/*
 * Call before the guest changes its descriptor tables. Returns true if the host watched the tables.
 * The host then stops watching, and the guest can repeat its instruction.
 */
bool nested_tables_change(void);

#endif
