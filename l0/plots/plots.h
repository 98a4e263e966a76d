/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The plots of a folder of results. Each plot has a C file that writes its data, and a gnuplot
 * script in results/plots/ that draws it.
 */
#ifndef NB_PLOTS_H
#define NB_PLOTS_H

#include <stdbool.h>
#include <stdio.h>

#include "l0/plots/suite.h"
#include "l0/results/load.h"

struct nb_plot_input {
	const struct nb_suite *suite;
	const struct nb_loaded *samples; /* NULL: there is no results.json */
};

/* X(function, base name of the files) */
#define NB_PLOTS(X)                                                                                                    \
	X(exit_latency, "exit-latency")                                                                                \
	X(slowdown, "slowdown")                                                                                        \
	X(distribution, "distribution")                                                                                \
	X(shadowing, "shadowing")                                                                                      \
	X(exits, "exits")                                                                                              \
	X(fault_cascades, "fault-cascades")                                                                            \
	X(compare, "compare")                                                                                          \
	X(cpu_generations, "cpu-generations")

/*
 * Writes the data of the plot. Returns NULL, or a text that says what the results lack. Then the
 * written data is useless. Returns "" if the results have no operation that belongs to this plot;
 * then no message is printed.
 */
#define X(function, name) const char *nb_plot_##function(const struct nb_plot_input *input, FILE *out);
NB_PLOTS(X)
#undef X

enum nb_plots_outcome {
	NB_PLOTS_DRAWN,
	NB_PLOTS_NONE, /* the results allow no plot */
	NB_PLOTS_FAILED,
};

/*
 * Draws every plot that the results in the folder allow, as <name>.svg and <name>.png in that
 * folder. On a failure it draws none. Prints one line on stderr for each plot that is not drawn, or
 * for the failure. With keep_data, the data files stay beside the plots as <name>.tsv. scripts: the
 * folder results/plots.
 */
enum nb_plots_outcome nb_plots_draw(const char *folder, const char *scripts, bool keep_data);

#endif
