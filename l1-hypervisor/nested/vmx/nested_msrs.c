// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads and writes the MSRs in the guest's MSR areas. A #GP in the host shows that the CPU lacks
 * the MSR or rejects the value.
 *
 * An MSR that VM exits or VM entries switch is read and written in the VMCS.
 */
#include "l1-hypervisor/nested/vmx/nested_msrs.h"

#include "l1-hypervisor/cpu/vcpu.h"
#include "l1-hypervisor/cpu/vmx/vmx.h"
#include "l1-hypervisor/emulate/msr.h"
#include "l1-hypervisor/nested/vmx/nested_bitmaps.h"
#include "microbench/bare/bare.h"
#include "microbench/bare/cpu.h"
#include "vmcs-shadow/entry_checks.h"
#include "vmcs-shadow/virtual_exit.h"
#include "vmcs-shadow/x86.h"

#define MSR_SMM_MONITOR  0x9bu
#define MSR_SMBASE       0x9eu
#define MSR_UCODE_WRITE  0x79u
#define MSR_UCODE_REV    0x8bu
#define IS_X2APIC(index) ((index) >> 8 == 8)

struct entry {
	uint32_t index, reserved;
	uint64_t value;
};

static bool faulted;

/* RDMSR and WRMSR are 2 bytes long. */
static void skip(struct exception_frame *frame)
{
	faulted = true;
	frame->rip += 2;
}

static bool can_write(uint32_t msr, uint64_t value)
{
	faulted = false;
	bare_handle(VECTOR_GP, skip);
	wrmsr(msr, value);
	bare_handle(VECTOR_GP, NULL);
	return !faulted;
}

static bool can_read(uint32_t msr, uint64_t *value)
{
	faulted = false;
	bare_handle(VECTOR_GP, skip);
	*value = rdmsr(msr);
	bare_handle(VECTOR_GP, NULL);
	return !faulted;
}

/*
 * Returns true if no MSR area may contain this entry, whatever the MSR accepts (SDM 27.4, 28.4,
 * 28.6).
 */
static bool is_forbidden(const struct entry *e, bool is_store)
{
	if (e->reserved || IS_X2APIC(e->index))
		return true;
	if (is_store)
		return e->index == MSR_SMBASE;
	return e->index == MSR_FS_BASE || e->index == MSR_GS_BASE || e->index == MSR_SMM_MONITOR ||
	       e->index == MSR_UCODE_WRITE || e->index == MSR_UCODE_REV;
}

/*
 * MSRs whose values are in the current VMCS, and not in the CPU. The VMCS has the nested guest's
 * values, as an exit saved them, or the guest's values.
 */
#define VMCS_MSRS(X)                                                                                                   \
	X(MSR_SYSENTER_CS, GUEST_SYSENTER_CS)                                                                          \
	X(MSR_SYSENTER_ESP, GUEST_SYSENTER_ESP)                                                                        \
	X(MSR_SYSENTER_EIP, GUEST_SYSENTER_EIP)                                                                        \
	X(MSR_DEBUGCTL, GUEST_IA32_DEBUGCTL)                                                                           \
	X(MSR_EFER, GUEST_IA32_EFER)                                                                                   \
	X(MSR_FS_BASE, GUEST_FS_BASE)                                                                                  \
	X(MSR_GS_BASE, GUEST_GS_BASE)

static bool read_field(uint32_t msr, uint64_t *value)
{
	switch (msr) {
#define X(number, field)                                                                                               \
	case number:                                                                                                   \
		*value = vmcs_read(field);                                                                             \
		return true;
		VMCS_MSRS(X)
#undef X
	default:
		return false;
	}
}

static bool write_field(uint32_t msr, uint64_t value)
{
	switch (msr) {
#define X(number, field)                                                                                               \
	case number:                                                                                                   \
		vmcs_write(field, value);                                                                              \
		return true;
		VMCS_MSRS(X)
#undef X
	default:
		return false;
	}
}

/*
 * Returns true if the CPU accepts the value. The host does not depend on these MSRs, so it tests
 * with WRMSR.
 */
static bool cpu_accepts(uint32_t msr, uint64_t value)
{
	uint64_t host_value = rdmsr(msr);
	bool good = can_write(msr, value);

	wrmsr(msr, host_value);
	return good;
}

/* Computes the value that WRMSR would give to a field. Returns false if WRMSR would be a #GP. */
static bool check_field(const struct entry *e, uint64_t *value)
{
	uint64_t now;

	*value = e->value;
	switch (e->index) {
	case MSR_SYSENTER_CS:
		*value = (uint32_t)e->value;
		return true;
	/*
	 * The host uses EFER, so it cannot test with WRMSR. With paging LME cannot change, and LMA
	 * follows it (SDM vol. 3, 2.2.1).
	 */
	case MSR_EFER:
		now = vmcs_read(GUEST_IA32_EFER);
		*value = (e->value & ~EFER_LMA) | (now & EFER_LMA);
		return vmx_efer_ok(e->value) && !((e->value ^ now) & EFER_LME && vmcs_read(GUEST_CR0) & CR0_PG);
	default:
		return cpu_accepts(e->index, e->value);
	}
}

/*
 * Loads one entry of an area. The first pass (fields is false) writes the CPU's MSRs. Fields of the
 * VMCS are written in the second pass: a failed entry must leave the guest-state area unchanged
 * (SDM 27.8). An MSR that traps is emulated for the guest. Only an MSR that does not trap is
 * written to the CPU.
 */
static bool load_entry(struct vcpu *vcpu, const struct entry *e, bool fields)
{
	uint64_t value;

	if (is_forbidden(e, false))
		return false;
	if (read_field(e->index, &value)) {
		if (!check_field(e, &value))
			return false;
		return !fields || write_field(e->index, value);
	}
	if (fields)
		return true;
	return msr_is_trapped(e->index, true) ? msr_write(vcpu, e->index, e->value) : can_write(e->index, e->value);
}

static bool store_entry(struct vcpu *vcpu, struct entry *e)
{
	if (is_forbidden(e, true))
		return false;
	if (read_field(e->index, &e->value))
		return true;
	return msr_is_trapped(e->index, false) ? msr_read(vcpu, e->index, &e->value) : can_read(e->index, &e->value);
}

/* Returns NULL if the entry is not in guest memory. */
static struct entry *entry_at(struct vcpu *vcpu, uint64_t area, uint32_t number)
{
	return guest_memory(vcpu, area + number * sizeof(struct entry), sizeof(struct entry));
}

/* Returns 0, or the number (from 1) of the entry that cannot be loaded. */
static uint32_t load_all(struct vcpu *vcpu, uint64_t area, uint32_t count)
{
	for (int fields = 0; fields < 2; fields++) {
		for (uint32_t i = 0; i < count; i++) {
			const struct entry *e = entry_at(vcpu, area, i);

			if (!e || !load_entry(vcpu, e, fields))
				return i + 1;
		}
	}
	return 0;
}

uint32_t nested_msrs_load_guest(struct vcpu *vcpu, const struct vmcs12 *v)
{
	return load_all(vcpu, VMCS12(v, VM_ENTRY_MSR_LOAD_ADDR), (uint32_t)VMCS12(v, VM_ENTRY_MSR_LOAD_COUNT));
}

static void abort_vmx(const char *what, uint32_t number)
{
	bare_fail("VMX abort of the guest hypervisor: entry %u of its VM-exit MSR-%s area is invalid", number, what);
}

void nested_msrs_store(struct vcpu *vcpu, const struct vmcs12 *v)
{
	for (uint32_t i = 0; i < VMCS12(v, VM_EXIT_MSR_STORE_COUNT); i++) {
		struct entry *e = entry_at(vcpu, VMCS12(v, VM_EXIT_MSR_STORE_ADDR), i);

		if (!e || !store_entry(vcpu, e))
			abort_vmx("store", i + 1);
		nested_bitmaps_written(vcpu, VMCS12(v, VM_EXIT_MSR_STORE_ADDR) + i * sizeof(*e), sizeof(*e));
	}
}

void nested_msrs_load_host(struct vcpu *vcpu, const struct vmcs12 *v)
{
	uint32_t failed = load_all(vcpu, VMCS12(v, VM_EXIT_MSR_LOAD_ADDR), (uint32_t)VMCS12(v, VM_EXIT_MSR_LOAD_COUNT));

	if (failed)
		abort_vmx("load", failed);
}
