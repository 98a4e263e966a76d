/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A CPU in VMX root operation for unit tests. The hypervisor's own code runs as a user's program.
 * Its privileged instructions raise a signal, and the signal handler carries them out on this
 * structure: VMX instructions, moves to and from control and debug registers, RDMSR, WRMSR and
 * XSETBV.
 */
#ifndef HV_FAKE_CPU_H
#define HV_FAKE_CPU_H

#include "l1-hypervisor/tests/fake_cpuid.h" /* first */

#include "l1-hypervisor/cpu/vcpu.h"
#include "l1-hypervisor/cpu/vmx/vmx.h"

enum fake_operation { FAKE_INVEPT, FAKE_INVVPID };

struct fake_cpu {
	struct vmx_region *current; /* of VMPTRLD, or NULL */
	uint32_t error;             /* VM-instruction error of the last VMfailValid */
	bool lacks[VMCS_FIELD_COUNT];
	uint64_t cr[16], dr[8], xcr0;
	struct {
		uint32_t number;
		uint64_t value;
	} msr[128];
	unsigned msrs;
	struct {
		uint32_t leaf, subleaf;
		struct cpuid_result result;
	} cpuid[32]; /* every other leaf reads as zeros */
	unsigned leaves;
	/* INVEPT and INVVPID, the first ones in the order of their execution. */
	struct {
		enum fake_operation operation;
		uint64_t type, low, high;
	} invalidation[64];
	unsigned invalidations;
	bool refuses_invalidation; /* INVEPT and INVVPID fail with error 28 */
};

extern struct fake_cpu fake;

/*
 * Resets the CPU, its capabilities and the counters. A VMCS with zeros is current. Call it at the
 * beginning of each test, because cmocka replaces the signal handlers before each test.
 */
void fake_cpu_reset(void);

/* The value of an MSR. fake_msr() adds the MSR if the CPU does not have it yet. */
uint64_t *fake_msr(uint32_t number);

/* Sets the answer for a CPUID leaf. */
void fake_cpuid_set(uint32_t leaf, uint32_t subleaf, struct cpuid_result result);

/* The value of a field in a VMCS, or in the current VMCS: FIELD(GUEST_RIP) = 0x1000. */
uint64_t *fake_field(struct vmx_region *vmcs, unsigned index);
#define FIELD_OF(vmcs, name) (*fake_field(vmcs, VMCS_INDEX_##name))
#define FIELD(name)          FIELD_OF(fake.current, name)

/* Returns how many INVEPTs or INVVPIDs with this type and first word of the operand took place. */
unsigned fake_invalidations(enum fake_operation operation, uint64_t type, uint64_t low);

/* Returns true if an INVVPID of this linear address of the guest took place. */
bool fake_invalidated_address(uint64_t linear);

#endif
