/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The VMX instructions. Each one checks CF (VMfailInvalid) and ZF (VMfailValid), SDM 31.2, and none returns after a failure:
 * the error is named and the run ends.
 */
#ifndef HV_VMX_H
#define HV_VMX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "l1-hypervisor/counters.h"
#include "vmcs-shadow/controls.h"
#include "vmcs-shadow/fields.h"

/* A page that VMX owns: VMXON region or VMCS (SDM 25.2, 25.11.5). */
struct vmx_region {
	uint32_t revision;
	uint8_t data[4092];
} __attribute__((aligned(4096)));

/* What this CPU's capability MSRs say, read once by vmx_probe(). */
extern struct vmx_capabilities vmx;

/* Reads the capabilities. Fails in words if the CPU has no VMX, or the firmware locked it out. */
void vmx_probe(void);

/* VMXON: enters VMX root operation. The address is VMXON's operand, there for doing it again. */
void vmx_on(void);
extern uint64_t vmx_on_address;

/* Forgets all cached translations of guests, as far as the CPU can: a level above us may have used the same VPID and EPT. */
void vmx_invalidate_all(void);

/*
 * INVVPID of another VPID than our guest's: all that is cached of it, or one linear address. Counted as housekeeping; without the
 * instruction, nothing.
 */
void vmx_invalidate_vpid(uint16_t vpid);
void vmx_invalidate_vpid_address(uint16_t vpid, uint64_t linear);

/* INVEPT of one context: what was cached of this EPTP. Counted as housekeeping. */
void vmx_invalidate_ept(uint64_t eptp);

/*
 * INVVPID of one linear address of our guest, and of all that is cached of it. Counted as housekeeping; without the instruction,
 * nothing: our guest has a VPID only where that is there, and without one every VM entry forgets all.
 */
void vmx_invalidate_address(uint64_t linear);
void vmx_invalidate_guest(void);

/* Can INVVPID at least forget all of a guest? */
bool vmx_has_invvpid(void);

/* What INVEPT and INVVPID take. */
struct vmx_invalidation {
	uint64_t low, high;
};

/* INVEPT and INVVPID types (SDM 31.3). */
#define INVEPT_SINGLE_CONTEXT  1ull
#define INVEPT_ALL_CONTEXTS    2ull
#define INVVPID_ADDRESS        0ull
#define INVVPID_SINGLE_CONTEXT 1ull
#define INVVPID_ALL_CONTEXTS   2ull
#define INVVPID_BUT_GLOBALS    3ull

/* Our guest's; 0 is our own. */
#define GUEST_VPID 1u

/* Names the failure of a VMX instruction and ends the run. The VM-instruction error is read where there is one. */
void vmx_failed(const char *instruction, const char *operand) __attribute__((noreturn));

/* The VMCS that is current, or NULL. */
extern struct vmx_region *vmx_loaded;

/* VMCLEAR: the region's memory is ours until it is loaded; its revision says that it is an ordinary VMCS. */
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

/* VMPTRLD; of NULL, nothing. */
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
 * VMREAD and VMWRITE of a field by name, counted: uint64_t rip = vmcs_read(GUEST_RIP). volatile: the compiler may take two reads of
 * a field for one, and a VMRESUME lies between them. Operands are registers: a hypervisor that has to emulate the access would have to walk
 * our page tables for one in memory.
 */
#define vmcs_read(name)         vmcs_read_field(VMCS_##name, VMCS_INDEX_##name)
#define vmcs_write(name, value) vmcs_write_field(VMCS_##name, VMCS_INDEX_##name, (value))

static inline __attribute__((always_inline)) uint64_t vmcs_read_field(enum vmcs_field field,
								      enum vmcs_field_index index)
{
	uint64_t value;

	counters.vmread[index]++;
	__asm__ volatile goto("vmread %[field], %[value]; jbe %l[failed]" /* CF or ZF */
			      : [value] "=r"(value)
			      : [field] "r"((uint64_t)field)
			      : "cc"
			      : failed);
	return value;
failed:
	vmx_failed("VMREAD", vmcs_field_info[index].name);
}

/* VMREAD of a field that may not be there, by encoding, not counted. False: VMfail, which leaves the value as it is. */
static inline __attribute__((always_inline)) bool vmcs_try_read(uint64_t encoding, uint64_t *value)
{
	uint64_t read; /* VMfail writes nothing, but an output is assigned on both ways */

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

/* The same, of fields that are written together, where one count is for all of them. */
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
