/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VMX as this image uses it between cases, where nothing may fail: what the CPU can do, VMX operation, two VMCSs, and their fields.
 */
#ifndef VMXDIFF_VMX_H
#define VMXDIFF_VMX_H

#include <stdbool.h>
#include <stdint.h>

#include "vmcs-shadow/capability.h"
#include "vmcs-shadow/controls.h"
#include "vmcs-shadow/exit_reasons.h"
#include "vmcs-shadow/instruction_errors.h"
#include "vmcs-shadow/vmcs12.h"

struct vmx_page {
	uint32_t revision;
	uint8_t data[4092];
} __attribute__((aligned(4096)));

extern struct vmx_capabilities vmx;
extern struct vmx_page vmx_on_page, vmx_vmcs[2];

/* Reads the capabilities and enters VMX operation; fails in words where there is none. */
void vmx_begin(void);

/* In VMX operation with CR4.VMXE as it should be, whatever a case has done. No VMCS is current. */
void vmx_again(void);

/* A VMCS that is clear, and current. */
void vmx_fresh(struct vmx_page *vmcs);

/* Forgets translations of guests: of all, as cases use the same pages again. */
void vmx_forget(void);

/* False: VMfail, which leaves the value as it is. */
static inline bool vmx_read(uint64_t encoding, uint64_t *value)
{
	uint64_t read; /* VMfail writes nothing, but an output is assigned on both ways */

	__asm__ volatile goto("vmread %1, %0; jbe %l[failed]" : "=r"(read) : "r"(encoding) : "cc" : failed);
	*value = read;
	return true;
failed:
	return false;
}

static inline bool vmx_write(uint64_t encoding, uint64_t value)
{
	__asm__ volatile goto("vmwrite %1, %0; jbe %l[failed]" : : "r"(encoding), "r"(value) : "cc", "memory" : failed);
	return true;
failed:
	return false;
}

/* A field that every CPU has: 0 if this one does not. */
static inline uint64_t vmx_get(enum vmcs_field_index index)
{
	uint64_t value;

	return vmx_read(vmcs_field_info[index].encoding, &value) ? value : 0;
}

#define VMX_GET(name) vmx_get(VMCS_INDEX_##name)

#endif
