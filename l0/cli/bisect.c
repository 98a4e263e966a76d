// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command `nestbed bisect` measures one kernel and compares it with a stored result, for `git
 * bisect run`. It runs `nestbed run` as a separate process, then compares as `nestbed compare
 * --threshold` does. It returns the exit codes that git-bisect(1) expects.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "l0/base/layout.h"
#include "l0/base/options.h"
#include "l0/base/util.h"
#include "l0/cli/commands.h"
#include "l0/kernels/kernel.h"
#include "l0/report/compare.h"
#include "l0/results/load.h"

extern char **environ;

/*
 * git-bisect(1), "Bisect run": 0 means good, 1 to 127 mean bad, but 125 means skip. A code of 128
 * or above stops the bisection.
 */
enum { BISECT_GOOD = 0, BISECT_BAD = 1, BISECT_SKIP = 125, BISECT_STOP = 128 };

/*
 * All other exit codes stop the bisection. If a usage error counted as a bad commit, the bisection
 * would give a wrong answer.
 */
#define STOP(code) (BISECT_STOP + (code))

#define PATH_BYTES 700

enum { OPT_AGAINST = 256, OPT_THRESHOLD, OPT_KERNEL, OPT_BUILD };

struct bisect {
	const char *kernel, *build;
	const char *kept;               /* folder in which the results stay; NULL: they are removed */
	struct compare_options compare; /* path[0] is the stored result */
	int run_argc;                   /* the options for `nestbed run` */
	char **run_argv;
	char folder[PATH_BYTES]; /* folder that this command creates; "": none */
	char result[PATH_BYTES]; /* result of the run, inside folder */
};

static volatile sig_atomic_t stopped;

static void on_stop(int signal)
{
	stopped = signal;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct bisect *b = state->input;
	char why[COMPARE_WHY];

	switch (key) {
	case OPT_AGAINST:
		b->compare.path[0] = arg;
		return 0;
	case OPT_THRESHOLD:
		if (!compare_threshold__parse(&b->compare.threshold, arg, why))
			option__error(state, "--threshold %s: %s", arg, why);
		return 0;
	case OPT_KERNEL:
		if (strchr(arg, ','))
			option__error(state, "--kernel %s: one kernel is measured: that of the commit", arg);
		b->kernel = arg;
		return 0;
	case OPT_BUILD:
		b->build = arg;
		return 0;
	case 'o':
		b->kept = arg;
		return 0;
	case ARGP_KEY_ARG:
		option__error(state, "unexpected argument %s", arg);
	case ARGP_KEY_END:
		if (!b->kernel)
			option__error(state, "--kernel is needed: the folder of the kernel build");
		if (!b->compare.path[0])
			option__error(state, "--against is needed: a result of a good kernel");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option descriptions[] = {
	{"kernel", OPT_KERNEL, "KERNEL", 0, "the kernel of this commit: the folder of its build, or an image", 0},
	{"against", OPT_AGAINST, "RESULT", 0,
	 "hold it against this result of `nestbed run`; of several machines, the first", 0},
	{"threshold", OPT_THRESHOLD, "LIMITS", 0,
	 "what makes the commit bad: more exits of one execution, or a median that surely grew by more (default "
	 "exits=0.05,ticks=5%)",
	 0},
	{"build", OPT_BUILD, "COMMAND", 0, "run this shell command first; if it fails, the commit is skipped", 0},
	{"output", 'o', "FOLDER", 0, "keep the result of each commit below this folder (default: none is kept)", 0},
	{0},
};

static const struct argp argp = {
	.options = descriptions,
	.parser = parse_option,
	.args_doc = "[OPTION OF RUN...]",
	.doc = "Measure one kernel and hold it against a result, for `git bisect run`.\v"
	       "All other options are those of `nestbed run --machine bochs`: --op, --level, --config, --cpu, -n.\n\n"
	       "Exit codes, as git-bisect(1) wants them: 0 the commit is good; 1 it is past the threshold; 125 its kernel was not "
	       "built, does not boot or cannot be measured, so git skips it; above 128 git stops: 129 the two results cannot be "
	       "compared, 130 usage, 205 not possible on this machine.\n\n"
	       "Examples:\n"
	       "  nestbed run --machine bochs --kernel ~/linux --op cpuid --level L2 -o good\n"
	       "  git bisect start BAD GOOD\n"
	       "  git bisect run nestbed bisect --build 'make -j8 bzImage modules' \\\n"
	       "      --kernel . --op cpuid --level L2 --against ~/good \\\n"
	       "      --threshold exits=0.05,ticks=3%",
};

/*
 * Returns the length of the option's name if the word is an option of this command, otherwise 0.
 * Sets *takes_next if the next word is the option's value.
 */
static size_t own_option(const char *word, bool *takes_next)
{
	static const char *const alone[] = {"--help", "-?", "--usage"};

	*takes_next = false;
	for (size_t i = 0; i < sizeof(alone) / sizeof(alone[0]); i++)
		if (strcmp(word, alone[i]) == 0)
			return strlen(word);
	if (strncmp(word, "-o", 2) == 0) {
		*takes_next = !word[2];
		return 2;
	}
	for (size_t i = 0; descriptions[i].name; i++) {
		const size_t length = strlen(descriptions[i].name);

		if (strncmp(word, "--", 2) != 0 || strncmp(word + 2, descriptions[i].name, length) != 0)
			continue;
		*takes_next = !word[2 + length];
		if (*takes_next || word[2 + length] == '=')
			return 2 + length;
	}
	return 0;
}

/*
 * Puts the words of this command into own, and all other words into the command line of the run.
 * Returns false if there is no memory.
 */
static bool split(struct bisect *b, int argc, char **argv, int *own_argc, char ***own)
{
	*own = calloc((size_t)argc + 1, sizeof(**own));
	b->run_argv = calloc((size_t)argc + 10, sizeof(*b->run_argv));
	if (!*own || !b->run_argv)
		return false;
	*own_argc = 0;
	(*own)[(*own_argc)++] = argv[0];
	for (int i = 1; i < argc; i++) {
		bool takes_next;

		if (!own_option(argv[i], &takes_next)) {
			b->run_argv[b->run_argc++] = argv[i];
			continue;
		}
		(*own)[(*own_argc)++] = argv[i];
		if (takes_next && i + 1 < argc)
			(*own)[(*own_argc)++] = argv[++i];
	}
	return true;
}

/* --- The folder for the result --- */

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
	(void)status;
	(void)type;
	(void)walk;
	return remove(path);
}

static void remove_folder(const struct bisect *b)
{
	if (!b->kept && b->folder[0])
		nftw(b->folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

/*
 * Creates the folder that --output names, if it does not exist. Returns false, after one line, if
 * it cannot be written. Returns true without --output.
 */
static bool has_place(const struct bisect *b)
{
	if (!b->kept || mkdir(b->kept, 0777) == 0 || (errno == EEXIST && access(b->kept, W_OK | X_OK) == 0))
		return true;
	pr_err("cannot write to the folder %s: %s", b->kept, strerror(errno));
	return false;
}

static bool make_folder(struct bisect *b, const struct kernel *kernel)
{
	const char *temporary = getenv("TMPDIR");

	if (b->kept) {
		text__format(b->folder, sizeof(b->folder), "%s/%.100s-XXXXXX", b->kept, kernel->release);
	} else {
		text__format(b->folder, sizeof(b->folder), "%s/nestbed-bisect-XXXXXX",
			     temporary && *temporary ? temporary : "/tmp");
	}
	if (!mkdtemp(b->folder)) {
		pr_err("cannot make a folder for the result, %s: %s", b->folder, strerror(errno));
		b->folder[0] = '\0';
		return false;
	}
	text__format(b->result, sizeof(b->result), "%s/result", b->folder);
	return true;
}

/* --- Build, measure, compare --- */

/* Converts a status of waitpid() to the value that a shell has in $?. */
static int code_of(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static bool wait_for(pid_t pid, int *code)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return false;
	*code = code_of(status);
	return true;
}

/*
 * With silent, discards standard output, because the table of the run would appear before the
 * comparison. Otherwise redirects standard output to standard error. Sets *code to the exit code.
 * Returns false if the program cannot be started or waited for.
 */
static bool start(const char *path, char **argv, bool silent, int *code)
{
	posix_spawn_file_actions_t actions;
	pid_t pid;
	int error;

	posix_spawn_file_actions_init(&actions);
	if (silent)
		posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	else
		posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
	error = posix_spawn(&pid, path, &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (error) {
		pr_err("cannot start %s: %s", path, strerror(error));
		return false;
	}
	return wait_for(pid, code);
}

static int build(const struct bisect *b)
{
	char *argv[] = {(char *)"sh", (char *)"-c", (char *)b->build, NULL};
	int code;

	if (!b->build)
		return BISECT_GOOD;
	if (!start("/bin/sh", argv, false, &code))
		return STOP(NB_EXIT_FAILED);
	if (stopped)
		return STOP(stopped);
	if (code == 0)
		return BISECT_GOOD;
	pr_err("the build ended with exit code %d: %s", code, b->build);
	return BISECT_SKIP;
}

static bool is_quiet(const struct bisect *b)
{
	for (int i = 0; i < b->run_argc; i++)
		if (strcmp(b->run_argv[i], "-q") == 0 || strcmp(b->run_argv[i], "--quiet") == 0)
			return true;
	return false;
}

/*
 * A kernel that cannot be measured is neither good nor bad, so its commit is skipped. A problem of
 * this computer or of the command line stops the bisection.
 */
static int measure(struct bisect *b)
{
	char *argv[64 + 10] = {(char *)"nestbed",   (char *)"run",      (char *)"--machine=bochs",
			       (char *)"--no-plot", (char *)"--kernel", (char *)b->kernel,
			       (char *)"-o",        b->result};
	int argc = 8, code;

	if (b->run_argc > 64) {
		pr_err("more than 64 options for the run");
		return STOP(NB_EXIT_USAGE);
	}
	for (int i = 0; i < b->run_argc; i++)
		argv[argc++] = b->run_argv[i];
	if (!b->kept && !is_quiet(b))
		argv[argc++] = (char *)"--quiet"; /* the run would name a folder that is removed later */
	if (!start("/proc/self/exe", argv, true, &code))
		return STOP(NB_EXIT_FAILED);
	if (stopped)
		return STOP(stopped);
	if (code == NB_EXIT_GOOD)
		return BISECT_GOOD;
	if (code == NB_EXIT_FAILED || code == BISECT_SKIP)
		return BISECT_SKIP;
	return code < BISECT_STOP ? STOP(code) : code;
}

static int judge(struct bisect *b)
{
	b->compare.path[1] = b->result;
	b->compare.paths = 2;
	switch (compare__results(&b->compare)) {
	case COMPARE_GOOD:
		return BISECT_GOOD;
	case COMPARE_PAST:
		return BISECT_BAD;
	default:
		return STOP(NB_EXIT_FAILED);
	}
}

/*
 * Returns false, after one line, if the stored result cannot be read or is incomplete. The
 * bisection then stops before it builds a kernel in vain.
 */
static bool has_baseline(const struct bisect *b)
{
	struct nb_loaded loaded;
	bool whole;

	if (!nb_load(&loaded, b->compare.path[0]))
		return false;
	whole = nb_loaded_is_whole(&loaded);
	if (!whole)
		pr_err("%s is incomplete: measure it again", b->compare.path[0]);
	nb_loaded_free(&loaded);
	return whole;
}

static int bisect(struct bisect *b)
{
	char programs[LAYOUT_PATH];
	static struct kernel kernel;
	int result;

	/* Report problems of this computer before a kernel is built. */
	if (!has_baseline(b) || !programs__folder(programs, sizeof(programs)) || !has_place(b))
		return STOP(NB_EXIT_FAILED);
	result = build(b);
	if (result != BISECT_GOOD)
		return result;
	if (kernel__find(&kernel, b->kernel, strlen(b->kernel), programs) != NB_EXIT_GOOD)
		return BISECT_SKIP;
	if (!make_folder(b, &kernel))
		return STOP(NB_EXIT_FAILED);
	result = measure(b);
	if (result == BISECT_GOOD)
		result = judge(b);
	remove_folder(b);
	if (result == BISECT_SKIP && !b->kept)
		pr_info("bisect: the files of the run are gone: -o FOLDER keeps those of the next one");
	return result;
}

static const char *verdict_of(int code)
{
	return code == BISECT_GOOD ? "good" : code == BISECT_BAD ? "bad" : code == BISECT_SKIP ? "skipped" : "stop";
}

int bisect__main(int argc, char **argv)
{
	struct bisect b = {
		.compare = {.threshold = COMPARE_THRESHOLD_DEFAULT, .judged = true, .first_alone = true, .seed = 1}};
	char **own = NULL;
	int own_argc, result = STOP(NB_EXIT_FAILED);

	argp_err_exit_status = STOP(NB_EXIT_USAGE);
	signal(SIGINT, on_stop);
	signal(SIGTERM, on_stop);
	if (!split(&b, argc, argv, &own_argc, &own)) {
		pr_err("no memory for the command line");
	} else {
		options__parse(&argp, own_argc, own, NULL, NULL, NULL, &b);
		result = bisect(&b);
		pr_info("bisect: %s (exit code %d)%s%s", verdict_of(result), result,
			b.kept && b.result[0] ? ", result in " : "", b.kept ? b.result : "");
	}
	free(own);
	free(b.run_argv);
	return result;
}
