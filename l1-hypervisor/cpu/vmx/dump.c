// SPDX-License-Identifier: GPL-2.0-only
/* Prints the dump when a run fails: the reason, the guest's registers and its whole VMCS. */
#include "l1-hypervisor/cpu/vmx/dump.h"

#include "l1-hypervisor/cpu/vmx/vmx.h"
#include "microbench/bare/bare.h"

static void dump_vmcs(void)
{
	unsigned column = 0;

	bare_printf("VMCS:\n");
	for (unsigned i = 0; i < VMCS_FIELD_COUNT; i++) {
		uint64_t value;

		if (!vmcs_try_read(vmcs_field_info[i].encoding, &value) || value == 0)
			continue; /* Most fields are zero, so zeros are left out. */
		bare_printf("  %s=%lx%s", vmcs_field_info[i].name, value, ++column % 3 ? "" : "\n");
	}
	bare_printf(column % 3 ? "\n" : "");
}

void guest_dump_and_fail(struct vcpu *vcpu, const char *why)
{
	const struct guest_registers *r = &vcpu->regs;
	uint64_t rip = 0, qualification = 0, reason = 0;
	uint32_t basic;

	vmcs_try_read(VMCS_VM_EXIT_REASON, &reason);
	basic = reason & VMX_EXIT_REASON_BASIC_MASK;
	vmcs_try_read(VMCS_GUEST_RIP, &rip);
	vmcs_try_read(VMCS_EXIT_QUALIFICATION, &qualification);
	bare_printf("%s: %s: exit reason %x (%s%s), qualification %lx, rip %lx\n", bare_name, why, (uint32_t)reason,
		    reason & VMX_EXIT_REASON_ENTRY_FAILURE ? "entry failure, " : "", vmx_exit_reason_name(basic),
		    qualification, rip);
	bare_printf("  rax %016lx rbx %016lx rcx %016lx rdx %016lx\n", r->rax, r->rbx, r->rcx, r->rdx);
	bare_printf("  rsi %016lx rdi %016lx rbp %016lx r8  %016lx\n", r->rsi, r->rdi, r->rbp, r->r8);
	bare_printf("  r9  %016lx r10 %016lx r11 %016lx r12 %016lx\n", r->r9, r->r10, r->r11, r->r12);
	bare_printf("  r13 %016lx r14 %016lx r15 %016lx\n", r->r13, r->r14, r->r15);
	if (vcpu->shadow)
		bare_printf("  the guest's own cr0 %lx cr3 %lx cr4 %lx efer %lx\n", vcpu->paging.cr0, vcpu->paging.cr3,
			    vcpu->paging.cr4, vcpu->paging.efer);
	dump_vmcs();
	bare_fail("%s (%s at rip %lx)", why, vmx_exit_reason_name(basic), rip);
}

void entry_failed(bool resume)
{
	vmx_failed(resume ? "VMRESUME" : "VMLAUNCH", "");
}

void entry_host_rsp_failed(void)
{
	vmx_failed("VMWRITE", "HOST_RSP");
}
