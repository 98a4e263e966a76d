/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What our hypervisor does for its guest beyond the architecture: hypercalls, ports and device pages for the operations.
 * A guest uses them only where the wish SERVICES is offered.
 */
#ifndef NB_ABI_SERVICES_H
#define NB_ABI_SERVICES_H

#include <stdint.h>

/* VMCALL with the number in RAX and the argument in RDI; the result comes in RAX. An unknown number does nothing: RAX = 0. */
enum nb_hypercall {
	NB_HYPERCALL_NOTHING = 0x6e62, /* for KVM too a number that it does not know */

	NB_HYPERCALL_MESSAGE = 1,   /* takes a message: RDI */
	NB_HYPERCALL_MESSAGES = 2,  /* how many messages have come, by whatever way */
	NB_HYPERCALL_CLOCK = 3,     /* RDI: physical address of a page for struct nb_clock (clock_page.h); 0: no more */
	NB_HYPERCALL_VIRTQUEUE = 4, /* RDI: physical address of a struct nb_virtqueue (virtqueue.h); 0: no more */
	NB_HYPERCALL_LOSE_PAGE = 5, /* RDI: unmap this physical page until it is touched. RAX = 1: it cannot be */
	NB_HYPERCALL_LOST = 6,      /* how many lost pages have come back during the delivery of an event */
	NB_HYPERCALL_PREEMPT = 7,   /* RDI: ticks of the VMX-preemption timer until it sends the vector below */
	NB_HYPERCALL_FRESH =
		8, /* RDI: fresh memory (below) is untouched again, in pages of so many bytes. RAX = 1: it cannot be */
	NB_HYPERCALL_CHECK = 9, /* for tests: no change of page tables is pending, so a look at their shadow is right */
	NB_HYPERCALL_DIRTY =
		10, /* RDI: log stores to the logged pages (below), by enum nb_dirty. RAX = 1: it cannot be */
	NB_HYPERCALL_COLLECT = 11, /* how many logged pages have been written to since the last time */
	/*
	 * RDI: when the guest's next page fault comes to the hypervisor, the level below it takes a page away: one of the guest's
	 * (its physical address), or one of the hypervisor's own (enum nb_take). RAX = 1: it cannot be
	 */
	NB_HYPERCALL_TAKE_PAGE = 12,
	NB_HYPERCALL_TAKEN = 13,   /* how many were taken so. All bits 1: nobody below takes pages */
	NB_HYPERCALL_AWAITED = 14, /* how many of those came back because they were touched. All bits 1: none can */
};

/* In place of an address: what of the hypervisor's own. */
enum nb_take {
	NB_TAKE_TABLES = 1,     /* the root of the tables that it has made for the guest */
	NB_TAKE_MSR_BITMAP = 2, /* which the level below reads at each VM entry */
	NB_TAKE_CODE = 3,       /* of its exit handler */
	NB_TAKE_STACK = 4,      /* on which it handles the fault */
};

/* With either: the page stays away until it is touched. Without, it comes back at once, elsewhere. */
#define NB_TAKE_UNTIL_TOUCHED (1ull << 63)

#define NB_VECTOR_PREEMPTED 0x5f

/* 32-bit OUT of a vector: the guest takes this interrupt as soon as it can; 2 is an NMI. */
#define NB_PORT_INTERRUPT 0x4e54
/* 32-bit OUT: the virtqueue has new buffers. */
#define NB_PORT_KICK 0x4e58

/* Pages of a device that takes messages (32-bit stores): one is misconfigured in the EPT, one not there at all. */
#define NB_MMIO_MISCONFIG 0xfd001000u
#define NB_MMIO_VIOLATION 0xfd002000u

/*
 * Fresh memory: guest-physical addresses, 768 times 1 GiB, where each page, of 4 KiB, 2 MiB or 1 GiB, can be read at its beginning, and is
 * mapped when it first is. It is as much as an address of 40 bits reaches.
 */
#define NB_FRESH     (256ull << 30)
#define NB_FRESH_END (1024ull << 30)

/* First touches between two NB_HYPERCALL_FRESH: there are tables for so many, each with two of its own, and some more. */
#define NB_FRESH_TOUCHES 544u

/* Pages of 4 KiB, at these guest-physical addresses once they have been logged, by which dirty logging is measured. */
#define NB_LOGGED       0xfc000000ull
#define NB_LOGGED_PAGES 16u

enum nb_dirty {
	NB_DIRTY_OFF,
	NB_DIRTY_PROTECTION, /* they are write-protected: the first store to each exits */
	NB_DIRTY_FLAGS,      /* by the dirty flags of EPT entries */
	NB_DIRTY_LOG,        /* by the page-modification log */
};

#endif
