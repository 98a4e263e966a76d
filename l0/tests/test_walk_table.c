// SPDX-License-Identifier: GPL-2.0-only
/* Tests of the results of page-walk counts: formulas, table, CSV, and refused input. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "l0/experiments/walk_steps.h"
#include "l0/plots/walk_figure.h"
#include "l0/tests/streams.h"

static struct stream stream;

/* Writes a walk like our hypervisor. `ept`: entries for each step. */
static void put_shape(unsigned g, unsigned n, unsigned ept, unsigned idle)
{
	char name[NB_OP_NAME_LEN], line[64];

	snprintf(name, sizeof(name), "walk.%u.%u", g, n);
	put_window(&stream, NB_RECORD_OPEN, name, 0);
	snprintf(line, sizeof(line), "hv.walk.guest=%u", g);
	put_text(&stream, line);
	snprintf(line, sizeof(line), "hv.walk.distinct=%u", n + g); /* steps share all but the last of their entries */
	put_text(&stream, line);
	for (unsigned step = 0; step <= g; step++) {
		snprintf(line, sizeof(line), "hv.walk.ept.%u=%u", step, ept);
		put_text(&stream, line);
		snprintf(line, sizeof(line), "hv.walk.first.%u=%.*s%u", step, (int)n - 1, "111", step + 1);
		put_text(&stream, line);
	}
	snprintf(line, sizeof(line), "hv.walk.idle=%u", idle);
	put_text(&stream, line);
	put_window(&stream, NB_RECORD_CLOSE, name, 0);
}

/* Every shape with the counts of a CPU. The last shape has other counts, or a reason to skip it. */
static void put_all(unsigned last_ept, unsigned last_idle, const char *skip)
{
	memset(&stream, 0, sizeof(stream));
	put_text(&stream, "run.level=L0");
	put_text(&stream, "run.l0=own");
	for (unsigned g = 4; g >= 2; g--)
		for (unsigned n = 4; n >= 2; n--) {
			bool last = g == 2 && n == 2;

			if (last && skip) {
				put_text(&stream, skip);
				put_window(&stream, NB_RECORD_SKIP, "walk.2.2", 0);
			} else {
				put_shape(g, n, last ? last_ept : n, last ? last_idle : 0);
			}
		}
	put(&stream, NB_RECORD_END);
}

static void read_stream(struct nb_results *results)
{
	*results = (struct nb_results){0};
	assert_true(decode(stream.records, stream.count * sizeof(struct nb_record), SIZE_MAX / 2, results));
	assert_int_equal(results->run_count, 1);
}

/* Returns the output of `write` for the stream. */
static char *made(void (*write)(FILE *out, const char *machine, const struct nb_run *run,
				const struct walk_shape shapes[WALK_SHAPES]))
{
	struct walk_shape shapes[WALK_SHAPES];
	struct nb_results results;
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	read_stream(&results);
	assert_true(walk__read(&results.runs[0], shapes));
	write(out, "bochs", &results.runs[0], shapes);
	fclose(out);
	nb_results_free(&results);
	return text;
}

static void expect(const char *text, const char *what)
{
	if (!strstr(text, what))
		fail_msg("no \"%s\" in:\n%s", what, text);
}

static void formulas(void **state)
{
	(void)state;
	assert_int_equal(walk__two_dimensions(4, 4), 24);
	assert_int_equal(walk__two_dimensions(5, 5), 35);
	assert_int_equal(walk__ept_alone(4, 4), 20);
	assert_int_equal(walk__three_dimensions(4, 4, 4), 124);
	for (unsigned g = 0; g < 6; g++)
		for (unsigned n = 0; n < 6; n++) {
			assert_int_equal(walk__two_dimensions(g, n), g * (n + 1) + n);
			assert_int_equal(walk__two_dimensions(g, n), walk__ept_alone(g, n) + g);
			assert_int_equal(walk__three_dimensions(g, n, 0), walk__two_dimensions(g, n));
		}
}

static void table_and_verdict(void **state)
{
	char *text;

	(void)state;
	put_all(2, 0, NULL);
	text = made(walk__print);
	expect(text,
	       "\n4 (4K)   4 (4K)          4     20     24  4 4 4 4 4               24     20             8  124\n");
	expect(text,
	       "\n2 (1G)   2 (1G)          2      6      8  2 2 2                    8      6             4  44\n");
	expect(text,
	       "verdict: of 9 shapes (g + 1)(n + 1) - 1 is right about 9, g n + n about 0; g n + n counts the EPT's "
	       "entries alone, and is right about those\n");
	expect(text, "\n4 (4K)   4 (4K)    1111 1112 1113 1114 1115: 8 different of 20\n");
	expect(text, "\n2 (1G)   2 (1G)    11 12 13: 4 different of 6\n");
	free(text);
}

static void a_cpu_that_reads_otherwise_is_told_so(void **state)
{
	char *text;

	(void)state;
	put_all(1, 0, NULL); /* of 2 levels only one entry a step: 5 in all, g n + n is 6 */
	text = made(walk__print);
	expect(text, "verdict: of 9 shapes (g + 1)(n + 1) - 1 is right about 8, g n + n about 0\n");
	free(text);
}

static void what_was_not_counted_is_named(void **state)
{
	char *text;

	(void)state;
	put_all(2, 0, "skip=no such pages");
	text = made(walk__print);
	expect(text, "\n2 (1G)   2 (1G)    no such pages\nverdict: of 8 shapes (g + 1)(n + 1) - 1 is right about 8,");
	free(text);
	text = made(walk__put_csv);
	expect(text, "\nbochs,own,,4,4K,4,4K,4,20,24,24,20,124,8,1111 1112 1113 1114 1115\n");
	assert_null(strstr(text, "\nbochs,own,,2,1G,2,"));
	free(text);
	text = made(nb_walk_figure_write);
	expect(text, "\n1\t4\t4\t24\t4 + 20\n2\t4\t4\t20\t5 steps of 4\n3\t4\t4\t8\t12 read again\n");
	assert_null(strstr(text, "\n1\t2\t2\t"));
	free(text);
}

static void a_page_that_nobody_needs_disproves_the_method(void **state)
{
	struct walk_shape shapes[WALK_SHAPES];
	struct nb_results results;

	(void)state;
	put_all(2, 0, NULL);
	read_stream(&results);
	assert_true(walk__read(&results.runs[0], shapes));
	assert_true(walk__is_proven(shapes));
	nb_results_free(&results);
	put_all(2, 1, NULL);
	read_stream(&results);
	assert_true(walk__read(&results.runs[0], shapes));
	assert_false(walk__is_proven(shapes));
	nb_results_free(&results);
	/* Entries are shared otherwise than it says. */
	put_all(2, 0, NULL);
	for (size_t i = 0; i < stream.count; i++)
		if (stream.records[i].type == NB_RECORD_TEXT &&
		    strncmp(stream.records[i].text, "hv.walk.first.1=1112", 20) == 0)
			memcpy(stream.records[i].text, "hv.walk.first.1=1122", 20);
	read_stream(&results);
	assert_true(walk__read(&results.runs[0], shapes));
	assert_false(walk__is_proven(shapes));
	nb_results_free(&results);
}

static void a_shape_that_lacks_is_missed(void **state)
{
	struct walk_shape shapes[WALK_SHAPES];
	struct nb_results results;

	(void)state;
	memset(&stream, 0, sizeof(stream));
	put_text(&stream, "run.level=L0");
	put_shape(4, 4, 4, 0);
	put(&stream, NB_RECORD_END);
	read_stream(&results);
	assert_false(walk__read(&results.runs[0], shapes));
	nb_results_free(&results);
	/* A window that closed, but a count lacks. */
	put_all(2, 0, NULL);
	for (size_t i = 0; i < stream.count; i++)
		if (stream.records[i].type == NB_RECORD_TEXT &&
		    strncmp(stream.records[i].text, "hv.walk.idle=0", 14) == 0)
			memcpy(stream.records[i].text, "hv.walk.idly=0", 14);
	read_stream(&results);
	assert_false(walk__read(&results.runs[0], shapes));
	nb_results_free(&results);
}

/* Gives the walk and the CPU three entries, one of which is read twice. */
static bool steps(const char *end, const char *cpu, char **text)
{
	struct nb_results results;
	size_t size;
	FILE *out = open_memstream(text, &size);
	bool good;

	assert_non_null(out);
	memset(&stream, 0, sizeof(stream));
	put_text(&stream, "run.level=L0");
	put_text(&stream, "run.l0=own");
	put_text(&stream, "walk.address=10a8f2");
	put_text(&stream, "walk.step.0=e 2 145000 568000 8000b7");
	put_text(&stream, "walk.step.1=g 2 145000 945000 e3");
	put_text(&stream, "walk.step.2=e 2 10a8f2 568000 8000b7");
	put_text(&stream, end);
	if (cpu)
		put_text(&stream, cpu);
	put(&stream, NB_RECORD_END);
	read_stream(&results);
	good = walk__print_steps(out, &results.runs[0]);
	fclose(out);
	nb_results_free(&results);
	return good;
}

static void translations(void **state)
{
	static const char *const page = "walk.end=page 10a8f2 90a8f2 200000";
	char *text;

	(void)state;
	assert_true(steps(page, "walk.cpu=2 2 0", &text));
	expect(text,
	       "   1    EPT PDE    at 0x568000     = 0x8000b7           translates 0x145000\n"
	       "   2  PDE          at 0x945000     = 0xe3               is the guest's, at guest-physical 0x145000\n"
	       "   3    EPT PDE    at 0x568000     = 0x8000b7           translates 0x10a8f2\n"
	       "  page: guest-physical 0x10a8f2, memory 0x90a8f2; the guest maps 2048 KiB\n"
	       "3 references: 1 guest entries, 2 EPT entries; the page is one more.");
	expect(text, "the CPU has read 2 of these 2 different entries, and 0 others of the EPT\n");
	free(text);
	assert_true(steps(page, "walk.cpu=untried the page cannot be executed", &text));
	expect(text, "not checked by an L2 fetch: the page cannot be executed\n");
	free(text);
	assert_true(steps("walk.end=not-present 1", NULL, &text));
	expect(text, "  page fault: level 1 is not present\n3 references: 1 guest entries, 2 EPT entries\n");
	free(text);
	assert_true(steps("walk.end=violation 10a8f2", NULL, &text));
	expect(text, "  EPT violation: guest-physical 0x10a8f2 is not mapped\n");
	free(text);
}

static void a_cpu_that_walks_otherwise_fails(void **state)
{
	static const char *const cpu[] = {"walk.cpu=1 2 0", "walk.cpu=2 2 1", "walk.cpu=2 2", "walk.cpu=?", NULL};
	char *text;

	(void)state;
	for (size_t i = 0; i < sizeof(cpu) / sizeof(cpu[0]); i++) {
		assert_false(steps("walk.end=page 10a8f2 90a8f2 200000", cpu[i], &text));
		free(text);
	}
	assert_false(steps("walk.ended=page 10a8f2 90a8f2 200000", "walk.cpu=2 2 0", &text));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(formulas),
		cmocka_unit_test(table_and_verdict),
		cmocka_unit_test(a_cpu_that_reads_otherwise_is_told_so),
		cmocka_unit_test(what_was_not_counted_is_named),
		cmocka_unit_test(a_page_that_nobody_needs_disproves_the_method),
		cmocka_unit_test(a_shape_that_lacks_is_missed),
		cmocka_unit_test(translations),
		cmocka_unit_test(a_cpu_that_walks_otherwise_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
