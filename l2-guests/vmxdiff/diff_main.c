// SPDX-License-Identifier: GPL-2.0-only
/*
 * A hypervisor that is a test: runs random cases of VMX, each from its number and a seed, and says what it saw. What it says on the
 * machine itself is what it has to say under any hypervisor.
 *
 * Words: cases=N first=I seed=S, or only=I,I,... instead of the first two; verbose=1 says all that a case has seen; flush=N sends out what
 * was said after so many cases. With fuzz=1 cases are rounds of diff_fuzz.c, of which only the end matters. With scenes=1 the scenes of scenes.c are
 * played instead, with time=1 the rounds of time.c are run instead, and with both one after the other.
 */
#include "l2-guests/vmxdiff/diff_entry.h"
#include "l2-guests/vmxdiff/diff_fuzz.h"
#include "l2-guests/vmxdiff/diff_host.h"
#include "l2-guests/vmxdiff/diff_run.h"
#include "l2-guests/vmxdiff/diff_vmx.h"
#include "l2-guests/vmxdiff/l2.h"
#include "l2-guests/vmxdiff/note.h"
#include "l2-guests/vmxdiff/say.h"
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

/* The next number of a list with commas in between. False: that was all. */
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
