// SPDX-License-Identifier: GPL-2.0-only
/*
 * L2's memory, which every case restores from copies: page tables, descriptors, other pages, and
 * the EPT.
 */
#include "l2-guests/vmxdiff/l2.h"

#include "l2-guests/vmxdiff/case_hash.h"
#include "microbench/bare/bare.h"
#include "vmcs-shadow/controls.h"

#define P  1ull
#define W  2ull
#define U  4ull
#define PS 0x80ull
#define NX (1ull << 63)

#define WB_RWX     (MEMORY_TYPE_WB << EPT_MEMORY_TYPE_SHIFT | EPT_RWX)
#define CHANGES    8
#define FIRST_COPY L2_HANDLERS
#define COPIES     (L2_PAGES - FIRST_COPY)

static uint64_t ept[4][512] __attribute__((aligned(4096)));          /* indexed by level */
static uint64_t copy[2][COPIES][512] __attribute__((aligned(4096))); /* for CPL 0 and for CPL 3 */

static struct {
	uint64_t *entry, value;
} change[CHANGES];
static unsigned changes;

static void copy_page(void *to, const void *from)
{
	uint64_t words = 512;

	__asm__ volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(words) : : "memory");
}

static void clear_page(void *to)
{
	uint64_t words = 512;

	__asm__ volatile("rep stosq" : "+D"(to), "+c"(words) : "a"(0ull) : "memory");
}

/* Fills a page with VMCALLs. Code that starts at any byte soon reaches a VMCALL. */
static void fill_vmcalls(uint8_t *page)
{
	static const uint8_t vmcall[4] = {0x0f, 0x01, 0xc1, 0x90};

	for (unsigned i = 0; i < 4096; i++)
		page[i] = vmcall[i % 4];
}

static void make_page_tables(uint64_t (*pages)[512], bool user)
{
	uint64_t(*to)[512] = pages - FIRST_COPY; /* indexed by enum l2_page */
	uint64_t *pt = to[L2_PT], *pd = to[L2_PD];
	uint64_t mine = user ? U : 0;

	to[L2_PML4][0] = L2_AT(L2_PDPT) | P | W | U;
	to[L2_PDPT][0] = L2_AT(L2_PD) | P | W | U;
	to[L2_PDPT_PAE][0] = L2_AT(L2_PD) | P;
	pd[L2_MEMORY >> 21] = L2_AT(L2_PT) | P | W | U;
	pd[L2_LARGE >> 21] = L2_LARGE | P | W | PS | mine;
	for (unsigned i = 0; i < 512; i++)
		pt[i] = (L2_MEMORY + 4096ull * i) | P | W | mine;
	pt[L2_READ_ONLY] &= ~W;
	pt[L2_NOT_THERE] &= ~P;
	pt[L2_OTHER_RING] ^= U;
	pt[L2_NO_CODE] |= NX;
	((uint32_t *)to[L2_PD_32])[L2_MEMORY >> 22] = (uint32_t)(L2_MEMORY | P | W | PS | mine);
}

static void make_descriptors(uint8_t *page)
{
	uint64_t *gdt = (uint64_t *)page;
	uint32_t *idt32 = (uint32_t *)(page + (L2_IDT32 & 4095)), *idt64 = (uint32_t *)(page + (L2_IDT64 & 4095));
	uint32_t *tss = (uint32_t *)(page + (L2_TSS & 4095)), *tss32 = (uint32_t *)(page + (L2_TSS32 & 4095));
	uint32_t *task = (uint32_t *)(page + (L2_TASK & 4095));

	gdt[1] = 0x00af9b000000ffff;
	gdt[2] = 0x00cf93000000ffff;
	gdt[3] = 0x00cf9b000000ffff;
	gdt[5] = 0x00cff3000000ffff;
	gdt[6] = 0x00affb000000ffff;
	gdt[7] = 0x00cffb000000ffff;
	gdt[8] = 103 | (L2_TSS & 0xffffff) << 16 | 0x8bull << 40 | (L2_TSS >> 24) << 56;
	gdt[10] = 103 | (L2_TASK & 0xffffff) << 16 | 0x89ull << 40 | (L2_TASK >> 24) << 56;
	gdt[11] = 0x00009b000000ffff | L2_AT(L2_CODE) << 16;
	for (unsigned vector = 0; vector < L2_VECTORS; vector++) {
		uint32_t handler = (uint32_t)L2_AT(L2_HANDLERS) + 16 * vector;
		uint32_t type = vector == 3 || vector == 4 || vector >= 40 ? 0xee00 : 0x8e00;

		idt32[2 * vector] = L2_CS32 << 16 | (handler & 0xffff);
		idt32[2 * vector + 1] = (handler & 0xffff0000) | type;
		idt64[4 * vector] = L2_CS64 << 16 | (handler & 0xffff);
		idt64[4 * vector + 1] = (handler & 0xffff0000) | type;
	}
	tss[1] = tss32[1] = (uint32_t)L2_AT(L2_STACK) + 0x600;
	tss32[2] = L2_SS;
	task[1] = (uint32_t)L2_AT(L2_STACK) + 0x600;
	task[2] = L2_SS;
	task[8] = (uint32_t)L2_AT(L2_HANDLERS) + 16 * 47;
	task[9] = 2;
	task[14] = (uint32_t)L2_AT(L2_STACK) + 0x500;
	for (unsigned i = 18; i < 24; i++)
		task[i] = i == 19 ? L2_CS32 : L2_SS;
}

static uint64_t ept_page(unsigned page)
{
	uint64_t entry = (L2_MEMORY + 4096ull * page) | WB_RWX;

	switch (page) {
	case L2_EPT_READ_ONLY:
		return entry & ~EPT_WRITE;
	case L2_EPT_NOT_THERE:
		return 0;
	case L2_EPT_BAD:
		return entry & ~EPT_READ;
	case L2_EPT_NO_CODE:
		return entry & ~EPT_EXEC;
	default:
		return entry;
	}
}

void l2_init(void)
{
	ept[3][0] = (uintptr_t)ept[2] | EPT_RWX;
	ept[2][0] = (uintptr_t)ept[1] | EPT_RWX;
	ept[1][L2_MEMORY >> 21] = (uintptr_t)ept[0] | EPT_RWX;
	ept[1][L2_LARGE >> 21] = L2_LARGE | WB_RWX | EPT_LARGE_PAGE;
	for (unsigned page = 0; page < 512; page++)
		ept[0][page] = ept_page(page);
	for (unsigned user = 0; user < 2; user++) {
		make_page_tables(copy[user], user);
		make_descriptors((uint8_t *)copy[user][L2_TABLES - FIRST_COPY]);
		fill_vmcalls((uint8_t *)copy[user][L2_HANDLERS - FIRST_COPY]);
		for (unsigned page = L2_OTHER_RING; page < L2_PAGES; page++)
			fill_vmcalls((uint8_t *)copy[user][page - FIRST_COPY]);
	}
	memset((void *)L2_MEMORY, 0, L2_END - L2_MEMORY);
}

void l2_reset(bool user)
{
	for (unsigned page = FIRST_COPY; page < L2_PAGES; page++)
		if (page >= L2_STACK && page <= L2_NOT_THERE)
			clear_page((void *)L2_AT(page));
		else
			copy_page((void *)L2_AT(page), copy[user][page - FIRST_COPY]);
	clear_page((void *)L2_LARGE);
	copy_page((void *)L2_AT(L2_CODE), copy[user][L2_HANDLERS - FIRST_COPY]);
	while (changes > 0) {
		changes--;
		*change[changes].entry = change[changes].value;
	}
}

uint64_t l2_eptp(void)
{
	return (uintptr_t)ept[3] | EPTP_WALK_LENGTH_4 | MEMORY_TYPE_WB;
}

uint64_t *l2_ept_entry(unsigned level, unsigned page)
{
	static const unsigned shift[] = {12, 21, 30, 39};

	return &ept[level][L2_AT(page) >> shift[level] & 511];
}

void l2_ept_change(uint64_t *entry, uint64_t value)
{
	if (changes == CHANGES)
		return;
	change[changes].entry = entry;
	change[changes++].value = *entry;
	*entry = value;
}

static bool is_same(const void *a, const void *b)
{
	uint64_t words = 512;
	bool same;

	__asm__ volatile("repe cmpsq" : "+S"(a), "+D"(b), "+c"(words), "=@ccz"(same) : : "memory");
	return same;
}

static void note_page(const char *name, const uint64_t *page, const uint64_t *before)
{
	uint64_t sum = 1;

	if (is_same(page, before))
		return;
	for (unsigned i = 0; i < 512; i++) {
		sum = (sum ^ page[i]) * 0x100000001b3u + (sum >> 47);
		if (page[i] != before[i])
			note_text("%s+%x = %lx", name, 8 * i, page[i]);
	}
	note(NOTE_WORK, name, sum);
}

void l2_note_memory(bool user)
{
	static const char *const names[L2_PAGES] = {
		"code",       "handlers", "tables",        "PML4",          "PDPT",    "PD",          "PT",
		"PAE PDPT",   "PD32",     "stack",         "data",          "data 2",  "read-only",   "not there",
		"other ring", "no code",  "EPT read-only", "EPT not there", "EPT bad", "EPT no code", "behind",
	};
	static const uint64_t zeros[512];

	for (unsigned page = FIRST_COPY; page < L2_PAGES; page++)
		note_page(names[page], (const uint64_t *)L2_AT(page),
			  page >= L2_STACK && page <= L2_NOT_THERE ? zeros : copy[user][page - FIRST_COPY]);
	note_page("large", (const uint64_t *)L2_LARGE, zeros);
}
