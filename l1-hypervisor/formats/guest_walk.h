/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Walks a guest's page tables as the guest's CPU does (SDM 5.3 to 5.8). The result is the
 * translated address and the allowed accesses, or the page fault. Pure C over memory that the
 * caller supplies: the unit tests run on any computer.
 */
#ifndef HV_GUEST_WALK_H
#define HV_GUEST_WALK_H

#include <stdbool.h>
#include <stdint.h>

/* Bits of an access, of rights and of the error code of a page fault (SDM 5.7). */
#define WALK_PRESENT  (1u << 0) /* error code only: the page is present, but does not allow the access */
#define WALK_WRITE    (1u << 1)
#define WALK_USER     (1u << 2)
#define WALK_RESERVED (1u << 3) /* error code only: a reserved bit is set in an entry */
#define WALK_FETCH    (1u << 4)
#define WALK_ACCESS   (WALK_WRITE | WALK_USER | WALK_FETCH)

#define WALK_4K 0x1000ull
#define WALK_2M 0x200000ull
#define WALK_4M 0x400000ull
#define WALK_1G 0x40000000ull

enum walk_mode { WALK_OFF, WALK_32BIT, WALK_PAE, WALK_4LEVEL };

/*
 * The CPU state that affects translation. SMAP, protection keys and 5-level paging are unsupported.
 */
struct walk_paging {
	enum walk_mode mode;
	uint64_t root;          /* physical address of the top table; PAE paging uses pdpte instead */
	uint64_t pdpte[4];      /* values at the last load of CR3 (SDM 5.4.1) */
	unsigned physical_bits; /* MAXPHYADDR */
	bool wp, nxe, smep, pse;
	bool has_1g; /* 1 GiB pages are supported */
	/*
	 * Returns a pointer to the entry at a physical address, or NULL if no memory is there. An
	 * entry has 8 bytes (4 in 32-bit paging) and is aligned to its size.
	 */
	void *(*entry)(void *context, uint64_t physical);
	void *context;
};

struct walk_page {
	uint64_t physical; /* translation of the address itself, not of the page's start */
	uint64_t size;     /* bytes of the guest's page */
	unsigned rights;   /* bits of WALK_ACCESS that the entries of all levels allow */
	bool dirty;        /* the page's entry has D set */
	uint32_t error;    /* error code of the page fault after WALK_FAULT; the other members are then undefined */
};

enum walk_result {
	WALK_GOOD,
	WALK_FAULT,  /* the guest gets a #PF */
	WALK_BEYOND, /* a table is outside memory */
};

/*
 * Translates a linear address for an access (bits of WALK_ACCESS; 0: a supervisor read). touch: the
 * access takes place, so the walk sets A and D as a CPU does. A fault sets neither.
 */
enum walk_result walk(const struct walk_paging *paging, uint64_t linear, unsigned access, bool touch,
		      struct walk_page *page);

/*
 * Reads the four PDPTEs of PAE paging at cr3 into paging->pdpte. Returns WALK_FAULT if a reserved
 * bit is set (the load raises #GP), and WALK_BEYOND if they are outside memory. On failure pdpte
 * does not change.
 */
enum walk_result walk_load_pdptes(struct walk_paging *paging, uint64_t cr3);

/*
 * Returns the rights (bits of WALK_ACCESS) for a shadow entry after a good walk for this access.
 * The CPU's CR0.WP is always 1. The rights allow the access, and all other accesses that need no
 * new walk. A clean page is not writable, because its first write must set D.
 *
 * With guest WP = 0, the guest's supervisor may write a read-only page. The shadow page is then
 * writable and not accessible to the user. With SMEP it is not executable either: the supervisor
 * could not execute the user page, so it must not execute the shadow page. A later user access
 * faults, and the shadow page becomes a read-only user page again.
 */
unsigned walk_shadow_rights(const struct walk_paging *paging, const struct walk_page *page, unsigned access);

/*
 * For 4-level paging and a present entry: walk_is_reserved() returns true if a reserved bit is set,
 * and walk_is_page() if the entry maps a page. shift is the lowest address bit of the index into
 * the entry's table (39, 30, 21 or 12).
 */
bool walk_is_reserved(const struct walk_paging *paging, unsigned shift, uint64_t entry);
bool walk_is_page(const struct walk_paging *paging, unsigned shift, uint64_t entry);

/*
 * Returns true if a page with these rights allows the access under CR0.WP and CR4.SMEP (SDM 5.6.1).
 */
bool walk_allows(bool wp, bool smep, unsigned rights, unsigned access);

#endif
