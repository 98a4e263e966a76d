// SPDX-License-Identifier: GPL-2.0-only
/* Decodes the exit qualification of MOV CR and MOV DR (SDM tables 28-3 and 28-4). */
#include "l1-hypervisor/emulate/vmx/register_exits.h"

#include "l1-hypervisor/backend/backend.h"
#include "l1-hypervisor/emulate/cr.h"

#define CR_NUMBER(q)   ((unsigned)(q)&15)
#define CR_TYPE(q)     ((unsigned)((q) >> 4) & 3)
#define CR_REGISTER(q) ((unsigned)((q) >> 8) & 15)
enum { CR_MOV_TO, CR_MOV_FROM, CR_CLTS, CR_LMSW };

#define DR_NUMBER(q) ((unsigned)(q)&7)
#define DR_FROM      (1u << 4)

enum outcome cr_exit(struct vcpu *vcpu, uint32_t reason __attribute__((unused)))
{
	uint64_t q = vmcs_read(EXIT_QUALIFICATION);

	switch (CR_TYPE(q)) {
	case CR_MOV_TO:
		return cr_move_to(vcpu, CR_NUMBER(q), register_read(vcpu, CR_REGISTER(q)));
	case CR_MOV_FROM:
		return cr_move_from(vcpu, CR_NUMBER(q), CR_REGISTER(q));
	default: /* CLTS and LMSW change only bits that this hypervisor never owns. */
		guest_dump_and_fail(vcpu, "unexpected exit of CLTS or LMSW");
	}
}

enum outcome dr_exit(struct vcpu *vcpu, uint32_t reason __attribute__((unused)))
{
	uint64_t q = vmcs_read(EXIT_QUALIFICATION);

	if (q & DR_FROM)
		return dr_move_from(vcpu, DR_NUMBER(q), CR_REGISTER(q));
	return dr_move_to(vcpu, DR_NUMBER(q), register_read(vcpu, CR_REGISTER(q)));
}
