// SPDX-License-Identifier: GPL-2.0-only
/* Searches the paths where builds, installations and packages leave kernel images and modules. */
#include "l0/kernels/kernel_paths.h"

#include <glob.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "l0/base/util.h"

#define PATH_SIZE 512

static bool is_there(const char *folder, const char *below)
{
	char path[2 * PATH_SIZE];

	text__format(path, sizeof(path), "%s/%s", folder, below);
	return access(path, F_OK) == 0;
}

static bool ends_with(const char *text, const char *end)
{
	const size_t length = strlen(text), tail = strlen(end);

	return length >= tail && strcmp(text + length - tail, end) == 0;
}

/* Returns true for a kernel that was replaced: tools rename it with one of these endings. */
static bool is_old(const char *path)
{
	return ends_with(path, ".old") || ends_with(path, ".bak") || ends_with(path, ".dpkg-old");
}

/*
 * Finds the files of a pattern. Returns how many there are, and writes the paths of the first two
 * to `image` and `other`.
 */
static unsigned find_one(const char *folder, const char *pattern, char *image, char *other, size_t size)
{
	char whole[2 * PATH_SIZE];
	unsigned count = 0;
	glob_t found;

	text__format(whole, sizeof(whole), "%s/%s", folder, pattern);
	if (glob(whole, 0, NULL, &found) != 0)
		return 0;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		if (is_old(found.gl_pathv[i]))
			continue;
		if (count < 2)
			text__format(count ? other : image, size, "%s", found.gl_pathv[i]);
		count++;
	}
	globfree(&found);
	return count;
}

/*
 * A build may leave a bzImage and a vmlinux. If vmlinux is newer, the user made it alone after a
 * later change, so the bzImage is outdated.
 */
static bool find_built(const char *folder, char *image, size_t size)
{
	static const char *const names[] = {"arch/x86/boot/bzImage", "arch/x86_64/boot/bzImage"};
	struct stat packed, plain;
	char vmlinux[2 * PATH_SIZE];
	bool found = false;

	for (size_t i = 0; !found && i < sizeof(names) / sizeof(names[0]); i++) {
		found = is_there(folder, names[i]);
		text__format(image, size, "%s/%s", folder, names[i]);
	}
	text__format(vmlinux, sizeof(vmlinux), "%s/vmlinux", folder);
	if (stat(vmlinux, &plain) != 0)
		return found;
	if (!found || stat(image, &packed) != 0 || plain.st_mtime > packed.st_mtime)
		text__format(image, size, "%s", vmlinux);
	return true;
}

bool kernel_place__find_image(const char *folder, char *image, size_t size)
{
	static const char *const patterns[] = {
		"boot/vmlinuz-*",
		"boot/vmlinuz",
		"boot/bzImage*",
		"vmlinuz-*",
		"vmlinuz",
		"bzImage",
		"boot/vmlinux-*",
		"lib/modules/*/vmlinuz",
		"usr/lib/modules/*/vmlinuz",
		"lib/modules/*/build/arch/x86/boot/bzImage",
		"usr/lib/modules/*/build/arch/x86/boot/bzImage",
		"build/arch/x86/boot/bzImage",
	};
	char other[PATH_SIZE];

	if (find_built(folder, image, size))
		return true;
	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		const unsigned count = find_one(folder, patterns[i], image, other, sizeof(other));

		if (count == 1)
			return true;
		if (count > 1) {
			pr_err("%s holds %u kernels, among them %s and %s: name one of the images", folder, count,
			       image, other);
			return false;
		}
	}
	pr_err("%s holds no kernel image: neither arch/x86/boot/bzImage or vmlinux of a build (make bzImage), nor "
	       "boot/vmlinuz-*, nor lib/modules/*/vmlinuz",
	       folder);
	return false;
}

/* Writes the folder that an image belongs to: the root of its build or of its installation. */
static void find_base(const char *image, char base[PATH_MAX])
{
	static const char *const below[] = {"/arch/x86/boot", "/arch/x86_64/boot", "/boot"};
	char *folder;

	if (!realpath(image, base))
		text__format(base, PATH_MAX, "%s", image);
	folder = dirname(base);
	memmove(base, folder, strlen(folder) + 1);
	for (size_t i = 0; i < sizeof(below) / sizeof(below[0]); i++)
		if (ends_with(base, below[i])) {
			base[strlen(base) - strlen(below[i])] = '\0';
			break;
		}
}

static bool is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/*
 * Finds lib/modules/RELEASE. If there is none, takes the only folder in lib/modules, although it is
 * of another release.
 */
static bool find_installed(const char *base, const char *release, char *modules, size_t size)
{
	static const char *const roots[] = {"lib/modules", "usr/lib/modules"};
	char other[PATH_SIZE];

	for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++) {
		text__format(modules, size, "%s/%s/%s", base, roots[i], release);
		if (is_folder(modules))
			return true;
	}
	for (size_t i = 0; base[0] && i < sizeof(roots) / sizeof(roots[0]); i++) {
		char pattern[64];

		text__format(pattern, sizeof(pattern), "%s/*", roots[i]);
		if (find_one(base, pattern, modules, other, size) == 1)
			return true;
	}
	return false;
}

/*
 * Returns true for a build tree, the modules folder of one release, or a folder with modules beside
 * the image.
 */
static bool holds_modules(const char *base)
{
	char one[PATH_SIZE], other[PATH_SIZE];

	return is_there(base, "modules.order") || is_there(base, ".config") || is_there(base, "arch/x86/kvm") ||
	       is_there(base, "kernel/arch/x86/kvm") || find_one(base, "*.ko*", one, other, sizeof(one)) > 0;
}

void kernel_place__find_modules(const char *image, const char *release, char *modules, size_t size)
{
	char base[PATH_MAX];

	find_base(image, base);
	if (find_installed(base, release, modules, size))
		return;
	if (base[0] && holds_modules(base)) {
		text__format(modules, size, "%s", base);
		return;
	}
	text__format(modules, size, "/lib/modules/%s", release);
	if (!is_folder(modules))
		modules[0] = '\0';
}
