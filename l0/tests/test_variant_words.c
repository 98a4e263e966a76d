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

#include "l0/plots/plots.h"
#include "l0/results/csv.h"
#include "l0/results/variant_words.h"

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

static void csv_keeps_the_first_machine(void **state)
{
	static const char text[] = "op,kernel,kernel_args,cpu\na,6.1,,x\nb,6.1,nosmt,x\nc,6.1,,x\nd,6.12,,x\n";
	char why[NB_CSV_REASON] = "", *copy = malloc(sizeof(text));
	struct nb_csv csv;

	(void)state;
	assert_non_null(copy);
	memcpy(copy, text, sizeof(text));
	assert_true(nb_csv_parse(&csv, copy, sizeof(text) - 1, why));
	assert_int_equal(nb_csv_keep_first_machine(&csv), 2);
	assert_int_equal(csv.rows, 2);
	assert_string_equal(nb_csv_cell(&csv, 1, "op"), "c");
	nb_csv_free(&csv);
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
		cmocka_unit_test(words_name_what_differs),         cmocka_unit_test(endings_are_whole_words),
		cmocka_unit_test(csv_keeps_the_first_machine),     cmocka_unit_test(only_the_first_machine_is_kept),
		cmocka_unit_test(the_figure_has_ratios_and_means),
	};

	return cmocka_run_group_tests_name("variant_words", tests, NULL, NULL);
}
