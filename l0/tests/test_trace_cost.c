// SPDX-License-Identifier: GPL-2.0-only
/* Tests of the overhead of tracing: rows of one operation, level and configuration, with the ticks
 * of an execution and of an event. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "l0/experiments/trace_cost.h"
#include "vmcs-shadow/exit_reasons.h"

/* An exit that L0's user space serves: 4 events, of which counting sees 2 and timing 3. */
static struct trace_event events[] = {
	{.time = 0, .seq = 0, .kind = TRACE_EXIT, .level = 2, .reason = VMX_EXIT_IO_INSTRUCTION},
	{.time = 1, .seq = 1, .kind = TRACE_PIO, .level = 1},
	{.time = 2, .seq = 2, .kind = TRACE_USER, .level = 1},
	{.time = 3, .seq = 3, .kind = TRACE_ENTRY, .level = 2},
};

static struct nb_op_result measured = {.sample_count = 1};
static struct nb_run run_off = {
	.level = (char[]){"L2"}, .trace = (char[]){"off"}, .config = (char[]){"ept=off trace=off"}};
static struct nb_run run_count = {
	.level = (char[]){"L2"}, .trace = (char[]){"count"}, .config = (char[]){"ept=off trace=count"}};
static struct nb_run run_time = {
	.level = (char[]){"L2"}, .trace = (char[]){"time"}, .config = (char[]){"ept=off trace=time"}};
static struct nb_run run_stream = {
	.level = (char[]){"L2"}, .trace = (char[]){"stream"}, .config = (char[]){"ept=off trace=stream"}};
static struct nb_run run_other = {.level = (char[]){"L2"}, .trace = (char[]){"off"}, .config = (char[]){"trace=off"}};
static struct nb_run run_alone = {.level = (char[]){"L2"}, .trace = (char[]){""}, .config = (char[]){"ept=off"}};

static struct nb_row row(const struct nb_run *run, const char *op, double ticks)
{
	return (struct nb_row){.run = run,
			       .result = &measured,
			       .op = op,
			       .level = run->level,
			       .config = run->config,
			       .clock = "instructions",
			       .n = 1,
			       .p50_ticks = ticks};
}

static struct nb_row rows[7];
static const struct nb_report report = {.rows = rows, .row_count = 7};

static void fill_rows(void)
{
	rows[0] = row(&run_other, "pio", 1);
	rows[1] = row(&run_off, "pio", 1000);
	rows[2] = row(&run_off, "cpuid", 2);
	rows[3] = row(&run_count, "pio", 1200);
	rows[4] = row(&run_time, "pio", 1600);
	rows[5] = row(&run_stream, "pio", 2200);
	rows[6] = row(&run_stream, "empty", 3);
}

/* Returns the CSV of a streamed row. */
static char *cost_of(const struct nb_row *streamed)
{
	struct cascades cascades = {0};
	char *text;
	size_t size;
	FILE *csv = open_memstream(&text, &size);

	assert_non_null(csv);
	cascades__add(&cascades, events, 4, 2, false);
	assert_int_equal(cascades.whole, 1);
	trace_cost__show(stdout, csv, &report, streamed, &cascades);
	cascades__free(&cascades);
	fclose(csv);
	return text;
}

static void modes_stand_beside_none(void **state)
{
	char *text;

	(void)state;
	fill_rows();
	text = cost_of(&rows[5]);
	assert_string_equal(text, "instructions,pio,L2,ept=off,off,1,1000.00,0.00,0.00,\n"
				  "instructions,pio,L2,ept=off,count,1,1200.00,200.00,2.00,100.00\n"
				  "instructions,pio,L2,ept=off,time,1,1600.00,600.00,3.00,200.00\n"
				  "instructions,pio,L2,ept=off,stream,1,2200.00,1200.00,4.00,300.00\n");
	free(text);
}

static void nothing_without_windows_that_had_none(void **state)
{
	char *text;

	(void)state;
	fill_rows();
	text = cost_of(&rows[6]);
	assert_string_equal(text, "");
	free(text);
}

static void the_word_leaves_the_configuration(void **state)
{
	char config[64];

	(void)state;
	trace_cost__config(&run_off, config, sizeof(config));
	assert_string_equal(config, "ept=off");
	trace_cost__config(&run_other, config, sizeof(config));
	assert_string_equal(config, "");
	trace_cost__config(&run_alone, config, sizeof(config));
	assert_string_equal(config, "ept=off");
	assert_true(trace_cost__is_streamed(&run_stream));
	assert_true(trace_cost__is_streamed(&run_alone));
	assert_false(trace_cost__is_streamed(&run_time));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(modes_stand_beside_none),
		cmocka_unit_test(nothing_without_windows_that_had_none),
		cmocka_unit_test(the_word_leaves_the_configuration),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
