/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * L2's memory of 4 MiB. L2's linear and physical addresses and L1's addresses are equal, and the
 * same on every machine. L2's page tables and the EPT map the lower half with 4 KiB pages and the
 * upper half with one 2 MiB page.
 */
#ifndef VMXDIFF_L2_H
#define VMXDIFF_L2_H

#include <stdbool.h>
#include <stdint.h>

#define L2_MEMORY 0x800000ull
#define L2_LARGE  (L2_MEMORY + (2ull << 20))
#define L2_END    (L2_MEMORY + (4ull << 20))

/* Pages of L2's lower half. The page before the stack is not used as a stack. */
enum l2_page {
	L2_CODE,
	L2_HANDLERS, /* exception handlers of 16 bytes, each starting with VMCALL */
	L2_TABLES,   /* descriptor tables and TSSs */
	L2_PML4,
	L2_PDPT,
	L2_PD,
	L2_PT,
	L2_PDPT_PAE,
	L2_PD_32, /* page directory for paging with 32-bit entries: one 4 MiB page */
	L2_STACK,
	L2_DATA,
	L2_DATA_2,
	L2_READ_ONLY, /* L2's page tables restrict this page and the next three */
	L2_NOT_THERE,
	L2_OTHER_RING, /* supervisor page if L2 runs at CPL 3, user page if L2 runs at CPL 0 */
	L2_NO_CODE,
	L2_EPT_READ_ONLY,
	L2_EPT_NOT_THERE,
	L2_EPT_BAD, /* misconfigured: writable but not readable */
	L2_EPT_NO_CODE,
	L2_BEHIND, /* receives accesses that cross the end of the page before */
	L2_PAGES
};

#define L2_AT(page) (L2_MEMORY + 4096ull * (page))

/* Selectors of L2's GDT. */
enum {
	L2_CS64 = 0x08,
	L2_SS = 0x10,
	L2_CS32 = 0x18,
	L2_USER_SS = 0x2b,
	L2_USER_CS64 = 0x33,
	L2_USER_CS32 = 0x3b,
	L2_TR = 0x40,
	L2_OTHER_TASK = 0x50, /* a 32-bit TSS that is not busy */
	L2_CS16 = 0x58,
};

#define L2_GDT     (L2_AT(L2_TABLES) + 0)
#define L2_GDT_LEN 0x60u
#define L2_TSS     (L2_AT(L2_TABLES) + 0x100) /* 104 bytes */
#define L2_TASK    (L2_AT(L2_TABLES) + 0x180)
#define L2_TSS32   (L2_AT(L2_TABLES) + 0x200)
#define L2_IDT32   (L2_AT(L2_TABLES) + 0x400)
#define L2_IDT64   (L2_AT(L2_TABLES) + 0x800)
#define L2_VECTORS 48u

/* Builds the EPT and the copies from which l2_reset() restores L2's memory. */
void l2_init(void);

/* Restores the initial contents of the memory and the EPT. `user`: L2 runs at CPL 3. */
void l2_reset(bool user);

/* Returns the EPT pointer: a walk of 4 levels, write-back, without accessed and dirty flags. */
uint64_t l2_eptp(void);

/*
 * Returns the EPT entry for a page (enum l2_page) at a level (3: PML4, 2: PDPT, 1: page directory,
 * 0: page table).
 */
uint64_t *l2_ept_entry(unsigned level, unsigned page);
/*
 * Changes an EPT entry until the next l2_reset(). At most eight changes are possible; further ones
 * have no effect.
 */
void l2_ept_change(uint64_t *entry, uint64_t value);

/* Notes the pages that L2 has written to. `user` must be the value given to l2_reset(). */
void l2_note_memory(bool user);

#endif
