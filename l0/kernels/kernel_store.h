/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernels on this computer: fetched ones (`nestbed kernels fetch`), one folder each, and the
 * kernels in /boot. A fetched package has the folder NAME_VERSION. A link called NAME leads to the
 * newest version.
 */
#ifndef NB_L0_KERNEL_STORE_H
#define NB_L0_KERNEL_STORE_H

#include <stdbool.h>
#include <stddef.h>

/* The package of the distribution's kernel for virtual machines, in every release of Debian. */
#define KERNEL_STORE_DEFAULT "linux-image-cloud-amd64"

/* One kernel of the list. */
struct stored_kernel {
	char release[128]; /* from the name of its file */
	char image[512];
	char package[192]; /* fetched kernels: "linux-image-6.1.0-57-cloud-amd64_6.1.192-3"; others: "" */
};

struct kernel_store {
	struct stored_kernel *kernel;
	unsigned count;
};

/*
 * Writes the folder of fetched kernels: $NESTBED_KERNELS, or the folder kernels beside the
 * programs, or, for an installation without that folder, the user's cache.
 */
void kernel_store__folder(char *folder, size_t size, const char *programs);

/*
 * Lists all kernels: the fetched ones first, then those in /boot. Each group goes from the oldest
 * release to the newest. Free with kernel_store__free().
 */
void kernel_store__list(struct kernel_store *store, const char *programs);
void kernel_store__free(struct kernel_store *store);

/*
 * Finds the image of a package, by the fetched package's name or by the name of the kernel package.
 * Returns false if it is not here.
 */
bool kernel_store__find_package(const char *programs, const char *package, char *image, size_t size);

/*
 * Finds a kernel of a version ("6.12", "6.1.0-57", a whole release). Takes the newest fetched
 * kernel, and prefers Debian's cloud kernels. If none is fetched, does the same with those of
 * /boot. Returns false if there is none.
 */
bool kernel_store__find_version(const char *programs, const char *version, char *image, size_t size);

#endif
