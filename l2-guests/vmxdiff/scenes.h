/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests for situations that random cases do not reach, because they need an interrupt at a certain
 * moment or an MSR that the VMCS holds. The manual defines the result, so each scene checks itself
 * on a bare machine and above every L0.
 */
#ifndef VMXDIFF_SCENES_H
#define VMXDIFF_SCENES_H

/* Runs all scenes. Reports "ok NAME" for each, or "not ok NAME: ..." with the observed values. */
void scenes_run(void);

#endif
