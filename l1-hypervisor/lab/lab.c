// SPDX-License-Identifier: GPL-2.0-only
/* Connects the experiments with the hypervisor. */
#include "l1-hypervisor/lab/lab.h"

#include "l1-hypervisor/lab/dirty.h"
#include "l1-hypervisor/lab/ept_fault_injection.h"
#include "l1-hypervisor/lab/fresh_memory.h"
#include "l1-hypervisor/lab/lab_vcpu.h"
#include "l1-hypervisor/lab/nested_check.h"
#include "l1-hypervisor/lab/page_loss_test.h"
#include "l1-hypervisor/lab/self_measure.h"
#include "l1-hypervisor/lab/shadow_check.h"
#include "l1-hypervisor/memory/lost_page.h"
#include "microbench/abi/services.h"

static bool hypercall(struct vcpu *vcpu, uint64_t argument)
{
	uint64_t *result = &vcpu->regs.rax;

	switch (*result) {
	case NB_HYPERCALL_LOST:
		*result = vcpu->lost.restored_in_delivery;
		return true;
	case NB_HYPERCALL_LOSE_PAGE:
		*result = !lost_page_take(vcpu, argument);
		return true;
	case NB_HYPERCALL_TAKE_PAGE:
		*result = !taken_arm(vcpu, argument);
		return true;
	case NB_HYPERCALL_TAKEN:
		*result = taken_count();
		return true;
	case NB_HYPERCALL_AWAITED:
		*result = taken_returned();
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
	fresh_init(vcpu, info);
	self_measure_init(cmdline, warmup);
	ept_fault_injection_init(vcpu, cmdline);
	vcpu->lab = (struct lab_hooks){
		.page_fault = taken_page_fault,
		.window_opens = ept_fault_injection_window,
		.guest_waits = shadow_check_init(cmdline) ? shadow_check : NULL,
		.measure = self_measure,
		.hypercall = hypercall,
		.ept_violation = ept_violation,
		.translate = fresh_translate,
		.log_full = dirty_log_full,
		.nested_entry = nested_check_init(cmdline) ? nested_check : NULL,
	};
}

void lab_report(struct vcpu *vcpu)
{
	shadow_check_report(vcpu);
	if (vcpu->lab.nested_entry)
		nested_check_report();
}
