// SPDX-License-Identifier: GPL-2.0-only
/* Tests of the decoder. Streams are built record by record, then cut, split and damaged
 * everywhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "l0/results/collect.h"
#include "l0/tests/streams.h"
#include "l0/tests/test_random.h"

static char *decoded(const struct stream *stream)
{
	struct nb_results results = {0};
	char *text;

	decode(stream->records, stream->count * sizeof(struct nb_record), SIZE_MAX / 2, &results);
	text = describe(&results);
	nb_results_free(&results);
	return text;
}

static void expect(const struct stream *stream, const char *expected)
{
	char *text = decoded(stream);

	assert_string_equal(text, expected);
	free(text);
}

static void expect_damage(const struct stream *stream, const char *what)
{
	char *text = decoded(stream);

	if (!strstr(text, what))
		fail_msg("no \"%s\" in:\n%s", what, text);
	free(text);
}

static const char everything[] = "damage none\n"
				 "meta kernel=6.1.0-19\n"
				 "run L0 kvm [shadow_vmcs=on] nestbed ended=1 status=0\n"
				 " op cpuid windows=2/2 skip=: 1000+100 1001+101 1000+110\n"
				 " op vmcall windows=0/0 skip=not legal in ring 3: a process gets #UD or #GP:\n"
				 "run L2 kvm [shadow_vmcs=on] nestbed ended=1 status=0\n"
				 " text hv.version=1\n"
				 " op cpuid windows=2/2 skip=: 1000+5000 1001+5001 1000+5010 1001+5011"
				 " hv.exit.CPUID=4 kvm.exits=14\n";

static void a_whole_stream(void **state)
{
	struct stream stream = {0};
	struct nb_results results = {0};

	(void)state;
	put_everything(&stream);
	expect(&stream, everything);
	assert_true(decode(stream.records, stream.count * sizeof(struct nb_record), 4096, &results));
	assert_false(nb_results_incomplete(&results));
	assert_true(nb_run_complete(&results.runs[1]));
	assert_non_null(nb_run_op(&results.runs[1], "cpuid"));
	assert_null(nb_run_op(&results.runs[1], "vmcall"));
	nb_results_free(&results);
}

static void any_split_gives_the_same(void **state)
{
	struct stream stream = {0};

	(void)state;
	put_everything(&stream);
	for (size_t chunk = 1; chunk <= 100; chunk++) {
		struct nb_results results = {0};
		char *text;

		assert_true(decode(stream.records, stream.count * sizeof(struct nb_record), chunk, &results));
		text = describe(&results);
		assert_string_equal(text, everything);
		free(text);
		nb_results_free(&results);
	}
}

/* The same for a damaged stream: the part before the damage is kept. */
static void any_cuts_give_the_same(void **state)
{
	struct random random = {20240607};

	(void)state;
	for (int i = 0; i < 500; i++) {
		struct stream stream = {0};
		struct nb_results results = {0};
		struct nb_collector collector;
		const unsigned char *bytes = (const unsigned char *)stream.records;
		size_t size, done = 0;
		char *whole, *cut;

		put_everything(&stream);
		size = stream.count * sizeof(struct nb_record) - random__below(&random, 2 * sizeof(struct nb_record));
		if (i % 2)
			((unsigned char *)stream.records)[random__below(&random, size)] ^= 1
											   << random__below(&random, 8);
		decode(bytes, size, SIZE_MAX / 2, &results);
		whole = describe(&results);
		nb_results_free(&results);

		nb_collect_begin(&collector, &results);
		while (done < size) {
			/* Mostly a few bytes, sometimes many records. */
			size_t part = random__below(&random, random__below(&random, 8) ? 40 : 4000);

			part = part < size - done ? part : size - done;
			nb_collect_feed(&collector, bytes + done, part);
			done += part;
		}
		nb_collect_end(&collector);
		cut = describe(&results);
		nb_results_free(&results);
		assert_string_equal(whole, cut);
		free(whole);
		free(cut);
	}
}

/* A counter between CLOSE and the next OPEN belongs to the window that was closed. */
static void interrupts_belong_to_their_window(void **state)
{
	struct stream stream = {0};
	struct nb_results results = {0};
	const struct nb_op_result *op;

	(void)state;
	put_text(&stream, "run.level=L2");
	for (int window = 0; window < 3; window++) {
		put_window(&stream, NB_RECORD_OPEN, "cpuid", 2);
		put_samples(&stream, 2, 10);
		if (window != 1)
			put_text(&stream, "hv.exit.CPUID=2");
		if (window == 2)
			put_text(&stream, "hv.exit.EXTERNAL_INTERRUPT=4");
		put_window(&stream, NB_RECORD_CLOSE, "cpuid", 2);
		if (window != 2)
			put_text(&stream, window ? "kvm.irq_exits=7" : "kvm.irq_exits=0");
	}
	put_window(&stream, NB_RECORD_OPEN, "empty", 2);
	put_text(&stream, "kvm.irq_exits=9");
	put_text(&stream, "l0.exit.EXTERNAL_INTERRUPT=5"); /* our hypervisor as L0, which runs another one */
	put_text(&stream, "l1.nested.CPUID=6");
	put_text(&stream, "l10.exit.CPUID=of no level");
	decode(stream.records, stream.count * sizeof(struct nb_record), 4096, &results);
	op = nb_run_op(&results.runs[0], "cpuid");
	assert_int_equal(op->windows, 3);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(op->window[i].first, 2 * i);
	assert_true(op->window[0].kvm.counted && op->window[0].kvm.irq_exits == 0);
	assert_true(op->window[1].kvm.counted && op->window[1].kvm.irq_exits == 7);
	assert_false(op->window[2].kvm.counted);
	assert_true(op->window[0].hv.counted && op->window[0].hv.irq_exits == 0);
	assert_false(op->window[1].hv.counted);
	assert_true(op->window[2].hv.counted && op->window[2].hv.irq_exits == 4);
	op = nb_run_op(&results.runs[0], "empty");
	assert_int_equal(op->window[0].kvm.irq_exits, 9);
	assert_true(op->window[0].l0.counted && op->window[0].l0.irq_exits == 5);
	assert_false(op->window[0].hv.counted);
	assert_int_equal(nb_counter_value(op->counters, op->counter_count, "l1.nested.CPUID", NULL), 6);
	assert_int_equal(results.runs[0].text_count, 1);
	nb_results_free(&results);
}

static void cut_anywhere_keeps_what_came_before(void **state)
{
	struct stream stream = {0};
	size_t samples = 0;

	(void)state;
	put_everything(&stream);
	for (size_t length = 0; length < stream.count * sizeof(struct nb_record); length++) {
		struct nb_results results = {0};
		size_t now = 0;

		assert_true(decode(stream.records, length, 64, &results) == (length % sizeof(struct nb_record) == 0));
		assert_true((results.damage != NULL) == (length % sizeof(struct nb_record) != 0));
		for (size_t i = 0; i < results.run_count; i++)
			for (size_t j = 0; j < results.runs[i].op_count; j++)
				now += results.runs[i].ops[j].sample_count;
		assert_true(now >= samples);
		samples = now;
		nb_results_free(&results);
	}
	assert_int_equal(samples, 7);
}

/* No byte from a guest makes the decoder crash. The sanitizers check this. */
static void any_byte_may_be_wrong(void **state)
{
	struct stream stream = {0};
	unsigned char *bytes = (unsigned char *)stream.records;

	(void)state;
	put_everything(&stream);
	for (size_t i = 0; i < stream.count * sizeof(struct nb_record); i++) {
		unsigned char keep = bytes[i];

		for (int value = 0; value < 256; value += 51) {
			struct nb_results results = {0};

			bytes[i] = (unsigned char)value;
			decode(bytes, stream.count * sizeof(struct nb_record), 4096, &results);
			nb_results_free(&results);
		}
		bytes[i] = keep;
	}
}

static void a_hole_stops_the_stream(void **state)
{
	struct stream stream = {0};

	(void)state;
	put_text(&stream, "run.level=L1");
	put_window(&stream, NB_RECORD_OPEN, "cpuid", 4);
	put_samples(&stream, 2, 10);
	stream.seq++;
	put_samples(&stream, 2, 12);
	expect(&stream, "damage record stream damaged at byte 128: record 5 follows where 4 was due\n"
			"run L1  []  ended=0 status=0\n"
			" op cpuid windows=0/1 skip=: 1000+10 1001+11\n");
}

/* A hole between two texts, a repeated record, and a missing first record. */
static void every_kind_of_hole_is_seen(void **state)
{
	struct stream texts = {0}, twice = {0}, first = {.seq = 1};

	(void)state;
	put_text(&texts, "run.level=L1");
	texts.seq++;
	put_text(&texts, "run.l0=kvm");
	expect_damage(&texts, "record 2 follows where 1 was due");

	put_text(&twice, "run.level=L1");
	put_text(&twice, "run.l0=kvm");
	twice.seq--;
	put_text(&twice, "run.l0=kvm");
	expect_damage(&twice, "record 1 follows where 2 was due");

	put_text(&first, "run.level=L1");
	expect_damage(&first, "record 1 follows where 0 was due");
}

/* The runs of a second process are new runs, even if their levels have the same names. Words of the
 * first process do not apply to them. */
static void a_second_process_counts_from_0(void **state)
{
	struct stream stream = {0};

	(void)state;
	put_text(&stream, "run.level=L1");
	put_text(&stream, "run.l0=kvm");
	put_text(&stream, "run.config=shadow_vmcs=on");
	put_window(&stream, NB_RECORD_OPEN, "cpuid", 1);
	put_samples(&stream, 1, 10);
	put_window(&stream, NB_RECORD_CLOSE, "cpuid", 1);
	put(&stream, NB_RECORD_END);
	stream.seq = 0;
	put_text(&stream, "run.level=L1");
	put_text(&stream, "run.config=shadow_vmcs=off");
	put_window(&stream, NB_RECORD_OPEN, "cpuid", 1);
	put_samples(&stream, 1, 20);
	put_window(&stream, NB_RECORD_CLOSE, "cpuid", 1);
	put(&stream, NB_RECORD_END)->end.status = 3;
	expect(&stream, "damage none\n"
			"run L1 kvm [shadow_vmcs=on]  ended=1 status=0\n"
			" op cpuid windows=1/1 skip=: 1000+10\n"
			"run L1  [shadow_vmcs=off]  ended=1 status=3\n"
			" op cpuid windows=1/1 skip=: 1000+20\n");
}

/* A killed process leaves its runs without an end, in the middle of a record. The end of the next
 * process belongs to the next process alone. */
static void a_second_process_heals_nothing(void **state)
{
	struct stream stream = {0};
	struct nb_record *half;

	(void)state;
	put_text(&stream, "run.level=L1");
	put_text(&stream, "run.level=L2");
	put_window(&stream, NB_RECORD_OPEN, "cpuid", 4);
	put_samples(&stream, 1, 10);
	half = put(&stream, NB_RECORD_TEXT);
	memcpy(half->text, "hv.exit.CPUID=1 and so o", NB_TEXT_LEN);
	half->flags |= NB_RECORD_MORE;
	stream.seq = 0;
	put_text(&stream, "meta.kernel=6.1");
	put_text(&stream, "run.level=L2");
	put(&stream, NB_RECORD_END);
	expect(&stream, "damage none\n"
			"meta kernel=6.1\n"
			"run L1  []  ended=0 status=0\n"
			"run L2  []  ended=0 status=0\n"
			" op cpuid windows=0/1 skip=: 1000+10\n"
			"run L2  []  ended=1 status=0\n");
}

/* No record of a second process goes to a run of the first one. The second process must name its
 * run first. */
static void a_second_process_begins_with_its_level(void **state)
{
	struct stream window = {0}, text = {0}, end = {0};

	(void)state;
	put_text(&window, "run.level=L1");
	put_window(&window, NB_RECORD_OPEN, "cpuid", 1);
	window.seq = 0;
	put_samples(&window, 1, 1);
	expect_damage(&window, "a record of type 3 before the first run.level");

	put_text(&text, "run.level=L1");
	text.seq = 0;
	put_text(&text, "kvm.exits=5");
	expect_damage(&text, "kvm.exits comes before the first run.level");

	put_text(&end, "run.level=L1");
	end.seq = 0;
	put(&end, NB_RECORD_END);
	expect_damage(&end, "run L1  []  ended=0 status=0");
	expect_damage(&end, "a record of type 6 before the first run.level");
}

/* Two levels take turns. Their windows, counters, reasons and texts stay separate. */
static void levels_take_turns(void **state)
{
	struct stream stream = {0};

	(void)state;
	for (uint32_t round = 0; round < 3; round++) {
		put_text(&stream, "run.level=L1");
		put_text(&stream, "run.config=shadow_vmcs=on");
		put_text(&stream, "kernel=one");
		put_window(&stream, NB_RECORD_OPEN, "cpuid", 1);
		put_samples(&stream, 1, 10 + round);
		put_text(&stream, "kvm.exits=1");
		put_window(&stream, NB_RECORD_CLOSE, "cpuid", 1);
		put_text(&stream, "run.level=L2");
		put_text(&stream, "run.config=shadow_vmcs=on,ept12=4K");
		if (round == 1) {
			put_text(&stream, "skip=no such thing");
			put_window(&stream, NB_RECORD_SKIP, "hlt", 0);
		}
		put_window(&stream, NB_RECORD_OPEN, "cpuid", 1);
		put_samples(&stream, 1, 50 + round);
		put_window(&stream, NB_RECORD_CLOSE, "cpuid", 1);
		put_text(&stream, "kvm.exits=100");
		put_window(&stream, NB_RECORD_OPEN, "empty", 1);
		put_samples(&stream, 1, round);
		put_window(&stream, NB_RECORD_CLOSE, "empty", 1);
	}
	put(&stream, NB_RECORD_END);
	expect(&stream, "damage none\n"
			"run L1  [shadow_vmcs=on]  ended=1 status=0\n"
			" text kernel=one\n"
			" op cpuid windows=3/3 skip=: 1000+10 1000+11 1000+12 kvm.exits=3\n"
			"run L2  [shadow_vmcs=on ept12=4K]  ended=1 status=0\n"
			" op cpuid windows=3/3 skip=: 1000+50 1000+51 1000+52 kvm.exits=300\n"
			" op empty windows=3/3 skip=: 1000+0 1000+1 1000+2\n"
			" op hlt windows=0/0 skip=no such thing:\n");
}

/* A turn begins without an open window, without a pending reason, and without a last window for
 * counters. */
static void a_turn_begins_anew(void **state)
{
	struct stream sample = {0}, close = {0}, counter = {0}, skip = {0};

	(void)state;
	put_text(&sample, "run.level=L1");
	put_window(&sample, NB_RECORD_OPEN, "cpuid", 2);
	put_samples(&sample, 1, 10);
	put_text(&sample, "run.level=L2");
	put_samples(&sample, 1, 11);
	expect_damage(&sample, "a sample outside a window");

	put_text(&close, "run.level=L1");
	put_window(&close, NB_RECORD_OPEN, "cpuid", 1);
	put_samples(&close, 1, 10);
	put_text(&close, "run.level=L1"); /* the same one again is a turn too */
	put_window(&close, NB_RECORD_CLOSE, "cpuid", 1);
	expect_damage(&close, "a window of cpuid closes that is not open");
	expect_damage(&close, " op cpuid windows=0/1 skip=: 1000+10");

	put_text(&counter, "run.level=L1");
	put_window(&counter, NB_RECORD_OPEN, "cpuid", 0);
	put_window(&counter, NB_RECORD_CLOSE, "cpuid", 0);
	put_text(&counter, "run.level=L2");
	put_text(&counter, "run.level=L1");
	put_text(&counter, "kvm.exits=9");
	expect(&counter, "damage none\n"
			 "run L1  []  ended=0 status=0\n"
			 " text kvm.exits=9\n"
			 " op cpuid windows=1/1 skip=:\n"
			 "run L2  []  ended=0 status=0\n");

	put_text(&skip, "run.level=L1");
	put_text(&skip, "skip=a reason of L1");
	put_text(&skip, "run.level=L2");
	put_window(&skip, NB_RECORD_SKIP, "hlt", 0);
	expect(&skip, "damage none\n"
		      "run L1  []  ended=0 status=0\n"
		      "run L2  []  ended=0 status=0\n"
		      " op hlt windows=0/0 skip=no reason given:\n");
}

/* A process has one end for all its levels. Every later record is damage, whichever level it
 * names. */
static void the_end_is_of_all_levels(void **state)
{
	struct stream stream = {0}, after = {0};

	(void)state;
	put_text(&stream, "run.level=L0");
	put_text(&stream, "run.level=L1");
	put_text(&stream, "run.level=L2");
	put(&stream, NB_RECORD_END)->end.status = 5;
	put(&stream, NB_RECORD_END);
	expect(&stream, "damage none\n"
			"run L0  []  ended=1 status=5\n"
			"run L1  []  ended=1 status=5\n"
			"run L2  []  ended=1 status=5\n");

	put_text(&after, "run.level=L0");
	put_text(&after, "run.level=L1");
	put(&after, NB_RECORD_END);
	put_text(&after, "run.level=L0");
	put_window(&after, NB_RECORD_OPEN, "cpuid", 1);
	expect_damage(&after, "a record of type 2 after the end of its run");
}

static void streams_may_follow_each_other(void **state)
{
	struct stream stream = {0};
	struct nb_results results = {0};

	(void)state;
	put_everything(&stream);
	assert_true(decode(stream.records, stream.count * sizeof(struct nb_record), 4096, &results));
	assert_true(decode(stream.records, stream.count * sizeof(struct nb_record), 4096, &results));
	assert_int_equal(results.run_count, 4);
	assert_int_equal(results.meta_count, 1);
	nb_results_free(&results);
}

static void wrong_types_are_damage(void **state)
{
	struct stream none = {0}, beyond = {0};

	(void)state;
	put(&none, NB_RECORD_NONE);
	expect_damage(&none, "no record has the type 0");
	put(&beyond, NB_RECORD_TYPES);
	expect_damage(&beyond, "no record has the type 9");
}

/* A VMM that fails before its guest has a ring writes nothing but its end. The stream is empty, but
 * not damaged. */
static void an_early_end_is_no_damage(void **state)
{
	struct stream failed = {0}, good = {0};

	(void)state;
	put(&failed, NB_RECORD_END);
	failed.records[0].end.status = 1;
	expect(&failed, "damage none\n");
	put(&good, NB_RECORD_END);
	expect_damage(&good, "a record of type 6 before the first run.level");
}

static void records_out_of_place_are_damage(void **state)
{
	struct stream before = {0}, outside = {0}, other = {0}, fewer = {0}, after = {0}, number = {0}, line = {0};

	(void)state;
	put_window(&before, NB_RECORD_OPEN, "cpuid", 1);
	expect_damage(&before, "before the first run.level");

	put_text(&outside, "run.level=L1");
	put_samples(&outside, 1, 1);
	expect_damage(&outside, "a sample outside a window");

	put_text(&other, "run.level=L1");
	put_window(&other, NB_RECORD_OPEN, "cpuid", 1);
	put_window(&other, NB_RECORD_CLOSE, "empty", 0);
	expect_damage(&other, "a window of empty closes that is not open");

	put_text(&fewer, "run.level=L1");
	put_window(&fewer, NB_RECORD_OPEN, "cpuid", 2);
	put_samples(&fewer, 1, 1);
	put_window(&fewer, NB_RECORD_CLOSE, "cpuid", 2);
	expect_damage(&fewer, "holds 1 samples and claims 2");

	put_text(&after, "run.level=L1");
	put(&after, NB_RECORD_END);
	put_window(&after, NB_RECORD_OPEN, "cpuid", 2);
	expect_damage(&after, "after the end of its run");

	put_text(&number, "run.level=L1");
	put_window(&number, NB_RECORD_OPEN, "cpuid", 2);
	put_text(&number, "hv.exit.CPUID=-1");
	expect_damage(&number, "the counter hv.exit.CPUID is no number: -1");

	put_text(&line, "run.level=L1");
	put_text(&line, "=x");
	expect_damage(&line, "a text without key=value");
}

static void an_endless_line_is_damage(void **state)
{
	struct stream stream = {0};

	(void)state;
	for (int i = 0; i < 300; i++) {
		struct nb_record *record = put(&stream, NB_RECORD_TEXT);

		record->flags |= NB_RECORD_MORE;
		memset(record->text, 'a', NB_TEXT_LEN);
	}
	expect_damage(&stream, "a text of more than 4096 bytes");
}

static void bytes_that_are_no_text_become_question_marks(void **state)
{
	struct stream stream = {0};

	(void)state;
	put_text(&stream, "meta.cpu=\xff\n\"x\"");
	expect(&stream, "damage none\nmeta cpu=??\"x\"\n");
}

static void words_of_a_configuration_stand_apart(void **state)
{
	struct stream stream = {0};

	(void)state;
	put_text(&stream, "run.level=L2");
	put_text(&stream, "run.config=shadow_vmcs=on,ept=off");
	expect(&stream, "damage none\nrun L2  [shadow_vmcs=on ept=off]  ended=0 status=0\n");
}

/* Between OPEN and CLOSE, wherever counters and samples stand; of a window from its first on. */
static void events_belong_to_their_window(void **state)
{
	struct stream stream = {0};
	struct nb_results results = {0};
	const struct nb_op_result *op;

	(void)state;
	put_text(&stream, "run.level=L2");
	for (uint32_t window = 0; window < 3; window++) {
		put_window(&stream, NB_RECORD_OPEN, "cpuid", 1);
		if (window != 1) { /* a window without any */
			put_event(&stream, TRACE_EXIT, 2, 10, 10 * window);
			put_detail(&stream, 0x10a8f2 + window, 10 * window);
			put_text(&stream, "bpf.exits=1");
			put_samples(&stream, 1, 100);
			put_event(&stream, TRACE_ENTRY, 1, 0, 10 * window + 1);
		} else {
			put_samples(&stream, 1, 100);
		}
		put_window(&stream, NB_RECORD_CLOSE, "cpuid", 1);
	}
	put(&stream, NB_RECORD_END);
	assert_true(decode(stream.records, stream.count * sizeof(struct nb_record), 7, &results));
	assert_false(nb_results_incomplete(&results));
	op = nb_run_op(&results.runs[0], "cpuid");
	assert_int_equal(op->event_count, 4);
	assert_int_equal(op->window[0].first_event, 0);
	assert_int_equal(op->window[1].first_event, 2);
	assert_int_equal(op->window[2].first_event, 2);
	assert_int_equal(op->events[2].seq, 20);
	assert_int_equal(op->events[2].time, 9283245810 + 20000);
	assert_int_equal(op->events[2].kind, TRACE_EXIT);
	assert_int_equal(op->events[2].level, 2);
	assert_int_equal(op->events[2].reason, 10);
	assert_int_equal(op->events[0].rip, 0x10a8f2);
	assert_int_equal(op->events[1].rip, 0);
	assert_int_equal(op->events[2].rip, 0x10a8f4);
	assert_int_equal(op->events[2].interruption_info, 0x80000b0e);
	assert_int_equal(op->events[2].error_code, 3);
	nb_results_free(&results);
}

static struct stream open_window(void)
{
	struct stream stream = {0};

	put_text(&stream, "run.level=L2");
	put_window(&stream, NB_RECORD_OPEN, "cpuid", 0);
	return stream;
}

static void events_out_of_place_are_damage(void **state)
{
	struct stream early = {0}, late = open_window(), kind = open_window(), level0 = open_window(),
		      level3 = open_window();
	struct stream before = {0};

	(void)state;
	put_text(&early, "run.level=L2");
	put_event(&early, TRACE_EXIT, 2, 10, 0);
	expect_damage(&early, "an event outside a window");
	put_window(&late, NB_RECORD_CLOSE, "cpuid", 0);
	put_event(&late, TRACE_EXIT, 2, 10, 0);
	expect_damage(&late, "an event outside a window");
	put_event(&kind, TRACE_KIND_COUNT, 2, 10, 0);
	expect_damage(&kind, "an event of no known kind or level");
	put_event(&level0, TRACE_EXIT, 0, 10, 0);
	expect_damage(&level0, "an event of no known kind or level");
	put_event(&level3, TRACE_EXIT, 3, 10, 0);
	expect_damage(&level3, "an event of no known kind or level");
	put_event(&before, TRACE_EXIT, 2, 10, 0);
	expect_damage(&before, "before the first run.level");
}

/* A configuration of any length stays whole. It ends with the tracer's mode, also before the mode
 * is told. */
static void the_mode_ends_every_configuration(void **state)
{
	struct stream stream = {0};
	struct nb_results results = {0};
	char line[400] = "run.config=";

	(void)state;
	memset(line + strlen(line), 'x', 300);
	put_text(&stream, "run.trace=off");
	put_text(&stream, "run.level=L1");
	put_text(&stream, line);
	put_text(&stream, "run.level=L2");
	put(&stream, NB_RECORD_END);
	assert_true(decode(stream.records, stream.count * sizeof(struct nb_record), 7, &results));
	assert_int_equal(results.run_count, 2);
	assert_int_equal(strlen(results.runs[0].config), 300 + strlen(" trace=off"));
	assert_string_equal(results.runs[0].config + 300, " trace=off");
	assert_string_equal(results.runs[1].config, "trace=off");
	nb_results_free(&results);
}

/* Each tracer mode of a level is a separate run, and its configuration names the mode. A second
 * process names it again. */
static void modes_of_the_tracer_take_turns(void **state)
{
	struct stream stream = {0};

	(void)state;
	for (uint32_t round = 0; round < 2; round++) {
		put_text(&stream, "run.trace=off");
		put_text(&stream, "run.level=L2");
		put_text(&stream, "run.config=shadow_vmcs=on,ept=off");
		put_window(&stream, NB_RECORD_OPEN, "cpuid", 1);
		put_samples(&stream, 1, 10 + round);
		put_window(&stream, NB_RECORD_CLOSE, "cpuid", 1);
		put_text(&stream, "run.trace=time");
		put_text(&stream, "run.level=L2");
		put_text(&stream, "run.config=");
		put_window(&stream, NB_RECORD_OPEN, "cpuid", 1);
		put_samples(&stream, 1, 50 + round);
		put_window(&stream, NB_RECORD_CLOSE, "cpuid", 1);
	}
	put(&stream, NB_RECORD_END);
	stream.seq = 0; /* another process */
	put_text(&stream, "run.level=L2");
	put_text(&stream, "run.config=shadow_vmcs=off");
	put(&stream, NB_RECORD_END);
	expect(&stream, "damage none\n"
			"run L2  [shadow_vmcs=on ept=off trace=off]  ended=1 status=0\n"
			" op cpuid windows=2/2 skip=: 1000+10 1000+11\n"
			"run L2  [trace=time]  ended=1 status=0\n"
			" op cpuid windows=2/2 skip=: 1000+50 1000+51\n"
			"run L2  [shadow_vmcs=off]  ended=1 status=0\n");
}

static void details_want_their_event(void **state)
{
	struct stream early = {0}, none = open_window(), other = open_window(), next = open_window();

	(void)state;
	put_text(&early, "run.level=L2");
	put_detail(&early, 1, 0);
	expect_damage(&early, "a detail of no event");
	put_detail(&none, 1, 0);
	expect_damage(&none, "a detail of no event");
	put_event(&other, TRACE_EXIT, 2, 10, 4);
	put_detail(&other, 1, 5);
	expect_damage(&other, "a detail of event 5 behind event 4");
	put_event(&next, TRACE_EXIT, 2, 10, 4); /* of the window before */
	put_window(&next, NB_RECORD_CLOSE, "cpuid", 0);
	put_window(&next, NB_RECORD_OPEN, "cpuid", 0);
	put_detail(&next, 1, 4);
	expect_damage(&next, "a detail of no event");
}

static void incomplete_runs(void **state)
{
	struct stream cut = {0}, failed = {0}, twice = {0};
	struct nb_results results = {0};

	(void)state;
	put_text(&cut, "run.level=L1");
	put_window(&cut, NB_RECORD_OPEN, "hang", 10);
	put_samples(&cut, 5, 1);
	put(&cut, NB_RECORD_END)->end.status = 3;
	cut.seq = 0;
	put_text(&cut, "run.level=L2");
	expect(&cut, "damage none\n"
		     "run L1  []  ended=1 status=3\n"
		     " op hang windows=0/1 skip=: 1000+1 1001+2 1002+3 1003+4 1004+5\n"
		     "run L2  []  ended=0 status=0\n");
	decode(cut.records, cut.count * sizeof(struct nb_record), 4096, &results);
	assert_true(nb_results_incomplete(&results));
	assert_false(nb_run_complete(&results.runs[0]));
	assert_false(nb_run_complete(&results.runs[1]));
	nb_results_free(&results);

	/* An image and who started it both end the run: the worse news stays. */
	put_text(&failed, "run.level=L1");
	put(&failed, NB_RECORD_END)->end.status = 4;
	put(&failed, NB_RECORD_END);
	expect(&failed, "damage none\nrun L1  []  ended=1 status=4\n");

	/* A window that was never closed is not healed by the next one. */
	put_text(&twice, "run.level=L1");
	put_window(&twice, NB_RECORD_OPEN, "cpuid", 1);
	put_window(&twice, NB_RECORD_OPEN, "cpuid", 1);
	put_samples(&twice, 1, 1);
	put_window(&twice, NB_RECORD_CLOSE, "cpuid", 1);
	put(&twice, NB_RECORD_END);
	decode(twice.records, twice.count * sizeof(struct nb_record), 4096, &results);
	assert_null(results.damage);
	assert_true(nb_results_incomplete(&results));
	nb_results_free(&results);
	assert_true(nb_results_incomplete(&results)); /* nothing is not complete */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_stream),
		cmocka_unit_test(any_split_gives_the_same),
		cmocka_unit_test(any_cuts_give_the_same),
		cmocka_unit_test(interrupts_belong_to_their_window),
		cmocka_unit_test(cut_anywhere_keeps_what_came_before),
		cmocka_unit_test(any_byte_may_be_wrong),
		cmocka_unit_test(a_hole_stops_the_stream),
		cmocka_unit_test(every_kind_of_hole_is_seen),
		cmocka_unit_test(a_second_process_counts_from_0),
		cmocka_unit_test(a_second_process_heals_nothing),
		cmocka_unit_test(a_second_process_begins_with_its_level),
		cmocka_unit_test(levels_take_turns),
		cmocka_unit_test(a_turn_begins_anew),
		cmocka_unit_test(the_end_is_of_all_levels),
		cmocka_unit_test(streams_may_follow_each_other),
		cmocka_unit_test(wrong_types_are_damage),
		cmocka_unit_test(an_early_end_is_no_damage),
		cmocka_unit_test(records_out_of_place_are_damage),
		cmocka_unit_test(an_endless_line_is_damage),
		cmocka_unit_test(bytes_that_are_no_text_become_question_marks),
		cmocka_unit_test(words_of_a_configuration_stand_apart),
		cmocka_unit_test(events_belong_to_their_window),
		cmocka_unit_test(events_out_of_place_are_damage),
		cmocka_unit_test(modes_of_the_tracer_take_turns),
		cmocka_unit_test(the_mode_ends_every_configuration),
		cmocka_unit_test(details_want_their_event),
		cmocka_unit_test(incomplete_runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
