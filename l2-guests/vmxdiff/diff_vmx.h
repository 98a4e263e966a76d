/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VMX operations between cases, which must not fail: capabilities, VMX operation, two VMCSs and
 * access to fields.
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

/*
 * Reads the capabilities and enters VMX operation. Ends the test with a message if VMX is not
 * available.
 */
void vmx_begin(void);

/*
 * Restores VMX operation and CR4.VMXE after a case. Both VMCSs are then clear, and no VMCS is
 * current.
 */
void vmx_again(void);

/* Clears the VMCS and makes it current. Ends the test if that fails. */
void vmx_fresh(struct vmx_page *vmcs);

/*
 * Invalidates all guest translations with INVEPT and INVVPID, because all cases use the same pages.
 */
void vmx_forget(void);

/* Reads a field. Returns false on VMfail and leaves *value unchanged. */
static inline bool vmx_read(uint64_t encoding, uint64_t *value)
{
	/* VMfail writes nothing, but asm goto assigns its outputs on both paths. */
	uint64_t read;

	__asm__ volatile goto("vmread %1, %0; jbe %l[failed]" : "=r"(read) : "r"(encoding) : "cc" : failed);
	*value = read;
	return true;
failed:
	return false;
}

/* Writes a field. Returns false on VMfail. */
static inline bool vmx_write(uint64_t encoding, uint64_t value)
{
	__asm__ volatile goto("vmwrite %1, %0; jbe %l[failed]" : : "r"(encoding), "r"(value) : "cc", "memory" : failed);
	return true;
failed:
	return false;
}

/* Reads a field that every CPU should support. Returns 0 if VMREAD fails. */
static inline uint64_t vmx_get(enum vmcs_field_index index)
{
	uint64_t value;

	return vmx_read(vmcs_field_info[index].encoding, &value) ? value : 0;
}

#define VMX_GET(name) vmx_get(VMCS_INDEX_##name)

#endif
