// SPDX-License-Identifier: GPL-2.0-only
/* Tests of the control registers of a guest on shadow tables (SDM 2.5, 5.1). */
#include "l1-hypervisor/tests/unit.h"

#include "l1-hypervisor/memory/guest_paging.h"
#include "l1-hypervisor/memory/shadow.h"
#include "l1-hypervisor/tests/fake_guest.h"

#define PROTECTED   (CR0_PE | CR0_NE)
#define PAGED       (PROTECTED | CR0_PG)
#define CR4_SMAP    (1ull << 21)
#define NEXT_PDPTES 0x5020ull

static struct vcpu vcpu;

static void begin(void)
{
	fake_cpu_reset();
	fake_guest_reset(&vcpu);
	fake_cpuid_set(0, 0, (struct cpuid_result){.eax = 7});
	fake_cpuid_set(1, 0, (struct cpuid_result){.ecx = LEAF_1_ECX_PCID});
	fake_cpuid_set(7, 0, (struct cpuid_result){.ebx = LEAF_7_EBX_SMEP});
	fake_cpuid_set(0x80000000, 0, (struct cpuid_result){.eax = LEAF_ADDRESSES});
	fake_cpuid_set(LEAF_EXT_1, 0, (struct cpuid_result){.edx = LEAF_EXT_1_EDX_NX | LEAF_EXT_1_EDX_1G});
	fake_cpuid_set(LEAF_ADDRESSES, 0, (struct cpuid_result){.eax = 46});
	vcpu.shadow = true;
	assert_true(shadow_pool_set(0));
	paging_init(&vcpu);
}

/* 4-level paging in a compatibility-mode segment (in64: in 64-bit code). */
static void begin_long(bool in64)
{
	begin();
	assert_true(paging_write_cr4(&vcpu, CR4_PAE));
	assert_true(paging_write_efer(&vcpu, EFER_LME));
	assert_true(paging_write_cr3(&vcpu, FAKE_ROOT));
	assert_true(paging_write_cr0(&vcpu, PAGED));
	FIELD(GUEST_CS_AR_BYTES) = in64 ? AR_L : AR_DB;
}

static void assert_refuses_cr0(uint64_t value)
{
	const struct guest_paging before = vcpu.paging;
	const uint64_t cpu_value = FIELD(GUEST_CR0);

	assert_false(paging_write_cr0(&vcpu, value));
	assert_memory_equal(&vcpu.paging, &before, sizeof(before));
	assert_int_equal(FIELD(GUEST_CR0), cpu_value);
}

static void assert_refuses_cr4(uint64_t value)
{
	const struct guest_paging before = vcpu.paging;
	const uint64_t cpu_value = FIELD(GUEST_CR4);

	assert_false(paging_write_cr4(&vcpu, value));
	assert_memory_equal(&vcpu.paging, &before, sizeof(before));
	assert_int_equal(FIELD(GUEST_CR4), cpu_value);
}

static void assert_refuses_efer(uint64_t value)
{
	const uint64_t before = paging_efer(&vcpu);

	assert_false(paging_write_efer(&vcpu, value));
	assert_int_equal(paging_efer(&vcpu), before);
}

/* --- The start, and the registers in the CPU -------------------------------------------------- */

/*
 * 27.3.1.1 and A.7: CR0.PE and CR0.PG are fixed to 1, so a guest without paging runs on shadow
 * tables.
 */
TEST(at_the_start_the_cpu_pages_and_the_guest_does_not)
{
	begin();
	assert_int_equal(paging_state(&vcpu)->mode, WALK_OFF);
	assert_int_equal(FIELD(CR0_READ_SHADOW), PROTECTED);
	assert_int_equal(FIELD(GUEST_CR0) & (CR0_PE | CR0_PG | CR0_WP), CR0_PE | CR0_PG | CR0_WP);
	assert_int_equal(FIELD(CR4_READ_SHADOW), 0);
	assert_int_equal(FIELD(GUEST_CR4) & (CR4_PAE | CR4_VMXE), CR4_PAE | CR4_VMXE);
	assert_int_equal(FIELD(GUEST_IA32_EFER), EFER_NXE);
	assert_int_equal(FIELD(CR0_GUEST_HOST_MASK) & (CR0_PG | CR0_WP), CR0_PG | CR0_WP);
	assert_int_equal(paging_state(&vcpu)->physical_bits, 46);
}

TEST(the_four_modes_of_paging)
{
	begin();
	assert_true(paging_write_cr3(&vcpu, 0x12345678));
	assert_true(paging_write_cr0(&vcpu, PAGED));
	assert_int_equal(paging_state(&vcpu)->mode, WALK_32BIT);
	assert_int_equal(paging_state(&vcpu)->root, 0x12345000);
	assert_true(paging_write_cr0(&vcpu, PROTECTED));
	assert_int_equal(paging_state(&vcpu)->mode, WALK_OFF);
	begin();
	assert_true(paging_write_cr4(&vcpu, CR4_PAE));
	assert_true(paging_write_cr0(&vcpu, PAGED));
	assert_int_equal(paging_state(&vcpu)->mode, WALK_PAE);
	begin_long(false);
	assert_int_equal(paging_state(&vcpu)->mode, WALK_4LEVEL);
	assert_int_equal(paging_state(&vcpu)->root, FAKE_ROOT);
}

/* 10.8.5: turning on paging with LME sets LMA. 27.3.1.1: the VM-entry control must match. */
TEST(another_mode_of_paging_has_another_root_in_the_cpu)
{
	begin_long(false);
	FIELD(GUEST_CR3) = 0;
	assert_true(paging_write_cr0(&vcpu, PROTECTED));
	assert_int_not_equal(FIELD(GUEST_CR3), 0);
}

TEST(turning_on_paging_with_lme_enters_ia32e_mode_and_turning_it_off_leaves_it)
{
	begin_long(false);
	assert_int_equal(paging_efer(&vcpu), EFER_LME | EFER_LMA);
	assert_int_equal(FIELD(GUEST_IA32_EFER), EFER_LME | EFER_LMA | EFER_NXE);
	assert_true(FIELD(VM_ENTRY_CONTROLS) & VM_ENTRY_IA32E_MODE);
	assert_true(paging_write_cr0(&vcpu, PROTECTED));
	assert_int_equal(paging_efer(&vcpu), EFER_LME);
	assert_false(FIELD(VM_ENTRY_CONTROLS) & VM_ENTRY_IA32E_MODE);
	assert_false(FIELD(GUEST_IA32_EFER) & EFER_LMA);
}

/*
 * Shadow pages of a guest without paging allow user access, so the CPU's SMEP would stop the
 * supervisor.
 */
TEST(smep_reaches_the_cpu_only_while_the_guest_pages)
{
	begin();
	assert_true(paging_write_cr4(&vcpu, CR4_SMEP | CR4_PSE));
	assert_false(FIELD(GUEST_CR4) & CR4_SMEP);
	assert_false(paging_state(&vcpu)->smep);
	assert_int_equal(FIELD(CR4_READ_SHADOW), CR4_SMEP | CR4_PSE);
	assert_true(paging_write_cr0(&vcpu, PAGED));
	assert_true(FIELD(GUEST_CR4) & CR4_SMEP);
	assert_true(paging_state(&vcpu)->smep && paging_state(&vcpu)->pse);
}

/* --- Values that raise #GP (SDM vol. 2, MOV to control registers; WRMSR) ---------------------- */

TEST(cr0_values_that_raise_gp)
{
	begin_long(true);
	assert_refuses_cr0(PAGED | 1ull << 32);
	assert_refuses_cr0(CR0_NE | CR0_PG); /* paging without protection */
	assert_refuses_cr0(PAGED | CR0_NW);  /* NW without CD */
	assert_refuses_cr0(PROTECTED);       /* off in 64-bit code */
	assert_true(paging_write_cr0(&vcpu, PAGED | CR0_NW | CR0_CD));
}

TEST(paging_with_lme_needs_pae_and_no_64_bit_segment)
{
	begin();
	assert_true(paging_write_efer(&vcpu, EFER_LME));
	assert_refuses_cr0(PAGED);
	assert_true(paging_write_cr4(&vcpu, CR4_PAE));
	FIELD(GUEST_CS_AR_BYTES) = AR_L;
	assert_refuses_cr0(PAGED);
	FIELD(GUEST_CS_AR_BYTES) = AR_DB;
	assert_true(paging_write_cr0(&vcpu, PAGED));
}

TEST(paging_with_pcids_cannot_be_turned_off)
{
	begin_long(false);
	assert_true(paging_write_cr4(&vcpu, CR4_PAE | CR4_PCIDE));
	assert_true(paging_has_pcids(&vcpu));
	assert_refuses_cr0(PROTECTED);
	assert_true(paging_write_cr4(&vcpu, CR4_PAE));
	assert_true(paging_write_cr0(&vcpu, PROTECTED));
}

TEST(real_mode_ends_the_run)
{
	begin();
	assert_run_ends("unrestricted guest", paging_write_cr0(&vcpu, CR0_NE));
}

TEST(cr4_values_that_raise_gp)
{
	begin_long(true);
	assert_refuses_cr4(CR4_PAE | CR4_SMAP);
	assert_refuses_cr4(CR4_PAE | CR4_LA57);
	assert_refuses_cr4(CR4_PAE | CR4_VMXE);
	assert_refuses_cr4(CR4_PAE | 1ull << 40);
	assert_refuses_cr4(0); /* PAE cannot change in IA-32e mode */
	vcpu.paging.has_smep = false;
	assert_refuses_cr4(CR4_PAE | CR4_SMEP);
	vcpu.paging.has_smep = true;
	assert_true(paging_write_cr4(&vcpu, CR4_PAE | CR4_SMEP | CR4_PGE));
	assert_int_equal(FIELD(CR4_READ_SHADOW), CR4_PAE | CR4_SMEP | CR4_PGE);
	assert_int_equal(FIELD(GUEST_CR4), CR4_PAE | CR4_SMEP | CR4_PGE | CR4_VMXE);
}

/* 5.10.1. */
TEST(pcids_need_the_feature_and_ia32e_mode_and_pcid_0)
{
	begin();
	assert_refuses_cr4(CR4_PCIDE);
	begin_long(true);
	assert_true(paging_write_cr3(&vcpu, FAKE_ROOT | 1));
	assert_refuses_cr4(CR4_PAE | CR4_PCIDE);
	assert_true(paging_write_cr3(&vcpu, FAKE_ROOT));
	vcpu.paging.has_pcid = false;
	assert_refuses_cr4(CR4_PAE | CR4_PCIDE);
	vcpu.paging.has_pcid = true;
	assert_true(paging_write_cr4(&vcpu, CR4_PAE | CR4_PCIDE));
	assert_true(FIELD(GUEST_CR4) & CR4_PAE);
	assert_false(FIELD(GUEST_CR4) & CR4_PCIDE); /* shadow tables have no PCIDs */
}

TEST(efer_values_that_raise_gp)
{
	begin_long(true);
	assert_refuses_efer(1ull << 1);
	assert_refuses_efer(0); /* LME cannot change while paging is on */
	vcpu.paging.has_nx = false;
	assert_refuses_efer(EFER_LME | EFER_NXE);
	vcpu.paging.has_nx = true;
	assert_true(paging_write_efer(&vcpu, EFER_LME | EFER_NXE | EFER_SCE));
	assert_int_equal(paging_efer(&vcpu), EFER_LME | EFER_LMA | EFER_NXE | EFER_SCE);
	assert_true(paging_state(&vcpu)->nxe);
}

TEST(lma_is_read_only)
{
	begin();
	assert_true(paging_write_efer(&vcpu, EFER_LMA | EFER_SCE));
	assert_int_equal(paging_efer(&vcpu), EFER_SCE);
}

TEST(cr3_may_not_exceed_the_physical_address_bits)
{
	begin_long(true);
	assert_false(paging_write_cr3(&vcpu, 1ull << 46));
	assert_false(paging_write_cr3(&vcpu, FAKE_ROOT | CR3_NO_FLUSH));
	assert_int_equal(paging_cr3(&vcpu), FAKE_ROOT);
	assert_true(paging_write_cr3(&vcpu, (1ull << 46) - 0x1000));
}

/* 5.10.4.1. */
TEST(with_pcids_bit_63_of_cr3_is_accepted_and_not_stored)
{
	begin_long(true);
	assert_true(paging_write_cr4(&vcpu, CR4_PAE | CR4_PCIDE));
	assert_true(paging_write_cr3(&vcpu, FAKE_ROOT | 5 | CR3_NO_FLUSH));
	assert_int_equal(paging_cr3(&vcpu), FAKE_ROOT | 5);
	assert_int_equal(paging_state(&vcpu)->root, FAKE_ROOT);
}

TEST(outside_of_64_bit_code_an_operand_has_32_bits)
{
	begin_long(false);
	assert_true(paging_write_cr3(&vcpu, 0xffffffff00001000));
	assert_int_equal(paging_cr3(&vcpu), 0x1000);
	assert_true(paging_write_cr0(&vcpu, PAGED | 0xffull << 40));
}

/* --- PAE paging (5.4.1) ----------------------------------------------------------------------- */

static void begin_pae(void)
{
	begin();
	for (unsigned i = 0; i < 4; i++)
		*fake_qword(NEXT_PDPTES + 8 * i) = (0x6000 + 0x1000 * i) | PTE_P;
	assert_true(paging_write_cr4(&vcpu, CR4_PAE));
	assert_true(paging_write_cr0(&vcpu, PAGED));
}

TEST(mov_to_cr3_loads_the_pdptes)
{
	begin_pae();
	assert_int_equal(paging_state(&vcpu)->pdpte[3], 0);
	assert_true(paging_write_cr3(&vcpu, NEXT_PDPTES | 0x18));
	assert_int_equal(paging_state(&vcpu)->pdpte[3], 0x9000 | PTE_P);
	*fake_qword(NEXT_PDPTES + 24) = 0; /* the CPU keeps them until the next load */
	assert_int_equal(paging_state(&vcpu)->pdpte[3], 0x9000 | PTE_P);
}

TEST(a_reserved_bit_in_a_pdpte_raises_gp_and_changes_nothing)
{
	begin_pae();
	*fake_qword(NEXT_PDPTES + 16) |= PTE_W;
	assert_false(paging_write_cr3(&vcpu, NEXT_PDPTES));
	assert_int_equal(paging_cr3(&vcpu), 0);
	assert_int_equal(paging_state(&vcpu)->pdpte[0], 0);
}

TEST(pdptes_outside_of_memory_end_the_run)
{
	begin_pae();
	assert_run_ends("outside its memory of", paging_write_cr3(&vcpu, 0x20000000));
}

/* --- Which shadow tables are in use ----------------------------------------------------------- */

TEST(tables_are_write_protected_only_in_ia32e_mode_with_wp)
{
	begin();
	vcpu.write_protect = true;
	assert_true(paging_write_cr4(&vcpu, CR4_PAE));
	assert_true(paging_write_cr0(&vcpu, PAGED | CR0_WP));
	assert_false(paging_is_write_protected(&vcpu));
	begin_long(true);
	vcpu.write_protect = true;
	assert_false(paging_is_write_protected(&vcpu));
	assert_true(paging_write_cr0(&vcpu, PAGED | CR0_WP));
	assert_true(paging_is_write_protected(&vcpu));
	assert_true(paging_write_cr0(&vcpu, PAGED));
	assert_false(paging_is_write_protected(&vcpu));
	vcpu.write_protect = false;
	assert_true(paging_write_cr0(&vcpu, PAGED | CR0_WP));
	assert_false(paging_is_write_protected(&vcpu));
}

TEST(added_or_removed_memory_discards_write_protected_tables)
{
	begin_long(true);
	vcpu.write_protect = true;
	assert_true(paging_write_cr0(&vcpu, PAGED | CR0_WP));
	FIELD(GUEST_CR3) = 0;
	paging_drop_translations(&vcpu);
	assert_int_not_equal(FIELD(GUEST_CR3), 0);
}

static unsigned mapped;

static void count(uint64_t linear, uint64_t entry, uint64_t size)
{
	(void)linear, (void)entry, (void)size;
	mapped++;
}

static unsigned pages_after(bool good)
{
	assert_true(good);
	mapped = 0;
	shadow_for_each(count);
	return mapped;
}

static void map_two(void)
{
	const struct shadow_page page = {.linear = 0x5000, .host = 0x9000, .size = 4096, .guest_size = 4096};
	const struct shadow_page other = {.linear = 0x7000, .host = 0x9000, .size = 4096, .guest_size = 4096};

	shadow_map(&page);
	shadow_map(&other);
}

/* 5.10.4.1: these writes invalidate the TLB. */
TEST(writes_that_affect_paging_empty_the_virtual_tlb)
{
	begin_long(true);
	map_two();
	assert_int_equal(pages_after(paging_write_cr4(&vcpu, CR4_PAE | 1ull << 9)), 2); /* OSFXSR */
	assert_int_equal(pages_after(paging_write_cr3(&vcpu, FAKE_ROOT)), 0);
	map_two();
	assert_int_equal(pages_after(paging_write_cr4(&vcpu, CR4_PAE | CR4_PGE)), 0);
	map_two();
	assert_int_equal(pages_after(paging_write_cr0(&vcpu, PAGED | CR0_WP)), 0);
	map_two();
	assert_int_equal(pages_after(paging_write_efer(&vcpu, EFER_LME | EFER_NXE)), 0);
}

TEST(invlpg_removes_one_page_except_where_a_page_has_two_tables)
{
	begin_long(true);
	map_two();
	paging_invalidate(&vcpu, 0x5000);
	assert_int_equal(pages_after(true), 1);
	begin();
	assert_true(paging_write_cr4(&vcpu, CR4_PSE));
	assert_true(paging_write_cr0(&vcpu, PAGED));
	map_two();
	paging_invalidate(&vcpu, 0x5000); /* a page of 4 MiB lies in two shadow tables */
	assert_int_equal(pages_after(true), 0);
}

/* --- With nested paging the registers are in the VMCS ----------------------------------------- */

TEST(with_nested_paging_the_state_comes_from_the_vmcs)
{
	const struct walk_paging *paging;

	begin();
	vcpu.shadow = false;
	FIELD(GUEST_CR3) = 0x123456789123;
	FIELD(GUEST_CR0) = PROTECTED;
	assert_int_equal(paging_state(&vcpu)->mode, WALK_OFF);
	FIELD(GUEST_CR0) = PAGED;
	FIELD(GUEST_CR4) = CR4_PSE;
	paging = paging_state(&vcpu);
	assert_int_equal(paging->mode, WALK_32BIT);
	assert_int_equal(paging->root, 0x56789000);
	assert_true(paging->pse);
	assert_true(paging->nxe); /* the CPU has checked NX already */
	FIELD(GUEST_CR4) = 0;
	assert_false(paging_state(&vcpu)->pse);
	FIELD(GUEST_CR4) = CR4_PAE;
	FIELD(GUEST_PDPTR2) = 0x8001;
	paging = paging_state(&vcpu);
	assert_int_equal(paging->mode, WALK_PAE);
	assert_int_equal(paging->pdpte[2], 0x8001);
	FIELD(VM_ENTRY_CONTROLS) = VM_ENTRY_IA32E_MODE; /* compatibility mode */
	paging = paging_state(&vcpu);
	assert_int_equal(paging->mode, WALK_4LEVEL);
	assert_int_equal(paging->root, 0x123456789000);
	assert_false(paging->wp);
	FIELD(GUEST_CR0) |= CR0_WP;
	assert_true(paging_state_for_write(&vcpu)->wp);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(at_the_start_the_cpu_pages_and_the_guest_does_not),
		RUN(the_four_modes_of_paging),
		RUN(another_mode_of_paging_has_another_root_in_the_cpu),
		RUN(turning_on_paging_with_lme_enters_ia32e_mode_and_turning_it_off_leaves_it),
		RUN(smep_reaches_the_cpu_only_while_the_guest_pages),
		RUN(cr0_values_that_raise_gp),
		RUN(paging_with_lme_needs_pae_and_no_64_bit_segment),
		RUN(paging_with_pcids_cannot_be_turned_off),
		RUN(real_mode_ends_the_run),
		RUN(cr4_values_that_raise_gp),
		RUN(pcids_need_the_feature_and_ia32e_mode_and_pcid_0),
		RUN(efer_values_that_raise_gp),
		RUN(lma_is_read_only),
		RUN(cr3_may_not_exceed_the_physical_address_bits),
		RUN(with_pcids_bit_63_of_cr3_is_accepted_and_not_stored),
		RUN(outside_of_64_bit_code_an_operand_has_32_bits),
		RUN(mov_to_cr3_loads_the_pdptes),
		RUN(a_reserved_bit_in_a_pdpte_raises_gp_and_changes_nothing),
		RUN(pdptes_outside_of_memory_end_the_run),
		RUN(tables_are_write_protected_only_in_ia32e_mode_with_wp),
		RUN(added_or_removed_memory_discards_write_protected_tables),
		RUN(writes_that_affect_paging_empty_the_virtual_tlb),
		RUN(invlpg_removes_one_page_except_where_a_page_has_two_tables),
		RUN(with_nested_paging_the_state_comes_from_the_vmcs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
