// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bitmaps, which are the same in all cases, and MSR lists. The lists of an exit are always valid,
 * because an invalid one ends the machine.
 */
#include "l2-guests/vmxdiff/diff_entry.h"
#include "l2-guests/vmxdiff/case_hash.h"
#include "microbench/bare/bare.h"
#include "microbench/bare/cpu.h"
#include "vmcs-shadow/x86.h"

struct msr_entry {
	uint32_t msr, reserved;
	uint64_t value;
};

enum { LIST_STORE, LIST_EXIT, LIST_ENTRY, LISTS };
#define LIST_LENGTH 4

static uint8_t io_bitmap[2][4096] __attribute__((aligned(4096)));
static uint8_t msr_bitmap[3][4096] __attribute__((aligned(4096)));
static struct msr_entry list[LISTS][LIST_LENGTH] __attribute__((aligned(4096)));

/* MSRs that L1 and L2 share, because no VMCS field holds them. */
static const uint32_t shared[] = {MSR_STAR, MSR_LSTAR, MSR_CSTAR, MSR_SFMASK, MSR_KERNEL_GS_BASE};
#define SHARED (sizeof(shared) / sizeof(shared[0]))

static void let_pass(uint8_t *bitmap, uint32_t msr, bool reads, bool writes)
{
	unsigned at = (msr >= 0xc0000000 ? 1024 : 0) + (msr & 0x1fff) / 8;
	uint8_t bit = (uint8_t)(1u << msr % 8);

	if (reads)
		bitmap[at] &= (uint8_t)~bit;
	if (writes)
		bitmap[at + 2048] &= (uint8_t)~bit;
}

void lists_init(void)
{
	static const uint32_t passed[] = {0x174, 0x175, 0x176, MSR_EFER, MSR_FS_BASE, MSR_GS_BASE};

	memset(io_bitmap, 0xff, sizeof(io_bitmap));
	io_bitmap[0][LISTS_PASSED_PORT / 8] &= (uint8_t) ~(1u << LISTS_PASSED_PORT % 8);
	memset(msr_bitmap, 0xff, sizeof(msr_bitmap));
	for (unsigned i = 0; i < SHARED + sizeof(passed) / sizeof(passed[0]); i++) {
		uint32_t msr = i < SHARED ? shared[i] : passed[i - SHARED];

		let_pass(msr_bitmap[1], msr, true, true);
		let_pass(msr_bitmap[2], msr, true, false);
	}
	lists_restore_msrs();
}

uint64_t lists_io_bitmap(unsigned which)
{
	return (uintptr_t)io_bitmap[which];
}

uint64_t lists_msr_bitmap(unsigned which)
{
	return (uintptr_t)msr_bitmap[which];
}

void lists_reset(struct entry_case *c)
{
	static const struct msr_entry zero;

	for (unsigned i = 0; i < LISTS; i++)
		for (unsigned j = 0; j < LIST_LENGTH; j++)
			if (list[i][j].msr || list[i][j].value)
				list[i][j] = zero;
	VMCS12(&c->vmcs, VM_EXIT_MSR_STORE_ADDR) = (uintptr_t)list[LIST_STORE];
	VMCS12(&c->vmcs, VM_EXIT_MSR_LOAD_ADDR) = (uintptr_t)list[LIST_EXIT];
	VMCS12(&c->vmcs, VM_ENTRY_MSR_LOAD_ADDR) = (uintptr_t)list[LIST_ENTRY];
}

static struct msr_entry good_entry(struct dice *d)
{
	uint32_t msr = DICE_OF(d, shared);

	return (struct msr_entry){msr, 0, msr == MSR_SFMASK ? dice_64(d) >> 32 : dice_64(d) >> 17};
}

static struct msr_entry bad_entry(struct dice *d)
{
	static const struct msr_entry bad[] = {
		{MSR_FS_BASE, 0, 0x1000},
		{MSR_GS_BASE, 0, 0x1000},
		{MSR_LSTAR, 0, 0x800000000000},
		{MSR_STAR, 1, 0},
		{0x808, 0, 0},
		{MSR_KERNEL_GS_BASE, 0, 1ull << 63},
	};

	return DICE_OF(d, bad);
}

void lists_change(struct entry_case *c, struct dice *d)
{
	struct vmcs12 *v = &c->vmcs;
	unsigned counts[LISTS];

	for (unsigned i = 0; i < LISTS; i++) {
		counts[i] = dice_below(d, LIST_LENGTH + 1);
		for (unsigned j = 0; j < counts[i]; j++)
			list[i][j] = i == LIST_ENTRY && dice_percent(d, 12) ? bad_entry(d) : good_entry(d);
	}
	for (unsigned i = 0; i < counts[LIST_ENTRY]; i++)
		note_text("to load: MSR %x %x = %lx", list[LIST_ENTRY][i].msr, list[LIST_ENTRY][i].reserved,
			  list[LIST_ENTRY][i].value);
	VMCS12(v, VM_EXIT_MSR_STORE_COUNT) = counts[LIST_STORE];
	VMCS12(v, VM_EXIT_MSR_LOAD_COUNT) = counts[LIST_EXIT];
	VMCS12(v, VM_ENTRY_MSR_LOAD_COUNT) = counts[LIST_ENTRY];
	c->changes_msrs = true;
}

void lists_note(void)
{
	for (unsigned i = 0; i < LIST_LENGTH; i++)
		note(NOTE_WORK, "stored MSR", list[LIST_STORE][i].value);
	for (unsigned i = 0; i < SHARED; i++)
		note(NOTE_WORK, "MSR", rdmsr(shared[i]));
}

void lists_restore_msrs(void)
{
	for (unsigned i = 0; i < SHARED; i++)
		if (rdmsr(shared[i]) != 0x1000 * i)
			wrmsr(shared[i], 0x1000 * i);
}
