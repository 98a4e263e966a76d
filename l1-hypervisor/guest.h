/* SPDX-License-Identifier: GPL-2.0-only */
/* The one guest of this hypervisor: its memory, image, VMCS and registers. */
#ifndef HV_GUEST_H
#define HV_GUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "l1-hypervisor/vmx.h"
#include "microbench/abi/memory.h"
#include "microbench/abi/pvh.h"
#include "microbench/abi/ring.h"

/* Default size of guest memory in bytes. The word memory= can set a larger size. */
#define GUEST_MEMORY NB_GUEST_MEMORY

/*
 * General-purpose registers in the order of entry.S: it pushes rax first, so r15 has the lowest
 * address.
 */
struct guest_registers {
	uint64_t r15, r14, r13, r12, r11, r10, r9, r8, rbp, rdi, rsi, rdx, rcx, rbx, rax;
};

struct guest {
	uint64_t base; /* host-physical address of guest-physical address 0 */
	uint64_t size; /* bytes */
	/*
	 * This hypervisor does the guest's paging with shadow tables. Otherwise the CPU does it
	 * with EPT.
	 */
	bool shadow;
	/*
	 * Guest page tables are write-protected where possible, and the shadow tables are kept in
	 * step. Otherwise the shadow tables are a virtual TLB.
	 */
	bool synced;
	/*
	 * EPT_PAGE_4K, _2M or _1G: page size of the EPT, or the largest page size of the shadow
	 * tables
	 */
	uint64_t ept_page;
	uint64_t eptp;
	uint32_t pin, primary, secondary; /* current VM-execution controls */
	uint32_t primary_fixed;           /* primary controls that this CPU or the shadow tables require */
	uint32_t exceptions_fixed;        /* exceptions that are always intercepted */
	/* The guest runs this hypervisor's image, so it also gets the windows for hypervisors. */
	bool is_hypervisor;
	bool has_devices;    /* a hypervisor is below and has devices that the guest may use */
	uint32_t entry;      /* guest-physical address of the entry point */
	uint32_t start_info; /* guest-physical address of the start info, for EBX */
	bool launch;         /* the VMCS was cleared, so the next entry is a VMLAUNCH */
	/* host pointer to the ring in guest memory; NULL until the guest announces the ring */
	struct nb_ring *ring;
	struct vmx_region *vmcs;
};

extern struct guest guest;

/*
 * Chooses guest memory from the memory map, loads the image of module 0 and writes the guest's
 * start info. Ends the run with a message if a part of this fails.
 */
void guest_load(struct guest *guest, const struct nb_pvh_start_info *info, const char *cmdline);

/*
 * Returns a host pointer to guest-physical [address, address + bytes). Returns NULL if a part of
 * the range is not guest memory.
 */
void *guest_memory(const struct guest *guest, uint64_t address, uint64_t bytes);

/*
 * Makes the VMCS current and fills it. The controls come from the capabilities, the host state from
 * this hypervisor and the guest state from PVH.
 */
void guest_vmcs_init(struct guest *guest);

/*
 * Sets the guest's IA32_EFER when its WRMSR exits (with shadow tables). Some CPUs do not switch
 * this MSR at VM entry and exit; they keep the guest's value in the MSR itself. LMA and LME then
 * follow the VM-entry control.
 */
void guest_set_efer(uint64_t value);

/*
 * Executes VMLAUNCH and runs the exit loop. Returns false when handle_exit() returns AFTER_STOP.
 * Defined in entry.S.
 */
bool guest_run(struct guest_registers *initial);

/* The next step of entry.S. */
enum after_exit { AFTER_STOP, AFTER_RESUME, AFTER_LAUNCH };

/* Handles an exit. entry.S calls it at every exit. Defined in exits.c. */
enum after_exit handle_exit(struct guest_registers *regs);

/*
 * Handles a failed VMLAUNCH or VMRESUME (resume). If the nested guest was to run, the guest gets
 * the failure. Otherwise the run ends. entry.S calls it. Defined in exits.c.
 */
enum after_exit handle_failed_entry(bool resume);

/*
 * Handles an external interrupt that came while a guest ran and is already acknowledged. Defined in
 * exits.c.
 */
void machine_interrupt(const struct guest_registers *regs);

/* Ends the run after a failed VMLAUNCH, or VMRESUME (resume), of the guest. Defined in dump.c. */
void guest_entry_failed(bool resume) __attribute__((noreturn));

/*
 * Ends the run after a failed VMWRITE of HOST_RSP in entry.S. This VMWRITE is the only VMCS access
 * that vmcs_write() does not make or count. Defined in dump.c.
 */
void guest_host_rsp_failed(void) __attribute__((noreturn));

/* Prints why the guest stopped, its registers and its VMCS, and ends the run. Defined in dump.c. */
void guest_dump_and_fail(const struct guest_registers *regs, uint32_t reason, const char *why)
	__attribute__((noreturn));

#endif
