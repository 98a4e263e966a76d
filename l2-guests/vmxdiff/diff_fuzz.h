/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The other mode: a guest hypervisor that does anything it may, and damages its own VMCSs, tables, bitmaps and lists while they are in use.
 * What it sees does not matter; that the level below lives does, and that it writes to nothing that it was not given.
 */
#ifndef VMXDIFF_FUZZ_H
#define VMXDIFF_FUZZ_H

#include <stdint.h>

/* So many rounds, of this seed. Says what came of it, now and then and at the end; fails in words if memory is not as it was. */
void fuzz_run(uint32_t seed, uint32_t first, uint32_t rounds);

#endif
