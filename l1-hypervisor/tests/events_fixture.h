/* SPDX-License-Identifier: GPL-2.0-only */
/* A guest that can take events, and the event that the next entry injects. */
#ifndef HV_EVENTS_FIXTURE_H
#define HV_EVENTS_FIXTURE_H

#include "l1-hypervisor/tests/unit.h"

#include "l1-hypervisor/events/events.h"
#include "l1-hypervisor/events/vapic.h"

#define VALID      INTR_INFO_VALID_MASK
#define WITH_ERROR INTR_INFO_DELIVER_CODE_MASK
#define HARD       INTR_TYPE_HARD_EXCEPTION
#define EXTERNAL   INTR_TYPE_EXT_INTR
#define NMI_INFO   (VALID | INTR_TYPE_NMI_INTR | VECTOR_NMI)

static struct vcpu vcpu;

/* A guest that can take interrupts. */
static inline void begin(void)
{
	fake_cpu_reset();
	vcpu = (struct vcpu){.events.interrupt = -1, .pin = PIN_BASED_VIRTUAL_NMIS};
	vapic_reset(&vcpu);
	FIELD(GUEST_RFLAGS) = RFLAGS_IF | 2;
	FIELD(GUEST_CR0) = CR0_PE;
}

static inline uint32_t injected(void)
{
	return (uint32_t)FIELD(VM_ENTRY_INTR_INFO_FIELD);
}

static inline bool window(uint32_t control)
{
	assert_int_equal(FIELD(CPU_BASED_VM_EXEC_CONTROL), vcpu.primary);
	return vcpu.primary & control;
}

#endif
