// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copies page by page. A supervisor walk translates each page, as the emulation of an instruction
 * requires.
 */
#include "l1-hypervisor/memory/linear.h"

#include "l1-hypervisor/cpu/vcpu.h"
#include "l1-hypervisor/memory/guest_paging.h"
#include "l1-hypervisor/memory/protected_shadow.h"
#include "microbench/bare/bare.h"
#include "microbench/bare/cpu.h"

uint32_t linear_error;
uint64_t linear_error_address;

/*
 * Translates bytes that lie in one page. Returns NULL on a fault, or if the page is not guest
 * memory. linear_error and linear_error_address then describe the failure.
 */
static uint8_t *piece_at(struct vcpu *vcpu, const struct walk_paging *paging, uint64_t linear, uint64_t bytes,
			 bool write, struct walk_page *page)
{
	linear_error = write ? WALK_WRITE : 0;
	linear_error_address = linear;
	switch (walk(paging, linear, write ? WALK_WRITE : 0, true, page)) {
	case WALK_FAULT:
		linear_error = page->error;
		return NULL;
	case WALK_BEYOND:
		return NULL;
	default:
		return running_memory(vcpu, page->physical, bytes);
	}
}

static uint64_t piece_size(uint64_t linear, uint64_t bytes)
{
	uint64_t left = 4096 - (linear & 4095);

	return bytes < left ? bytes : left;
}

/* The page walk does not check whether the addresses are canonical. */
static bool is_canonical(uint64_t linear, uint64_t bytes)
{
	linear_error_address = cpu_is_canonical(linear) ? linear + bytes - 1 : linear;
	return cpu_is_canonical(linear_error_address);
}

bool linear_read(struct vcpu *vcpu, uint64_t linear, void *to, uint64_t bytes)
{
	const struct walk_paging *paging = paging_state(vcpu);
	uint8_t *out = to;

	if (!is_canonical(linear, bytes))
		return false;
	for (uint64_t piece; bytes > 0; bytes -= piece, linear += piece, out += piece) {
		struct walk_page page;
		const uint8_t *memory;

		piece = piece_size(linear, bytes);
		memory = piece_at(vcpu, paging, linear, piece, false, &page);
		if (!memory)
			return false;
		memcpy(out, memory, piece);
	}
	return true;
}

/*
 * Translates both pages before it writes to either one. Each page may be a write-protected page
 * table.
 */
bool linear_write(struct vcpu *vcpu, uint64_t linear, const void *from, uint64_t bytes)
{
	const struct walk_paging *paging = paging_state_for_write(vcpu);
	const uint64_t first = piece_size(linear, bytes);
	struct walk_page page[2];
	uint8_t *memory[2];

	if (!is_canonical(linear, bytes))
		return false;
	for (unsigned i = 0; i < 2; i++) {
		uint64_t piece = i ? bytes - first : first;

		if (piece == 0)
			break;
		memory[i] = piece_at(vcpu, paging, i ? linear + first : linear, piece, true, &page[i]);
		if (!memory[i])
			return false;
	}
	for (unsigned i = 0; i < 2; i++) {
		uint64_t piece = i ? bytes - first : first;

		if (piece == 0)
			break;
		memcpy(memory[i], (const uint8_t *)from + (i ? first : 0), piece);
		if (vcpu->nested)
			vcpu->nested->memory_written(vcpu, (uintptr_t)memory[i] - vcpu->base, piece);
		if (paging_is_write_protected(vcpu))
			protected_shadow_written(vcpu, page[i].physical, piece);
	}
	return true;
}
