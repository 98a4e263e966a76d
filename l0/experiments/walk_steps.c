// SPDX-License-Identifier: GPL-2.0-only
/* Reads and prints one translation, step by step, as l1-hypervisor/lab/translate.h writes it. */
#include "l0/experiments/walk_steps.h"

#include <inttypes.h>
#include <string.h>

#include "l0/base/util.h"
#include "vmcs-shadow/controls.h"

const char *walk__text(const struct nb_run *run, const char *key)
{
	for (size_t i = 0; i < run->text_count; i++)
		if (strcmp(run->texts[i].key, key) == 0)
			return run->texts[i].value;
	return NULL;
}

const char *walk__entry_name(unsigned level)
{
	static const char *const names[] = {"?", "PTE", "PDE", "PDPTE", "PML4E", "PML5E"};

	return level < sizeof(names) / sizeof(names[0]) ? names[level] : names[0];
}

/* Reads walk.step.N. */
static bool read_step(const struct nb_run *run, unsigned number, struct walk_step *step)
{
	const char *text;
	char key[32];

	text__format(key, sizeof(key), "walk.step.%u", number);
	text = walk__text(run, key);
	return text &&
	       sscanf(text, "%c %u %" SCNx64 " %" SCNx64 " %" SCNx64, &step->kind, &step->level, &step->physical,
		      &step->address, &step->value) == 5 &&
	       (step->kind == 'e' || step->kind == 'g') && step->level >= 1 && step->level <= 4;
}

static bool read_end(const char *end, struct walk_steps *s)
{
	if (sscanf(end, "page %" SCNx64 " %" SCNx64 " %" SCNx64, &s->physical, &s->address, &s->size) == 3)
		s->end = WALK_PAGE;
	else if (sscanf(end, "not-present %u", &s->level) == 1)
		s->end = WALK_NOT_PRESENT;
	else if (sscanf(end, "violation %" SCNx64, &s->physical) == 1)
		s->end = WALK_VIOLATION;
	else
		return false;
	return true;
}

/*
 * The next step after an entry of ept12 is the entry of the level below. After the last entry of
 * ept12, the next step is the entry or page to which it leads.
 */
static bool is_followed(const struct walk_steps *s, unsigned i)
{
	const struct walk_step *step = &s->step[i], *next = i + 1 < s->count ? step + 1 : NULL;
	const bool last = step->level == 1 || step->value & EPT_LARGE_PAGE;

	if (step->kind == 'g')
		return !next || next->kind == 'e';
	if (!next)
		return s->end == WALK_NOT_PRESENT || (step->physical == s->physical && (last || s->end != WALK_PAGE));
	return next->physical == step->physical && (next->kind == 'g' ? last : !last && next->level == step->level - 1);
}

bool walk_steps__read(struct walk_steps *s, const struct nb_run *run)
{
	const char *end = walk__text(run, "walk.end"), *eptp = walk__text(run, "walk.eptp");

	*s = (struct walk_steps){0};
	if (!walk__text(run, "walk.address") || !end || !read_end(end, s))
		return false;
	if (eptp && sscanf(eptp, "%" SCNx64, &s->eptp) != 1)
		return false;
	while (s->count < WALK_STEPS_MAX && read_step(run, s->count, &s->step[s->count]))
		s->guest += s->step[s->count++].kind == 'g';
	for (unsigned i = 0; i < s->count; i++)
		if (!is_followed(s, i))
			return false;
	return true;
}

static void print_step(FILE *out, unsigned number, const struct walk_step *s)
{
	if (s->kind == 'e')
		fprintf(out, "  %2u    EPT %-6s at %#-12" PRIx64 " = %#-18" PRIx64 " translates %#" PRIx64 "\n",
			number + 1, walk__entry_name(s->level), s->address, s->value, s->physical);
	else
		fprintf(out,
			"  %2u  %-12s at %#-12" PRIx64 " = %#-18" PRIx64 " is the guest's, at guest-physical %#" PRIx64
			"\n",
			number + 1, walk__entry_name(s->level), s->address, s->value, s->physical);
}

static void print_end(FILE *out, const struct walk_steps *s)
{
	if (s->end == WALK_PAGE)
		fprintf(out,
			"  page: guest-physical %#" PRIx64 ", memory %#" PRIx64 "; the guest maps %" PRIu64 " KiB\n",
			s->physical, s->address, s->size >> 10);
	else if (s->end == WALK_NOT_PRESENT)
		fprintf(out, "  page fault: level %u is not present\n", s->level);
	else
		fprintf(out, "  EPT violation: guest-physical %#" PRIx64 " is not mapped\n", s->physical);
}

/* Returns true if the CPU read the same entries. */
static bool print_cpu(FILE *out, const char *cpu)
{
	unsigned read, of, others;

	if (strncmp(cpu, "untried ", 8) == 0) {
		fprintf(out, "not checked by an L2 fetch: %s\n", cpu + 8);
		return true;
	}
	if (sscanf(cpu, "%x %x %x", &read, &of, &others) != 3)
		return false;
	fprintf(out,
		"for an L2 fetch there the CPU has read %u of these %u different entries, and %u others of the EPT\n",
		read, of, others);
	return read == of && others == 0;
}

bool walk__print_steps(FILE *out, const struct nb_run *run)
{
	const char *address = walk__text(run, "walk.address"), *cpu = walk__text(run, "walk.cpu");
	struct walk_steps s;

	if (!walk_steps__read(&s, run))
		return false;
	fprintf(out, "\nL2's linear address 0x%s, step by step over the tables as they are (l0 %s)\n", address,
		run->l0);
	for (unsigned i = 0; i < s.count; i++)
		print_step(out, i, &s.step[i]);
	print_end(out, &s);
	fprintf(out, "%u references: %u guest entries, %u EPT entries", s.count, s.guest, s.count - s.guest);
	if (s.end == WALK_PAGE)
		fprintf(out,
			"; the page is one more. With all paging-structure caches warm (SDM 5.10.3, 29.4.1) 2: the entries that map the page");
	fputc('\n', out);
	return s.end != WALK_PAGE || (cpu && print_cpu(out, cpu));
}
