// SPDX-License-Identifier: GPL-2.0-only
/*
 * The operation family "vmx": VMX instructions of this hypervisor, while its guest does not run.
 * Every instruction checks CF and ZF.
 */
#include "l1-hypervisor/cpu/vmx/vmx.h"
#include "l1-hypervisor/emulate/shadow_fault.h"
#include "l1-hypervisor/entry.h"
#include "l1-hypervisor/lab/lab_vcpu.h"
#include "l1-hypervisor/memory/ept.h"
#include "microbench/abi/memory.h"
#include "microbench/bare/bare.h"
#include "microbench/bare/cpu.h"
#include "microbench/family.h"

/*
 * Guest-physical page for the code of the round trip. Neither the start info nor the image uses it.
 */
#define ROUND_TRIP_PAGE 0x9000ull

/*
 * Guest memory that the guest does not use. The operations change and invalidate its translation.
 */
#define CHANGED_PAGE NB_SPARE_PAGE

static struct vmx_region other; /* a VMCS that never runs */
static uint64_t other_address, guest_address, stored;
static uint64_t saved[3];

/*
 * Executes one instruction with its operands. If it fails, the run ends with the instruction's
 * name.
 */
#define CHECKED(instruction, name, ...)                                                                                \
	__asm__ volatile goto(instruction "; jbe %l[failed]" : : __VA_ARGS__ : "rax", "cc", "memory" : failed);        \
	return;                                                                                                        \
failed:                                                                                                                \
	vmx_failed(name, "while it is measured")

static const char *prepare_rip(void)
{
	saved[0] = vmcs_read(GUEST_RIP);
	return NULL;
}

static const char *prepare_host_rip(void)
{
	saved[0] = vmcs_read(HOST_RIP);
	return NULL;
}

NB_OPERATION(vmread_shadow)
{
	CHECKED("vmread %0, %%rax", "VMREAD", "r"((uint64_t)VMCS_GUEST_RIP));
}

NB_OPERATION(vmread_plain)
{
	CHECKED("vmread %0, %%rax", "VMREAD", "r"((uint64_t)VMCS_HOST_RIP));
}

NB_OPERATION_WITH(vmwrite_shadow, prepare_rip, NULL)
{
	CHECKED("vmwrite %1, %0", "VMWRITE", "r"((uint64_t)VMCS_GUEST_RIP), "r"(saved[0]));
}

NB_OPERATION_WITH(vmwrite_plain, prepare_host_rip, NULL)
{
	CHECKED("vmwrite %1, %0", "VMWRITE", "r"((uint64_t)VMCS_HOST_RIP), "r"(saved[0]));
}

static const char *prepare_other(void)
{
	vmx_clear(&other);
	other_address = (uintptr_t)&other;
	guest_address = (uintptr_t)lab_vcpu->vmcs;
	return NULL;
}

NB_OPERATION_WITH(vmptrld, prepare_other, NULL)
{
	CHECKED("vmptrld %0; jbe %l[failed]; vmptrld %1", "VMPTRLD", "m"(other_address), "m"(guest_address));
}

NB_OPERATION(vmptrst)
{
	__asm__ volatile goto("vmptrst %0; jbe %l[failed]" : "=m"(stored) : : "cc" : failed);
	return;
failed:
	vmx_failed("VMPTRST", "while it is measured");
}

NB_OPERATION_WITH(vmclear, prepare_other, NULL)
{
	CHECKED("vmclear %0", "VMCLEAR", "m"(other_address));
}

/*
 * SDM 24.8: no VMCS may be current across VMXOFF. After it, the guest needs VMLAUNCH instead of
 * VMRESUME.
 */
static const char *prepare_vmxoff(void)
{
	vmx_clear(lab_vcpu->vmcs);
	return NULL;
}

static void finish_vmxoff(uint32_t executions __attribute__((unused)))
{
	vmx_load(lab_vcpu->vmcs);
	lab_vcpu->launch = true;
}

NB_OPERATION_WITH(vmxoff_vmxon, prepare_vmxoff, finish_vmxoff)
{
	CHECKED("vmxoff; jbe %l[failed]; vmxon %0", "VMXOFF or VMXON", "m"(vmx_on_address));
}

static struct vmx_invalidation context;

static const char *prepare_invept(void)
{
	if (lab_vcpu->shadow)
		return "skip=the guest runs on shadow page tables: there is no ept12";
	if (!(vmx.ept_vpid & VMX_EPT_INVEPT_BIT) || !(vmx.ept_vpid & VMX_EPT_EXTENT_CONTEXT_BIT))
		return "skip=this CPU has no INVEPT of a single context";
	context = (struct vmx_invalidation){.low = lab_vcpu->eptp};
	return NULL;
}

NB_OPERATION_WITH(invept, prepare_invept, NULL)
{
	CHECKED("invept %0, %1", "INVEPT", "m"(context), "r"(INVEPT_SINGLE_CONTEXT));
}

static const char *prepare_invvpid(void)
{
	if (!(vmx.ept_vpid & VMX_VPID_INVVPID_BIT) || !(vmx.ept_vpid & VMX_VPID_EXTENT_SINGLE_CONTEXT_BIT))
		return "skip=this CPU has no INVVPID of a single context";
	context = (struct vmx_invalidation){.low = GUEST_VPID};
	return NULL;
}

NB_OPERATION_WITH(invvpid, prepare_invvpid, NULL)
{
	CHECKED("invvpid %0, %1", "INVVPID", "m"(context), "r"(INVVPID_SINGLE_CONTEXT));
}

static const char *prepare_invept_all(void)
{
	const char *why = prepare_invept();

	if (!why && !(vmx.ept_vpid & VMX_EPT_EXTENT_GLOBAL_BIT))
		why = "skip=this CPU has no INVEPT of all contexts";
	context = (struct vmx_invalidation){0};
	return why;
}

NB_OPERATION_WITH(invept_all, prepare_invept_all, NULL)
{
	CHECKED("invept %0, %1", "INVEPT", "m"(context), "r"(INVEPT_ALL_CONTEXTS));
}

static const char *prepare_invvpid_page(void)
{
	const char *why = prepare_invvpid();

	if (!why && !(vmx.ept_vpid & VMX_VPID_EXTENT_INDIVIDUAL_ADDR_BIT))
		why = "skip=this CPU has no INVVPID of an address";
	context.high = CHANGED_PAGE;
	return why;
}

NB_OPERATION_WITH(invvpid_page, prepare_invvpid_page, NULL)
{
	CHECKED("invvpid %0, %1", "INVVPID", "m"(context), "r"(INVVPID_ADDRESS));
}

static const char *prepare_invvpid_all(void)
{
	const char *why = prepare_invvpid();

	if (!why && !(vmx.ept_vpid & VMX_VPID_EXTENT_GLOBAL_CONTEXT_BIT))
		why = "skip=this CPU has no INVVPID of all contexts";
	context = (struct vmx_invalidation){0};
	return why;
}

NB_OPERATION_WITH(invvpid_all, prepare_invvpid_all, NULL)
{
	CHECKED("invvpid %0, %1", "INVVPID", "m"(context), "r"(INVVPID_ALL_CONTEXTS));
}

static const char *prepare_invvpid_globals(void)
{
	const char *why = prepare_invvpid();

	if (!why && !(vmx.ept_vpid & VMX_VPID_EXTENT_SINGLE_NON_GLOBAL_BIT))
		why = "skip=this CPU has no INVVPID that retains globals";
	return why;
}

NB_OPERATION_WITH(invvpid_globals, prepare_invvpid_globals, NULL)
{
	CHECKED("invvpid %0, %1", "INVVPID", "m"(context), "r"(INVVPID_BUT_GLOBALS));
}

/*
 * With 1 GiB pages this removes the whole page. The guest does not run, so it cannot access the
 * page meanwhile.
 */
static const char *prepare_ept_change(void)
{
	const char *why = prepare_invept();

	if (!why && !ept_set_present(CHANGED_PAGE, true))
		why = "skip=the guest has no memory at the changed page";
	return why;
}

NB_OPERATION_WITH(ept_change, prepare_ept_change, NULL)
{
	ept_set_present(CHANGED_PAGE, false);
	ept_set_present(CHANGED_PAGE, true);
	CHECKED("invept %0, %1", "INVEPT", "m"(context), "r"(INVEPT_SINGLE_CONTEXT));
}

/*
 * The null round trip. The guest waits in 64-bit code with memory mapped one to one, so one of its
 * pages can hold a VMCALL for a while. RIP stays at the VMCALL, and no register changes. So the
 * loop saves nothing, and reads and writes no VMCS field.
 */
static const char *prepare_round_trip(void)
{
	static const uint8_t vmcall[] = {0x0f, 0x01, 0xc1};

	memcpy(guest_memory(lab_vcpu, ROUND_TRIP_PAGE, sizeof(vmcall)), vmcall, sizeof(vmcall));
	if (lab_vcpu->shadow && !shadow_prefill(lab_vcpu, ROUND_TRIP_PAGE))
		return "skip=the guest has not mapped its low memory";
	saved[0] = vmcs_read(GUEST_RIP);
	saved[1] = vmcs_read(HOST_RIP);
	saved[2] = vmcs_read(HOST_RSP);
	vmcs_write(GUEST_RIP, ROUND_TRIP_PAGE);
	vmcs_write(HOST_RIP, (uintptr_t)round_trip_exit);
	vmcs_write(HOST_RSP, (uintptr_t)round_trip_stack);
	if (lab_vcpu->launch) { /* VMXOFF was measured, and the guest has not run since */
		lab_vcpu->launch = false;
		round_trip_launch();
	}
	return NULL;
}

static void finish_round_trip(uint32_t executions __attribute__((unused)))
{
	if (vmcs_read(VM_EXIT_REASON) != VMX_EXIT_VMCALL)
		bare_fail("the round trip ended with exit reason %lx, not VMCALL", vmcs_read(VM_EXIT_REASON));
	vmcs_write(GUEST_RIP, saved[0]);
	vmcs_write(HOST_RIP, saved[1]);
	vmcs_write(HOST_RSP, saved[2]);
}

NB_OPERATION_WITH(vmresume_exit, prepare_round_trip, finish_round_trip)
{
	round_trip();
}
