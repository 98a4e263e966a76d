/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Scenes: what random cases do not come to, as it takes an interrupt at the right moment, or an MSR that lies in the VMCS. What has to be
 * seen is in the manual, so each scene judges itself, on the machine itself and above every L0.
 */
#ifndef VMXDIFF_SCENES_H
#define VMXDIFF_SCENES_H

/* All of them. Says "ok NAME" of each, or "not ok NAME: ..." and what was seen. */
void scenes_run(void);

#endif
