/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Walks a guest hypervisor's EPT as the CPU does (SDM 29.3). The result is the translated address
 * and the allowed accesses. Pure C over memory that the caller supplies: the unit tests run on any
 * computer.
 */
#ifndef HV_EPT_WALK_H
#define HV_EPT_WALK_H

#include <stdbool.h>
#include <stdint.h>

struct ept_walk {
	uint64_t eptp;
	uint64_t ept_vpid;      /* IA32_VMX_EPT_VPID_CAP as the guest hypervisor sees it */
	unsigned physical_bits; /* MAXPHYADDR */
	/*
	 * Returns a pointer to the 8-byte entry at a physical address, a multiple of 8. NULL means
	 * that no memory is there; the entry then reads as all ones.
	 */
	uint64_t *(*entry)(void *context, uint64_t physical);
	/* Called after a new accessed or dirty flag is set in the entry at a physical address. */
	void (*changed)(void *context, uint64_t physical);
	void *context;
};

struct ept_page {
	uint64_t physical; /* translation of the address itself, not of the page's start */
	uint64_t size;     /* bytes of the page */
	/*
	 * Bits of EPT_RWX that the entries of all levels allow. After EPT_WALK_VIOLATION, only the
	 * entries that the walk read count.
	 */
	uint64_t rights;
	uint64_t type;      /* the leaf's memory type and EPT_IGNORE_PAT, at their bit positions in an entry */
	bool dirty;         /* the leaf's dirty flag is set, or dirty flags are off */
	bool becomes_dirty; /* the access must set the dirty flag, which was clear */
};

enum ept_result { EPT_WALK_GOOD, EPT_WALK_VIOLATION, EPT_WALK_MISCONFIG };

/*
 * Translates guest_physical for an access (bits of EPT_RWX), and fills *page. Sets accessed and
 * dirty flags if they are enabled (EPTP bit 6). Exception: if the page becomes dirty and set_dirty
 * is false, no flag is set. The caller can then write a log entry first, or report a full log (SDM
 * 29.3.6).
 */
enum ept_result ept_walk(const struct ept_walk *walk, uint64_t guest_physical, uint64_t access, bool set_dirty,
			 struct ept_page *page);

/*
 * Returns a message that says why an entry is misconfigured (SDM 29.3.3.1). Returns NULL if it is
 * valid or not present. shift is the lowest address bit of the index into the entry's table (39,
 * 30, 21 or 12).
 */
const char *ept_entry_wrong(uint64_t entry, unsigned shift, uint64_t ept_vpid, unsigned physical_bits);

/* Returns true if a present entry maps a page. shift is as above. */
bool ept_entry_is_leaf(uint64_t entry, unsigned shift);

#endif
