// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes programs for L2: a short sequence of instructions that hypervisors handle. Code after the
 * last instruction, and almost everywhere else in L2's memory, leads to a VMCALL.
 */
#include "l2-guests/vmxdiff/code.h"
#include "l2-guests/vmxdiff/diff_entry.h"
#include "l2-guests/vmxdiff/diff_run.h"
#include "l2-guests/vmxdiff/l2.h"
#include "microbench/bare/bare.h"
#include "vmcs-shadow/controls.h"

static struct code code;

/* Returns an address in L2's memory. Most addresses cause a fault or an EPT violation. */
static uint32_t pointer(struct dice *d)
{
	static const uint8_t pages[] = {
		L2_DATA,    L2_DATA,          L2_READ_ONLY,     L2_NOT_THERE, L2_OTHER_RING,
		L2_NO_CODE, L2_EPT_READ_ONLY, L2_EPT_NOT_THERE, L2_EPT_BAD,   L2_EPT_NO_CODE,
	};
	static const uint32_t others[] = {0,           0x5000,     (uint32_t)L2_END, (uint32_t)L2_LARGE + 0x234,
					  0x80000000u, 0xfffff000u};

	if (dice_percent(d, 10))
		return DICE_OF(d, others);
	/* Some accesses cross the end of the page. */
	return (uint32_t)L2_AT(DICE_OF(d, pages)) +
	       (dice_percent(d, 15) ? 4096 - dice_below(d, 4) : dice_below(d, 512) * 8);
}

static uint32_t msr(struct dice *d)
{
	static const uint32_t msrs[] = {0x174,      0x175,      0x176,      0xc0000080, 0xc0000081, 0xc0000082,
					0xc0000083, 0xc0000084, 0xc0000100, 0xc0000101, 0xc0000102, 0x10,
					0x1d9,      0x277,      0x3a,       0x480,      0x2000,     0x40000000,
					0xc0002000, 0x1fff,     0xc0001fff};

	return DICE_OF(d, msrs);
}

/*
 * Adds an RDMSR or WRMSR. An MSR that L2 accesses without an exit must have the same value on every
 * machine.
 */
static void msr_access(struct entry_case *c, struct dice *d)
{
	bool writes = dice_percent(d, 50);
	uint64_t value = dice_percent(d, 70) ? dice_64(d) >> 17 : dice_64(d);
	uint32_t number = msr(d);

	if (number == 0xc0000080)
		value = dice_percent(d, 60) ? 0xd01 ^ (dice_percent(d, 30) ? 0x800 : 0) : dice_bit(d, ~0ull);
	if (number == 0xc0000084)
		value &= 0xffffffff;
	/* CPUs differ in the width of IA32_SYSENTER_CS. */
	if (number == 0x174)
		value &= 0xffff;
	code_set(&code, RCX, number);
	code_set(&code, RAX, value & 0xffffffff);
	code_set(&code, RDX, value >> 32);
	code_bytes(&code, 2, writes ? 0x300f : 0x320f);
	c->changes_msrs = true;
}

static void port_access(struct entry_case *c, struct dice *d)
{
	static const uint16_t ports[] = {0, 0x60, 0x80, 0x3f8, 0x7fff, 0x8000, 0xffff, 0xfffe, 0xcf8};
	unsigned kind = dice_below(d, 8), size = dice_below(d, 3);

	if (c->no_ports)
		return;
	code_set(&code, RDX, kind == 7 ? LISTS_PASSED_PORT : DICE_OF(d, ports));
	if (kind >= 6 && dice_percent(d, 50))
		code_set(&code, RAX, dice_64(d) & 0xffffffff);
	/* INS and OUTS, some with REP. */
	if (kind == 4 || kind == 5) {
		code_set(&code, RSI, pointer(d));
		code_set(&code, RDI, pointer(d));
		code_set(&code, RCX, dice_below(d, 5));
		if (dice_percent(d, 50))
			code_byte(&code, dice_percent(d, 50) ? 0xf3 : 0xf2);
		code_far(&code);
	}
	if (size == 1)
		code_byte(&code, 0x66);
	if (kind < 2) {
		code_byte(&code, (size ? 0xe5 : 0xe4) + 2 * kind);
		code_byte(&code, dice_below(d, 256));
	} else if (kind == 7) {
		code_byte(&code, size ? 0xef : 0xee);
	} else if (kind == 4 || kind == 5) {
		code_byte(&code, (kind == 4 ? 0x6c : 0x6e) + (size ? 1 : 0));
	} else {
		code_byte(&code, (size ? 0xed : 0xec) + 2 * (kind & 1));
	}
}

static void control_register(struct entry_case *c, struct dice *d)
{
	static const uint8_t numbers[] = {0, 0, 0, 3, 3, 4, 4, 2, 8, 1};
	unsigned number = DICE_OF(d, numbers), reg = dice_below(d, 4);
	const struct vmcs12 *v = &c->vmcs;
	uint64_t value = number == 0   ? VMCS12(v, GUEST_CR0) ^ dice_bit(d, 0xe005003f)
			 : number == 3 ? VMCS12(v, GUEST_CR3)
			 : number == 4 ? VMCS12(v, GUEST_CR4) ^ dice_bit(d, 0x207ff)
				       : dice_below(d, 20);

	if (number == 8 && code.bits != 64)
		number = 2;
	/* KVM checks only the lowest byte of CR8. */
	if (number != 8 && dice_percent(d, 20))
		value = number == 0   ? VMCS12(v, CR0_READ_SHADOW)
			: number == 4 ? VMCS12(v, CR4_READ_SHADOW)
				      : value ^ dice_bit(d, 0xfff0000000000018);
	switch (dice_below(d, 8)) {
	case 0: /* CLTS */
		code_bytes(&code, 2, 0x060f);
		return;
	case 1: /* LMSW, SMSW */
		code_set(&code, RAX, dice_below(d, 16));
		code_bytes(&code, 3, dice_percent(d, 60) ? 0xf0010f : 0xe0010f);
		return;
	case 2:
	case 3:
		if (number == 8)
			code_byte(&code, 0x44);
		code_bytes(&code, 2, 0x200f);
		break;
	default:
		code_set(&code, reg, value);
		if (number == 8)
			code_byte(&code, 0x44);
		code_bytes(&code, 2, 0x220f);
	}
	code_byte(&code, 0xc0 | (number & 7) << 3 | reg);
}

static void debug_register(struct entry_case *c, struct dice *d)
{
	static const uint8_t numbers[] = {0, 1, 2, 3, 6, 7, 7, 4, 5};
	unsigned number = DICE_OF(d, numbers), reg = dice_below(d, 4);
	uint64_t value = number < 4 ? pointer(d) : number == 7 ? 0x400 | (dice_64(d) & 0xf) : 0xffff0ff0;

	(void)c;
	if (number >= 4 && dice_percent(d, 10))
		value = dice_64(d);
	if (dice_percent(d, 60)) {
		code_set(&code, reg, value);
		code_bytes(&code, 2, 0x230f);
	} else {
		code_bytes(&code, 2, 0x210f);
	}
	code_byte(&code, 0xc0 | number << 3 | reg);
}

static void exception(struct entry_case *c, struct dice *d)
{
	(void)c;
	switch (dice_below(d, 7)) {
	case 0:
		code_byte(&code, 0xcc); /* INT3 */
		break;
	case 1:
		code_byte(&code, 0xce); /* INTO, which 64-bit mode does not support */
		break;
	case 2:
		code_bytes(&code, 2, 0x0b0f); /* UD2 */
		break;
	case 3:
		code_byte(&code, 0xcd);
		code_byte(&code, dice_percent(d, 80) ? dice_below(d, L2_VECTORS) : dice_below(d, 256));
		break;
	case 4:
		code_set(&code, RCX, 0);
		code_bytes(&code, 2, 0xf1f7); /* DIV ECX */
		break;
	case 5:
		code_byte(&code, 0xf1); /* INT1 */
		break;
	default:
		code_byte(&code, 0xf4); /* HLT */
	}
}

/* Adds an instruction of one to three bytes that uses the current register values. */
static void plain(struct entry_case *c, struct dice *d)
{
	static const struct {
		uint8_t length;
		uint32_t bytes;
	} list[] = {
		{2, 0xa20f},   {2, 0xa20f},   {1, 0xf4},     {2, 0x90f3},   {2, 0x90f3},   {2, 0x090f},
		{2, 0x080f},   {2, 0x330f},   {3, 0xd1010f}, {2, 0x370f},   {2, 0xaa0f},   {3, 0xc8010f},
		{3, 0xc9010f}, {3, 0xc1010f}, {3, 0xc2010f}, {3, 0xc3010f}, {3, 0xc4010f}, {3, 0xd4010f},
		{1, 0xfa},     {1, 0xfb},     {1, 0xfb},     {1, 0x9c},     {1, 0x90},     {1, 0x50},
	};
	unsigned i = dice_below(d, sizeof(list) / sizeof(list[0]));

	(void)c;
	if (list[i].bytes == 0xd1010f) { /* XSETBV */
		code_set(&code, RCX, dice_below(d, 2));
		code_set(&code, RAX, dice_below(d, 8));
		code_set(&code, RDX, 0);
	}
	code_bytes(&code, list[i].length, list[i].bytes);
}

/*
 * Reads the TSC and clears the result registers. No exit may occur while a register holds the time.
 */
static void time_stamp(struct entry_case *c, struct dice *d)
{
	bool with_aux;

	if (VMCS12(&c->vmcs, GUEST_RFLAGS) & 0x100 ||
	    VMCS12(&c->vmcs, CPU_BASED_VM_EXEC_CONTROL) & CPU_BASED_MONITOR_TRAP_FLAG)
		return;
	with_aux = dice_percent(d, 50);
	/*
	 * If the code size changed, the instructions that clear the registers would decode
	 * differently.
	 */
	if (c->other_code)
		return;
	c->reads_time = true;
	/*
	 * An interrupt or NMI window may open after this NOP, but not after the next instruction.
	 */
	code_byte(&code, 0x90);
	if (with_aux)
		code_bytes(&code, 3, 0xf9010f);
	else
		code_bytes(&code, 2, 0x310f);
	code_set(&code, RAX, 0);
	code_set(&code, RDX, 0);
	code_set(&code, RCX, 0);
}

static void memory(struct entry_case *c, struct dice *d)
{
	static const struct {
		uint8_t length;
		uint32_t bytes; /* opcode with the operand [RBX] */
	} list[] = {
		{2, 0x038b}, {2, 0x0389}, {2, 0x0301}, {2, 0x0388},   {2, 0x038a},
		{2, 0x33ff}, {2, 0x038f}, {2, 0x0387}, {3, 0x0bb10f}, {3, 0x3b010f},
	};
	unsigned i = dice_below(d, sizeof(list) / sizeof(list[0]));

	(void)c;
	code_set(&code, RBX, pointer(d));
	code_far(&code);
	code_bytes(&code, list[i].length, list[i].bytes);
}

static void jump(struct entry_case *c, struct dice *d)
{
	static const uint8_t pages[] = {L2_NO_CODE,       L2_EPT_NO_CODE, L2_OTHER_RING, L2_EPT_READ_ONLY,
					L2_EPT_NOT_THERE, L2_NOT_THERE,   L2_HANDLERS};

	(void)c;
	code_set(&code, RBX, L2_AT(DICE_OF(d, pages)) + (dice_percent(d, 10) ? 4094 : 0));
	code_wide(&code);
	code_bytes(&code, 2, 0xe3ff);
}

/*
 * Adds a VMX or descriptor-table instruction with a memory operand at RBX, in one of several
 * addressing forms.
 */
static void with_operand(struct entry_case *c, struct dice *d)
{
	static const struct {
		uint8_t prefix, length, reg;
		uint32_t opcode;
	} list[] = {
		{0, 2, 6, 0xc70f},        {0x66, 2, 6, 0xc70f},
		{0xf3, 2, 6, 0xc70f},     {0, 2, 7, 0xc70f}, /* VMPTRLD, VMCLEAR, VMXON, VMPTRST */
		{0, 2, RAX, 0x780f},      {0, 2, RCX, 0x790f},
		{0x66, 3, RCX, 0x80380f}, {0x66, 3, RCX, 0x81380f}, /* VMREAD, VMWRITE, INVEPT, INVVPID */
		{0x66, 3, RCX, 0x82380f}, {0, 2, 0, 0x010f},
		{0, 2, 1, 0x010f},        {0, 2, 2, 0x010f}, /* INVPCID, SGDT, SIDT, LGDT */
		{0, 2, 3, 0x010f},        {0, 2, 0, 0x000f},
		{0, 2, 1, 0x000f},        {0, 2, 2, 0x000f}, /* LIDT, SLDT, STR, LLDT */
		{0, 2, 3, 0x000f},        {0, 2, 7, 0x010f},
		{0, 2, 7, 0x010f},        {0, 2, 1, 0x000f}, /* LTR, INVLPG twice, STR */
	};
	unsigned i = dice_below(d, sizeof(list) / sizeof(list[0])), form = dice_below(d, 6), rex = 0;
	bool in_register = (list[i].opcode == 0x780f || list[i].opcode == 0x790f || list[i].opcode == 0x000f) &&
			   dice_percent(d, 40);

	(void)c;
	code_set(&code, RBX, in_register ? dice_below(d, 0x60) : pointer(d));
	code_set(&code, RCX, dice_below(d, 5));
	if (code.bits == 64 && form >= 4)
		rex = 0x40 | dice_below(d, 16);
	if (dice_percent(d, 15))
		code_byte(&code, 0x64 + dice_below(d, 2)); /* FS or GS */
	code_far(&code);
	if (list[i].prefix)
		code_byte(&code, list[i].prefix);
	if (rex)
		code_byte(&code, rex);
	code_bytes(&code, list[i].length, list[i].opcode);
	if (in_register)
		code_byte(&code, 0xc3 | list[i].reg << 3);
	else if (form == 1) /* 8-bit displacement */
		code_bytes(&code, 2, 0x43 | list[i].reg << 3 | dice_below(d, 256) << 8);
	else if (form == 2) { /* 32-bit displacement */
		code_byte(&code, 0x83 | list[i].reg << 3);
		code_bytes(&code, 4, dice_below(d, 4096));
	} else if (form == 3 || form == 5) /* RBX + RCX * 1, 2, 4 or 8 */
		code_bytes(&code, 2, 0x04 | list[i].reg << 3 | (0x0b | dice_below(d, 4) << 6) << 8);
	else
		code_byte(&code, 0x03 | list[i].reg << 3);
}

static void segments(struct entry_case *c, struct dice *d)
{
	static const uint8_t selectors[] = {0, 0x10, 0x10, 0x10, 0x2b, 0x60, 0x08, 0x13};

	code_set(&code, RAX, DICE_OF(d, selectors));
	switch (dice_below(d, 6)) {
	case 0:
	case 1:
		code_bytes(&code, 2, 0xd08e); /* MOV SS */
		break;
	case 2:
		code_bytes(&code, 2, 0xd88e); /* MOV DS */
		break;
	case 3:
		code_bytes(&code, 2, 0xe88e); /* MOV GS */
		break;
	case 4: /* POPF of flags that may include TF and IF */
		code_set(&code, RAX,
			 2 | (dice_64(d) & 0x4fd5) | (dice_percent(d, 50) ? 0x200 : 0) |
				 (dice_percent(d, 30) ? 0x100 : 0));
		code_wide(&code);
		code_byte(&code, 0x50);
		code_wide(&code);
		code_byte(&code, 0x9d);
		break;
	default:
		if (code.bits == 64) {
			code_bytes(&code, 3, 0xf8010f); /* SWAPGS */
			c->changes_msrs = true;
		} else {
			/* A far jump to a TSS causes a task switch. */
			code_byte(&code, 0xea);
			code_bytes(&code, code.bits == 32 ? 4 : 2, 0);
			code_bytes(&code, 2, L2_OTHER_TASK);
		}
	}
}

/* Adds an IRETQ to the next instruction, which ends NMI blocking. */
static void interrupt_return(struct entry_case *c, struct dice *d)
{
	(void)d;
	if (code.bits != 64 || c->mode == L2_64_USER)
		return;
	code_bytes(&code, 3, 0xe18948); /* MOV RCX, RSP */
	code_bytes(&code, 2, L2_SS << 8 | 0x6a);
	code_bytes(&code, 2, 0x9c51); /* PUSH RCX, PUSHF */
	code_bytes(&code, 2, L2_CS64 << 8 | 0x6a);
	code_bytes(&code, 7, 0x0000000003058d48); /* LEA RAX, [RIP + 3] */
	code_bytes(&code, 3, 0xcf4850);
}

static void begin(const struct entry_case *c, unsigned start)
{
	code.bits = c->mode <= L2_64_USER ? 64 : c->mode == L2_REAL ? 16 : 32;
	code.at = (uint8_t *)L2_AT(L2_CODE) + start;
}

static void end(struct entry_case *c, unsigned start)
{
	code_bytes(&code, 3, 0xc1010f);
	VMCS12(&c->vmcs, GUEST_RIP) = c->mode == L2_REAL ? start : L2_AT(L2_CODE) + start;
}

void program_iret(struct entry_case *c)
{
	begin(c, 0);
	interrupt_return(c, NULL);
	end(c, 0);
}

void program_make(struct entry_case *c, struct dice *d)
{
	static void (*const kinds[])(struct entry_case *, struct dice *) = {
		plain,          plain,        plain,       exception,        msr_access,
		msr_access,     port_access,  port_access, control_register, control_register,
		debug_register, memory,       memory,      memory,           jump,
		with_operand,   with_operand, segments,    time_stamp,       interrupt_return,
	};
	unsigned count = dice_below(d, 6), start = dice_below(d, 64);

	begin(c, start);
	for (unsigned i = 0; i < 16; i++)
		run_in.gpr[i] = dice_percent(d, 50) ? dice_64(d) : dice_64(d) & 0xffff;
	run_in.gpr[RBX] = L2_AT(L2_DATA) + 0x100;
	for (unsigned i = 0; i < count; i++)
		DICE_OF(d, kinds)(c, d);
	end(c, start);
}
