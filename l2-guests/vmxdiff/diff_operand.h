/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Encodes instructions with a register and an operand in memory or in a register, in every
 * addressing form of 64-bit mode.
 */
#ifndef VMXDIFF_OPERAND_H
#define VMXDIFF_OPERAND_H

#include <stdbool.h>
#include <stdint.h>

#include "l2-guests/vmxdiff/code.h"
#include "l2-guests/vmxdiff/dice.h"
#include "l2-guests/vmxdiff/diff_run.h"

struct operand {
	uint8_t prefix;    /* 0x66, 0xf3 or 0 (none) */
	uint8_t opcode[3]; /* opcode bytes after 0x0f, padded with zeros */
	unsigned reg;      /* ModRM.reg: a register, or an opcode extension */
	bool reg_is_register;
	uint64_t reg_value; /* value of `reg` if it is a register */
	uint64_t address;   /* linear address of the memory operand */
	bool in_register;   /* the operand is in a register and has the value rm_value */
	uint64_t rm_value;
	uint64_t segment[2]; /* base addresses of FS and GS */
};

/*
 * Writes the instruction and sets the registers that it needs in `in`. No register has two roles.
 * Returns the number of the operand's register if in_register is set, or 0.
 */
unsigned operand_code(struct code *code, const struct operand *o, struct run_registers *in, struct dice *d);

#endif
