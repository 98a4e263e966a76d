/* SPDX-License-Identifier: GPL-2.0-only */
/* The vCPU that is measured. An operation of microbench/ has no parameters. */
#ifndef HV_LAB_VCPU_H
#define HV_LAB_VCPU_H

#include "l1-hypervisor/cpu/vcpu.h"

extern struct vcpu *lab_vcpu;

#endif
