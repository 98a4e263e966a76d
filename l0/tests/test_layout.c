// SPDX-License-Identifier: GPL-2.0-only
/* Tests of the layout: a source tree, an installation, a moved copy, and a program whose parts are
 * gone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "l0/base/layout.h"
#include "l0/base/util.h"

static char root[] = "/tmp/test layout.XXXXXX";

static const char *at(const char *name)
{
	static char path[4][256];
	static unsigned next;
	char *p = path[next++ % 4];

	text__format(p, sizeof(path[0]), "%s/%s", root, name);
	return p;
}

static void put(const char *name)
{
	char command[600];

	text__format(command, sizeof(command), "mkdir -p \"$(dirname '%s')\" && touch '%s'", at(name), at(name));
	assert_int_equal(system(command), 0);
}

static int setup(void **state)
{
	(void)state;
	strcpy(root + sizeof(root) - 7, "XXXXXX");
	return mkdtemp(root) ? 0 : -1;
}

static int teardown(void **state)
{
	char command[128];

	(void)state;
	text__format(command, sizeof(command), "rm -r '%s'", root);
	return system(command);
}

static void a_source_tree(void **state)
{
	struct layout l;

	(void)state;
	put("build/nestbed-vmm");
	put("results/plots/frame.gp");
	layout__find(&l, at("build"), NULL);
	assert_false(l.installed);
	assert_string_equal(l.programs, at("build"));
	assert_string_equal(l.scripts, at("build/../results/plots"));
	assert_string_equal(l.results, at("build/../results/out"));
	assert_string_equal(l.reference, at("build/../results/reference"));
}

static void an_installation(void **state)
{
	struct layout l;

	(void)state;
	put("usr/lib/nestbed/nestbed-vmm");
	put("usr/bin/nestbed");
	layout__find(&l, at("usr/bin"), "");
	assert_true(l.installed);
	assert_string_equal(l.programs, at("usr/lib/nestbed"));
	assert_string_equal(l.scripts, at("usr/lib/nestbed/../../share/nestbed/plots"));
	assert_string_equal(l.results, "results/out");
}

/* A source tree below an installation's folder keeps its own parts. */
static void a_source_tree_is_not_led_astray(void **state)
{
	struct layout l;

	(void)state;
	put("lib/nestbed/nestbed-vmm");
	put("build/nestbed-vmm");
	put("results/plots/frame.gp");
	layout__find(&l, at("build"), NULL);
	assert_string_equal(l.programs, at("build"));
	assert_false(l.installed);
}

static void the_user_names_the_folder(void **state)
{
	struct layout l;

	(void)state;
	put("opt/lib/nestbed/nestbed-vmm");
	put("home/nestbed");
	layout__find(&l, at("home"), at("opt/lib/nestbed"));
	assert_true(l.installed);
	assert_string_equal(l.programs, at("opt/lib/nestbed"));
	assert_string_equal(l.scripts, at("opt/lib/nestbed/../../share/nestbed/plots"));
	put("tree/build/nestbed-vmm");
	put("tree/results/plots/frame.gp");
	layout__find(&l, at("home"), at("tree/build"));
	assert_false(l.installed);
	assert_string_equal(l.scripts, at("tree/build/../results/plots"));
}

static void parts_that_are_gone_are_looked_for_beside_the_program(void **state)
{
	struct layout l;

	(void)state;
	put("bin/nestbed");
	layout__find(&l, at("bin"), NULL);
	assert_string_equal(l.programs, at("bin"));
	assert_true(l.installed);
}

/* NESTBED_LIBDIR is checked where it is read, so that the message names the variable. */
static void a_wrong_variable_is_refused(void **state)
{
	char folder[LAYOUT_PATH];

	(void)state;
	assert_int_equal(setenv("NESTBED_LIBDIR", at("nowhere"), 1), 0);
	assert_false(programs__folder(folder, sizeof(folder)));
	assert_false(places__results(folder, sizeof(folder)));
	put("somewhere/nestbed-vmm");
	assert_int_equal(setenv("NESTBED_LIBDIR", at("somewhere"), 1), 0);
	assert_true(programs__folder(folder, sizeof(folder)));
	assert_string_equal(folder, at("somewhere"));
	unsetenv("NESTBED_LIBDIR");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_source_tree),
		TEST(an_installation),
		TEST(a_source_tree_is_not_led_astray),
		TEST(the_user_names_the_folder),
		TEST(parts_that_are_gone_are_looked_for_beside_the_program),
		TEST(a_wrong_variable_is_refused),
	};

	return cmocka_run_group_tests_name("layout", tests, NULL, NULL);
}
