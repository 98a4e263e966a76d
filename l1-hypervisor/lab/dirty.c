// SPDX-License-Identifier: GPL-2.0-only
/*
 * Three methods of dirty logging: write protection, dirty flags of EPT entries (SDM 29.3.5), and
 * the page-modification log that the CPU writes from these flags (SDM 29.3.6).
 */
#include "l1-hypervisor/lab/dirty.h"

#include "l1-hypervisor/backend/backend.h"
#include "l1-hypervisor/cpu/vcpu.h"
#include "l1-hypervisor/cpu/vmx/vmx.h"
#include "l1-hypervisor/memory/ept.h"
#include "microbench/abi/services.h"
#include "microbench/bare/bare.h"

#define LOG_ENTRIES 512u

static uint64_t log[LOG_ENTRIES] __attribute__((aligned(4096)));
static uint8_t page[4096] __attribute__((aligned(4096))); /* all logged guest pages map to this page */
static enum nb_dirty method;
static uint64_t from_full_logs;

static bool is_logged(uint64_t physical)
{
	return physical >= NB_LOGGED && physical < NB_LOGGED + NB_LOGGED_PAGES * 4096ull;
}

static uint64_t *entry_of(unsigned i)
{
	return ept_entry(NB_LOGGED + i * 4096ull);
}

static bool is_possible(struct vcpu *vcpu, uint64_t wanted)
{
	bool flags = vmx.ept_vpid & VMX_EPT_AD_BIT;

	if (wanted == NB_DIRTY_OFF || wanted == NB_DIRTY_PROTECTION)
		return !vcpu->shadow;
	return !vcpu->shadow && flags && (wanted == NB_DIRTY_FLAGS || vmx.secondary >> 32 & SECONDARY_EXEC_ENABLE_PML);
}

static void map_pages(void)
{
	for (unsigned i = 0; i < NB_LOGGED_PAGES; i++)
		ept_map_page(NB_LOGGED + i * 4096ull, (uintptr_t)page,
			     EPT_READ | (method == NB_DIRTY_PROTECTION ? 0 : EPT_WRITE) |
				     MEMORY_TYPE_WB << EPT_MEMORY_TYPE_SHIFT);
}

bool dirty_begin(struct vcpu *vcpu, uint64_t wanted)
{
	uint64_t eptp = vcpu->eptp;

	if (wanted > NB_DIRTY_LOG || !is_possible(vcpu, wanted))
		return false;
	method = (enum nb_dirty)wanted;
	map_pages();
	eptp = method == NB_DIRTY_FLAGS || method == NB_DIRTY_LOG ? eptp | EPTP_ACCESSED_DIRTY
								  : eptp & ~EPTP_ACCESSED_DIRTY;
	vcpu->secondary = method == NB_DIRTY_LOG ? vcpu->secondary | SECONDARY_EXEC_ENABLE_PML
						 : vcpu->secondary & ~SECONDARY_EXEC_ENABLE_PML;
	vcpu->eptp = eptp;
	vmcs_write(EPT_POINTER, eptp);
	vmcs_write(SECONDARY_VM_EXEC_CONTROL, vcpu->secondary);
	if (method == NB_DIRTY_LOG) {
		vmcs_write(PML_ADDRESS, (uintptr_t)log);
		vmcs_write(GUEST_PML_INDEX, LOG_ENTRIES - 1);
	}
	from_full_logs = 0;
	tlb_flush_ept(eptp);
	return true;
}

/* Clears a bit in all entries of logged pages. Returns the number of entries that had it. */
static uint64_t clear_in_entries(uint64_t bit)
{
	uint64_t count = 0;

	for (unsigned i = 0; i < NB_LOGGED_PAGES; i++) {
		uint64_t *entry = entry_of(i);

		if (!(*entry & bit))
			continue;
		__atomic_fetch_and(entry, ~bit, __ATOMIC_SEQ_CST); /* the CPU may set the other flag at the same time */
		count++;
	}
	return count;
}

/* The index counts down. It is 0xffff when the log is full. */
static uint64_t empty_log(void)
{
	uint16_t index = (uint16_t)vmcs_read(GUEST_PML_INDEX);
	uint64_t count = 0;

	for (unsigned i = (uint16_t)(index + 1); i < LOG_ENTRIES; i++) {
		if (!is_logged(log[i]))
			continue; /* The CPU also logs first stores to all other guest pages. */
		__atomic_fetch_and(ept_entry(log[i]), ~EPT_DIRTY, __ATOMIC_SEQ_CST);
		count++;
	}
	vmcs_write(GUEST_PML_INDEX, LOG_ENTRIES - 1);
	return count;
}

uint64_t dirty_collect(struct vcpu *vcpu)
{
	uint64_t count = 0;

	switch (method) {
	case NB_DIRTY_OFF:
		return 0;
	case NB_DIRTY_PROTECTION:
		count = clear_in_entries(EPT_WRITE);
		break;
	case NB_DIRTY_FLAGS:
		count = clear_in_entries(EPT_DIRTY);
		break;
	case NB_DIRTY_LOG:
		count = from_full_logs + empty_log();
		from_full_logs = 0;
		break;
	}
	/*
	 * Without this, the CPU does not report stores through translations that it cached as
	 * writable or dirty (SDM 29.3.5).
	 */
	tlb_flush_ept(vcpu->eptp);
	return count;
}

bool dirty_touched(uint64_t physical)
{
	if (method != NB_DIRTY_PROTECTION || !is_logged(physical))
		return false;
	/* The EPT violation has already invalidated the cached translation (SDM 29.4.3.1). */
	*ept_entry(physical) |= EPT_WRITE;
	return true;
}

void dirty_log_full(struct vcpu *vcpu)
{
	from_full_logs += empty_log();
	tlb_flush_ept(vcpu->eptp);
}
