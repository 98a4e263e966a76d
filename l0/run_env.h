/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The `run` command between its command line and its request: what was typed, and what was chosen for the rest.
 */
#ifndef NB_L0_RUN_ENV_H
#define NB_L0_RUN_ENV_H

#include <stdbool.h>

#include "machine/machine.h"
#include "request.h"
#include "results/collect.h"
#include "variants.h"

/* A way to give L2 its memory, by its name on the command line. */
struct run_mmu {
	const char *name;
	const char *mmu;                       /* of the request */
	enum { L0_ANY, L0_EPT, L0_SHADOW } l0; /* and what KVM has then */
};

#define RUN_MMUS_MAX 6

/* Said wherever a command line can only mean what --l0 none was in 0.1. */
#define RUN_L0_NONE_OF_OLD                                                                                             \
	"--l0 none is a machine without a hypervisor; 0.1 called our hypervisor as L0 `--l0 none`: say --l0 own"

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

struct run_env {
	struct request request;
	const char *machine, *ops, *levels, *shadow, *out;
	unsigned config_on, config_off; /* enum knob bits that --config wants on, and off; a bit in both: each */
	bool config_all;                /* --config all: of all of them those that are of this L0 */
	const char *policies;           /* of --shadow-policy */
	unsigned depth;                 /* of --depth; 0: what the levels make it */
	const struct run_mmu *mmu[RUN_MMUS_MAX]; /* of --mmu, measured one after the other */
	unsigned mmus;
	bool l0_ept, l0_shadow; /* the way that is measured wants KVM with EPT, or without */
	bool json, quiet, dry_run, no_plot;
	struct variant_choice machines; /* --kernel, --kernel-args, --cpu */
	const struct run_command *command;
	char all_ops[2048]; /* the request's operations, `empty` in front */
	char folder[512];
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
	const char *doc;     /* argp's: a line, then \v and the rest of --help */
	unsigned iterations; /* samples an operation where the command line says nothing */
	bool fixed;          /* and it may not say anything: -n is a usage error */
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

/*
 * The same, and lets the machine run. streams names what it has left, whatever is returned. run_output.c
 */
int run_env__measure(struct run_env *env, struct streams *streams);

/* Decodes the records that the request's machines have left. */
void run_env__read_streams(const struct request *request, const struct streams *streams, struct nb_results *results);

/* Marks a folder whose results are not whole; gone once they are. A kill at any time leaves it. */
bool run_env__mark_incomplete(const char *folder, bool incomplete);

/*
 * The end of a command that shows what its records hold: says what they lack, takes the mark away from what is whole, and says where
 * the rest is (what: "traces"). Returns the exit code, NB_EXIT_FAILED if it was good so far and something lacks.
 */
int run_env__end(const struct run_env *env, int result, const struct nb_results *results, const char *what);

/* Prints what the records of one variant hold. Returns an exit code. */
typedef int run_env_report(const struct run_env *env, const struct nb_results *results);

/*
 * Measures for a command that prints what its records hold, by report(), which is called for each variant for which all went well.
 * Returns the exit code.
 */
int run_env__report(struct run_env *env, run_env_report *report);

/* Shows what one variant has left, whose machines have ended with `result`. Returns an exit code. */
typedef int run_env_show(const struct run_env *env, int result, const struct streams *streams, run_env_report *report);

/*
 * Calls show() for each variant of the request, behind a heading and with a folder of its own where there are several; report is
 * passed on. Returns `result`, or the first exit code that is not good. run_variants.c
 */
int run_env__show_variants(struct run_env *env, int result, const struct streams *streams, run_env_show *show,
			   run_env_report *report);

/* Writes what tells a variant from others: "kernel 6.12.94, arguments 'preempt=full', cpu haswell". run_variants.c */
void variant__describe(const struct variant *variant, char *text, size_t size);

/* results/out/latest leads to this run's folder, unless the user has named one. */
void run_env__link_latest(const struct run_env *env);

/* May this request's kvm_intel be reloaded? An emulated machine's is ours; this computer's only if the user says so. */
bool request__may_reload(const struct request *request);

#endif
