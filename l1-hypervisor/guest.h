/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one guest of this hypervisor: its memory, its image, its VMCS and its registers.
 */
#ifndef HV_GUEST_H
#define HV_GUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "l1-hypervisor/vmx.h"
#include "microbench/abi/memory.h"
#include "microbench/abi/pvh.h"
#include "microbench/abi/ring.h"

/* Unless the word memory= says more. */
#define GUEST_MEMORY NB_GUEST_MEMORY

/* In the order in which entry.S pushes them, lowest address first. */
struct guest_registers {
	uint64_t r15, r14, r13, r12, r11, r10, r9, r8, rbp, rdi, rsi, rdx, rcx, rbx, rax;
};

struct guest {
	uint64_t base;     /* where its physical address 0 is in our memory */
	uint64_t size;     /* bytes */
	bool shadow;       /* its paging is ours to do, by shadow tables; else the CPU's, by EPT */
	bool synced;       /* shadow tables follow the guest's where they can, instead of being a virtual TLB */
	uint64_t ept_page; /* EPT_PAGE_4K, _2M or _1G: of the EPT, or the largest of the shadow tables */
	uint64_t eptp;
	uint32_t pin, primary, secondary; /* VM-execution controls as they are */
	uint32_t primary_fixed;           /* of these, what this CPU demands, or shadow tables do */
	uint32_t exceptions_fixed;        /* what the exception bitmap has always */
	bool is_hypervisor;               /* it is our own image, and what is said to it is for its guest */
	bool has_devices;                 /* there is a hypervisor below us, with devices that the guest may use */
	uint32_t entry;                   /* guest-physical */
	uint32_t start_info;              /* guest-physical, goes into EBX */
	bool launch;                      /* the VMCS has been cleared: the next entry is a VMLAUNCH */
	struct nb_ring *ring;             /* announced by the guest; NULL before that. Our pointer, into guest memory */
	struct vmx_region *vmcs;
};

extern struct guest guest;

/* Chooses memory for the guest from the memory map, loads the image of module 0 and writes its start info. */
void guest_load(struct guest *guest, const struct nb_pvh_start_info *info, const char *cmdline);

/* Our pointer to guest-physical [address, address + bytes), or NULL if that is not all guest memory. */
void *guest_memory(const struct guest *guest, uint64_t address, uint64_t bytes);

/* Makes the VMCS current and fills it: controls by capability, our state as host state, the PVH entry state as guest state. */
void guest_vmcs_init(struct guest *guest);

/*
 * The guest's IA32_EFER, where its WRMSR exits: with shadow tables. A CPU that does not switch the MSR at VM entry and exit has
 * it in the MSR itself; LMA and LME then follow the VM-entry control.
 */
void guest_set_efer(uint64_t value);

/* VMLAUNCH, then the exit loop; returns when handle_exit() says false. entry.S */
bool guest_run(struct guest_registers *initial);

/* What entry.S does next. */
enum after_exit { AFTER_STOP, AFTER_RESUME, AFTER_LAUNCH };

/* Called by entry.S at every exit. exits.c */
enum after_exit handle_exit(struct guest_registers *regs);

/* Called by entry.S when VMLAUNCH or VMRESUME fails: of a guest's guest it is the guest's failure. exits.c */
enum after_exit handle_failed_entry(bool resume);

/* An external interrupt has come while a guest ran, and has been acknowledged. exits.c */
void machine_interrupt(const struct guest_registers *regs);

/* When the VMLAUNCH or VMRESUME of our own guest fails. */
void guest_entry_failed(bool resume) __attribute__((noreturn));

/* Called by entry.S when VMWRITE of HOST_RSP fails: the one VMCS access that is not made, or counted, by vmcs_write(). */
void guest_host_rsp_failed(void) __attribute__((noreturn));

/* Prints why the guest stopped, its registers and its VMCS, and ends the run. dump.c */
void guest_dump_and_fail(const struct guest_registers *regs, uint32_t reason, const char *why)
	__attribute__((noreturn));

#endif
