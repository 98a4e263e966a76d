// SPDX-License-Identifier: GPL-2.0-only
/*
 * Parses the words of a command line that say what to run. The code is freestanding: guests and
 * processes parse the same words.
 */
#include "microbench/image_plan.h"

#include "microbench/abi/words.h"

bool nb_plan_parse(const char *cmdline, struct nb_plan *plan)
{
	*plan = (struct nb_plan){.ops = nb_word(cmdline, "ops"), .n = 1000, .warmup = 64, .seed = 1};
	return (!plan->ops || (*plan->ops && *plan->ops != ' ')) && nb_word_u32(cmdline, "n", &plan->n) &&
	       nb_word_u32(cmdline, "warmup", &plan->warmup) && nb_word_u32(cmdline, "seed", &plan->seed) &&
	       plan->n > 0;
}
