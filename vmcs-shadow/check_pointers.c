// SPDX-License-Identifier: GPL-2.0-only
/*
 * VM-entry checks on guest state that points to memory: the VMCS link pointer (SDM 27.3.1.5) and
 * the page-directory-pointer table of PAE paging (27.3.1.6). Each violation has its own exit
 * qualification.
 */
#include <stddef.h>

#include "vmcs-shadow/entry_rules.h"

#define NO_LINK        (~0ull)
#define SHADOW_VMCS    (1u << 31)    /* shadow-VMCS indicator (25.2) */
#define PDPT_BASE      0xffffffe0ull /* bits 31:5 of CR3 (5.4.1) */
#define PDPTE_PRESENT  1ull
#define PDPTE_RESERVED 0x1e6ull /* bits 2:1 and 8:5; bits beyond the physical-address width are also reserved (5.4.1) */

const char *vmx_check_link_pointer(const struct vmx_entry *e)
{
	uint64_t link = FIELD(e, VMCS_LINK_POINTER);
	bool shadowing = e->secondary & SECONDARY_EXEC_SHADOW_VMCS;
	uint32_t revision;

	if (link == NO_LINK)
		return NULL;
	RULE(vmx_page_ok(e, link), "27.3.1.5 VMCS link pointer: alignment and width");
	RULE(link != e->cpu->current_vmcs, "27.3.1.5 VMCS link pointer: not the current VMCS");
	revision = (uint32_t)vmx_read_physical(e, link);
	RULE((revision & VMX_BASIC_REVISION_MASK) == (e->cpu->vmx.basic & VMX_BASIC_REVISION_MASK),
	     "27.3.1.5 VMCS link pointer: revision identifier");
	RULE(!(revision & SHADOW_VMCS) == !shadowing,
	     "27.3.1.5 VMCS link pointer: a shadow VMCS if and only if VMCS shadowing is 1");
	return NULL;
}

/*
 * With EPT the PDPTEs are VMCS fields. Without EPT the VM entry loads them from the table that CR3
 * points to.
 */
const char *vmx_check_pdptes(const struct vmx_entry *e)
{
	uint64_t reserved = PDPTE_RESERVED | e->beyond_width, table = FIELD(e, GUEST_CR3) & PDPT_BASE;

	if ((e->entry & VM_ENTRY_IA32E_MODE) || !(FIELD(e, GUEST_CR0) & CR0_PG) || !(FIELD(e, GUEST_CR4) & CR4_PAE))
		return NULL;
	for (unsigned i = 0; i < 4; i++) {
		uint64_t pdpte = e->secondary & SECONDARY_EXEC_ENABLE_EPT ? e->vmcs->field[VMCS_INDEX_GUEST_PDPTR0 + i]
									  : vmx_read_physical(e, table + i * 8);

		RULE(IF_THEN(pdpte & PDPTE_PRESENT, (pdpte & reserved) == 0), "27.3.1.6 PDPTEs: reserved bits");
	}
	return NULL;
}
