/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A Linux kernel that can be L0 of an emulated machine: the paths of its image and modules, and its
 * release.
 */
#ifndef NB_L0_KERNEL_H
#define NB_L0_KERNEL_H

#include <stdbool.h>
#include <stddef.h>

#define KERNEL_NAME 128
#define KERNEL_PATH 512

/*
 * Whether a part of the kernel is missing, a module, or built in. The values are those of the
 * kernel's configuration.
 */
enum kernel_part { KERNEL_WITHOUT = 'n', KERNEL_MODULE = 'm', KERNEL_BUILT_IN = 'y' };

struct kernel {
	/* value of the column kernel: the release, made unique if two kernels of a run share it */
	char name[KERNEL_NAME];
	char release[KERNEL_NAME];   /* release in the image: "6.1.0-57-cloud-amd64" */
	char build[2 * KERNEL_NAME]; /* uname -v: "#1 SMP PREEMPT_DYNAMIC Debian 6.1.192-3 (2026-11-02)" */
	char image[KERNEL_PATH];     /* vmlinuz, bzImage or vmlinux */
	char modules[KERNEL_PATH];   /* folder of its modules; "" if none was found */
	enum kernel_part kvm, kvm_intel;
	bool btf; /* the image holds the kernel's types (BTF), which eBPF programs need */
};

/*
 * Finds the kernel that spec[0..length) names: a version, a Debian package, an image, or the folder
 * of a build. If spec is NULL, finds the distribution's kernel. programs is the folder of this
 * program.
 *
 * Checks that the image is an x86-64 kernel, that it has KVM for Intel, and that its modules have
 * the same release. Returns NB_EXIT_GOOD. Otherwise prints a line that states the error and the
 * remedy. It then returns NB_EXIT_FAILED for an unusable kernel, NB_EXIT_USAGE for a bad name, or
 * NB_EXIT_SKIPPED for a missing kernel.
 */
int kernel__find(struct kernel *kernel, const char *spec, size_t length, const char *programs);

/*
 * Fills in the kernel whose image is at this path. Returns false after a message if the file is no
 * x86-64 kernel.
 */
bool kernel__examine(struct kernel *kernel, const char *image);

#endif
