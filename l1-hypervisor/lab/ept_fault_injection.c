// SPDX-License-Identifier: GPL-2.0-only
/* Damages one EPT entry after six windows, so that a run has samples to keep. */
#include "l1-hypervisor/lab/ept_fault_injection.h"

#include "l1-hypervisor/backend/backend.h"
#include "l1-hypervisor/cpu/vcpu.h"
#include "l1-hypervisor/cpu/vmx/vmx.h"
#include "microbench/abi/memory.h"
#include "microbench/abi/services.h"
#include "microbench/abi/words.h"
#include "microbench/bare/bare.h"

#define WINDOWS_BEFORE 6

#define ADDRESS  0x000ffffffffff000ull
#define RESERVED (1ull << 51)  /* no current CPU has 52-bit physical addresses */
#define NOWHERE  0xc0000000ull /* no supported machine has memory here */
#define NO_TYPE  2ull          /* SDM 29.3.7: not UC, WC, WT, WP or WB */

enum damage { NONE, BY_RESERVED, BY_RIGHTS, BY_TYPE, BY_ADDRESS };

static enum damage wanted;
static uint32_t wanted_level;
static unsigned windows;

void ept_fault_injection_init(struct vcpu *vcpu, const char *cmdline)
{
	static const char *const words[] = {
		[BY_RESERVED] = "ept_reserved",
		[BY_RIGHTS] = "ept_misconfig",
		[BY_TYPE] = "ept_type",
		[BY_ADDRESS] = "ept_beyond",
	};

	for (unsigned i = BY_RESERVED; i <= BY_ADDRESS; i++)
		if (nb_word_is(cmdline, "fault", words[i]))
			wanted = i;
	if (!nb_word_u32(cmdline, "fault_level", &wanted_level) || wanted_level > 4)
		bare_fail("fault_level= takes 1 to 4: \"%s\"", cmdline);
	if (wanted != NONE && vcpu->shadow)
		bare_fail("fault=%s: with shadow tables there is no EPT", words[wanted]);
}

static uint64_t *find_entry(struct vcpu *vcpu)
{
	uint64_t *table = (uint64_t *)(uintptr_t)(vcpu->eptp & ADDRESS);

	for (unsigned level = 4, shift = 39;; level--, shift -= 9) {
		uint64_t *entry = &table[NB_SPARE_PAGE >> shift & 511];

		if (level == wanted_level || level == 1 || *entry & EPT_LARGE_PAGE)
			return entry;
		table = (uint64_t *)(uintptr_t)(*entry & ADDRESS);
	}
}

void ept_fault_injection_window(struct vcpu *vcpu)
{
	uint64_t *entry;

	if (wanted == NONE || windows++ != WINDOWS_BEFORE)
		return;
	entry = find_entry(vcpu);
	switch (wanted) {
	case BY_RESERVED:
		*entry |= RESERVED;
		break;
	case BY_RIGHTS:
		*entry &= ~EPT_READ;
		break;
	case BY_TYPE:
		*entry = (*entry & ~EPT_MEMORY_TYPE_MASK) | NO_TYPE << EPT_MEMORY_TYPE_SHIFT;
		break;
	case BY_ADDRESS:
		*entry = (*entry & ~ADDRESS) | NOWHERE;
		break;
	case NONE:
		break;
	}
	tlb_flush_ept(vcpu->eptp);
}
