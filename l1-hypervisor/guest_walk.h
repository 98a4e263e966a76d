/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A walk of a guest's page tables as its CPU would do it (SDM 5.3 to 5.8): where an address leads, what may be done there, or the
 * page fault that comes of it. Pure C over memory that the caller shows: it is unit-tested on any computer.
 */
#ifndef HV_WALK_H
#define HV_WALK_H

#include <stdbool.h>
#include <stdint.h>

/* An access, a right, and the error code of a page fault (SDM 5.7) all speak in these bits. */
#define WALK_PRESENT  (1u << 0) /* only of an error code: the page is there, but does not allow that */
#define WALK_WRITE    (1u << 1)
#define WALK_USER     (1u << 2)
#define WALK_RESERVED (1u << 3) /* only of an error code: a reserved bit is set in an entry */
#define WALK_FETCH    (1u << 4)
#define WALK_ACCESS   (WALK_WRITE | WALK_USER | WALK_FETCH)

#define WALK_4K 0x1000ull
#define WALK_2M 0x200000ull
#define WALK_4M 0x400000ull
#define WALK_1G 0x40000000ull

enum walk_mode { WALK_OFF, WALK_32BIT, WALK_PAE, WALK_4LEVEL };

/* What of a CPU's state decides about translation. SMAP, protection keys and 5-level paging are not known here. */
struct walk_paging {
	enum walk_mode mode;
	uint64_t root;          /* physical address of the first table; PAE has pdpte instead */
	uint64_t pdpte[4];      /* as the last load of CR3 found them (SDM 5.4.1) */
	unsigned physical_bits; /* MAXPHYADDR */
	bool wp, nxe, smep, pse;
	bool has_1g; /* there are pages of 1 GiB */
	/* The entry at a physical address, 8 bytes (4 in 32-bit paging), aligned so; NULL: that is no memory. */
	void *(*entry)(uint64_t physical);
};

struct walk_page {
	uint64_t physical; /* of the address itself, not of the page's beginning */
	uint64_t size;     /* of the guest's page */
	unsigned rights;   /* of WALK_ACCESS: what the entries of all levels allow */
	bool dirty;        /* the page's entry has D set */
	uint32_t error;    /* after WALK_FAULT: the page fault's error code; nothing else holds then */
};

enum walk_result {
	WALK_GOOD,
	WALK_FAULT,  /* the guest gets a #PF */
	WALK_BEYOND, /* a table lies where no memory is */
};

/*
 * Translates linear for an access (of WALK_ACCESS; 0: a supervisor's read). touch: the access takes place, so A and D are set, as
 * a CPU does it; a fault sets neither.
 */
enum walk_result walk(const struct walk_paging *paging, uint64_t linear, unsigned access, bool touch,
		      struct walk_page *page);

/* Reads the four PDPTEs that PAE paging has at cr3. WALK_FAULT: a reserved bit is set, which is a #GP of whoever loads them. */
enum walk_result walk_load_pdptes(struct walk_paging *paging, uint64_t cr3);

/*
 * What a shadow entry may allow, after a good walk for this access, on a CPU whose CR0.WP is always 1: the access itself, and as
 * much more as needs no further look. A clean page is not writable: its first write has to set D.
 *
 * Where the guest has WP = 0, its supervisor may write what is read-only. The shadow of such a page is writable, then, and no
 * user's; with SMEP it cannot be executed either, as it could not by the supervisor while it was a user's. When the user comes, a
 * fault makes it a user's read-only page again.
 */
unsigned walk_shadow_rights(const struct walk_paging *paging, const struct walk_page *page, unsigned access);

/* 4-level paging: has a present entry of the table whose index begins at this bit (39, 30, 21 or 12) a reserved bit set? Maps it a page? */
bool walk_is_reserved(const struct walk_paging *paging, unsigned shift, uint64_t entry);
bool walk_is_page(const struct walk_paging *paging, unsigned shift, uint64_t entry);

/* Does a page with these rights allow the access, in this state of CR0.WP and CR4.SMEP (SDM 5.6.1)? */
bool walk_allows(bool wp, bool smep, unsigned rights, unsigned access);

#endif
