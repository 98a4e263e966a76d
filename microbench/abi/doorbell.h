/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The doorbell: two I/O ports by which a guest speaks to the level below it, at any depth.
 * A hypervisor in between translates the address it is told and rings its own doorbell in turn.
 */
#ifndef NB_ABI_DOORBELL_H
#define NB_ABI_DOORBELL_H

/* 32-bit OUT of the page frame number of the guest's struct nb_ring (guest-physical address >> 12). */
#define NB_PORT_RING 0x4e40
/* 32-bit OUT of one of enum nb_doorbell; 32-bit IN: what to measure next, see NB_NEXT_OP(). */
#define NB_PORT_DOORBELL 0x4e44

/*
 * What to measure next: an operation's number and a window's length, or NB_NEXT_DONE. With NB_NEXT_HYPERVISOR it is meant for
 * the hypervisor that asks on its guest's behalf: it measures it itself, and asks again.
 */
#define NB_NEXT_DONE       0u
#define NB_NEXT_HYPERVISOR (1u << 31)
#define NB_NEXT(op, n)     (((unsigned)(op) + 1) | (unsigned)(n) << 8)
#define NB_NEXT_OP(next)   (((next)&0xff) - 1)
#define NB_NEXT_N(next)    (((next) & ~NB_NEXT_HYPERVISOR) >> 8)

enum nb_doorbell {
	NB_DOORBELL_OPEN = 1,   /* a window begins when this instruction completes */
	NB_DOORBELL_CLOSE = 2,  /* the window ended before this instruction */
	NB_DOORBELL_DONE = 3,   /* everything asked for was run (or skipped with its reason) */
	NB_DOORBELL_FAILED = 4, /* the guest cannot go on; the console says why */
	/*
	 * Do all that CLOSE does, but take nothing out of the ring: the guest throws away what was put in. After one of
	 * these, code and data of every level have been touched, so that no window pays for a first touch.
	 */
	NB_DOORBELL_REHEARSE = 5,
	/*
	 * A hypervisor has written the steps of a walk into the ring: let the level below add what its own tables say of the
	 * addresses there. Nobody need answer.
	 */
	NB_DOORBELL_TABLES = 6,
};

#endif
