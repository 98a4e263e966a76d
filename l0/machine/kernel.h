/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A Linux kernel that can be L0 of an emulated machine: where its image and its modules are, and what it calls itself.
 */
#ifndef NB_L0_KERNEL_H
#define NB_L0_KERNEL_H

#include <stddef.h>

#define KERNEL_NAME 128

struct kernel {
	char name[KERNEL_NAME]; /* in the column kernel: its release, made unique where two kernels of one run share it */
	char release[KERNEL_NAME]; /* as the image says it: "6.1.0-57-cloud-amd64" */
	char image[512];           /* vmlinuz, bzImage or vmlinux */
	char modules[512];         /* the folder that holds its modules; "" where KVM is built in */
};

/*
 * Finds the kernel that spec[0..length) names; spec NULL: the distribution's own. programs is the folder of this program.
 * NB_EXIT_GOOD; or, after a line that says what is missing and what to do, NB_EXIT_FAILED, NB_EXIT_USAGE or NB_EXIT_SKIPPED.
 */
int kernel__find(struct kernel *kernel, const char *spec, size_t length, const char *programs);

#endif
