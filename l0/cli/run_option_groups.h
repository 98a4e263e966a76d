/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The options of the commands that measure, in groups. A command accepts the groups that it names,
 * and no others. Each option is in one group only. The input of each group is a struct run_env. In
 * --help, an option's number puts it under a header of run_options.c.
 */
#ifndef NB_L0_RUN_GROUPS_H
#define NB_L0_RUN_GROUPS_H

#include <argp.h>

extern const struct argp run_machine_argp;  /* --machine, --reload-kvm, --kvm-param, --timeout, --boot-timeout */
extern const struct argp run_l0_argp;       /* --l0 */
extern const struct argp run_vmm_argp;      /* --vmm */
extern const struct argp run_depth_argp;    /* --depth, --shadow-policy */
extern const struct argp run_settings_argp; /* --shadow-vmcs, --config */
extern const struct argp run_pages_argp;    /* --pages */
extern const struct argp run_memory_argp;   /* --ept, --mmu */
extern const struct argp run_ops_argp;      /* --op */
extern const struct argp run_levels_argp;   /* --level */
extern const struct argp run_samples_argp;  /* -n, --warmup, --seed */
extern const struct argp run_trace_argp;    /* --trace, --trace-buffer */
extern const struct argp run_output_argp;   /* -o, --force, -q, --dry-run */
extern const struct argp run_plot_argp;     /* --no-plot */
extern const struct argp run_test_argp;     /* hidden options for tests */

/* The argp child for variants_argp, which has a separate header. */
#define RUN_VARIANTS                                                                                                   \
	{                                                                                                              \
		&variants_argp, 0, "Emulated machines, each combination of which is measured:", 3                      \
	}

/*
 * Groups that several commands share: what is measured; and where it is measured, with which
 * settings, and what happens to the result.
 */
#define RUN_WHAT                                                                                                       \
	{&run_ops_argp, 0, NULL, 0}, {&run_levels_argp, 0, NULL, 0},                                                   \
	{                                                                                                              \
		&run_samples_argp, 0, NULL, 0                                                                          \
	}
#define RUN_WHERE_AND_HOW                                                                                              \
	{&run_machine_argp, 0, NULL, 0}, {&run_l0_argp, 0, NULL, 0}, RUN_VARIANTS, {&run_settings_argp, 0, NULL, 0},   \
		{&run_pages_argp, 0, NULL, 0}, {&run_memory_argp, 0, NULL, 0}, {&run_output_argp, 0, NULL, 0},         \
		{&run_plot_argp, 0, NULL, 0}, {&table_files_argp, 0, NULL, 0},                                         \
	{                                                                                                              \
		&run_test_argp, 0, NULL, 0                                                                             \
	}

/*
 * Returns the help without this part, for a help_filter: `text` itself, or a copy without `part`
 * and what follows it.
 */
char *run_groups__without(const char *text, const char *part);

/*
 * Sets the page size of ept12 from --ept or --pages ept12=. option is the option's name in
 * messages. state->input is a struct run_env. Ends the program with a usage error if the size is
 * invalid or differs from an earlier one.
 */
void run_groups__choose_ept(const struct argp_state *state, const char *option, const char *size);

#endif
