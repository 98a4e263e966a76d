// SPDX-License-Identifier: GPL-2.0-only
/* RDMSR and WRMSR of what a guest names: a #GP of ours says that there is no such MSR, or no such value. */
#include "nested_msrs.h"

#include "bare/bare.h"
#include "bare/cpu.h"
#include "guest.h"
#include "msr.h"
#include "nested_bitmaps.h"

#define MSR_FS_BASE      0xc0000100u
#define MSR_GS_BASE      0xc0000101u
#define MSR_SMM_MONITOR  0x9bu
#define MSR_SMBASE       0x9eu
#define MSR_UCODE_WRITE  0x79u
#define MSR_UCODE_REV    0x8bu
#define IS_X2APIC(index) ((index) >> 8 == 8)

#define VECTOR_GP 13u

struct entry {
	uint32_t index, reserved;
	uint64_t value;
};

static bool faulted;

/* RDMSR and WRMSR are two bytes. */
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

/* SDM 27.4 and 28.4, 28.6: what no area may have, whatever the MSR says. */
static bool is_forbidden(const struct entry *e, bool store)
{
	if (e->reserved || IS_X2APIC(e->index))
		return true;
	if (store)
		return e->index == MSR_SMBASE;
	return e->index == MSR_FS_BASE || e->index == MSR_GS_BASE || e->index == MSR_SMM_MONITOR ||
	       e->index == MSR_UCODE_WRITE || e->index == MSR_UCODE_REV;
}

/* What traps for L1 means something else for it than for us: only what passes is the CPU's. */
static bool load(const struct entry *e)
{
	if (is_forbidden(e, false))
		return false;
	return msr_is_trapped(e->index, true) ? msr_write(e->index, e->value) : can_write(e->index, e->value);
}

static bool store(struct entry *e)
{
	if (is_forbidden(e, true))
		return false;
	return msr_is_trapped(e->index, false) ? msr_read(e->index, &e->value) : can_read(e->index, &e->value);
}

/* NULL: there is no memory there. */
static struct entry *entry_at(uint64_t area, uint32_t number)
{
	return guest_memory(&guest, area + number * sizeof(struct entry), sizeof(struct entry));
}

uint32_t nested_msrs_load_guest(const struct vmcs12 *v)
{
	for (uint32_t i = 0; i < VMCS12(v, VM_ENTRY_MSR_LOAD_COUNT); i++) {
		const struct entry *e = entry_at(VMCS12(v, VM_ENTRY_MSR_LOAD_ADDR), i);

		if (!e || !load(e))
			return i + 1;
	}
	return 0;
}

static void abort_vmx(const char *what, uint32_t number)
{
	bare_fail("VMX abort of our guest, a hypervisor: entry %u of its VM-exit MSR-%s area is bad", number, what);
}

void nested_msrs_store(const struct vmcs12 *v)
{
	for (uint32_t i = 0; i < VMCS12(v, VM_EXIT_MSR_STORE_COUNT); i++) {
		struct entry *e = entry_at(VMCS12(v, VM_EXIT_MSR_STORE_ADDR), i);

		if (!e || !store(e))
			abort_vmx("store", i + 1);
		nested_bitmaps_written(VMCS12(v, VM_EXIT_MSR_STORE_ADDR) + i * sizeof(*e), sizeof(*e));
	}
}

void nested_msrs_load_host(const struct vmcs12 *v)
{
	for (uint32_t i = 0; i < VMCS12(v, VM_EXIT_MSR_LOAD_COUNT); i++) {
		const struct entry *e = entry_at(VMCS12(v, VM_EXIT_MSR_LOAD_ADDR), i);

		if (!e || !load(e))
			abort_vmx("load", i + 1);
	}
}
