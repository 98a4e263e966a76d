// SPDX-License-Identifier: GPL-2.0-only
/* Tests of the guest's I/O ports and of the I/O bitmaps (SDM 25.6.4). */
#include "l1-hypervisor/tests/unit.h"

#include "l1-hypervisor/emulate/port_io.h"
#include "l1-hypervisor/events/vapic.h"
#include "l1-hypervisor/tests/fake_guest.h"
#include "microbench/abi/doorbell.h"
#include "microbench/abi/ports.h"
#include "microbench/abi/services.h"
#include "microbench/trap_requests.h"

#define RIP  0x1000ull
#define RING 0x300000ull

static struct vcpu vcpu;

static void begin(void)
{
	fake_cpu_reset();
	fake_guest_reset(&vcpu);
	vapic_reset(&vcpu);
	FIELD(GUEST_RIP) = RIP;
	FIELD(VM_EXIT_INSTRUCTION_LEN) = 1;
	FIELD(GUEST_RFLAGS) = RFLAGS_IF;
	fake_doorbells = 0;
	fake_console[0] = '\0';
	fake_next = 0;
	bare_sink = BARE_SINK_DOORBELL;
}

static void begin_with_ring(void)
{
	begin();
	nb_ring_init((struct nb_ring *)(void *)(fake_memory + RING));
	vcpu.regs.rax = RING >> 12;
	assert_int_equal(io_access(&vcpu, NB_PORT_RING, 4, false), OUTCOME_RESUME);
	FIELD(GUEST_RIP) = RIP;
}

static enum outcome out(uint16_t port, unsigned size, uint64_t value)
{
	vcpu.regs.rax = value;
	return io_access(&vcpu, port, size, false);
}

/* --- The bitmaps ------------------------------------------------------------------------------ */

static bool exits(const uint64_t bitmap[2], unsigned port)
{
	return ((const uint8_t *)(uintptr_t)bitmap[port >> 15])[(port & 0x7fff) / 8] >> port % 8 & 1;
}

TEST(every_port_exits_except_the_devices_of_the_level_below)
{
	for (unsigned with_devices = 0; with_devices < 2; with_devices++) {
		uint64_t bitmap[2];

		begin();
		io_bitmaps_init(&vcpu, bitmap, with_devices);
		for (unsigned port = 0; port < 0x10000; port++) {
			bool device = port == NB_PORT_KERNEL || (port >= NB_PORT_USER && port < NB_PORT_USER + 4);

			assert_int_equal(exits(bitmap, port), !(with_devices && device));
		}
	}
}

TEST(a_guest_with_the_machines_devices_has_all_ports)
{
	uint64_t bitmap[2];

	begin();
	vcpu.passthrough.on = true;
	io_bitmaps_init(&vcpu, bitmap, false);
	for (unsigned port = 0; port < 0x10000; port++)
		assert_false(exits(bitmap, port));
}

/* --- Ports ------------------------------------------------------------------------------------ */

TEST(an_access_moves_rip_behind_the_instruction)
{
	begin();
	assert_int_equal(out(COM1, 1, 'x'), OUTCOME_RESUME);
	assert_int_equal(FIELD(GUEST_RIP), RIP + 1);
	assert_int_equal(io_access(&vcpu, COM1_LSR, 1, true), OUTCOME_RESUME);
	assert_int_equal(FIELD(GUEST_RIP), RIP + 2);
}

TEST(a_port_without_a_device_or_of_another_size_ends_the_run)
{
	begin();
	assert_run_ends(IO_NO_PORT, out(0x1234, 4, 0));
	assert_run_ends(IO_NO_PORT, out(COM1, 4, 0));
	assert_run_ends(IO_NO_PORT, out(NB_PORT_RING, 2, 0));
	assert_run_ends(IO_NO_PORT, io_access(&vcpu, 0x1234, 1, true));
	assert_run_ends(IO_NO_PORT, io_access(&vcpu, NB_PORT_DOORBELL, 1, true));
}

/* SDM vol. 2, IN: an 8-bit read changes AL only. */
TEST(the_serial_port_is_always_ready_and_changes_al_only)
{
	begin();
	vcpu.regs.rax = 0x1122334455667788;
	io_access(&vcpu, COM1_LSR, 1, true);
	assert_int_equal(vcpu.regs.rax, 0x1122334455667700 | LSR_IDLE);
	io_access(&vcpu, COM1_LCR, 1, true);
	assert_int_equal(vcpu.regs.rax, 0x1122334455667700);
}

TEST(with_dlab_set_the_data_port_is_a_divisor)
{
	begin();
	out(COM1, 1, 'a');
	out(COM1_LCR, 1, LCR_DLAB);
	out(COM1, 1, 'b');
	out(COM1_LCR, 1, LCR_8N1);
	out(COM1, 1, '\r');
	out(COM1, 1, 'c');
	assert_string_equal(fake_console, "ac");
}

TEST(a_ring_must_be_good_and_in_memory)
{
	begin();
	assert_run_ends("not in guest memory, or is damaged", out(NB_PORT_RING, 4, RING >> 12)); /* zeros */
	assert_run_ends("not in guest memory, or is damaged", out(NB_PORT_RING, 4, NB_GUEST_MEMORY >> 12));
	begin_with_ring();
	assert_ptr_equal(vcpu.ring, fake_memory + RING);
}

TEST(doorbells_reach_the_level_below)
{
	static const enum nb_doorbell passed[] = {NB_DOORBELL_OPEN, NB_DOORBELL_REHEARSE, NB_DOORBELL_CLOSE};

	begin_with_ring();
	for (unsigned i = 0; i < COUNT(passed); i++) {
		assert_int_equal(out(NB_PORT_DOORBELL, 4, passed[i]), OUTCOME_RESUME);
		assert_int_equal(fake_doorbell, passed[i]);
		assert_int_equal(fake_doorbells, i + 1);
		assert_int_equal(counters.forwarded, i + 1);
	}
}

static unsigned opened;

static void window_opens(struct vcpu *v)
{
	(void)v;
	opened++;
	counters.exit[VMX_EXIT_CPUID]++; /* before the window */
}

TEST(the_counts_of_a_window_are_in_the_ring_when_it_closes)
{
	begin_with_ring();
	opened = 0;
	vcpu.lab.window_opens = window_opens;
	out(NB_PORT_DOORBELL, 4, NB_DOORBELL_OPEN);
	assert_int_equal(opened, 1);
	assert_null(nb_ring_peek(vcpu.ring));
	counters.exit[VMX_EXIT_CPUID] += 5;
	out(NB_PORT_DOORBELL, 4, NB_DOORBELL_CLOSE);
	assert_int_equal(opened, 1);
	assert_non_null(nb_ring_peek(vcpu.ring));
	assert_non_null(strstr(nb_ring_peek(vcpu.ring)->text, ".exit.CPUID=5"));
}

TEST(without_a_level_below_no_doorbell_counts_as_an_exit)
{
	begin_with_ring();
	bare_sink = BARE_SINK_LPT;
	out(NB_PORT_DOORBELL, 4, NB_DOORBELL_OPEN);
	assert_int_equal(fake_doorbells, 1);
	assert_int_equal(counters.forwarded, 0);
}

TEST(done_stops_the_guest_and_a_failure_ends_the_run)
{
	begin_with_ring();
	assert_int_equal(out(NB_PORT_DOORBELL, 4, NB_DOORBELL_DONE), OUTCOME_STOP);
	assert_run_ends("gave up", out(NB_PORT_DOORBELL, 4, NB_DOORBELL_FAILED));
	assert_run_ends("does not exist", out(NB_PORT_DOORBELL, 4, 99));
}

TEST(a_doorbell_without_a_good_ring_ends_the_run)
{
	begin();
	assert_run_ends("without a valid ring", out(NB_PORT_DOORBELL, 4, NB_DOORBELL_OPEN));
	begin_with_ring();
	memset(fake_memory + RING, 0, 64);
	assert_run_ends("without a valid ring", out(NB_PORT_DOORBELL, 4, NB_DOORBELL_OPEN));
}

TEST(the_guest_asks_the_level_below_for_its_next_window)
{
	begin();
	fake_next = 0x1234;
	io_access(&vcpu, NB_PORT_DOORBELL, 4, true);
	assert_int_equal(vcpu.regs.rax, 0x1234);
	assert_int_equal(FIELD(GUEST_RIP), RIP + 1);
}

static uint32_t measured;

static void measure(struct vcpu *v, uint32_t next)
{
	(void)v;
	measured = next;
	fake_next = 0x1234;
}

TEST(windows_of_the_hypervisor_are_measured_first_unless_the_guest_is_one_too)
{
	begin();
	fake_next = NB_NEXT_HYPERVISOR | 5;
	measured = 0;
	vcpu.lab.measure = measure;
	io_access(&vcpu, NB_PORT_DOORBELL, 4, true);
	assert_int_equal(measured, NB_NEXT_HYPERVISOR | 5);
	assert_int_equal(vcpu.regs.rax, 0x1234);
	fake_next = NB_NEXT_HYPERVISOR | 5;
	measured = 0;
	vcpu.is_hypervisor = true;
	io_access(&vcpu, NB_PORT_DOORBELL, 4, true);
	assert_int_equal(measured, 0);
	assert_int_equal(vcpu.regs.rax, NB_NEXT_HYPERVISOR | 5);
}

static bool no_room(struct nb_ring *ring)
{
	(void)ring;
	return false;
}

TEST(without_a_level_below_the_ring_must_have_room_for_the_cpus_description)
{
	begin_with_ring();
	bare_sink = BARE_SINK_LPT;
	assert_int_equal(out(NB_PORT_RING, 4, RING >> 12), OUTCOME_RESUME);
	vcpu.lab.describe_cpu = no_room;
	assert_run_ends("damaged", out(NB_PORT_RING, 4, RING >> 12));
	bare_sink = BARE_SINK_DOORBELL;
	assert_int_equal(out(NB_PORT_RING, 4, RING >> 12), OUTCOME_RESUME);
}

TEST(without_experiments_only_two_traps_are_offered_and_none_can_be_granted)
{
	begin();
	io_access(&vcpu, NB_PORT_TRAP_REQUESTS, 4, true);
	assert_int_equal(vcpu.regs.rax, NB_TRAP_SERVICES | NB_TRAP_APIC);
	assert_int_equal(out(NB_PORT_TRAP_REQUESTS, 4, 0), OUTCOME_RESUME);
	assert_run_ends(IO_NO_PORT, out(NB_PORT_TRAP_REQUESTS, 4, NB_TRAP_RDTSC));
}

TEST(a_requested_interrupt_or_nmi_is_injected_at_once)
{
	begin();
	out(NB_PORT_INTERRUPT, 4, 0x50);
	assert_int_equal(FIELD(VM_ENTRY_INTR_INFO_FIELD), INTR_INFO_VALID_MASK | 0x50);
	begin();
	out(NB_PORT_INTERRUPT, 4, 2);
	assert_int_equal(FIELD(VM_ENTRY_INTR_INFO_FIELD), INTR_INFO_VALID_MASK | INTR_TYPE_NMI_INTR | 2);
	begin();
	out(NB_PORT_INTERRUPT, 4, 255);
	assert_int_equal(FIELD(VM_ENTRY_INTR_INFO_FIELD), INTR_INFO_VALID_MASK | 255);
	assert_run_ends(IO_NO_PORT, out(NB_PORT_INTERRUPT, 4, 31));
	assert_run_ends(IO_NO_PORT, out(NB_PORT_INTERRUPT, 4, 256));
}

/* After VMCLEAR the launch state is "clear", so the next entry must be VMLAUNCH (25.1). */
TEST(after_a_vmclear_the_next_entry_is_a_vmlaunch)
{
	begin();
	vcpu.launch = true;
	counters.vmresume = 1;
	assert_int_equal(out(COM1, 1, 'x'), OUTCOME_LAUNCH);
	assert_int_equal(counters.vmresume, 0);
	assert_int_equal(counters.vmlaunch, 1);
	assert_int_equal(out(COM1, 1, 'x'), OUTCOME_RESUME);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(every_port_exits_except_the_devices_of_the_level_below),
		RUN(a_guest_with_the_machines_devices_has_all_ports),
		RUN(an_access_moves_rip_behind_the_instruction),
		RUN(a_port_without_a_device_or_of_another_size_ends_the_run),
		RUN(the_serial_port_is_always_ready_and_changes_al_only),
		RUN(with_dlab_set_the_data_port_is_a_divisor),
		RUN(a_ring_must_be_good_and_in_memory),
		RUN(doorbells_reach_the_level_below),
		RUN(the_counts_of_a_window_are_in_the_ring_when_it_closes),
		RUN(without_a_level_below_no_doorbell_counts_as_an_exit),
		RUN(done_stops_the_guest_and_a_failure_ends_the_run),
		RUN(a_doorbell_without_a_good_ring_ends_the_run),
		RUN(the_guest_asks_the_level_below_for_its_next_window),
		RUN(windows_of_the_hypervisor_are_measured_first_unless_the_guest_is_one_too),
		RUN(without_a_level_below_the_ring_must_have_room_for_the_cpus_description),
		RUN(without_experiments_only_two_traps_are_offered_and_none_can_be_granted),
		RUN(a_requested_interrupt_or_nmi_is_injected_at_once),
		RUN(after_a_vmclear_the_next_entry_is_a_vmlaunch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
