// SPDX-License-Identifier: GPL-2.0-only
/* Shares memory out, maps it, and looks which pages it came in. */
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

/* Of a guest's memory: what its image, and our hypervisor below it, use, on the safe side. */
#define GUEST_OWN      (16 * MIB)
#define HYPERVISOR_OWN (48 * MIB)
#define GUEST_MIB_MIN  32u
/* A guest has its memory below the devices at the end of 4 GiB. */
#define GUEST_SET_MAX (2048 * MIB)
/* Our hypervisor has EPT tables for so much in 4 KiB pages, and so much memory at 1 GiB. */
#define GUEST_SET_OTHER_EPT (32 * MIB)

/* A table of 4 KiB for each 2 MiB. */
static unsigned guest_mib(uint64_t set)
{
	const uint64_t mib = (set + set / 512 + GUEST_OWN + MIB - 1) / MIB;

	return mib < GUEST_MIB_MIN ? GUEST_MIB_MIN : (unsigned)mib;
}

/* Two page sizes, and the small one's tables. */
static uint64_t needed(uint64_t process_set, uint64_t guest_set, bool process, unsigned guests)
{
	return process * (2 * process_set + process_set / 512) + guests * (guest_mib(guest_set) * MIB + HYPERVISOR_OWN);
}

struct chase_shares chase_memory__share(uint64_t max_set, uint64_t available, bool process, unsigned guests,
					const char *ept)
{
	const uint64_t guest_max = strcmp(ept, "2M") == 0 ? GUEST_SET_MAX : GUEST_SET_OTHER_EPT;
	uint64_t process_set = max_set, guest_set = max_set < guest_max ? max_set : guest_max;

	/* 0 is what a kernel that tells nothing has. */
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
 * The kernel counts huge pages by mapping, and makes one of neighbours that are alike: so there is memory that nobody may touch on
 * both sides.
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
	madvise(base, bytes, huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE); /* what came of it is looked up */
	prefault(base, bytes);
	return base;
}

/* Gives back the upper halves until the rest is all of the pages wanted; 0: nothing is. */
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

	if (m->why) /* the first wish was the largest */
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
