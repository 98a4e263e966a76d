// SPDX-License-Identifier: GPL-2.0-only
/* Carries out privileged instructions in a signal handler. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#include <cmocka.h>

#include "l1-hypervisor/tests/fake_cpu.h"

struct fake_cpu fake;

static struct vmx_region vmcs01;
static struct sigaction before_segv, before_ill;

/* VM-instruction errors (SDM 31.4). */
enum { UNSUPPORTED_COMPONENT = 12, READ_ONLY_COMPONENT = 13, BAD_INVALIDATION = 28 };
enum { SUCCEED, FAIL_INVALID = RFLAGS_CF, FAIL_VALID = RFLAGS_ZF };

#define FIELDS_OFFSET 8 /* revision and abort indicator come first */

uint64_t *fake_field(struct vmx_region *vmcs, unsigned index)
{
	_Static_assert(FIELDS_OFFSET + 8 * VMCS_FIELD_COUNT <= sizeof(*vmcs), "all fields fit");
	assert_non_null(vmcs);
	return (uint64_t *)(void *)((uint8_t *)vmcs + FIELDS_OFFSET) + index;
}

uint64_t *fake_msr(uint32_t number)
{
	for (unsigned i = 0; i < fake.msrs; i++)
		if (fake.msr[i].number == number)
			return &fake.msr[i].value;
	assert_true(fake.msrs < sizeof(fake.msr) / sizeof(fake.msr[0]));
	fake.msr[fake.msrs].number = number;
	return &fake.msr[fake.msrs++].value;
}

static uint64_t *existing_msr(uint32_t number)
{
	for (unsigned i = 0; i < fake.msrs; i++)
		if (fake.msr[i].number == number)
			return &fake.msr[i].value;
	fail_msg("#GP in the hypervisor: RDMSR of %x", number);
	return NULL;
}

void fake_cpuid_set(uint32_t leaf, uint32_t subleaf, struct cpuid_result result)
{
	unsigned i = 0;

	while (i < fake.leaves && (fake.cpuid[i].leaf != leaf || fake.cpuid[i].subleaf != subleaf))
		i++;
	assert_true(i < sizeof(fake.cpuid) / sizeof(fake.cpuid[0]));
	fake.leaves += i == fake.leaves;
	fake.cpuid[i].leaf = leaf;
	fake.cpuid[i].subleaf = subleaf;
	fake.cpuid[i].result = result;
}

struct cpuid_result fake_cpuid(uint32_t leaf, uint32_t subleaf)
{
	for (unsigned i = 0; i < fake.leaves; i++)
		if (fake.cpuid[i].leaf == leaf && fake.cpuid[i].subleaf == subleaf)
			return fake.cpuid[i].result;
	return (struct cpuid_result){0};
}

unsigned fake_invalidations(enum fake_operation operation, uint64_t type, uint64_t low)
{
	unsigned count = 0;

	for (unsigned i = 0; i < fake.invalidations; i++)
		count += fake.invalidation[i].operation == operation && fake.invalidation[i].type == type &&
			 fake.invalidation[i].low == low;
	return count;
}

bool fake_invalidated_address(uint64_t linear)
{
	for (unsigned i = 0; i < fake.invalidations; i++)
		if (fake.invalidation[i].operation == FAKE_INVVPID && fake.invalidation[i].type == INVVPID_ADDRESS &&
		    fake.invalidation[i].low == GUEST_VPID && fake.invalidation[i].high == linear)
			return true;
	return false;
}

/* --- VMX instructions ------------------------------------------------------------------------- */

static unsigned fail_valid(uint32_t error)
{
	fake.error = error;
	return FAIL_VALID;
}

/* Returns the field's place, or NULL with the flags of the failure. */
static uint64_t *field_at(uint64_t encoding, unsigned *flags)
{
	int index = vmcs_field_index_of((uint32_t)encoding);

	*flags = SUCCEED;
	if (!fake.current)
		*flags = FAIL_INVALID;
	else if (encoding == VMCS_VM_INSTRUCTION_ERROR)
		FIELD(VM_INSTRUCTION_ERROR) = fake.error;
	else if (index < 0 || fake.lacks[index])
		*flags = fail_valid(UNSUPPORTED_COMPONENT);
	return *flags == SUCCEED ? fake_field(fake.current, (unsigned)index) : NULL;
}

static unsigned vmread(uint64_t encoding, uint64_t *value)
{
	unsigned flags;
	const uint64_t *field = field_at(encoding, &flags);

	if (field)
		*value = *field;
	return flags;
}

static unsigned vmwrite(uint64_t encoding, uint64_t value)
{
	unsigned flags, bytes = vmcs_encoding_bytes((uint32_t)encoding);
	uint64_t *field = field_at(encoding, &flags);

	if (field && vmcs_encoding_type((uint32_t)encoding) == VMCS_TYPE_EXIT_INFORMATION &&
	    !(vmx.misc & VMX_MISC_VMWRITE_SHADOW_RO_FIELDS))
		return fail_valid(READ_ONLY_COMPONENT);
	if (field)
		*field = bytes == 8 ? value : value & ((1ull << 8 * bytes) - 1);
	return flags;
}

static unsigned vmptrld(uint64_t address)
{
	struct vmx_region *vmcs = (struct vmx_region *)(uintptr_t)address;

	/* SDM vol. 3, VMPTRLD: the revision must match. Bit 31 needs VMCS shadowing. */
	if (address & 4095 || (vmcs->revision & ~(1u << 31)) != (vmx.basic & VMX_BASIC_REVISION_MASK))
		return fake.current ? fail_valid(9) : FAIL_INVALID;
	fake.current = vmcs;
	return SUCCEED;
}

static unsigned vmclear(uint64_t address)
{
	if (address & 4095)
		return fake.current ? fail_valid(2) : FAIL_INVALID;
	if ((uintptr_t)fake.current == address)
		fake.current = NULL;
	return SUCCEED;
}

static unsigned invalidate(enum fake_operation operation, uint64_t type, const uint64_t *descriptor)
{
	if (fake.refuses_invalidation)
		return fail_valid(BAD_INVALIDATION);
	if (fake.invalidations < sizeof(fake.invalidation) / sizeof(fake.invalidation[0])) {
		fake.invalidation[fake.invalidations].operation = operation;
		fake.invalidation[fake.invalidations].type = type;
		fake.invalidation[fake.invalidations].low = descriptor[0];
		fake.invalidation[fake.invalidations].high = descriptor[1];
	}
	fake.invalidations++;
	return SUCCEED;
}

/* --- The decoder ------------------------------------------------------------------------------ */

struct instruction {
	greg_t *registers;
	const uint8_t *next;
	unsigned rex;
	unsigned reg, rm; /* register numbers of the ModRM byte */
	bool is_memory;
	uint64_t address; /* of a memory operand */
};

static greg_t *greg(const struct instruction *in, unsigned number)
{
	static const int order[16] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
				      REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};

	return &in->registers[order[number]];
}

/* Decodes ModRM, SIB and the displacement. No immediate follows in these instructions. */
static void decode_operands(struct instruction *in)
{
	const uint8_t modrm = *in->next++, mod = modrm >> 6;
	bool has_base = true, rip_relative = false;
	int32_t displacement = 0;

	in->reg = (modrm >> 3 & 7) | (in->rex & REX_R ? 8 : 0);
	in->rm = modrm & 7;
	in->is_memory = mod != 3;
	in->address = 0;
	if (in->is_memory && in->rm == 4) {
		const uint8_t sib = *in->next++;
		const unsigned index = (sib >> 3 & 7) | (in->rex & REX_X ? 8 : 0);

		if (index != 4)
			in->address += (uint64_t)*greg(in, index) << (sib >> 6);
		in->rm = sib & 7;
		has_base = in->rm != 5 || mod != 0;
		if (!has_base) {
			memcpy(&displacement, in->next, 4);
			in->next += 4;
		}
	} else if (mod == 0 && in->rm == 5) {
		rip_relative = true;
		has_base = false;
	}
	in->rm |= in->rex & REX_B ? 8 : 0;
	if (!in->is_memory)
		return;
	if (mod == 1) {
		displacement = (int8_t)*in->next++;
	} else if (mod == 2 || rip_relative) {
		memcpy(&displacement, in->next, 4);
		in->next += 4;
	}
	if (has_base)
		in->address += (uint64_t)*greg(in, in->rm);
	in->address += (uint64_t)(int64_t)displacement;
	if (rip_relative)
		in->address += (uintptr_t)in->next;
}

static uint64_t edx_eax(const struct instruction *in)
{
	return (uint64_t)*greg(in, 2) << 32 | (uint32_t)*greg(in, 0);
}

static void set_flags(const struct instruction *in, unsigned flags)
{
	in->registers[REG_EFL] = (in->registers[REG_EFL] & ~(greg_t)(RFLAGS_CF | RFLAGS_ZF)) | (greg_t)flags;
}

/* A file's registers: mov between a general register and CR0 to CR15 or DR0 to DR7. */
static void move(struct instruction *in, uint64_t *file, bool to_file)
{
	decode_operands(in);
	if (to_file)
		file[in->reg] = (uint64_t)*greg(in, in->rm);
	else
		*greg(in, in->rm) = (greg_t)file[in->reg];
}

/* Opcodes after 0F 38: INVEPT and INVVPID. */
static bool execute_three_bytes(struct instruction *in)
{
	const uint8_t opcode = *in->next++;

	if (opcode != 0x80 && opcode != 0x81)
		return false;
	decode_operands(in);
	set_flags(in, invalidate(opcode == 0x80 ? FAKE_INVEPT : FAKE_INVVPID, (uint64_t)*greg(in, in->reg),
				 (const uint64_t *)(uintptr_t)in->address));
	return true;
}

/* Opcodes after 0F (SDM vol. 2, appendix A). */
static bool execute_two_bytes(struct instruction *in, bool operand_size, bool repeat)
{
	uint64_t value = 0;
	unsigned flags;

	switch (*in->next++) {
	case 0x01: /* only XSETBV */
		fake.xcr0 = edx_eax(in);
		return *in->next++ == 0xd1;
	case 0x20:
		move(in, fake.cr, false);
		return true;
	case 0x21:
		move(in, fake.dr, false);
		return true;
	case 0x22:
		move(in, fake.cr, true);
		return true;
	case 0x23:
		move(in, fake.dr, true);
		return true;
	case 0x30: /* WRMSR */
		*fake_msr((uint32_t)*greg(in, 1)) = edx_eax(in);
		return true;
	case 0x32: /* RDMSR */
		value = *existing_msr((uint32_t)*greg(in, 1));
		*greg(in, 0) = (uint32_t)value;
		*greg(in, 2) = (greg_t)(value >> 32);
		return true;
	case 0x38:
		return operand_size && execute_three_bytes(in);
	case 0x78:
		decode_operands(in);
		flags = vmread((uint64_t)*greg(in, in->reg), &value);
		if (flags == SUCCEED)
			*greg(in, in->rm) = (greg_t)value;
		set_flags(in, flags);
		return !in->is_memory;
	case 0x79:
		decode_operands(in);
		set_flags(in, vmwrite((uint64_t)*greg(in, in->reg), (uint64_t)*greg(in, in->rm)));
		return !in->is_memory;
	case 0xc7:
		decode_operands(in);
		memcpy(&value, (const void *)(uintptr_t)in->address, sizeof(value));
		set_flags(in, repeat ? SUCCEED /* VMXON */ : operand_size ? vmclear(value) : vmptrld(value));
		return (in->reg & 7) == 6;
	default:
		return false;
	}
}

static bool execute(struct instruction *in)
{
	bool operand_size = *in->next == 0x66, repeat = *in->next == 0xf3;

	in->next += operand_size || repeat;
	if (*in->next >> 4 == 4)
		in->rex = *in->next++;
	switch (*in->next++) {
	case 0x0f:
		return execute_two_bytes(in, operand_size, repeat);
	case 0xfa: /* CLI */
	case 0xfb: /* STI */
		return true;
	default:
		return false;
	}
}

/* A #GP arrives as SIGSEGV from the kernel, without an address. #UD arrives as SIGILL. */
static void on_signal(int number, siginfo_t *info, void *context)
{
	const bool exception = number == SIGILL || info->si_code == SI_KERNEL;
	greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
	struct instruction in = {.registers = registers, .next = (const uint8_t *)registers[REG_RIP]};

	if (exception && execute(&in)) {
		registers[REG_RIP] = (greg_t)(uintptr_t)in.next;
		return;
	}
	/*
	 * Not a privileged instruction. Executed again, it gets the handler that was here before.
	 */
	sigaction(number, number == SIGILL ? &before_ill : &before_segv, NULL);
}

static void everything_allowed(uint64_t *capability)
{
	*capability = ~0ull << 32;
}

void fake_cpu_reset(void)
{
	struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_NODEFER};

	sigaction(SIGILL, &action, &before_ill);
	sigaction(SIGSEGV, &action, &before_segv);
	memset(&fake, 0, sizeof(fake));
	memset(&vmcs01, 0, sizeof(vmcs01));
	memset(&counters, 0, sizeof(counters));
	vmx = (struct vmx_capabilities){.basic = 0x2f | VMX_BASIC_TRUE_CTLS,
					.misc = VMX_MISC_VMWRITE_SHADOW_RO_FIELDS,
					.cr0_fixed0 = CR0_PE | CR0_NE | CR0_PG,
					.cr0_fixed1 = 0xffffffff,
					.cr4_fixed0 = CR4_VMXE,
					.cr4_fixed1 = 0x3767ff,
					.ept_vpid = ~0ull};
	everything_allowed(&vmx.pin);
	everything_allowed(&vmx.primary);
	everything_allowed(&vmx.secondary);
	everything_allowed(&vmx.exit);
	everything_allowed(&vmx.entry);
	vmcs01.revision = 0x2f;
	fake.current = vmx_loaded = &vmcs01;
}
