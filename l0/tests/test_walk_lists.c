// SPDX-License-Identifier: GPL-2.0-only
/* Tests of one translation in three dimensions: lists, counts, comparisons, and refused input. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "l0/experiments/walk_kvm_tables.h"
#include "l0/tests/capture.h"
#include "l0/tests/streams.h"

static struct stream stream;
static struct nb_results results;

/*
 * L2's tables of one level less than ept12's two, so that all can be seen at a glance: an L2
 * entry at L2-physical 0x1010 maps the page 0x5000. ept12 adds 0x100000, ept01 adds 0x70000000 by
 * pages of 2 MiB, ept02 does both by pages of 4 KiB.
 */
static const char *const whole[] = {
	"walk.address=200005",
	"walk.step.0=e 2 1010 9000 a007",
	"walk.step.1=e 1 1010 a008 101037",
	"walk.step.2=g 1 1010 101010 5067",
	"walk.step.3=e 2 5005 9000 a007",
	"walk.step.4=e 1 5005 a028 105037",
	"walk.end=page 5005 105005 1000",
	"walk.eptp=905e",
	"walk.tables=read",
	"walk.ept02=1",
	"walk.ept01.9000=1000 4 2107 3107 700000b7",
	"walk.ept01.a008=1000 4 2107 3107 700000b7",
	"walk.ept01.101010=1000 4 2107 3107 700000b7",
	"walk.ept01.a028=1000 4 2107 3107 700000b7",
	"walk.ept01.105005=1000 4 2107 3107 700000b7",
	"walk.ept02.1010=6000 4 7107 8107 b107 70101137",
	"walk.ept02.5005=6000 4 7107 8107 b107 70105137",
	"walk.host.9000=70009000",
	"walk.host.105005=70105005",
	"walk.cpu=5 5 0",
};
#define LINES (sizeof(whole) / sizeof(whole[0]))

/* Returns a run with the usual lines. `instead` replaces the line with the same beginning up to
 * '='. If it ends there, that line is left out. */
static const struct nb_run *run_of(const char *instead)
{
	size_t key = instead ? strcspn(instead, "=") + 1 : 0;

	nb_results_free(&results);
	results = (struct nb_results){0};
	memset(&stream, 0, sizeof(stream));
	put_level(&stream, "L1");
	for (size_t i = 0; i < LINES; i++) {
		if (!instead || strncmp(whole[i], instead, key) != 0)
			put_text(&stream, whole[i]);
		else if (instead[key])
			put_text(&stream, instead);
	}
	put(&stream, NB_RECORD_END);
	assert_true(decode(stream.records, stream.count * sizeof(struct nb_record), SIZE_MAX / 2, &results));
	return &results.runs[0];
}

static int finish(void **state)
{
	(void)state;
	nb_results_free(&results);
	results = (struct nb_results){0};
	return 0;
}

/* Returns the text that is printed of the run. `error` gets the error messages. */
static char *printed(const struct nb_run *run, bool *good, char error[512])
{
	struct capture capture = capture__begin(STDERR_FILENO);
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	*good = walk__print_below(out, run);
	fclose(out);
	capture__end_text(&capture, error, 512);
	return text;
}

static void expect(const char *text, const char *what)
{
	if (!strstr(text, what))
		fail_msg("no \"%s\" in:\n%s", what, text);
}

static void refused(const char *instead, const char *what)
{
	char error[512];
	bool good;

	free(printed(run_of(instead), &good, error));
	if (good)
		fail_msg("taken: %s", instead);
	expect(error, what);
}

static void lists_are_as_long_as_the_formula(void **state)
{
	const struct nb_run *run = run_of(NULL);
	struct walk_steps steps;
	struct walk_list list;

	(void)state;
	assert_true(walk_steps__read(&steps, run));
	walk_list__two(&list, &steps);
	assert_int_equal(list.count, (1 + 1) * (2 + 1) - 1);
	assert_int_equal(walk_list__formula(&list), list.count);
	assert_int_equal(list.distinct, 4); /* ept12's upper entry again */

	assert_true(walk_list__three(&list, &steps, run));
	assert_int_equal(list.count, (1 + 1) * (2 + 1) * (3 + 1) - 1);
	assert_int_equal(walk_list__formula(&list), list.count);
	assert_int_equal(list.of[WALK_EPT01], 6 * 3);
	assert_int_equal(list.distinct_of[WALK_EPT01], 3);
	assert_int_equal(list.distinct, 3 + 3 + 1);
	assert_int_equal(list.reference[3].table, WALK_EPT12);
	assert_int_equal(list.reference[3].at, 0x70009000);

	assert_true(walk_list__cpu(&list, &steps, run));
	assert_int_equal(list.count, (1 + 1) * (4 + 1) - 1);
	assert_int_equal(walk_list__formula(&list), list.count);
	assert_int_equal(list.distinct, 1 + 5);
	assert_int_equal(list.reference[4].at, 0x70101010);
}

static void formulas_of_levels_that_are_there(void **state)
{
	struct walk_list list = {.levels = {4, 4, 4, 0}, .of = {4, 20, 100, 0}};

	(void)state;
	assert_int_equal(walk_list__formula(&list), 124);
	list.levels[WALK_EPT01] = 3;
	assert_int_equal(walk_list__formula(&list), 99);
	list.levels[WALK_EPT01] = 0; /* 5 pages of 2 MiB, 20 of 4 KiB */
	list.paths[3] = 5;
	list.paths[4] = 20;
	assert_int_equal(walk_list__formula(&list), 119);
	list.of[WALK_EPT01] = 0; /* two dimensions */
	assert_int_equal(walk_list__formula(&list), 24);
}

static void pages_of_different_sizes_are_summed(void **state)
{
	char error[512], *text;
	bool good;

	(void)state;
	text = printed(run_of("walk.ept01.a008=1000 4 2107 3107 4107 7000a137"), &good, error);
	assert_true(good);
	expect(text, "24 references: 1 of L2's tables, 4 of ept12, 19 of ept01; "
		     "5 x (3 + 1) + 1 x (4 + 1) - 1 = 24, as m differs by address, with the size of KVM's page\n");
	free(text);
}

static void what_is_printed(void **state)
{
	char error[512], *text;
	bool good;

	(void)state;
	text = printed(run_of(NULL), &good, error);
	assert_true(good);
	assert_string_equal(error, "");
	expect(text, "\n   1      ept01 PML4E  at 0x1000       = 0x2107             translates 0x9000\n"
		     "   2      ept01 PDPTE  at 0x2000       = 0x3107             translates 0x9000\n"
		     "   3      ept01 PDE    at 0x3000       = 0x700000b7         translates 0x9000\n"
		     "   4    ept12 PDE      at 0x70009000   = 0xa007             translates 0x1010\n"
		     "   5      ept01 PML4E  at 0x1000       = 0x2107             translates 0xa008 (again)\n");
	expect(text, "\n  12  PTE              at 0x70101010   = 0x5067             is L2's, at L2-physical 0x1010\n");
	expect(text, "23 references: 1 of L2's tables, 4 of ept12, 18 of ept01; "
		     "(g + 1)(n + 1)(m + 1) - 1 = 23 with g 1, n 2, m 3\n"
		     "7 different entries, each read once where caches of paging structures keep it: "
		     "1 of L2's tables, 3 of ept12, 3 of ept01\n");
	expect(text, "; L2 was last entered by it\n");
	expect(text, "9 references: 1 of L2's tables, 8 of ept02; (g + 1)(n + 1) - 1 = 9 with g 1, n 4\n");
	expect(text, "accessed flags: set in 5 of ept02's 5 entries.");
	expect(text, "check: ept02 leads where ept01(ept12) leads, for 2 of 2 L2 addresses\n");
	expect(text, "check: ept01 leads where the VMM's pagemap has the memory, for 2 of 2 L1 addresses\n");
	free(text);
}

static void what_lacks_is_said(void **state)
{
	char error[512], *text;
	bool good;

	(void)state;
	text = printed(run_of("walk.tables=untried no right to load eBPF programs"), &good, error);
	assert_true(good);
	assert_string_equal(text,
			    "KVM's own tables, the third dimension, are not shown: no right to load eBPF programs\n");
	free(text);
	text = printed(run_of("walk.tables="), &good, error); /* our hypervisor is L0 */
	assert_true(good);
	assert_string_equal(text, "");
	free(text);
	text = printed(run_of("walk.ept02=none"), &good, error);
	assert_true(good);
	expect(text, "KVM has no ept02 for this ept12 at present\ncheck: ept01 leads");
	free(text);
	text = printed(run_of("walk.ept02=0"), &good, error);
	assert_true(good);
	expect(text, "; L2 was last entered by another\n");
	free(text);
	/* An entry that KVM has not made yet. */
	text = printed(run_of("walk.ept02.5005=6000 4 7107 8107 b107 0"), &good, error);
	assert_true(good);
	expect(text, "\n  absent: ");
	expect(text, "\n9 references: 1 of L2's tables, 8 of ept02\n");
	expect(text, "for 1 of 2 L2 addresses; for 1 it has no entry yet\n");
	free(text);
}

static void tables_that_lead_elsewhere_fail(void **state)
{
	(void)state;
	refused("walk.ept02.5005=6000 4 7107 8107 b107 70106137",
		"L2-physical 0x5005: ept02 leads to host-physical 0x70106005, ept12 to L1-physical 0x105005 and ept01 "
		"from there to 0x70105005");
	refused("walk.ept02.1010=6000 4 7107 8107 b107 70102137", "L2-physical 0x1010: ept02 leads to");
	refused("walk.ept01.105005=1000 4 2107 3107 0", "for which ept01 has nothing");
	refused("walk.host.105005=70106005",
		"L1-physical 0x105005: ept01 leads to host-physical 0x70105005, the VMM's memory there is at 0x70106005");
	refused("walk.end=violation 5005", "ept12 has nothing there, but ept02 leads to host-physical 0x70105005");
	/* L2 has been there by this EPT, with accessed flags. */
	refused("walk.ept02.5005=6000 4 7107 8107 b107 70105037", "not all its entries have been read");
}

static void flags_are_asked_for_only_where_they_are_kept(void **state)
{
	static const char *const clear = "walk.ept02.5005=6000 4 7107 8107 b107 70105037";
	static const char *const others[] = {"walk.cpu=untried x", "walk.eptp=901e", "walk.ept02=0"};
	char error[512];
	bool good;

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		const struct nb_run *run = run_of(others[i]);

		for (size_t k = 0; k < run->text_count; k++)
			if (strncmp(clear, run->texts[k].key, strlen(run->texts[k].key)) == 0 &&
			    clear[strlen(run->texts[k].key)] == '=') {
				free(run->texts[k].value);
				run->texts[k].value = strdup(strchr(clear, '=') + 1);
			}
		free(printed(run, &good, error));
		assert_true(good);
	}
}

static void bad_data_is_refused(void **state)
{
	(void)state;
	refused("walk.ept01.9000=", "the run does not say how ept01 translates 0x9000");
	refused("walk.ept02.5005=", "the run does not say how ept02 translates 0x5005");
	refused("walk.ept01.9000=1000 4 2107 3107 x", "translates 0x9000: 1000 4 2107 3107 x");
	refused("walk.ept01.9000=1000 4 2107 3107", "the entries of ept01 for 0x9000 make no path");
	refused("walk.ept01.105005=c000 4 2107 3107 700000b7", "ept01 has two topmost tables, at 0x1000 and 0xc000");
	refused("walk.host.9000=x", "pagemap");
	refused("walk.ept02=", "the records lack some entries");
	refused("walk.end=pages", "the records lack some entries");
	refused("walk.step.4=", "the records lack some entries");
	refused("walk.step.2=", "the records lack some entries");
	refused("walk.step.1=e 1 1018 a008 101037", "the records lack some entries");
	refused("walk.step.1=e 2 1010 a008 101037", "the records lack some entries");
	refused("walk.eptp=z", "the records lack some entries");
}

static void rows(void **state)
{
	const struct nb_run *run = run_of(NULL);
	unsigned lines = 0;
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	walk__put_steps_csv(out, "bochs", run);
	fclose(out);
	for (const char *c = text; *c; c++)
		lines += *c == '\n';
	assert_int_equal(lines, 1 + 5 + 23 + 9);
	expect(text, "machine,l0,config,walk,step,table,level,address,at,value,again,read\n"
		     "bochs,kvm,shadow_vmcs=on,two,1,ept12,2,0x1010,0x9000,0xa007,no,yes\n");
	expect(text, "\nbochs,kvm,shadow_vmcs=on,three,12,L2,1,0x1010,0x70101010,0x5067,no,\n");
	expect(text, "\nbochs,kvm,shadow_vmcs=on,cpu,6,ept02,4,0x5005,0x6000,0x7107,yes,\n");
	free(text);
	/* The text does not say that an unchecked entry was read. */
	run = run_of("walk.cpu=untried x");
	out = open_memstream(&text, &size);
	walk__put_steps_csv(out, "bochs", run);
	fclose(out);
	expect(text, ",two,1,ept12,2,0x1010,0x9000,0xa007,no,\n");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(lists_are_as_long_as_the_formula, finish),
		cmocka_unit_test(formulas_of_levels_that_are_there),
		cmocka_unit_test_teardown(pages_of_different_sizes_are_summed, finish),
		cmocka_unit_test_teardown(what_is_printed, finish),
		cmocka_unit_test_teardown(what_lacks_is_said, finish),
		cmocka_unit_test_teardown(tables_that_lead_elsewhere_fail, finish),
		cmocka_unit_test_teardown(flags_are_asked_for_only_where_they_are_kept, finish),
		cmocka_unit_test_teardown(bad_data_is_refused, finish),
		cmocka_unit_test_teardown(rows, finish),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
