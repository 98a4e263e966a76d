// SPDX-License-Identifier: GPL-2.0-only
/*
 * A hypervisor that tests VMX. It runs random cases, each defined by a number and a seed, and
 * reports the results. The results on a bare machine are the reference for every hypervisor below.
 *
 * Command-line words: cases=N, first=I and seed=S select the cases. only=I,I,... replaces cases=
 * and first=. verbose=1 reports every value that a case notes. flush=N sends the report after every
 * N cases. fuzz=1 runs the rounds of diff_fuzz.c instead, where only survival matters. scenes=1
 * runs the scenes of scenes.c instead, and time=1 the rounds of time.c; both words together run
 * both.
 */
#include "l2-guests/vmxdiff/diff_entry.h"
#include "l2-guests/vmxdiff/diff_fuzz.h"
#include "l2-guests/vmxdiff/diff_host.h"
#include "l2-guests/vmxdiff/diff_run.h"
#include "l2-guests/vmxdiff/diff_vmx.h"
#include "l2-guests/vmxdiff/l2.h"
#include "l2-guests/vmxdiff/case_hash.h"
#include "l2-guests/vmxdiff/print_case.h"
#include "l2-guests/vmxdiff/scenes.h"
#include "l2-guests/vmxdiff/sequence.h"
#include "l2-guests/vmxdiff/time.h"
#include "microbench/abi/words.h"
#include "microbench/bare/bare.h"
#include "microbench/bare/cpu.h"

const char bare_name[] = "vmxdiff";

static uint32_t word(const char *cmdline, const char *key, uint32_t usual)
{
	if (!nb_word_u32(cmdline, key, &usual))
		bare_fail("%s= takes a number: \"%s\"", key, cmdline);
	return usual;
}

/* Reads the next number of a comma-separated list. Returns false at the end of the list. */
static bool next_of(const char **list, uint32_t *number)
{
	if (**list < '0' || **list > '9')
		return false;
	for (*number = 0; **list >= '0' && **list <= '9'; ++*list)
		*number = *number * 10 + (uint32_t)(**list - '0');
	if (**list == ',')
		++*list;
	return true;
}

static void run_case(uint32_t seed, uint32_t number, bool verbose)
{
	struct dice d = dice_of(seed, number);
	char outcome[128];
	bool sequence;

	note_begin(number, verbose);
	sequence = dice_percent(&d, 20);
	if (sequence)
		sequence_run(&d, outcome, sizeof(outcome));
	else
		entry_run(&d, outcome, sizeof(outcome));
	say("%u %s %s%08x %08x %08x %08x", number, sequence ? "instructions" : "entry", outcome, note_hash(NOTE_EXIT),
	    note_hash(NOTE_STATE), note_hash(NOTE_WORK), note_hash(NOTE_HOST));
}

void bare_main(const struct nb_pvh_start_info *info)
{
	const char *cmdline = bare_cmdline(info);
	uint32_t cases, first, seed, flush, number = 0;
	const char *only = nb_word(cmdline, "only");
	bool verbose;

	bare_exceptions_init();
	say_init(cmdline);
	if (bare_sink != BARE_SINK_DOORBELL)
		pic_mask_all();
	cases = word(cmdline, "cases", 1000);
	first = word(cmdline, "first", 0);
	seed = word(cmdline, "seed", 1);
	flush = word(cmdline, "flush", 64);
	verbose = word(cmdline, "verbose", 0);
	vmx_begin();
	host_init();
	lists_init();
	l2_init();
	run_init();
	sequence_init();
	if (word(cmdline, "fuzz", 0)) {
		fuzz_run(seed, first, cases);
		bare_done();
	}
	if (word(cmdline, "scenes", 0) || word(cmdline, "time", 0)) {
		if (word(cmdline, "scenes", 0))
			scenes_run();
		if (word(cmdline, "time", 0))
			time_run(seed, cases);
		bare_done();
	}
	for (uint32_t i = 0; only ? next_of(&only, &number) : i < cases; i++) {
		run_case(seed, only ? number : first + i, verbose);
		if (flush && i % flush == flush - 1)
			say_flush();
	}
	say("done");
	bare_done();
}
