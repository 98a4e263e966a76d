/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Removes tables from a kernel module. The emulated kernel would spend a third of its boot on them, and no
 * measurement needs them. The code that runs stays the same, instruction for instruction.
 */
#ifndef NB_L0_MODULE_TRIM_H
#define NB_L0_MODULE_TRIM_H

#include "l0/base/util.h"

/*
 * Takes functions out of the ftrace table: the list of functions that call __fentry__. Each such call becomes a NOP of five
 * bytes, as the kernel makes it at load (ftrace_nop_initialize). For each entry of the table, Linux since 5.19 searches a
 * name among all symbols of the module (test_for_valid_rec). For kvm.ko that takes 190 million instructions.
 *
 * The function tracer and eBPF programs of the kinds fentry and fexit can attach only to the functions in kept: names, ended
 * by NULL. Returns how many calls were replaced. The file must be a sound object for x86-64. If one of its calls or entries
 * has another form, the file stays as it is.
 */
unsigned module_trim__ftrace(struct file_data *module, const char *const *kept);

/*
 * Hides the module's types (BTF). The kernel reads its own, 45 million instructions, when the first module with types
 * comes. No eBPF program can use the module's tracepoints then. Returns false if it has none.
 */
bool module_trim__types(struct file_data *module);

/*
 * Hides the tables of the stack unwinder (ORC). The kernel sorts them when it loads the module, 20 million instructions for
 * kvm.ko. A stack trace then marks the callers of the module's functions by "?": it finds them by a search of the stack.
 * Returns false if the module has none.
 */
bool module_trim__unwind(struct file_data *module);

#endif
