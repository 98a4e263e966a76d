/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The VMCSs of the guest. Each VMCS that the guest uses has a slot with its fields, and a region.
 * The region is a VMCS of the CPU with two uses in turn.
 *
 * While the nested guest runs, the region is vmcs02. While the guest runs, the region is the shadow
 * VMCS (SDM 25.10) that the guest reads and writes without an exit. Fields of origin SAME
 * (fields.h) need no copy between the two uses.
 *
 * So a field's value is either in the slot (v12) or in the region. In the region, the CPU or the
 * guest may have changed the value without an exit.
 */
#ifndef HV_NESTED_VMCS_H
#define HV_NESTED_VMCS_H

#include "l1-hypervisor/cpu/vcpu.h"
#include "l1-hypervisor/cpu/vmx/vmx.h"
#include "vmcs-shadow/field_set.h"
#include "vmcs-shadow/shadow_policy.h"
#include "vmcs-shadow/vmcs12.h"

#define NESTED_NO_ADDRESS UINT64_MAX

/* The present use of the region. */
enum region_state {
	REGION_SHADOW,          /* the shadow VMCS of vmcs01 */
	REGION_VMCS02_CLEAR,    /* an ordinary VMCS that needs VMLAUNCH */
	REGION_VMCS02_LAUNCHED, /* an ordinary VMCS that needs VMRESUME */
};

struct nested_vmcs {
	uint64_t address; /* in the guest's memory; NESTED_NO_ADDRESS: the slot is free */
	struct vmx_region *region;
	bool launched;           /* launch state that the guest sees */
	bool is_shadow;          /* the guest uses it as a shadow VMCS */
	bool cleared;            /* the guest has not loaded it since VMCLEAR */
	bool has_host_fields;    /* the region has the host's value of every field that a VM entry reads */
	bool changed;            /* since the last merge the guest has written a field that is not of origin SAME */
	bool special;            /* vmcs12 requests work by the host: see is_special() in nested_merge.c */
	uint64_t guest_exits[2]; /* exit reasons that always go to the guest, one bit each */
	bool injects;            /* this VM entry injects an event of the guest */
	enum region_state region_state;
	uint64_t link; /* region of the VMCS that the nested guest shadows, or all ones */
	uint64_t last_used;
	unsigned bitmaps, tables;   /* generations that vmcs02 uses: see nested_bitmaps.h, nested_ept.h */
	struct field_set dirty;     /* v12 is newer than the region */
	struct field_set in_region; /* the region is newer than v12, or may be */
	struct field_set saved; /* the guest's value is in v12, the region has one of the host: nested_saved_fields.h */
	struct vmcs12 v12;
	struct vmcs12 vmcs02; /* values in vmcs02 of the fields that are not of origin SAME */
};

/*
 * Call first, and once. Selects the fields that the guest has, and the fields that it accesses
 * without an exit. track: merge only after a change. Without track, every VM entry merges.
 */
void nested_vmcs_init(const struct vmx_capabilities *offered, enum shadow_policy policy, bool track);

/*
 * Call with a VMCS current. Hides from the guest every field that the CPU's VMCS lacks, whatever
 * the capability MSRs say. KVM, for example, has no CR3-target values, and no MSR reports that.
 */
void nested_vmcs_probe(void);

/* Returns true if the guest's VMCS has the field. index is an enum vmcs_field_index. */
bool nested_vmcs_exists(unsigned index);

/*
 * Returns true if the CPU does the guest's accesses to the fields of the policy, without an exit.
 */
bool nested_vmcs_is_shadowed(void);
/* Returns the physical addresses of the VMREAD and VMWRITE bitmaps for vmcs01. */
void nested_vmcs_bitmaps(uint64_t *vmread, uint64_t *vmwrite);

/*
 * Returns the slot of the VMCS at this address, which must be guest memory. If there is no slot,
 * makes one from the guest's memory and may evict another one, but never *keep.
 */
struct nested_vmcs *nested_vmcs_get(struct vcpu *vcpu, uint64_t address, const struct nested_vmcs *keep);

/*
 * VMCLEAR of a VMCS that has a slot. The slot may keep the fields until the guest loads the VMCS
 * again. Otherwise the fields are written to the guest's memory.
 */
void nested_vmcs_clear(struct vcpu *vcpu, struct nested_vmcs *vmcs);

/* Returns the slot of the VMCS at this address, or NULL. */
struct nested_vmcs *nested_vmcs_find(uint64_t address);

/* VMCLEAR of a VMCS that has no slot: clears the launch state in the guest's memory. */
void nested_vmcs_clear_memory(struct vcpu *vcpu, uint64_t address);

/*
 * Read and write a field, in the slot or in the region. A value is cut to the field's width. The
 * current VMCS stays current.
 */
uint64_t nested_vmcs_read(struct nested_vmcs *vmcs, unsigned index);
void nested_vmcs_write(struct nested_vmcs *vmcs, unsigned index, uint64_t value);

/*
 * Update v12 from the region: all fields, or the fields that the checks of controls and host state
 * read. The region is current.
 */
void nested_vmcs_pull(struct nested_vmcs *vmcs);
void nested_vmcs_pull_controls(struct nested_vmcs *vmcs);

/* Writes the host's value of a field to vmcs02. The region is current. */
void nested_vmcs_write_vmcs02(struct nested_vmcs *vmcs, unsigned index, uint64_t value);

/*
 * Turns the region into a shadow VMCS, with all fields that the guest accesses there. No VMCS is
 * current afterwards. Does nothing without VMCS shadowing, or if the region is a shadow VMCS
 * already.
 */
void nested_vmcs_make_shadow(struct nested_vmcs *vmcs);

/*
 * Turns the region into vmcs02 and makes it current. Reads back the copied fields that the guest
 * may have written.
 */
void nested_vmcs_make_vmcs02(struct nested_vmcs *vmcs);

/*
 * Writes the dirty fields of origin SAME to the region. From now on the region may be newer than
 * v12. The region is current.
 */
void nested_vmcs_push(struct nested_vmcs *vmcs);

/*
 * nested_vmcs_needs_merge() returns true after the guest has written a field that is not of origin
 * SAME. It always returns true if track is off. nested_vmcs_merged() records a merge.
 */
bool nested_vmcs_needs_merge(const struct nested_vmcs *vmcs);
void nested_vmcs_merged(struct nested_vmcs *vmcs);

/* Returns the fields of origin MERGED that the CPU has. */
const struct field_set *nested_vmcs_merged_fields(void);

#define NESTED_VMCS_SLOTS 16u

#endif
