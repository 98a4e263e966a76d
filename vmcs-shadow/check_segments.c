// SPDX-License-Identifier: GPL-2.0-only
/*
 * VM-entry checks on the guest's segment registers (SDM 27.3.1.2), GDTR and IDTR (27.3.1.3). Fewer
 * rules apply to an unusable register. All rules always apply to CS and TR.
 */
#include <stddef.h>

#include "vmcs-shadow/entry_rules.h"
#include "vmcs-shadow/x86.h"

/* The order of the VMCS fields, which are consecutive. */
enum { ES, CS, SS, DS, FS, GS, LDTR, TR };

#define IN_A_ROW(part)                                                                                                 \
	_Static_assert((int)VMCS_INDEX_GUEST_TR_##part == (int)VMCS_INDEX_GUEST_ES_##part + TR &&                      \
			       (int)VMCS_INDEX_GUEST_CS_##part == (int)VMCS_INDEX_GUEST_ES_##part + CS,                \
		       #part " fields are not in a row")
IN_A_ROW(SELECTOR);
IN_A_ROW(BASE);
IN_A_ROW(LIMIT);
IN_A_ROW(AR_BYTES);

/* Access rights (25.4.1) */
#define AR_RESERVED     0xfffe0f00u
#define AR_VIRTUAL_8086 0xf3u

#define TYPE_ACCESSED   1u
#define TYPE_READABLE   2u
#define TYPE_CODE       8u
#define TYPE_LDT        2u
#define TYPE_TSS16      3u
#define TYPE_TSS        11u
#define TYPE_STACK_DOWN 7u /* read/write, accessed, expand-down */
#define TYPE_DATA       3u /* the same, expand-up; CS has this type in real-address mode */
#define TYPE_CONFORMING 12u
#define SELECTOR_RPL    3u
#define SELECTOR_TI     4u

struct segment {
	uint32_t selector, limit, rights;
	uint64_t base;
};

static struct segment segment_of(const struct vmx_entry *e, int number)
{
	const uint64_t *field = e->vmcs->field;

	return (struct segment){
		.selector = (uint32_t)field[VMCS_INDEX_GUEST_ES_SELECTOR + number],
		.limit = (uint32_t)field[VMCS_INDEX_GUEST_ES_LIMIT + number],
		.rights = (uint32_t)field[VMCS_INDEX_GUEST_ES_AR_BYTES + number],
		.base = field[VMCS_INDEX_GUEST_ES_BASE + number],
	};
}

static bool usable(const struct segment *s)
{
	return !(s->rights & AR_UNUSABLE);
}

/* G must be 0 if any of bits 11:0 of the limit is 0. G must be 1 if any of bits 31:20 is 1. */
static bool granularity_ok(const struct segment *s)
{
	if (s->rights & AR_G)
		return (s->limit & 0xfff) == 0xfff;
	return s->limit >> 20 == 0;
}

static const char *check_virtual_8086(const struct vmx_entry *e)
{
	for (int number = ES; number <= GS; number++) {
		struct segment s = segment_of(e, number);

		RULE(s.base == (uint64_t)s.selector << 4, "27.3.1.2 virtual-8086: base is the selector times 16");
		RULE(s.limit == 0xffff, "27.3.1.2 virtual-8086: limit is FFFFH");
		RULE(s.rights == AR_VIRTUAL_8086, "27.3.1.2 virtual-8086: access rights are F3H");
	}
	return NULL;
}

/* Rules for CS, and for each other code or data segment that is usable. */
static const char *check_any(const struct segment *s)
{
	RULE(s->rights & AR_S, "27.3.1.2 code and data segments: S is 1");
	RULE(s->rights & AR_P, "27.3.1.2 code and data segments: present");
	RULE(!(s->rights & AR_RESERVED), "27.3.1.2 code and data segments: reserved access rights");
	RULE(granularity_ok(s), "27.3.1.2 code and data segments: granularity goes with the limit");
	return NULL;
}

static const char *check_cs(const struct vmx_entry *e, uint32_t ss_dpl)
{
	struct segment cs = segment_of(e, CS);
	uint32_t type = AR_TYPE(cs.rights), dpl = AR_DPL(cs.rights);
	bool data = type == TYPE_DATA, code = (type & TYPE_CODE) && (type & TYPE_ACCESSED);

	RULE(!(cs.base & HIGH_HALF), "27.3.1.2 CS: bits 63:32 of the base are 0");
	RULE(code || (data && (e->secondary & SECONDARY_EXEC_UNRESTRICTED_GUEST)),
	     "27.3.1.2 CS: accessed code segment, or data for an unrestricted guest");
	RULES_OF(check_any, &cs);
	if (data)
		RULE(dpl == 0, "27.3.1.2 CS: DPL is 0 for a data segment");
	else if (type < TYPE_CONFORMING)
		RULE(dpl == ss_dpl, "27.3.1.2 CS: DPL is that of SS for non-conforming code");
	else
		RULE(dpl <= ss_dpl, "27.3.1.2 CS: DPL is not above that of SS for conforming code");
	RULE(IF_THEN((e->entry & VM_ENTRY_IA32E_MODE) && (cs.rights & AR_L), !(cs.rights & AR_DB)),
	     "27.3.1.2 CS: D/B is 0 in 64-bit mode");
	return NULL;
}

/* The DPL of SS is the CPL, even if SS is unusable. */
static const char *check_ss(const struct vmx_entry *e, const struct segment *ss)
{
	struct segment cs = segment_of(e, CS);
	uint32_t type = AR_TYPE(ss->rights), dpl = AR_DPL(ss->rights), rpl = ss->selector & SELECTOR_RPL;

	if (!(e->secondary & SECONDARY_EXEC_UNRESTRICTED_GUEST)) {
		RULE(rpl == (cs.selector & SELECTOR_RPL), "27.3.1.2 SS: RPL is that of CS");
		RULE(dpl == rpl, "27.3.1.2 SS: DPL is the RPL");
	}
	RULE(IF_THEN(AR_TYPE(cs.rights) == TYPE_DATA, dpl == 0), "27.3.1.2 SS: DPL is 0 where CS is a data segment");
	RULE(IF_THEN(!(FIELD(e, GUEST_CR0) & CR0_PE), dpl == 0), "27.3.1.2 SS: DPL is 0 without CR0.PE");
	if (!usable(ss))
		return NULL;
	RULE(!(ss->base & HIGH_HALF), "27.3.1.2 SS: bits 63:32 of the base are 0");
	RULE(type == TYPE_DATA || type == TYPE_STACK_DOWN, "27.3.1.2 SS: accessed read/write data segment");
	return check_any(ss);
}

static const char *check_data(const struct vmx_entry *e, int number)
{
	struct segment s = segment_of(e, number);
	uint32_t type = AR_TYPE(s.rights);

	if (number >= FS)
		RULE(vmx_canonical(e, s.base), "27.3.1.2 FS, GS: canonical base");
	if (!usable(&s))
		return NULL;
	if (number < FS)
		RULE(!(s.base & HIGH_HALF), "27.3.1.2 DS, ES: bits 63:32 of the base are 0");
	RULE(type & TYPE_ACCESSED, "27.3.1.2 DS, ES, FS, GS: accessed");
	RULE(IF_THEN(type & TYPE_CODE, type & TYPE_READABLE), "27.3.1.2 DS, ES, FS, GS: code is readable");
	if (!(e->secondary & SECONDARY_EXEC_UNRESTRICTED_GUEST) && type < TYPE_CONFORMING)
		RULE(AR_DPL(s.rights) >= (s.selector & SELECTOR_RPL),
		     "27.3.1.2 DS, ES, FS, GS: DPL is not below the RPL");
	return check_any(&s);
}

static const char *check_tr(const struct vmx_entry *e)
{
	struct segment tr = segment_of(e, TR);
	uint32_t type = AR_TYPE(tr.rights);

	RULE(!(tr.selector & SELECTOR_TI), "27.3.1.2 TR: TI is 0");
	RULE(vmx_canonical(e, tr.base), "27.3.1.2 TR: canonical base");
	RULE(type == TYPE_TSS || (type == TYPE_TSS16 && !(e->entry & VM_ENTRY_IA32E_MODE)),
	     "27.3.1.2 TR: a busy TSS, not of 16 bits in IA-32e mode");
	RULE(!(tr.rights & AR_S), "27.3.1.2 TR: S is 0");
	RULE(tr.rights & AR_P, "27.3.1.2 TR: present");
	RULE(!(tr.rights & AR_RESERVED), "27.3.1.2 TR: reserved access rights");
	RULE(granularity_ok(&tr), "27.3.1.2 TR: granularity goes with the limit");
	RULE(usable(&tr), "27.3.1.2 TR: usable");
	return NULL;
}

static const char *check_ldtr(const struct vmx_entry *e)
{
	struct segment ldtr = segment_of(e, LDTR);

	if (!usable(&ldtr))
		return NULL;
	RULE(!(ldtr.selector & SELECTOR_TI), "27.3.1.2 LDTR: TI is 0");
	RULE(vmx_canonical(e, ldtr.base), "27.3.1.2 LDTR: canonical base");
	RULE(AR_TYPE(ldtr.rights) == TYPE_LDT, "27.3.1.2 LDTR: type is LDT");
	RULE(!(ldtr.rights & AR_S), "27.3.1.2 LDTR: S is 0");
	RULE(ldtr.rights & AR_P, "27.3.1.2 LDTR: present");
	RULE(!(ldtr.rights & AR_RESERVED), "27.3.1.2 LDTR: reserved access rights");
	RULE(granularity_ok(&ldtr), "27.3.1.2 LDTR: granularity goes with the limit");
	return NULL;
}

static const char *check_descriptor_tables(const struct vmx_entry *e)
{
	RULE(vmx_canonical(e, FIELD(e, GUEST_GDTR_BASE)), "27.3.1.3 GDTR: canonical base");
	RULE(vmx_canonical(e, FIELD(e, GUEST_IDTR_BASE)), "27.3.1.3 IDTR: canonical base");
	RULE(FIELD(e, GUEST_GDTR_LIMIT) <= 0xffff, "27.3.1.3 GDTR: bits 31:16 of the limit are 0");
	RULE(FIELD(e, GUEST_IDTR_LIMIT) <= 0xffff, "27.3.1.3 IDTR: bits 31:16 of the limit are 0");
	return NULL;
}

const char *vmx_check_guest_segments(const struct vmx_entry *e)
{
	static const uint8_t data[] = {DS, ES, FS, GS};
	struct segment ss = segment_of(e, SS);

	if (FIELD(e, GUEST_RFLAGS) & RFLAGS_VM) {
		RULES_OF(check_virtual_8086, e);
	} else {
		RULES_OF(check_cs, e, AR_DPL(ss.rights));
		RULES_OF(check_ss, e, &ss);
		for (size_t i = 0; i < sizeof(data); i++)
			RULES_OF(check_data, e, data[i]);
	}
	RULES_OF(check_tr, e);
	RULES_OF(check_ldtr, e);
	return check_descriptor_tables(e);
}
