// SPDX-License-Identifier: GPL-2.0-only
/*
 * Handles EPT violations and misconfigurations (SDM 28.2.1, 29.3.3), and the equivalent faults of
 * shadow page tables. Finds the device and emulates the access.
 */
#include "l1-hypervisor/mmio.h"

#include "l1-hypervisor/bad_access.h"
#include "l1-hypervisor/decode.h"
#include "l1-hypervisor/dirty.h"
#include "l1-hypervisor/ept.h"
#include "l1-hypervisor/events.h"
#include "l1-hypervisor/fresh_memory.h"
#include "l1-hypervisor/guest_paging.h"
#include "l1-hypervisor/guest_services.h"
#include "l1-hypervisor/linear.h"
#include "l1-hypervisor/misconfig.h"
#include "l1-hypervisor/nested_bitmaps.h"
#include "l1-hypervisor/registers.h"
#include "l1-hypervisor/passthrough.h"
#include "l1-hypervisor/vapic.h"
#include "microbench/abi/ports.h"
#include "microbench/abi/services.h"
#include "microbench/bare/bare.h"

uint64_t mmio_lost_in_delivery;
static uint64_t lost_page = UINT64_MAX;
static uint64_t lost_size;

bool mmio_is_passthrough(uint64_t physical)
{
	uint64_t page = physical & ~(EPT_PAGE_4K - 1);

	return guest.has_devices && (page == NB_MMIO_USER || page == NB_MMIO_KERNEL);
}

void mmio_init(bool with_devices)
{
	if (guest.shadow)
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

bool mmio_lose_page(uint64_t physical)
{
	if (!guest_memory(&guest, physical, 1) || lost_page != UINT64_MAX)
		return false;
	lost_size = guest.shadow ? EPT_PAGE_4K : guest.ept_page;
	/*
	 * One 1 GiB page is all of the guest's memory: the guest's next instruction would touch it
	 * first.
	 */
	if (!guest.shadow && (lost_size == EPT_PAGE_1G || !ept_set_present(physical, false)))
		return false;
	lost_page = physical & ~(lost_size - 1);
	if (guest.shadow)
		paging_drop_translations(); /* the linear addresses of this page are unknown */
	else
		vmx_invalidate_ept(guest.eptp);
	return true;
}

bool mmio_is_lost(uint64_t physical, uint64_t bytes)
{
	return lost_page != UINT64_MAX && physical < lost_page + lost_size && lost_page < physical + bytes;
}

bool mmio_restore_page(uint64_t physical)
{
	if (!mmio_is_lost(physical, 1))
		return false;
	/* The CPU caches no entry that is not present (SDM 29.4.3.1), so this needs no INVEPT. */
	if (!guest.shadow)
		ept_set_present(lost_page, true);
	lost_page = UINT64_MAX;
	return true;
}

static uint64_t sized(uint64_t value, unsigned size)
{
	return size == 8 ? value : value & ((1ull << 8 * size) - 1);
}

static bool is_device(uint64_t physical)
{
	uint64_t page = physical & ~(EPT_PAGE_4K - 1);

	return page == NB_MMIO_MISCONFIG || page == NB_MMIO_VIOLATION || page == VAPIC_PAGE;
}

/* Returns false if no device has a register at this address with this size. */
static bool device_store(uint64_t physical, unsigned size, uint64_t value)
{
	switch (physical & ~0xfffull) {
	case NB_MMIO_MISCONFIG:
	case NB_MMIO_VIOLATION:
		services_message((uint32_t)value);
		return size == 4;
	case VAPIC_PAGE:
		return size == 4 && !vapic_is_x2apic() && vapic_write(physical & 0xfff, value);
	default:
		return false;
	}
}

static bool device_load(uint64_t physical, unsigned size, uint64_t *value)
{
	*value = 0;
	switch (physical & ~0xfffull) {
	case NB_MMIO_MISCONFIG:
	case NB_MMIO_VIOLATION:
		*value = services_messages();
		return size == 4;
	case VAPIC_PAGE:
		return size == 4 && !vapic_is_x2apic() && vapic_read(physical & 0xfff, value);
	default:
		return false;
	}
}

static void load_register(struct guest_registers *regs, const struct decoded *mov, uint64_t value)
{
	uint64_t old;

	value = sized(value, mov->size);
	if (mov->high_byte) {
		old = register_read(regs, mov->reg);
		value = (old & ~0xff00ull) | value << 8;
	} else if (mov->result_size < 4) {
		old = register_read(regs, mov->reg);
		value |= old & ~((1ull << 8 * mov->result_size) - 1);
	}
	register_write(regs, mov->reg, value);
}

static bool emulate(struct guest_registers *regs, uint64_t physical, const struct decoded *mov)
{
	uint64_t value;

	if (mov->store) {
		value = mov->immediate ? mov->value : register_read(regs, mov->reg) >> (mov->high_byte ? 8 : 0);
		return device_store(physical, mov->size, sized(value, mov->size));
	}
	if (!device_load(physical, mov->size, &value))
		return false;
	load_register(regs, mov, value);
	return true;
}

void mmio_exit(struct guest_registers *regs, uint32_t reason)
{
	uint64_t physical = vmcs_read(GUEST_PHYSICAL_ADDRESS);

	if (fresh_touched(physical) || dirty_touched(physical))
		return; /* the delivery of an event never touches these pages */
	if (nested_bitmaps_touched(physical) || passthrough_map_page(physical)) {
		event_reinject();
		return;
	}
	if (!mmio_restore_page(physical))
		mmio_access(regs, reason, physical);
	else if (event_reinject())
		mmio_lost_in_delivery++;
}

void mmio_fail(const struct guest_registers *regs, uint32_t reason, uint64_t physical, const char *why)
{
	if (!is_device(physical) && reason == VMX_EXIT_EPT_MISCONFIG)
		misconfig_fail(regs, physical);
	if (!is_device(physical))
		bad_access_fail(regs, reason);
	guest_dump_and_fail(regs, reason, why);
}

void mmio_access(struct guest_registers *regs, uint32_t reason, uint64_t physical)
{
	uint8_t code[DECODE_BYTES_MAX] = {0};
	struct decoded mov;
	uint64_t rip = vmcs_read(GUEST_RIP);

	/*
	 * The instruction may end just before a page that is not present, so a partial read is
	 * enough.
	 */
	if (!linear_read(rip, code, sizeof(code)) && code[0] == 0) {
		if (!is_device(physical))
			mmio_fail(regs, reason, physical, "the instruction cannot be read");
		/*
		 * The CPU used a cached translation that is older than the page tables. With the
		 * current tables the fetch is a fault (SDM 5.10.2.3).
		 */
		event_page_fault(linear_error_address, linear_error | WALK_FETCH);
		return;
	}
	if (!decode_mov(code, sizeof(code), &mov))
		mmio_fail(regs, reason, physical, "a device is accessed by what is not a MOV");
	if (!emulate(regs, physical, &mov))
		mmio_fail(regs, reason, physical, "no device has such a register");
	/*
	 * The exit does not report the length of this instruction (SDM 28.2.5). The decoder does.
	 */
	vmcs_write(GUEST_RIP, rip + mov.length);
	event_deliver(true);
}
