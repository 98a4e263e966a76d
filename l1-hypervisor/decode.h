/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Decodes the instructions by which 64-bit code speaks to a device page: MOV and MOVZX, register or immediate.
 * Pure C: it is unit-tested on any computer.
 */
#ifndef HV_DECODE_H
#define HV_DECODE_H

#include <stdbool.h>
#include <stdint.h>

#define DECODE_BYTES_MAX 15 /* SDM vol. 2, 2.3.11: the longest instruction */

struct decoded {
	uint8_t length; /* bytes of the whole instruction */
	uint8_t size;   /* of the memory operand: 1, 2, 4 or 8 */
	bool store;
	bool immediate;      /* store: of `value`, not of a register */
	bool high_byte;      /* the register is AH, CH, DH or BH */
	uint8_t reg;         /* 0..15: RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8.. */
	uint8_t result_size; /* load: bytes of the register that change; 4 clears the upper half, as 8 does */
	uint64_t value;
};

/* Decodes code[0..size). False if it is another instruction, or not whole. */
bool decode_mov(const uint8_t *code, unsigned size, struct decoded *out);

#endif
