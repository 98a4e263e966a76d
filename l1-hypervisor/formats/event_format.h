/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The format of an event that a VM entry injects, and of an event whose delivery an exit has
 * interrupted. Intel's interruption information (SDM 25.8.3) and AMD's EVENTINJ (APM volume 2,
 * 15.20) share it.
 */
#ifndef HV_EVENT_FORMAT_H
#define HV_EVENT_FORMAT_H

#define EVENT_VECTOR    0xffu
#define EVENT_TYPE      0x700u
#define EVENT_HAS_ERROR 0x800u /* the event pushes an error code */
#define EVENT_VALID     0x80000000u

/* Types */
#define EVENT_INTERRUPT            0x000u
#define EVENT_NMI                  0x200u
#define EVENT_EXCEPTION            0x300u
#define EVENT_SOFT_INTERRUPT       0x400u /* INT n */
#define EVENT_PRIVILEGED_EXCEPTION 0x500u /* INT1; VMX only */
#define EVENT_SOFT_EXCEPTION       0x600u /* INT3, INTO; VMX only */

#endif
