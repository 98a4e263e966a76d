/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The `run` command between its command line and its request: what was typed, and what was chosen for the rest.
 */
#ifndef NB_L0_RUN_ENV_H
#define NB_L0_RUN_ENV_H

#include <stdbool.h>

#include <time.h>

#include "l0/base/options.h"
#include "l0/base/table_file.h"
#include "l0/experiments/live.h"
#include "l0/machine/machine.h"
#include "l0/report/output_folder.h"
#include "l0/report/run_file.h"
#include "l0/request/request.h"
#include "l0/request/variants.h"
#include "l0/results/collect.h"

/* A way to give L2 its memory, by its name on the command line. */
struct run_mmu {
	const char *name;
	const char *mmu;                       /* of the request */
	enum { L0_ANY, L0_EPT, L0_SHADOW } l0; /* and what KVM has then */
};

#define RUN_MMUS_MAX 6

/* Said wherever a command line can only mean what --l0 none was in 0.1. */
#define RUN_L0_NONE_OF_OLD "0.1 called our hypervisor as L0 `--l0 none`: say --l0 own"

/* What --config names: the settings of KVM, whose bits are those of enum config, and behind them those of our outer hypervisors. */
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
	unsigned config_on, config_off; /* enum knob bits that --config wants on, and off; a bit in both: each */
	bool config_all;                /* --config all: of all of them those that are of this L0 */
	const char *usual_shadow;       /* what the command takes as --shadow-vmcs where KVM may be set so; or NULL */
	const char *policies;           /* of --shadow-policy */
	unsigned depth;                 /* of --depth; 0: what the levels make it */
	const struct run_mmu *mmu[RUN_MMUS_MAX]; /* of --mmu, measured one after the other */
	unsigned mmus;
	bool l0_ept, l0_shadow; /* the way that is measured wants KVM with EPT, or without */
	bool quiet, dry_run, no_plot;
	bool trace_asked;               /* --trace is there: it may be "off" alone, which makes the request's trace 0 */
	struct variant_choice machines; /* --kernel, --kernel-args, --cpu */
	struct table_files files;       /* --csv, --json, --markdown, --latex */
	struct run_tables *tables;      /* where variants are shown one by one: those of all; or NULL */
	struct options_given given;     /* all options that are there */
	struct live_options live;       /* of `trace`, where it watches a VM */
	const struct run_command *command;
	char all_ops[2048]; /* the request's operations, `empty` in front */
	struct output_folder output;
	char folder[512];     /* the path of output */
	time_t when;          /* the run began */
	bool force;           /* --force: a result in the output folder goes */
	bool is_part;         /* the folder is a part of another one's result */
	bool described;       /* run.json is there */
	bool recovers;        /* `nestbed recover`: what the records lack is told, and is no failure */
	struct run_file file; /* run.json as it was read, with .root NULL before that */
	unsigned runs;        /* the number of runs that the records must hold; 0: nobody knows */
	char programs[256];
	char note[600]; /* why this machine */
	char kvm_params[256];
	bool unfit;            /* no CPU of the request has what is asked for: a line has said so */
	bool began;            /* the output folder is there: what follows has something to say about it */
	char under_words[128]; /* likewise, for the hypervisor below the machine's Linux */
	char words[256];       /* each with a blank in front */
	bool any_clock;        /* chase, for tests: also where the clock shows nothing */
	const char *address;   /* walk: the linear address to be translated, as it was typed; or NULL */
};

/* What differs between the commands that take these options. */
struct run_command {
	const char *name; /* of the command: "run" */
	/* Makes everything of the records, whole or not; result is the exit code so far. Returns the exit code. */
	int (*finish)(const struct run_env *env, int result, struct nb_results *results);
	/* Or, in a command without it: prints what the records hold, if all went well. */
	int (*report)(const struct run_env *env, const struct nb_results *results);
	const char *doc; /* argp's: a line, then \v and the rest of --help */
	bool together;   /* variants are rows of one result; otherwise each is shown by itself */
	const struct argp_child
		*groups;     /* the options that it takes, of run_groups.h and its own; {0} behind the last */
	const char *what;    /* the header in --help above options of what is measured; NULL: the usual one */
	unsigned iterations; /* samples an operation where the command line says nothing */
	const char *op;      /* an operation that makes no rows, and that this command alone may run; or NULL */
	enum l0 l0;          /* unless the command line says otherwise */
	unsigned l0s;        /* those that the command takes: bits 1 << enum l0 */
	bool modes;          /* --mmu may be a list */
	bool deep; /* there may be levels below those of one of our hypervisors above KVM: --depth, --level L3 */
};

/* Reads the command line; ends the program on a usage error. run_options.c */
void run_env__parse(struct run_env *env, int argc, char **argv, const struct run_command *command);

/*
 * The settings of our outer hypervisors, where the request's depth has any. NB_EXIT_GOOD, or NB_EXIT_USAGE after one line.
 * run_nested.c
 */
int run_env__choose_nested(struct run_env *env);

/* What does not go with levels so deep, or with that L0: a line, or NULL. The request's depth is known. run_nested.c */
const char *run_env__nested_contradiction(const struct run_env *env);

/*
 * Fills the request: operations, levels, machine, VMCS shadowing. NB_EXIT_GOOD, or NB_EXIT_USAGE or NB_EXIT_SKIPPED after one
 * line that says why. env->programs is set before. run_choose.c
 */
int run_env__choose(struct run_env *env);

/* A copy of what was parsed, to be chosen for by itself. run_options.c */
void run_env__copy(struct run_env *to, const struct run_env *from);

/* From now on env is for this one alone. run_options.c */
void run_env__use_mmu(struct run_env *env, const struct run_mmu *mmu);

/*
 * Chooses and makes the output folder: then env->began is true, which it stays false with --dry-run, that only says what would be
 * done. NB_EXIT_GOOD, or after a line that says why, another. run_output.c
 */
int run_env__begin(struct run_env *env);

/* The same, and lets the machine run. run.json names the records that it leaves, whatever is returned. run_output.c */
int run_env__measure(struct run_env *env);

/*
 * Writes run.json into the output folder. streams is NULL where the records are in part folders, one for each of env->mmu. False after one
 * line. run_output.c
 */
bool run_env__describe(struct run_env *env, const struct streams *streams);

/* Reads run.json and the records of the output folder. False if that cannot be done, which one line has said. run_output.c */
bool run_env__read(struct run_env *env, struct nb_results *results);

/* Makes everything of the records by the command's finish or report. Returns the exit code. run_output.c */
int run_env__finish(struct run_env *env, int result, struct nb_results *results);

/*
 * The end of a command that shows what its records hold: says what they lack, and closes the folder. what: "traces". Returns the exit
 * code, NB_EXIT_FAILED if it was good so far and something lacks. run_output.c
 */
int run_env__end(const struct run_env *env, int result, const struct nb_results *results, const char *what);

/*
 * Removes the mark if the result is whole and good, makes results/out/latest lead to the folder unless the user has named it, and says
 * where the results are. Returns the exit code. run_output.c
 */
int run_env__close(const struct run_env *env, int result, bool whole, const char *what);

/*
 * Finishes each variant of a result by itself, behind a heading and in a folder of its own, for a command that shows one machine's
 * records. Returns `result`, or the first exit code that is not good. run_variants.c
 */
int run_env__finish_variants(struct run_env *env, int result, struct nb_results *results);

/* Writes what tells a variant from others: "kernel 6.12.94, arguments 'preempt=full', cpu haswell". run_variants.c */
void variant__describe(const struct variant *variant, char *text, size_t size);

/* The whole of a command: measures, reads and finishes. Returns the exit code. run_output.c */
int run_env__run(struct run_env *env);

/* The commands that measure, for `nestbed recover`. */
extern const struct run_command run_command, trace_command, fields_command, walk_command, chase_command;

/* May this request's kvm_intel be reloaded? An emulated machine's is ours; this computer's only if the user says so. */
bool request__may_reload(const struct request *request);

#endif
