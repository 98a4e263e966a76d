/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads the EPTs of a vCPU of this process from the kernel's memory, with the eBPF programs of
 * tables.bpf.c. L1 runs on ept01. KVM makes ept02 from ept12, and L2 runs on ept02. The tables can
 * change while the vCPU runs, so read them while it is stopped.
 */
#ifndef NB_TABLES_H
#define NB_TABLES_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/tables_bpf.h"

struct tables;

/*
 * Loads the programs. Call it before the vCPU first enters, because the entry identifies the vCPU.
 * tgid is the process. Returns NULL with one line in why (of size bytes) that names the missing
 * feature.
 */
struct tables *tables__open(uint32_t tgid, char *why, unsigned size);
void tables__close(struct tables *tables);

/* Writes the text for an error number of loading. Only tables__open() and its test call it. */
void tables__explain(int error, char *why, unsigned size);

/* Reads the current topmost tables. Returns false with one line in why. */
bool tables__roots(struct tables *tables, struct tables_roots *roots, char *why, unsigned size);

/* Returns the topmost table of ept02 for an EPTP of L1, or NULL if KVM has none. */
const struct tables_root *tables__root_of(const struct tables_roots *roots, uint64_t eptp);

/*
 * Reads the word at a host-physical address. It is a reader for ept_path__read(), with the struct
 * tables as context. Returns false if the read fails.
 */
bool tables__word(uint64_t at, uint64_t *word, void *context);

#endif
