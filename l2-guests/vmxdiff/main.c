// SPDX-License-Identifier: GPL-2.0-only
/*
 * A hypervisor that is a test: runs random cases of VMX, each from its number and a seed, and says what it saw. What it says on the
 * machine itself is what it has to say under any hypervisor.
 *
 * Words: cases=N first=I seed=S verbose=1.
 */
#include "abi/words.h"
#include "bare/bare.h"
#include "bare/cpu.h"
#include "entry.h"
#include "host.h"
#include "l2.h"
#include "note.h"
#include "run.h"
#include "say.h"
#include "sequence.h"
#include "vmx.h"

const char bare_name[] = "vmxdiff";

static uint32_t word(const char *cmdline, const char *key, uint32_t usual)
{
	if (!nb_word_u32(cmdline, key, &usual))
		bare_fail("%s= takes a number: \"%s\"", key, cmdline);
	return usual;
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
	uint32_t cases, first, seed;
	bool verbose;

	bare_exceptions_init();
	say_init(cmdline);
	if (bare_sink != BARE_SINK_DOORBELL)
		pic_mask_all();
	cases = word(cmdline, "cases", 1000);
	first = word(cmdline, "first", 0);
	seed = word(cmdline, "seed", 1);
	verbose = word(cmdline, "verbose", 0);
	vmx_begin();
	host_init();
	lists_init();
	l2_init();
	run_init();
	sequence_init();
	for (uint32_t i = 0; i < cases; i++)
		run_case(seed, first + i, verbose);
	say("done");
	bare_done();
}
