// SPDX-License-Identifier: GPL-2.0-only
/* Tests of pending events while L2 runs: every combination of pending events and of the exits that
 * L1 asks for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "vmcs-shadow/controls.h"
#include "vmcs-shadow/event_rules.h"

#define COUNT(array)        (sizeof(array) / sizeof((array)[0]))
#define INTERRUPTS          (1u << 0)
#define NMIS                (1u << 3)
#define IF                  (1ull << 9)
#define STI                 1u
#define MOV_SS              2u
#define BY_NMI              8u
#define VALID               (1u << 31)
#define EVENT(type, vector) (VALID | (type) << 8 | (vector))

static struct vmcs12 with_pin(uint32_t pin)
{
	struct vmcs12 v = {{0}};

	VMCS12(&v, PIN_BASED_VM_EXEC_CONTROL) = pin;
	return v;
}

static void what_waits_has_its_way(void **state)
{
	static const struct {
		uint32_t pin;
		struct vmx_pending_events pending;
		enum vmx_event_effect effect;
	} rows[] = {
		{INTERRUPTS | NMIS, {0}, VMX_EVENT_NO_EXIT},
		{INTERRUPTS | NMIS, {.interrupt = true}, VMX_EVENT_INTERRUPT_EXIT}, /* whatever RFLAGS.IF */
		{INTERRUPTS | NMIS, {.interrupt = true, .rflags = IF}, VMX_EVENT_INTERRUPT_EXIT},
		{INTERRUPTS | NMIS, {.nmi = true}, VMX_EVENT_NMI_EXIT},
		{INTERRUPTS | NMIS, {.nmi = true, .interrupt = true}, VMX_EVENT_NMI_EXIT}, /* NMIs come first */
		/* L2's own */
		{0, {.nmi = true, .interrupt = true}, VMX_EVENT_NO_EXIT},
		{NMIS, {.interrupt = true, .rflags = IF}, VMX_EVENT_NO_EXIT},
		{INTERRUPTS, {.nmi = true}, VMX_EVENT_NO_EXIT},
		/* of two that wait one */
		{NMIS, {.nmi = true, .interrupt = true}, VMX_EVENT_NMI_EXIT},
		{INTERRUPTS, {.nmi = true, .interrupt = true}, VMX_EVENT_INTERRUPT_EXIT},
		/* an event that is injected comes first, whatever it is */
		{INTERRUPTS, {.interrupt = true, .injected = EVENT(0, 0x22)}, VMX_EVENT_EXIT_AFTER_EVENT},
		{NMIS, {.nmi = true, .injected = EVENT(3, 14)}, VMX_EVENT_EXIT_AFTER_EVENT},
		{NMIS, {.interrupt = true, .injected = EVENT(0, 0x22)}, VMX_EVENT_NO_EXIT},
		{INTERRUPTS, {.interrupt = true, .injected = 0x22}, VMX_EVENT_INTERRUPT_EXIT}, /* not valid */
		/* blocking "for other reasons" */
		{INTERRUPTS, {.interrupt = true, .interruptibility = STI, .rflags = IF}, VMX_EVENT_EXIT_AFTER_BLOCKING},
		{INTERRUPTS,
		 {.interrupt = true, .interruptibility = MOV_SS, .rflags = IF},
		 VMX_EVENT_EXIT_AFTER_BLOCKING},
		{INTERRUPTS, {.interrupt = true, .interruptibility = MOV_SS}, VMX_EVENT_INTERRUPT_EXIT},
		{INTERRUPTS, {.interrupt = true, .interruptibility = BY_NMI, .rflags = IF}, VMX_EVENT_INTERRUPT_EXIT},
		{NMIS, {.nmi = true, .interruptibility = STI, .rflags = IF}, VMX_EVENT_NMI_EXIT},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct vmcs12 v = with_pin(rows[i].pin);

		if (vmx_event_effect(&v, &rows[i].pending) != rows[i].effect)
			fail_msg("row %zu: %d", i, vmx_event_effect(&v, &rows[i].pending));
		assert_int_equal(vmx_intercepts_interrupts(&v), rows[i].pin & INTERRUPTS);
		assert_int_equal(vmx_intercepts_nmis(&v), !!(rows[i].pin & NMIS));
	}
}

static void an_nmi_that_exits_blocks_others(void **state)
{
	(void)state;
	assert_int_equal(vmx_host_interruptibility(0, EVENT(2, 2), 0), BY_NMI);
	assert_int_equal(vmx_host_interruptibility(0, 2u << 8 | 2, 0), 0); /* none */
	assert_int_equal(vmx_host_interruptibility(0, EVENT(3, 14), 0), 0);
	assert_int_equal(vmx_host_interruptibility(0, EVENT(3, 14), BY_NMI), BY_NMI);
	assert_int_equal(vmx_host_interruptibility(12, EVENT(2, 2), 0), 0); /* of another exit */
	/* An exit ends the blocking by STI. */
	assert_int_equal(vmx_host_interruptibility(12, 0, BY_NMI | STI | MOV_SS), BY_NMI);
}

static void two_exceptions_make_a_double_fault(void **state)
{
	enum { BENIGN, CONTRIBUTORY, PAGE_FAULT };
	static const uint8_t class_of[] = {
		[0] = CONTRIBUTORY,  [1] = BENIGN,        [3] = BENIGN,        [6] = BENIGN,
		[7] = BENIGN,        [10] = CONTRIBUTORY, [11] = CONTRIBUTORY, [12] = CONTRIBUTORY,
		[13] = CONTRIBUTORY, [14] = PAGE_FAULT,   [16] = BENIGN,       [17] = BENIGN,
	};
	static const bool doubles[3][3] = {{false, false, false}, {false, true, false}, {false, true, true}};

	(void)state;
	for (uint32_t first = 0; first < COUNT(class_of); first++) {
		for (uint32_t second = 0; second < COUNT(class_of); second++)
			assert_int_equal(event_makes_double_fault(EVENT(3, first), EVENT(3, second)),
					 doubles[class_of[first]][class_of[second]]);
		/* Interrupts, NMIs, INT n, and nothing at all */
		assert_false(event_makes_double_fault(EVENT(0, first), EVENT(3, 13)));
		assert_false(event_makes_double_fault(EVENT(4, first), EVENT(3, 13)));
		assert_false(event_makes_double_fault(3u << 8 | first, EVENT(3, 13)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_waits_has_its_way),
		cmocka_unit_test(an_nmi_that_exits_blocks_others),
		cmocka_unit_test(two_exceptions_make_a_double_fault),
	};

	return cmocka_run_group_tests_name("event_rules", tests, NULL, NULL);
}
