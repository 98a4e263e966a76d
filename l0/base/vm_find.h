/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The processes of this computer that run a VM on KVM, whatever program they are, found by the files that they have open.
 */
#ifndef NB_L0_VM_FIND_H
#define NB_L0_VM_FIND_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct vm_process {
	pid_t pid;
	char comm[32];    /* the kernel's name of the process, which has at most 15 characters */
	char called[256]; /* the last part of its argv[0]; or "" */
	char file[256];   /* the last part of the path of its executable; or "" where we may not see it */
	char name[64];    /* the guest's, of QEMU's option -name; or "" */
};

enum vm_state {
	VM_THERE,
	VM_NONE,   /* a process without a VM */
	VM_GONE,   /* no such process */
	VM_HIDDEN, /* we may not see what it has open */
};

/* proc: where procfs is mounted; a test has its own. */
enum vm_state vm_find__state(const char *proc, pid_t pid);

/* Fills list with up to size of them; returns how many there are. *hidden: processes that we may not look into. */
size_t vm_find__list(const char *proc, struct vm_process *list, size_t size, size_t *hidden);

/* The name in the argument of QEMU's -name: "NAME,..." or "guest=NAME,...". False if it has none, or one too long. */
bool vm_find__name(const char *argument, char *name, size_t size);

/* What to do where processes are hidden. */
#define VM_FIND_TODO                                                                                                   \
	"run as root with its capabilities (CAP_SYS_PTRACE to look into /proc/PID/fd, CAP_BPF and CAP_PERFMON to trace)"

/*
 * The one that a word means, in *pid: its pid, the guest's name, or the program's name. NB_EXIT_GOOD; after one line that says why
 * there is none, or a list if it may mean several, NB_EXIT_FAILED; NB_EXIT_SKIPPED where we see none at all, but not everything.
 */
int vm_find__word(const char *proc, const char *word, pid_t *pid);

#endif
