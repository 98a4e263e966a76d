/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The state of the guest's only vCPU, and of its memory. Every handler gets a pointer to it. A
 * lower folder never calls a higher one: it reads a value here, or calls one of the hooks that the
 * higher folder has set here.
 */
#ifndef HV_VCPU_H
#define HV_VCPU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "l1-hypervisor/formats/guest_walk.h"
#include "microbench/abi/ring.h"

struct vcpu;
struct vmx_region;

/*
 * General-purpose registers in the order of entry.S: it pushes rax first, so r15 has the lowest
 * address.
 */
struct guest_registers {
	uint64_t r15, r14, r13, r12, r11, r10, r9, r8, rbp, rdi, rsi, rdx, rcx, rbx, rax;
};

/* The next step of entry.S after a handler: leave guest_run(), VMRESUME or VMLAUNCH. */
enum outcome { OUTCOME_STOP, OUTCOME_RESUME, OUTCOME_LAUNCH };

/* Handles an exit for this basic exit reason. The table of exits.c has one handler for each. */
typedef enum outcome exit_handler(struct vcpu *vcpu, uint32_t reason);

/* Events that wait until the guest, or the nested guest while it runs, can take them. */
struct pending_events {
	int interrupt; /* vector, or -1 */
	bool nmi;
	/*
	 * An exception of the nested guest that the guest intercepts. The next entry becomes a
	 * virtual VM exit.
	 */
	struct pending_exception {
		bool valid, has_error;
		uint8_t vector;
		uint32_t error;
		uint64_t linear; /* of a page fault */
	} exception;
};

/* The registers of the guest's local APIC (SDM chapter 11). */
struct local_apic {
	uint64_t base; /* IA32_APIC_BASE */
	uint32_t tpr, spurious, divide, lvt_timer, initial_count, icr_high;
	uint32_t irr[8], isr[8];
	bool armed;        /* the timer counts */
	bool has_requests; /* false only if no bit of IRR is set */
};

/*
 * The guest's control registers as it wrote them. With shadow page tables the CPU's registers have
 * other values. For CR0 and CR4 only the bits that trap are up to date.
 */
struct guest_paging {
	uint64_t cr0, cr3, cr4, efer;
	bool has_nx, has_smep, has_pcid;
	bool write_protected; /* protected_shadow.h is in use, and not the virtual TLB of shadow.h */
	struct walk_paging state;
};

/* Devices of the machine that the guest uses itself. */
struct passthrough {
	bool on;
	uint32_t pending[8]; /* acknowledged interrupts of the machine, one bit for each vector */
};

/* A page that a test has taken from the guest until the guest touches it again. */
struct lost_page {
	uint64_t start, size;          /* size 0: there is none */
	uint64_t restored_in_delivery; /* number of pages that came back during the delivery of an event */
};

/*
 * Nested virtualization, as the lower folders see it. nested/ sets vcpu->nested if the guest has
 * virtualization instructions. Hooks of the first group can be called at any time. Hooks of the
 * second group can be called only while the nested guest runs.
 */
struct nested_hooks {
	/* The host has written to guest memory. */
	void (*memory_written)(struct vcpu *vcpu, uint64_t physical, uint64_t bytes);
	/* Returns true if the page was write-protected for nesting; it is writable afterwards. */
	bool (*unprotect_page)(struct vcpu *vcpu, uint64_t physical);
	/* An intercept bitmap of the host has changed. */
	void (*bitmaps_changed)(struct vcpu *vcpu);
	/*
	 * The guest is about to change its descriptor tables. Returns true if it must repeat its
	 * instruction.
	 */
	bool (*tables_change)(struct vcpu *vcpu);
	/* Reads a capability MSR. Returns false if the guest does not have it. */
	bool (*read_msr)(struct vcpu *vcpu, uint32_t msr, uint64_t *value);

	/* Returns true if the guest intercepts this exception of the nested guest. */
	bool (*intercepts_exception)(struct vcpu *vcpu, unsigned vector, uint32_t error);
	bool (*intercepts_interrupts)(struct vcpu *vcpu);
	bool (*intercepts_nmis)(struct vcpu *vcpu);
	/* Call before the host injects an event: saves the guest's own event fields. */
	void (*save_event_fields)(struct vcpu *vcpu);
	/* Returns true if this entry injects an event that the guest has requested. */
	bool (*injects_own_event)(struct vcpu *vcpu);
	/* Returns host memory for a physical address of the nested guest, or NULL. */
	void *(*memory)(struct vcpu *vcpu, uint64_t physical, uint64_t bytes);
};

/*
 * Hooks of the experiments (lab/). A hook that is NULL is skipped. Without lab/ all hooks are NULL
 * except measure.
 */
struct lab_hooks {
	void (*page_fault)(struct vcpu *vcpu);   /* a page fault of the guest has exited */
	void (*window_opens)(struct vcpu *vcpu); /* a measured window is about to open */
	void (*guest_waits)(struct vcpu *vcpu);  /* the guest asks for its next window */
	/* Measures a window for the hypervisor itself. next is the request of NB_NEXT(). */
	void (*measure)(struct vcpu *vcpu, uint32_t next);
	/* Executes a hypercall. Returns false if it does not know the number in RAX. */
	bool (*hypercall)(struct vcpu *vcpu, uint64_t argument);
	/* Handles an EPT violation. Returns false if the page does not belong to an experiment. */
	bool (*ept_violation)(struct vcpu *vcpu, uint64_t physical);
	/*
	 * Translates a guest-physical address outside guest memory. Returns false if no experiment
	 * maps it.
	 */
	bool (*translate)(uint64_t physical, uint64_t *host, uint64_t *page_size);
	void (*log_full)(struct vcpu *vcpu);     /* the page-modification log is full */
	void (*nested_entry)(struct vcpu *vcpu); /* the nested guest is about to run */
	/* The traps that an operation can request (microbench/trap_requests.h), as bits. */
	uint32_t (*traps_offered)(struct vcpu *vcpu);
	/* Grants exactly these traps. Returns false and changes nothing if one is unsupported. */
	bool (*grant_traps)(struct vcpu *vcpu, uint32_t traps);
	/*
	 * The guest has announced its ring, and no kernel below describes this CPU. Returns false
	 * if it is full.
	 */
	bool (*describe_cpu)(struct nb_ring *ring);
};

struct vcpu {
	/*
	 * Must be the first member. At an exit the stack pointer is just behind the registers, and
	 * entry.S pushes them here. The stack of the exit handlers lies below this structure.
	 */
	struct guest_registers regs;

	/* --- Memory --- */
	uint64_t base; /* host-physical address of guest-physical address 0 */
	uint64_t size; /* bytes */
	/*
	 * This hypervisor does the guest's paging with shadow tables. Otherwise the CPU does it
	 * with nested paging.
	 */
	bool shadow;
	/*
	 * Guest page tables are write-protected where possible, and the shadow tables are kept in
	 * step. Otherwise the shadow tables are a virtual TLB.
	 */
	bool write_protect;
	/*
	 * EPT_PAGE_4K, _2M or _1G: page size of the EPT, or the largest page size of the shadow
	 * tables
	 */
	uint64_t ept_page;
	uint64_t eptp;
	struct guest_paging paging;
	struct lost_page lost;

	/* --- Controls --- */
	uint32_t pin, primary, secondary; /* current VM-execution controls */
	uint32_t primary_fixed;           /* primary controls that this CPU or the shadow tables require */
	uint32_t exceptions_fixed;        /* exceptions that are always intercepted */
	uint64_t cr0_must_be_1;           /* the guest gets a #GP if it clears one of these bits */
	uint64_t cr4_must_be_1;           /* likewise in CR4 */
	uint64_t cr4_must_be_0;           /* the guest gets a #GP if it sets one of these bits */
	uint64_t dr[4];                   /* DR0 to DR3 while MOV DR traps */
	uint64_t xcr0;                    /* value in the CPU */
	uint64_t misc_enable;             /* IA32_MISC_ENABLE */
	bool launch;                      /* the VMCS was cleared, so the next entry is a VMLAUNCH */
	struct vmx_region *vmcs;          /* vmcs01 */

	/* --- Events --- */
	struct pending_events events;
	struct local_apic apic;
	struct passthrough passthrough;

	/* --- Nesting and experiments --- */
	const struct nested_hooks *nested; /* NULL: the guest has no virtualization instructions */
	bool nested_runs;                  /* the nested guest runs, or ran until this exit */
	bool is_hypervisor;                /* the guest runs this hypervisor's image: it gets its windows, too */
	struct lab_hooks lab;

	/* --- The stack around the guest --- */
	bool has_devices;    /* a hypervisor is below and has devices that the guest may use */
	uint32_t entry;      /* guest-physical address of the entry point */
	uint32_t start_info; /* guest-physical address of the start info, for EBX */
	/* host pointer to the ring in guest memory; NULL until the guest announces the ring */
	struct nb_ring *ring;
};

/*
 * Returns a host pointer to guest-physical [address, address + bytes). Returns NULL if a part of
 * the range is not guest memory.
 */
static inline void *guest_memory(const struct vcpu *vcpu, uint64_t address, uint64_t bytes)
{
	if (address > vcpu->size || bytes > vcpu->size - address)
		return NULL;
	return (void *)(uintptr_t)(vcpu->base + address);
}

/* Does the same for the nested guest while it runs. The bytes must lie in one 4 KiB page. */
static inline void *running_memory(struct vcpu *vcpu, uint64_t physical, uint64_t bytes)
{
	return vcpu->nested_runs ? vcpu->nested->memory(vcpu, physical, bytes) : guest_memory(vcpu, physical, bytes);
}

/* Returns true if these bytes overlap the lost page. */
static inline bool lost_page_overlaps(const struct vcpu *vcpu, uint64_t physical, uint64_t bytes)
{
	return vcpu->lost.size && physical < vcpu->lost.start + vcpu->lost.size && vcpu->lost.start < physical + bytes;
}

#endif
