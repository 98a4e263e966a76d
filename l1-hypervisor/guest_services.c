// SPDX-License-Identifier: GPL-2.0-only
/* Implements hypercalls, messages, the paravirtual clock and the preemption timer. */
#include "l1-hypervisor/guest_services.h"

#include "l1-hypervisor/dirty.h"
#include "l1-hypervisor/echo.h"
#include "l1-hypervisor/events.h"
#include "l1-hypervisor/fresh_memory.h"
#include "l1-hypervisor/mmio.h"
#include "l1-hypervisor/shadow_check.h"
#include "l1-hypervisor/page_loss_test.h"
#include "microbench/abi/clock_page.h"
#include "microbench/abi/services.h"
#include "microbench/abi/virtqueue.h"
#include "microbench/bare/bare.h"
#include "microbench/bare/cpu.h"

static uint64_t messages;
static struct nb_clock *clock_page;

void services_message(uint32_t message __attribute__((unused)))
{
	messages++;
}

uint64_t services_messages(void)
{
	return messages;
}

/*
 * Clock units are TSC ticks, so the scale is 1. The page has a scale because it would change when a
 * VM moves to another host.
 */
void services_clock_update(uint64_t stopped)
{
	struct nb_clock *clock = clock_page;
	uint64_t now;

	if (!clock)
		return;
	now = rdtsc();
	__atomic_store_n(&clock->sequence, clock->sequence + 1, __ATOMIC_RELEASE);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	clock->offset = clock->base ? nb_clock_at(clock, now) : now;
	clock->base = now;
	clock->scale = UINT32_MAX; /* 1 - 2^-32 */
	clock->steal += now - stopped;
	__atomic_store_n(&clock->sequence, clock->sequence + 1, __ATOMIC_RELEASE);
}

static bool set_clock(uint64_t address)
{
	clock_page = NULL;
	if (address == 0)
		return true;
	if (address & 4095)
		return false;
	clock_page = guest_memory(&guest, address, sizeof(*clock_page));
	if (!clock_page)
		return false;
	*clock_page = (struct nb_clock){0};
	services_clock_update(rdtsc());
	clock_page->steal = 0;
	return true;
}

/*
 * The control is set only while the timer runs. KVM emulates the countdown with a separate timer.
 */
static bool arm_preemption_timer(uint64_t ticks)
{
	if (!(vmx.pin >> 32 & PIN_BASED_VMX_PREEMPTION_TIMER) || ticks > UINT32_MAX)
		return false;
	vmcs_write(VMX_PREEMPTION_TIMER_VALUE, ticks);
	guest.pin |= PIN_BASED_VMX_PREEMPTION_TIMER;
	vmcs_write(PIN_BASED_VM_EXEC_CONTROL, guest.pin);
	return true;
}

void services_preempted(void)
{
	guest.pin &= ~PIN_BASED_VMX_PREEMPTION_TIMER;
	vmcs_write(PIN_BASED_VM_EXEC_CONTROL, guest.pin);
	event_interrupt(NB_VECTOR_PREEMPTED);
	event_deliver(false);
}

void services_hypercall(struct guest_registers *regs)
{
	uint64_t argument = regs->rdi;
	bool good = true;

	/* The empty hypercall comes first, because it measures a null round trip. */
	if (regs->rax == NB_HYPERCALL_NOTHING) {
		regs->rax = 0;
		return;
	}
	switch (regs->rax) {
	case NB_HYPERCALL_MESSAGE:
		services_message((uint32_t)argument);
		regs->rax = 0;
		return;
	case NB_HYPERCALL_MESSAGES:
		regs->rax = messages;
		return;
	case NB_HYPERCALL_LOST:
		regs->rax = mmio_lost_in_delivery;
		return;
	case NB_HYPERCALL_CLOCK:
		good = set_clock(argument);
		break;
	case NB_HYPERCALL_VIRTQUEUE:
		good = echo_set_queue(argument);
		break;
	case NB_HYPERCALL_LOSE_PAGE:
		regs->rax = !mmio_lose_page(argument);
		return;
	case NB_HYPERCALL_TAKE_PAGE:
		regs->rax = !taken_arm(argument);
		return;
	case NB_HYPERCALL_TAKEN:
		regs->rax = taken_count();
		return;
	case NB_HYPERCALL_AWAITED:
		regs->rax = taken_returned();
		return;
	case NB_HYPERCALL_FRESH:
		regs->rax = !fresh_begin(argument);
		return;
	case NB_HYPERCALL_DIRTY:
		regs->rax = !dirty_begin(argument);
		return;
	case NB_HYPERCALL_COLLECT:
		regs->rax = dirty_collect();
		return;
	case NB_HYPERCALL_CHECK:
		shadow_check();
		break;
	case NB_HYPERCALL_PREEMPT:
		good = arm_preemption_timer(argument);
		break;
	default:
		break;
	}
	if (!good)
		guest_dump_and_fail(regs, VMX_EXIT_VMCALL, "a hypercall with an argument that cannot be");
	regs->rax = 0;
}

void services_kick(const struct guest_registers *regs)
{
	const char *why = echo_kick();

	if (why)
		guest_dump_and_fail(regs, VMX_EXIT_IO_INSTRUCTION, why);
}
