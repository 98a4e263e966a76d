// SPDX-License-Identifier: GPL-2.0-only
/* Builds ept02 from a fixed pool of tables. The pool records which ept02 each table belongs to. */
#include "l1-hypervisor/nested/vmx/nested_ept.h"

#include "l1-hypervisor/backend/backend.h"
#include "l1-hypervisor/cpu/vcpu.h"
#include "l1-hypervisor/cpu/vmx/vmx.h"
#include "l1-hypervisor/emulate/mmio.h"
#include "l1-hypervisor/formats/ept_walk.h"
#include "l1-hypervisor/memory/ept.h"
#include "l1-hypervisor/nested/vmx/nested_bitmaps.h"
#include "microbench/bare/bare.h"
#include "microbench/bare/cpu.h"
#include "vmcs-shadow/x86.h"

#define TABLES  256u
#define ROOTS   8u
#define ENTRIES 512u
#define ADDRESS 0x000ffffffffff000ull
#define FREE    0xff

/* Exit qualification of an EPT violation (SDM table 28-7). */
#define VIOLATION_RIGHTS      (7ull << 3)
#define VIOLATION_UNBLOCK_NMI (1ull << 12)
/*
 * The bits that are defined without "advanced VM-exit information": access, rights, linear address,
 * NMI unblocking.
 */
#define VIOLATION_DEFINED (7ull | VIOLATION_RIGHTS | 3ull << 7 | VIOLATION_UNBLOCK_NMI)

unsigned nested_ept_generation = 1;

static uint64_t tables[TABLES][ENTRIES] __attribute__((aligned(4096)));
static uint8_t root_of[TABLES]; /* FREE, or the index of a root */
static unsigned hint;           /* no table with a lower index is free */
static struct {
	uint64_t eptp12; /* 0: the root is free */
	uint64_t *table;
	uint64_t last_used;
} roots[ROOTS];
static uint64_t clock;

/*
 * ept02 maps this page where ept12 points outside of the guest's memory. All its bits are 1 at
 * first, and the host never reads it.
 */
static uint8_t no_memory_page[4096] __attribute__((aligned(4096)));

/* The bits of an ept12 pointer that select an ept02. */
#define EPTP12_KEY (ADDRESS | EPTP_ACCESSED_DIRTY)

static uint64_t eptp02_of(unsigned root)
{
	return (uintptr_t)roots[root].table | EPTP_WALK_LENGTH_4 | MEMORY_TYPE_WB |
	       (roots[root].eptp12 & EPTP_ACCESSED_DIRTY);
}

static void drop_root(unsigned root)
{
	if (!roots[root].eptp12)
		return;
	nested_ept_generation++;
	tlb_flush_ept(eptp02_of(root));
	for (unsigned i = 0; i < TABLES; i++)
		if (root_of[i] == root)
			root_of[i] = FREE;
	roots[root].eptp12 = 0;
	hint = 0;
}

/* Returns NULL if all tables are in use. */
static uint64_t *take_table(unsigned root)
{
	for (; hint < TABLES; hint++)
		if (root_of[hint] == FREE) {
			root_of[hint] = (uint8_t)root;
			memset(tables[hint], 0, sizeof(tables[hint]));
			return tables[hint++];
		}
	return NULL;
}

static void make_ready(void)
{
	static bool ready;

	if (ready)
		return;
	ready = true;
	memset(root_of, FREE, sizeof(root_of));
	memset(no_memory_page, 0xff, sizeof(no_memory_page));
}

uint64_t nested_ept_pointer(uint64_t eptp12)
{
	unsigned oldest = 0;

	make_ready();
	eptp12 = (eptp12 & EPTP12_KEY) | EPTP_WALK_LENGTH_4; /* keeps the value from being 0 */
	for (unsigned i = 0; i < ROOTS; i++) {
		if (roots[i].eptp12 == eptp12) {
			roots[i].last_used = ++clock;
			return eptp02_of(i);
		}
		if (roots[i].last_used < roots[oldest].last_used)
			oldest = i;
	}
	drop_root(oldest);
	roots[oldest].table = take_table(oldest);
	if (!roots[oldest].table) {
		nested_ept_forget_all();
		roots[oldest].table = take_table(oldest);
	}
	roots[oldest].eptp12 = eptp12;
	roots[oldest].last_used = ++clock;
	return eptp02_of(oldest);
}

void nested_ept_forget(uint64_t eptp12)
{
	/*
	 * An EPTP with accessed and dirty flags and an EPTP without them are two contexts for the
	 * host. They are one context for the guest (SDM 29.4.2: EP4TA).
	 */
	for (unsigned i = 0; i < ROOTS; i++)
		if (roots[i].eptp12 && !((roots[i].eptp12 ^ eptp12) & ADDRESS))
			drop_root(i);
}

void nested_ept_forget_all(void)
{
	for (unsigned i = 0; i < ROOTS; i++)
		drop_root(i);
}

static uint64_t *ept12_entry(void *context, uint64_t physical)
{
	return guest_memory(context, physical, 8);
}

static void ept12_entry_changed(void *context, uint64_t physical)
{
	nested_bitmaps_written(context, physical, 8);
}

/*
 * Translates a guest page by ept01: to memory, to a device page of the VMM, or to the page
 * `no_memory_page`.
 */
static void translate_ept01(struct vcpu *vcpu, const struct ept_page *page, uint64_t *host, uint64_t *size,
			    uint64_t *rights, uint64_t *type)
{
	uint64_t frame;

	*size = page->size < vcpu->ept_page ? page->size : vcpu->ept_page;
	*rights = EPT_RWX;
	*type = page->type;
	frame = page->physical & ~(*size - 1);
	if (guest_memory(vcpu, frame, *size)) {
		if (nested_bitmaps_overlap_protected(frame, *size))
			*size = EPT_PAGE_4K;
		if (nested_bitmaps_overlap_protected(page->physical, 1))
			*rights &= ~EPT_WRITE;
		*host = vcpu->base + (page->physical & ~(*size - 1));
		return;
	}
	*size = EPT_PAGE_4K;
	if (guest_memory(vcpu, page->physical & ~4095ull, EPT_PAGE_4K)) {
		*host = vcpu->base + (page->physical & ~4095ull);
	} else if (mmio_is_passthrough(vcpu, page->physical)) {
		*host = page->physical & ~4095ull;
		*type = MEMORY_TYPE_UC << EPT_MEMORY_TYPE_SHIFT;
	} else {
		*host = (uintptr_t)no_memory_page;
	}
}

/* Maps one page in an ept02. Returns false if no table is left. */
static bool map(unsigned root, uint64_t guest_physical, uint64_t host, uint64_t size, uint64_t bits)
{
	uint64_t *table = roots[root].table, *entry;

	for (unsigned shift = 39;; shift -= 9) {
		entry = &table[guest_physical >> shift & 511];
		if (1ull << shift == size)
			break;
		if (!(*entry & EPT_RWX) || *entry & EPT_LARGE_PAGE) {
			uint64_t *below = take_table(root);

			if (!below)
				return false;
			*entry = (uintptr_t)below | EPT_RWX;
		}
		table = (uint64_t *)(uintptr_t)(*entry & ADDRESS);
	}
	*entry = host | bits | (size > EPT_PAGE_4K ? EPT_LARGE_PAGE : 0);
	return true;
}

static unsigned find_root(uint64_t eptp02)
{
	for (unsigned i = 0; i < ROOTS; i++)
		if (roots[i].eptp12 && (uintptr_t)roots[i].table == (eptp02 & ADDRESS))
			return i;
	bare_fail("L2 runs on EPTP %lx, but no ept02 has it", eptp02);
}

/* Returns false if a table does not belong to this root. */
static bool visit_table(unsigned root, const uint64_t *table, unsigned shift, uint64_t guest_physical,
			void (*visit)(uint64_t guest_physical, uint64_t host, uint64_t size))
{
	const uint64_t number = ((uintptr_t)table - (uintptr_t)tables) / sizeof(tables[0]);

	if ((uintptr_t)table < (uintptr_t)tables || number >= TABLES || root_of[number] != root)
		return false;
	for (unsigned i = 0; i < ENTRIES; i++) {
		const uint64_t entry = table[i], address = guest_physical | (uint64_t)i << shift;

		if (!(entry & EPT_RWX))
			continue;
		if (shift == 12 || entry & EPT_LARGE_PAGE)
			visit(address, entry & ADDRESS & ~((1ull << shift) - 1), 1ull << shift);
		else if (!visit_table(root, (const uint64_t *)(uintptr_t)(entry & ADDRESS), shift - 9, address, visit))
			return false;
	}
	return true;
}

bool nested_ept_for_each(uint64_t eptp02, void (*visit)(uint64_t guest_physical, uint64_t host, uint64_t size))
{
	for (unsigned i = 0; i < ROOTS; i++)
		if (roots[i].eptp12 && eptp02_of(i) == eptp02)
			return visit_table(i, roots[i].table, 39, 0, visit);
	return false;
}

bool nested_ept_is_no_memory_page(uint64_t host)
{
	return host == (uintptr_t)no_memory_page;
}

/*
 * Returns true if ept02 already maps the address. The CPU may cache the old entry in several
 * pieces.
 */
static bool is_mapped(unsigned root, uint64_t guest_physical)
{
	uint64_t *table = roots[root].table;

	for (unsigned shift = 39;; shift -= 9) {
		uint64_t entry = table[guest_physical >> shift & 511];

		if (!(entry & EPT_RWX))
			return false;
		if (shift == 12 || entry & EPT_LARGE_PAGE)
			return true;
		table = (uint64_t *)(uintptr_t)(entry & ADDRESS);
	}
}

/*
 * Maps the page in ept02, with the rights that ept12 and ept01 both allow. If the tables run out,
 * it drops all ept02s first.
 */
static void compose_page(struct vcpu *vcpu, struct nested_vmcs *vmcs, uint64_t guest_physical,
			 const struct ept_page *page)
{
	unsigned root = find_root(vmcs_read(EPT_POINTER));
	uint64_t host, size, rights, type, bits;
	bool was_mapped = is_mapped(root, guest_physical);

	translate_ept01(vcpu, page, &host, &size, &rights, &type);
	bits = (page->rights & rights) | type;
	if (!page->dirty) /* the first write must set the dirty flag in ept12 */
		bits &= ~EPT_WRITE;
	if (!map(root, guest_physical, host, size, bits)) {
		uint64_t eptp12 = roots[root].eptp12;

		nested_ept_forget_all();
		vmcs_write(EPT_POINTER, nested_ept_pointer(eptp12));
		vmcs->tables = nested_ept_generation;
		root = find_root(vmcs_read(EPT_POINTER));
		map(root, guest_physical, host, size, bits);
	}
	/*
	 * The violation dropped the cached translation that caused it (SDM 29.4.3.1). Other pieces
	 * of a large page may still be cached.
	 */
	if (was_mapped && size < page->size)
		tlb_flush_ept(eptp02_of(root));
}

/*
 * Adds a page to the PML log of ept12 (SDM 29.3.6). Returns false if the log is full. The guest
 * then gets an exit before any dirty flag is set.
 */
static bool log_dirty(struct vcpu *vcpu, struct nested_vmcs *vmcs, uint64_t guest_physical)
{
	uint16_t index = (uint16_t)nested_vmcs_read(vmcs, VMCS_INDEX_GUEST_PML_INDEX);
	uint64_t at = nested_vmcs_read(vmcs, VMCS_INDEX_PML_ADDRESS) + 8ull * index, *slot;

	if (index > 511)
		return false;
	slot = guest_memory(vcpu, at, 8);
	if (slot) {
		*slot = guest_physical & ~4095ull;
		nested_bitmaps_written(vcpu, at, 8);
	}
	nested_vmcs_write(vmcs, VMCS_INDEX_GUEST_PML_INDEX, (uint16_t)(index - 1));
	return true;
}

static struct ept_walk ept12_walk(struct vcpu *vcpu, const struct nested_vmcs *vmcs)
{
	static unsigned physical_bits;

	if (!physical_bits)
		physical_bits = cpuid(LEAF_ADDRESSES, 0).eax & 0xff;
	return (struct ept_walk){.eptp = VMCS12(&vmcs->v12, EPT_POINTER),
				 .ept_vpid = vmx.ept_vpid,
				 .physical_bits = physical_bits,
				 .entry = ept12_entry,
				 .changed = ept12_entry_changed,
				 .context = vcpu};
}

bool nested_ept_translate(struct vcpu *vcpu, const struct nested_vmcs *vmcs, uint64_t guest_physical,
			  uint64_t *physical)
{
	const struct ept_walk walk = ept12_walk(vcpu, vmcs);
	struct ept_page page;

	if (ept_walk(&walk, guest_physical, EPT_READ, false, &page) != EPT_WALK_GOOD)
		return false;
	*physical = page.physical;
	return true;
}

bool nested_ept_violation(struct vcpu *vcpu, struct nested_vmcs *vmcs, struct vmx_exit_information *information)
{
	uint64_t qualification = vmcs_read(EXIT_QUALIFICATION), physical = vmcs_read(GUEST_PHYSICAL_ADDRESS);
	uint64_t access = qualification & EPT_RWX;
	const struct ept_walk walk = ept12_walk(vcpu, vmcs);
	enum ept_result result;
	struct ept_page page;

	result = ept_walk(&walk, physical, access, false, &page);
	if (result == EPT_WALK_GOOD && page.becomes_dirty) {
		if (SECONDARY_EXEC_ENABLE_PML & VMCS12(&vmcs->v12, SECONDARY_VM_EXEC_CONTROL) &&
		    !log_dirty(vcpu, vmcs, physical)) {
			*information = (struct vmx_exit_information){
				.reason = VMX_EXIT_PML_FULL, .qualification = qualification & VIOLATION_UNBLOCK_NMI};
			return true;
		}
		result = ept_walk(&walk, physical, access, true, &page);
	}
	switch (result) {
	case EPT_WALK_GOOD:
		if (access & EPT_WRITE)
			nested_bitmaps_touched(vcpu, page.physical);
		compose_page(vcpu, vmcs, physical, &page);
		return false;
	case EPT_WALK_VIOLATION:
		*information = (struct vmx_exit_information){
			.reason = VMX_EXIT_EPT_VIOLATION,
			.qualification = (qualification & VIOLATION_DEFINED & ~VIOLATION_RIGHTS) | page.rights << 3,
			.physical = physical,
			.linear = vmcs_read(GUEST_LINEAR_ADDRESS)};
		return true;
	default:
		*information = (struct vmx_exit_information){.reason = VMX_EXIT_EPT_MISCONFIG, .physical = physical};
		return true;
	}
}
