// SPDX-License-Identifier: GPL-2.0-only
/*
 * Encodes ModRM, SIB, displacements, REX and prefixes. Base and index registers get values that
 * lead to the wanted address.
 */
#include "l2-guests/vmxdiff/diff_operand.h"

#include "vmcs-shadow/x86.h"

enum form { FORM_BASE, FORM_DISP8, FORM_DISP32, FORM_SIB, FORM_ABSOLUTE, FORM_RIP, FORM_SHORT, FORM_SEGMENT, FORMS };

static unsigned other_register(struct dice *d, unsigned used)
{
	unsigned reg;

	do
		reg = dice_below(d, 16);
	while (used >> reg & 1);
	return reg;
}

static void put_opcode(struct code *code, const struct operand *o, unsigned rex, bool short_address, int segment)
{
	if (segment >= 0)
		code_byte(code, 0x64 + (unsigned)segment);
	if (short_address)
		code_byte(code, 0x67);
	if (o->prefix)
		code_byte(code, o->prefix);
	if (rex)
		code_byte(code, 0x40 | rex);
	code_byte(code, 0x0f);
	for (unsigned i = 0; i < 3 && o->opcode[i]; i++)
		code_byte(code, o->opcode[i]);
}

static int32_t displacement(enum form form, struct dice *d)
{
	if (form == FORM_DISP8)
		return (int8_t)dice_below(d, 256);
	if (form == FORM_DISP32 || form == FORM_SIB)
		return (int32_t)dice_64(d) >> 8;
	return 0;
}

unsigned operand_code(struct code *code, const struct operand *o, struct run_registers *in, struct dice *d)
{
	static const uint8_t bytes_of[] = {0, 1, 4};
	enum form form = dice_below(d, FORMS);
	unsigned used = o->reg_is_register ? 1u << o->reg : 0, rex = dice_percent(d, 10) ? REX_W : 0, mod, scale, base,
		 index;
	uint64_t address = o->address;
	int32_t disp = displacement(form, d);
	int segment = -1;

	if (o->reg_is_register)
		in->gpr[o->reg] = o->reg_value;
	rex |= o->reg > 7 ? REX_R : 0;
	base = other_register(d, used);
	if (o->in_register) {
		in->gpr[base] = o->rm_value;
		put_opcode(code, o, rex | (base > 7 ? REX_B : 0), false, -1);
		code_byte(code, 0xc0 | (o->reg & 7) << 3 | (base & 7));
		return base;
	}
	if (form == FORM_SEGMENT) {
		segment = (int)dice_below(d, 2);
		address -= o->segment[segment];
	}
	/* These forms hold only addresses below 2 GiB. */
	if ((form == FORM_ABSOLUTE || form == FORM_RIP || form == FORM_SHORT) && address >> 31)
		form = FORM_BASE;
	if (form == FORM_ABSOLUTE || form == FORM_RIP) {
		put_opcode(code, o, rex, false, -1);
		code_byte(code, (form == FORM_RIP ? 0x05 : 0x04) | (o->reg & 7) << 3);
		if (form == FORM_ABSOLUTE)
			code_byte(code, 0x25);
		code_bytes(code, 4, form == FORM_RIP ? address - (uintptr_t)(code->at + 4) : address);
		return 0;
	}
	index = other_register(d, used | 1u << base | 1u << RSP);
	scale = dice_below(d, 4);
	if (form == FORM_SIB)
		address -= in->gpr[index] << scale;
	in->gpr[base] = address - (uint64_t)(int64_t)disp;
	if (form == FORM_SHORT)
		in->gpr[base] |= dice_64(d) << 32;
	/* RBP and R13 as a base require a displacement. RSP and R12 require a SIB byte. */
	mod = form == FORM_DISP8 ? 1 : form == FORM_DISP32 || form == FORM_SIB ? 2 : (base & 7) == RBP ? 1 : 0;
	put_opcode(code, o, rex | (base > 7 ? REX_B : 0) | (form == FORM_SIB && index > 7 ? REX_X : 0),
		   form == FORM_SHORT, segment);
	if (form == FORM_SIB || (base & 7) == RSP) {
		code_byte(code, mod << 6 | (o->reg & 7) << 3 | 4);
		code_byte(code, form == FORM_SIB ? scale << 6 | (index & 7) << 3 | (base & 7) : 4u << 3 | (base & 7));
	} else {
		code_byte(code, mod << 6 | (o->reg & 7) << 3 | (base & 7));
	}
	code_bytes(code, bytes_of[mod], (uint64_t)(int64_t)disp);
	return 0;
}
