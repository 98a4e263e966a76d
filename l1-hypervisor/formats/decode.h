/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Decodes the instructions that 64-bit code uses to access a device page: MOV and MOVZX with a
 * register or an immediate. Pure C: the unit tests run on any computer.
 */
#ifndef HV_DECODE_H
#define HV_DECODE_H

#include <stdbool.h>
#include <stdint.h>

#define DECODE_BYTES_MAX 15 /* SDM vol. 2, 2.3.11: the longest instruction */

struct decoded {
	uint8_t length; /* bytes of the whole instruction */
	uint8_t size;   /* bytes of the memory operand: 1, 2, 4 or 8 */
	bool store;
	bool immediate; /* the store writes `value` instead of a register */
	bool high_byte; /* the register is AH, CH, DH or BH */
	uint8_t reg;    /* 0..15: RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8.. */
	/*
	 * Load: bytes of the register that change. 4 also clears the upper half, so it changes 8
	 * bytes.
	 */
	uint8_t result_size;
	/* the immediate; with size 8, sign-extended from 32 bits */
	uint64_t value;
};

/*
 * Decodes the instruction in code[0..size), as 64-bit code. Returns false if the instruction is
 * incomplete or unsupported. *out is then undefined.
 */
bool decode_mov(const uint8_t *code, unsigned size, struct decoded *out);

#endif
