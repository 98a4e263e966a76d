/* SPDX-License-Identifier: GPL-2.0-only */
/* Exits of MOV to and from control registers and debug registers. */
#ifndef HV_REGISTER_EXITS_H
#define HV_REGISTER_EXITS_H

#include "l1-hypervisor/cpu/vcpu.h"

/*
 * Emulate the instruction, or inject the exception that the instruction raises. They end the run
 * with a dump if this hypervisor never requested the trap or does not support the access.
 */
exit_handler cr_exit, dr_exit;

#endif
