// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of CPUID as the guest sees it (SDM vol. 2, CPUID). The file is included, because it reads
 * the CPU's leaves only once.
 */
#include "l1-hypervisor/tests/unit.h"

#include "l1-hypervisor/emulate/guest_cpuid.c"

#define SMAP         (1u << 20)
#define PKU          (1u << 3)
#define OSXSAVE      (1u << 27)
#define OSPKE        (1u << 4)
#define TSC_DEADLINE (1u << 24)

static struct vcpu vcpu;
static const struct nested_hooks hooks;

static void set(uint32_t leaf, uint32_t subleaf, uint32_t eax, uint32_t ebx, uint32_t ecx, uint32_t edx)
{
	fake_cpuid_set(leaf, subleaf, (struct cpuid_result){eax, ebx, ecx, edx});
}

static void begin(void)
{
	fake_cpu_reset();
	vcpu = (struct vcpu){0};
	leaf_count = 0;
	set(0, 0, 0xd, 1, 2, 3);
	set(1, 0, 0x11, 0x12, LEAF_1_ECX_VMX | OSXSAVE | TSC_DEADLINE | 1, 0x14);
	set(4, 0, 0x41, 0, 0, 0);
	set(4, 1, 0x42, 0, 0, 0);
	set(7, 0, 1, SMAP | LEAF_7_EBX_INVPCID | 1, PKU | OSPKE | 1 << 16, 1 << 20 | 2);
	set(7, 1, 0x71, SMAP, PKU, 0);
	set(0xb, 0, 1, 1, 0, 0);
	set(0xb, 1, 4, 0, 1, 0);
	set(0xd, 0, 7, 0x240, 0x340, 0);
	set(0xd, 4, 0x40, 0x3c0, 0, 0); /* subleaves 1 to 3 are not there */
	set(0x80000000, 0, 0x80000001, 0, 0, 0);
	set(LEAF_EXT_1, 0, 0, 0, 0, LEAF_EXT_1_EDX_RDTSCP | LEAF_EXT_1_EDX_NX);
}

static void execute(uint32_t leaf, uint32_t subleaf)
{
	vcpu.regs.rax = 0xffffffff00000000 | leaf;
	vcpu.regs.rcx = 0xffffffff00000000 | subleaf;
	vcpu.regs.rbx = vcpu.regs.rdx = ~0ull;
	guest_cpuid(&vcpu);
}

TEST(an_ordinary_leaf_is_the_cpus_and_upper_halves_are_cleared)
{
	begin();
	guest_cpuid_init(&vcpu);
	execute(0, 99); /* a leaf without subleaves ignores ECX */
	assert_int_equal(vcpu.regs.rax, 0xd);
	assert_int_equal(vcpu.regs.rbx, 1);
	assert_int_equal(vcpu.regs.rcx, 2);
	assert_int_equal(vcpu.regs.rdx, 3);
}

TEST(subleaves_differ_and_missing_ones_are_zeros)
{
	begin();
	guest_cpuid_init(&vcpu);
	execute(4, 1);
	assert_int_equal(vcpu.regs.rax, 0x42);
	execute(4, 2);
	assert_int_equal(vcpu.regs.rax | vcpu.regs.rbx | vcpu.regs.rcx | vcpu.regs.rdx, 0);
	execute(0xd, 4);
	assert_int_equal(vcpu.regs.rax, 0x40);
	execute(0xd, 2);
	assert_int_equal(vcpu.regs.rax, 0);
}

TEST(beyond_the_last_leaf_the_answer_is_the_highest_basic_leaf)
{
	begin();
	guest_cpuid_init(&vcpu);
	execute(0x1234, 0);
	assert_int_equal(vcpu.regs.rax, 7);
	assert_int_equal(vcpu.regs.rcx, 0x340);
}

TEST(the_guest_sees_a_hypervisor_with_its_signature)
{
	char name[13] = {0};

	begin();
	guest_cpuid_init(&vcpu);
	execute(1, 0);
	assert_true(vcpu.regs.rcx & LEAF_1_ECX_HYPERVISOR);
	execute(0x40000000, 0);
	memcpy(name, &vcpu.regs.rbx, 4);
	memcpy(name + 4, &vcpu.regs.rcx, 4);
	memcpy(name + 8, &vcpu.regs.rdx, 4);
	assert_string_equal(name, "nestbed nest");
}

TEST(vmx_is_visible_only_with_nesting)
{
	begin();
	guest_cpuid_init(&vcpu);
	assert_false(guest_cpuid_leaf(1, 0).ecx & LEAF_1_ECX_VMX);
	begin();
	vcpu.nested = &hooks;
	guest_cpuid_init(&vcpu);
	assert_true(guest_cpuid_leaf(1, 0).ecx & LEAF_1_ECX_VMX);
}

TEST(the_emulated_apic_has_x2apic_and_no_tsc_deadline)
{
	begin();
	guest_cpuid_init(&vcpu);
	assert_true(guest_cpuid_leaf(1, 0).ecx & LEAF_1_ECX_X2APIC);
	assert_false(guest_cpuid_leaf(1, 0).ecx & TSC_DEADLINE);
	begin();
	vcpu.passthrough.on = true;
	guest_cpuid_init(&vcpu);
	assert_false(guest_cpuid_leaf(1, 0).ecx & LEAF_1_ECX_X2APIC); /* this CPU has none */
}

/* OSXSAVE and OSPKE mirror CR4 of the guest, not of the host. */
TEST(osxsave_and_ospke_follow_the_guests_cr4)
{
	begin();
	guest_cpuid_init(&vcpu);
	execute(1, 0);
	assert_false(vcpu.regs.rcx & OSXSAVE);
	execute(7, 0);
	assert_false(vcpu.regs.rcx & OSPKE);
	FIELD(GUEST_CR4) = CR4_OSXSAVE | CR4_PKE;
	execute(1, 0);
	assert_true(vcpu.regs.rcx & OSXSAVE);
	execute(7, 0);
	assert_true(vcpu.regs.rcx & OSPKE);
	execute(7, 1);
	assert_false(vcpu.regs.rcx & OSPKE);
}

/* EBX of leaf 0DH is the size for XCR0, which the guest changes without the table's knowledge. */
TEST(the_size_of_the_xsave_area_is_read_anew)
{
	begin();
	guest_cpuid_init(&vcpu);
	set(0xd, 0, 99, 0x988, 99, 99);
	execute(0xd, 0);
	assert_int_equal(vcpu.regs.rbx, 0x988);
	assert_int_equal(vcpu.regs.rax, 7);
	set(0, 0, 99, 99, 99, 99);
	execute(0, 0);
	assert_int_equal(vcpu.regs.rax, 0xd);
}

/* 26.3: these instructions are a #UD without their VM-execution controls. */
TEST(instructions_without_their_control_are_hidden)
{
	begin();
	guest_cpuid_init(&vcpu);
	assert_true(guest_cpuid_leaf(7, 0).ebx & LEAF_7_EBX_INVPCID);
	assert_true(guest_cpuid_leaf(LEAF_EXT_1, 0).edx & LEAF_EXT_1_EDX_RDTSCP);
	begin();
	vmx.secondary = 0;
	guest_cpuid_init(&vcpu);
	assert_int_equal(guest_cpuid_leaf(7, 0).ebx, SMAP | 1);
	assert_int_equal(guest_cpuid_leaf(LEAF_EXT_1, 0).edx, LEAF_EXT_1_EDX_NX);
}

TEST(features_that_shadow_tables_do_not_support_are_hidden)
{
	begin();
	guest_cpuid_init(&vcpu);
	assert_true(guest_cpuid_leaf(7, 0).ebx & SMAP);
	assert_true(guest_cpuid_leaf(7, 0).ecx & PKU);
	begin();
	vcpu.shadow = true;
	guest_cpuid_init(&vcpu);
	assert_int_equal(guest_cpuid_leaf(7, 0).ebx, LEAF_7_EBX_INVPCID | 1);
	assert_int_equal(guest_cpuid_leaf(7, 0).ecx, 0); /* PKU, LA57 */
	assert_int_equal(guest_cpuid_leaf(7, 0).edx, 2);
	assert_int_equal(guest_cpuid_leaf(7, 1).ebx, SMAP); /* another subleaf has other bits */
}

TEST(the_topology_ends_with_the_first_empty_level)
{
	begin();
	guest_cpuid_init(&vcpu);
	assert_int_equal(guest_cpuid_leaf(0xb, 0).eax, 1);
	assert_int_equal(guest_cpuid_leaf(0xb, 1).eax, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(an_ordinary_leaf_is_the_cpus_and_upper_halves_are_cleared),
		RUN(subleaves_differ_and_missing_ones_are_zeros),
		RUN(beyond_the_last_leaf_the_answer_is_the_highest_basic_leaf),
		RUN(the_guest_sees_a_hypervisor_with_its_signature),
		RUN(vmx_is_visible_only_with_nesting),
		RUN(the_emulated_apic_has_x2apic_and_no_tsc_deadline),
		RUN(osxsave_and_ospke_follow_the_guests_cr4),
		RUN(the_size_of_the_xsave_area_is_read_anew),
		RUN(instructions_without_their_control_are_hidden),
		RUN(features_that_shadow_tables_do_not_support_are_hidden),
		RUN(the_topology_ends_with_the_first_empty_level),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
