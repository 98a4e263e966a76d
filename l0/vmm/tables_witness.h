/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What lies below a walk of our hypervisor's: for each address that it has met, the entries of KVM's tables that translate it, and
 * where this process has that memory. Written into the stream when the guest asks for it, and so is stopped.
 */
#ifndef NB_L0_TABLES_WITNESS_H
#define NB_L0_TABLES_WITNESS_H

#include <stdbool.h>

#include "l0/vmm/vm.h"

struct nb_ring;

/* Before the guest first enters. Where its kernel does not let us, that is what will be written. */
void tables_witness__open(void);
void tables_witness__close(void);

/*
 * At NB_DOORBELL_TABLES: passes on what is in the ring, and then, all numbers in hexadecimal,
 *
 *   walk.tables=read, or untried WHY
 *   walk.ept01.A=PATH    of L1-physical address A, as ept_path__write() has it
 *   walk.ept02=ENTERED   or none: KVM has no ept02 for this ept12. ENTERED: 1 if it is that by which L2 was entered last
 *   walk.ept02.A=PATH    of L2-physical address A
 *   walk.host.A=PHYSICAL where the kernel's pagemap says that our memory at L1-physical address A is
 *
 * False if the stream cannot be written. Nothing at all unless open.
 */
bool tables_witness__write(const struct vm *vm, struct nb_ring *ring);

#endif
