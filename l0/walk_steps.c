// SPDX-License-Identifier: GPL-2.0-only
/* One translation, step by step, as l1-hypervisor/translate.h tells it. */
#include <inttypes.h>
#include <string.h>

#include "util.h"
#include "walk.h"

static const char *const guest_entry[] = {"?", "PTE", "PDE", "PDPTE", "PML4E"};
static const char *const ept_entry[] = {"?", "EPT PTE", "EPT PDE", "EPT PDPTE", "EPT PML4E"};

static const char *text_of(const struct nb_run *run, const char *key)
{
	for (size_t i = 0; i < run->text_count; i++)
		if (strcmp(run->texts[i].key, key) == 0)
			return run->texts[i].value;
	return NULL;
}

/* What walk.step.N says. */
struct step {
	char kind; /* 'e' or 'g' */
	unsigned level;
	uint64_t physical, address, value;
};

static bool read_step(const struct nb_run *run, unsigned number, struct step *step)
{
	const char *text;
	char key[32];

	text__format(key, sizeof(key), "walk.step.%u", number);
	text = text_of(run, key);
	return text &&
	       sscanf(text, "%c %u %" SCNx64 " %" SCNx64 " %" SCNx64, &step->kind, &step->level, &step->physical,
		      &step->address, &step->value) == 5 &&
	       (step->kind == 'e' || step->kind == 'g') && step->level >= 1 && step->level <= 4;
}

static void print_step(FILE *out, unsigned number, const struct step *s)
{
	if (s->kind == 'e')
		fprintf(out, "  %2u    %-10s at %#-12" PRIx64 " = %#-18" PRIx64 " translates %#" PRIx64 "\n",
			number + 1, ept_entry[s->level], s->address, s->value, s->physical);
	else
		fprintf(out,
			"  %2u  %-12s at %#-12" PRIx64 " = %#-18" PRIx64 " is the guest's, at guest-physical %#" PRIx64
			"\n",
			number + 1, guest_entry[s->level], s->address, s->value, s->physical);
}

static void print_end(FILE *out, const char *end)
{
	uint64_t physical, address, size;
	unsigned level;

	if (sscanf(end, "page %" SCNx64 " %" SCNx64 " %" SCNx64, &physical, &address, &size) == 3)
		fprintf(out,
			"  page: guest-physical %#" PRIx64 ", memory %#" PRIx64 "; the guest maps %" PRIu64 " KiB\n",
			physical, address, size >> 10);
	else if (sscanf(end, "not-present %u", &level) == 1)
		fprintf(out, "  page fault: level %u is not present\n", level);
	else if (sscanf(end, "violation %" SCNx64, &physical) == 1)
		fprintf(out, "  EPT violation: guest-physical %#" PRIx64 " is not mapped\n", physical);
}

/* Did the CPU read the same? */
static bool print_cpu(FILE *out, const char *cpu)
{
	unsigned read, of, others;

	if (strncmp(cpu, "untried ", 8) == 0) {
		fprintf(out, "not checked by a fetch of L2's: %s\n", cpu + 8);
		return true;
	}
	if (sscanf(cpu, "%x %x %x", &read, &of, &others) != 3)
		return false;
	fprintf(out,
		"for a fetch of L2's there the CPU has read %u of these %u different entries, and %u others of the EPT\n",
		read, of, others);
	return read == of && others == 0;
}

bool walk__print_steps(FILE *out, const struct nb_run *run)
{
	const char *address = text_of(run, "walk.address"), *end = text_of(run, "walk.end");
	const char *cpu = text_of(run, "walk.cpu");
	unsigned count = 0, guest = 0;
	struct step step;

	if (!address || !end)
		return false;
	fprintf(out, "\nL2's linear address 0x%s, step by step over the tables as they are (l0 %s)\n", address,
		run->l0);
	for (; read_step(run, count, &step); count++) {
		print_step(out, count, &step);
		guest += step.kind == 'g';
	}
	print_end(out, end);
	fprintf(out, "%u references: %u of the guest's entries, %u of the EPT's", count, guest, count - guest);
	if (strncmp(end, "page ", 5) == 0)
		fprintf(out,
			"; the page is one more. With all paging-structure caches warm (SDM 4.10.3, 29.4.1) 2: the entries that map the page");
	fputc('\n', out);
	return strncmp(end, "page ", 5) != 0 || (cpu && print_cpu(out, cpu));
}
