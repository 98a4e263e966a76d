/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Selects the eBPF programs that fit this kernel. The kernel's types (BTF) describe its
 * tracepoints, their arguments, and KVM's functions.
 */
#ifndef NB_TRACE_FIT_H
#define NB_TRACE_FIT_H

#include <stdbool.h>

struct btf;

/*
 * The types of the kernel and of KVM's modules. If KVM is built in, its members are the kernel's
 * types. NULL: none.
 */
struct kernel_types {
	struct btf *vmlinux, *kvm, *kvm_intel;
};

/* Loads the types. Returns false if the kernel has no types. */
bool kernel_types__load(struct kernel_types *types);
void kernel_types__free(struct kernel_types *types);

enum fit {
	FIT_MISSING, /* the tracepoint or function does not exist */
	FIT_OTHER,   /* it has other arguments, and another program fits them */
	FIT_GOOD,
};

/* Returns the probe of a section: "kvm_exit" for "tp_btf/kvm_exit". */
const char *fit__probe(const char *section);

/*
 * Returns whether a program fits. section names its probe. A name such as "on_exit_old" means that
 * the program expects the older arguments of a tracepoint.
 */
enum fit fit__program(const struct kernel_types *types, const char *section, const char *name);

/*
 * Returns true if this KVM reports nested entries. Until Linux 6.0 the tracepoint is called
 * kvm_nested_vmrun, and only kvm_amd reaches it. kvm_intel reaches it only under the new name,
 * kvm_nested_vmenter.
 */
bool fit__tells_nested_entries(const struct kernel_types *types);

#endif
