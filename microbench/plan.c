// SPDX-License-Identifier: GPL-2.0-only
/* Parses what to run from a command line. Freestanding: guests parse the same words as processes do. */
#include "abi/words.h"
#include "measure.h"

bool nb_plan_parse(const char *cmdline, struct nb_plan *plan)
{
	plan->ops = nb_word(cmdline, "ops");
	plan->n = 1000;
	plan->warmup = 64;
	return plan->ops && *plan->ops && *plan->ops != ' ' && nb_word_u32(cmdline, "n", &plan->n) &&
	       nb_word_u32(cmdline, "warmup", &plan->warmup) && plan->n > 0;
}
