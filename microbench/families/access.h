/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Accesses that may fault, from ring 0 and ring 3, for operations that check paging. The fault
 * handler records a fault and skips the instruction, so the access has no effect.
 */
#ifndef NB_ACCESS_H
#define NB_ACCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "microbench/bare/cpu.h"
#include "vmcs-shadow/x86.h"

/* Bits of a paging-structure entry, SDM 5.5. */
#define P        1ull
#define W        2ull
#define U        4ull
#define ACCESSED 0x20ull
#define DIRTY    0x40ull
#define LARGE    0x80ull
#define GLOBAL   0x100ull
#define NX       (1ull << 63)
#define RESERVED (1ull << 51) /* no current CPU has so many physical-address bits */

/* Bits of a page fault's error code, SDM 5.7. */
enum { ERROR_PRESENT = 1, ERROR_WRITE = 2, ERROR_USER = 4, ERROR_RESERVED = 8, ERROR_FETCH = 16 };

/* The number of faults since count was last set to 0. The other members describe the last fault. */
struct access_fault {
	uint64_t count, vector, error, address; /* address: CR2 */
};
extern struct access_fault access_fault;

/*
 * The address at which execution continues after a fault. A caller sets it for instructions that it
 * writes itself.
 */
extern volatile uint64_t access_resume;

/*
 * access_begin() records #PF, #GP and #SS from now on, opens the way to ring 3 (SYSCALL and
 * SYSRET), and sets EFER.NXE and CR0.WP. access_end() restores EFER and CR0 and removes the
 * handlers.
 */
void access_begin(void);
void access_end(void);

/* Loads or stores 8 bytes in ring 0. A load that faults returns 0. */
uint64_t access_load(uint64_t linear);
void access_store(uint64_t linear, uint64_t value);

/* Executes INVPCID. The operand is a PCID and a linear address, 8 bytes each. */
void access_invpcid(uint64_t type, const void *operand);

/* Jumps to the linear address. The code there must be ACCESS_CODE. */
void access_fetch(uint64_t linear);
#define ACCESS_CODE 0xe0ffu /* JMP RAX */

/*
 * Accesses in ring 3. The code for ring 3 is the page at access_user_page, which must be a user
 * page. access_user_page_is_at() sets another linear address at which this page is mapped. A fetch
 * needs ACCESS_USER_CODE at its address.
 */
extern uint8_t access_user_page[];
void access_user_page_is_at(uint64_t linear);
uint64_t access_user_load(uint64_t linear);
void access_user_store(uint64_t linear, uint64_t value);
void access_user_fetch(uint64_t linear);
#define ACCESS_USER_CODE 0x050fu /* SYSCALL */

/* Returns true if the CPU has pages of 1 GiB (SDM 5.5.4): CPUID.80000001H:EDX[26]. */
static inline bool has_pages_of_1g(void)
{
	return cpuid(0x80000001u, 0).edx >> 26 & 1;
}

static inline void invalidate(uint64_t linear)
{
	__asm__ volatile("invlpg (%0)" : : "r"(linear) : "memory");
}

#endif
