/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Guest-physical memory of the benchmark, above its image. Operations have their pages at fixed addresses, so that all levels and all
 * machines translate the same ones. Each is 2 MiB from the next, so that no entry of a table is for two of them.
 */
#ifndef NB_ABI_MEMORY_H
#define NB_ABI_MEMORY_H

/* All of it. Whoever runs the benchmark gives it as much, or more. A VM with less cannot run all operations. */
#define NB_GUEST_MEMORY (16ull << 20)

/* A page that is mapped like all of the memory, and that the operation walk_hit alone touches. */
#define NB_SPARE_PAGE 0x400000ull

/* Memory that an operation has for itself while it is measured: pages that are mapped, copied, or taken away. */
#define NB_OPERATION_MEMORY 0x600000ull
#define NB_OPERATION_END    0xe00000ull

_Static_assert(NB_OPERATION_END <= NB_GUEST_MEMORY, "operations have their memory");

#endif
