// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the rules about the guest's segment registers and descriptor tables, in every mode where
 * the rules differ.
 */
#include "vmcs-shadow/tests/entry_fixture.h"

#define UNUSABLE 0x10000ull
#define PE       1ull
#define RESERVED "27.3.1.2 code and data segments: reserved access rights"
#define GRAIN    "27.3.1.2 code and data segments: granularity goes with the limit"
#define S_IS_1   "27.3.1.2 code and data segments: S is 1"
#define PRESENT  "27.3.1.2 code and data segments: present"

#define BASE_8086   "27.3.1.2 virtual-8086: base is the selector times 16"
#define LIMIT_8086  "27.3.1.2 virtual-8086: limit is FFFFH"
#define RIGHTS_8086 "27.3.1.2 virtual-8086: access rights are F3H"
static const struct row virtual_8086[] = {
	REFUSED(V8086, BASE_8086, SET(GUEST_ES_BASE, 0x101)),
	REFUSED(V8086, BASE_8086, SET(GUEST_CS_SELECTOR, 0x9)),
	REFUSED(V8086, BASE_8086, ON(GUEST_GS_BASE, 1ull << 32)),
	LEGAL(V8086, SET(GUEST_GS_SELECTOR, 0xffff), SET(GUEST_GS_BASE, 0xffff0)),
	REFUSED(V8086, LIMIT_8086, SET(GUEST_SS_LIMIT, 0xfffff)),
	REFUSED(V8086, LIMIT_8086, SET(GUEST_FS_LIMIT, 0xfffe)),
	REFUSED(V8086, RIGHTS_8086, SET(GUEST_DS_AR_BYTES, 0x93)),
	REFUSED(V8086, RIGHTS_8086, ON(GUEST_GS_AR_BYTES, UNUSABLE)),
	/* RPLs mean nothing there. */
	LEGAL(V8086, SET(GUEST_SS_SELECTOR, 3), SET(GUEST_SS_BASE, 0x30)),
	REFUSED(V8086, "27.3.1.2 TR: present", SET(GUEST_TR_AR_BYTES, 0xb)),
};

#define CS_TYPE  "27.3.1.2 CS: accessed code segment, or data for an unrestricted guest"
#define CS_EQUAL "27.3.1.2 CS: DPL is that of SS for non-conforming code"
#define CS_ABOVE "27.3.1.2 CS: DPL is not above that of SS for conforming code"
static const struct row cs[] = {
	REFUSED(PAE, "27.3.1.2 CS: bits 63:32 of the base are 0", SET(GUEST_CS_BASE, 1ull << 32)),
	LEGAL(PAE, SET(GUEST_CS_BASE, 0xffffffff)),
	REFUSED(PAE, CS_TYPE, SET(GUEST_CS_AR_BYTES, 0xc09a)),
	REFUSED(PAE, CS_TYPE, SET(GUEST_CS_AR_BYTES, 0xc093)),
	REFUSED(PAE, CS_TYPE, SET(GUEST_CS_AR_BYTES, 0xc091)),
	LEGAL(PAE, SET(GUEST_CS_AR_BYTES, 0xc099)),
	LEGAL(PAE, SET(GUEST_CS_AR_BYTES, 0xc09d)),
	LEGAL(PAE, SET(GUEST_CS_AR_BYTES, 0xc09f)),
	LEGAL(REAL, SET(GUEST_CS_AR_BYTES, 0x9b)),
	REFUSED(REAL, CS_TYPE, SET(GUEST_CS_AR_BYTES, 0x97)),
	REFUSED(REAL, "27.3.1.2 CS: DPL is 0 for a data segment", SET(GUEST_CS_AR_BYTES, 0xf3)),
	REFUSED(PAE, CS_EQUAL, SET(GUEST_CS_AR_BYTES, 0xc0fb)),
	/* Against the DPL of SS, not the RPL of CS: an unrestricted guest's may differ. */
	LEGAL(REAL, ON(GUEST_CR0, PE), SET(GUEST_CS_AR_BYTES, 0xfb), SET(GUEST_SS_AR_BYTES, 0xf3)),
	REFUSED(PAE, CS_ABOVE, SET(GUEST_CS_AR_BYTES, 0xc0bf)),
	LEGAL(PAE, SET(GUEST_CS_AR_BYTES, 0xc09f), SET(GUEST_CS_SELECTOR, 0xb), SET(GUEST_SS_SELECTOR, 0x13),
	      SET(GUEST_SS_AR_BYTES, 0xc0f3)),
	REFUSED(PAE, S_IS_1, SET(GUEST_CS_AR_BYTES, 0xc08b)),
	REFUSED(PAE, PRESENT, SET(GUEST_CS_AR_BYTES, 0xc01b)),
	REFUSED(PAE, RESERVED, SET(GUEST_CS_AR_BYTES, 0xc49b)),
	REFUSED(PAE, RESERVED, SET(GUEST_CS_AR_BYTES, 0x2c09b)),
	REFUSED(PAE, GRAIN, SET(GUEST_CS_LIMIT, 0xfffffffe)),
	/* The unusable bit does not excuse CS. */
	REFUSED(PAE, PRESENT, SET(GUEST_CS_AR_BYTES, 0x1c01b)),
	LEGAL(PAE, SET(GUEST_CS_AR_BYTES, 0x1c09b)),
	REFUSED(LONG, "27.3.1.2 CS: D/B is 0 in 64-bit mode", SET(GUEST_CS_AR_BYTES, 0xe09b)),
	LEGAL(LONG, SET(GUEST_CS_AR_BYTES, 0xc09b), SET(GUEST_RIP, 0)),
	LEGAL(PAE, SET(GUEST_CS_AR_BYTES, 0xe09b)),
};

#define SS_RPL "27.3.1.2 SS: RPL is that of CS"
#define SS_DPL "27.3.1.2 SS: DPL is the RPL"
static const struct row ss[] = {
	REFUSED(PAE, SS_RPL, SET(GUEST_SS_SELECTOR, 0x13)),
	REFUSED(PAE, SS_RPL, SET(GUEST_CS_SELECTOR, 0x9)),
	LEGAL(REAL, ON(GUEST_CR0, PE), SET(GUEST_SS_SELECTOR, 0x13)),
	/* Conforming code, so that it is not the DPL of CS that is wrong. */
	REFUSED(PAE, SS_DPL, SET(GUEST_CS_AR_BYTES, 0xc09f), SET(GUEST_SS_AR_BYTES, 0xc0f3)),
	REFUSED(LONG, SS_DPL, SET(GUEST_CS_AR_BYTES, 0xa09f), SET(GUEST_SS_AR_BYTES, UNUSABLE | 0x60)),
	LEGAL(LONG, SET(GUEST_SS_SELECTOR, 0), SET(GUEST_SS_AR_BYTES, UNUSABLE)),
	LEGAL(LONG, SET(GUEST_CS_SELECTOR, 0xb), SET(GUEST_CS_AR_BYTES, 0xa0fb), SET(GUEST_SS_SELECTOR, 3),
	      SET(GUEST_SS_AR_BYTES, UNUSABLE | 0x60), SET(GUEST_SS_BASE, ~0ull)),
	REFUSED(REAL, "27.3.1.2 SS: DPL is 0 where CS is a data segment", ON(GUEST_CR0, PE),
		SET(GUEST_SS_AR_BYTES, 0xf3)),
	REFUSED(REAL, "27.3.1.2 SS: DPL is 0 without CR0.PE", SET(GUEST_CS_AR_BYTES, 0xfb),
		SET(GUEST_SS_AR_BYTES, 0xf3)),
	REFUSED(PAE, "27.3.1.2 SS: bits 63:32 of the base are 0", SET(GUEST_SS_BASE, 1ull << 32)),
	REFUSED(PAE, "27.3.1.2 SS: accessed read/write data segment", SET(GUEST_SS_AR_BYTES, 0xc091)),
	REFUSED(PAE, "27.3.1.2 SS: accessed read/write data segment", SET(GUEST_SS_AR_BYTES, 0xc092)),
	REFUSED(PAE, "27.3.1.2 SS: accessed read/write data segment", SET(GUEST_SS_AR_BYTES, 0xc09b)),
	LEGAL(PAE, SET(GUEST_SS_AR_BYTES, 0xc097)),
	REFUSED(PAE, S_IS_1, SET(GUEST_SS_AR_BYTES, 0xc083)),
	REFUSED(PAE, PRESENT, SET(GUEST_SS_AR_BYTES, 0xc013)),
	LEGAL(PAE, SET(GUEST_SS_AR_BYTES, UNUSABLE | 0xc013)),
};

#define ACCESSED "27.3.1.2 DS, ES, FS, GS: accessed"
#define READABLE "27.3.1.2 DS, ES, FS, GS: code is readable"
#define BELOW    "27.3.1.2 DS, ES, FS, GS: DPL is not below the RPL"
static const struct row data[] = {
	REFUSED(PAE, "27.3.1.2 DS, ES: bits 63:32 of the base are 0", SET(GUEST_DS_BASE, 1ull << 32)),
	REFUSED(PAE, "27.3.1.2 DS, ES: bits 63:32 of the base are 0", SET(GUEST_ES_BASE, 1ull << 63)),
	LEGAL(PAE, SET(GUEST_DS_BASE, 0xffffffff)),
	LEGAL(PAE, SET(GUEST_DS_BASE, ~0ull), ON(GUEST_DS_AR_BYTES, UNUSABLE)),
	REFUSED(LONG, "27.3.1.2 FS, GS: canonical base", SET(GUEST_FS_BASE, NONCANONICAL)),
	REFUSED(LONG, "27.3.1.2 FS, GS: canonical base", SET(GUEST_GS_BASE, NONCANONICAL),
		ON(GUEST_GS_AR_BYTES, UNUSABLE)),
	LEGAL(LONG, SET(GUEST_FS_BASE, CANONICAL), SET(GUEST_GS_BASE, 0x7fffffffffff)),
	REFUSED(PAE, ACCESSED, SET(GUEST_DS_AR_BYTES, 0xc092)),
	REFUSED(PAE, ACCESSED, SET(GUEST_ES_AR_BYTES, 0xc090)),
	REFUSED(PAE, READABLE, SET(GUEST_FS_AR_BYTES, 0xc099)),
	LEGAL(PAE, SET(GUEST_FS_AR_BYTES, 0xc09b), SET(GUEST_GS_AR_BYTES, 0xc091)),
	REFUSED(PAE, BELOW, SET(GUEST_DS_SELECTOR, 0x13)),
	REFUSED(PAE, BELOW, SET(GUEST_DS_SELECTOR, 0x13), SET(GUEST_DS_AR_BYTES, 0xc0db)),
	LEGAL(PAE, SET(GUEST_DS_SELECTOR, 0x13), SET(GUEST_DS_AR_BYTES, 0xc0f3)),
	LEGAL(PAE, SET(GUEST_DS_SELECTOR, 0x13), SET(GUEST_DS_AR_BYTES, 0xc09f)),
	LEGAL(PAE, SET(GUEST_DS_SELECTOR, 0x13), ON(GUEST_DS_AR_BYTES, UNUSABLE)),
	LEGAL(REAL, SET(GUEST_DS_SELECTOR, 0x13)),
	REFUSED(PAE, S_IS_1, SET(GUEST_GS_AR_BYTES, 0xc083)),
	REFUSED(PAE, PRESENT, SET(GUEST_ES_AR_BYTES, 0xc013)),
	REFUSED(PAE, RESERVED, SET(GUEST_DS_AR_BYTES, 0xc193)),
	REFUSED(PAE, GRAIN, SET(GUEST_DS_AR_BYTES, 0x4093)),
	REFUSED(PAE, GRAIN, SET(GUEST_DS_LIMIT, 0xf0000fff), SET(GUEST_DS_AR_BYTES, 0x4093)),
	REFUSED(PAE, GRAIN, SET(GUEST_DS_LIMIT, 0xfe)),
	LEGAL(PAE, SET(GUEST_DS_LIMIT, 0xfff)),
	LEGAL(PAE, SET(GUEST_DS_LIMIT, 0xfffff), SET(GUEST_DS_AR_BYTES, 0x4093)),
	LEGAL(PAE, SET(GUEST_DS_AR_BYTES, UNUSABLE)),
};

#define TR_TYPE "27.3.1.2 TR: a busy TSS, not of 16 bits in IA-32e mode"
static const struct row tr[] = {
	REFUSED(LONG, "27.3.1.2 TR: TI is 0", SET(GUEST_TR_SELECTOR, 0x1c)),
	REFUSED(LONG, "27.3.1.2 TR: canonical base", SET(GUEST_TR_BASE, NONCANONICAL)),
	REFUSED(LONG, TR_TYPE, SET(GUEST_TR_AR_BYTES, 0x89)),
	REFUSED(LONG, TR_TYPE, SET(GUEST_TR_AR_BYTES, 0x83)),
	LEGAL(PAE, SET(GUEST_TR_AR_BYTES, 0x83)),
	REFUSED(LONG, "27.3.1.2 TR: S is 0", SET(GUEST_TR_AR_BYTES, 0x9b)),
	REFUSED(LONG, "27.3.1.2 TR: present", SET(GUEST_TR_AR_BYTES, 0xb)),
	REFUSED(LONG, "27.3.1.2 TR: reserved access rights", SET(GUEST_TR_AR_BYTES, 0x88b)),
	REFUSED(LONG, "27.3.1.2 TR: granularity goes with the limit", SET(GUEST_TR_AR_BYTES, 0x808b)),
	REFUSED(LONG, "27.3.1.2 TR: granularity goes with the limit", SET(GUEST_TR_LIMIT, 0x100000)),
	LEGAL(LONG, SET(GUEST_TR_LIMIT, 0x100fff), SET(GUEST_TR_AR_BYTES, 0x808b)),
	REFUSED(LONG, "27.3.1.2 TR: usable", SET(GUEST_TR_AR_BYTES, UNUSABLE | 0x8b)),
};

static const struct row ldtr[] = {
	REFUSED(LONG, "27.3.1.2 LDTR: TI is 0", SET(GUEST_LDTR_SELECTOR, 0x24)),
	REFUSED(LONG, "27.3.1.2 LDTR: canonical base", SET(GUEST_LDTR_BASE, NONCANONICAL)),
	REFUSED(LONG, "27.3.1.2 LDTR: type is LDT", SET(GUEST_LDTR_AR_BYTES, 0x83)),
	REFUSED(LONG, "27.3.1.2 LDTR: S is 0", SET(GUEST_LDTR_AR_BYTES, 0x92)),
	REFUSED(LONG, "27.3.1.2 LDTR: present", SET(GUEST_LDTR_AR_BYTES, 0x02)),
	REFUSED(LONG, "27.3.1.2 LDTR: reserved access rights", SET(GUEST_LDTR_AR_BYTES, 0x182)),
	REFUSED(LONG, "27.3.1.2 LDTR: granularity goes with the limit", SET(GUEST_LDTR_LIMIT, 0x100fff)),
	LEGAL(LONG, SET(GUEST_LDTR_LIMIT, 0x100fff), SET(GUEST_LDTR_AR_BYTES, 0x8082)),
	LEGAL(LONG, SET(GUEST_LDTR_SELECTOR, 0x24), SET(GUEST_LDTR_BASE, NONCANONICAL),
	      SET(GUEST_LDTR_AR_BYTES, UNUSABLE)),
};

static const struct row descriptor_tables[] = {
	REFUSED(LONG, "27.3.1.3 GDTR: canonical base", SET(GUEST_GDTR_BASE, NONCANONICAL)),
	REFUSED(LONG, "27.3.1.3 IDTR: canonical base", SET(GUEST_IDTR_BASE, NONCANONICAL)),
	LEGAL(LONG, SET(GUEST_GDTR_BASE, CANONICAL), SET(GUEST_IDTR_BASE, CANONICAL)),
	REFUSED(LONG, "27.3.1.3 GDTR: bits 31:16 of the limit are 0", SET(GUEST_GDTR_LIMIT, 0x10000)),
	REFUSED(LONG, "27.3.1.3 IDTR: bits 31:16 of the limit are 0", SET(GUEST_IDTR_LIMIT, 0x10000)),
};

static void segments_in_virtual_8086_mode(void **state)
{
	(void)state;
	check_rows(virtual_8086, COUNT(virtual_8086));
}

static void code_segment(void **state)
{
	(void)state;
	check_rows(cs, COUNT(cs));
}

static void stack_segment(void **state)
{
	(void)state;
	check_rows(ss, COUNT(ss));
}

static void data_segments(void **state)
{
	(void)state;
	check_rows(data, COUNT(data));
}

static void task_register(void **state)
{
	(void)state;
	check_rows(tr, COUNT(tr));
}

static void local_descriptor_table_register(void **state)
{
	(void)state;
	check_rows(ldtr, COUNT(ldtr));
}

static void global_and_interrupt_descriptor_tables(void **state)
{
	(void)state;
	check_rows(descriptor_tables, COUNT(descriptor_tables));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(segments_in_virtual_8086_mode),
		cmocka_unit_test(code_segment),
		cmocka_unit_test(stack_segment),
		cmocka_unit_test(data_segments),
		cmocka_unit_test(task_register),
		cmocka_unit_test(local_descriptor_table_register),
		cmocka_unit_test(global_and_interrupt_descriptor_tables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
