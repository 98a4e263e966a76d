/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Nested virtualization: the guest is a hypervisor and has a nested guest. The host emulates the
 * guest's VMX instructions and runs the nested guest on a vmcs02. An exit that the guest requests
 * becomes a virtual VM exit.
 */
#ifndef HV_NESTED_H
#define HV_NESTED_H

#include "l1-hypervisor/cpu/vcpu.h"

/*
 * Reads the command-line words nested=, me=, shadow_policy=, and the words that disable an
 * optimization. Call it after vmx_probe() and guest_load(). A bad value ends the run. If the guest
 * gets VMX, vcpu->nested is set. With shadow page tables nested=on ends the run, because an ept02
 * needs an ept01.
 */
void nested_init(struct vcpu *vcpu, const char *cmdline);

/*
 * Handles an exit of the nested guest. vmcs02 is current. If the guest intercepts the exit, it
 * becomes a virtual VM exit. Otherwise host_handler handles it; NULL ends the run with a dump.
 */
enum outcome nested_exit(struct vcpu *vcpu, uint32_t reason, exit_handler *host_handler);

/* Handlers of exits that the host owns. */
exit_handler nested_ept_violation_exit, nested_ept_misconfig_exit;

/*
 * Continues after an exit that the nested guest must not notice. If the exit interrupted the
 * delivery of an event, the event is injected again. unblocks_nmi: the exit's instruction was an
 * IRET that had already unblocked NMIs.
 */
void nested_resume_delivery(struct vcpu *vcpu, bool unblocks_nmi);

#endif
