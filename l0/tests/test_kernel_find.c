// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the search for kernels in the folder of fetched kernels, in builds and in installations,
 * which are trees of empty files. Also tests of refused words for a kernel's command line.
 */
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <utime.h>

#include <cmocka.h>

#include "l0/base/util.h"
#include "l0/kernels/kernel.h"
#include "l0/kernels/kernel_args.h"
#include "l0/kernels/kernel_paths.h"
#include "l0/kernels/kernel_store.h"
#include "l0/tests/capture.h"

static char root[64];

static int begin(void **state)
{
	(void)state;
	strcpy(root, "/tmp/nestbed-test-XXXXXX");
	if (!mkdtemp(root))
		return -1;
	return setenv("NESTBED_KERNELS", root, 1);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)st;
	(void)type;
	(void)where;
	return remove(path);
}

static int end(void **state)
{
	(void)state;
	return nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static const char *at(const char *name)
{
	static char path[4][512];
	static unsigned next;

	next = (next + 1) % 4;
	snprintf(path[next], sizeof(path[0]), "%s/%s", root, name);
	return path[next];
}

/* Makes a file of this age in seconds, and the folders above it. */
static void put(const char *name, const char *text, long age)
{
	const struct utimbuf times = {time(NULL) - age, time(NULL) - age};
	char path[512];
	FILE *out;

	strcpy(path, at(name));
	for (char *p = path + strlen(root) + 1; *p; p++)
		if (*p == '/') {
			*p = '\0';
			mkdir(path, 0755);
			*p = '/';
		}
	out = fopen(path, "w");
	assert_non_null(out);
	fputs(text, out);
	fclose(out);
	assert_int_equal(utime(path, &times), 0);
}

static void expect_image(const char *folder, const char *expected)
{
	char image[512];

	if (!kernel_place__find_image(at(folder), image, sizeof(image)))
		fail_msg("no image in %s", folder);
	assert_string_equal(image, at(expected));
}

static void expect_no_image(const char *folder, const char *message)
{
	char image[512], text[1024];
	struct capture errors = capture__begin(STDERR_FILENO);
	bool found = kernel_place__find_image(at(folder), image, sizeof(image));

	capture__end_text(&errors, text, sizeof(text));
	assert_false(found);
	if (!strstr(text, message) || strchr(text, '\n') != text + strlen(text) - 1)
		fail_msg("no line with \"%s\" in: %s", message, text);
}

static void builds_and_installations(void **state)
{
	(void)state;
	put("build/arch/x86/boot/bzImage", "", 100);
	expect_image("build", "build/arch/x86/boot/bzImage");
	put("build/vmlinux", "", 110); /* the build makes bzImage of it */
	expect_image("build", "build/arch/x86/boot/bzImage");
	put("build/vmlinux", "", 50); /* `make vmlinux` of a later commit */
	expect_image("build", "build/vmlinux");

	put("root/boot/vmlinuz-6.1", "", 0);
	put("root/boot/vmlinuz-6.1.old", "", 0);
	put("root/boot/config-6.1", "", 0);
	expect_image("root", "root/boot/vmlinuz-6.1");
	expect_image("root/boot", "root/boot/vmlinuz-6.1");
	put("root/boot/vmlinuz-6.2", "", 0);
	expect_no_image("root", "holds 2 kernels");

	put("arch/usr/lib/modules/6.9/vmlinuz", "", 0);
	expect_image("arch", "arch/usr/lib/modules/6.9/vmlinuz");
	expect_image("arch/usr/lib/modules/6.9", "arch/usr/lib/modules/6.9/vmlinuz");
	put("staged/lib/modules/6.1/modules.order", "", 0);
	expect_no_image("staged", "holds no kernel image");
	assert_int_equal(symlink(at("build"), at("staged/lib/modules/6.1/build")), 0);
	expect_image("staged", "staged/lib/modules/6.1/build/arch/x86/boot/bzImage");
	expect_no_image("nowhere", "holds no kernel image");
}

static void expect_modules(const char *image, const char *release, const char *expected)
{
	char modules[512];

	kernel_place__find_modules(at(image), release, modules, sizeof(modules));
	assert_string_equal(modules, *expected ? at(expected) : "");
}

static void modules_lie_beside_the_image(void **state)
{
	(void)state;
	put("build/arch/x86/boot/bzImage", "", 0);
	put("build/vmlinux", "", 0);
	expect_modules("build/vmlinux", "6.1", "");
	put("build/modules.order", "", 0);
	expect_modules("build/vmlinux", "6.1", "build");
	expect_modules("build/arch/x86/boot/bzImage", "6.1", "build");
	assert_int_equal(symlink(at("build/vmlinux"), at("link")), 0);
	expect_modules("link", "6.1", "build");

	put("root/boot/vmlinuz-6.1", "", 0);
	put("root/usr/lib/modules/6.1/modules.dep", "", 0);
	put("root/usr/lib/modules/6.2/modules.dep", "", 0);
	expect_modules("root/boot/vmlinuz-6.1", "6.1", "root/usr/lib/modules/6.1");
	expect_modules("root/boot/vmlinuz-6.1", "6.3", ""); /* of two none is more likely */
	put("other/boot/vmlinuz-6.1", "", 0);
	put("other/lib/modules/6.2/modules.dep", "", 0);
	expect_modules("other/boot/vmlinuz-6.1", "6.1", "other/lib/modules/6.2"); /* the mismatch is to be told */
	put("flat/vmlinuz", "", 0);
	expect_modules("flat/vmlinuz", "6.1", "");
	put("flat/kvm.ko.xz", "", 0);
	expect_modules("flat/vmlinuz", "6.1", "flat");
}

static void expect_version(const char *version, const char *expected)
{
	char image[512] = "";
	bool found = kernel_store__find_version("/nowhere", version, image, sizeof(image));

	if (found != (*expected != '\0') || strcmp(image, found ? at(expected) : "") != 0)
		fail_msg("%s: %s", version, image);
}

static void the_newest_kernel_of_a_version(void **state)
{
	char image[512];

	(void)state;
	put("linux-image-9.1.0-9-cloud-amd64_1/boot/vmlinuz-9.1.0-9-cloud-amd64", "", 0);
	put("linux-image-9.1.0-10-cloud-amd64_1/boot/vmlinuz-9.1.0-10-cloud-amd64", "", 0);
	put("linux-image-9.1.0-11-amd64_1/boot/vmlinuz-9.1.0-11-amd64", "", 0);
	put("linux-image-9.12.3-cloud-amd64_1/boot/vmlinuz-9.12.3-cloud-amd64", "", 0);
	put("linux-image-9.12.3-cloud-amd64_2/boot/vmlinuz-9.12.3-cloud-amd64", "", 0);
	put(".fetch-abc/keep/boot/vmlinuz-9.13.0-cloud-amd64", "", 0); /* a download that goes on, or was cut off */
	put(".fetch-abd/boot/vmlinuz-9.13.0-cloud-amd64", "", 0);
	expect_version("9.1", "linux-image-9.1.0-10-cloud-amd64_1/boot/vmlinuz-9.1.0-10-cloud-amd64");
	expect_version("9.1.0-9", "linux-image-9.1.0-9-cloud-amd64_1/boot/vmlinuz-9.1.0-9-cloud-amd64");
	expect_version("9.1.0-11-amd64", "linux-image-9.1.0-11-amd64_1/boot/vmlinuz-9.1.0-11-amd64");
	expect_version("9.12", "linux-image-9.12.3-cloud-amd64_2/boot/vmlinuz-9.12.3-cloud-amd64");
	expect_version("9.13", "");
	expect_version("9.", "");
	expect_version("9.1.0-1", "");
	assert_true(kernel_store__find_package("/nowhere", "linux-image-9.1.0-9-cloud-amd64", image, sizeof(image)));
	assert_string_equal(image, at("linux-image-9.1.0-9-cloud-amd64_1/boot/vmlinuz-9.1.0-9-cloud-amd64"));
	assert_false(kernel_store__find_package("/nowhere", "linux-image-9.1", image, sizeof(image)));
	assert_false(kernel_store__find_package("/nowhere", "../*", image, sizeof(image)));
	assert_int_equal(symlink("linux-image-9.1.0-9-cloud-amd64_1", at(KERNEL_STORE_DEFAULT)), 0);
	assert_true(kernel_store__find_package("/nowhere", KERNEL_STORE_DEFAULT, image, sizeof(image)));
}

static void a_link_is_no_kernel_of_its_own(void **state)
{
	struct kernel_store store;
	unsigned fetched = 0;

	(void)state;
	put("linux-image-9.1.0-9-cloud-amd64_1/boot/vmlinuz-9.1.0-9-cloud-amd64", "", 0);
	assert_int_equal(symlink("linux-image-9.1.0-9-cloud-amd64_1", at("linux-image-cloud-amd64")), 0);
	kernel_store__list(&store, "/nowhere");
	for (unsigned i = 0; i < store.count; i++)
		fetched += store.kernel[i].package[0] != '\0';
	assert_int_equal(fetched, 1);
	assert_string_equal(store.kernel[0].release, "9.1.0-9-cloud-amd64");
	assert_string_equal(store.kernel[0].package, "linux-image-9.1.0-9-cloud-amd64_1");
	kernel_store__free(&store);
}

static void the_folder_of_kernels(void **state)
{
	char folder[512];

	(void)state;
	kernel_store__folder(folder, sizeof(folder), at("build"));
	assert_string_equal(folder, root);
	unsetenv("NESTBED_KERNELS");
	setenv("XDG_CACHE_HOME", "/cache", 1);
	kernel_store__folder(folder, sizeof(folder), at("build"));
	assert_string_equal(folder, "/cache/nestbed/kernels");
	unsetenv("XDG_CACHE_HOME");
	setenv("HOME", "/home/a", 1);
	kernel_store__folder(folder, sizeof(folder), at("build"));
	assert_string_equal(folder, "/home/a/.cache/nestbed/kernels");
	put("results/plots/a.gp", "", 0); /* a source tree has the gnuplot scripts there */
	put("build/nestbed", "", 0);
	kernel_store__folder(folder, sizeof(folder), at("build"));
	assert_string_equal(folder, at("build/kernels"));
}

/* Returns the exit code and the message for a spec without a kernel. */
static void expect_code(const char *spec, int expected, const char *message)
{
	struct kernel kernel;
	char text[1024];
	struct capture errors = capture__begin(STDERR_FILENO);
	int code = kernel__find(&kernel, spec, spec ? strlen(spec) : 0, "/nowhere");

	capture__end_text(&errors, text, sizeof(text));
	assert_int_equal(code, expected);
	if (!strstr(text, message) || strchr(text, '\n') != text + strlen(text) - 1)
		fail_msg("%s: no line with \"%s\" in: %s", spec ? spec : "default", message, text);
}

static void what_leads_to_no_kernel(void **state)
{
	static char longest[600];

	(void)state;
	expect_code(NULL, NB_EXIT_SKIPPED, "nestbed kernels fetch");
	expect_code("9.99", NB_EXIT_SKIPPED, "nestbed kernels fetch 9.99");
	expect_code("linux-image-9.99-amd64", NB_EXIT_SKIPPED, "kernels fetch linux-image-9.99-amd64");
	expect_code("/nowhere/vmlinuz", NB_EXIT_USAGE, "no such file or folder");
	expect_code("nonsense", NB_EXIT_USAGE, "no such file or folder");
	expect_code("-q", NB_EXIT_USAGE, "looks like an option");
	memset(longest, 'a', sizeof(longest) - 1);
	expect_code(longest, NB_EXIT_USAGE, "too long");
	put("empty", "", 0);
	expect_code(at("empty"), NB_EXIT_FAILED, "is empty");
	expect_code(root, NB_EXIT_FAILED, "holds no kernel image");
}

static void words_that_cannot_be_given(void **state)
{
	static const char *const bad[] = {
		"console=tty0", "quiet init=/bin/sh", "rdinit=/x",    "clearcpuid=1",     "noinitrd",
		"a=b  lpj=5 c", "kvm-intel.ept=0",    "tsc=unstable", "kvm_intel.nested", "x --"};
	static const char *const good[] = {"",
					   "mitigations=auto",
					   "preempt=full transparent_hugepage=never",
					   "initcall_debug",
					   "initcall_blacklist=x",
					   "kvm_intel.ple_gap=0 kvm.tdp_mmu=0",
					   "earlyprintk=ttyS0,115200 ignore_loglevel",
					   "consoleblank=0",
					   "--x"};
	char why[256];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		why[0] = '\0';
		if (kernel_args__check(bad[i], why, sizeof(why)) || !strstr(why, "cannot be given"))
			fail_msg("%s: %s", bad[i], why);
	}
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (!kernel_args__check(good[i], why, sizeof(why)))
			fail_msg("%s: %s", good[i], why);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(builds_and_installations, begin, end),
		cmocka_unit_test_setup_teardown(modules_lie_beside_the_image, begin, end),
		cmocka_unit_test_setup_teardown(the_newest_kernel_of_a_version, begin, end),
		cmocka_unit_test_setup_teardown(a_link_is_no_kernel_of_its_own, begin, end),
		cmocka_unit_test_setup_teardown(the_folder_of_kernels, begin, end),
		cmocka_unit_test_setup_teardown(what_leads_to_no_kernel, begin, end),
		cmocka_unit_test(words_that_cannot_be_given),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
