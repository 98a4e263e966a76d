// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command `nestbed complete WORD...`, for a shell, prints the candidates for the last word of a
 * command line, one per line. Most values of options are not listed here. Instead, the option's
 * parser reads an invalid word, and the names that it would suggest become the candidates. Only
 * lists that commands read after they parse the command line are named here.
 */
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "l0/base/layout.h"
#include "l0/base/options.h"
#include "l0/base/suggest.h"
#include "l0/base/util.h"
#include "l0/cli/commands.h"
#include "l0/kernels/kernel_store.h"
#include "l0/request/cpu_models.h"
#include "l0/request/stack.h"
#include "microbench/ops.h"
#include "trace/modes.h"
#include "vmcs-shadow/shadow_policy.h"

#define WORDS_MAX 256
#define TEXT_MAX  1024

/* An invalid word for the parsers. No name contains this character. */
#define NO_WORD "\001"

/*
 * The words of the command line before the word at the cursor, and that word. word[0] is the
 * command.
 */
static struct {
	const char *word[WORDS_MAX];
	unsigned count;
	const char *last;
	size_t kept; /* number of characters of `last` that stay: "--machine=", "cpuid," */
} line;

/* --- Candidates --- */

static void offer(const char *name)
{
	const char *typed = line.last + line.kept;

	if (strncmp(typed, name, strlen(typed)) == 0)
		printf("%.*s%s\n", (int)line.kept, line.last, name);
}

static void offer_all(const char *const *names)
{
	for (; *names; names++)
		offer(*names);
}

/*
 * Offers files or folders if the name of a value in the help asks for them. The shell knows these
 * two special words and offers the names itself. Returns false if the value is neither.
 */
static bool offer_files(const char *what)
{
	static const char *const folders[] = {"DIR", "FOLDER", "RESULT", "REFERENCE"};

	if (strstr(what, "FILE")) {
		puts(":files");
		return true;
	}
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		if (strstr(what, folders[i])) {
			puts(":folders");
			return true;
		}
	}
	return false;
}

static void offer_ops(void)
{
	for (int op = 0; op < NB_OP_COUNT; op++)
		if (!(nb_op_info[op].where & NB_NAMED))
			offer(nb_op_info[op].name);
	for (int op = 0; op < NB_OP_COUNT; op++)
		if (op == 0 || strcmp(nb_op_info[op].family, nb_op_info[op - 1].family) != 0)
			offer(nb_op_info[op].family);
	offer("all");
}

static void offer_levels(void)
{
	char name[16];

	for (unsigned level = 0; level <= STACK_DEEPEST; level++) {
		text__format(name, sizeof(name), "L%u", level);
		offer(name);
	}
}

static void offer_cpus(void)
{
	for (const struct cpu_model *model = cpu_models; model->name; model++)
		offer(model->name);
}

/*
 * Offers the kernels on this computer by release. If the word begins with ".", "/" or "~", offers
 * files and folders instead.
 */
static void offer_kernels(void)
{
	struct kernel_store store;
	char programs[LAYOUT_PATH];

	if (line.last[line.kept] && strchr("./~", line.last[line.kept])) {
		offer_files("FILE");
		return;
	}
	if (!programs__folder(programs, sizeof(programs)))
		return;
	kernel_store__list(&store, programs);
	for (unsigned i = 0; i < store.count; i++)
		offer(store.kernel[i].release);
	kernel_store__free(&store);
}

static void offer_policies(void)
{
#define X(NAME, name, text, rule) offer(name);
	SHADOW_POLICIES(X)
#undef X
}

static void offer_trace_modes(void)
{
	for (unsigned mode = 0; mode < TRACE_MODE_COUNT_OF; mode++)
		offer(trace_mode_text[mode]);
}

/* Options whose values the commands validate only after parsing. */
static const struct {
	const char *option;
	void (*offer)(void);
} late[] = {
	{"op", offer_ops},         {"level", offer_levels},           {"cpu", offer_cpus},
	{"kernel", offer_kernels}, {"shadow-policy", offer_policies}, {"trace", offer_trace_modes},
};

/* --- Options --- */

/*
 * Returns the option that this word names in full, alone or with "=" and its value. Returns NULL if
 * it names none.
 */
static const struct argp_option *option_of(const char *word, const struct argp_option *const *option, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		const struct argp_option *o = option[i];
		const size_t length = o->name ? strlen(o->name) : 0;

		if (length && strncmp(word, "--", 2) == 0 && strncmp(word + 2, o->name, length) == 0 &&
		    (word[2 + length] == '\0' || word[2 + length] == '='))
			return o;
		if (word[0] == '-' && word[1] == o->key && word[2] == '\0')
			return o;
	}
	return NULL;
}

static bool may_be_repeated(const struct argp_option *o, const char *const *adding)
{
	for (; adding && *adding; adding++)
		if (strcmp(*adding, o->name) == 0)
			return true;
	return false;
}

static void offer_options(const struct argp_option *const *option, unsigned count, const char *const *adding)
{
	char text[TEXT_MAX];

	for (unsigned i = 0; i < count; i++) {
		bool given = false;

		if (!option[i]->name || option[i]->flags & OPTION_HIDDEN)
			continue;
		for (unsigned w = 0; w < line.count; w++)
			given = given || option_of(line.word[w], option, count) == option[i];
		text__format(text, sizeof(text), "--%s", option[i]->name);
		if (!given || may_be_repeated(option[i], adding))
			offer(text);
	}
	offer("--help");
	offer("--usage");
}

/*
 * Offers values of this option. The value begins at line.last + start. Returns the argument that
 * the option's parser must read, or NULL.
 */
static const char *offer_values(const struct argp_option *o, size_t start)
{
	static char question[TEXT_MAX];
	const char *value = line.last + start;

	if (offer_files(o->arg))
		return NULL;
	/* Keep the text in front of the word at the cursor: "cpuid,", "shadow_vmcs=". */
	for (const char *p = value; *p; p++)
		if (*p == ',' || *p == '=')
			line.kept = (size_t)(p + 1 - line.last);
	if (line.kept < start)
		line.kept = start;
	for (size_t i = 0; o->name && i < sizeof(late) / sizeof(late[0]); i++) {
		if (strcmp(late[i].option, o->name) == 0) {
			late[i].offer();
			return NULL;
		}
	}
	if (!o->name || strlen(line.last) + strlen(o->name) + sizeof(NO_WORD) + 4 > sizeof(question))
		return NULL;
	text__format(question, sizeof(question), "--%s=%.*s" NO_WORD, o->name, (int)(line.last + line.kept - value),
		     value);
	return question;
}

/*
 * Offers arguments that are not options. A lower-case word in the help stands for itself, and is
 * offered only as the first argument. Returns false if there is nothing to offer.
 */
static bool offer_arguments(const char *arguments)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
	char word[64];
	bool any = false;

	for (const char *p = arguments; line.count == 1 && *p; p += strcspn(p, " \n"), p += strspn(p, " \n")) {
		const size_t length = strspn(p, letters);

		if (length == 0 || length >= sizeof(word) || !strchr(" \n", p[length]))
			continue;
		text__format(word, sizeof(word), "%.*s", (int)length, p);
		offer(word);
		any = true;
	}
	return offer_files(arguments) || any;
}

/* See options_taker in options.h. */
static const char *take_options(const struct argp_option *const *option, unsigned count, const char *arguments,
				const char *const *adding)
{
	const char *equals = strncmp(line.last, "--", 2) == 0 ? strchr(line.last, '=') : NULL;
	const struct argp_option *o = NULL;

	if (equals) {
		o = option_of(line.last, option, count);
		return o && o->arg ? offer_values(o, (size_t)(equals + 1 - line.last)) : NULL;
	}
	if (line.count > 0)
		o = option_of(line.word[line.count - 1], option, count);
	if (o && o->arg && !(o->flags & OPTION_ARG_OPTIONAL) && !strchr(line.word[line.count - 1], '='))
		return offer_values(o, 0);
	if (line.last[0] == '-' || !arguments || !offer_arguments(arguments))
		offer_options(option, count, adding);
	return NULL;
}

/* --- The command line --- */

/* bash treats "=" as a word. Joins the words "--machine", "=" and "bochs" again. */
static void join_words(int argc, char **argv)
{
	static char text[64 * TEXT_MAX];
	size_t used = 0;
	bool joined = false;

	for (int i = 0; i < argc; i++) {
		const bool equals = strcmp(argv[i], "=") == 0 && line.count > 0;
		const size_t length = strlen(argv[i]);

		if (used + length + 2 > sizeof(text) || line.count == WORDS_MAX)
			return;
		if (equals || joined)
			used--; /* overwrite the NUL of the previous word */
		else
			line.word[line.count++] = text + used;
		memcpy(text + used, argv[i], length + 1);
		used += length + 1;
		joined = equals;
	}
}

int complete__main(int argc, char **argv, const struct command *commands)
{
	static char name[64], second[64], help[] = "--help";
	char *command_line[] = {name, help, NULL, NULL};

	join_words(argc - 1, argv + 1);
	line.last = line.count ? line.word[--line.count] : "";
	if (line.count == 0) {
		for (const struct command *c = commands; c->name; c++)
			if (c->text)
				offer(c->name);
		offer("--help");
		offer("--version");
		return NB_EXIT_GOOD;
	}
	options__listen(take_options);
	suggest__listen(offer_all);
	for (const struct command *c = commands; c->name; c++) {
		if (strcmp(c->name, line.word[0]) != 0)
			continue;
		text__format(name, sizeof(name), "nestbed %s", c->name);
		line.word[0] = name; /* no option has this name */
		if (line.count == 1 || line.word[1][0] == '-' || strlen(line.word[1]) >= sizeof(second))
			return c->main(2, command_line);
		/* The second word may be a subcommand: nestbed kernels fetch. */
		text__format(second, sizeof(second), "%s", line.word[1]);
		command_line[1] = second;
		command_line[2] = help;
		return c->main(3, command_line);
	}
	return NB_EXIT_GOOD;
}
