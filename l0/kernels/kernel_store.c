// SPDX-License-Identifier: GPL-2.0-only
/* Searches the folder of fetched kernels and /boot. */
#include "l0/kernels/kernel_store.h"

#include <glob.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "l0/base/allocate.h"
#include "l0/base/layout.h"
#include "l0/base/util.h"

#define PACKAGE_PREFIX "linux-image-"

static bool is_there(const char *path)
{
	return access(path, F_OK) == 0;
}

void kernel_store__folder(char *folder, size_t size, const char *programs)
{
	const char *chosen = getenv("NESTBED_KERNELS"), *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");

	if (chosen && *chosen) {
		text__format(folder, size, "%s", chosen);
		return;
	}
	text__format(folder, size, "%s/kernels", programs);
	if (is_there(folder) || !places__installed(programs))
		return;
	if (cache && *cache)
		text__format(folder, size, "%s/nestbed/kernels", cache);
	else
		text__format(folder, size, "%s/.cache/nestbed/kernels", home && *home ? home : "/root");
}

static void add_kernel(struct kernel_store *store, const char *image, const char *package)
{
	const char *file = strrchr(image, '/') + 1;
	struct stored_kernel *kernel;

	store->kernel = nb_grow(store->kernel, store->count, sizeof(*store->kernel));
	kernel = &store->kernel[store->count++];
	text__format(kernel->image, sizeof(kernel->image), "%s", image);
	text__format(kernel->release, sizeof(kernel->release), "%s", file + strlen("vmlinuz-"));
	text__format(kernel->package, sizeof(kernel->package), "%s", package);
}

/*
 * Writes the name of the folder that holds a fetched kernel: FOLDER/boot/vmlinuz-RELEASE. Returns
 * false for a symbolic link.
 */
static bool name_folder(const char *image, char *name, size_t size)
{
	char folder[PATH_MAX];
	struct stat st;

	text__format(folder, sizeof(folder), "%.*s", (int)(strstr(image, "/boot/vmlinuz-") - image), image);
	text__format(name, size, "%s", strrchr(folder, '/') + 1);
	return lstat(folder, &st) == 0 && S_ISDIR(st.st_mode);
}

/* Orders kernels by release, and equal releases by the package's version. */
static int by_release(const void *a, const void *b)
{
	const struct stored_kernel *x = a, *y = b;
	const int order = strverscmp(x->release, y->release);

	return order ? order : strverscmp(x->package, y->package);
}

static void list_images(struct kernel_store *store, const char *pattern, bool fetched)
{
	const unsigned first = store->count;
	glob_t found;

	if (glob(pattern, 0, NULL, &found) != 0)
		return;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		char package[192] = "";

		if (!fetched || name_folder(found.gl_pathv[i], package, sizeof(package)))
			add_kernel(store, found.gl_pathv[i], package);
	}
	globfree(&found);
	if (store->count > first)
		qsort(store->kernel + first, store->count - first, sizeof(*store->kernel), by_release);
}

void kernel_store__list(struct kernel_store *store, const char *programs)
{
	char folder[PATH_MAX], pattern[PATH_MAX + 32];

	*store = (struct kernel_store){0};
	kernel_store__folder(folder, sizeof(folder), programs);
	/*
	 * An unfinished fetch has a folder whose name begins with a dot. glob() skips hidden names.
	 */
	text__format(pattern, sizeof(pattern), "%s/*/boot/vmlinuz-*", folder);
	list_images(store, pattern, true);
	list_images(store, "/boot/vmlinuz-*", false);
}

void kernel_store__free(struct kernel_store *store)
{
	free(store->kernel);
	*store = (struct kernel_store){0};
}

static bool find_first(const char *pattern, char *image, size_t size)
{
	glob_t found;

	if (glob(pattern, 0, NULL, &found) != 0)
		return false;
	text__format(image, size, "%s", found.gl_pathv[0]);
	globfree(&found);
	return true;
}

bool kernel_store__find_package(const char *programs, const char *package, char *image, size_t size)
{
	char folder[PATH_MAX], pattern[PATH_MAX + 256];

	kernel_store__folder(folder, sizeof(folder), programs);
	text__format(pattern, sizeof(pattern), "%s/%.200s/boot/vmlinuz-*", folder, package);
	if (!strpbrk(package, "/*?[") && find_first(pattern, image, size))
		return true;
	return strncmp(package, PACKAGE_PREFIX, strlen(PACKAGE_PREFIX)) == 0 &&
	       kernel_store__find_version(programs, package + strlen(PACKAGE_PREFIX), image, size) &&
	       strcmp(strrchr(image, '/') + 1 + strlen("vmlinuz-"), package + strlen(PACKAGE_PREFIX)) == 0;
}

/*
 * Returns true if the version is the release, or the beginning of the release up to a separator.
 * "6.1" is the version of 6.1.0-57-cloud-amd64 and of 6.1.12, but not of 6.12.1.
 */
static bool is_of_version(const char *release, const char *version)
{
	const size_t length = strlen(version);

	return strncmp(release, version, length) == 0 && (!release[length] || strchr(".-+_~", release[length]));
}

bool kernel_store__find_version(const char *programs, const char *version, char *image, size_t size)
{
	const struct stored_kernel *best = NULL;
	struct kernel_store store;
	unsigned best_rank = 0;

	kernel_store__list(&store, programs);
	for (unsigned i = 0; i < store.count; i++) {
		const struct stored_kernel *kernel = &store.kernel[i];
		const unsigned rank = (kernel->package[0] ? 2 : 0) + (strstr(kernel->release, "-cloud-") ? 1 : 0);

		/* Within a rank the newest release is the last one of the list. */
		if (is_of_version(kernel->release, version) && (!best || rank >= best_rank)) {
			best = kernel;
			best_rank = rank;
		}
	}
	if (best)
		text__format(image, size, "%s", best->image);
	kernel_store__free(&store);
	return best != NULL;
}
