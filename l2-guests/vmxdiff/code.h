/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writes machine code, for code of any size of addresses and operands.
 */
#ifndef VMXDIFF_CODE_H
#define VMXDIFF_CODE_H

#include <stdint.h>

struct code {
	uint8_t *at;
	unsigned bits; /* 16, 32 or 64 */
};

static inline void code_byte(struct code *code, unsigned byte)
{
	*code->at++ = (uint8_t)byte;
}

/* Up to eight bytes, the first one in the lowest place. */
static inline void code_bytes(struct code *code, unsigned count, uint64_t bytes)
{
	for (; count--; bytes >>= 8)
		code_byte(code, bytes & 0xff);
}

/* The register's lower 32 bits become value, and the upper ones, if there are any, 0; or all 64, if value needs them. */
static inline void code_set(struct code *code, unsigned reg, uint64_t value)
{
	if (code->bits == 16)
		code_byte(code, 0x66);
	if (code->bits == 64 && (value >> 32 || reg > 7))
		code_byte(code, 0x40 | (value >> 32 ? 8 : 0) | (reg > 7));
	code_byte(code, 0xb8 + (reg & 7));
	code_bytes(code, code->bits == 64 && value >> 32 ? 8 : 4, value);
}

/* What code of 16 bits needs in front of an instruction with 32-bit operands, and with 32-bit addresses. */
static inline void code_wide(struct code *code)
{
	if (code->bits == 16)
		code_byte(code, 0x66);
}

static inline void code_far(struct code *code)
{
	if (code->bits == 16)
		code_byte(code, 0x67);
}

#endif
