// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guest memory is an array, and its page tables are made one after the other from FAKE_TABLES on.
 */
#include "l1-hypervisor/tests/fake_guest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define ADDRESS 0x000ffffffffff000ull

_Alignas(0x200000) uint8_t fake_memory[NB_GUEST_MEMORY];

static uint64_t next_table;

void fake_guest_reset(struct vcpu *vcpu)
{
	memset(fake_memory, 0, sizeof(fake_memory));
	next_table = FAKE_TABLES;
	*vcpu = (struct vcpu){.base = (uintptr_t)fake_memory,
			      .size = sizeof(fake_memory),
			      .events.interrupt = -1,
			      .ept_page = 0x1000};
}

uint64_t *fake_qword(uint64_t physical)
{
	assert_true(physical <= sizeof(fake_memory) - 8);
	return (uint64_t *)(void *)(fake_memory + physical);
}

uint64_t fake_entry(uint64_t linear, unsigned shift)
{
	uint64_t table = FAKE_ROOT;

	for (unsigned at = 39;; at -= 9) {
		uint64_t entry = table + (linear >> at & 511) * 8;

		if (at == shift)
			return entry;
		if (!*fake_qword(entry)) {
			*fake_qword(entry) = next_table | PTE_P | PTE_W | PTE_U | PTE_A;
			next_table += 0x1000;
		}
		table = *fake_qword(entry) & ADDRESS;
	}
}

uint64_t fake_map(uint64_t linear, uint64_t physical, uint64_t size, uint64_t bits)
{
	uint64_t entry = fake_entry(linear, size == 1ull << 12 ? 12 : size == 1ull << 21 ? 21 : 30);

	*fake_qword(entry) = physical | bits | (size > 1ull << 12 ? PTE_PS : 0);
	return entry;
}
