// SPDX-License-Identifier: GPL-2.0-only
/* Writes claims.md: the origin of its numbers, a summary, and a section for each claim. */
#include <stdlib.h>
#include <string.h>

#include "l0/base/allocate.h"
#include "l0/base/result_table.h"
#include "l0/claims/claims.h"

#define WIDTH 120

static const char *const verdict_names[CLAIMS_VERDICTS] = {
	[CLAIMS_REPRODUCED] = "reproduced",
	[CLAIMS_CONTRADICTED] = "contradicted",
	[CLAIMS_NOT_TESTABLE] = "not testable on this machine",
	[CLAIMS_NOT_MEASURED] = "not measured",
};

struct answer {
	enum claims_verdict verdict;
	char *text;
};

static enum claims_verdict measure(const struct claims_claim *claim, const struct claims_evidence *e, FILE *out)
{
	const struct nb_loaded_row *rows[CLAIMS_NEEDS_MAX] = {NULL};
	bool missing = false;

	for (size_t i = 0; i < CLAIMS_NEEDS_MAX && claim->needs[i].op; i++) {
		const struct claims_need *need = &claim->needs[i];

		rows[i] = claims__find(e, need->op, need->level, need->config);
		if (claims__usable(rows[i]))
			continue;
		fputs(missing ? "; " : "Missing: ", out);
		claims__put_missing(rows[i], need, out);
		missing = true;
	}
	if (!missing)
		return claim->measure(e, rows, out);
	fputs(".\n", out);
	return CLAIMS_NOT_MEASURED;
}

/* A memory stream, whose text grows as it is written. */
struct memory {
	FILE *out;
	char *text;
	size_t size;
};

static void memory_begin(struct memory *memory)
{
	memory->out = open_memstream(&memory->text, &memory->size);
	if (!memory->out) {
		fprintf(stderr, "nestbed: no memory for the claims\n");
		exit(1);
	}
}

static char *memory_end(struct memory *memory)
{
	if (fclose(memory->out) != 0) {
		fprintf(stderr, "nestbed: no memory for the claims\n");
		exit(1);
	}
	return memory->text;
}

static struct answer answer_of(const struct claims_claim *claim, const struct claims_evidence *e)
{
	struct answer answer;
	struct memory memory;

	memory_begin(&memory);
	answer.verdict = measure(claim, e, memory.out);
	answer.text = memory_end(&memory);
	return answer;
}

static void put_section(const struct claims_claim *claim, const struct answer *answer, FILE *out)
{
	fprintf(out, "\n## %s\n\n%s.\n\n- source: %s\n- predicted: %s\n- measured by: %s\n", claim->name, claim->text,
		claim->source, claim->predicted, claim->method);
	if (claim->command)
		fprintf(out, "- command: `%s`\n", claim->command);
	fprintf(out, "- verdict: **%s**\n\n%s", verdict_names[answer->verdict], answer->text);
}

/* Writes no line if the metadata lack the key. */
static void put_metadata(const struct nb_loaded *loaded, const char *what, const char *key, FILE *out)
{
	const char *value = nb_loaded_metadata(loaded, key);

	if (value)
		fprintf(out, "| %s | %s |\n", what, value);
}

/*
 * Claims are about one machine. If the result has several machines, the claims are about the first.
 */
static void put_machine(const struct nb_loaded *loaded, FILE *out)
{
	const struct nb_loaded_row *first = &loaded->rows[0];

	if (loaded->left_out)
		fprintf(out, "| of several machines, the first | kernel %s%s%s, CPU %s |\n", first->kernel,
			*first->kernel_args ? " " : "", first->kernel_args, first->cpu);
}

static void put_origin(const struct claims_evidence *e, FILE *out)
{
	const char *dirty = nb_loaded_metadata(e->loaded, "git_dirty");

	fprintf(out,
		"# Claims of the literature, and what was measured\n\n"
		"`nestbed claims FOLDER --markdown FILE` makes this text from a stored result alone. Each command below makes a "
		"result that has what its claim needs. `nestbed claims results/out/latest` then prints the verdict. In "
		"the source tree `make claims` makes `paper-notes/claims.md` from `results/reference`. To change the text, edit "
		"`l0/claims/claims_table.c`, not `paper-notes/claims.md`.\n\n"
		"| the result | |\n|---|---|\n| machine | %s |\n| clock | %s |\n",
		e->loaded->machine, e->loaded->clock);
	put_metadata(e->loaded, "a tick", "clock_unit", out);
	put_metadata(e->loaded, "CPU", "cpu_model", out);
	put_metadata(e->loaded, "emulated as", "emulated_cpu", out);
	put_metadata(e->loaded, "kernel of L0", "kernel", out);
	put_machine(e->loaded, out);
	put_metadata(e->loaded, "commit", "git_commit", out);
	if (dirty && strcmp(dirty, "no") != 0)
		fputs("| changed since | yes |\n", out);
	put_metadata(e->loaded, "samples an operation", "iterations", out);
	put_metadata(e->loaded, "seed", "seed", out);
	fprintf(out,
		"\nTicks are medians without the loop, in %s. Exits are exits to L0 of one execution, as counted by "
		"KVM. %s\n\n",
		e->unit,
		e->latencies ? "For a claim about a latency, cycles are compared."
			     : "An instruction clock cannot test a claim about time. The ratio of "
			       "instructions is shown beside it, and proves nothing about it.");
}

static void put_summary(const struct answer *answers, FILE *out)
{
	unsigned counts[CLAIMS_VERDICTS] = {0};

	for (size_t i = 0; i < claims_count; i++)
		counts[answers[i].verdict]++;
	for (size_t i = 0; i < CLAIMS_VERDICTS; i++)
		fprintf(out, "%s%u %s", i ? ", " : "", counts[i], verdict_names[i]);
	fputs(".\n\n| claim | source | verdict |\n|---|---|---|\n", out);
	for (size_t i = 0; i < claims_count; i++)
		fprintf(out, "| [%s](#%s): %s | %s | %s |\n", claims_table[i].name, claims_table[i].name,
			claims_table[i].text, claims_table[i].source, verdict_names[answers[i].verdict]);
}

static void put_all(const struct claims_evidence *e, FILE *out)
{
	struct answer *answers = NULL;

	for (size_t i = 0; i < claims_count; i++) {
		answers = nb_grow(answers, i, sizeof(*answers));
		answers[i] = answer_of(&claims_table[i], e);
	}
	put_origin(e, out);
	put_summary(answers, out);
	for (size_t i = 0; i < claims_count; i++) {
		put_section(&claims_table[i], &answers[i], out);
		free(answers[i].text);
	}
	free(answers);
}

/*
 * At the start of a line, these characters would make a Markdown list, heading, table or quotation.
 */
static bool may_start_line(const char *word)
{
	return !strchr("-+*#|>=", *word);
}

/*
 * Numbers make the length of a sentence variable, so prose is wrapped here. Table rows, list
 * entries and headings stay on one line.
 */
static void put_wrapped(const char *line, size_t length, FILE *out)
{
	size_t column = 0;

	if (length && strchr("|#-", *line)) {
		fprintf(out, "%.*s\n", (int)length, line);
		return;
	}
	for (size_t at = 0; at < length;) {
		size_t word = strcspn(line + at, " \n");

		if (column && column + 1 + word > WIDTH && may_start_line(line + at)) {
			fputs("\n", out);
			column = 0;
		}
		column += (size_t)fprintf(out, "%s%.*s", column ? " " : "", (int)word, line + at);
		at += word + 1;
	}
	fputs("\n", out);
}

void claims__put(const struct nb_loaded *loaded, const char *folder, const struct claims_claim *only, FILE *out)
{
	bool latencies = strcmp(loaded->clock, "tsc_cycles") == 0;
	const struct claims_evidence e = {loaded, folder, latencies, latencies ? "cycles" : "instructions"};
	struct memory memory;
	char *text;

	memory_begin(&memory);
	if (only) {
		struct answer answer = answer_of(only, &e);

		put_section(only, &answer, memory.out);
		free(answer.text);
	} else {
		put_all(&e, memory.out);
	}
	text = memory_end(&memory);
	for (const char *line = text; *line;) {
		size_t length = strcspn(line, "\n");

		put_wrapped(line, length, out);
		line += length + (line[length] == '\n');
	}
	free(text);
}

void claims__make_table(const struct nb_loaded *loaded, const char *folder, const struct claims_claim *only,
			struct table *table)
{
	static const struct table_column columns[] = {{"claim", false},   {"text", false},    {"source", false},
						      {"verdict", false}, {"command", false}, {"machine", false},
						      {"clock", false}};
	const bool latencies = strcmp(loaded->clock, "tsc_cycles") == 0;
	const struct claims_evidence e = {loaded, folder, latencies, latencies ? "cycles" : "instructions"};

	table__begin(table, columns, sizeof(columns) / sizeof(columns[0]));
	for (size_t i = 0; i < claims_count; i++) {
		struct answer answer;

		if (only && only != &claims_table[i])
			continue;
		answer = answer_of(&claims_table[i], &e);
		table__add(table, claims_table[i].name);
		table__add(table, claims_table[i].text);
		table__add(table, claims_table[i].source);
		table__add(table, verdict_names[answer.verdict]);
		table__add(table, claims_table[i].command ? claims_table[i].command : "");
		table__add(table, loaded->machine);
		table__add(table, loaded->clock);
		free(answer.text);
	}
}
