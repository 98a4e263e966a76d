/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Experiments of the hypervisor: they hook in at the places of struct lab_hooks. Without this
 * folder (make LAB=off) the hypervisor links boot/no_lab.c instead.
 */
#ifndef HV_LAB_H
#define HV_LAB_H

#include "l1-hypervisor/cpu/vcpu.h"
#include "microbench/abi/pvh.h"

/*
 * Reads the command-line words of all experiments, and sets vcpu->lab. A bad value ends the run.
 * warmup: executions before the samples of a window of the hypervisor itself. Call it after
 * guest_load().
 */
void lab_begin(struct vcpu *vcpu, const struct nb_pvh_start_info *info, const char *cmdline, uint32_t warmup);

/* Prints on the console what the self-checks have done. Call it when the guest is done. */
void lab_report(struct vcpu *vcpu);

#endif
