/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The doorbell: two I/O ports through which a guest talks to the level below it, at any depth. A
 * hypervisor in between translates the ring's address and then rings the doorbell of the level
 * below it.
 */
#ifndef NB_ABI_DOORBELL_H
#define NB_ABI_DOORBELL_H

/*
 * A 32-bit OUT tells the page frame number of the guest's struct nb_ring (guest-physical address >>
 * 12).
 */
#define NB_PORT_RING 0x4e40
/*
 * A 32-bit OUT sends one value of enum nb_doorbell. A 32-bit IN returns the window to measure next,
 * see NB_NEXT_OP().
 */
#define NB_PORT_DOORBELL 0x4e44

/*
 * The window to measure next: NB_NEXT_DONE, or an operation's number (below 255) and the number of
 * samples (below 2^23). With NB_NEXT_HYPERVISOR the window is for the hypervisor that asks on
 * behalf of its guest. The hypervisor measures this window and asks again.
 */
#define NB_NEXT_DONE       0u
#define NB_NEXT_HYPERVISOR (1u << 31)
#define NB_NEXT(op, n)     (((unsigned)(op) + 1) | (unsigned)(n) << 8)
#define NB_NEXT_OP(next)   (((next)&0xff) - 1)
#define NB_NEXT_N(next)    (((next) & ~NB_NEXT_HYPERVISOR) >> 8)

enum nb_doorbell {
	NB_DOORBELL_OPEN = 1,   /* the window begins when this instruction completes */
	NB_DOORBELL_CLOSE = 2,  /* the window ended before this instruction */
	NB_DOORBELL_DONE = 3,   /* every requested operation ran, or was skipped with its reason */
	NB_DOORBELL_FAILED = 4, /* the guest cannot go on; the console says why */
	/*
	 * The level below does everything that CLOSE does, but takes no records out of the ring.
	 * The guest discards the records that were added. Afterwards every level has touched its
	 * code and data, so no window pays for a first touch.
	 */
	NB_DOORBELL_REHEARSE = 5,
	/*
	 * A hypervisor has written the steps of a page walk into the ring. The level below may add
	 * the contents of its page tables for the addresses in these steps. No answer is required.
	 */
	NB_DOORBELL_TABLES = 6,
};

#endif
