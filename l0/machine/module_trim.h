/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Removes tables from a kernel module. Without this, the emulated kernel spends a third of its boot
 * on tables that no measurement needs. The code that runs stays the same, instruction for
 * instruction.
 */
#ifndef NB_L0_MODULE_TRIM_H
#define NB_L0_MODULE_TRIM_H

#include "l0/base/util.h"

/*
 * Removes functions from the ftrace table, which lists the functions that call __fentry__. Each
 * removed call becomes a NOP of five bytes, as the kernel does at load (ftrace_nop_initialize). For
 * each entry of the table, Linux since 5.19 searches a name among all symbols of the module
 * (test_for_valid_rec). For kvm.ko that takes 190 million instructions.
 *
 * The function tracer, and eBPF programs of the kinds fentry and fexit, can attach only to the
 * functions in `kept`. `kept` is a list of names that ends with NULL. Returns the number of
 * replaced calls. The file must be a valid object for x86-64. If one of its calls or entries has
 * another form, the file stays unchanged and the function returns 0.
 */
unsigned module_trim__ftrace(struct file_data *module, const char *const *kept);

/*
 * Hides the module's types (BTF). The kernel reads its own types when the first module with types
 * loads, which takes 45 million instructions. Without the types, no eBPF program can use the
 * module's tracepoints. Returns false if the module has no types.
 */
bool module_trim__types(struct file_data *module);

/*
 * Hides the tables of the stack unwinder (ORC). The kernel sorts them when it loads the module: 20
 * million instructions for kvm.ko. Without them, a stack trace marks the callers of the module's
 * functions with "?", because it finds them by a search of the stack. Returns false if the module
 * has no such tables.
 */
bool module_trim__unwind(struct file_data *module);

#endif
