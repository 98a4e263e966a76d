// SPDX-License-Identifier: GPL-2.0-only
/*
 * Changes a VMCS: to valid values, to values just beyond the valid range, and to any value. All
 * CPUs and levels that run a case must reject the same bits. So cases never touch bits that only
 * newer CPUs define.
 */
#include "l2-guests/vmxdiff/diff_entry.h"
#include "l2-guests/vmxdiff/diff_vmx.h"
#include "l2-guests/vmxdiff/l2.h"
#include "microbench/bare/bare.h"
#include "microbench/bare/cpu.h"

#define HIGH_HALF     0xffffffff00000000u
#define CR4_COMMON    0x000207ffu /* bits that all CPUs support, without VMXE (13) */
#define CR4_RESERVED  0xffffffffe0008000u
#define BEYOND        0xfff8000000000000u /* bits that exceed every CPU's physical-address width */
#define NOT_CANONICAL 0x0000800000000000u

static const uint8_t exception_with_code[] = {8, 10, 11, 12, 13, 14, 17};

static void flip(struct entry_case *c, enum vmcs_field_index field, uint64_t bits)
{
	c->vmcs.field[field] ^= bits;
}

static uint64_t address(struct dice *d)
{
	static const uint64_t good[] = {0,          1,         0x7fffffffffff, 0xffff800000000000,
					UINT64_MAX, L2_MEMORY, 0xffffffff,     0x100000000};
	static const uint64_t bad[] = {0x800000000000, 0xffff7fffffffffff, 0x8000000000000000, 0x0001000000000000};

	return dice_percent(d, 60) ? DICE_OF(d, good) : dice_percent(d, 60) ? DICE_OF(d, bad) : dice_64(d);
}

static void change_controls(struct entry_case *c, struct dice *d)
{
	static const struct {
		enum vmcs_field_index field;
		/* `cases`: bits that cases may set. `must`: bits that have to keep their value. */
		uint32_t cases, must;
	} word[] = {
		{VMCS_INDEX_PIN_BASED_VM_EXEC_CONTROL, CASE_PIN, 0x00ffff16},
		{VMCS_INDEX_CPU_BASED_VM_EXEC_CONTROL, CASE_PRIMARY & ~CPU_BASED_MONITOR_TRAP_FLAG, 0x04046173},
		{VMCS_INDEX_CPU_BASED_VM_EXEC_CONTROL, CASE_PRIMARY & ~CPU_BASED_MONITOR_TRAP_FLAG, 0x04046173},
		{VMCS_INDEX_SECONDARY_VM_EXEC_CONTROL, CASE_2ND, 0x78800000},
		{VMCS_INDEX_SECONDARY_VM_EXEC_CONTROL, CASE_2ND, 0x78800000},
		{VMCS_INDEX_VM_EXIT_CONTROLS, CASE_EXIT, 0x2c036dfb},
		{VMCS_INDEX_VM_ENTRY_CONTROLS, CASE_ENTRY, 0x290011fb},
	};
	unsigned i = dice_below(d, sizeof(word) / sizeof(word[0]));

	flip(c, word[i].field, dice_bit(d, dice_percent(d, 75) ? word[i].cases : word[i].must));
}

/* Interrupt window, NMI window and monitor trap flag cause an exit immediately. */
static void change_windows(struct entry_case *c, struct dice *d)
{
	static const uint32_t bits[] = {CPU_BASED_INTR_WINDOW_EXITING, CPU_BASED_NMI_WINDOW_EXITING,
					CPU_BASED_NMI_WINDOW_EXITING, CPU_BASED_MONITOR_TRAP_FLAG};

	VMCS12(&c->vmcs, CPU_BASED_VM_EXEC_CONTROL) |= DICE_OF(d, bits);
	if (dice_percent(d, 70))
		VMCS12(&c->vmcs, PIN_BASED_VM_EXEC_CONTROL) |= PIN_BASED_VIRTUAL_NMIS;
}

static void change_addresses(struct entry_case *c, struct dice *d)
{
	static const enum vmcs_field_index fields[] = {
		VMCS_INDEX_IO_BITMAP_A,
		VMCS_INDEX_IO_BITMAP_B,
		VMCS_INDEX_MSR_BITMAP,
		VMCS_INDEX_VM_EXIT_MSR_STORE_ADDR,
		VMCS_INDEX_VM_EXIT_MSR_LOAD_ADDR,
		VMCS_INDEX_VM_ENTRY_MSR_LOAD_ADDR,
	};
	static const uint64_t links[] = {1ull << 40, 0x1000, 1ull << 52, 0x801};
	unsigned i = dice_below(d, 8);

	/*
	 * A valid address of another page would give the CPU lists or bitmaps that can end the test
	 * machine. So every changed list or bitmap address is invalid: misaligned or too large.
	 */
	if (i < 6)
		flip(c, fields[i], dice_percent(d, 50) ? dice_bit(d, i < 3 ? 0xfff : 0xf) : dice_bit(d, BEYOND));
	else
		VMCS12(&c->vmcs, VMCS_LINK_POINTER) = dice_percent(d, 60) ? (uintptr_t)&vmx_vmcs[dice_below(d, 2)]
									  : DICE_OF(d, links);
}

static void change_eptp(struct entry_case *c, struct dice *d)
{
	static const uint64_t bits[] = {1, 2, 8, 16, 32, 0x80, 0x100, 0x200, 0x400, 0x800, 1ull << 52, 1ull << 63};

	if (dice_percent(d, 30))
		flip(c, VMCS_INDEX_EPT_POINTER, DICE_OF(d, bits));
	else if (dice_percent(d, 50))
		VMCS12(&c->vmcs, VIRTUAL_PROCESSOR_ID) = dice_percent(d, 20) ? 0 : dice_64(d) & 0xffff;
	else
		VMCS12(&c->vmcs, TSC_OFFSET) = dice_64(d);
}

static void change_cr3_targets(struct entry_case *c, struct dice *d)
{
	struct vmcs12 *v = &c->vmcs;

	/* KVM offers no CR3-target values and skips cases with them, so most cases use none. */
	if (dice_percent(d, 70))
		return;
	c->wants_cr3_targets = true;
	VMCS12(v, CPU_BASED_VM_EXEC_CONTROL) |= CPU_BASED_CR3_LOAD_EXITING;
	VMCS12(v, CR3_TARGET_COUNT) = dice_percent(d, 80) ? dice_below(d, 5) : dice_64(d) & 0xffffffff;
	for (unsigned i = 0; i < 4; i++)
		v->field[VMCS_INDEX_CR3_TARGET_VALUE0 + i] = dice_percent(d, 40) ? VMCS12(v, GUEST_CR3) : dice_64(d);
}

static void change_ept(struct entry_case *c, struct dice *d)
{
	static const uint8_t pages[] = {L2_CODE, L2_HANDLERS, L2_TABLES, L2_PML4, L2_PDPT,   L2_PD,
					L2_PT,   L2_STACK,    L2_STACK,  L2_DATA, L2_DATA_2, L2_PDPT_PAE};
	static const uint64_t bits[] = {EPT_READ,   EPT_WRITE, EPT_WRITE, EPT_EXEC,       EPT_RWX,
					1ull << 51, 0x38,      8,         EPT_LARGE_PAGE, EPT_DIRTY};
	unsigned level = dice_percent(d, 80) ? 0 : 1 + dice_below(d, 3);
	uint64_t *entry = l2_ept_entry(level, DICE_OF(d, pages));

	(void)c;
	l2_ept_change(entry, *entry ^ DICE_OF(d, bits));
}

static void change_control_registers(struct entry_case *c, struct dice *d)
{
	struct vmcs12 *v = &c->vmcs;

	switch (dice_below(d, 8)) {
	case 0:
		flip(c, VMCS_INDEX_GUEST_CR0, dice_bit(d, 0xe005003f));
		break;
	case 1:
		flip(c, VMCS_INDEX_GUEST_CR0, dice_bit(d, ~0ull));
		break;
	case 2:
		flip(c, VMCS_INDEX_GUEST_CR4, dice_bit(d, CR4_COMMON));
		break;
	case 3:
		flip(c, VMCS_INDEX_GUEST_CR4, dice_percent(d, 50) ? CR4_VMXE : dice_bit(d, CR4_RESERVED));
		break;
	case 4:
		flip(c, VMCS_INDEX_GUEST_CR3, dice_percent(d, 40) ? dice_bit(d, BEYOND) : dice_bit(d, 0x18));
		break;
	case 5:
		flip(c, VMCS_INDEX_GUEST_IA32_EFER, dice_bit(d, dice_percent(d, 70) ? 0xd01 : 0xffffffffffff0000));
		break;
	case 6:
		v->field[VMCS_INDEX_GUEST_PDPTR0 + dice_below(d, 4)] =
			L2_AT(L2_PD) | (dice_percent(d, 50) ? 1 : dice_bit(d, 0xfff00000000001e6) | dice_below(d, 2));
		break;
	default:
		VMCS12(v, CR0_GUEST_HOST_MASK) = dice_64(d);
		VMCS12(v, CR4_GUEST_HOST_MASK) = dice_64(d);
	}
}

static void change_segment(struct entry_case *c, struct dice *d)
{
	struct vmcs12 *v = &c->vmcs;
	unsigned which = dice_below(d, 8);
	uint64_t *rights = &v->field[VMCS_INDEX_GUEST_ES_AR_BYTES + which];

	switch (dice_below(d, 8)) {
	case 0:
		v->field[VMCS_INDEX_GUEST_ES_SELECTOR + which] ^= dice_bit(d, dice_percent(d, 70) ? 7 : 0xfff8);
		break;
	case 1:
		v->field[VMCS_INDEX_GUEST_ES_BASE + which] = dice_percent(d, 50) ? address(d) : dice_64(d) & 0xffffff;
		break;
	case 2:
		v->field[VMCS_INDEX_GUEST_ES_LIMIT + which] ^= dice_bit(d, 0xffffffff);
		break;
	case 3:
	case 4:
		*rights ^= dice_bit(d, 0x1f0ff);
		break;
	case 5:
		*rights ^= dice_bit(d, dice_percent(d, 50) ? 0xf : 0xfffe0f00);
		break;
	case 6:
		*rights = (*rights & ~0xfull) | dice_below(d, 16);
		break;
	default:
		v->field[dice_percent(d, 50) ? VMCS_INDEX_GUEST_GDTR_LIMIT : VMCS_INDEX_GUEST_IDTR_LIMIT] =
			dice_percent(d, 50) ? dice_below(d, 0x10000) : dice_64(d) & 0xffffffff;
	}
}

static void change_guest(struct entry_case *c, struct dice *d)
{
	static const enum vmcs_field_index addresses[] = {
		VMCS_INDEX_GUEST_SYSENTER_ESP,
		VMCS_INDEX_GUEST_SYSENTER_EIP,
		VMCS_INDEX_GUEST_GDTR_BASE,
		VMCS_INDEX_GUEST_IDTR_BASE,
	};
	struct vmcs12 *v = &c->vmcs;

	switch (dice_below(d, 12)) {
	case 0:
		flip(c, VMCS_INDEX_GUEST_RFLAGS, dice_percent(d, 50) ? dice_bit(d, 0x3f7fd5) : dice_bit(d, ~0ull));
		break;
	case 1:
	case 2:
		VMCS12(v, GUEST_INTERRUPTIBILITY_INFO) = dice_percent(d, 80) ? dice_bit(d, 0xf)
									     : dice_64(d) & 0xffffffff;
		break;
	case 3:
		VMCS12(v, GUEST_ACTIVITY_STATE) = dice_percent(d, 60)   ? 1
						  : dice_percent(d, 80) ? dice_below(d, 5)
									: dice_64(d) & 0xffffffff;
		break;
	case 4:
		VMCS12(v, GUEST_PENDING_DBG_EXCEPTIONS) = dice_bit(d, dice_percent(d, 80) ? 0x500f : ~0ull);
		break;
	case 5:
		VMCS12(v, GUEST_RFLAGS) |= 0x100; /* TF */
		if (dice_percent(d, 50))
			VMCS12(v, GUEST_PENDING_DBG_EXCEPTIONS) = 0x4000;
		break;
	case 6:
		/* Bit 12 stays 0. Bochs keeps it, although a VM entry clears it (SDM 27.3.2.1). */
		VMCS12(v, GUEST_DR7) = (dice_percent(d, 60) ? 0x400 | (dice_64(d) & 0xffffffff) : dice_64(d)) &
				       ~0x1000ull;
		break;
	case 7:
		/* BTF is the only bit that changes, because Bochs also accepts reserved bits. */
		VMCS12(v, GUEST_IA32_DEBUGCTL) ^= 2;
		VMCS12(v, VM_ENTRY_CONTROLS) |= VM_ENTRY_LOAD_DEBUG_CONTROLS;
		break;
	case 8:
	case 9:
		v->field[DICE_OF(d, addresses)] = address(d);
		break;
	case 10:
		if (dice_percent(d, 50))
			flip(c, VMCS_INDEX_GUEST_RIP, dice_bit(d, HIGH_HALF));
		else
			VMCS12(v, GUEST_RSP) = address(d);
		break;
	default:
		VMCS12(v, TPR_THRESHOLD) = dice_64(d) & 0xffffffff;
	}
}

/* Sets an event to inject. Most events are valid and come with matching fields. */
static void change_event(struct entry_case *c, struct dice *d)
{
	struct vmcs12 *v = &c->vmcs;
	static const uint8_t types[] = {0, 0, 2, 2, 3, 3, 3, 3, 4, 4, 5, 6, 6};
	uint32_t type = dice_percent(d, 4) ? 1 : DICE_OF(d, types), vector = dice_below(d, 32), code = 0;

	switch (type << 8) {
	case INTR_TYPE_EXT_INTR:
		vector = 32 + dice_below(d, 16);
		if (dice_percent(d, 80)) {
			VMCS12(v, GUEST_RFLAGS) |= 0x200;
			VMCS12(v, GUEST_INTERRUPTIBILITY_INFO) &= ~(uint64_t)(GUEST_INTR_STATE_STI |
									      GUEST_INTR_STATE_MOV_SS);
		}
		break;
	case INTR_TYPE_NMI_INTR:
		vector = dice_percent(d, 80) ? 2 : vector;
		break;
	case INTR_TYPE_HARD_EXCEPTION:
		for (unsigned i = 0; i < sizeof(exception_with_code); i++)
			if (vector == exception_with_code[i] && c->mode != L2_REAL)
				code = INTR_INFO_DELIVER_CODE_MASK;
		break;
	case INTR_TYPE_SOFT_INTR:
		vector = dice_below(d, L2_VECTORS);
		break;
	case INTR_TYPE_PRIV_SW_EXCEPTION:
		vector = dice_percent(d, 95) ? 1 : vector;
		break;
	case INTR_TYPE_SOFT_EXCEPTION:
		vector = dice_percent(d, 95) ? 3 + dice_below(d, 2) : vector;
		break;
	default:
		break;
	}
	if (dice_percent(d, 10))
		code ^= INTR_INFO_DELIVER_CODE_MASK;
	VMCS12(v, VM_ENTRY_INTR_INFO_FIELD) = INTR_INFO_VALID_MASK | type << 8 | vector | code;
	if (dice_percent(d, 8))
		flip(c, VMCS_INDEX_VM_ENTRY_INTR_INFO_FIELD, dice_bit(d, 0x7ffff000));
	VMCS12(v, VM_ENTRY_EXCEPTION_ERROR_CODE) = dice_percent(d, 85) ? dice_below(d, 0x8000) & ~7u
								       : dice_64(d) & 0xffffffff;
	/* A length of 0 needs a feature that some CPUs lack (SDM A.6). */
	VMCS12(v, VM_ENTRY_INSTRUCTION_LEN) = 1 + dice_below(d, dice_percent(d, 85) ? 3 : 20);
}

static void change_host(struct entry_case *c, struct dice *d)
{
	static const enum vmcs_field_index addresses[] = {
		VMCS_INDEX_HOST_FS_BASE,
		VMCS_INDEX_HOST_GS_BASE,
		VMCS_INDEX_HOST_IA32_SYSENTER_ESP,
		VMCS_INDEX_HOST_IA32_SYSENTER_EIP,
	};
	static const enum vmcs_field_index bases[] = {
		VMCS_INDEX_HOST_TR_BASE,
		VMCS_INDEX_HOST_GDTR_BASE,
		VMCS_INDEX_HOST_IDTR_BASE,
		VMCS_INDEX_HOST_RIP,
	};

	switch (dice_below(d, 8)) {
	case 0:
	case 1:
		/*
		 * Either sets a bit of RPL or TI, which is invalid, or chooses another selector. CS
		 * and TR must not be 0 (SDM 27.2.3).
		 */
		if (dice_percent(d, 40))
			flip(c, VMCS_INDEX_HOST_ES_SELECTOR + dice_below(d, 7), dice_bit(d, 7));
		else
			c->vmcs.field[VMCS_INDEX_HOST_ES_SELECTOR + dice_below(d, 7)] = dice_below(d, 0x2000) << 3;
		break;
	case 2:
		flip(c, VMCS_INDEX_HOST_CR0, dice_bit(d, dice_percent(d, 50) ? 0x1000a : 0xffffffff80000021));
		break;
	case 3:
		flip(c, VMCS_INDEX_HOST_CR4,
		     dice_bit(d, dice_percent(d, 50) ? 0x38c : CR4_RESERVED | CR4_VMXE | CR4_PAE));
		break;
	case 4:
		flip(c, VMCS_INDEX_HOST_CR3, dice_bit(d, dice_percent(d, 50) ? 0x18 : BEYOND));
		break;
	case 5:
		flip(c, VMCS_INDEX_HOST_IA32_EFER, dice_bit(d, dice_percent(d, 50) ? 0x801 : 0xfffffffffffff500));
		break;
	case 6:
		c->vmcs.field[DICE_OF(d, addresses)] = address(d);
		break;
	default:
		flip(c, DICE_OF(d, bases), NOT_CANONICAL);
	}
}

void entry_change(struct entry_case *c, struct dice *d)
{
	static void (*const changes[])(struct entry_case *, struct dice *) = {
		change_controls,
		change_controls,
		change_windows,
		change_addresses,
		change_eptp,
		change_ept,
		change_ept,
		change_segment,
		change_segment,
		change_control_registers,
		change_guest,
		change_guest,
		change_event,
		change_event,
		change_event,
		change_host,
		change_control_registers,
		lists_change,
		change_cr3_targets,
	};

	DICE_OF(d, changes)(c, d);
}

/*
 * Prevents an L2 that never becomes active. In HLT or shutdown, an event either wakes L2
 * immediately (SDM 27.6.2) or makes the entry fail (SDM 27.3.1.5).
 */
static void keep_awake(struct vmcs12 *v)
{
	uint64_t state = VMCS12(v, GUEST_ACTIVITY_STATE);

	if (state == GUEST_ACTIVITY_HLT)
		VMCS12(v, VM_ENTRY_INTR_INFO_FIELD) |= INTR_INFO_VALID_MASK;
	/*
	 * In wait-for-SIPI, KVM waits for a SIPI although an event is to be injected. So the state
	 * becomes an invalid value.
	 */
	if (state == GUEST_ACTIVITY_WAIT_SIPI)
		VMCS12(v, GUEST_ACTIVITY_STATE) = GUEST_ACTIVITY_WAIT_SIPI + 1;
	if (state == GUEST_ACTIVITY_SHUTDOWN)
		VMCS12(v, VM_ENTRY_INTR_INFO_FIELD) = INTR_INFO_VALID_MASK | INTR_TYPE_SOFT_INTR | 0x20;
	if (VMCS12(v, VM_ENTRY_INSTRUCTION_LEN) == 0)
		VMCS12(v, VM_ENTRY_INSTRUCTION_LEN) = 1;
}

void entry_keep_bounded(struct entry_case *c)
{
	struct vmcs12 *v = &c->vmcs;
	uint64_t *primary = &VMCS12(v, CPU_BASED_VM_EXEC_CONTROL);

	*primary |= CPU_BASED_HLT_EXITING | CPU_BASED_MWAIT_EXITING | CPU_BASED_MONITOR_EXITING |
		    CPU_BASED_RDPMC_EXITING;
	if (!(*primary & CPU_BASED_USE_IO_BITMAPS))
		*primary |= CPU_BASED_UNCOND_IO_EXITING;
	keep_awake(v);
}
