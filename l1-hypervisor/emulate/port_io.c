// SPDX-License-Identifier: GPL-2.0-only
/* Emulates I/O instructions (SDM table 28-5), and implements each I/O port of the guest. */
#include "l1-hypervisor/emulate/port_io.h"

#include "l1-hypervisor/backend/backend.h"
#include "l1-hypervisor/emulate/guest_services.h"
#include "l1-hypervisor/events/events.h"
#include "l1-hypervisor/events/passthrough.h"
#include "l1-hypervisor/events/watchdog.h"
#include "microbench/abi/doorbell.h"
#include "microbench/abi/ports.h"
#include "microbench/abi/services.h"
#include "microbench/bare/bare.h"
#include "microbench/bare/cpu.h"
#include "microbench/image.h"
#include "microbench/trap_requests.h"

/* Requests that need no intercept: this hypervisor always serves them. */
#define TRAPS_ALWAYS (NB_TRAP_SERVICES | NB_TRAP_APIC)

static uint8_t bitmap[2][4096] __attribute__((aligned(4096)));

void io_bitmaps_init(struct vcpu *vcpu, uint64_t address[2], bool with_devices)
{
	static const uint16_t direct[] = {NB_PORT_KERNEL, NB_PORT_USER, NB_PORT_USER + 1, NB_PORT_USER + 2,
					  NB_PORT_USER + 3};

	memset(bitmap, passthrough_is_on(vcpu) ? 0 : 0xff, sizeof(bitmap));
	/* A multi-byte access passes only if the bits of all its bytes are clear (SDM 26.1.3). */
	for (unsigned i = 0; with_devices && i < sizeof(direct) / sizeof(direct[0]); i++)
		bitmap[direct[i] >> 15][(direct[i] & 0x7fff) / 8] &= (uint8_t) ~(1u << direct[i] % 8);
	io_bitmap_addresses(address);
}

void io_bitmap_addresses(uint64_t address[2])
{
	address[0] = (uintptr_t)bitmap[0];
	address[1] = (uintptr_t)bitmap[1];
}

/*
 * Passes a doorbell to the level below, if there is one. The doorbell is counted before it is rung,
 * because the level below counts this exit before it opens or closes a window.
 */
static void forward(struct vcpu *vcpu, enum nb_doorbell what)
{
	uint64_t stopped = rdtsc();

	if (what == NB_DOORBELL_OPEN)
		watchdog_restart();
	if (bare_sink == BARE_SINK_DOORBELL)
		counters.forwarded++;
	if (what == NB_DOORBELL_OPEN) {
		if (vcpu->lab.window_opens)
			vcpu->lab.window_opens(vcpu);
		counters_open();
	}
	if (what == NB_DOORBELL_CLOSE || what == NB_DOORBELL_REHEARSE)
		counters_close(vcpu->ring);
	bare_doorbell(what);
	if (what != NB_DOORBELL_OPEN)
		watchdog_restart();
	services_clock_update(stopped);
}

/*
 * Returns the request for the guest's next window. Requests for this hypervisor come first, and are
 * measured here.
 */
static uint32_t next_for_guest(struct vcpu *vcpu)
{
	uint32_t next;

	/* A guest that is a hypervisor receives the windows for hypervisors, and passes them on. */
	while ((next = bare_next()) & NB_NEXT_HYPERVISOR && !vcpu->is_hypervisor)
		vcpu->lab.measure(vcpu, next);
	return next;
}

static bool announce_ring(struct vcpu *vcpu, uint32_t frame)
{
	struct nb_ring *ring = guest_memory(vcpu, (uint64_t)frame << 12, sizeof(struct nb_ring));

	if (!ring || !nb_ring_valid(ring))
		return false;
	vcpu->ring = ring;
	return bare_sink_announce(ring) && bare_clock_announce(ring) &&
	       (bare_sink == BARE_SINK_DOORBELL || !vcpu->lab.describe_cpu || vcpu->lab.describe_cpu(ring));
}

/* Returns false if the guest is done. */
static bool doorbell(struct vcpu *vcpu, uint32_t what)
{
	if (!vcpu->ring || !nb_ring_valid(vcpu->ring))
		guest_dump_and_fail(vcpu, "the guest rings its doorbell without a valid ring");
	switch (what) {
	case NB_DOORBELL_OPEN:
	case NB_DOORBELL_CLOSE:
	case NB_DOORBELL_REHEARSE:
		forward(vcpu, what);
		return true;
	case NB_DOORBELL_DONE:
		return false;
	case NB_DOORBELL_FAILED:
		bare_fail("the guest gave up");
	default:
		guest_dump_and_fail(vcpu, "the guest rings a doorbell that does not exist");
	}
}

/*
 * The guest's COM1. Characters go to this hypervisor's console. Of the settings only DLAB matters,
 * because it turns the data port into a divisor.
 */
static void com1_write(uint16_t port, uint8_t value)
{
	static bool dlab;
	char c = (char)value;

	if (port == COM1_LCR)
		dlab = value & LCR_DLAB;
	else if (port == COM1 && !dlab && c != '\r')
		bare_puts(&c, 1);
}

/* Returns false if no device of this size is at the port. */
static bool port_in(struct vcpu *vcpu, uint16_t port, unsigned size)
{
	if (port == NB_PORT_DOORBELL && size == 4) {
		/*
		 * Skip the instruction before the measurement: exits during the measurement
		 * overwrite the instruction length of this exit.
		 */
		skip_instruction();
		if (vcpu->lab.guest_waits)
			vcpu->lab.guest_waits(vcpu);
		vcpu->regs.rax = next_for_guest(vcpu);
		return true;
	}
	if (port == NB_PORT_TRAP_REQUESTS && size == 4) {
		vcpu->regs.rax = vcpu->lab.traps_offered ? vcpu->lab.traps_offered(vcpu) : TRAPS_ALWAYS;
	} else if (port >= COM1 && port <= COM1_LAST && size == 1) {
		vcpu->regs.rax = (vcpu->regs.rax & ~0xffull) | (port == COM1_LSR ? LSR_IDLE : 0);
	} else {
		return false;
	}
	skip_instruction();
	return true;
}

/* Makes an NMI (vector 2) or an interrupt (32 to 255) pending. Returns false for other vectors. */
static bool interrupt_port(struct vcpu *vcpu, uint32_t vector)
{
	if (vector == 2)
		event_nmi(vcpu);
	else if (vector >= 32 && vector <= 255)
		event_interrupt(vcpu, (uint8_t)vector);
	else
		return false;
	return true;
}

/* Returns false if no device of this size is at the port. *resume is false if the guest is done. */
static bool port_out(struct vcpu *vcpu, uint16_t port, unsigned size, uint32_t value, bool *resume)
{
	if (port == NB_PORT_DOORBELL && size == 4) {
		*resume = doorbell(vcpu, value);
		return true;
	}
	if (port >= COM1 && port <= COM1_LAST && size == 1) {
		com1_write(port, (uint8_t)value);
		return true;
	}
	if (size != 4)
		return false;
	switch (port) {
	case NB_PORT_RING:
		if (!announce_ring(vcpu, value))
			guest_dump_and_fail(vcpu, "the guest's ring is not in guest memory, or is damaged");
		return true;
	case NB_PORT_TRAP_REQUESTS:
		return vcpu->lab.grant_traps ? vcpu->lab.grant_traps(vcpu, value) : !(value & ~TRAPS_ALWAYS);
	case NB_PORT_MESSAGE:
		services_message(value);
		return true;
	case NB_PORT_KICK:
		services_kick(vcpu);
		return true;
	case NB_PORT_INTERRUPT:
		return interrupt_port(vcpu, value);
	default:
		return false;
	}
}

enum outcome io_access(struct vcpu *vcpu, uint16_t port, unsigned size, bool in)
{
	bool resume = true;

	if (!(in ? port_in(vcpu, port, size) : port_out(vcpu, port, size, (uint32_t)vcpu->regs.rax, &resume)))
		guest_dump_and_fail(vcpu, IO_NO_PORT);
	if (!in)
		skip_instruction();
	if (port == NB_PORT_INTERRUPT)
		event_deliver(vcpu, true);
	if (!resume)
		return OUTCOME_STOP;
	if (vcpu->launch) {
		vcpu->launch = false;
		counters_launch();
		return OUTCOME_LAUNCH;
	}
	return OUTCOME_RESUME;
}
