/* SPDX-License-Identifier: GPL-2.0-only */
/* Writes machine code for 16-bit, 32-bit or 64-bit code segments. */
#ifndef VMXDIFF_CODE_H
#define VMXDIFF_CODE_H

#include <stdint.h>

struct code {
	uint8_t *at;
	unsigned bits; /* size of the code segment: 16, 32 or 64 */
};

static inline void code_byte(struct code *code, unsigned byte)
{
	*code->at++ = (uint8_t)byte;
}

/* Writes up to eight bytes of `bytes`, the lowest byte first. */
static inline void code_bytes(struct code *code, unsigned count, uint64_t bytes)
{
	for (; count--; bytes >>= 8)
		code_byte(code, bytes & 0xff);
}

/*
 * Writes a MOV of `value` to the register. In 64-bit code the upper 32 bits become 0, or the MOV is
 * a 64-bit one if the value needs it.
 */
static inline void code_set(struct code *code, unsigned reg, uint64_t value)
{
	if (code->bits == 16)
		code_byte(code, 0x66);
	if (code->bits == 64 && (value >> 32 || reg > 7))
		code_byte(code, 0x40 | (value >> 32 ? 8 : 0) | (reg > 7));
	code_byte(code, 0xb8 + (reg & 7));
	code_bytes(code, code->bits == 64 && value >> 32 ? 8 : 4, value);
}

/*
 * Writes the operand-size prefix if the code is 16-bit, so that the next instruction has 32-bit
 * operands.
 */
static inline void code_wide(struct code *code)
{
	if (code->bits == 16)
		code_byte(code, 0x66);
}

/*
 * Writes the address-size prefix if the code is 16-bit, so that the next instruction has 32-bit
 * addresses.
 */
static inline void code_far(struct code *code)
{
	if (code->bits == 16)
		code_byte(code, 0x67);
}

#endif
