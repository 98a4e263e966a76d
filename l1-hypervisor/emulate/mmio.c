// SPDX-License-Identifier: GPL-2.0-only
/*
 * Handles EPT violations and misconfigurations (SDM 28.2.1, 29.3.3), and the equivalent faults of
 * shadow page tables. Finds the device and emulates the access.
 */
#include "l1-hypervisor/emulate/mmio.h"

#include "l1-hypervisor/backend/backend.h"
#include "l1-hypervisor/emulate/bad_access.h"
#include "l1-hypervisor/emulate/guest_services.h"
#include "l1-hypervisor/events/events.h"
#include "l1-hypervisor/events/passthrough.h"
#include "l1-hypervisor/events/vapic.h"
#include "l1-hypervisor/formats/decode.h"
#include "l1-hypervisor/memory/ept.h"
#include "l1-hypervisor/memory/linear.h"
#include "l1-hypervisor/memory/lost_page.h"
#include "microbench/abi/ports.h"
#include "microbench/abi/services.h"
#include "microbench/bare/bare.h"

bool mmio_is_passthrough(struct vcpu *vcpu, uint64_t physical)
{
	uint64_t page = physical & ~(EPT_PAGE_4K - 1);

	return vcpu->has_devices && (page == NB_MMIO_USER || page == NB_MMIO_KERNEL);
}

void mmio_init(struct vcpu *vcpu, bool with_devices)
{
	if (vcpu->shadow)
		return;
	/*
	 * Write and execute without read is a misconfiguration (SDM 29.3.3.1). KVM marks device
	 * pages the same way.
	 */
	ept_map_page(NB_MMIO_MISCONFIG, 0, EPT_WRITE | EPT_EXEC);
	if (with_devices) {
		ept_map_page(NB_MMIO_USER, NB_MMIO_USER,
			     EPT_READ | EPT_WRITE | MEMORY_TYPE_UC << EPT_MEMORY_TYPE_SHIFT);
		ept_map_page(NB_MMIO_KERNEL, NB_MMIO_KERNEL,
			     EPT_READ | EPT_WRITE | MEMORY_TYPE_UC << EPT_MEMORY_TYPE_SHIFT);
	}
}

/* Returns the low size bytes of a value. */
static uint64_t truncate(uint64_t value, unsigned size)
{
	return size == 8 ? value : value & ((1ull << 8 * size) - 1);
}

static bool is_device(uint64_t physical)
{
	uint64_t page = physical & ~(EPT_PAGE_4K - 1);

	return page == NB_MMIO_MISCONFIG || page == NB_MMIO_VIOLATION || page == VAPIC_PAGE;
}

/* Returns false if no device has a register at this address with this size. */
static bool device_store(struct vcpu *vcpu, uint64_t physical, unsigned size, uint64_t value)
{
	switch (physical & ~0xfffull) {
	case NB_MMIO_MISCONFIG:
	case NB_MMIO_VIOLATION:
		services_message((uint32_t)value);
		return size == 4;
	case VAPIC_PAGE:
		return size == 4 && !vapic_is_x2apic(vcpu) && vapic_write(vcpu, physical & 0xfff, value);
	default:
		return false;
	}
}

static bool device_load(struct vcpu *vcpu, uint64_t physical, unsigned size, uint64_t *value)
{
	*value = 0;
	switch (physical & ~0xfffull) {
	case NB_MMIO_MISCONFIG:
	case NB_MMIO_VIOLATION:
		*value = services_messages();
		return size == 4;
	case VAPIC_PAGE:
		return size == 4 && !vapic_is_x2apic(vcpu) && vapic_read(vcpu, physical & 0xfff, value);
	default:
		return false;
	}
}

static void load_register(struct vcpu *vcpu, const struct decoded *mov, uint64_t value)
{
	uint64_t old;

	value = truncate(value, mov->size);
	if (mov->high_byte) {
		old = register_read(vcpu, mov->reg);
		value = (old & ~0xff00ull) | value << 8;
	} else if (mov->result_size < 4) {
		old = register_read(vcpu, mov->reg);
		value |= old & ~((1ull << 8 * mov->result_size) - 1);
	}
	register_write(vcpu, mov->reg, value);
}

static bool emulate(struct vcpu *vcpu, uint64_t physical, const struct decoded *mov)
{
	uint64_t value;

	if (mov->store) {
		value = mov->immediate ? mov->value : register_read(vcpu, mov->reg) >> (mov->high_byte ? 8 : 0);
		return device_store(vcpu, physical, mov->size, truncate(value, mov->size));
	}
	if (!device_load(vcpu, physical, mov->size, &value))
		return false;
	load_register(vcpu, mov, value);
	return true;
}

enum outcome mmio_exit(struct vcpu *vcpu, uint32_t reason __attribute__((unused)))
{
	uint64_t physical = exit_physical();

	if (vcpu->lab.ept_violation && vcpu->lab.ept_violation(vcpu, physical))
		return OUTCOME_RESUME; /* the delivery of an event never touches the pages of an experiment */
	if ((vcpu->nested && vcpu->nested->unprotect_page(vcpu, physical)) || passthrough_map_page(vcpu, physical)) {
		event_reinject(vcpu);
		return OUTCOME_RESUME;
	}
	if (!lost_page_restore(vcpu, physical))
		mmio_access(vcpu, physical);
	else if (event_reinject(vcpu))
		vcpu->lost.restored_in_delivery++;
	return OUTCOME_RESUME;
}

void mmio_fail(struct vcpu *vcpu, uint64_t physical, const char *why)
{
	if (!is_device(physical)) {
		exit_fail_if_misconfigured(vcpu, physical);
		bad_access_fail(vcpu);
	}
	guest_dump_and_fail(vcpu, why);
}

void mmio_access(struct vcpu *vcpu, uint64_t physical)
{
	uint8_t code[DECODE_BYTES_MAX] = {0};
	struct decoded mov;
	uint64_t rip = state_read(RIP);

	/*
	 * The instruction may end just before a page that is not present, so a partial read is
	 * enough.
	 */
	if (!linear_read(vcpu, rip, code, sizeof(code)) && code[0] == 0) {
		if (!is_device(physical))
			mmio_fail(vcpu, physical, "the instruction that accesses a device cannot be read");
		/*
		 * The CPU used a cached translation that is older than the page tables. With the
		 * current tables the fetch is a fault (SDM 5.10.2.3).
		 */
		event_page_fault(vcpu, linear_error_address, linear_error | WALK_FETCH);
		return;
	}
	if (!decode_mov(code, sizeof(code), &mov))
		mmio_fail(vcpu, physical, "the instruction that accesses a device is not a supported MOV");
	if (!emulate(vcpu, physical, &mov))
		mmio_fail(vcpu, physical, "no device has a register of this size at this address");
	/*
	 * The exit does not report the length of this instruction (SDM 28.2.5), so the decoder
	 * does.
	 */
	state_write(RIP, rip + mov.length);
	event_deliver(vcpu, true);
}
