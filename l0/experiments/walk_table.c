// SPDX-License-Identifier: GPL-2.0-only
/* Makes a table, a verdict and a CSV from the counters of page walks. */
#include "l0/experiments/walk_table.h"

#include <string.h>

#include "l0/base/util.h"

static const char *const page_text[WALK_LEVELS_MAX + 1] = {[2] = "1G", [3] = "2M", [4] = "4K"};

unsigned walk__two_dimensions(unsigned g, unsigned n)
{
	return (g + 1) * (n + 1) - 1;
}

unsigned walk__ept_alone(unsigned g, unsigned n)
{
	return g * n + n;
}

unsigned walk__three_dimensions(unsigned g, unsigned n, unsigned m)
{
	return (g + 1) * (n + 1) * (m + 1) - 1;
}

static bool take(const struct nb_op_result *op, const char *name, unsigned *value)
{
	char key[40];
	bool there;

	text__format(key, sizeof(key), "hv.walk.%s", name);
	*value = (unsigned)nb_counter_value(op->counters, op->counter_count, key, &there);
	return there;
}

static bool read_shape(const struct nb_run *run, struct walk_shape *s)
{
	const struct nb_op_result *op;
	char name[NB_OP_NAME_LEN], step[16];
	bool good;

	text__format(name, sizeof(name), "walk.%u.%u", s->guest, s->ept);
	op = nb_run_op(run, name);
	if (!op)
		return false;
	s->skip = op->skip;
	if (op->skip)
		return true;
	good = op->closed == 1 && op->windows == 1 && take(op, "guest", &s->guest_entries) &&
	       take(op, "distinct", &s->distinct) && take(op, "idle", &s->idle);
	for (unsigned i = 0; i <= s->guest; i++) {
		text__format(step, sizeof(step), "ept.%u", i);
		good = good && take(op, step, &s->step[i]);
		text__format(step, sizeof(step), "first.%u", i);
		good = good && take(op, step, &s->first[i]);
		s->ept_entries += s->step[i];
	}
	return good;
}

bool walk__read(const struct nb_run *run, struct walk_shape shapes[WALK_SHAPES])
{
	bool good = true;

	for (unsigned g = WALK_LEVELS_MAX, i = 0; g >= WALK_LEVELS_MIN; g--)
		for (unsigned n = WALK_LEVELS_MAX; n >= WALK_LEVELS_MIN; n--, i++) {
			shapes[i] = (struct walk_shape){.guest = g, .ept = n};
			good = read_shape(run, &shapes[i]) && good;
		}
	return good;
}

/* Counts the entries that no earlier step has read. */
static unsigned own_entries(const struct walk_shape *s)
{
	unsigned count = 0;

	for (unsigned step = 0; step <= s->guest; step++)
		for (unsigned digits = s->first[step]; digits; digits /= 10)
			count += digits % 10 == step + 1;
	return count;
}

bool walk__is_proven(const struct walk_shape shapes[WALK_SHAPES])
{
	for (unsigned i = 0; i < WALK_SHAPES; i++) {
		if (!shapes[i].skip && own_entries(&shapes[i]) != shapes[i].distinct) {
			pr_err("where steps of a walk of %u and %u levels share EPT entries, the CPU has read %u, but these tables have %u for it",
			       shapes[i].guest, shapes[i].ept, shapes[i].distinct, own_entries(&shapes[i]));
			return false;
		}
		if (!shapes[i].skip && shapes[i].idle) {
			pr_err("%u EPT entries were read for a page that a walk of %u and %u levels does not need: the counts prove "
			       "nothing on this machine",
			       shapes[i].idle, shapes[i].guest, shapes[i].ept);
			return false;
		}
	}
	return true;
}

unsigned walk__counted(const struct walk_shape shapes[WALK_SHAPES], unsigned g, unsigned n)
{
	for (unsigned i = 0; i < WALK_SHAPES; i++)
		if (shapes[i].guest == g && shapes[i].ept == n && !shapes[i].skip)
			return shapes[i].guest_entries + shapes[i].ept_entries;
	return 0;
}

/* Counts the shapes for which a formula is right. */
static unsigned agrees(const struct walk_shape *shapes, unsigned (*formula)(unsigned g, unsigned n), bool ept_alone)
{
	unsigned count = 0;

	for (unsigned i = 0; i < WALK_SHAPES; i++) {
		const struct walk_shape *s = &shapes[i];
		unsigned counted = s->ept_entries + (ept_alone ? 0 : s->guest_entries);

		count += !s->skip && counted == formula(s->guest, s->ept);
	}
	return count;
}

static void print_verdict(FILE *out, const struct walk_shape *shapes)
{
	unsigned counted = 0;

	for (unsigned i = 0; i < WALK_SHAPES; i++)
		counted += !shapes[i].skip;
	fprintf(out, "verdict: of %u shapes (g + 1)(n + 1) - 1 is right about %u, g n + n about %u", counted,
		agrees(shapes, walk__two_dimensions, false), agrees(shapes, walk__ept_alone, false));
	if (counted && agrees(shapes, walk__ept_alone, true) == counted)
		fprintf(out, "; g n + n counts the EPT's entries alone, and is right about those");
	fprintf(out,
		"\ntexts: %u = g (n + 1) + n is said of two dimensions; %u = g e + e, \"on the order of\", of a nested guest's three, four levels "
		"each:\nthose are %u walked one below the other, and %u by the two that the CPU walks, as L0 makes one table of the lower two\n",
		walk__two_dimensions(4, 4), walk__ept_alone(4, 4), walk__three_dimensions(4, 4, 4),
		walk__two_dimensions(4, 4));
}

/* Writes the words of all steps, for example "1111 1112 1113", from the first step on. */
static void put_first(FILE *out, const struct walk_shape *s)
{
	for (unsigned step = 0; step <= s->guest; step++)
		fprintf(out, "%s%u", step ? " " : "", s->first[step]);
}

static void print_sharing(FILE *out, const struct walk_shape *shapes)
{
	fprintf(out,
		"\nwhere steps share EPT entries: for each step its entries from the top, each as the step that read it first\n"
		"(steps 1 to g are the guest's tables, the last is the page: 1112 shares all but its last entry with step 1)\n"
		"%-8s %-8s  %s\n",
		"guest g", "EPT n", "steps");
	for (unsigned i = 0; i < WALK_SHAPES; i++) {
		const struct walk_shape *s = &shapes[i];

		if (s->skip)
			continue;
		fprintf(out, "%u (%s)   %u (%s)    ", s->guest, page_text[s->guest], s->ept, page_text[s->ept]);
		put_first(out, s);
		fprintf(out, ": %u different of %u\n", s->distinct, s->ept_entries);
	}
}

void walk__print(FILE *out, const char *machine, const struct nb_run *run, const struct walk_shape shapes[WALK_SHAPES])
{
	fprintf(out,
		"entries that one page walk reads, by the accessed flags that it leaves; machine %s, l0 %s%s%s\n"
		"(the page itself is one reference more; the EPT's by step: the guest's tables from the top, then the page)\n",
		machine, run->l0, *run->config ? ", " : "", run->config);
	fprintf(out, "%-8s %-8s  %7s  %5s  %5s  %-12s  %12s  %5s  %12s  %s\n", "guest g", "EPT n", "guest's", "EPT's",
		"all", "EPT by step", "(g+1)(n+1)-1", "gn+n", "distinct EPT", "three dimensions, m = 4");
	for (unsigned i = 0; i < WALK_SHAPES; i++) {
		const struct walk_shape *s = &shapes[i];
		char steps[32] = "";

		if (s->skip) {
			fprintf(out, "%u (%s)   %u (%s)    %s\n", s->guest, page_text[s->guest], s->ept,
				page_text[s->ept], s->skip);
			continue;
		}
		for (unsigned step = 0; step <= s->guest; step++)
			text__format(steps + strlen(steps), sizeof(steps) - strlen(steps), "%s%u", step ? " " : "",
				     s->step[step]);
		fprintf(out, "%u (%s)   %u (%s)    %7u  %5u  %5u  %-12s  %12u  %5u  %12u  %u\n", s->guest,
			page_text[s->guest], s->ept, page_text[s->ept], s->guest_entries, s->ept_entries,
			s->guest_entries + s->ept_entries, steps, walk__two_dimensions(s->guest, s->ept),
			walk__ept_alone(s->guest, s->ept), s->distinct, walk__three_dimensions(s->guest, s->ept, 4));
	}
	print_verdict(out, shapes);
	print_sharing(out, shapes);
}

void walk__put_csv(FILE *out, const char *machine, const struct nb_run *run,
		   const struct walk_shape shapes[WALK_SHAPES])
{
	fprintf(out,
		"machine,l0,config,guest_levels,guest_page,ept_levels,ept_page,guest_entries,ept_entries,references,"
		"formula,ept_alone_formula,three_dimensions_formula,distinct_ept_entries,first_read_by_step\n");
	for (unsigned i = 0; i < WALK_SHAPES; i++) {
		const struct walk_shape *s = &shapes[i];

		if (s->skip)
			continue;
		fprintf(out, "%s,%s,%s,%u,%s,%u,%s,%u,%u,%u,%u,%u,%u,%u,", machine, run->l0, run->config, s->guest,
			page_text[s->guest], s->ept, page_text[s->ept], s->guest_entries, s->ept_entries,
			s->guest_entries + s->ept_entries, walk__two_dimensions(s->guest, s->ept),
			walk__ept_alone(s->guest, s->ept), walk__three_dimensions(s->guest, s->ept, 4), s->distinct);
		put_first(out, s);
		fputc('\n', out);
	}
}
