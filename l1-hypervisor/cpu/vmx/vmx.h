/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The VMX instructions. Each function checks CF (VMfailInvalid) and ZF (VMfailValid), SDM 31.2.
 * After a failure it reports the error by name and ends the run. Only vmcs_try_read() returns the
 * failure.
 */
#ifndef HV_VMX_H
#define HV_VMX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "l1-hypervisor/cpu/vmx/counters.h"
#include "vmcs-shadow/controls.h"
#include "vmcs-shadow/fields.h"

/* The format of a VMXON region or a VMCS (SDM 25.2, 25.11.5). */
struct vmx_region {
	uint32_t revision;
	uint8_t data[4092];
} __attribute__((aligned(4096)));

/* The CPU's VMX capability MSRs. vmx_probe() reads them once. */
extern struct vmx_capabilities vmx;

/*
 * Reads the capabilities, and enables VMX in IA32_FEATURE_CONTROL if it is not locked. If the CPU
 * has no VMX, or the firmware locked VMX out, the run ends with an error message.
 */
void vmx_probe(void);

/*
 * VMXON: enters VMX root operation. vmx_on_address is the operand, the physical address of the
 * VMXON region, for another VMXON later.
 */
void vmx_on(void);
extern uint64_t vmx_on_address;

/*
 * Discards all cached guest translations, as far as the CPU's INVEPT and INVVPID can. A level above
 * may have used the same VPID and EPT. Not counted.
 */
void vmx_invalidate_all(void);

/*
 * INVVPID of all translations of a VPID, or of one linear address. If the CPU cannot invalidate one
 * address, it invalidates them all. Counted as housekeeping. Without INVVPID, both do nothing.
 */
void vmx_invalidate_vpid(uint16_t vpid);
void vmx_invalidate_vpid_address(uint16_t vpid, uint64_t linear);

/* Returns true if INVVPID can invalidate at least all translations of one guest. */
bool vmx_has_invvpid(void);

/* The descriptor operand of INVEPT and INVVPID. */
struct vmx_invalidation {
	uint64_t low, high;
};

/*
 * The VM-exit controls that switch IA32_EFER. With EPT, the guest writes this MSR without an exit,
 * so VM entry and VM exit must switch it.
 */
#define VMX_EXIT_SWITCHES_EFER (VM_EXIT_SAVE_IA32_EFER | VM_EXIT_LOAD_IA32_EFER)

/*
 * Returns true if this CPU can switch IA32_EFER at VM entry and exit. CPUs older than EPT cannot.
 */
bool vmx_switches_efer(void);

/* INVEPT and INVVPID types (SDM 31.3). */
#define INVEPT_SINGLE_CONTEXT  1ull
#define INVEPT_ALL_CONTEXTS    2ull
#define INVVPID_ADDRESS        0ull
#define INVVPID_SINGLE_CONTEXT 1ull
#define INVVPID_ALL_CONTEXTS   2ull
#define INVVPID_BUT_GLOBALS    3ull

/* The VPID of the guest. VPID 0 belongs to this hypervisor. */
#define GUEST_VPID 1u

/*
 * Reports the failed VMX instruction by name and ends the run. If there is a current VMCS, the
 * report has the VM-instruction error.
 */
void vmx_failed(const char *instruction, const char *operand) __attribute__((noreturn));

/* The current VMCS, or NULL. */
extern struct vmx_region *vmx_loaded;

/*
 * VMCLEAR: after it, the CPU caches no part of the region until VMPTRLD. The function also writes
 * the revision identifier of an ordinary VMCS, which ends its use as a shadow VMCS.
 */
static inline void vmx_clear(struct vmx_region *vmcs)
{
	uint64_t address = (uintptr_t)vmcs;

	counters.vmclear++;
	__asm__ volatile goto("vmclear %[address]; jbe %l[failed]"
			      :
			      : [address] "m"(address)
			      : "cc", "memory"
			      : failed);
	vmcs->revision = (uint32_t)(vmx.basic & VMX_BASIC_REVISION_MASK);
	if (vmx_loaded == vmcs)
		vmx_loaded = NULL;
	return;
failed:
	vmx_failed("VMCLEAR", "");
}

/* VMPTRLD: makes the VMCS current. NULL does nothing. */
static inline void vmx_load(struct vmx_region *vmcs)
{
	uint64_t address = (uintptr_t)vmcs;

	if (!vmcs)
		return;
	counters.vmptrld++;
	__asm__ volatile goto("vmptrld %[address]; jbe %l[failed]"
			      :
			      : [address] "m"(address)
			      : "cc", "memory"
			      : failed);
	vmx_loaded = vmcs;
	return;
failed:
	vmx_failed("VMPTRLD", "");
}

/*
 * Counted VMREAD and VMWRITE of a field by name: uint64_t rip = vmcs_read(GUEST_RIP).
 *
 * The asm is volatile: otherwise the compiler may merge two reads of a field, although a VMRESUME
 * lies between them. The operands are registers: a hypervisor that emulates the access would have
 * to walk this hypervisor's page tables for a memory operand.
 */
#define vmcs_read(name)         vmcs_read_field(VMCS_##name, VMCS_INDEX_##name)
#define vmcs_write(name, value) vmcs_write_field(VMCS_##name, VMCS_INDEX_##name, (value))

static inline __attribute__((always_inline)) uint64_t vmcs_read_field(enum vmcs_field field,
								      enum vmcs_field_index index)
{
	uint64_t value;

	counters.vmread[index]++;
	__asm__ volatile goto("vmread %[field], %[value]; jbe %l[failed]" /* jbe: CF or ZF */
			      : [value] "=r"(value)
			      : [field] "r"((uint64_t)field)
			      : "cc"
			      : failed);
	return value;
failed:
	vmx_failed("VMREAD", vmcs_field_info[index].name);
}

/*
 * VMREAD of a field by its encoding, not counted. Returns false and leaves *value unchanged if the
 * CPU lacks the field (VMfail).
 */
static inline __attribute__((always_inline)) bool vmcs_try_read(uint64_t encoding, uint64_t *value)
{
	uint64_t read; /* VMfail writes nothing, but the compiler assigns an output on both paths */

	__asm__ volatile goto("vmread %[field], %[value]; jbe %l[failed]"
			      : [value] "=r"(read)
			      : [field] "r"(encoding)
			      : "cc"
			      : failed);
	*value = read;
	return true;
failed:
	return false;
}

/*
 * VMWRITE of a field by name, not counted. Use it for a group of fields that are written together
 * and counted once.
 */
#define vmcs_write_uncounted(name, value) vmcs_write_plain(VMCS_##name, VMCS_INDEX_##name, (value))

static inline __attribute__((always_inline)) void vmcs_write_plain(enum vmcs_field field, enum vmcs_field_index index,
								   uint64_t value)
{
	__asm__ volatile goto("vmwrite %[value], %[field]; jbe %l[failed]"
			      :
			      : [field] "r"((uint64_t)field), [value] "r"(value)
			      : "cc", "memory"
			      : failed);
	return;
failed:
	vmx_failed("VMWRITE", vmcs_field_info[index].name);
}

static inline __attribute__((always_inline)) void vmcs_write_field(enum vmcs_field field, enum vmcs_field_index index,
								   uint64_t value)
{
	counters.vmwrite[index]++;
	vmcs_write_plain(field, index, value);
}

#endif
