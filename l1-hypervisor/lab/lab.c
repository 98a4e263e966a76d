// SPDX-License-Identifier: GPL-2.0-only
/* Connects the experiments with the hypervisor. */
#include "l1-hypervisor/lab/lab.h"

#include "l1-hypervisor/backend/backend.h"
#include "l1-hypervisor/cpu/vmx/vmx.h"
#include "l1-hypervisor/lab/dirty.h"
#include "l1-hypervisor/lab/ept_fault_injection.h"
#include "l1-hypervisor/lab/fresh_memory.h"
#include "l1-hypervisor/lab/lab_vcpu.h"
#include "l1-hypervisor/lab/nested_check.h"
#include "l1-hypervisor/lab/page_loss_test.h"
#include "l1-hypervisor/lab/self_measure.h"
#include "l1-hypervisor/lab/shadow_check.h"
#include "l1-hypervisor/lab/trap_controls.h"
#include "l1-hypervisor/lab/vmx_capability_report.h"
#include "l1-hypervisor/memory/ept.h"
#include "l1-hypervisor/memory/guest_paging.h"
#include "microbench/abi/services.h"
#include "microbench/abi/words.h"
#include "microbench/bare/cpu.h"

/*
 * For tests: fault=triple_fault, hang or exception makes this hypervisor fail on purpose.
 * ept_fault_injection.h describes the other values of fault=.
 */
static void inject_fault(const char *cmdline)
{
	static const struct descriptor_pointer none = {0, 0};

	if (nb_word_is(cmdline, "fault", "triple_fault"))
		__asm__ volatile("lidt %0; ud2" : : "m"(none) : "memory");
	/*
	 * Interrupts stay enabled. Bochs holds back the VMM's interrupts while a guest has
	 * interrupts disabled, so the VMM's watchdog would not fire.
	 */
	if (nb_word_is(cmdline, "fault", "hang"))
		for (;;)
			__asm__ volatile("sti; pause" : : : "memory");
	if (nb_word_is(cmdline, "fault", "exception"))
		*(volatile uint64_t *)(1ull << 40) = 0; /* boot.S does not map this address: #PF */
}

/*
 * Takes the page at this address. The page is 4 KiB, or larger if the EPT maps larger pages.
 * Returns false if the address is not guest memory, another page is already lost, or the EPT has 1
 * GiB pages.
 */
static bool lose_page(struct vcpu *vcpu, uint64_t physical)
{
	const uint64_t size = vcpu->shadow ? EPT_PAGE_4K : vcpu->ept_page;

	if (!guest_memory(vcpu, physical, 1) || vcpu->lost.size)
		return false;
	/*
	 * A 1 GiB page can hold all of the guest's memory, so the guest's next instruction would
	 * touch it.
	 */
	if (!vcpu->shadow && (size == EPT_PAGE_1G || !ept_set_present(physical, false)))
		return false;
	vcpu->lost.start = physical & ~(size - 1);
	vcpu->lost.size = size;
	if (vcpu->shadow)
		paging_drop_translations(vcpu); /* the linear addresses of this page are unknown */
	else
		tlb_flush_ept(vcpu->eptp);
	return true;
}

static bool hypercall(struct vcpu *vcpu, uint64_t argument)
{
	uint64_t *result = &vcpu->regs.rax;

	switch (*result) {
	case NB_HYPERCALL_LOST:
		*result = vcpu->lost.restored_in_delivery;
		return true;
	case NB_HYPERCALL_LOSE_PAGE:
		*result = !lose_page(vcpu, argument);
		return true;
	case NB_HYPERCALL_TAKE_PAGE:
		*result = !page_loss_arm(vcpu, argument);
		return true;
	case NB_HYPERCALL_TAKEN:
		*result = page_loss_count();
		return true;
	case NB_HYPERCALL_AWAITED:
		*result = page_loss_returned();
		return true;
	case NB_HYPERCALL_FRESH:
		*result = !fresh_begin(vcpu, argument);
		return true;
	case NB_HYPERCALL_DIRTY:
		*result = !dirty_begin(vcpu, argument);
		return true;
	case NB_HYPERCALL_COLLECT:
		*result = dirty_collect(vcpu);
		return true;
	case NB_HYPERCALL_CHECK:
		shadow_check(vcpu);
		*result = 0;
		return true;
	default:
		return false;
	}
}

static bool ept_violation(struct vcpu *vcpu __attribute__((unused)), uint64_t physical)
{
	return fresh_contains(physical) ? fresh_map(physical) : dirty_touched(physical);
}

void lab_begin(struct vcpu *vcpu, const struct nb_pvh_start_info *info, const char *cmdline, uint32_t warmup)
{
	lab_vcpu = vcpu;
	inject_fault(cmdline);
	fresh_init(vcpu, info, cmdline);
	self_measure_init(cmdline, warmup);
	ept_fault_injection_init(vcpu, cmdline);
	vcpu->lab = (struct lab_hooks){
		.page_fault = page_loss_on_page_fault,
		.window_opens = ept_fault_injection_window,
		.guest_waits = shadow_check_init(cmdline) ? shadow_check : NULL,
		.measure = self_measure,
		.hypercall = hypercall,
		.ept_violation = ept_violation,
		.translate = fresh_translate,
		.log_full = dirty_log_full,
		.traps_offered = trap_controls_offered,
		.grant_traps = trap_controls_grant,
		.describe_cpu = vmx_capability_report_write,
		.nested_entry = nested_check_init(cmdline) ? nested_check : NULL,
	};
}

void lab_report(struct vcpu *vcpu)
{
	shadow_check_report(vcpu);
	if (vcpu->lab.nested_entry)
		nested_check_report();
}
