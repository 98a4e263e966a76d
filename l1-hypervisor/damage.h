/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For tests: an EPT that goes bad while the guest runs, by one entry on the way to NB_SPARE_PAGE. What the word fault= says is wrong with
 * it: ept_reserved (a reserved bit), ept_misconfig (write without read), ept_type (no such memory type), ept_beyond (it leads to
 * physical memory that is not there). fault_level=1 to 4: of which level; else the one that maps the page.
 */
#ifndef HV_DAMAGE_H
#define HV_DAMAGE_H

/* Remembers what the command line says, if anything. guest_load() has been before. */
void damage_init(const char *cmdline);

/* A window opens: of one in the middle, the EPT is damaged now. */
void damage_window(void);

#endif
