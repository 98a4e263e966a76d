/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fixture of the tests of VM-entry checks: a CPU that can do everything, a valid VMCS for
 * each mode of guest, and rows that change one and say what comes of it.
 */
#ifndef VMCS_SHADOW_TESTS_ENTRY_FIXTURE_H
#define VMCS_SHADOW_TESTS_ENTRY_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "vmcs-shadow/controls.h"
#include "vmcs-shadow/entry_checks.h"
#include "vmcs-shadow/exit_reasons.h"
#include "vmcs-shadow/instruction_errors.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define PHYSICAL_BITS 39
#define BEYOND        (1ull << PHYSICAL_BITS) /* the lowest address that is too wide */
#define REVISION      0x12345678u
#define CURRENT_VMCS  0x3000ull
#define NONCANONICAL  0x0000800000000000ull
#define CANONICAL     0xffff800000000000ull

/* 16 pages of memory; what lies beyond is not there. */
static uint64_t memory[16 * 512];

static inline const void *memory_at(void *context __attribute__((unused)), uint64_t physical)
{
	return physical < sizeof(memory) ? &memory[physical / 8] : NULL;
}

enum mode {
	LONG,   /* 64-bit guest and host */
	LEGACY, /* both of 32 bits, without PAE */
	PAE,    /* 32-bit guest with PAE paging */
	REAL,   /* unrestricted guest in real-address mode */
	V8086,  /* 32-bit guest in virtual-8086 mode */
	MODES,
};

/* A change is made to a field, to a capability, to another part of the CPU, or to 8 bytes of
 * memory. */
enum operation {
	DONE,
	FIELD_SET,
	FIELD_ON,
	FIELD_OFF,
	CAN_SET,
	CAN_ON,
	CAN_OFF,
	CPU_LONG,
	CPU_5LEVEL,
	CPU_BITS,
	POKE_8,
};

struct change {
	enum operation operation;
	uint64_t where, value;
};

/* clang-format off */
#define SET(name, v)      {FIELD_SET, VMCS_INDEX_##name, (v)}
#define ON(name, v)       {FIELD_ON, VMCS_INDEX_##name, (v)}
#define OFF(name, v)      {FIELD_OFF, VMCS_INDEX_##name, (v)}
#define PIN(v)            ON(PIN_BASED_VM_EXEC_CONTROL, v)
#define PRIMARY(v)        ON(CPU_BASED_VM_EXEC_CONTROL, v)
#define SECONDARY(v)      ON(SECONDARY_VM_EXEC_CONTROL, v)
#define EXIT(v)           ON(VM_EXIT_CONTROLS, v)
#define ENTRY(v)          ON(VM_ENTRY_CONTROLS, v)
#define EVENT(v)          SET(VM_ENTRY_INTR_INFO_FIELD, INTR_INFO_VALID_MASK | (v))
#define CAN(name, v)      {CAN_SET, offsetof(struct vmx_capabilities, name), (v)}
#define CAN_ALSO(name, v) {CAN_ON, offsetof(struct vmx_capabilities, name), (v)}
#define CANNOT(name, v)   {CAN_OFF, offsetof(struct vmx_capabilities, name), (v)}
#define LONG_MODE(v)      {CPU_LONG, 0, (v)}
#define FIVE_LEVEL        {CPU_5LEVEL, 0, 1}
#define WIDTH(v)          {CPU_BITS, 0, (v)}
#define POKE(at, v)       {POKE_8, (at), (v)}

#define REFUSED(mode, rule, ...) {__LINE__, mode, rule, {__VA_ARGS__}}
#define LEGAL(mode, ...)         {__LINE__, mode, NULL, {__VA_ARGS__}}
/* clang-format on */

struct row {
	int line;
	enum mode mode;
	const char *rule; /* that is violated; NULL: none is */
	struct change changes[8];
};

static inline void valid_cpu(struct vmx_cpu *cpu)
{
	*cpu = (struct vmx_cpu){
		.vmx =
			{
				.basic = REVISION | VMX_BASIC_TRUE_CTLS,
				.pin = 0xffffffff00000016ull,
				.primary = 0xffffffff04006172ull,
				.secondary = 0xffffffff00000000ull,
				.exit = 0xffffffff00036dfbull,
				.entry = 0xffffffff000011fbull,
				.cr0_fixed0 = 0x80000021,
				.cr0_fixed1 = 0xffffffff,
				.cr4_fixed0 = 0x2000,
				.cr4_fixed1 = 0xff7fff,
				.misc = VMX_MISC_ACTIVITY_HLT | VMX_MISC_ACTIVITY_SHUTDOWN |
					VMX_MISC_ACTIVITY_WAIT_SIPI | 4ull << VMX_MISC_CR3_TARGETS_SHIFT,
				.ept_vpid = VMX_EPT_PAGE_WALK_4_BIT | VMX_EPTP_WB_BIT,
			},
		.physical_bits = PHYSICAL_BITS,
		.long_mode = true,
		.current_vmcs = CURRENT_VMCS,
		.memory = memory_at,
	};
	memset(memory, 0, sizeof(memory));
}

static inline void valid_segments(struct vmcs12 *v, uint32_t code, uint32_t data)
{
	for (int i = 0; i < 6; i++) {
		v->field[VMCS_INDEX_GUEST_ES_SELECTOR + i] = 0x10;
		v->field[VMCS_INDEX_GUEST_ES_LIMIT + i] = 0xffffffff;
		v->field[VMCS_INDEX_GUEST_ES_AR_BYTES + i] = data;
	}
	VMCS12(v, GUEST_CS_SELECTOR) = 0x8;
	VMCS12(v, GUEST_CS_AR_BYTES) = code;
	VMCS12(v, GUEST_TR_SELECTOR) = 0x18;
	VMCS12(v, GUEST_TR_LIMIT) = 0x67;
	VMCS12(v, GUEST_TR_AR_BYTES) = 0x8b;
	VMCS12(v, GUEST_LDTR_SELECTOR) = 0x20;
	VMCS12(v, GUEST_LDTR_LIMIT) = 0xff;
	VMCS12(v, GUEST_LDTR_AR_BYTES) = 0x82;
	VMCS12(v, GUEST_GDTR_LIMIT) = 0xffff;
	VMCS12(v, GUEST_IDTR_LIMIT) = 0xffff;
}

/* A 64-bit host and guest, without EPT. */
static inline void valid_long(struct vmcs12 *v)
{
	memset(v, 0, sizeof(*v));
	VMCS12(v, PIN_BASED_VM_EXEC_CONTROL) = 0x16;
	VMCS12(v, CPU_BASED_VM_EXEC_CONTROL) = 0x04006172 | CPU_BASED_ACTIVATE_SECONDARY_CONTROLS;
	VMCS12(v, VM_EXIT_CONTROLS) = 0x36dfb | VM_EXIT_HOST_ADDR_SPACE_SIZE;
	VMCS12(v, VM_ENTRY_CONTROLS) = 0x11fb | VM_ENTRY_IA32E_MODE;
	VMCS12(v, HOST_CR0) = 0x80010031;
	VMCS12(v, HOST_CR3) = 0x1000;
	VMCS12(v, HOST_CR4) = 0x2020;
	VMCS12(v, HOST_CS_SELECTOR) = 0x8;
	VMCS12(v, HOST_TR_SELECTOR) = 0x18;
	VMCS12(v, HOST_RIP) = CANONICAL;
	VMCS12(v, GUEST_CR0) = 0x80010031;
	VMCS12(v, GUEST_CR3) = 0x2000;
	VMCS12(v, GUEST_CR4) = 0x2020;
	VMCS12(v, GUEST_RIP) = CANONICAL;
	VMCS12(v, GUEST_RFLAGS) = 0x202;
	VMCS12(v, VMCS_LINK_POINTER) = ~0ull;
	valid_segments(v, 0xa09b, 0xc093);
}

static inline void valid_vmcs(struct vmcs12 *v, struct vmx_cpu *cpu, enum mode mode)
{
	valid_cpu(cpu);
	valid_long(v);
	if (mode == LONG)
		return;
	VMCS12(v, VM_ENTRY_CONTROLS) &= ~(uint64_t)VM_ENTRY_IA32E_MODE;
	VMCS12(v, GUEST_RIP) = 0x100000;
	valid_segments(v, 0xc09b, 0xc093);
	VMCS12(v, GUEST_CR4) = mode == PAE ? 0x2020 : 0x2000;
	if (mode == LEGACY) {
		cpu->long_mode = false;
		VMCS12(v, VM_EXIT_CONTROLS) &= ~(uint64_t)VM_EXIT_HOST_ADDR_SPACE_SIZE;
		VMCS12(v, HOST_SS_SELECTOR) = 0x10;
		VMCS12(v, HOST_RIP) = 0x100000;
	} else if (mode == REAL) {
		VMCS12(v, SECONDARY_VM_EXEC_CONTROL) = SECONDARY_EXEC_UNRESTRICTED_GUEST | SECONDARY_EXEC_ENABLE_EPT;
		VMCS12(v, EPT_POINTER) = 0x1000 | EPTP_WALK_LENGTH_4 | MEMORY_TYPE_WB;
		VMCS12(v, GUEST_CR0) = 0x20;
		VMCS12(v, GUEST_RIP) = 0x7c00;
		valid_segments(v, 0x93, 0x93);
		for (int i = 0; i < 6; i++)
			v->field[VMCS_INDEX_GUEST_ES_LIMIT + i] = 0xffff;
	} else if (mode == V8086) {
		VMCS12(v, GUEST_RFLAGS) |= 1u << 17;
		valid_segments(v, 0xf3, 0xf3);
		for (int i = 0; i < 6; i++) {
			v->field[VMCS_INDEX_GUEST_ES_LIMIT + i] = 0xffff;
			v->field[VMCS_INDEX_GUEST_ES_BASE + i] = v->field[VMCS_INDEX_GUEST_ES_SELECTOR + i] << 4;
		}
	}
}

static inline void apply(const struct change *c, struct vmcs12 *v, struct vmx_cpu *cpu)
{
	uint64_t *can = (uint64_t *)((char *)&cpu->vmx +
				     (c->operation >= CAN_SET && c->operation <= CAN_OFF ? c->where : 0));

	switch (c->operation) {
	case FIELD_SET:
		v->field[c->where] = c->value;
		break;
	case FIELD_ON:
		v->field[c->where] |= c->value;
		break;
	case FIELD_OFF:
		v->field[c->where] &= ~c->value;
		break;
	case CAN_SET:
		*can = c->value;
		break;
	case CAN_ON:
		*can |= c->value;
		break;
	case CAN_OFF:
		*can &= ~c->value;
		break;
	case CPU_LONG:
		cpu->long_mode = c->value;
		break;
	case CPU_5LEVEL:
		cpu->has_5level = c->value;
		break;
	case CPU_BITS:
		cpu->physical_bits = (unsigned)c->value;
		break;
	case POKE_8:
		memory[c->where / 8] = c->value;
		break;
	case DONE:
		break;
	}
}

typedef bool check_function(const struct vmcs12 *vmcs, const struct vmx_cpu *cpu, struct vmx_verdict *verdict);

/* Sets the result that the manual requires for a violation in this section (27.2, 27.3, 27.8). */
static inline check_function *verdict_by_section(const char *rule, struct vmx_verdict *verdict)
{
	*verdict = (struct vmx_verdict){.rule = rule};
	if (strncmp(rule, "27.2.1", 6) == 0) {
		verdict->error = VMX_ERROR_ENTRY_INVALID_CONTROL_FIELD;
		return vmx_check_controls;
	}
	if (strncmp(rule, "27.2.", 5) == 0) {
		verdict->error = VMX_ERROR_ENTRY_INVALID_HOST_STATE;
		return vmx_check_host_state;
	}
	verdict->exit_reason = 0x80000021;
	if (strncmp(rule, "27.3.1.6", 8) == 0)
		verdict->qualification = 2;
	else if (strstr(rule, "STI does not block an NMI"))
		verdict->qualification = 3;
	else if (strstr(rule, "VMCS link pointer"))
		verdict->qualification = 4;
	return vmx_check_guest_state;
}

static inline void expect_refused(const struct row *row, const struct vmcs12 *vmcs, const struct vmx_cpu *cpu)
{
	struct vmx_verdict verdict, expected;
	check_function *check = verdict_by_section(row->rule, &expected);

	memset(&verdict, 0x5a, sizeof(verdict));
	if (check(vmcs, cpu, &verdict))
		fail_msg("line %d: allowed, though: %s", row->line, row->rule);
	if (!verdict.rule || strcmp(verdict.rule, row->rule) != 0)
		fail_msg("line %d: refused for %s, not for %s", row->line, verdict.rule, row->rule);
	assert_int_equal(verdict.error, expected.error);
	assert_int_equal(verdict.exit_reason, expected.exit_reason);
	assert_int_equal(verdict.qualification, expected.qualification);
}

/* All three groups of checks are passed, whichever the row is about. */
static inline void expect_legal(const struct row *row, const struct vmcs12 *vmcs, const struct vmx_cpu *cpu)
{
	static check_function *const checks[] = {vmx_check_controls, vmx_check_host_state, vmx_check_guest_state};

	for (size_t i = 0; i < COUNT(checks); i++) {
		struct vmx_verdict verdict;

		memset(&verdict, 0x5a, sizeof(verdict));
		if (!checks[i](vmcs, cpu, &verdict))
			fail_msg("line %d: refused: %s", row->line, verdict.rule);
		assert_int_equal(verdict.error, 0);
		assert_int_equal(verdict.exit_reason, 0);
		assert_int_equal(verdict.qualification, 0);
		assert_null(verdict.rule);
	}
}

static inline void check_rows(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct vmcs12 vmcs;
		struct vmx_cpu cpu;

		valid_vmcs(&vmcs, &cpu, rows[i].mode);
		for (size_t j = 0; j < COUNT(rows[i].changes); j++)
			apply(&rows[i].changes[j], &vmcs, &cpu);
		if (rows[i].rule)
			expect_refused(&rows[i], &vmcs, &cpu);
		else
			expect_legal(&rows[i], &vmcs, &cpu);
	}
}

#endif
