/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which of the eBPF programs are for this kernel: what its types (BTF) say of tracepoints, of their arguments and of KVM's functions.
 */
#ifndef NB_TRACE_FIT_H
#define NB_TRACE_FIT_H

#include <stdbool.h>

struct btf;

/* NULL: there are none. Of a module, or the kernel's own where KVM is built in. */
struct kernel_types {
	struct btf *vmlinux, *kvm, *kvm_intel;
};

/* False where the kernel has no types. */
bool kernel_types__load(struct kernel_types *types);
void kernel_types__free(struct kernel_types *types);

enum fit {
	FIT_MISSING, /* no such tracepoint or function */
	FIT_OTHER,   /* it has other arguments: another program is for it */
	FIT_GOOD,
};

/* Of a section like "tp_btf/kvm_exit" what its program is attached to: "kvm_exit". */
const char *fit__probe(const char *section);

/* Of a program by its section, and by its name: "on_exit_old" is for arguments that a tracepoint had once. */
enum fit fit__program(const struct kernel_types *types, const char *section, const char *name);

/*
 * Does this KVM tell of nested entries? Until Linux 6.0 the tracepoint is called kvm_nested_vmrun, and only kvm_amd comes to it; kvm_intel
 * comes to that with the new name, kvm_nested_vmenter, alone.
 */
bool fit__tells_nested_entries(const struct kernel_types *types);

#endif
