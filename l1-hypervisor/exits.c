// SPDX-License-Identifier: GPL-2.0-only
/*
 * The exit handler: one switch over the exit reasons that this hypervisor asks for. Anything else stops the run with a dump.
 *
 * The fewer VMCS accesses an exit costs, the better: without VMCS shadowing each is an exit of ours to L0. An emulated
 * instruction needs four: the reason, the instruction's length (prefixes are legal before CPUID and VMCALL, so two bytes
 * cannot be assumed), RIP to read and RIP to write.
 *
 * What is left out on purpose, and where it would be needed:
 *  - blocking by STI or MOV SS is not cleared when an instruction is skipped. It ends with the next instruction of the guest
 *    anyway, and matters only to events that we inject; whoever injects one reads and clears it then.
 *  - RFLAGS.TF is not looked at, so a guest that single-steps misses the trap after an emulated instruction.
 */
#include "abi/doorbell.h"
#include "bare/bare.h"
#include "bare/cpu.h"
#include "guest.h"
#include "guest_cpuid.h"
#include "metadata.h"
#include "watchdog.h"

#define COM1      0x3f8
#define COM1_LCR  (COM1 + 3)
#define COM1_LSR  (COM1 + 5)
#define COM1_LAST (COM1 + 7)
#define LCR_DLAB  0x80
#define LSR_IDLE  0x60 /* transmitter empty, holding register empty */

/* Exit qualification of an I/O instruction (SDM table 28-5). */
#define IO_SIZE(q) (((unsigned)(q)&7) + 1)
#define IO_IN      (1u << 3)
#define IO_STRING  (1u << 4)
#define IO_PORT(q) ((uint16_t)((q) >> 16))

static inline void skip_instruction(void)
{
	vmcs_write(GUEST_RIP, vmcs_read(GUEST_RIP) + vmcs_read(VM_EXIT_INSTRUCTION_LEN));
}

/* Passes a doorbell on to the level below us, if there is one. Counted before, as that level counts our exit before it acts. */
static void forward(enum nb_doorbell what)
{
	if (what == NB_DOORBELL_OPEN)
		watchdog_wind();
	if (bare_sink == BARE_SINK_DOORBELL)
		counters.forwarded++;
	if (what == NB_DOORBELL_OPEN)
		counters_open();
	if (what == NB_DOORBELL_CLOSE || what == NB_DOORBELL_REHEARSE)
		counters_close(guest.ring);
	bare_doorbell(what);
	if (what != NB_DOORBELL_OPEN)
		watchdog_wind();
}

static bool announce_ring(uint32_t frame)
{
	struct nb_ring *ring = guest_memory(&guest, (uint64_t)frame << 12, sizeof(struct nb_ring));

	if (!ring || !nb_ring_valid(ring))
		return false;
	guest.ring = ring;
	return bare_sink_announce(ring) && (bare_sink == BARE_SINK_DOORBELL || metadata_write(ring));
}

/* False: the guest is done. */
static bool doorbell(const struct guest_registers *regs, uint32_t what)
{
	if (!guest.ring || !nb_ring_valid(guest.ring))
		guest_dump_and_fail(regs, VMX_EXIT_IO_INSTRUCTION, "the guest rings its doorbell without a good ring");
	switch (what) {
	case NB_DOORBELL_OPEN:
	case NB_DOORBELL_CLOSE:
	case NB_DOORBELL_REHEARSE:
		forward(what);
		return true;
	case NB_DOORBELL_DONE:
		return false;
	case NB_DOORBELL_FAILED:
		bare_fail("the guest gave up");
	default:
		guest_dump_and_fail(regs, VMX_EXIT_IO_INSTRUCTION, "the guest rings a doorbell that does not exist");
	}
}

/* The guest's COM1: characters go to ours; of its settings only DLAB matters, which turns the data port into a divisor. */
static void com1_write(uint16_t port, uint8_t value)
{
	static bool dlab;
	char c = (char)value;

	if (port == COM1_LCR)
		dlab = value & LCR_DLAB;
	else if (port == COM1 && !dlab && c != '\r')
		bare_puts(&c, 1);
}

/* The ports of a guest: its doorbell, and a COM1 that is always ready and prints on ours. */
static bool io_instruction(struct guest_registers *regs)
{
	uint64_t q = vmcs_read(EXIT_QUALIFICATION);
	uint16_t port = IO_PORT(q);
	uint32_t value = (uint32_t)regs->rax;
	bool go_on = true;

	if (!(q & (IO_IN | IO_STRING)) && port == NB_PORT_DOORBELL && IO_SIZE(q) == 4) {
		go_on = doorbell(regs, value);
	} else if (!(q & (IO_IN | IO_STRING)) && port == NB_PORT_RING && IO_SIZE(q) == 4) {
		if (!announce_ring(value))
			guest_dump_and_fail(regs, VMX_EXIT_IO_INSTRUCTION,
					    "the guest's ring is not in its memory, or damaged");
	} else if (!(q & IO_STRING) && port >= COM1 && port <= COM1_LAST && IO_SIZE(q) == 1) {
		if (q & IO_IN)
			regs->rax = (regs->rax & ~0xffull) | (port == COM1_LSR ? LSR_IDLE : 0);
		else
			com1_write(port, (uint8_t)value);
	} else {
		guest_dump_and_fail(regs, VMX_EXIT_IO_INSTRUCTION, "no such port here");
	}
	skip_instruction();
	return go_on;
}

bool handle_exit(struct guest_registers *regs)
{
	uint32_t reason = (uint32_t)vmcs_read(VM_EXIT_REASON);

	if (reason >= VMX_EXIT_REASON_COUNT) /* also with bit 31: the VM entry failed (SDM 27.8) */
		guest_dump_and_fail(regs, reason, "VM entry failed, or an exit reason of a later CPU");
	counters.exit[reason]++;

	switch (reason) {
	case VMX_EXIT_CPUID:
		guest_cpuid(regs);
		skip_instruction();
		break;
	case VMX_EXIT_VMCALL:
		regs->rax = 0; /* there is one hypercall, and it does nothing */
		skip_instruction();
		break;
	case VMX_EXIT_IO_INSTRUCTION:
		if (!io_instruction(regs))
			return false;
		break;
	case VMX_EXIT_EXTERNAL_INTERRUPT:
		/* "Acknowledge interrupt on exit" left the vector here (SDM 25.9.2). */
		if (!watchdog_interrupt((uint8_t)vmcs_read(VM_EXIT_INTR_INFO), guest.ring))
			guest_dump_and_fail(regs, reason, "the guest hangs: no sample since the last watchdog tick");
		break;
	case VMX_EXIT_TRIPLE_FAULT:
		guest_dump_and_fail(regs, reason, "the guest shut itself down (triple fault)");
	default:
		guest_dump_and_fail(regs, reason, "nothing handles this exit");
	}
	counters.vmresume++;
	return true;
}
