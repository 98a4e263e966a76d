/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Finds the processes of this computer that run a VM on KVM, by their open files. The program does
 * not matter.
 */
#ifndef NB_L0_VM_FIND_H
#define NB_L0_VM_FIND_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct vm_process {
	pid_t pid;
	char comm[32];    /* the kernel's name of the process, at most 15 characters */
	char called[256]; /* the last part of its argv[0]; or "" */
	char file[256];   /* the last part of its executable's path; or "" if that cannot be read */
	char name[64];    /* the guest's name from QEMU's option -name; or "" */
};

enum vm_state {
	VM_THERE,
	VM_NONE,   /* a process without a VM */
	VM_GONE,   /* no such process */
	VM_HIDDEN, /* this process may not read its open files */
};

/* Returns the state of one process. proc is the mount point of procfs; tests pass their own. */
enum vm_state vm_find__state(const char *proc, pid_t pid);

/*
 * Fills list with at most `size` processes that run a VM, and returns how many exist. *hidden gets
 * the number of processes whose open files cannot be read.
 */
size_t vm_find__list(const char *proc, struct vm_process *list, size_t size, size_t *hidden);

/*
 * Reads the guest's name from the argument of QEMU's -name: "NAME,..." or "guest=NAME,...". Returns
 * false if it has no name, or one that does not fit.
 */
bool vm_find__name(const char *argument, char *name, size_t size);

/* The advice in messages about hidden processes. */
#define VM_FIND_TODO                                                                                                   \
	"run as root with its capabilities (CAP_SYS_PTRACE to look into /proc/PID/fd, CAP_BPF and CAP_PERFMON to trace)"

/*
 * Finds the VM that a word names, by its pid, its guest's name or its program's name, and writes
 * its pid to *pid. Returns NB_EXIT_GOOD for exactly one VM. Returns NB_EXIT_FAILED, after a
 * message, if no VM or several VMs fit. Returns NB_EXIT_SKIPPED, after a message, if no VM is
 * visible but some processes are hidden.
 */
int vm_find__word(const char *proc, const char *word, pid_t *pid);

#endif
