// SPDX-License-Identifier: GPL-2.0-only
/* Tests of the list of CPU models, against the emulator's own list. */
// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "l0/request/cpu_models.h"
#include "l0/request/request.h"
#include "l0/tests/capture.h"

_Static_assert((int)CPU_VMCS_SHADOWING == (int)CONFIG_NO_SHADOWING && (int)CPU_EPT == (int)CONFIG_NO_EPT &&
		       (int)CPU_VPID == (int)CONFIG_NO_VPID,
	       "what a CPU lacks is what a configuration has switched off");

static const struct cpu_model *find(const char *spec, char said[512])
{
	struct capture errors = capture__begin(STDERR_FILENO);
	const struct cpu_model *model = cpu_model__find(spec, strcspn(spec, ","));

	capture__end_text(&errors, said, 512);
	return model;
}

static void each_model_has_two_names(void **state)
{
	char said[512];
	unsigned year = 0;

	(void)state;
	for (const struct cpu_model *model = cpu_models; model->name; model++) {
		assert_ptr_equal(find(model->name, said), model);
		assert_ptr_equal(find(model->bochs, said), model);
		assert_string_equal(said, "");
		assert_true(model->year > year);
		assert_true(strlen(model->has) > 0 && strlen(model->has) < 100);
		/* The column of a result, and a part of a file's name. */
		assert_int_equal(strspn(model->name, "abcdefghijklmnopqrstuvwxyz-"), strlen(model->name));
		year = model->year;
	}
	assert_string_equal(cpu_model__default()->name, "skylake-x");
	assert_ptr_equal(find("haswell,broadwell", said), find("corei7_haswell_4770", said));
}

/* A newer CPU of the list has every switchable feature of an older one. */
static void newer_models_lack_no_more(void **state)
{
	(void)state;
	for (const struct cpu_model *model = cpu_models; model[1].name; model++)
		assert_int_equal(model[1].lacks & ~model->lacks, 0);
	for (const struct cpu_model *model = cpu_models; model->name; model++) {
		/* VPIDs came with EPT, and unrestricted guests need it (SDM 27.2.1.1). */
		assert_true(!(model->lacks & CPU_EPT) ||
			    (model->lacks & CPU_UNRESTRICTED_GUEST && model->lacks & CPU_VPID));
		assert_true(model->clears[0] == '\0' || model->clears[0] == ',');
	}
}

static void a_typo_is_told(void **state)
{
	char said[512];

	(void)state;
	assert_null(find("hasswell", said));
	assert_non_null(strstr(said, "--cpu hasswell: there is no such model; did you mean haswell?"));
	assert_int_equal(strcspn(said, "\n"), strlen(said) - 1);
	assert_null(find("corei7_haswell_4771", said));
	assert_non_null(strstr(said, "did you mean corei7_haswell_4770?"));
	assert_null(find("z80", said));
	assert_null(strstr(said, "did you mean"));
	assert_non_null(strstr(said, "nestbed cpus"));
	assert_null(find("", said));
	assert_null(find("ryzen", said));
}

static void the_emulator_lists_models(void **state)
{
	static const char help[] = "00000000000i[      ] LTDL_LIBRARY_PATH not set.\r\n"
				   "Supported CPU models:\n\ncorei7_haswell_4770\r\ntigerlake_two\n\ncorei3_cnl";
	char said[512];

	(void)state;
	assert_true(cpu_model__is_listed(find("haswell", said), help));
	assert_true(cpu_model__is_listed(find("cannon-lake", said), help));
	assert_false(cpu_model__is_listed(find("tiger-lake", said), help));
	assert_false(cpu_model__is_listed(find("penryn", said), help));
	assert_false(cpu_model__is_listed(find("penryn", said), ""));
}

/* PATH leads to our stand-in for the emulator, which counts how often it is asked. */
static void the_emulator_is_asked_once(void **state)
{
	char folder[] = "/tmp/test_cpu_models.XXXXXX", path[64], count[64], said[512];
	FILE *file;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/bochs", folder);
	snprintf(count, sizeof(count), "%s/count", folder);
	file = fopen(path, "w");
	assert_non_null(file);
	fprintf(file, "#!/bin/sh\necho asked >>%s\necho tigerlake >&2\necho corei3_cnl\nexit 1\n", count);
	fclose(file);
	assert_int_equal(chmod(path, 0755), 0);
	assert_int_equal(setenv("PATH", folder, 1), 0);
	assert_true(cpu_model__is_emulated(find("tiger-lake", said)));
	assert_true(cpu_model__is_emulated(find("cannon-lake", said)));
	assert_false(cpu_model__is_emulated(find("arrow-lake", said)));
	file = fopen(count, "r");
	assert_non_null(file);
	assert_non_null(fgets(said, sizeof(said), file));
	assert_null(fgets(said, sizeof(said), file));
	fclose(file);
	unlink(count);
	unlink(path);
	rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_model_has_two_names),
		cmocka_unit_test(newer_models_lack_no_more),
		cmocka_unit_test(a_typo_is_told),
		cmocka_unit_test(the_emulator_lists_models),
		cmocka_unit_test(the_emulator_is_asked_once),
	};

	return cmocka_run_group_tests_name("cpu_models", tests, NULL, NULL);
}
