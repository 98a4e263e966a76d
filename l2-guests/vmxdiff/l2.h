/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The memory of L2: 4 MiB, whose addresses are the same for L2, in its physical memory, and for us, on every machine. The lower half is
 * in pages of 4 KiB, by its page tables and by the EPT, the upper half is one page of 2 MiB.
 */
#ifndef VMXDIFF_L2_H
#define VMXDIFF_L2_H

#include <stdbool.h>
#include <stdint.h>

#define L2_MEMORY 0x800000ull
#define L2_LARGE  (L2_MEMORY + (2ull << 20))
#define L2_END    (L2_MEMORY + (4ull << 20))

/* Pages that have a meaning. The stack has a page in front of it that is not used. */
enum l2_page {
	L2_CODE,
	L2_HANDLERS, /* of exceptions: 16 bytes each, VMCALL first */
	L2_TABLES,   /* descriptor tables and TSSs */
	L2_PML4,
	L2_PDPT,
	L2_PD,
	L2_PT,
	L2_PDPT_PAE,
	L2_PD_32, /* of paging with 32-bit entries: one page of 4 MiB */
	L2_STACK,
	L2_DATA,
	L2_DATA_2,
	L2_READ_ONLY, /* by L2's own tables, and so on */
	L2_NOT_THERE,
	L2_OTHER_RING, /* of CPL 0 where L2 runs at CPL 3, and the other way round */
	L2_NO_CODE,
	L2_EPT_READ_ONLY,
	L2_EPT_NOT_THERE,
	L2_EPT_BAD, /* misconfigured: writable but not readable */
	L2_EPT_NO_CODE,
	L2_BEHIND, /* what reaches across the end of the one before */
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
	L2_OTHER_TASK = 0x50, /* a TSS of 32 bits that is not busy */
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

void l2_init(void);

/* The memory as it is at the beginning of a case, and the EPT. user: L2 runs at CPL 3. */
void l2_reset(bool user);

uint64_t l2_eptp(void);

/*
 * Entries of the EPT, as level (3: PML4, 2: PDPT, 1: page directory, 0: page table) and page. A change is undone by l2_reset().
 */
uint64_t *l2_ept_entry(unsigned level, unsigned page);
void l2_ept_change(uint64_t *entry, uint64_t value);

/* Notes the pages that L2 has written to. */
void l2_note_memory(bool user);

#endif
