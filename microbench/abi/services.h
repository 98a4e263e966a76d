/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The services of our hypervisor for its guest beyond the architecture: hypercalls, ports and
 * device pages for the operations. A guest uses them only where the trap request SERVICES is
 * offered (trap_requests.h).
 */
#ifndef NB_ABI_SERVICES_H
#define NB_ABI_SERVICES_H

#include <stdint.h>

/*
 * A VMCALL takes the number in RAX and the argument in RDI, and returns the result in RAX. An
 * unknown number does nothing and returns NB_HYPERCALL_UNKNOWN. A hypervisor without experiments
 * (make LAB=off) does not know LOSE_PAGE, LOST, and the numbers from FRESH on.
 */
#define NB_HYPERCALL_UNKNOWN UINT64_MAX

enum nb_hypercall {
	NB_HYPERCALL_NOTHING = 0x6e62, /* does nothing; KVM does not know this number either */

	NB_HYPERCALL_MESSAGE = 1,  /* sends the message in RDI */
	NB_HYPERCALL_MESSAGES = 2, /* returns the number of messages that arrived by any route */
	/* RDI: physical address of a page for struct nb_clock (clock_page.h); 0 stops the clock */
	NB_HYPERCALL_CLOCK = 3,
	/* RDI: physical address of a struct nb_virtqueue (virtqueue.h); 0 stops the device */
	NB_HYPERCALL_VIRTQUEUE = 4,
	/*
	 * Unmaps the page at physical address RDI until it is touched. RAX = 1 if that is
	 * impossible.
	 */
	NB_HYPERCALL_LOSE_PAGE = 5,
	NB_HYPERCALL_LOST = 6, /* returns how many lost pages came back during the delivery of an event */
	/* RDI: ticks of the VMX-preemption timer (32 bits) until it sends NB_VECTOR_PREEMPTED. */
	NB_HYPERCALL_PREEMPT = 7,
	/*
	 * Unmaps all fresh memory (below) again. RDI: the page size in bytes. RAX = 1 if
	 * that is impossible.
	 */
	NB_HYPERCALL_FRESH = 8,
	/*
	 * For tests: checks the shadow page tables. No change of the guest's page tables may be
	 * pending.
	 */
	NB_HYPERCALL_CHECK = 9,
	/*
	 * Selects how stores to the logged pages (below) are logged. RDI: enum nb_dirty.
	 * RAX = 1 if that is impossible.
	 */
	NB_HYPERCALL_DIRTY = 10,
	NB_HYPERCALL_COLLECT = 11, /* returns how many logged pages were written since the last call */
	/*
	 * At the guest's next page fault that exits to the hypervisor, the level below takes a page
	 * away. RDI: the physical address of a page of the guest, or enum nb_take for a page of the
	 * hypervisor. RAX = 1 if that is impossible.
	 */
	NB_HYPERCALL_TAKE_PAGE = 12,
	/* Returns how many pages TAKE_PAGE took. All ones: the level below takes no pages. */
	NB_HYPERCALL_TAKEN = 13,
	/*
	 * Returns how many of the taken pages came back because they were touched. All ones:
	 * unsupported.
	 */
	NB_HYPERCALL_AWAITED = 14,
};

/* The pages of the hypervisor that TAKE_PAGE accepts in place of an address. */
enum nb_take {
	NB_TAKE_TABLES = 1,     /* the root of the tables that the hypervisor made for the guest */
	NB_TAKE_MSR_BITMAP = 2, /* the MSR bitmap, which the level below reads at each VM entry */
	NB_TAKE_CODE = 3,       /* the code of the exit handler */
	NB_TAKE_STACK = 4,      /* the stack on which the exit handler runs */
};

/*
 * A flag for an address or an enum nb_take: the page stays away until it is touched. Without the
 * flag the page comes back at once, at another place in the host's memory.
 */
#define NB_TAKE_UNTIL_TOUCHED (1ull << 63)

#define NB_VECTOR_PREEMPTED 0x5f

/*
 * A 32-bit OUT of a vector requests this interrupt. The guest takes it as soon as it can. Vector 2
 * is an NMI.
 */
#define NB_PORT_INTERRUPT 0x4e54
/* A 32-bit OUT says that the virtqueue has new buffers. */
#define NB_PORT_KICK 0x4e58

/*
 * Pages of a device that accepts messages (32-bit stores). The EPT entry of MISCONFIG is
 * misconfigured. The EPT does not map VIOLATION.
 */
#define NB_MMIO_MISCONFIG 0xfd001000u
#define NB_MMIO_VIOLATION 0xfd002000u

/*
 * Fresh memory: 768 times 1 GiB of guest-physical addresses, up to the end of a 40-bit address
 * space. A guest may read each page (4 KiB, 2 MiB or 1 GiB) at its beginning. The hypervisor maps
 * the page at the first read.
 */
#define NB_FRESH     (256ull << 30)
#define NB_FRESH_END (1024ull << 30)

/*
 * The largest number of first touches between two NB_HYPERCALL_FRESH. The hypervisor has enough
 * tables for this many touches with two new tables each, and a few more.
 */
#define NB_FRESH_TOUCHES 544u

/*
 * The 4 KiB pages that measure dirty logging. They exist at these guest-physical addresses after
 * the first NB_HYPERCALL_DIRTY.
 */
#define NB_LOGGED       0xfc000000ull
#define NB_LOGGED_PAGES 16u

enum nb_dirty {
	NB_DIRTY_OFF,
	NB_DIRTY_PROTECTION, /* the pages are write-protected: the first store to each page exits */
	NB_DIRTY_FLAGS,      /* the hypervisor reads the dirty flags of EPT entries */
	NB_DIRTY_LOG,        /* the CPU writes the page-modification log */
};

#endif
