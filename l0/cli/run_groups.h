/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The options of the commands that measure, in groups: each command names those that it takes, and has no others. An option stands in
 * one group alone. The input of each is a struct run_env. In --help their options stand under the headers of run_options.c, by number.
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
extern const struct argp run_output_argp;   /* -o, -q, --dry-run */
extern const struct argp run_plot_argp;     /* --no-plot */
extern const struct argp run_test_argp;     /* for tests, hidden */

/* The child for variants_argp, which has a header of its own. */
#define RUN_VARIANTS                                                                                                   \
	{                                                                                                              \
		&variants_argp, 0, "Emulated machines, each combination of which is measured:", 3                      \
	}

/* A size of ept12's pages that may be told in two places, which may not differ: --ept and --pages ept12=. */
void run_groups__choose_ept(const struct argp_state *state, const char *option, const char *size);

#endif
