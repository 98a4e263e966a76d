/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A Linux kernel that can be L0 of an emulated machine: where its image and its modules are, and what it calls itself.
 */
#ifndef NB_L0_KERNEL_H
#define NB_L0_KERNEL_H

#include <stdbool.h>
#include <stddef.h>

#define KERNEL_NAME 128
#define KERNEL_PATH 512

/* How a kernel has a part of itself. The values are those of its configuration. */
enum kernel_part { KERNEL_WITHOUT = 'n', KERNEL_MODULE = 'm', KERNEL_BUILT_IN = 'y' };

struct kernel {
	char name[KERNEL_NAME]; /* in the column kernel: the release, made unique where two kernels of a run share it */
	char release[KERNEL_NAME];   /* as the image says it: "6.1.0-57-cloud-amd64" */
	char build[2 * KERNEL_NAME]; /* uname -v: "#1 SMP PREEMPT_DYNAMIC Debian 6.1.192-3 (2026-11-02)" */
	char image[KERNEL_PATH];     /* vmlinuz, bzImage or vmlinux */
	char modules[KERNEL_PATH];   /* the folder that holds its modules; "" where none was found */
	enum kernel_part kvm, kvm_intel;
	bool btf; /* eBPF programs need the kernel's types */
};

/*
 * Finds the kernel that spec[0..length) names: a version, a Debian package, an image, or the folder of a build. spec NULL:
 * the distribution's own. programs is the folder of this program. Checks that the image is an x86-64 kernel, that it has
 * KVM for Intel, and that its modules are of this release. Returns NB_EXIT_GOOD; or, after a line that says what is wrong
 * and what to do, NB_EXIT_FAILED for a kernel that cannot serve, NB_EXIT_USAGE, or NB_EXIT_SKIPPED for one that is not here.
 */
int kernel__find(struct kernel *kernel, const char *spec, size_t length, const char *programs);

/* Fills in a kernel whose image is at that path. Returns false after a message if the file is no x86-64 kernel. */
bool kernel__examine(struct kernel *kernel, const char *image);

#endif
