/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Events for the guest: interrupts and NMIs wait until it can take them, exceptions are injected at once, and an event whose
 * delivery an exit interrupted is injected again, once.
 */
#ifndef HV_EVENTS_H
#define HV_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "l1-hypervisor/guest.h"
#include "microbench/bare/cpu.h"

/* The guest executed the instruction that exited: RIP goes behind it. */
static inline void skip_instruction(void)
{
	vmcs_write(GUEST_RIP, vmcs_read(GUEST_RIP) + vmcs_read(VM_EXIT_INSTRUCTION_LEN));
}

/* An exception of the instruction that exited, which is not skipped. */
void event_exception(unsigned vector, bool has_error, uint32_t error);

/* A page fault of it. */
void event_page_fault(uint64_t linear, uint32_t error);

/* An interrupt that the guest shall take as soon as it can; one at a time. */
void event_interrupt(uint8_t vector);
void event_nmi(void);

/*
 * Injects what waits, or asks for an exit when it can be injected. emulated: the exit's instruction has been executed for the
 * guest, which ends what STI or MOV SS block.
 */
void event_deliver(bool emulated);

/* The exit's instruction has been executed for the guest: what STI or MOV SS block ends. */
void event_unblock(void);

/* Does an interrupt or NMI wait, deliverable or not; one of them? And: it is taken, to be delivered in another way. */
bool event_waits(void);
bool event_interrupt_waits(void);
bool event_nmi_waits(void);
void event_take_nmi(void);
uint8_t event_take_interrupt(void);

/* Bochs: a guest that has exited in its NMI handler has left NMIs blocked for us, and whoever runs next. They are no more. */
void event_end_leaked_blocking(void);

/* True if something can be injected right now. */
bool event_deliverable(void);

/* The exits of interrupt-window and NMI-window exiting. */
void event_window(void);
void event_nmi_window(void);

/*
 * An exception that we intercept, by its interruption information: the guest gets it, with the event that it interrupted taken into
 * account.
 */
void event_reflect(const struct guest_registers *regs, uint32_t info);

/* The same for a #PF whose address and error code are not the exit's. */
void event_reflect_page_fault(const struct guest_registers *regs, uint32_t info, uint64_t linear, uint32_t error);

/* Is it a #PF? */
bool event_is_page_fault(uint32_t info);

/* After an exit that is no fault of the guest's: injects the event that it interrupted again. False if there was none. */
bool event_reinject(void);

/* Has this exit interrupted the delivery of an event? */
bool event_was_interrupted(void);

#endif
