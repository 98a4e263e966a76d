// SPDX-License-Identifier: GPL-2.0-only
/* Finds the kernel that a word of --kernel names, and checks that it can be L0. */
#include "l0/kernels/kernel.h"

#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "l0/base/layout.h"
#include "l0/base/util.h"
#include "l0/kernels/kernel_image.h"
#include "l0/kernels/kernel_modules.h"
#include "l0/kernels/kernel_paths.h"
#include "l0/kernels/kernel_store.h"

_Static_assert(KERNEL_NAME == KERNEL_TEXT, "a release fits into the name of a kernel");

/* Returns whether a part of the kernel is in the image, is a module, or is missing. */
static enum kernel_part find_part(const struct kernel *kernel, bool builtin, const char *module)
{
	if (builtin)
		return KERNEL_BUILT_IN;
	return kernel->modules[0] && kernel_modules__has(kernel->modules, module) ? KERNEL_MODULE : KERNEL_WITHOUT;
}

bool kernel__examine(struct kernel *kernel, const char *image)
{
	struct file_data vmlinux;
	struct kernel_facts facts;

	*kernel = (struct kernel){0};
	if (!kernel_image__read(image, &vmlinux, &facts))
		return false;
	free(vmlinux.data);
	text__format(kernel->image, sizeof(kernel->image), "%s", image);
	memcpy(kernel->release, facts.release, sizeof(kernel->release));
	memcpy(kernel->name, facts.release, sizeof(kernel->name));
	memcpy(kernel->build, facts.build, sizeof(kernel->build));
	kernel->btf = facts.btf;
	kernel_place__find_modules(image, kernel->release, kernel->modules, sizeof(kernel->modules));
	kernel->kvm = find_part(kernel, facts.kvm_builtin, "kvm");
	kernel->kvm_intel = find_part(kernel, facts.intel_builtin, "kvm_intel");
	return true;
}

/*
 * Reports errors before the boot that would stop the boot: no KVM, or modules of another release.
 */
static bool can_be_l0(const struct kernel *kernel)
{
	struct kernel_modules modules = {0};
	bool good;

	if (kernel->kvm_intel == KERNEL_BUILT_IN)
		return true;
	if (kernel->kvm_intel == KERNEL_WITHOUT) {
		pr_err("the kernel %s (%s) lacks KVM for Intel CPUs: kvm_intel is not built in, and %s%s; build it with "
		       "CONFIG_KVM_INTEL=m or y, and `make modules`",
		       kernel->release, kernel->image,
		       kernel->modules[0] ? "there is no such module below "
					  : "no modules of this release are beside it",
		       kernel->modules);
		return false;
	}
	good = kernel_modules__add(&modules, kernel->modules, "kvm_intel", kernel->release);
	kernel_modules__free(&modules);
	return good;
}

/* Returns the command to type in messages: it differs between a source tree and an installation. */
static const char *command_of(const char *programs)
{
	return places__installed(programs) ? "nestbed" : "build/nestbed";
}

static int find_default(const char *programs, char *image, size_t size)
{
	char folder[KERNEL_PATH];

	if (kernel_store__find_package(programs, KERNEL_STORE_DEFAULT, image, size))
		return NB_EXIT_GOOD;
	kernel_store__folder(folder, sizeof(folder), programs);
	pr_err("the distribution's kernel is not in %s: %s; or name another one with --kernel", folder,
	       places__installed(programs) ? "nestbed kernels fetch" : "make kernel");
	return NB_EXIT_SKIPPED;
}

static bool begins_with(const char *text, const char *beginning)
{
	return strncmp(text, beginning, strlen(beginning)) == 0;
}

/*
 * Finds the kernel of a version or of a package's name. If it is not here, the message says how to
 * fetch it.
 */
static int find_named(const char *spec, const char *programs, char *image, size_t size)
{
	const bool package = begins_with(spec, "linux-image-");

	if (package ? kernel_store__find_package(programs, spec, image, size)
		    : kernel_store__find_version(programs, spec, image, size))
		return NB_EXIT_GOOD;
	pr_err("--kernel %s: no such kernel is here: %s kernels fetch %s (`%s kernels` lists the kernels here)", spec,
	       command_of(programs), spec, command_of(programs));
	return NB_EXIT_SKIPPED;
}

/* Finds the image at a path. The path may be an image or a folder that holds one. */
static int find_path(const char *path, char *image, size_t size)
{
	struct stat st;

	if (stat(path, &st) != 0) {
		pr_err("--kernel %s: there is no such file or folder, nor is it a version (6.12) or a package "
		       "(linux-image-...)",
		       path);
		return NB_EXIT_USAGE;
	}
	if (S_ISDIR(st.st_mode))
		return kernel_place__find_image(path, image, size) ? NB_EXIT_GOOD : NB_EXIT_FAILED;
	/* Reading a pipe would block until somebody writes to it. */
	if (!S_ISREG(st.st_mode)) {
		pr_err("--kernel %s: neither a file nor a folder", path);
		return NB_EXIT_USAGE;
	}
	text__format(image, size, "%s", path);
	return NB_EXIT_GOOD;
}

/* Returns true for "6.12", "6.1.0-57-cloud-amd64" and "7.0-rc3". */
static bool is_version(const char *spec)
{
	const char *dot = spec + strspn(spec, "0123456789");

	return isdigit(spec[0]) && *dot == '.' && isdigit(dot[1]) && !strpbrk(spec, "/*?[");
}

static int find_image(const char *spec, const char *programs, char *image, size_t size)
{
	if (spec[0] == '-') {
		pr_err("--kernel %s: that looks like an option, where a kernel is wanted (./%s if it is a file)", spec,
		       spec);
		return NB_EXIT_USAGE;
	}
	if (is_version(spec) || (begins_with(spec, "linux-image-") && !strchr(spec, '/')))
		return find_named(spec, programs, image, size);
	return find_path(spec, image, size);
}

int kernel__find(struct kernel *kernel, const char *spec, size_t length, const char *programs)
{
	char image[KERNEL_PATH], text[KERNEL_PATH], real[PATH_MAX];
	int result;

	if (spec && length >= sizeof(text)) {
		pr_err("--kernel: a name of %zu characters is too long", length);
		return NB_EXIT_USAGE;
	}
	if (spec)
		text__format(text, sizeof(text), "%.*s", (int)length, spec);
	result = spec ? find_image(text, programs, image, sizeof(image)) : find_default(programs, image, sizeof(image));
	if (result != NB_EXIT_GOOD)
		return result;
	/* Several names may lead to one image. Its real path shows that they are the same. */
	if (realpath(image, real) && strlen(real) < sizeof(image))
		memcpy(image, real, strlen(real) + 1);
	return kernel__examine(kernel, image) && can_be_l0(kernel) ? NB_EXIT_GOOD : NB_EXIT_FAILED;
}
