/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tables below a page walk of our hypervisor. For each address that the walk has met, it writes
 * the entries of KVM's tables that translate it, and the address of that memory in this computer.
 * The guest asks for it, and is stopped while it is written.
 */
#ifndef NB_L0_TABLES_WITNESS_H
#define NB_L0_TABLES_WITNESS_H

#include <stdbool.h>

#include "l0/vmm/vm.h"

struct nb_ring;

/*
 * Must be called before the first VM entry. If the kernel does not permit reading its tables,
 * tables_witness__write() writes that reason.
 */
void tables_witness__open(void);
/* Releases the tables. tables_witness__write() then does nothing. */
void tables_witness__close(void);

/*
 * Handles NB_DOORBELL_TABLES: writes the records of the ring, and then the following texts. All
 * numbers are hexadecimal.
 *
 *   walk.tables=read, or untried WHY
 *   walk.ept01.A=PATH    path of L1-physical address A, in the format of ept_path__write()
 *   walk.ept02=ENTERED   1 if the last entry of L2 used this ept02, else 0; none: KVM has no ept02
 *                        for this ept12
 *   walk.ept02.A=PATH    path of L2-physical address A
 *   walk.host.A=PHYSICAL address of the memory at L1-physical address A, from the kernel's pagemap
 *
 * Returns false if the stream cannot be written. Writes nothing unless tables_witness__open() was
 * called.
 */
bool tables_witness__write(const struct vm *vm, struct nb_ring *ring);

#endif
