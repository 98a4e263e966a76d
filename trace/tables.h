/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads the tables by which KVM translates for a vCPU of this process, from the kernel's memory, by the eBPF programs of tables.bpf.c:
 * ept01, which L1 runs on, and ept02, which it has made of ept12 and L2 runs on. What is read is as it is at that moment: read
 * while the vCPU is stopped.
 */
#ifndef NB_TABLES_H
#define NB_TABLES_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/tables_bpf.h"

struct tables;

/*
 * Before the vCPU first enters: it is known by that. tgid: the process. NULL with one line in why (of size bytes) that says what is
 * missing.
 */
struct tables *tables__open(uint32_t tgid, char *why, unsigned size);
void tables__close(struct tables *tables);

/* The words for an error number of loading. For tables__open() and its test. */
void tables__explain(int error, char *why, unsigned size);

/* The topmost tables, as they are now. False with one line in why. */
bool tables__roots(struct tables *tables, struct tables_roots *roots, char *why, unsigned size);

/* The topmost table of ept02 for an EPTP of L1's, or NULL: KVM has none. */
const struct tables_root *tables__root_of(const struct tables_roots *roots, uint64_t eptp);

/* The word at a host-physical address: a reader for ept_path__read(), context being the struct tables. */
bool tables__word(uint64_t at, uint64_t *word, void *context);

#endif
