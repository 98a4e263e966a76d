// SPDX-License-Identifier: GPL-2.0-only
/* Tests of the MSR bitmap (SDM 25.6.9), and of RDMSR and WRMSR that exit. */
#include "l1-hypervisor/tests/unit.h"

#include "l1-hypervisor/backend/backend.h"
#include "l1-hypervisor/emulate/msr.h"
#include "l1-hypervisor/events/events.h"
#include "l1-hypervisor/events/vapic.h"
#include "l1-hypervisor/tests/fake_guest.h"

#define RIP 0x1000ull
#define GP  (INTR_INFO_VALID_MASK | INTR_INFO_DELIVER_CODE_MASK | INTR_TYPE_HARD_EXCEPTION | VECTOR_GP)

static struct vcpu vcpu;
static const uint8_t *bitmap;

static unsigned bitmap_changes, table_changes;

static void bitmaps_changed(struct vcpu *v)
{
	(void)v;
	bitmap_changes++;
}

static bool tables_change(struct vcpu *v)
{
	(void)v;
	table_changes++;
	return false;
}

static bool read_capability(struct vcpu *v, uint32_t msr, uint64_t *value)
{
	(void)v;
	*value = 0x1234;
	return msr == MSR_IA32_VMX_BASIC;
}

static const struct nested_hooks hooks = {
	.bitmaps_changed = bitmaps_changed, .tables_change = tables_change, .read_msr = read_capability};

static void begin(void)
{
	fake_cpu_reset();
	fake_guest_reset(&vcpu);
	vapic_reset(&vcpu);
	*fake_msr(MSR_MISC_ENABLE) = 0x850089;
	FIELD(GUEST_RIP) = RIP;
	FIELD(VM_EXIT_INSTRUCTION_LEN) = 2;
	bitmap_changes = table_changes = 0;
}

static void fill(void)
{
	bitmap = (const uint8_t *)(uintptr_t)msr_bitmap_init(&vcpu);
}

/* 25.6.9: read low, read high, write low, write high, 1 KiB each. */
static bool bit(unsigned kib, uint32_t msr)
{
	return bitmap[1024 * kib + (msr & 0x1fff) / 8] >> msr % 8 & 1;
}

static bool read_and_write_trap(uint32_t msr)
{
	unsigned high = msr >= 0xc0000000;

	assert_int_equal(bit(high, msr), bit(high + 2, msr));
	assert_int_equal(msr_is_trapped(msr, false), bit(high, msr));
	assert_int_equal(msr_is_trapped(msr, true), bit(high + 2, msr));
	return bit(high, msr);
}

TEST(a_trap_sets_one_bit_for_reads_and_one_for_writes)
{
	static const uint32_t msrs[] = {0, 7, 0x1b5, 0x1fff, 0xc0000000, 0xc0000081, 0xc0001fff};

	for (size_t i = 0; i < COUNT(msrs); i++) {
		unsigned set = 0;
		uint8_t before[4096];

		begin();
		fill();
		memcpy(before, bitmap, sizeof(before));
		msr_trap(&vcpu, msrs[i], true);
		assert_true(read_and_write_trap(msrs[i]));
		for (unsigned byte = 0; byte < 4096; byte++)
			set += (unsigned)__builtin_popcount(bitmap[byte] ^ before[byte]);
		assert_int_equal(set, 2);
		msr_trap(&vcpu, msrs[i], false);
		assert_memory_equal(bitmap, before, sizeof(before));
		assert_false(read_and_write_trap(msrs[i]));
	}
}

/* 26.1.3: MSRs outside of both ranges always exit. */
TEST(msrs_outside_of_the_bitmap_always_trap)
{
	static const uint32_t msrs[] = {0x2000, 0x3fffffff, 0x40000000, 0xbfffffff, 0xc0002000, 0xffffffff};

	begin();
	fill();
	for (size_t i = 0; i < 2 * COUNT(msrs); i++)
		assert_true(msr_is_trapped(msrs[i / 2], i % 2));
}

TEST(the_apic_traps_unless_the_guest_has_the_machines_devices)
{
	for (unsigned through = 0; through < 2; through++) {
		begin();
		vcpu.passthrough.on = through;
		fill();
		assert_int_equal(read_and_write_trap(MSR_APIC_BASE), !through);
		assert_int_equal(read_and_write_trap(0x6e0), !through); /* IA32_TSC_DEADLINE */
		assert_int_equal(read_and_write_trap(0x800), !through);
		assert_int_equal(read_and_write_trap(0x8ff), !through);
		assert_false(read_and_write_trap(0x7ff) || read_and_write_trap(0x900));
	}
}

TEST(efer_traps_with_shadow_tables_only)
{
	for (unsigned shadow = 0; shadow < 2; shadow++) {
		begin();
		vcpu.shadow = shadow;
		fill();
		assert_int_equal(read_and_write_trap(MSR_EFER), shadow);
		assert_false(read_and_write_trap(MSR_LSTAR));
	}
}

TEST(the_capability_msrs_of_vmx_trap_if_the_guest_has_vmx)
{
	begin();
	vcpu.nested = &hooks;
	fill();
	assert_true(read_and_write_trap(MSR_IA32_FEATURE_CONTROL));
	assert_true(read_and_write_trap(0x480) && read_and_write_trap(0x491));
	for (uint32_t msr = MSR_SYSENTER_CS; msr <= MSR_SYSENTER_EIP; msr++) {
		assert_true(msr_is_trapped(msr, true));
		assert_false(msr_is_trapped(msr, false));
	}
	assert_false(read_and_write_trap(MSR_SYSENTER_EIP + 1));
	assert_false(read_and_write_trap(0x492));
	assert_true(bitmap_changes > 0);
}

/* --- RDMSR and WRMSR -------------------------------------------------------------------------- */

static bool emulated(void)
{
	if (FIELD(GUEST_RIP) == RIP + 2) {
		FIELD(GUEST_RIP) = RIP;
		return true;
	}
	assert_int_equal(FIELD(GUEST_RIP), RIP);
	assert_int_equal(FIELD(VM_ENTRY_INTR_INFO_FIELD), GP);
	FIELD(VM_ENTRY_INTR_INFO_FIELD) = 0;
	return false;
}

static bool do_rdmsr(uint32_t msr)
{
	vcpu.regs.rcx = 0xffffffff00000000 | msr;
	vcpu.regs.rax = vcpu.regs.rdx = ~0ull;
	assert_int_equal(msr_exit(&vcpu, false), OUTCOME_RESUME);
	return emulated();
}

static bool do_wrmsr(uint32_t msr, uint64_t value)
{
	vcpu.regs.rcx = 0xffffffff00000000 | msr;
	vcpu.regs.rax = 0xdead00000000 | (uint32_t)value;
	vcpu.regs.rdx = value >> 32;
	assert_int_equal(msr_exit(&vcpu, true), OUTCOME_RESUME);
	return emulated();
}

TEST(rdmsr_clears_the_upper_halves_of_rax_and_rdx)
{
	begin();
	fill();
	vcpu.misc_enable = 0x1122334455667788;
	assert_true(do_rdmsr(MSR_MISC_ENABLE));
	assert_int_equal(vcpu.regs.rax, 0x55667788);
	assert_int_equal(vcpu.regs.rdx, 0x11223344);
}

TEST(misc_enable_begins_with_the_cpus_value_and_keeps_the_guests)
{
	begin();
	fill();
	assert_true(do_rdmsr(MSR_MISC_ENABLE));
	assert_int_equal(vcpu.regs.rax, 0x850089);
	assert_true(do_wrmsr(MSR_MISC_ENABLE, 0x1100000022));
	assert_int_equal(vcpu.misc_enable, 0x1100000022);
	assert_int_equal(*fake_msr(MSR_MISC_ENABLE), 0x850089);
}

TEST(an_unknown_msr_raises_gp_and_changes_no_register)
{
	begin();
	assert_false(do_rdmsr(0x123));
	assert_true(vcpu.regs.rax == ~0ull && vcpu.regs.rdx == ~0ull);
	assert_false(do_wrmsr(0x123, 0));
}

/* 11.12.1.2: the MSRs exist in x2APIC mode only, at 0x800 plus the offset divided by 16. */
TEST(x2apic_msrs_exist_in_x2apic_mode_only)
{
	begin();
	assert_false(do_rdmsr(0x808));
	assert_false(do_wrmsr(0x808, 0x20));
	assert_true(do_wrmsr(MSR_APIC_BASE, vapic_base(&vcpu) | APIC_BASE_X2APIC));
	assert_true(do_wrmsr(0x808, 0x20));
	assert_int_equal(vcpu.apic.tpr, 0x20);
	assert_true(do_rdmsr(0x808));
	assert_int_equal(vcpu.regs.rax, 0x20);
	assert_false(do_wrmsr(MSR_APIC_BASE, 0xfee00000 | APIC_BASE_ENABLE));
	assert_true(do_rdmsr(MSR_APIC_BASE));
	assert_int_equal(vcpu.regs.rax, 0xfee00000 | APIC_BASE_ENABLE | APIC_BASE_X2APIC | APIC_BASE_BSP);
}

TEST(efer_of_a_guest_on_shadow_tables_is_the_guests_own)
{
	begin();
	vcpu.paging.efer = EFER_SCE;
	assert_true(do_rdmsr(MSR_EFER));
	assert_int_equal(vcpu.regs.rax, EFER_SCE);
	assert_false(do_wrmsr(MSR_EFER, 2)); /* reserved */
}

TEST(a_capability_msr_comes_from_nesting)
{
	begin();
	assert_false(do_rdmsr(MSR_IA32_VMX_BASIC));
	vcpu.nested = &hooks;
	assert_true(do_rdmsr(MSR_IA32_VMX_BASIC));
	assert_int_equal(vcpu.regs.rax, 0x1234);
	assert_false(do_rdmsr(0x123));
	assert_false(do_wrmsr(MSR_IA32_VMX_BASIC, 0)); /* read-only: A.1 */
}

/* SDM vol. 2, WRMSR: a SYSENTER address that is not canonical raises #GP. */
TEST(sysenter_msrs_are_in_the_vmcs_and_their_addresses_canonical)
{
	begin();
	vcpu.nested = &hooks;
	assert_true(do_wrmsr(MSR_SYSENTER_CS, 0xffffffff00000008));
	assert_int_equal(FIELD(GUEST_SYSENTER_CS), 8);
	assert_false(do_wrmsr(MSR_SYSENTER_ESP, 1ull << 47));
	assert_false(do_wrmsr(MSR_SYSENTER_EIP, 1ull << 63));
	assert_int_equal(table_changes, 1);
	assert_true(do_wrmsr(MSR_SYSENTER_ESP, 0xffff800000000000));
	assert_true(FIELD(GUEST_SYSENTER_ESP) == 0xffff800000000000);
	assert_true(do_wrmsr(MSR_SYSENTER_EIP, 0x5000));
	assert_int_equal(FIELD(GUEST_SYSENTER_EIP), 0x5000);
	assert_int_equal(table_changes, 3);
	vcpu.nested_runs = true; /* now they are the nested guest's */
	assert_true(msr_write(&vcpu, MSR_SYSENTER_EIP, 0x6000));
	assert_int_equal(table_changes, 3);
}

/*
 * A write to TPR or EOI may let an interrupt in, and the emulated instruction ends blocking by STI.
 */
TEST(after_a_wrmsr_a_pending_interrupt_is_delivered)
{
	begin();
	FIELD(GUEST_RFLAGS) = RFLAGS_IF;
	FIELD(GUEST_INTERRUPTIBILITY_INFO) = GUEST_INTR_STATE_STI;
	event_interrupt(&vcpu, 0x50);
	assert_true(do_wrmsr(MSR_MISC_ENABLE, 0));
	assert_int_equal(FIELD(VM_ENTRY_INTR_INFO_FIELD), INTR_INFO_VALID_MASK | 0x50);
	assert_int_equal(FIELD(GUEST_INTERRUPTIBILITY_INFO), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(a_trap_sets_one_bit_for_reads_and_one_for_writes),
		RUN(msrs_outside_of_the_bitmap_always_trap),
		RUN(the_apic_traps_unless_the_guest_has_the_machines_devices),
		RUN(efer_traps_with_shadow_tables_only),
		RUN(the_capability_msrs_of_vmx_trap_if_the_guest_has_vmx),
		RUN(rdmsr_clears_the_upper_halves_of_rax_and_rdx),
		RUN(misc_enable_begins_with_the_cpus_value_and_keeps_the_guests),
		RUN(an_unknown_msr_raises_gp_and_changes_no_register),
		RUN(x2apic_msrs_exist_in_x2apic_mode_only),
		RUN(efer_of_a_guest_on_shadow_tables_is_the_guests_own),
		RUN(a_capability_msr_comes_from_nesting),
		RUN(sysenter_msrs_are_in_the_vmcs_and_their_addresses_canonical),
		RUN(after_a_wrmsr_a_pending_interrupt_is_delivered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
