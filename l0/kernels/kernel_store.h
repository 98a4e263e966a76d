/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernels that are on this computer: those that `nestbed kernels fetch` has brought into our folder, one folder each,
 * and those in /boot. A fetched package has the folder NAME_VERSION; links called NAME lead to the newest.
 */
#ifndef NB_L0_KERNEL_STORE_H
#define NB_L0_KERNEL_STORE_H

#include <stdbool.h>
#include <stddef.h>

/* The package that is the distribution's own kernel for virtual machines, in every release of Debian. */
#define KERNEL_STORE_DEFAULT "linux-image-cloud-amd64"

/* One kernel of the list. */
struct stored_kernel {
	char release[128]; /* by its file's name */
	char image[512];
	char package[192]; /* of a fetched one: "linux-image-6.1.0-57-cloud-amd64_6.1.192-3"; else "" */
};

struct kernel_store {
	struct stored_kernel *kernel;
	unsigned count;
};

/* The folder of the fetched kernels: $NESTBED_KERNELS, beside the programs of a source tree, or in the user's cache. */
void kernel_store__folder(char *folder, size_t size, const char *programs);

/* Lists all kernels, ours first, each group from the oldest release to the newest; free with kernel_store__free(). */
void kernel_store__list(struct kernel_store *store, const char *programs);
void kernel_store__free(struct kernel_store *store);

/* Finds the image of a package, by the name that was fetched or by that of the kernel itself. Returns false if it is not here. */
bool kernel_store__find_package(const char *programs, const char *package, char *image, size_t size);

/*
 * Finds the newest kernel of a version ("6.12", "6.1.0-57", a whole release), Debian's for clouds before others. Returns
 * false if none is here.
 */
bool kernel_store__find_version(const char *programs, const char *version, char *image, size_t size);

#endif
