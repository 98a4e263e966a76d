// SPDX-License-Identifier: GPL-2.0-only
/* Implements hypercalls, messages, the paravirtual clock and the preemption timer. */
#include "l1-hypervisor/emulate/guest_services.h"

#include "l1-hypervisor/backend/backend.h"
#include "l1-hypervisor/devices/virtio_echo.h"
#include "l1-hypervisor/events/events.h"
#include "microbench/abi/clock_page.h"
#include "microbench/abi/services.h"
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

static bool set_clock(struct vcpu *vcpu, uint64_t address)
{
	clock_page = NULL;
	if (address == 0)
		return true;
	if (address & 4095)
		return false;
	clock_page = guest_memory(vcpu, address, sizeof(*clock_page));
	if (!clock_page)
		return false;
	*clock_page = (struct nb_clock){0};
	services_clock_update(rdtsc());
	clock_page->steal = 0;
	return true;
}

enum outcome services_preempted(struct vcpu *vcpu, uint32_t reason __attribute__((unused)))
{
	preemption_timer_stop(vcpu);
	event_interrupt(vcpu, NB_VECTOR_PREEMPTED);
	event_deliver(vcpu, false);
	return OUTCOME_RESUME;
}

void services_hypercall(struct vcpu *vcpu)
{
	uint64_t argument = vcpu->regs.rdi;
	bool good = true;

	/* The empty hypercall comes first, because it measures a null round trip. */
	if (vcpu->regs.rax == NB_HYPERCALL_NOTHING) {
		vcpu->regs.rax = 0;
		return;
	}
	switch (vcpu->regs.rax) {
	case NB_HYPERCALL_MESSAGE:
		services_message((uint32_t)argument);
		vcpu->regs.rax = 0;
		return;
	case NB_HYPERCALL_MESSAGES:
		vcpu->regs.rax = messages;
		return;
	case NB_HYPERCALL_CLOCK:
		good = set_clock(vcpu, argument);
		break;
	case NB_HYPERCALL_VIRTQUEUE:
		good = echo_set_queue(vcpu, argument);
		break;
	case NB_HYPERCALL_PREEMPT:
		good = preemption_timer_start(vcpu, argument);
		break;
	default:
		if (!vcpu->lab.hypercall || !vcpu->lab.hypercall(vcpu, argument))
			vcpu->regs.rax = NB_HYPERCALL_UNKNOWN;
		return;
	}
	if (!good)
		guest_dump_and_fail(vcpu, "a hypercall has an invalid argument");
	vcpu->regs.rax = 0;
}

void services_kick(struct vcpu *vcpu)
{
	const char *why = echo_kick(vcpu);

	if (why)
		guest_dump_and_fail(vcpu, why);
}
