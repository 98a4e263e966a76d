/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The VMCSs of a guest hypervisor. Each that it uses has a slot here with its fields, and a region, a VMCS of the CPU's, that is two things in
 * turn: while L2 runs it is vmcs02; while L1 runs it is the shadow VMCS (SDM 25.10) by which L1 reads and writes fields without an exit. What
 * origin SAME means (fields.h) is that the values need not be copied between the two.
 *
 * So a field's value is in one of two places: in the slot (v12), or in the region, where the CPU or L1 may have written it unseen.
 */
#ifndef HV_NESTED_VMCS_H
#define HV_NESTED_VMCS_H

#include "l1-hypervisor/vmx.h"
#include "vmcs-shadow/field_set.h"
#include "vmcs-shadow/shadow_policy.h"
#include "vmcs-shadow/vmcs12.h"

#define NESTED_NOWHERE UINT64_MAX

struct nested_vmcs {
	uint64_t address; /* in L1's memory; NESTED_NOWHERE: the slot is free */
	struct vmx_region *region;
	bool launched;     /* L1's launch state */
	bool is_shadow;    /* L1 has made it a shadow VMCS of its own */
	bool cleared;      /* since VMCLEAR it has not been loaded */
	bool made;         /* the region has every field of ours that a VM entry takes from it */
	bool changed;      /* L1 has written a field that is not SAME, since they were merged */
	bool special;      /* what L1 asks for takes more than the CPU: see nested_run.c */
	uint64_t l1s[2];   /* exit reasons that are L1's in any case, a bit each */
	bool is_vmcs02;    /* the region is an ordinary VMCS now, not a shadow VMCS */
	bool was_launched; /* and its launch state */
	bool injects;      /* L1 has an event injected by this VM entry */
	bool keeps_efer;   /* GUEST_IA32_EFER of the region is not what L1 shall see */
	bool keeps_timer;  /* nor VMX_PREEMPTION_TIMER_VALUE */
	bool keeps_pdptes; /* nor PAE's entries */
	bool keeps_event;  /* nor the three of an event to be injected */
	uint64_t link;     /* the region of the VMCS that L2 shadows, or all ones */
	uint64_t last_used;
	unsigned bitmaps, tables; /* generations of what it uses: see nested_bitmaps.h, nested_ept.h */
	struct field_set dirty;   /* v12 is newer: to be written into the region */
	struct field_set there;   /* the region is newer, or may be */
	struct vmcs12 v12;
	struct vmcs12 ours; /* of the fields that are not SAME: what is in vmcs02 */
};

/* The one whose vmcs02 is current, or NULL while L1 runs. */
extern struct nested_vmcs *nested_running;

/* The fields that there are for L1, and which of them it accesses without an exit. Once, before all else. */
void nested_vmcs_init(const struct vmx_capabilities *offered, enum shadow_policy policy, bool track);

/*
 * A VMCS is current, and has all fields there are: those that it lacks, whatever capabilities say, are not for L1 either. (KVM has no CR3-target
 * values; no MSR says so.)
 */
void nested_vmcs_probe(void);

bool nested_vmcs_exists(unsigned index);

/* Is L1's access to the fields of its policy done by the CPU? */
bool nested_vmcs_is_shadowed(void);
void nested_vmcs_bitmaps(uint64_t *vmread, uint64_t *vmwrite);

/* The slot of an address: made, and filled with what is in L1's memory there, if there is none. */
struct nested_vmcs *nested_vmcs_get(uint64_t address);

/* VMCLEAR: what it says is in L1's memory or can stay here, until it is loaded again. */
void nested_vmcs_clear(struct nested_vmcs *vmcs);

/* The slot of an address, or NULL. */
struct nested_vmcs *nested_vmcs_find(uint64_t address);

/* VMCLEAR of one that has no slot. */
void nested_vmcs_clear_memory(uint64_t address);

/* VMREAD and VMWRITE, wherever the field is. The VMCS that is current stays so. */
uint64_t nested_vmcs_read(struct nested_vmcs *vmcs, unsigned index);
void nested_vmcs_write(struct nested_vmcs *vmcs, unsigned index, uint64_t value);

/* All of v12 is up to date, or what checks of controls and of host state look at. The region is current. */
void nested_vmcs_pull(struct nested_vmcs *vmcs);
void nested_vmcs_pull_controls(struct nested_vmcs *vmcs);

/* Writes into the region, which is current, what is ours in vmcs02. */
void nested_vmcs_write_ours(struct nested_vmcs *vmcs, unsigned index, uint64_t value);

/* The region becomes a shadow VMCS with all that L1 shall see there; nothing is current afterwards. Without shadowing: nothing happens. */
void nested_vmcs_show(struct nested_vmcs *vmcs);

/* The region becomes vmcs02, and current; what L1 has written of the fields that are copied is dirty. */
void nested_vmcs_take(struct nested_vmcs *vmcs);

/* Writes what is dirty, of origin SAME, and from now on the region is newer. It is current. */
void nested_vmcs_push(struct nested_vmcs *vmcs);

/* Has L1 written a field that L0 makes something else of? */
bool nested_vmcs_needs_merge(const struct nested_vmcs *vmcs);
void nested_vmcs_merged(struct nested_vmcs *vmcs);

/* The fields that are merged, of those that the CPU has. */
const struct field_set *nested_vmcs_merged_fields(void);

#define NESTED_VMCS_SLOTS 16u

#endif
