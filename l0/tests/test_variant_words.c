// SPDX-License-Identifier: GPL-2.0-only
/* Tests of results of several machines: no plot, table or claim mixes their rows. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../plots/plots.h"
#include "../results/config_words.h"
#include "../results/variant_words.h"

static void words_name_what_differs(void **state)
{
	const struct nb_variant_names rows[] = {
		{{"6.1.0-57-cloud-amd64", "", "haswell"}},
		{{"6.12.117-cloud-amd64", "", "haswell"}},
		{{"6.12.117-cloud-amd64", "mitigations=auto \"nosmt\"", "haswell"}},
	};
	struct nb_variant_words words;
	char *text;

	(void)state;
	nb_variant_words_find(&words, rows, 3);
	text = nb_variant_words_append(&words, "ept=off", &rows[0]);
	assert_string_equal(text, "ept=off kernel=6.1.0-57 kernel_args=none");
	free(text);
	text = nb_variant_words_append(&words, "", &rows[2]);
	assert_string_equal(text, "kernel=6.12.117 kernel_args=mitigations=auto+?nosmt?");
	free(text);
	/* One machine: nothing is said about it. */
	nb_variant_words_find(&words, rows, 1);
	text = nb_variant_words_append(&words, "ept=off", &rows[0]);
	assert_string_equal(text, "ept=off");
	free(text);
}

static void endings_are_whole_words(void **state)
{
	static const char *const alike[] = {"6.1-x-amd64", "6.12-x-amd64"}, *const unlike[] = {"6.1-amd64", "6.1-md64"},
				 *const same[] = {"6.1-a", "6.1-a"}, *const whole[] = {"-a", "6.1-a"},
				 *const none[] = {"", "6.1-a"};

	(void)state;
	assert_int_equal(nb_common_ending(alike, 2), strlen("-x-amd64"));
	assert_int_equal(nb_common_ending(unlike, 2), 0);
	assert_int_equal(nb_common_ending(same, 2), strlen("-a"));
	assert_int_equal(nb_common_ending(whole, 2), 0);
	assert_int_equal(nb_common_ending(none, 2), 0);
	assert_int_equal(nb_common_ending(NULL, 0), 0);
}

/* A machine is another one to L0, too, which no other word of a configuration matters to. */
static void machines_matter_to_each_level(void **state)
{
	(void)state;
	assert_false(nb_config_same("ept=off kernel=6.1", "kernel=6.12", "kvm", 0));
	assert_true(nb_config_same("shadow_vmcs=on kernel=6.1", "shadow_vmcs=off kernel=6.1", "kvm", 1));
	assert_false(nb_config_same("cpu=haswell", "cpu=ice-lake", "own", 1));
	assert_true(nb_config_has("shadow_vmcs=on mmu=synced", "mmu="));
	assert_false(nb_config_has("shadow_vmcs=on kernel_args=kvm.tdp_mmu=0", "mmu="));
}

#define HEAD                                                                                                           \
	"machine,clock,kernel,kernel_args,cpu,l0,op,family,level,config,n,min_ticks,p50_ticks,p99_ticks,"              \
	"net_p50_ticks,l0_exits_per_op,status,complete\n"
#define ROW(kernel, cpu, level, config, p50)                                                                           \
	"bochs,instructions," kernel ",," cpu ",kvm,cpuid,instruction," level "," config ",10,5," p50 ",99000," p50    \
	",1,ok,yes\n"

static void build(struct nb_suite *suite, const char *text)
{
	char why[NB_CSV_REASON] = "", *copy = malloc(strlen(text) + 1);
	struct nb_csv csv;

	assert_non_null(copy);
	strcpy(copy, text);
	assert_true(nb_csv_parse(&csv, copy, strlen(text), why));
	if (!nb_suite_build(suite, &csv, why))
		fail_msg("%s", why);
}

static void a_plot_has_a_panel_for_each_machine(void **state)
{
	struct nb_suite suite;

	(void)state;
	build(&suite, HEAD ROW("6.1", "haswell", "L0", "shadow_vmcs=on", "9")
			      ROW("6.1", "haswell", "L2", "shadow_vmcs=off", "100")
				      ROW("6.12", "haswell", "L0", "shadow_vmcs=on", "11")
					      ROW("6.12", "haswell", "L2", "shadow_vmcs=off", "200"));
	assert_int_equal(suite.config_count, 4);
	assert_string_equal(suite.configs[1].title, "shadow_vmcs=off kernel=6.1");
	assert_string_equal(suite.configs[3].title, "shadow_vmcs=off kernel=6.12");
	assert_true(nb_suite_cell(&suite, 0, 3, 2)->p50 == 200);
	/* What is measured once stands for other configurations, but of the same machine. */
	assert_true(nb_suite_base(&suite, 0, 3, 0)->p50 == 11);
	assert_true(nb_suite_base(&suite, 0, 1, 0)->p50 == 9);
	nb_suite_free(&suite);
}

static void too_many_machines_leave_the_first(void **state)
{
	char text[4096] = HEAD;
	struct nb_suite suite;

	(void)state;
	for (unsigned i = 0; i <= NB_SUITE_CONFIGS_MOST; i++)
		sprintf(text + strlen(text),
			"bochs,instructions,6.%u,,haswell,kvm,cpuid,instruction,L1,,10,5,%u,99,90,1,ok,yes\n", i,
			100 + i);
	build(&suite, text);
	assert_int_equal(suite.config_count, 1);
	assert_int_equal(suite.left_out, NB_SUITE_CONFIGS_MOST);
	assert_string_equal(suite.configs[0].title, "kernel=6.0");
	assert_true(nb_suite_cell(&suite, 0, 0, 1)->p50 == 100);
	nb_suite_free(&suite);
}

/* --- results.json --- */

/* Ten samples of 0 ticks. */
#define SAMPLES "\"samples\":{\"n\":10,\"encoding\":\"zlib+base64\",\"data\":\"eJxjYKAVAAAAWgAB\"}"
/* Three samples: 30, 10 and 20 ticks. */
#define THREE "\"samples\":{\"n\":3,\"encoding\":\"zlib+base64\",\"data\":\"eJyT4xJhwAoYmQAGQQBA\"}"
#define LOADED(kernel, op, n, samples)                                                                                 \
	"{\"machine\":\"bochs\",\"clock\":\"instructions\",\"l0\":\"kvm\",\"op\":\"" op "\",\"level\":\"L1\","         \
	"\"family\":\"instruction\",\"kernel\":\"" kernel "\",\"kernel_args\":\"\",\"cpu\":\"haswell\",\"route\":"     \
	"\"L0-kernel\",\"config\":\"\",\"complete\":\"yes\",\"status\":\"ok\",\"note\":\"\",\"n\":" n                  \
	",\"l0_exits_per_op\":1," samples "}"
#define FILE_HEAD "{\"schema\":2,\"complete\":true,\"damage\":null,\"metadata\":{},\"rows\":["

static void load(struct nb_loaded *loaded, const char *text)
{
	char why[NB_LOAD_REASON] = "";

	if (!nb_load_text(loaded, text, strlen(text), why))
		fail_msg("%s", why);
}

static void only_the_first_machine_is_kept(void **state)
{
	struct nb_loaded loaded;

	(void)state;
	load(&loaded, FILE_HEAD LOADED("6.1", "cpuid", "3", THREE) "," LOADED(
			      "6.12", "cpuid", "10", SAMPLES) "," LOADED("6.1", "hlt", "10", SAMPLES) "]}");
	nb_loaded_keep_first_machine(&loaded);
	assert_int_equal(loaded.row_count, 2);
	assert_int_equal(loaded.left_out, 1);
	assert_int_equal(loaded.sample_count, 13);
	assert_string_equal(loaded.rows[1].op, "hlt");
	nb_loaded_free(&loaded);
}

static void the_figure_has_ratios_and_means(void **state)
{
	struct nb_loaded loaded;
	struct nb_suite suite = {.op_count = 0};
	struct nb_plot_input input = {.suite = &suite, .samples = &loaded};
	char *data = NULL;
	size_t size;
	FILE *out = open_memstream(&data, &size);

	(void)state;
	assert_non_null(out);
	load(&loaded, FILE_HEAD LOADED("6.1", "cpuid", "3", THREE) "," LOADED("6.12", "cpuid", "3", THREE) "]}");
	assert_null(nb_plot_compare(&input, out));
	fclose(out);
	assert_non_null(strstr(data, "What changes from 6.1 to 6.12"));
	assert_non_null(strstr(data, "\ttimes the ticks of 6.1\t"));
	assert_non_null(strstr(data, "# points\n1\t1\t"));
	assert_non_null(strstr(data, "\t1\t1.000\n"));
	assert_non_null(strstr(data, "\tgeometric mean\n"));
	assert_non_null(strstr(data, "# configs\n1\t6.12\n"));
	free(data);
	nb_loaded_free(&loaded);

	/* Of one machine there is no such figure, and nobody is told. */
	out = open_memstream(&data, &size);
	assert_non_null(out);
	load(&loaded, FILE_HEAD LOADED("6.1", "cpuid", "3", THREE) "]}");
	assert_string_equal(nb_plot_compare(&input, out), "");
	fclose(out);
	free(data);
	nb_loaded_free(&loaded);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_name_what_differs),
		cmocka_unit_test(endings_are_whole_words),
		cmocka_unit_test(machines_matter_to_each_level),
		cmocka_unit_test(a_plot_has_a_panel_for_each_machine),
		cmocka_unit_test(too_many_machines_leave_the_first),
		cmocka_unit_test(only_the_first_machine_is_kept),
		cmocka_unit_test(the_figure_has_ratios_and_means),
	};

	return cmocka_run_group_tests_name("variant_words", tests, NULL, NULL);
}
