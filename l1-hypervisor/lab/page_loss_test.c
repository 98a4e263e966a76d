// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finds the page of this hypervisor's memory that a request names, and asks the level below to take
 * it away.
 */
#include "l1-hypervisor/lab/page_loss_test.h"

#include "l1-hypervisor/cpu/vcpu.h"
#include "l1-hypervisor/cpu/vmx/counters.h"
#include "l1-hypervisor/cpu/vmx/vmx.h"
#include "l1-hypervisor/exits.h"
#include "l1-hypervisor/memory/ept.h"
#include "microbench/abi/ports.h"
#include "microbench/abi/services.h"
#include "microbench/bare/bare.h"
#include "microbench/bare/cpu.h"

static uint64_t armed, count; /* armed: the request, or 0 if there is none */

/* An I/O port without a device reads as all ones. */
static bool level_below_removes_pages(void)
{
	static bool asked, has;

	if (!asked)
		has = bare_sink == BARE_SINK_DOORBELL && inl(NB_PORT_TAKE) == 0;
	asked = true;
	return has;
}

/*
 * Returns a host-physical address within the page, or UINT64_MAX. This hypervisor's memory is
 * mapped one to one.
 */
static uint64_t page_of(struct vcpu *vcpu, uint64_t request)
{
	const void *memory;

	request &= ~NB_TAKE_UNTIL_TOUCHED;
	switch (request) {
	case NB_TAKE_TABLES:
		return vcpu->shadow ? vmcs_read(GUEST_CR3) : vcpu->eptp;
	case NB_TAKE_MSR_BITMAP:
		return vmcs_read(MSR_BITMAP);
	case NB_TAKE_CODE:
		return (uintptr_t)handle_exit;
	case NB_TAKE_STACK:
		return (uintptr_t)__builtin_frame_address(0);
	default:
		memory = guest_memory(vcpu, request, EPT_PAGE_4K);
		return memory && request % EPT_PAGE_4K == 0 ? (uintptr_t)memory : UINT64_MAX;
	}
}

bool page_loss_arm(struct vcpu *vcpu, uint64_t request)
{
	if (!level_below_removes_pages() || page_of(vcpu, request) == UINT64_MAX)
		return false;
	armed = request;
	return true;
}

void page_loss_on_page_fault(struct vcpu *vcpu)
{
	if (!armed)
		return;
	outl(armed & NB_TAKE_UNTIL_TOUCHED ? NB_PORT_AWAIT : NB_PORT_TAKE, (uint32_t)(page_of(vcpu, armed) >> 12));
	counters.forwarded++;
	armed = 0;
	count++;
}

uint64_t page_loss_count(void)
{
	return level_below_removes_pages() ? count : UINT64_MAX;
}

uint64_t page_loss_returned(void)
{
	uint32_t awaited = level_below_removes_pages() ? inl(NB_PORT_AWAIT) : UINT32_MAX;

	return awaited == UINT32_MAX ? UINT64_MAX : awaited;
}
