// SPDX-License-Identifier: GPL-2.0-only
/* The slots and regions of the guest's VMCSs, and where each field's value is. */
#include "l1-hypervisor/nested/vmx/nested_vmcs.h"

#include "l1-hypervisor/cpu/vcpu.h"
#include "l1-hypervisor/cpu/vmx/vmx.h"
#include "l1-hypervisor/nested/vmx/nested_bitmaps.h"
#include "microbench/bare/bare.h"

#define REVISION_SHADOW (1u << 31) /* the shadow-VMCS indicator (SDM 25.2) */

/*
 * Maximum number of slots that keep a cleared VMCS. After VMCLEAR the guest may reuse the memory,
 * so the host cannot write the VMCS back later. Above the maximum, VMCLEAR writes the VMCS to
 * memory at once.
 */
#define CLEARED_MAX (NESTED_VMCS_SLOTS / 2)

/*
 * The layout of a vmcs12 in the guest's memory: revision, abort indicator, then the host's own
 * format.
 */
struct vmcs12_image {
	uint32_t revision, abort, launched, reserved;
	struct vmcs12 fields;
};

_Static_assert(sizeof(struct vmcs12_image) <= 4096, "a VMCS region is a page");

static struct nested_vmcs slots[NESTED_VMCS_SLOTS];
static struct vmx_region regions[NESTED_VMCS_SLOTS];
static uint8_t vmread_bitmap[4096] __attribute__((aligned(4096))), vmwrite_bitmap[4096] __attribute__((aligned(4096)));

static struct field_set existing;           /* fields that the guest has */
static struct field_set same;               /* origin SAME */
static struct field_set written;            /* the CPU writes them while the nested guest runs or exits */
static struct field_set pushed;             /* origin SAME, and the CPU lets the host write it (SDM A.6, bit 29) */
static struct field_set merged;             /* fields of origin MERGED that the CPU has, offered or not */
static struct field_set readable, writable; /* by the guest, in the shadow VMCS */
static struct field_set copied;             /* readable or writable, but not of origin SAME */
static struct field_set copied_back;        /* copied, and writable by the guest */
static struct field_set checked;            /* fields that the checks of controls read */
static struct field_set movable;            /* origin SAME; the CPU or the guest may write it without an exit */
static enum shadow_policy policy;
static bool shadowing; /* the CPU does the guest's accesses that the policy allows */
static bool copies;    /* `copied` is not empty */
static bool tracking;  /* merge only after a change */
static uint64_t clock;

static void make_sets(void)
{
	struct field_set of_origin;

	field_set_of_origin(&same, VMCS_ORIGIN_SAME);
	field_set_of_origin(&of_origin, VMCS_ORIGIN_MERGED);
	field_set_written(&written);
	field_set_and(&merged, &of_origin);
	field_set_and(&same, &existing);
	field_set_and(&written, &existing);
	pushed = same;
	for (unsigned i = 0; i < VMCS_FIELD_COUNT && !(vmx.misc & VMX_MISC_VMWRITE_SHADOW_RO_FIELDS); i++)
		if (vmcs_encoding_type(vmcs_field_info[i].encoding) == VMCS_TYPE_EXIT_INFORMATION)
			field_set_remove(&pushed, i);
	shadow_policy_fields(policy, &existing, &readable, &writable);
	copied = readable;
	field_set_or(&copied, &writable);
	field_set_without(&copied, &same);
	copies = !field_set_is_empty(&copied);
	copied_back = copied;
	field_set_and(&copied_back, &writable);
	movable = writable;
	field_set_and(&movable, &same);
	field_set_or(&movable, &written);
	for (unsigned i = 0; i < VMCS_FIELD_COUNT; i++)
		if (vmcs_encoding_type(vmcs_field_info[i].encoding) == VMCS_TYPE_CONTROL)
			field_set_add(&checked, i);
	field_set_add(&checked, VMCS_INDEX_GUEST_CR0);
	shadow_policy_bitmap(&readable, vmread_bitmap);
	shadow_policy_bitmap(&writable, vmwrite_bitmap);
}

void nested_vmcs_init(const struct vmx_capabilities *offered, enum shadow_policy wanted, bool track)
{
	field_set_existing(&existing, offered);
	field_set_existing(&merged, &vmx);
	policy = wanted;
	shadowing = policy != SHADOW_POLICY_NONE;
	tracking = track;
	make_sets();
	for (unsigned i = 0; i < NESTED_VMCS_SLOTS; i++) {
		slots[i].address = NESTED_NO_ADDRESS;
		slots[i].region = &regions[i];
	}
}

void nested_vmcs_probe(void)
{
	uint64_t value;

	for (unsigned i = 0; i < VMCS_FIELD_COUNT; i++) {
		if (vmcs_try_read(vmcs_field_info[i].encoding, &value))
			continue;
		field_set_remove(&existing, i);
		field_set_remove(&merged, i);
	}
	make_sets();
}

bool nested_vmcs_exists(unsigned index)
{
	return field_set_has(&existing, index);
}

bool nested_vmcs_is_shadowed(void)
{
	return shadowing;
}

void nested_vmcs_bitmaps(uint64_t *vmread, uint64_t *vmwrite)
{
	*vmread = (uintptr_t)vmread_bitmap;
	*vmwrite = (uintptr_t)vmwrite_bitmap;
}

const struct field_set *nested_vmcs_merged_fields(void)
{
	return &merged;
}

struct nested_vmcs *nested_vmcs_find(uint64_t address)
{
	for (unsigned i = 0; i < NESTED_VMCS_SLOTS; i++)
		if (slots[i].address == address)
			return &slots[i];
	return NULL;
}

/* Returns a mask of the bits that a field of this width has. */
static uint64_t field_mask(unsigned index)
{
	unsigned bytes = vmcs_encoding_bytes(vmcs_field_info[index].encoding);

	return bytes == 8 ? ~0ull : (1ull << 8 * bytes) - 1;
}

static inline uint64_t region_read(unsigned index)
{
	return vmcs_read_field((enum vmcs_field)vmcs_field_info[index].encoding, (enum vmcs_field_index)index);
}

static inline void region_write(unsigned index, uint64_t value)
{
	vmcs_write_field((enum vmcs_field)vmcs_field_info[index].encoding, (enum vmcs_field_index)index, value);
}

void nested_vmcs_pull(struct nested_vmcs *vmcs)
{
	for (FIELD_SET_EACH(i, &vmcs->in_region))
		vmcs->v12.field[i] = region_read((unsigned)i);
}

/*
 * Reads back the copied fields that the guest may write, and restores the host's values in the
 * region.
 */
static void read_back_copies(struct nested_vmcs *vmcs)
{
	for (FIELD_SET_EACH(i, &copied)) {
		if (field_set_has(&writable, (unsigned)i)) {
			uint64_t value = region_read((unsigned)i);

			vmcs->changed |= value != vmcs->v12.field[i];
			vmcs->v12.field[i] = value;
		}
		region_write((unsigned)i, vmcs->vmcs02.field[i]);
	}
	field_set_without(&vmcs->in_region, &copied_back);
}

void nested_vmcs_pull_controls(struct nested_vmcs *vmcs)
{
	for (unsigned word = 0; word < FIELD_SET_WORDS; word++)
		for (uint64_t bits = vmcs->in_region.word[word] & checked.word[word]; bits; bits &= bits - 1) {
			unsigned index = 64 * word + (unsigned)__builtin_ctzll(bits);

			vmcs->v12.field[index] = region_read(index);
		}
}

void nested_vmcs_write_vmcs02(struct nested_vmcs *vmcs, unsigned index, uint64_t value)
{
	vmcs->vmcs02.field[index] = value;
	region_write(index, value);
}

/* Makes the region current, reads it into the slot, and restores the current VMCS. */
static void pull_from_region(struct nested_vmcs *vmcs)
{
	struct vmx_region *current = vmx_loaded;

	vmx_load(vmcs->region);
	nested_vmcs_pull(vmcs);
	if (vmcs->region_state == REGION_SHADOW && copies)
		read_back_copies(vmcs);
	vmx_load(current);
}

/*
 * Frees a slot. to_memory: first writes the VMCS to the guest's memory, if the address is guest
 * memory.
 */
static void evict(struct vcpu *vcpu, struct nested_vmcs *vmcs, bool to_memory)
{
	struct vmcs12_image *image = guest_memory(vcpu, vmcs->address, sizeof(*image));

	if (to_memory && image) {
		pull_from_region(vmcs);
		image->launched = vmcs->launched;
		memcpy(&image->fields, &vmcs->v12, sizeof(image->fields));
		nested_bitmaps_written(vcpu, vmcs->address, sizeof(*image));
	}
	vmx_clear(vmcs->region);
	vmcs->address = NESTED_NO_ADDRESS;
}

/*
 * Returns a free slot, or evicts the least recently used one. It never evicts a cleared VMCS,
 * because the host must not write to its memory. It never evicts *keep either.
 */
static struct nested_vmcs *make_room(struct vcpu *vcpu, const struct nested_vmcs *keep)
{
	struct nested_vmcs *oldest = NULL;

	for (unsigned i = 0; i < NESTED_VMCS_SLOTS; i++) {
		if (slots[i].address == NESTED_NO_ADDRESS)
			return &slots[i];
		if (!slots[i].cleared && &slots[i] != keep && (!oldest || slots[i].last_used < oldest->last_used))
			oldest = &slots[i];
	}
	evict(vcpu, oldest, true);
	return oldest;
}

struct nested_vmcs *nested_vmcs_get(struct vcpu *vcpu, uint64_t address, const struct nested_vmcs *keep)
{
	struct nested_vmcs *vmcs = nested_vmcs_find(address);
	const struct vmcs12_image *image = guest_memory(vcpu, address, sizeof(*image));
	struct vmx_region *region;

	if (!vmcs) {
		vmcs = make_room(vcpu, keep);
		region = vmcs->region;
		*vmcs = (struct nested_vmcs){
			.address = address, .region = region, .link = UINT64_MAX, .changed = true, .dirty = existing};
		vmcs->launched = image->launched;
		for (FIELD_SET_EACH(i, &existing))
			vmcs->v12.field[i] = image->fields.field[i] & field_mask((unsigned)i);
		memset(region, 0, sizeof(*region));
		vmx_clear(region);
		vmcs->region_state = REGION_VMCS02_CLEAR;
	}
	vmcs->cleared = false;
	vmcs->last_used = ++clock;
	vmcs->is_shadow = image->revision & REVISION_SHADOW;
	return vmcs;
}

void nested_vmcs_clear(struct vcpu *vcpu, struct nested_vmcs *vmcs)
{
	unsigned cleared = 0;

	vmcs->launched = false;
	vmcs->cleared = true;
	for (unsigned i = 0; i < NESTED_VMCS_SLOTS; i++)
		cleared += slots[i].address != NESTED_NO_ADDRESS && slots[i].cleared;
	if (cleared > CLEARED_MAX)
		evict(vcpu, vmcs, true);
}

void nested_vmcs_clear_memory(struct vcpu *vcpu, uint64_t address)
{
	struct vmcs12_image *image = guest_memory(vcpu, address, sizeof(*image));

	if (!image)
		return;
	image->launched = 0;
	nested_bitmaps_written(vcpu, address, sizeof(*image));
}

uint64_t nested_vmcs_read(struct nested_vmcs *vmcs, unsigned index)
{
	struct vmx_region *current = vmx_loaded;
	uint64_t value;

	if (!field_set_has(&vmcs->in_region, index))
		return vmcs->v12.field[index];
	if (current == vmcs->region)
		return region_read(index);
	vmx_load(vmcs->region);
	value = region_read(index);
	vmx_load(current);
	return value;
}

void nested_vmcs_write(struct nested_vmcs *vmcs, unsigned index, uint64_t value)
{
	struct vmx_region *current = vmx_loaded;

	value &= field_mask(index);
	vmcs->v12.field[index] = value;
	vmcs->changed |= vmcs_field_info[index].vmcs02 != VMCS_ORIGIN_SAME;
	field_set_add(&vmcs->dirty, index);
	field_set_remove(&vmcs->in_region, index);
	/* The guest reads this field from the shadow VMCS, so the value must be there. */
	if (vmcs->region_state != REGION_SHADOW || !field_set_has(&readable, index))
		return;
	vmx_load(vmcs->region);
	region_write(index, value);
	vmx_load(current);
}

/* Writes the dirty fields to the region: see nested_vmcs_push(). */
static void push(struct nested_vmcs *vmcs)
{
	for (unsigned word = 0; word < FIELD_SET_WORDS; word++) {
		uint64_t bits = vmcs->dirty.word[word] & same.word[word];

		vmcs->dirty.word[word] &= ~bits;
		/*
		 * Exit information that the host cannot write stays in the slot until the nested
		 * guest's next exit.
		 */
		for (bits &= pushed.word[word]; bits; bits &= bits - 1) {
			unsigned index = 64 * word + (unsigned)__builtin_ctzll(bits);

			region_write(index, vmcs->v12.field[index]);
		}
	}
	field_set_or(&vmcs->in_region, &movable);
}

void nested_vmcs_push(struct nested_vmcs *vmcs)
{
	if (!field_set_is_empty(&vmcs->dirty))
		push(vmcs);
}

/* Copies fields to the region, where the guest reads and writes them. */
static void write_copies(struct nested_vmcs *vmcs)
{
	for (FIELD_SET_EACH(i, &copied))
		region_write((unsigned)i, vmcs->v12.field[i]);
	field_set_or(&vmcs->in_region, &copied_back);
}

void nested_vmcs_make_shadow(struct nested_vmcs *vmcs)
{
	if (!shadowing || vmcs->region_state == REGION_SHADOW)
		return;
	if (vmx_loaded != vmcs->region)
		vmx_load(vmcs->region);
	nested_vmcs_push(vmcs);
	if (copies)
		write_copies(vmcs);
	vmx_clear(vmcs->region);
	vmcs->region->revision |= REVISION_SHADOW;
	vmcs->region_state = REGION_SHADOW;
}

void nested_vmcs_make_vmcs02(struct nested_vmcs *vmcs)
{
	if (vmcs->region_state != REGION_SHADOW) {
		vmx_load(vmcs->region);
		return;
	}
	vmx_clear(vmcs->region);
	vmcs->region_state = REGION_VMCS02_CLEAR;
	vmx_load(vmcs->region);
	if (copies)
		read_back_copies(vmcs);
}

bool nested_vmcs_needs_merge(const struct nested_vmcs *vmcs)
{
	return vmcs->changed || !tracking;
}

void nested_vmcs_merged(struct nested_vmcs *vmcs)
{
	field_set_and(&vmcs->dirty, &same);
	vmcs->has_host_fields = true;
	vmcs->changed = false;
}
