// SPDX-License-Identifier: GPL-2.0-only
/* lab_begin() sets it once. */
#include "l1-hypervisor/lab/lab_vcpu.h"

struct vcpu *lab_vcpu;
