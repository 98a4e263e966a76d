// SPDX-License-Identifier: GPL-2.0-only
/* Prints one line for all missing figures of a trace. */
#include "l0/results/missing.h"

#include <string.h>

#include "l0/base/util.h"
#include "l0/results/collect.h"
#include "trace/missing_figures.h"

void missing__say(const char *probes)
{
	char figures[FIGURES_TEXT];

	if (*probes)
		pr_info("figures that are missing, as this kernel lacks the probe or refuses it: %s",
			figures__name(probes, figures, sizeof(figures)));
}

void missing__say_of(const struct nb_results *results)
{
	for (size_t i = 0; i < results->meta_count; i++)
		if (strcmp(results->meta[i].key, "bpf_missing") == 0)
			missing__say(results->meta[i].value);
}
