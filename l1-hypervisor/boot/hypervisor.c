// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hypervisor's main program. It enables VMX, builds the guest's memory, EPT (or shadow page
 * tables) and VMCS, and runs the guest until it stops.
 *
 * The same image is L1 on a VMM such as KVM, and L0 on the machine itself.
 */
#include "l1-hypervisor/boot/guest_load.h"
#include "l1-hypervisor/boot/vmcs01.h"
#include "l1-hypervisor/cpu/vmx/vmx.h"
#include "l1-hypervisor/emulate/guest_cpuid.h"
#include "l1-hypervisor/entry.h"
#include "l1-hypervisor/events/vapic.h"
#include "l1-hypervisor/events/watchdog.h"
#include "l1-hypervisor/lab/lab.h"
#include "l1-hypervisor/memory/ept.h"
#include "l1-hypervisor/memory/shadow_pool.h"
#include "l1-hypervisor/nested/vmx/nested.h"
#include "l1-hypervisor/nested/vmx/nested_state.h"
#include "microbench/abi/words.h"
#include "microbench/bare/bare.h"
#include "microbench/bare/cpu.h"
#include "microbench/image.h"
#include "microbench/image_plan.h"

const char bare_name[] = "hypervisor";

/* Exit handlers run on the stack below the vCPU: see entry.S. */
static struct {
	uint8_t stack[16384];
	struct nested_vcpu nested;
} machine __attribute__((aligned(4096)));

_Static_assert(sizeof(machine.stack) % 16 == 0, "entry.S calls handle_exit() with RSP at the vCPU");

static void vcpu_reset(struct vcpu *vcpu)
{
	*vcpu = (struct vcpu){.events.interrupt = -1, .xcr0 = 1}; /* XCR0: the value after reset (SDM 13.3) */
	vapic_reset(vcpu);
}

/* For tests: the command line can limit the number of page tables. */
static void limit_tables(const char *cmdline)
{
	uint32_t shadow = 0, ept = 0;

	if (!nb_word_u32(cmdline, "shadow_tables", &shadow) || !shadow_pool_set(shadow))
		bare_fail("shadow_tables= takes a number of tables from 4 to %u: \"%s\"", SHADOW_TABLES_MAX, cmdline);
	if (!nb_word_u32(cmdline, "ept_tables", &ept) || !ept_set_tables(ept))
		bare_fail("ept_tables= takes a number of tables, at most the size of the pool: \"%s\"", cmdline);
}

/*
 * Reads every page of this image. The VMM below then maps the pages before the first measured
 * window.
 */
static void touch_image(void)
{
	for (uint64_t page = 0x100000; page < (uintptr_t)image_end; page += 4096)
		(void)*(volatile uint8_t *)(uintptr_t)page;
}

void bare_main(const struct nb_pvh_start_info *info)
{
	struct vcpu *vcpu = &machine.nested.vcpu;
	const char *cmdline = bare_cmdline(info);
	uint32_t watchdog = 0;
	struct nb_plan plan;

	bare_exceptions_init();
	bare_clock_init();
	if (!bare_sink_init(cmdline))
		bare_fail("the command line names no sink=doorbell, lpt or debugcon: \"%s\"", cmdline);
	if (!nb_word_u32(cmdline, "watchdog", &watchdog))
		bare_fail("watchdog= takes millions of ticks: \"%s\"", cmdline);
	if (!nb_plan_parse(cmdline, &plan) || !bare_plan_init(cmdline, true))
		bare_fail("bad plan in the command line (level=L2 ops=a,b n=N warmup=N seed=N): \"%s\"", cmdline);
	if (bare_sink != BARE_SINK_DOORBELL)
		pic_mask_all();
	limit_tables(cmdline);
	vmx_probe();
	touch_image();
	vcpu_reset(vcpu);
	guest_load(vcpu, info, cmdline);
	lab_begin(vcpu, info, cmdline, plan.warmup);
	nested_init(vcpu, cmdline);
	guest_cpuid_init(vcpu); /* the CPUID values depend on the guest's paging */
	vmx_on();
	vmx_invalidate_all();
	vmcs01_init(vcpu);
	watchdog_start(watchdog);

	vcpu->regs.rbx = vcpu->start_info;
	counters.vmlaunch++;
	guest_run(vcpu);
	watchdog_stop();
	lab_report(vcpu);
	bare_done();
}
