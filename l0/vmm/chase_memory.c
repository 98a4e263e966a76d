// SPDX-License-Identifier: GPL-2.0-only
/* Divides memory between levels, maps it, and checks the size of its pages. */
#include "l0/vmm/chase_memory.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "l0/base/util.h"
#include "l0/vmm/prefault.h"

#define MIB     (1ull << 20)
#define PAGE_2M (2 * MIB)

/*
 * Memory that a guest's image (GUEST_OWN) and our hypervisor below it (HYPERVISOR_OWN) use at most,
 * and the smallest guest in MiB.
 */
#define GUEST_OWN      (16 * MIB)
#define HYPERVISOR_OWN (48 * MIB)
#define GUEST_MIB_MIN  32u
/* The memory of a guest lies below the devices, which are at the end of the first 4 GiB. */
#define GUEST_SET_MAX (2048 * MIB)
/*
 * The largest set if ept12 does not have 2 MiB pages. Our hypervisor has enough EPT tables of 4 KiB
 * pages for this set, and enough memory at 1 GiB.
 */
#define GUEST_SET_OTHER_EPT (32 * MIB)

/*
 * Returns the memory of a guest in MiB for a working set. The set needs one page table of 4 KiB for
 * each 2 MiB.
 */
static unsigned guest_mib(uint64_t set)
{
	const uint64_t mib = (set + set / 512 + GUEST_OWN + MIB - 1) / MIB;

	return mib < GUEST_MIB_MIN ? GUEST_MIB_MIN : (unsigned)mib;
}

/*
 * Returns the bytes that all levels need. A process has one set for each of two page sizes, and
 * page tables for the small pages.
 */
static uint64_t needed(uint64_t process_set, uint64_t guest_set, bool process, unsigned guests)
{
	return process * (2 * process_set + process_set / 512) + guests * (guest_mib(guest_set) * MIB + HYPERVISOR_OWN);
}

struct chase_shares chase_memory__share(uint64_t max_set, uint64_t available, bool process, unsigned guests,
					const char *ept)
{
	const uint64_t guest_max = strcmp(ept, "2M") == 0 ? GUEST_SET_MAX : GUEST_SET_OTHER_EPT;
	uint64_t process_set = max_set, guest_set = max_set < guest_max ? max_set : guest_max;

	/* available is 0 if the kernel does not report it. */
	while (available && needed(process_set, guest_set, process, guests) > available / 4 * 3 &&
	       ((process && process_set > NB_CHASE_SET_MIN) || (guests && guest_set > NB_CHASE_SET_MIN))) {
		if (process && (process_set > guest_set || guests == 0))
			process_set /= 2;
		else
			guest_set /= 2;
	}
	return (struct chase_shares){
		.process_set = process_set,
		.guest_mib = guest_mib(guest_set),
		.nested_mib = guest_mib(guest_set) + (unsigned)(HYPERVISOR_OWN / MIB),
	};
}

uint64_t chase_memory__available(void)
{
	FILE *file = fopen("/proc/meminfo", "re");
	uint64_t kib = 0;
	char line[128];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "MemAvailable: %" SCNu64, &kib) == 1)
			break;
	if (file)
		fclose(file);
	return kib << 10;
}

long chase_memory__huge_kib(const char *path, const void *address)
{
	FILE *file = fopen(path, "re");
	bool here = false;
	char line[512];
	long kib = -1;

	while (kib < 0 && file && fgets(line, sizeof(line), file)) {
		uintptr_t begin, end;

		if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " ", &begin, &end) == 2)
			here = (uintptr_t)address >= begin && (uintptr_t)address < end;
		else if (here && sscanf(line, "AnonHugePages: %ld", &kib) != 1)
			kib = -1;
	}
	if (file)
		fclose(file);
	return kib;
}

static uint64_t limit = NB_CHASE_SET_MAX;

void chase_memory__limit(uint64_t process_set)
{
	limit = process_set;
}

static uint64_t whole_pages(uint64_t bytes)
{
	return (bytes + PAGE_2M - 1) & ~(PAGE_2M - 1);
}

/*
 * The kernel counts huge pages for each mapping, and merges adjacent mappings with equal
 * attributes. So inaccessible memory surrounds this mapping on both sides.
 */
static uint8_t *map(uint64_t bytes, bool huge)
{
	uint8_t *all = mmap(NULL, bytes + 2 * PAGE_2M, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	uint8_t *base;

	if (all == MAP_FAILED)
		return NULL;
	base = (uint8_t *)whole_pages((uintptr_t)all + 1);
	if (mprotect(base, bytes, PROT_READ | PROT_WRITE) != 0)
		return NULL;
	madvise(base, bytes, huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE); /* prove() checks the result */
	prefault(base, bytes);
	return base;
}

/*
 * Unmaps the upper half until all remaining pages have the requested size. Returns the remaining
 * bytes, or 0 if no memory has the requested pages.
 */
static uint64_t prove(uint8_t *base, uint64_t bytes, bool huge, long *kib)
{
	for (;;) {
		*kib = chase_memory__huge_kib("/proc/self/smaps", base);
		if (huge ? *kib >= 0 && (uint64_t)*kib << 10 == bytes : *kib == 0)
			return bytes;
		if (bytes == PAGE_2M)
			return 0;
		munmap(base + whole_pages(bytes / 2), bytes - whole_pages(bytes / 2));
		bytes = whole_pages(bytes / 2);
	}
}

struct nb_chase_memory chase_memory__get(enum nb_chase_layout page, uint64_t wanted)
{
	static struct nb_chase_memory memory[2];
	static char why[2][160];
	const bool huge = page == NB_CHASE_2M;
	const uint64_t bytes = whole_pages(wanted < limit ? wanted : limit);
	struct nb_chase_memory *m = &memory[huge];
	long kib = 0;

	if (m->why) /* already mapped: the first request was the largest */
		return *m;
	m->why = why[huge];
	m->base = map(bytes, huge);
	if (m->base)
		m->bytes = prove(m->base, bytes, huge, &kib);
	if (!m->base)
		text__format(why[huge], sizeof(why[huge]), "skip=no memory: %s", strerror(errno));
	else if (m->bytes == bytes)
		text__format(why[huge], sizeof(why[huge]),
			     "skip=too little memory is free on this computer: %llu MiB for each page size",
			     (unsigned long long)(bytes / MIB));
	else
		text__format(why[huge], sizeof(why[huge]), "skip=%s: %ld KiB in huge pages, /proc/self/smaps says",
			     huge ? "not all memory came in pages of 2 MiB" : "pages of 2 MiB came unasked", kib);
	return *m;
}
