// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs sequences of VMX instructions. It writes each instruction into a page, runs it with given
 * registers, and notes flags, error, fault and memory.
 */
#include "l2-guests/vmxdiff/sequence.h"

#include "l2-guests/vmxdiff/diff_entry.h"
#include "l2-guests/vmxdiff/diff_host.h"
#include "l2-guests/vmxdiff/diff_operand.h"
#include "l2-guests/vmxdiff/diff_run.h"
#include "l2-guests/vmxdiff/diff_vmx.h"
#include "l2-guests/vmxdiff/l2.h"
#include "l2-guests/vmxdiff/case_hash.h"
#include "microbench/bare/bare.h"
#include "microbench/bare/cpu.h"
#include "vmcs-shadow/x86.h"

#define P     1ull
#define LARGE 0x80ull
#define USER  4ull

/*
 * No machine has memory at addresses from 3 GiB on. READ_ONLY maps the operands a second time,
 * read-only. The page after it is not present.
 */
#define READ_ONLY 0xc0000000ull
#define NOT_THERE 0xc0200000ull
/* No memory is here, but the address is within every CPU's physical-address width. */
#define HOLE 0x80000000ull

static uint8_t code_page[4096] __attribute__((aligned(4096)));
#define OPERANDS 1024
static uint64_t operands[OPERANDS] __attribute__((aligned(8192)));
static struct vmx_page other_on_page, scratch; /* `scratch` has no revision identifier */
static struct code code;
static struct dice *d;

/* VMCALL is not included: KVM treats it as a hypercall, which the manual allows, and Bochs ends. */
enum instruction {
	I_VMXON,
	I_VMXOFF,
	I_VMCLEAR,
	I_VMPTRLD,
	I_VMPTRST,
	I_VMREAD,
	I_VMWRITE,
	I_VMLAUNCH,
	I_VMRESUME,
	I_VMFUNC,
	I_INVEPT,
	I_INVVPID,
	I_MOV_CR4,
	I_PREPARE,
};

static const char *const names[] = {
	"vmxon",    "vmxoff",   "vmclear", "vmptrld", "vmptrst", "vmread",  "vmwrite",
	"vmlaunch", "vmresume", "vmfunc",  "invept",  "invvpid", "mov cr4", "prepare",
};

void sequence_init(void)
{
	uint64_t large = 2ull << 20;

	*bare_page_entry((uintptr_t)code_page) |= USER;
	*bare_page_entry(READ_ONLY) = ((uintptr_t)operands & ~(large - 1)) | P | LARGE;
	*bare_page_entry(NOT_THERE) = 0;
	write_cr3(read_cr3());
}

/* Provides the pointers for sequence_wild(), or is NULL. */
static uint64_t (*wild_pointer)(struct dice *);

/*
 * Returns a physical address for a VMX instruction: the right structure, another structure or a
 * hole.
 */
static uint64_t pointer(void)
{
	const uint64_t first = (uintptr_t)&vmx_vmcs[0], second = (uintptr_t)&vmx_vmcs[1],
		       with = (uintptr_t)&vmx_on_page;
	const uint64_t addresses[] = {
		first, first, first, second, second, with, with, (uintptr_t)&other_on_page, (uintptr_t)&scratch, HOLE};
	uint64_t address = wild_pointer ? wild_pointer(d) : DICE_OF(d, addresses);

	if (dice_percent(d, 8))
		address ^= dice_bit(d, 0xfff);
	if (dice_percent(d, 5))
		address ^= dice_bit(d, 0xfff0000000000000);
	return address;
}

/*
 * Returns the linear address of an operand of `bytes` bytes. `writes`: the instruction stores to
 * the operand.
 */
static uint64_t place(unsigned bytes, bool writes)
{
	uint64_t good = (uintptr_t)operands + 8ull * dice_below(d, 500);

	if (dice_percent(d, 80))
		return good;
	switch (dice_below(d, 7)) {
	case 0:
		/* The operand crosses the end of a page. */
		return (uintptr_t)operands + 4096 - dice_below(d, bytes);
	case 1:
		return good + dice_below(d, 8);
	case 2:
		return READ_ONLY | (good & 0x1fffff);
	case 3:
		return NOT_THERE + dice_below(d, 4096);
	/*
	 * If a store spans two pages, the CPU chooses the page that faults. So stores start at the
	 * page that is not present.
	 */
	case 4:
		return NOT_THERE - (writes ? 0 : dice_below(d, bytes + 1));
	case 5:
		return 1ull << 40;
	default:
		return 0x800000000000 - (dice_percent(d, 50) ? 0 : dice_below(d, bytes + 1));
	}
}

/*
 * Stores the input of an instruction at its operand. An address that is not mapped to `operands` is
 * ignored.
 */
static void put(uint64_t at, uint64_t value, unsigned index)
{
	uint64_t base = (uintptr_t)operands;

	if (at >= READ_ONLY && at < NOT_THERE)
		at = (base & ~0x1fffffull) | (at & 0x1fffff);
	at += 8 * index;
	if (at >= base && at + 8 <= base + sizeof(operands))
		memcpy((void *)at, &value, 8);
}

/*
 * Returns the encoding of a field that every CPU supports (*there is true) or that no CPU supports.
 */
static uint64_t field(bool *there)
{
	static const uint32_t good[] = {0x681e, 0x6820, 0x6800, 0x6c16, 0x4002, 0x4000, 0x4012, 0x0802, 0x0c06,
					0x2000, 0x2004, 0x2800, 0x2010, 0x4816, 0x4824, 0x6c00, 0x6826, 0x4016};
	static const uint32_t bad[] = {0x03fe, 0x0bfe, 0x23fe, 0x43fe,     0x63fe,     0x681f,
				       0x4003, 0x0801, 0x781e, 0x0000e81e, 0x8000681e, 0x1000};
	uint64_t encoding;

	*there = !dice_percent(d, 25);
	if (*there) {
		encoding = DICE_OF(d, good);
		if (vmcs_encoding_width((uint32_t)encoding) == VMCS_WIDTH_64 && dice_percent(d, 40))
			encoding |= 1;
		return encoding;
	}
	return dice_percent(d, 20) ? DICE_OF(d, good) | 1ull << (32 + dice_below(d, 32)) : DICE_OF(d, bad);
}

static const uint32_t information[] = {0x4402, 0x6400, 0x4404, 0x440c, 0x2400, 0x640a};

/*
 * `current` is the index of the current VMCS in vmx_vmcs, or -1 if it is another or none.
 * `prepared` marks the VMCSs whose fields are all initialized.
 */
static int current;
static bool on, prepared[2];

static void read_or_write(struct operand *o, bool write, bool *read_only, bool *known)
{
	bool there;

	o->opcode[0] = write ? 0x79 : 0x78;
	o->reg = dice_below(d, 16);
	o->reg_is_register = true;
	o->reg_value = field(&there);
	*read_only = write && dice_percent(d, 8);
	if (*read_only)
		o->reg_value = DICE_OF(d, information);
	*known = !there || (current >= 0 && prepared[current]);
	o->in_register = dice_percent(d, 50);
	o->rm_value = dice_64(d);
	if (!o->in_register) {
		o->address = place(8, !write);
		put(o->address, o->rm_value, 0);
	}
}

static void take_pointer(struct operand *o, uint8_t prefix, unsigned reg)
{
	o->prefix = prefix;
	o->opcode[0] = 0xc7;
	o->reg = reg;
	o->address = place(8, reg == 7);
	o->rm_value = pointer();
	put(o->address, o->rm_value, 0);
}

static void invalidate(struct operand *o, bool ept)
{
	uint64_t low = ept ? l2_eptp() : 1 + dice_below(d, 3);

	o->prefix = 0x66;
	o->opcode[0] = 0x38;
	o->opcode[1] = ept ? 0x80 : 0x81;
	o->reg = dice_below(d, 16);
	o->reg_is_register = true;
	o->reg_value = dice_percent(d, 80) ? 1 + dice_below(d, 2) : dice_percent(d, 50) ? dice_below(d, 6) : dice_64(d);
	/* Types 0 (one address) and 3 (keep global translations) of INVVPID are optional. */
	if (!ept && (o->reg_value == 0 || o->reg_value == 3))
		o->reg_value = 1;
	/*
	 * Bochs reads the operand before it checks the type. The manual checks the type first (SDM
	 * vol. 3, INVEPT). So an invalid type gets an operand that is readable.
	 */
	o->address = o->reg_value == 1 || o->reg_value == 2 ? place(16, false) : (uintptr_t)operands;
	if (dice_percent(d, 20))
		low = dice_percent(d, 50) ? 0 : low ^ dice_bit(d, ept ? 0xfff0000000000f87 : 0xffffffffffff0000);
	put(o->address, low, 0);
	/*
	 * The manual does not require a CPU to check the reserved part of INVEPT's descriptor, so
	 * it stays 0.
	 */
	put(o->address, ept || dice_percent(d, 85) ? 0 : dice_64(d), 1);
}

static void write_code(enum instruction i, struct operand *o, bool *read_only, bool *known)
{
	static const uint32_t plain[] = {[I_VMXOFF] = 0xc4010f,
					 [I_VMLAUNCH] = 0xc2010f,
					 [I_VMRESUME] = 0xc3010f,

					 [I_VMFUNC] = 0xd4010f};

	*o = (struct operand){.segment = {(uintptr_t)operands - 0x10000, (uintptr_t)operands + 0x10000}};
	switch (i) {
	case I_VMXON:
		take_pointer(o, 0xf3, 6);
		break;
	case I_VMCLEAR:
		take_pointer(o, 0x66, 6);
		break;
	case I_VMPTRLD:
		take_pointer(o, 0, 6);
		break;
	case I_VMPTRST:
		take_pointer(o, 0, 7);
		break;
	case I_VMREAD:
	case I_VMWRITE:
		read_or_write(o, i == I_VMWRITE, read_only, known);
		break;
	case I_INVEPT:
	case I_INVVPID:
		invalidate(o, i == I_INVEPT);
		break;
	case I_MOV_CR4:
		run_in.gpr[RAX] = read_cr4() ^ CR4_VMXE;
		code_bytes(&code, 3, 0xe0220f);
		return;
	case I_VMLAUNCH:
	case I_VMRESUME:
		/* The entry follows MOV SS, which blocks events. */
		if (dice_percent(d, 15)) {
			run_in.gpr[RAX] = 0x10;
			code_bytes(&code, 2, 0xd08e);
		}
		code_bytes(&code, 3, plain[i]);
		return;
	default:
		run_in.gpr[RAX] = run_in.gpr[RCX] = 0;
		code_bytes(&code, 3, plain[i]);
		return;
	}
}

static void note_memory(void)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < OPERANDS; i++)
		if (operands[i])
			sum = (sum ^ operands[i] ^ i) * 0x100000001b3u;
	note(NOTE_WORK, "operands", sum);
}

/* Tracks how a successful instruction changes `on` and `current`. */
static void follow(enum instruction i, const struct operand *o, bool good)
{
	uint64_t address = o->rm_value;

	if (!good)
		return;
	if (i == I_VMXON || i == I_VMXOFF) {
		on = i == I_VMXON;
		current = -1;
	}
	if (i == I_VMPTRLD)
		current = address == (uintptr_t)&vmx_vmcs[0] ? 0 : address == (uintptr_t)&vmx_vmcs[1] ? 1 : -1;
	if (i == I_VMCLEAR && current >= 0 && address == (uintptr_t)&vmx_vmcs[current])
		current = -1;
}

static uint64_t error_of(uint64_t flags)
{
	uint64_t error = 0;

	if (flags & 0x40)
		vmx_read(VMCS_VM_INSTRUCTION_ERROR, &error);
	return error;
}

static char run_one(enum instruction i)
{
	bool user = dice_percent(d, 4), read_only = false, known = true;
	struct operand o;
	const void *start;
	uint64_t flags, error;
	unsigned rm = 0;
	enum run_end end;

	for (unsigned reg = 0; reg < 16; reg++)
		run_in.gpr[reg] = dice_64(d);
	run_in.rflags = 2 | (dice_64(d) & 0x8d5);
	start = code_page + dice_below(d, 64);
	code = (struct code){(uint8_t *)start, 64};
	write_code(i, &o, &read_only, &known);
	if (o.opcode[0])
		rm = operand_code(&code, &o, &run_in, d);
	code_bytes(&code, 6, 0x25ff); /* JMP [RIP + 0] */
	code_bytes(&code, 8, (uintptr_t)run_back);
	wrmsr(MSR_FS_BASE, o.segment[0]);
	wrmsr(MSR_GS_BASE, o.segment[1]);
	write_cr2(0x1234);
	end = run_code(start, user);
	flags = run_out.rflags & 0x8d5;
	note_text("%s%s %s %lx, operand at %lx: %lx", names[i], user ? " at CPL 3" : "",
		  o.reg_is_register ? "with" : "", o.reg_value, o.address, o.rm_value);
	note(NOTE_EXIT, names[i], end);
	if (end == RUN_FAULT) {
		note(NOTE_EXIT, "vector", run_fault.vector);
		note(NOTE_EXIT, "error code", run_fault.error);
		note(NOTE_EXIT, "rip", run_fault.rip - (uintptr_t)start);
		if (run_fault.vector == 14)
			note(NOTE_EXIT, "cr2", run_fault.cr2);
		return 'x';
	}
	if (end == RUN_EXIT) {
		host_restore(false, 0);
		note(NOTE_EXIT, "reason", VMX_GET(VM_EXIT_REASON));
		return '!';
	}
	error = i == I_MOV_CR4 ? 0 : error_of(flags);
	/*
	 * Some CPUs can write to read-only fields (SDM A.6). Both results are correct, so the note
	 * only says whether the result contradicts IA32_VMX_MISC.
	 */
	if (read_only && on && current >= 0)
		flags = error = vmx.misc & VMX_MISC_VMWRITE_SHADOW_RO_FIELDS ? flags != 0
									     : flags != 0x40 || error != 13;
	note(NOTE_EXIT, "flags", flags);
	note(NOTE_EXIT, "VM-instruction error", error);
	if (i == I_VMREAD && !known && o.in_register)
		run_out.gpr[rm] = 0;
	if (i == I_VMREAD && !known && !o.in_register)
		put(o.address, 0, 0);
	for (unsigned reg = 0; reg < 16; reg++)
		note(NOTE_WORK, "register", run_out.gpr[reg]);
	follow(i, &o, flags == 0);
	return flags == 0 ? '.' : flags & 1 ? 'c' : 'z';
}

/* Initializes a VMCS with which L2 can be entered, and makes it current. */
static void prepare(void)
{
	static struct entry_case c;
	struct dice plain = dice_of(0, 0);
	unsigned which = dice_below(d, 2);

	if (!on)
		return;
	entry_base(&c, L2_64, &plain);
	program_iret(&c);
	vmx_fresh(&vmx_vmcs[which]);
	entry_write(&c.vmcs);
	current = (int)which;
	prepared[which] = true;
}

bool sequence_wild(struct dice *dice, unsigned count, bool is_on, uint64_t (*any)(struct dice *))
{
	static const uint8_t instructions[] = {
		I_VMXON,  I_VMXOFF,  I_VMCLEAR, I_VMCLEAR, I_VMPTRLD, I_VMPTRLD, I_VMPTRLD, I_VMPTRST, I_VMREAD,
		I_VMREAD, I_VMWRITE, I_VMWRITE, I_VMFUNC,  I_INVEPT,  I_INVEPT,  I_INVVPID, I_INVVPID, I_MOV_CR4,
	};

	d = dice;
	on = is_on;
	current = -1;
	wild_pointer = any;
	while (count--)
		run_one(DICE_OF(d, instructions));
	wild_pointer = NULL;
	return on;
}

void sequence_run(struct dice *dice, char *outcome, unsigned size)
{
	static const uint8_t instructions[] = {
		I_VMXON,  I_VMXOFF, I_VMCLEAR, I_VMCLEAR, I_VMPTRLD,  I_VMPTRLD,  I_VMPTRLD,  I_VMPTRST,
		I_VMREAD, I_VMREAD, I_VMREAD,  I_VMWRITE, I_VMWRITE,  I_VMWRITE,  I_VMLAUNCH, I_VMRESUME,
		I_VMFUNC, I_INVEPT, I_INVVPID, I_MOV_CR4, I_VMLAUNCH, I_VMRESUME, I_PREPARE,
	};
	unsigned count = 1 + dice_below(dice, 10), used = 0;

	d = dice;
	on = true;
	current = -1;
	prepared[0] = prepared[1] = false;
	memset(operands, 0, sizeof(operands));
	l2_reset(false);
	vmx_again();
	if (dice_percent(d, 70))
		prepare();
	for (unsigned n = 0; n < count && used + 3 < size; n++) {
		enum instruction i = DICE_OF(d, instructions);

		if (i == I_PREPARE)
			prepare();
		else if ((i == I_VMLAUNCH || i == I_VMRESUME) && current >= 0 && !prepared[current])
			/* The fields hold values of earlier cases. */
			outcome[used++] = '-';
		else
			outcome[used++] = run_one(i);
	}
	outcome[used++] = ' ';
	outcome[used] = '\0';
	note_memory();
	host_restore(false, 0);
	vmx_again();
}
