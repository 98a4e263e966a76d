/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The state of a command that measures: the options as parsed, and the values chosen for the rest.
 * The request is made from both.
 */
#ifndef NB_L0_RUN_ENV_H
#define NB_L0_RUN_ENV_H

#include <stdbool.h>

#include <time.h>

#include "l0/base/options.h"
#include "l0/base/result_table.h"
#include "l0/experiments/live.h"
#include "l0/machine/machine.h"
#include "l0/report/output_folder.h"
#include "l0/report/run_file.h"
#include "l0/request/request.h"
#include "l0/request/variants.h"
#include "l0/results/collect.h"

/* A value of --mmu: the method by which our hypervisor gives its guest memory. */
struct run_mmu {
	const char *name;
	enum config_mmu mmu;                   /* value of request.mmu */
	enum { L0_ANY, L0_EPT, L0_SHADOW } l0; /* whether KVM uses EPT or shadow page tables below */
};

#define RUN_MMUS_MAX 6

/* Part of the messages for command lines that make sense only with --l0 none of version 0.1. */
#define RUN_L0_NONE_OF_OLD "0.1 called our hypervisor as L0 `--l0 none`: say --l0 own"

/*
 * The knobs of --config. The first three are knobs of KVM, with the bits of enum kvm_config. The
 * others are knobs of our outer hypervisors.
 */
enum knob {
	KNOB_SHADOW_VMCS = CONFIG_NO_SHADOWING,
	KNOB_EPT = CONFIG_NO_EPT,
	KNOB_VPID = CONFIG_NO_VPID,
	KNOB_DIRTY_TRACKING = CONFIG_COUNT,
	KNOB_EPT_CACHE = CONFIG_COUNT << 1,
	KNOB_LAZY_HOST = CONFIG_COUNT << 2,
};
#define KNOBS_OF_KVM (KNOB_SHADOW_VMCS | KNOB_EPT | KNOB_VPID)
#define KNOBS_ALL    (KNOBS_OF_KVM | KNOB_DIRTY_TRACKING | KNOB_EPT_CACHE | KNOB_LAZY_HOST)

struct run_tables;

struct run_env {
	struct request request;
	const char *machine, *ops, *levels, *shadow, *out;
	/*
	 * enum knob bits that --config sets to on, and to off; both settings of a bit in both are
	 * measured
	 */
	unsigned config_on, config_off;
	bool config_all; /* --config all: every knob of this L0 */
	/* the command's default for --shadow-vmcs if kvm_intel may be reloaded; or NULL */
	const char *usual_shadow;
	const char *policies;                    /* value of --shadow-policy, or NULL */
	unsigned depth;                          /* value of --depth; 0: the levels decide */
	const struct run_mmu *mmu[RUN_MMUS_MAX]; /* values of --mmu, measured one after another */
	unsigned mmus;
	const char *ept, *guest_pages; /* the page sizes of the request as typed; NULL: the defaults */
	bool l0_ept, l0_shadow;        /* the current --mmu value requires KVM with EPT, or without EPT */
	bool quiet, dry_run, no_plot;
	bool trace_asked;               /* --trace is given; "off" alone sets the request's trace to 0 */
	struct variant_choice machines; /* --kernel, --kernel-args, --cpu, --tell-no-boot */
	struct table_files files;       /* --csv, --json, --markdown, --latex */
	struct run_tables *tables;      /* the tables of all variants, if variants are shown one by one; or NULL */
	struct options_given given;     /* all options on the command line */
	struct live_options live;       /* options of `trace` that watch a VM */
	const struct run_command *command;
	char all_ops[2048]; /* the request's operations; `empty` is the first */
	struct output_folder output;
	char folder[512];     /* path of output */
	time_t when;          /* start time of the run */
	bool force;           /* --force: remove the result in the output folder */
	bool is_part;         /* the folder is a part of another result */
	bool described;       /* run.json exists */
	bool recovers;        /* `nestbed recover`: missing records cause a message, not a failure */
	struct run_file file; /* run.json as read; .root is NULL before that */
	unsigned runs;        /* number of runs that the records must hold; 0: unknown */
	char programs[256];
	char note[600]; /* why this machine was chosen */
	char kvm_params[256];
	bool unfit;            /* no CPU of the request supports the requested settings; a line has said so */
	bool began;            /* the output folder exists, so the command must finish it */
	char under_words[128]; /* words for the hypervisor below the machine's Linux, each with a blank in front */
	char words[256];       /* words for our hypervisor, each with a blank in front */
	bool any_clock;        /* chase, for tests: measure even if the clock does not show time */
	const char *address;   /* walk: the linear address to translate, as typed; or NULL */
};

/* The properties in which the commands that measure differ. */
struct run_command {
	const char *name; /* name of the command: "run" */
	/*
	 * Makes all files from the records, complete or not. result is the exit code so far.
	 * Returns the exit code.
	 */
	int (*finish)(const struct run_env *env, int result, struct nb_results *results);
	/*
	 * Used if finish is NULL: prints the contents of the records. Called only if the run
	 * succeeded. Returns the exit code.
	 */
	int (*report)(const struct run_env *env, const struct nb_results *results);
	const char *doc; /* text for argp: a line, then \v and the rest of --help */
	bool together;   /* variants are rows of one result; otherwise each is shown separately */
	/* option groups, of run_option_groups.h or of the command; {0} ends the list */
	const struct argp_child *groups;
	/*
	 * header in --help above the options of what is measured; NULL: the default; "": no header
	 */
	const char *what;
	unsigned iterations; /* default number of samples for each operation */
	const char *op;      /* operation that makes no rows and that only this command may run; or NULL */
	enum l0 l0;          /* default of --l0 */
	unsigned l0s;        /* values of --l0 that the command accepts: bits 1 << enum l0 */
	bool modes;          /* --mmu may be a list */
	bool deep;           /* accepts stacks with several of our hypervisors: --depth, --level L3 */
};

/* Parses the command line. Ends the program on a usage error. (run_options.c) */
void run_env__parse(struct run_env *env, int argc, char **argv, const struct run_command *command);

/*
 * Chooses the settings of our outer hypervisors, if the request's depth has any. Returns
 * NB_EXIT_GOOD, or NB_EXIT_USAGE after one line. (run_nested.c)
 */
int run_env__choose_nested(struct run_env *env);

/*
 * Returns a line that names an option that conflicts with the depth or with L0; NULL: there is
 * none. The request's depth must be set. (run_nested.c)
 */
const char *run_env__nested_contradiction(const struct run_env *env);

/*
 * Fills the request: operations, levels, machine, variants and settings of KVM. env->programs must
 * be set. Returns NB_EXIT_GOOD; or, after one line, NB_EXIT_USAGE, NB_EXIT_FAILED or
 * NB_EXIT_SKIPPED. (run_choose.c)
 */
int run_env__choose(struct run_env *env);

/*
 * Copies parsed options. The caller can then fill the request of the copy without a change of the
 * original. (run_options.c)
 */
void run_env__copy(struct run_env *to, const struct run_env *from);

/*
 * Without --shadow-vmcs and --config, measures only with VMCS shadowing, if kvm_intel may be
 * reloaded. (run_options.c)
 */
void run_env__default_to_shadowing(struct run_env *env);

/* Restricts env to this value of --mmu. (run_memory_options.c) */
void run_env__use_mmu(struct run_env *env, const struct run_mmu *mmu);

/*
 * Fills the request, creates the output folder and sets env->began. With --dry-run, only prints the
 * plan, and env->began stays false. Returns NB_EXIT_GOOD, or another exit code after one line.
 * (run_output.c)
 */
int run_env__begin(struct run_env *env);

/*
 * Calls run_env__begin(), then runs the machine. run.json names the records that the machine
 * leaves, even after a failure. Returns the exit code. (run_output.c)
 */
int run_env__measure(struct run_env *env);

/*
 * Writes run.json into the output folder. streams is NULL if the records are in part folders, one
 * for each of env->mmu. Returns false after one line. (run_output.c)
 */
bool run_env__describe(struct run_env *env, const struct streams *streams);

/*
 * Reads run.json and the records of the output folder. Returns false if it cannot; one line has
 * said why. (run_output.c)
 */
bool run_env__read(struct run_env *env, struct nb_results *results);

/*
 * Makes all files from the records with the command's finish or report. Returns the exit code.
 * (run_output.c)
 */
int run_env__finish(struct run_env *env, int result, struct nb_results *results);

/*
 * Ends a command that shows its records: prints what they lack, and closes the folder. `what` names
 * the contents: "traces". Returns the exit code. If records are missing, NB_EXIT_GOOD becomes
 * NB_EXIT_FAILED, except in `nestbed recover`. (run_output.c)
 */
int run_env__end(const struct run_env *env, int result, const struct nb_results *results, const char *what);

/*
 * Removes the mark if the result is whole and good. Points results/out/latest to the folder, unless
 * the user has named a folder. Prints where the results are. Returns the exit code, or
 * NB_EXIT_FAILED if the mark cannot be removed. (run_output.c)
 */
int run_env__close(const struct run_env *env, int result, bool whole, const char *what);

/*
 * Finishes each variant of a result separately, with a heading and a folder for each. It serves
 * commands that show the records of one machine. Returns `result`, or the first exit code that is
 * not good. (run_variants.c)
 */
int run_env__finish_variants(struct run_env *env, int result, struct nb_results *results);

/*
 * Writes the names of a variant: "kernel 6.12.94, arguments 'preempt=full', cpu haswell".
 * (run_variants.c)
 */
void variant__describe(const struct variant *variant, char *text, size_t size);

/* Runs a whole command: measures, reads and finishes. Returns the exit code. (run_output.c) */
int run_env__run(struct run_env *env);

/* The commands that measure, for `nestbed recover`. */
extern const struct run_command run_command, trace_command, fields_command, walk_command, chase_command;

/*
 * Returns true if kvm_intel may be reloaded: always on an emulated machine, and on this computer
 * only with --reload-kvm. (run_choose.c)
 */
bool request__may_reload(const struct request *request);

#endif
