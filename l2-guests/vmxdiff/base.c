// SPDX-License-Identifier: GPL-2.0-only
/* Builds the VMCS that a case starts from. Its values are valid and the same on every machine. */
#include "l2-guests/vmxdiff/diff_entry.h"
#include "l2-guests/vmxdiff/diff_run.h"
#include "l2-guests/vmxdiff/diff_vmx.h"
#include "l2-guests/vmxdiff/l2.h"
#include "microbench/bare/bare.h"
#include "microbench/bare/cpu.h"
#include "vmcs-shadow/x86.h"

const char *const l2_mode_name[L2_MODES] = {"64", "user", "compat", "pae", "32", "flat", "real"};

/*
 * Bits that must be 1 unless the TRUE capability MSRs allow 0 (SDM A.2). Bits that cases may clear
 * are not included.
 */
#define PIN_FIXED     0x00000016u
#define PRIMARY_FIXED 0x04006172u
#define EXIT_FIXED    0x00036dfbu
#define ENTRY_FIXED   0x000011fbu

static uint32_t some_of(struct dice *d, uint32_t bits, uint32_t percent)
{
	uint32_t some = 0;

	for (; bits; bits &= bits - 1)
		if (dice_percent(d, percent))
			some |= bits & -bits;
	return some;
}

static void put_controls(struct entry_case *c, struct dice *d)
{
	struct vmcs12 *v = &c->vmcs;
	bool ia32e = c->mode <= L2_COMPATIBILITY;
	uint32_t secondary = some_of(d, SECONDARY_EXEC_DESC | SECONDARY_EXEC_WBINVD_EXITING, 40) |
			     some_of(d,
				     SECONDARY_EXEC_ENABLE_RDTSCP | SECONDARY_EXEC_ENABLE_INVPCID |
					     SECONDARY_EXEC_ENABLE_VPID,
				     70);

	if (c->by_ept)
		secondary |= SECONDARY_EXEC_ENABLE_EPT |
			     (c->mode >= L2_FLAT || dice_percent(d, 70) ? SECONDARY_EXEC_UNRESTRICTED_GUEST : 0);
	VMCS12(v, PIN_BASED_VM_EXEC_CONTROL) = PIN_FIXED | PIN_BASED_EXT_INTR_MASK | PIN_BASED_NMI_EXITING |
					       some_of(d, PIN_BASED_VIRTUAL_NMIS, 50);
	VMCS12(v, CPU_BASED_VM_EXEC_CONTROL) =
		PRIMARY_FIXED | CPU_BASED_ACTIVATE_SECONDARY_CONTROLS |
		some_of(d, CPU_BASED_USE_MSR_BITMAPS | CPU_BASED_USE_IO_BITMAPS, 75) |
		some_of(d,
			CPU_BASED_USE_TSC_OFFSETTING | CPU_BASED_INVLPG_EXITING | CPU_BASED_RDTSC_EXITING |
				CPU_BASED_CR3_LOAD_EXITING | CPU_BASED_CR3_STORE_EXITING | CPU_BASED_CR8_LOAD_EXITING |
				CPU_BASED_CR8_STORE_EXITING | CPU_BASED_MOV_DR_EXITING | CPU_BASED_PAUSE_EXITING,
			35);
	VMCS12(v, SECONDARY_VM_EXEC_CONTROL) = secondary;
	VMCS12(v, VM_EXIT_CONTROLS) =
		EXIT_FIXED | VM_EXIT_HOST_ADDR_SPACE_SIZE | some_of(d, VM_EXIT_SAVE_DEBUG_CONTROLS, 96) |
		some_of(d, VM_EXIT_ACK_INTR_ON_EXIT | VM_EXIT_SAVE_IA32_EFER | VM_EXIT_LOAD_IA32_EFER, 80);
	VMCS12(v, VM_ENTRY_CONTROLS) = ENTRY_FIXED | (ia32e ? VM_ENTRY_IA32E_MODE : 0) |
				       some_of(d, VM_ENTRY_LOAD_DEBUG_CONTROLS, 96) |
				       some_of(d, VM_ENTRY_LOAD_IA32_EFER, 85);
	VMCS12(v, EXCEPTION_BITMAP) = dice_percent(d, 40) ? 0 : (uint32_t)(dice_64(d) & dice_64(d));
	if (dice_percent(d, 10)) {
		VMCS12(v, PAGE_FAULT_ERROR_CODE_MASK) = dice_below(d, 32);
		VMCS12(v, PAGE_FAULT_ERROR_CODE_MATCH) = dice_below(d, 32);
	}
	if (VMCS12(v, CPU_BASED_VM_EXEC_CONTROL) & CPU_BASED_USE_TSC_OFFSETTING)
		VMCS12(v, TSC_OFFSET) = dice_64(d);
	VMCS12(v, IO_BITMAP_A) = lists_io_bitmap(0);
	VMCS12(v, IO_BITMAP_B) = lists_io_bitmap(1);
	VMCS12(v, MSR_BITMAP) = lists_msr_bitmap(dice_below(d, 3));
	VMCS12(v, EPT_POINTER) = l2_eptp() | (c->wants_ad ? EPTP_ACCESSED_DIRTY : 0);
	VMCS12(v, VIRTUAL_PROCESSOR_ID) = 1 + dice_below(d, 3);
	VMCS12(v, VMCS_LINK_POINTER) = UINT64_MAX;
}

static void put_host(struct vmcs12 *v, struct dice *d)
{
	struct descriptor_pointer gdt, idt;
	bool plain = dice_percent(d, 50);

	__asm__ volatile("sgdt %0" : "=m"(gdt));
	__asm__ volatile("sidt %0" : "=m"(idt));
	VMCS12(v, HOST_CR0) = read_cr0();
	VMCS12(v, HOST_CR3) = read_cr3();
	VMCS12(v, HOST_CR4) = read_cr4();
	VMCS12(v, HOST_CS_SELECTOR) = BARE_CS;
	VMCS12(v, HOST_SS_SELECTOR) = VMCS12(v, HOST_DS_SELECTOR) = VMCS12(v, HOST_ES_SELECTOR) = 0x10;
	VMCS12(v, HOST_FS_SELECTOR) = plain ? 0 : dice_below(d, 0x2000) << 3;
	VMCS12(v, HOST_GS_SELECTOR) = plain ? 0 : dice_below(d, 0x2000) << 3;
	VMCS12(v, HOST_TR_SELECTOR) = BARE_TR;
	VMCS12(v, HOST_FS_BASE) = plain ? 0 : dice_64(d) >> 17;
	VMCS12(v, HOST_GS_BASE) = plain ? 0 : dice_64(d) | 0xffff800000000000;
	VMCS12(v, HOST_TR_BASE) = (uintptr_t)&bare_tss;
	VMCS12(v, HOST_GDTR_BASE) = gdt.base;
	VMCS12(v, HOST_IDTR_BASE) = idt.base;
	VMCS12(v, HOST_IA32_SYSENTER_CS) = plain ? 0 : dice_below(d, 0x10000);
	VMCS12(v, HOST_IA32_SYSENTER_ESP) = plain ? 0 : dice_64(d) >> 17;
	VMCS12(v, HOST_IA32_SYSENTER_EIP) = plain ? 0 : dice_64(d) >> 17;
	VMCS12(v, HOST_IA32_EFER) = rdmsr(MSR_EFER);
	VMCS12(v, HOST_RSP) = dice_64(d);
	VMCS12(v, HOST_RIP) = (uintptr_t)run_exit;
}

/* Segments in the architecture's order, which is also their order in the list of fields. */
enum { ES, CS, SS, DS, FS, GS, LDTR, TR };

static void put_segment(struct vmcs12 *v, unsigned which, uint64_t selector, uint64_t base, uint64_t limit,
			uint64_t rights)
{
	v->field[VMCS_INDEX_GUEST_ES_SELECTOR + which] = selector;
	v->field[VMCS_INDEX_GUEST_ES_BASE + which] = base;
	v->field[VMCS_INDEX_GUEST_ES_LIMIT + which] = limit;
	v->field[VMCS_INDEX_GUEST_ES_AR_BYTES + which] = rights;
}

static void put_segments(struct vmcs12 *v, enum l2_mode mode, struct dice *d)
{
	bool user = mode == L2_64_USER, is64 = mode <= L2_64_USER, real = mode == L2_REAL;
	uint64_t ring = user ? 0x60 : 0;

	put_segment(v, CS,
		    user   ? L2_USER_CS64
		    : is64 ? L2_CS64
		    : real ? L2_AT(L2_CODE) >> 8 & 0xffff
			   : L2_CS32,
		    real ? L2_AT(L2_CODE) : 0, real ? 0xffff : 0xffffffff,
		    real ? 0x9b : (is64 ? 0xa09b : 0xc09b) | ring);
	put_segment(v, SS, user ? L2_USER_SS : L2_SS, real ? L2_AT(L2_STACK) : 0, real ? 0xffff : 0xffffffff,
		    real ? 0x93 : 0xc093 | ring);
	put_segment(v, DS, user ? L2_USER_SS : L2_SS, 0, 0xffffffff, 0xc093 | ring);
	put_segment(v, ES, user ? L2_USER_SS : L2_SS, 0, 0xffffffff, 0xc093 | ring);
	put_segment(v, FS, dice_percent(d, 50) ? 0 : L2_SS, is64 ? dice_64(d) >> 17 : 0, 0xffffffff, 0xc093 | ring);
	put_segment(v, GS, 0, 0, 0, AR_UNUSABLE);
	put_segment(v, LDTR, 0, 0, 0, AR_UNUSABLE);
	put_segment(v, TR, L2_TR, mode <= L2_COMPATIBILITY ? L2_TSS : L2_TSS32, 103, 0x8b);
	VMCS12(v, GUEST_GDTR_BASE) = L2_GDT;
	VMCS12(v, GUEST_GDTR_LIMIT) = L2_GDT_LEN - 1;
	VMCS12(v, GUEST_IDTR_BASE) = mode <= L2_COMPATIBILITY ? L2_IDT64 : L2_IDT32;
	VMCS12(v, GUEST_IDTR_LIMIT) = (mode <= L2_COMPATIBILITY ? 16 : 8) * L2_VECTORS - 1;
}

static void put_guest(struct entry_case *c, struct dice *d)
{
	struct vmcs12 *v = &c->vmcs;
	enum l2_mode mode = c->mode;
	bool ia32e = mode <= L2_COMPATIBILITY;

	put_segments(v, mode, d);
	VMCS12(v, GUEST_CR0) = 0x30 | (mode != L2_REAL ? CR0_PE : 0) | (mode < L2_FLAT ? CR0_PG : 0) |
			       (dice_percent(d, 70) ? CR0_WP : 0) | (dice_percent(d, 70) ? 2 : 0);
	VMCS12(v, GUEST_CR3) = mode == L2_PAE ? L2_AT(L2_PDPT_PAE) : mode == L2_32 ? L2_AT(L2_PD_32) : L2_AT(L2_PML4);
	VMCS12(v, GUEST_CR4) = CR4_VMXE | CR4_PSE | (mode <= L2_PAE ? CR4_PAE : 0) |
			       (dice_percent(d, 40) ? CR4_PGE : 0) | (dice_percent(d, 30) ? CR4_OSXSAVE : 0) |
			       (dice_percent(d, 30) ? 8 : 0);
	VMCS12(v, CR0_GUEST_HOST_MASK) = dice_percent(d, 50) ? CR0_NE : (uint32_t)(dice_64(d) & dice_64(d));
	VMCS12(v, CR0_READ_SHADOW) = dice_percent(d, 50) ? VMCS12(v, GUEST_CR0) : (uint32_t)dice_64(d);
	VMCS12(v, CR4_GUEST_HOST_MASK) = dice_percent(d, 50) ? CR4_VMXE : dice_64(d) & dice_64(d);
	VMCS12(v, CR4_READ_SHADOW) = dice_percent(d, 50) ? 0 : dice_64(d);
	VMCS12(v, GUEST_DR7) = 0x400;
	VMCS12(v, GUEST_RSP) = mode == L2_REAL ? 0x800 : L2_AT(L2_STACK) + 0x800;
	VMCS12(v, GUEST_RFLAGS) = 2 | (dice_percent(d, 40) ? 0x200 : 0) | (dice_64(d) & 0x8d5);
	VMCS12(v, GUEST_IA32_EFER) = EFER_SCE | (mode != L2_REAL && mode != L2_FLAT ? EFER_NXE : 0) |
				     (ia32e ? EFER_LME | EFER_LMA : 0);
	VMCS12(v, GUEST_SYSENTER_CS) = L2_CS64;
	VMCS12(v, GUEST_SYSENTER_ESP) = L2_AT(L2_STACK) + 0x700;
	VMCS12(v, GUEST_SYSENTER_EIP) = L2_AT(L2_HANDLERS) + 16 * 46;
	VMCS12(v, GUEST_PDPTR0) = L2_AT(L2_PD) | 1;
	if (dice_percent(d, 10))
		VMCS12(v, GUEST_INTERRUPTIBILITY_INFO) = GUEST_INTR_STATE_NMI;
}

void entry_base(struct entry_case *c, enum l2_mode mode, struct dice *d)
{
	memset(c, 0, sizeof(*c));
	c->mode = mode;
	c->by_ept = mode >= L2_FLAT || !dice_percent(d, 8);
	c->wants_ad = c->by_ept && dice_percent(d, 15);
	put_controls(c, d);
	put_host(&c->vmcs, d);
	put_guest(c, d);
	lists_reset(c);
}

enum l2_mode entry_any_mode(struct dice *d)
{
	static const uint8_t modes[] = {L2_64,  L2_64, L2_64,   L2_64,      L2_64,      L2_64,
					L2_64,  L2_64, L2_64,   L2_64_USER, L2_64_USER, L2_COMPATIBILITY,
					L2_PAE, L2_32, L2_FLAT, L2_REAL};

	return DICE_OF(d, modes);
}
