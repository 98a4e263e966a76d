// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the rules about VM-exit and VM-entry controls, MSR areas and the event to inject.
 */
#include "vmcs-shadow/tests/entry_fixture.h"

#define ERROR_CODE        INTR_INFO_DELIVER_CODE_MASK
#define EXCEPTION(vector) (INTR_TYPE_HARD_EXCEPTION | (vector))
#define GP                (EXCEPTION(13) | ERROR_CODE)

static const struct row exits[] = {
	REFUSED(LONG, "27.2.1.2 VM-exit controls: reserved bits", OFF(VM_EXIT_CONTROLS, 1)),
	REFUSED(LONG, "27.2.1.2 VM-exit controls: reserved bits", EXIT(VM_EXIT_CLEAR_BNDCFGS),
		CANNOT(exit, (uint64_t)VM_EXIT_CLEAR_BNDCFGS << 32)),
	LEGAL(LONG, EXIT(VM_EXIT_CLEAR_BNDCFGS)),
	REFUSED(LONG, "27.2.1.2 secondary VM-exit controls: reserved bits", EXIT(VM_EXIT_ACTIVATE_SECONDARY_CONTROLS),
		SET(SECONDARY_VM_EXIT_CONTROLS, 8)),
	LEGAL(LONG, EXIT(VM_EXIT_ACTIVATE_SECONDARY_CONTROLS)),
	LEGAL(LONG, SET(SECONDARY_VM_EXIT_CONTROLS, 8)),
	REFUSED(LONG, "27.2.1.2 save VMX-preemption timer value: needs activate VMX-preemption timer",
		EXIT(VM_EXIT_SAVE_VMX_PREEMPTION_TIMER)),
	LEGAL(LONG, EXIT(VM_EXIT_SAVE_VMX_PREEMPTION_TIMER), PIN(PIN_BASED_VMX_PREEMPTION_TIMER)),
	LEGAL(LONG, PIN(PIN_BASED_VMX_PREEMPTION_TIMER)),
};

/* The last byte counts, not the one after it. */
static const struct row msr_areas[] = {
	LEGAL(LONG, SET(VM_EXIT_MSR_STORE_ADDR, 1), SET(VM_EXIT_MSR_LOAD_ADDR, 1), SET(VM_ENTRY_MSR_LOAD_ADDR, 1)),
	REFUSED(LONG, "27.2.1.2 VM-exit MSR-store area: alignment and width", SET(VM_EXIT_MSR_STORE_COUNT, 1),
		SET(VM_EXIT_MSR_STORE_ADDR, 0x1008)),
	REFUSED(LONG, "27.2.1.2 VM-exit MSR-store area: alignment and width", SET(VM_EXIT_MSR_STORE_COUNT, 2),
		SET(VM_EXIT_MSR_STORE_ADDR, BEYOND - 16)),
	LEGAL(LONG, SET(VM_EXIT_MSR_STORE_COUNT, 1), SET(VM_EXIT_MSR_STORE_ADDR, BEYOND - 16)),
	REFUSED(LONG, "27.2.1.2 VM-exit MSR-store area: alignment and width", SET(VM_EXIT_MSR_STORE_COUNT, 1),
		SET(VM_EXIT_MSR_STORE_ADDR, BEYOND)),
	/* The size of so many entries does not fit in 32 bits. */
	REFUSED(LONG, "27.2.1.2 VM-exit MSR-store area: alignment and width",
		SET(VM_EXIT_MSR_STORE_COUNT, (1u << 28) + 1), WIDTH(32)),
	LEGAL(LONG, SET(VM_EXIT_MSR_STORE_COUNT, 1u << 28), WIDTH(32), SET(HOST_CR3, 0)),
	REFUSED(LONG, "27.2.1.2 VM-exit MSR-load area: alignment and width", SET(VM_EXIT_MSR_LOAD_COUNT, 1),
		SET(VM_EXIT_MSR_LOAD_ADDR, 0x1001)),
	LEGAL(LONG, SET(VM_EXIT_MSR_LOAD_COUNT, 3), SET(VM_EXIT_MSR_LOAD_ADDR, 0x1010)),
	REFUSED(LONG, "27.2.1.3 VM-entry MSR-load area: alignment and width", SET(VM_ENTRY_MSR_LOAD_COUNT, 3),
		SET(VM_ENTRY_MSR_LOAD_ADDR, BEYOND - 32)),
	LEGAL(LONG, SET(VM_ENTRY_MSR_LOAD_COUNT, 2), SET(VM_ENTRY_MSR_LOAD_ADDR, BEYOND - 32)),
};

static const struct row entries[] = {
	REFUSED(LONG, "27.2.1.3 VM-entry controls: reserved bits", OFF(VM_ENTRY_CONTROLS, 2)),
	REFUSED(LONG, "27.2.1.3 VM-entry controls: reserved bits", ENTRY(VM_ENTRY_PT_CONCEAL_PIP),
		CANNOT(entry, (uint64_t)VM_ENTRY_PT_CONCEAL_PIP << 32)),
	LEGAL(LONG, ENTRY(VM_ENTRY_PT_CONCEAL_PIP)),
	REFUSED(LONG, "27.2.1.3 entry to SMM: only in SMM", ENTRY(VM_ENTRY_SMM)),
	REFUSED(LONG, "27.2.1.3 deactivate dual-monitor treatment: only in SMM", ENTRY(VM_ENTRY_DEACT_DUAL_MONITOR)),
};

static const struct row types_and_vectors[] = {
	LEGAL(LONG, SET(VM_ENTRY_INTR_INFO_FIELD, 0x7fffffff)),
	REFUSED(LONG, "27.2.1.3 event injection: interruption type 1 is reserved", EVENT(1u << 8)),
	LEGAL(LONG, EVENT(INTR_TYPE_EXT_INTR | 0xff)),
	REFUSED(LONG, "27.2.1.3 event injection: other event needs a CPU with the monitor trap flag",
		EVENT(INTR_TYPE_OTHER_EVENT), CANNOT(primary, (uint64_t)CPU_BASED_MONITOR_TRAP_FLAG << 32)),
	LEGAL(LONG, EVENT(INTR_TYPE_OTHER_EVENT)),
	REFUSED(LONG, "27.2.1.3 event injection: the vector of other event is 0", EVENT(INTR_TYPE_OTHER_EVENT | 1)),
	REFUSED(LONG, "27.2.1.3 event injection: the vector of an NMI is 2", EVENT(INTR_TYPE_NMI_INTR | 3)),
	LEGAL(LONG, EVENT(INTR_TYPE_NMI_INTR | 2)),
	REFUSED(LONG, "27.2.1.3 event injection: the vector of a hardware exception is at most 31",
		EVENT(EXCEPTION(32))),
	LEGAL(LONG, EVENT(EXCEPTION(31))),
	REFUSED(LONG, "27.2.1.3 event injection: reserved bits 30:12", EVENT(INTR_TYPE_EXT_INTR | 1u << 12)),
	REFUSED(LONG, "27.2.1.3 event injection: reserved bits 30:12", EVENT(INTR_TYPE_EXT_INTR | 1u << 30)),
};

#define IFF "27.2.1.3 event injection: an error code if and only if the exception has one"
static const struct row error_codes[] = {
	LEGAL(LONG, EVENT(GP)),
	REFUSED(LONG, IFF, EVENT(EXCEPTION(13))),
	REFUSED(LONG, IFF, EVENT(EXCEPTION(6) | ERROR_CODE)),
	LEGAL(LONG, EVENT(EXCEPTION(6))),
	LEGAL(LONG, EVENT(EXCEPTION(8) | ERROR_CODE)),
	LEGAL(LONG, EVENT(EXCEPTION(10) | ERROR_CODE)),
	LEGAL(LONG, EVENT(EXCEPTION(11) | ERROR_CODE)),
	LEGAL(LONG, EVENT(EXCEPTION(12) | ERROR_CODE)),
	LEGAL(LONG, EVENT(EXCEPTION(14) | ERROR_CODE)),
	LEGAL(LONG, EVENT(EXCEPTION(17) | ERROR_CODE)),
	REFUSED(LONG, IFF, EVENT(EXCEPTION(9) | ERROR_CODE)),
	REFUSED(LONG, IFF, EVENT(EXCEPTION(15) | ERROR_CODE)),
	REFUSED(LONG, IFF, EVENT(EXCEPTION(21) | ERROR_CODE)),
	LEGAL(LONG, EVENT(EXCEPTION(21) | ERROR_CODE), CAN_ALSO(basic, VMX_BASIC_ANY_ERROR_CODE)),
	LEGAL(LONG, EVENT(EXCEPTION(13)), CAN_ALSO(basic, VMX_BASIC_ANY_ERROR_CODE)),
	REFUSED(LONG, "27.2.1.3 event injection: an error code is only of a hardware exception",
		EVENT(INTR_TYPE_EXT_INTR | 13 | ERROR_CODE), CAN_ALSO(basic, VMX_BASIC_ANY_ERROR_CODE)),
	/* Real-address mode has none; protected mode of an unrestricted guest does. */
	REFUSED(REAL, "27.2.1.3 event injection: no error code in real-address mode", EVENT(GP)),
	LEGAL(REAL, EVENT(EXCEPTION(13))),
	REFUSED(REAL, IFF, EVENT(EXCEPTION(13)), ON(GUEST_CR0, 1)),
	LEGAL(REAL, EVENT(GP), ON(GUEST_CR0, 1)),
	REFUSED(LONG, "27.2.1.3 event injection: bits 31:16 of the error code are 0", EVENT(GP),
		SET(VM_ENTRY_EXCEPTION_ERROR_CODE, 0x10000)),
	LEGAL(LONG, EVENT(GP), SET(VM_ENTRY_EXCEPTION_ERROR_CODE, 0xffff)),
	LEGAL(LONG, EVENT(EXCEPTION(6)), SET(VM_ENTRY_EXCEPTION_ERROR_CODE, 0x10000)),
};

#define LONGER "27.2.1.3 event injection: instruction length at most 15"
#define ZERO   "27.2.1.3 event injection: instruction length 0 needs IA32_VMX_MISC[30]"
static const struct row instruction_lengths[] = {
	REFUSED(LONG, LONGER, EVENT(INTR_TYPE_SOFT_INTR | 0x80), SET(VM_ENTRY_INSTRUCTION_LEN, 16)),
	LEGAL(LONG, EVENT(INTR_TYPE_SOFT_INTR | 0x80), SET(VM_ENTRY_INSTRUCTION_LEN, 15)),
	REFUSED(LONG, ZERO, EVENT(INTR_TYPE_SOFT_INTR | 0x80)),
	LEGAL(LONG, EVENT(INTR_TYPE_SOFT_INTR | 0x80), CAN_ALSO(misc, VMX_MISC_ZERO_LEN_INS)),
	REFUSED(LONG, ZERO, EVENT(INTR_TYPE_PRIV_SW_EXCEPTION | 1)),
	LEGAL(LONG, EVENT(INTR_TYPE_PRIV_SW_EXCEPTION | 1), SET(VM_ENTRY_INSTRUCTION_LEN, 1)),
	REFUSED(LONG, LONGER, EVENT(INTR_TYPE_SOFT_EXCEPTION | 3), SET(VM_ENTRY_INSTRUCTION_LEN, 0xffffffff)),
	LEGAL(LONG, EVENT(INTR_TYPE_SOFT_EXCEPTION | 3), SET(VM_ENTRY_INSTRUCTION_LEN, 1)),
	LEGAL(LONG, EVENT(INTR_TYPE_NMI_INTR | 2), SET(VM_ENTRY_INSTRUCTION_LEN, 16)),
};

static void exit_controls(void **state)
{
	(void)state;
	check_rows(exits, COUNT(exits));
}

static void msr_area_addresses(void **state)
{
	(void)state;
	check_rows(msr_areas, COUNT(msr_areas));
}

static void entry_controls(void **state)
{
	(void)state;
	check_rows(entries, COUNT(entries));
}

static void event_types_and_vectors(void **state)
{
	(void)state;
	check_rows(types_and_vectors, COUNT(types_and_vectors));
}

static void event_error_codes(void **state)
{
	(void)state;
	check_rows(error_codes, COUNT(error_codes));
}

static void event_instruction_lengths(void **state)
{
	(void)state;
	check_rows(instruction_lengths, COUNT(instruction_lengths));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exit_controls),     cmocka_unit_test(msr_area_addresses),
		cmocka_unit_test(entry_controls),    cmocka_unit_test(event_types_and_vectors),
		cmocka_unit_test(event_error_codes), cmocka_unit_test(event_instruction_lengths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
