/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Our guest as a hypervisor, L1, with a guest of its own, L2: VMX instructions of L1's are executed here, L2 runs on a vmcs02, and what L1
 * wants to know of L2 becomes a virtual VM exit. (Levels are as seen from here: we are L0, wherever we run.)
 */
#ifndef HV_NESTED_H
#define HV_NESTED_H

#include "l1-hypervisor/guest.h"
#include "l1-hypervisor/nested_vmcs.h"
#include "vmcs-shadow/field_set.h"
#include "vmcs-shadow/virtual_exit.h"

/* Reads the words nested= me= shadow_policy= and those that switch something off. After vmx_probe() and guest_load(). */
void nested_init(const char *cmdline);

/* Has our guest VMX? With shadow tables it has not: there is no ept01 to compose. */
bool nested_is_offered(void);

/* Its capability MSRs. False: it has no such MSR. */
bool nested_msr(uint32_t msr, uint64_t *value);

/* Is it in VMX operation? */
bool nested_is_on(void);

/* May it write CR4.VMXE so? In VMX operation the bit is fixed. */
bool nested_may_write_vmxe(bool value);

/* Is L2 running, or was it until this exit? Then vmcs02 is current. */
static inline bool nested_is_running(void)
{
	return nested_running != NULL;
}

/* A VMX instruction of L1's. */
enum after_exit nested_instruction(struct guest_registers *regs, uint32_t reason);

/* An exit of L2's. */
enum after_exit nested_exit(struct guest_registers *regs, uint32_t reason);

/* VMLAUNCH or VMRESUME has failed with vmcs02 current. */
enum after_exit nested_entry_failed(void);

/* An exception that L0 makes for L2: true if L1 has an exit for it, which it then gets. linear: of a page fault. */
bool nested_takes_exception(unsigned vector, bool has_error, uint32_t error, uint64_t linear);

/* After an exit that was not L1's: L2 goes on, or an interrupt for L1 has come. */
enum after_exit nested_continue(void);

/* An event is about to be injected into L2 that L1 knows nothing of. */
void nested_borrow_event(void);

/* Exits, of which L1 knows nothing, that vmcs02 asks for. */
enum { NESTED_WINDOW = 1, NESTED_AT_ONCE = 2 };
extern uint32_t nested_asked;

/* L2 has exited: if it was asked to for our own sake, no more. True if it has exited for nothing else. */
bool nested_asked_is_over(uint32_t reason);

/* VMREAD or VMWRITE of L2's that is no exit for L1, as it lets L2 shadow another VMCS. */
void nested_shadow_access(struct guest_registers *regs, bool write);

/* Our pointer to the physical memory of whoever runs, L1 or L2, as far as it is one piece; NULL: not all of it is L1's memory. */
void *nested_physical(uint64_t physical, uint64_t bytes);

/* L1's memory, 8 bytes. */
const void *nested_memory_of_l1(uint64_t physical);

/* L1 is about to change its descriptor tables: true if that was watched, and no more is, so that it may do it again. */
bool nested_tables_change(void);

#endif
