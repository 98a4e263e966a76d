/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A walk of a guest hypervisor's EPT as the CPU would do it (SDM 29.3): where a guest-physical address leads, and what may be done there. Pure
 * C over memory that the caller shows: it is unit-tested on any computer.
 */
#ifndef HV_EPT_WALK_H
#define HV_EPT_WALK_H

#include <stdbool.h>
#include <stdint.h>

struct ept_walk {
	uint64_t eptp;
	uint64_t ept_vpid;      /* what this EPT can: IA32_VMX_EPT_VPID_CAP as its owner sees it */
	unsigned physical_bits; /* MAXPHYADDR */
	/* The entry at a physical address, 8 bytes, aligned so; NULL: there is no memory, which reads as ones. */
	uint64_t *(*entry)(uint64_t physical);
	/* An accessed or dirty flag has been set in it. */
	void (*changed)(uint64_t physical);
};

struct ept_page {
	uint64_t physical; /* of the address itself */
	uint64_t size;     /* of the page */
	uint64_t
		rights; /* of EPT_RWX: what the entries of all levels allow; after EPT_WALK_VIOLATION, those that were looked at */
	uint64_t type;      /* the leaf's memory type and EPT_IGNORE_PAT, where they are in an entry */
	bool dirty;         /* its dirty flag is set, or there are no such flags */
	bool becomes_dirty; /* the access has to set it, and it was clear */
};

enum ept_result { EPT_WALK_GOOD, EPT_WALK_VIOLATION, EPT_WALK_MISCONFIG };

/*
 * Translates for an access (of EPT_RWX), and sets accessed and dirty flags if there are any (EPTP bit 6). Not so where a page becomes dirty
 * without set_dirty: there no flag is set, so that a log of it can be written before, or be full (SDM 29.3.6).
 */
enum ept_result ept_walk(const struct ept_walk *walk, uint64_t guest_physical, uint64_t access, bool set_dirty,
			 struct ept_page *page);

/* What of a present entry makes it misconfigured (29.3.3.1), whose index begins at this bit of an address; NULL: nothing does. */
const char *ept_entry_wrong(uint64_t entry, unsigned shift, uint64_t ept_vpid, unsigned physical_bits);

/* Does it map a page? */
bool ept_entry_is_leaf(uint64_t entry, unsigned shift);

#endif
