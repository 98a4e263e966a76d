/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A look at all shadow entries at once, for tests: word check=shadow of the command line.
 */
#ifndef HV_SHADOW_CHECK_H
#define HV_SHADOW_CHECK_H

/* Reads check=. */
void shadow_check_init(const char *cmdline);

/*
 * If it was asked for: each entry must allow nothing that the guest's tables do not allow, and lead where they lead. Where it does not,
 * the run ends in words. Call it where the guest has no change of its tables pending, which INVLPG has not told us yet.
 */
void shadow_check(void);

/* Says on the console how much was looked at. */
void shadow_check_report(void);

#endif
