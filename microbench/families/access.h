/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Accesses that may fault, from ring 0 and ring 3, for operations that check what paging lets pass. A fault is noted, and the access is
 * left as if it had not been.
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
#define RESERVED (1ull << 51) /* no CPU of today has so long an address */

/* And of a page fault's error code, SDM 5.7. */
enum { ERROR_PRESENT = 1, ERROR_WRITE = 2, ERROR_USER = 4, ERROR_RESERVED = 8, ERROR_FETCH = 16 };

/* What has faulted since count was last set to 0; the rest is of the last one. */
struct access_fault {
	uint64_t count, vector, error, address; /* address: CR2 */
};
extern struct access_fault access_fault;

/* Where execution goes on behind an access of one's own. */
extern volatile uint64_t access_resume;

/* From now on #PF, #GP and #SS are noted, ring 3 can be reached (SYSCALL and SYSRET), and NX and CR0.WP are on; and all as it was before. */
void access_begin(void);
void access_end(void);

uint64_t access_load(uint64_t linear);
void access_store(uint64_t linear, uint64_t value);

/* INVPCID, whose operand is a PCID and an address. */
void access_invpcid(uint64_t type, const void *operand);

/* What is fetched there must be ACCESS_CODE. */
void access_fetch(uint64_t linear);
#define ACCESS_CODE 0xe0ffu /* JMP RAX */

/*
 * In ring 3, whose code, the page at access_user_page, must be a user's: there, or at another address that was told. A fetch finds
 * ACCESS_USER_CODE.
 */
extern uint8_t access_user_page[];
void access_user_page_is_at(uint64_t linear);
uint64_t access_user_load(uint64_t linear);
void access_user_store(uint64_t linear, uint64_t value);
void access_user_fetch(uint64_t linear);
#define ACCESS_USER_CODE 0x050fu /* SYSCALL */

/* Has the CPU pages of 1 GiB (SDM 5.5.4)? CPUID.80000001H:EDX[26]. */
static inline bool has_pages_of_1g(void)
{
	return cpuid(0x80000001u, 0).edx >> 26 & 1;
}

static inline void invalidate(uint64_t linear)
{
	__asm__ volatile("invlpg (%0)" : : "r"(linear) : "memory");
}

#endif
