// SPDX-License-Identifier: GPL-2.0-only
/* Base, index, displacement and segment of an operand; and the fault if it is not there. */
#include "operand.h"

#include "bare/cpu.h"
#include "events.h"
#include "linear.h"
#include "paging.h"
#include "registers.h"
#include "synced.h"

#define VECTOR_SS 12u
#define VECTOR_GP 13u

enum { SEGMENT_SS = 2, SEGMENT_FS = 4, SEGMENT_GS = 5 };

/* In 64-bit code only FS and GS have a base. The qualification holds the displacement, RIP added if it is relative to that. */
uint64_t operand_address(struct guest_registers *regs, uint32_t info)
{
	uint64_t address = vmcs_read(EXIT_QUALIFICATION);

	if (!(info & INFO_NO_BASE))
		address += register_read(regs, INFO_BASE(info));
	if (!(info & INFO_NO_INDEX))
		address += register_read(regs, INFO_INDEX(info)) << INFO_SCALE(info);
	if (INFO_ADDRESS(info) == 1)
		address = (uint32_t)address;
	if (INFO_SEGMENT(info) == SEGMENT_FS)
		address += vmcs_read(GUEST_FS_BASE);
	else if (INFO_SEGMENT(info) == SEGMENT_GS)
		address += vmcs_read(GUEST_GS_BASE);
	return address;
}

bool operand_fault_unless(bool good, uint64_t address)
{
	if (good) {
		if (paging_is_synced())
			synced_accessed(address);
		return true;
	}
	/* SDM 7.15: where the stack's segment is used, it is the stack's exception. */
	if (!cpu_is_canonical(linear_error_address)) {
		event_exception(INFO_SEGMENT(vmcs_read(VMX_INSTRUCTION_INFO)) == SEGMENT_SS ? VECTOR_SS : VECTOR_GP,
				true, 0);
		return false;
	}
	event_page_fault(linear_error_address, linear_error);
	return false;
}
