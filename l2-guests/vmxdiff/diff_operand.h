/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Instructions with a register and an operand in memory or in a register, in every form of 64-bit mode.
 */
#ifndef VMXDIFF_OPERAND_H
#define VMXDIFF_OPERAND_H

#include <stdbool.h>
#include <stdint.h>

#include "l2-guests/vmxdiff/code.h"
#include "l2-guests/vmxdiff/dice.h"
#include "l2-guests/vmxdiff/diff_run.h"

struct operand {
	uint8_t prefix;    /* 0x66, 0xf3 or 0 */
	uint8_t opcode[3]; /* behind 0x0f; zeros at the end are not there */
	unsigned reg;      /* ModRM.reg: a register, or what extends the opcode */
	bool reg_is_register;
	uint64_t reg_value; /* if it is one */
	uint64_t address;   /* linear, of the operand in memory */
	bool in_register;   /* it is in one instead, with this value */
	uint64_t rm_value;
	uint64_t segment[2]; /* bases of FS and GS */
};

/* Writes the instruction and sets the registers that it needs, which are never two in one. Returns the register of in_register. */
unsigned operand_code(struct code *code, const struct operand *o, struct run_registers *in, struct dice *d);

#endif
