/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Guest-physical memory of the benchmark, above its image. Operations use pages at fixed addresses,
 * so that all levels and all machines translate the same addresses. The areas lie in separate 2 MiB
 * pages, so that no page-directory entry serves two of them.
 */
#ifndef NB_ABI_MEMORY_H
#define NB_ABI_MEMORY_H

/* Bytes of memory that the benchmark needs. A VM with less memory cannot run all operations. */
#define NB_GUEST_MEMORY (16ull << 20)

/*
 * A page that is mapped like all other memory, and that no operation writes to: walk_hit reads it,
 * invlpg invalidates its translation, and ept_change unmaps and maps its 2 MiB page in the EPT.
 */
#define NB_SPARE_PAGE 0x400000ull

/*
 * Memory for the operation that is being measured. The operation may map pages there, copy them, or
 * take them away.
 */
#define NB_OPERATION_MEMORY 0x600000ull
#define NB_OPERATION_END    0xe00000ull

_Static_assert(NB_OPERATION_END <= NB_GUEST_MEMORY, "operations have their memory");

#endif
