/* SPDX-License-Identifier: GPL-2.0-only */
/* Exits that the host requests in vmcs02, which is current, and hides from the guest. */
#ifndef HV_NESTED_HOST_EXITS_H
#define HV_NESTED_HOST_EXITS_H

#include "l1-hypervisor/nested/vmx/nested_state.h"

/*
 * Requests an exit as soon as the nested guest can take an interrupt, or an NMI if it has virtual
 * NMIs.
 */
void nested_request_window(struct vcpu *vcpu);

/*
 * Requests an exit after the event that this entry injects, and before the first instruction of the
 * event's handler.
 */
void nested_request_exit_after_event(struct vcpu *vcpu);

/*
 * Cancels all requests after an exit of the nested guest. Returns true if the request for an exit
 * after the event was the only cause of the exit.
 */
bool nested_cancel_host_exits(struct vcpu *vcpu, uint32_t reason);

#endif
