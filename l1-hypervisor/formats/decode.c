// SPDX-License-Identifier: GPL-2.0-only
/*
 * Decodes prefixes, opcode, ModRM, SIB and displacement (SDM vol. 2, chapter 2). The exit reports
 * the address of the operand, so only the length of these bytes matters.
 */
#include "l1-hypervisor/formats/decode.h"

#include "vmcs-shadow/x86.h"

/*
 * Returns the length of ModRM, SIB and displacement at code[0..size) in 64-bit addressing. Returns
 * 0 if the operand is not in memory or the bytes are incomplete.
 */
static unsigned modrm_length(const uint8_t *code, unsigned size)
{
	unsigned length = 1, mod, rm;

	if (size < 1)
		return 0;
	mod = code[0] >> 6;
	rm = code[0] & 7;
	if (mod == 3)
		return 0;
	if (rm == 4) {
		if (size < 2)
			return 0;
		length++;
		if (mod == 0 && (code[1] & 7) == 5)
			length += 4;
	} else if (mod == 0 && rm == 5) {
		length += 4; /* RIP-relative */
	}
	length += mod == 1 ? 1 : mod == 2 ? 4 : 0;
	return length <= size ? length : 0;
}

/* Returns false if the code ends within the immediate. left: bytes of code from here. */
static bool read_immediate(const uint8_t *code, unsigned left, struct decoded *out)
{
	unsigned bytes = out->size < 4 ? out->size : 4;
	uint64_t value = 0;

	if (left < bytes)
		return false;
	for (unsigned i = 0; i < bytes; i++)
		value |= (uint64_t)code[i] << 8 * i;
	if (out->size == 8) /* a 32-bit immediate is sign-extended */
		value = (uint64_t)(int64_t)(int32_t)value;
	out->value = value;
	out->length = (uint8_t)(out->length + bytes);
	return true;
}

bool decode_mov(const uint8_t *code, unsigned size, struct decoded *out)
{
	unsigned at = 0, tail, rex = 0;
	bool operand16 = false;
	uint8_t opcode;

	*out = (struct decoded){0};
	/*
	 * Prefixes: operand size and segment overrides. 64-bit code ignores the overrides, except
	 * FS and GS. An address-size prefix is unsupported.
	 */
	while (at < size && (code[at] == 0x66 || code[at] == 0x2e || code[at] == 0x36 || code[at] == 0x3e ||
			     code[at] == 0x26 || code[at] == 0x64 || code[at] == 0x65))
		operand16 |= code[at++] == 0x66;
	if (at < size && (code[at] & 0xf0) == 0x40)
		rex = code[at++];
	if (at >= size)
		return false;
	opcode = code[at++];
	out->size = rex & REX_W ? 8 : operand16 ? 2 : 4;
	switch (opcode) {
	case 0x88: /* MOV r/m8, r8 */
		out->size = 1;
		out->store = true;
		break;
	case 0x89: /* MOV r/m, r */
		out->store = true;
		break;
	case 0x8a: /* MOV r8, r/m8 */
		out->size = 1;
		break;
	case 0x8b: /* MOV r, r/m */
		break;
	case 0xc6: /* MOV r/m8, imm8 */
		out->size = 1;
		out->store = out->immediate = true;
		break;
	case 0xc7: /* MOV r/m, imm */
		out->store = out->immediate = true;
		break;
	case 0x0f: /* MOVZX r, r/m8 or r/m16 */
		if (at >= size || (code[at] != 0xb6 && code[at] != 0xb7))
			return false;
		out->result_size = out->size;
		out->size = code[at++] == 0xb6 ? 1 : 2;
		break;
	default:
		return false;
	}
	tail = modrm_length(code + at, size - at);
	if (tail == 0 || (out->immediate && code[at] >> 3 & 7))
		return false;
	out->reg = (uint8_t)((code[at] >> 3 & 7) | (rex & REX_R ? 8 : 0));
	if (!out->result_size)
		out->result_size = out->size;
	/* Without a REX prefix, byte registers 4 to 7 are the high bytes of registers 0 to 3. */
	if (!out->immediate && !rex && out->reg >= 4 && (opcode == 0x88 || opcode == 0x8a)) {
		out->high_byte = true;
		out->reg -= 4;
	}
	out->length = (uint8_t)(at + tail);
	return !out->immediate || read_immediate(code + at + tail, size - at - tail, out);
}
