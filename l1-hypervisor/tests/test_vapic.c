// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the guest's local APIC: priorities, EOI, IPIs to itself, the timer, the modes (SDM
 * chapter 11).
 */
#include "l1-hypervisor/tests/unit.h"

#include "l1-hypervisor/events/lapic.h"
#include "l1-hypervisor/events/vapic.h"

#define PERIODIC (1u << 17)
#define X2APIC   (VAPIC_PAGE | APIC_BASE_ENABLE | APIC_BASE_X2APIC | APIC_BASE_BSP)
#define XAPIC    (VAPIC_PAGE | APIC_BASE_ENABLE | APIC_BASE_BSP)

static struct vcpu vcpu;

/* An APIC in x2APIC mode that software has enabled. */
static void begin(void)
{
	fake_cpu_reset();
	*fake_msr(MSR_APIC_BASE) = APIC_BASE_ENABLE | APIC_BASE_X2APIC;
	vcpu = (struct vcpu){.events.interrupt = -1};
	vapic_reset(&vcpu);
	assert_true(vapic_set_base(&vcpu, X2APIC));
	assert_true(vapic_write(&vcpu, APIC_SPURIOUS, 0x1ff));
}

static void send(uint8_t vector)
{
	assert_true(vapic_write(&vcpu, APIC_SELF_IPI, vector));
}

static uint64_t value_of(uint32_t reg)
{
	uint64_t value = ~0ull;

	assert_true(vapic_read(&vcpu, reg, &value));
	return value;
}

/* The host's own APIC timer counts down from here. */
static uint64_t host_count(void)
{
	return *fake_msr(MSR_X2APIC + APIC_INITIAL_COUNT / 16);
}

/* 11.8.3: the highest vector first. */
TEST(the_highest_requested_vector_is_next)
{
	begin();
	assert_int_equal(vapic_pending(&vcpu), -1);
	assert_false(vapic_has_requests(&vcpu));
	send(0x31);
	send(0xfe);
	send(0x80);
	send(0x85);
	assert_true(vapic_has_requests(&vcpu));
	assert_int_equal(vapic_pending(&vcpu), 0xfe);
	assert_int_equal(value_of(APIC_IRR + 0x40), 1u | 1u << 5);
}

/* 11.8.3.1: only a higher priority class than that of the vector in service interrupts it. */
TEST(a_vector_in_service_holds_back_its_own_class_and_lower_ones)
{
	begin();
	send(0x45);
	vapic_start_service(&vcpu);
	assert_false(vapic_has_requests(&vcpu));
	send(0x4f);
	assert_int_equal(vapic_pending(&vcpu), -1);
	assert_true(vapic_has_requests(&vcpu));
	send(0x50);
	assert_int_equal(vapic_pending(&vcpu), 0x50);
}

TEST(service_moves_the_vector_from_irr_to_isr)
{
	begin();
	send(0x63);
	assert_int_equal(value_of(APIC_IRR + 0x30), 1u << 3);
	assert_int_equal(value_of(APIC_ISR + 0x30), 0);
	vapic_start_service(&vcpu);
	assert_int_equal(value_of(APIC_IRR + 0x30), 0);
	assert_int_equal(value_of(APIC_ISR + 0x30), 1u << 3);
}

/* 11.8.5: EOI clears the highest bit of ISR. */
TEST(eoi_ends_the_highest_vector_in_service_only)
{
	begin();
	send(0x33);
	vapic_start_service(&vcpu);
	send(0x80);
	vapic_start_service(&vcpu);
	send(0x40);
	assert_int_equal(vapic_pending(&vcpu), -1);
	assert_true(vapic_write(&vcpu, APIC_EOI, 0));
	assert_int_equal(value_of(APIC_ISR + 0x40), 0);
	assert_int_equal(value_of(APIC_ISR + 0x10), 1u << (0x33 - 0x20));
	assert_int_equal(vapic_pending(&vcpu), 0x40);
	assert_true(vapic_write(&vcpu, APIC_EOI, 0));
	assert_int_equal(value_of(APIC_ISR + 0x10), 0);
	assert_true(vapic_write(&vcpu, APIC_EOI, 0)); /* with no vector in service it does nothing */
}

/* 11.8.3.1: the processor's priority is the higher one of TPR and the vector in service. */
TEST(tpr_holds_back_its_class_and_lower_ones)
{
	static const struct {
		uint8_t tpr, vector;
		bool taken;
	} rows[] = {
		{0x40, 0x4f, false}, {0x4f, 0x50, true}, {0x3f, 0x40, true}, {0xf0, 0xff, false}, {0x00, 0x10, true}};

	for (size_t i = 0; i < COUNT(rows); i++) {
		begin();
		assert_true(vapic_write(&vcpu, APIC_TPR, rows[i].tpr));
		send(rows[i].vector);
		assert_int_equal(vapic_pending(&vcpu), rows[i].taken ? rows[i].vector : -1);
		assert_int_equal(value_of(APIC_TPR), rows[i].tpr);
	}
}

TEST(the_vector_in_service_counts_when_tpr_is_lower)
{
	begin();
	assert_true(vapic_write(&vcpu, APIC_TPR, 0x20));
	send(0x60);
	vapic_start_service(&vcpu);
	send(0x5f);
	assert_int_equal(vapic_pending(&vcpu), -1);
	assert_true(vapic_write(&vcpu, APIC_EOI, 0));
	assert_int_equal(vapic_pending(&vcpu), 0x5f);
}

/*
 * 11.4.7.2: IRR keeps its bits while software has disabled the APIC, but no interrupt is delivered.
 */
TEST(an_apic_that_software_has_disabled_delivers_no_interrupt)
{
	begin();
	send(0x55);
	assert_true(vapic_write(&vcpu, APIC_SPURIOUS, 0xff));
	assert_int_equal(vapic_pending(&vcpu), -1);
	assert_true(vapic_write(&vcpu, APIC_SPURIOUS, 0x1ff));
	assert_int_equal(vapic_pending(&vcpu), 0x55);
}

/* 11.5.2: vectors 0 to 15 are illegal. */
TEST(vectors_below_16_are_never_requested)
{
	begin();
	for (unsigned vector = 0; vector < 16; vector++)
		send((uint8_t)vector);
	assert_int_equal(value_of(APIC_IRR), 0);
	assert_int_equal(vapic_pending(&vcpu), -1);
	send(16);
	assert_int_equal(vapic_pending(&vcpu), 16);
}

/* 11.6.1: figure 11-12, and 11.12.9 for x2APIC. */
TEST(only_fixed_ipis_to_the_own_cpu_arrive)
{
	static const struct {
		uint64_t command;
		bool arrives;
	} rows[] = {
		{0x00040050, true},          /* self */
		{0x00000050, true},          /* ID 0 */
		{0x0000000100000050, false}, /* ID 1 */
		{0x000c0050, false},         /* all but self */
		{0x00040250, false},         /* SMI */
		{0x00040450, false},         /* NMI */
		{0x00000500, false},         /* INIT */
		{0x0000000100040050, true},  /* a shorthand ignores the destination */
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		begin();
		assert_true(vapic_write(&vcpu, APIC_ICR, rows[i].command));
		assert_int_equal(vapic_pending(&vcpu), rows[i].arrives ? 0x50 : -1);
		assert_int_equal(value_of(APIC_ICR), 0);
	}
}

TEST(in_xapic_mode_the_destination_is_in_the_high_register)
{
	begin();
	vapic_reset(&vcpu);
	assert_true(vapic_write(&vcpu, APIC_SPURIOUS, 0x1ff));
	assert_true(vapic_write(&vcpu, APIC_ICR_HIGH, 1u << 24));
	assert_true(vapic_write(&vcpu, APIC_ICR, 0x50));
	assert_int_equal(vapic_pending(&vcpu), -1);
	assert_true(vapic_write(&vcpu, APIC_ICR_HIGH, 0));
	assert_true(vapic_write(&vcpu, APIC_ICR, 0x50));
	assert_int_equal(vapic_pending(&vcpu), 0x50);
}

/* 11.12.1.2: SELF IPI exists in x2APIC mode only, and the high half of ICR in xAPIC mode only. */
TEST(registers_of_the_other_mode_do_not_exist)
{
	begin();
	assert_false(vapic_write(&vcpu, APIC_ICR_HIGH, 0));
	vapic_reset(&vcpu);
	assert_true(vapic_write(&vcpu, APIC_ICR_HIGH, 0));
	assert_false(vapic_write(&vcpu, APIC_SELF_IPI, 0x50));
	assert_int_equal(vapic_pending(&vcpu), -1);
}

TEST(unknown_and_read_only_registers_refuse_the_access)
{
	uint64_t value;

	begin();
	assert_false(vapic_read(&vcpu, 0x3d0, &value));
	assert_false(vapic_write(&vcpu, APIC_VERSION, 0));
	assert_false(vapic_write(&vcpu, APIC_ISR, 0));
	assert_false(vapic_write(&vcpu, APIC_CURRENT_COUNT, 0));
}

/* 11.5.4: the guest's divider is scaled to the host's, which is 16. */
TEST(the_timer_counts_at_the_guests_divider)
{
	static const struct {
		uint32_t divide, initial, host;
	} rows[] = {{0xb, 3200, 200},   {0x0, 3200, 400}, {0x3, 3200, 3200},
		    {0xa, 3200, 25600}, {0xb, 1, 1},      {0xa, ~0u, ~0u}};

	for (size_t i = 0; i < COUNT(rows); i++) {
		begin();
		assert_true(vapic_write(&vcpu, APIC_LVT_TIMER, 0x60));
		assert_true(vapic_write(&vcpu, APIC_DIVIDE, rows[i].divide));
		assert_true(vapic_write(&vcpu, APIC_INITIAL_COUNT, rows[i].initial));
		assert_int_equal(host_count(), rows[i].host);
		assert_int_equal(value_of(APIC_INITIAL_COUNT), rows[i].initial);
	}
}

TEST(a_one_shot_timer_fires_once)
{
	begin();
	assert_true(vapic_write(&vcpu, APIC_LVT_TIMER, 0x60));
	assert_true(vapic_write(&vcpu, APIC_DIVIDE, 0x3));
	assert_true(vapic_write(&vcpu, APIC_INITIAL_COUNT, 100));
	*fake_msr(MSR_X2APIC + APIC_CURRENT_COUNT / 16) = 42;
	assert_int_equal(value_of(APIC_CURRENT_COUNT), 42);
	assert_false(vapic_timer(&vcpu, LAPIC_TIMER_VECTOR + 1)); /* another interrupt of the host */
	assert_true(vapic_timer(&vcpu, LAPIC_TIMER_VECTOR));
	assert_int_equal(vapic_pending(&vcpu), 0x60);
	assert_int_equal(value_of(APIC_CURRENT_COUNT), 0);
	assert_false(vapic_timer(&vcpu, LAPIC_TIMER_VECTOR));
}

TEST(a_periodic_timer_starts_again)
{
	begin();
	assert_true(vapic_write(&vcpu, APIC_LVT_TIMER, PERIODIC | 0x60));
	assert_true(vapic_write(&vcpu, APIC_DIVIDE, 0x3));
	assert_true(vapic_write(&vcpu, APIC_INITIAL_COUNT, 100));
	for (unsigned i = 0; i < 3; i++) {
		*fake_msr(MSR_X2APIC + APIC_INITIAL_COUNT / 16) = 0;
		assert_true(vapic_timer(&vcpu, LAPIC_TIMER_VECTOR));
		assert_int_equal(host_count(), 100);
		vapic_start_service(&vcpu);
		assert_true(vapic_write(&vcpu, APIC_EOI, 0));
	}
}

/* 11.5.4: a write of 0 to the initial count stops the timer. */
TEST(a_count_of_zero_and_a_mask_stop_the_timer)
{
	begin();
	assert_true(vapic_write(&vcpu, APIC_LVT_TIMER, 0x60));
	assert_true(vapic_write(&vcpu, APIC_INITIAL_COUNT, 1000));
	assert_true(vapic_write(&vcpu, APIC_INITIAL_COUNT, 0));
	assert_int_equal(host_count(), 0);
	assert_false(vapic_timer(&vcpu, LAPIC_TIMER_VECTOR));

	assert_true(vapic_write(&vcpu, APIC_INITIAL_COUNT, 1000));
	assert_true(vapic_write(&vcpu, APIC_LVT_TIMER, LVT_MASKED | 0x60));
	assert_false(vapic_timer(&vcpu, LAPIC_TIMER_VECTOR));
	assert_int_equal(vapic_pending(&vcpu), -1);
	/* The host's own timer is masked again, too. */
	assert_true(*fake_msr(MSR_X2APIC + APIC_LVT_TIMER / 16) & LVT_MASKED);
}

/* 11.12.5 and figure 11-27. */
TEST(ia32_apic_base_allows_the_transitions_of_the_manual_only)
{
	static const struct {
		uint64_t from, to;
		bool good;
	} rows[] = {
		{XAPIC, X2APIC, true},
		{XAPIC, VAPIC_PAGE, true}, /* disabled */
		{X2APIC, VAPIC_PAGE, true},
		{X2APIC, XAPIC, false},                        /* only by way of disabled */
		{XAPIC, VAPIC_PAGE | APIC_BASE_X2APIC, false}, /* an invalid state */
		{XAPIC, XAPIC + 0x1000, false},                /* another page: unsupported */
		{XAPIC, XAPIC | 1, false},                     /* reserved */
		{XAPIC, XAPIC | 1ull << 40, false},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		begin();
		vapic_reset(&vcpu);
		assert_true(vapic_set_base(&vcpu, rows[i].from));
		assert_int_equal(vapic_set_base(&vcpu, rows[i].to), rows[i].good);
		assert_int_equal(vapic_base(&vcpu), rows[i].good ? rows[i].to | APIC_BASE_BSP : rows[i].from);
		assert_int_equal(vapic_is_x2apic(&vcpu), (vapic_base(&vcpu) & APIC_BASE_X2APIC) != 0);
	}
}

/* 11.4.7.1. */
TEST(after_reset_the_timer_is_masked_and_software_has_not_enabled_the_apic)
{
	begin();
	vapic_reset(&vcpu);
	assert_int_equal(vapic_base(&vcpu), XAPIC);
	assert_int_equal(value_of(APIC_SPURIOUS), 0xff);
	assert_int_equal(value_of(APIC_LVT_TIMER), LVT_MASKED);
	assert_int_equal(value_of(APIC_TPR), 0);
	assert_int_equal(value_of(APIC_ID), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(the_highest_requested_vector_is_next),
		RUN(a_vector_in_service_holds_back_its_own_class_and_lower_ones),
		RUN(service_moves_the_vector_from_irr_to_isr),
		RUN(eoi_ends_the_highest_vector_in_service_only),
		RUN(tpr_holds_back_its_class_and_lower_ones),
		RUN(the_vector_in_service_counts_when_tpr_is_lower),
		RUN(an_apic_that_software_has_disabled_delivers_no_interrupt),
		RUN(vectors_below_16_are_never_requested),
		RUN(only_fixed_ipis_to_the_own_cpu_arrive),
		RUN(in_xapic_mode_the_destination_is_in_the_high_register),
		RUN(registers_of_the_other_mode_do_not_exist),
		RUN(unknown_and_read_only_registers_refuse_the_access),
		RUN(the_timer_counts_at_the_guests_divider),
		RUN(a_one_shot_timer_fires_once),
		RUN(a_periodic_timer_starts_again),
		RUN(a_count_of_zero_and_a_mask_stop_the_timer),
		RUN(ia32_apic_base_allows_the_transitions_of_the_manual_only),
		RUN(after_reset_the_timer_is_masked_and_software_has_not_enabled_the_apic),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
