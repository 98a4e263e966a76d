// SPDX-License-Identifier: GPL-2.0-only
/* Prints lists of references, their counts, and the results of their comparison. */
#include "l0/experiments/walk_kvm_tables.h"

#include <inttypes.h>
#include <string.h>

#include "l0/base/util.h"
#include "vmcs-shadow/controls.h"

static void print_reference(FILE *out, unsigned number, const struct walk_reference *r)
{
	static const int indent[WALK_TABLES] = {[WALK_L2] = 0, [WALK_EPT12] = 2, [WALK_EPT01] = 4, [WALK_EPT02] = 2};
	char name[24];

	text__format(name, sizeof(name), "%*s%s%s%s", indent[r->table], "",
		     r->table == WALK_L2 ? "" : walk_table_text[r->table], r->table == WALK_L2 ? "" : " ",
		     walk__entry_name(r->level));
	fprintf(out, " %3u  %-16s at %#-12" PRIx64 " = %#-18" PRIx64 " %s %#" PRIx64 "%s\n", number + 1, name, r->at,
		r->value, r->table == WALK_L2 ? "is L2's, at L2-physical" : "translates", r->address,
		r->again ? " (again)" : "");
}

/*
 * Prints counts by table, for example "3 of L2, 16 of ept12". The counts are of the whole list, or
 * of each entry once.
 */
static void print_parts(FILE *out, const unsigned of[WALK_TABLES])
{
	const char *comma = "";

	for (unsigned table = 0; table < WALK_TABLES; table++) {
		if (!of[table])
			continue;
		fprintf(out, "%s%u of %s", comma, of[table], table == WALK_L2 ? "L2's tables" : walk_table_text[table]);
		comma = ", ";
	}
}

/* Prints the formula with its numbers. */
static void print_formula(FILE *out, const struct walk_list *list)
{
	static const char letter[WALK_TABLES] = {
		[WALK_L2] = 'g', [WALK_EPT12] = 'n', [WALK_EPT01] = 'm', [WALK_EPT02] = 'n'};
	const enum walk_table below = list->of[WALK_EPT01] ? WALK_EPT01 : WALK_EPT02;
	const char *between = "";

	if (list->levels[below]) {
		fprintf(out, "(g + 1)(n + 1)%s - 1 = %u", below == WALK_EPT01 ? "(m + 1)" : "",
			walk_list__formula(list));
		for (unsigned table = 0; table < WALK_TABLES; table++) {
			if (!list->levels[table])
				continue;
			fprintf(out, "%s %c %u", *between ? between : " with", letter[table], list->levels[table]);
			between = ",";
		}
		return;
	}
	for (unsigned levels = 1; levels <= EPT_LEVELS_MAX; levels++) {
		if (!list->paths[levels])
			continue;
		fprintf(out, "%s%u x (%u + 1)", between, list->paths[levels], levels);
		between = " + ";
	}
	fprintf(out, " - 1 = %u, as %s differs by address, with the size of KVM's page", walk_list__formula(list),
		below == WALK_EPT01 ? "m" : "n");
}

/*
 * Prints a list. whole: the walk reaches the page. Returns false after a message if a whole list
 * does not have the length that the formula gives.
 */
static bool print_list(FILE *out, const struct walk_list *list, bool whole)
{
	const unsigned formula = walk_list__formula(list);

	for (unsigned i = 0; i < list->count; i++)
		print_reference(out, i, &list->reference[i]);
	if (list->cut)
		fprintf(out, "  absent: here the CPU leaves to KVM, which makes the entry or tells L1\n");
	fprintf(out, "%u references: ", list->count);
	print_parts(out, list->of);
	if (whole) {
		fprintf(out, "; ");
		print_formula(out, list);
	}
	fprintf(out,
		"\n%u different entries, each read once where caches of paging structures keep it: ", list->distinct);
	print_parts(out, list->distinct_of);
	fputc('\n', out);
	if (!whole || formula == list->count)
		return true;
	pr_err("a walk of %u references, but the levels of its tables require %u", list->count, formula);
	return false;
}

static void print_check(FILE *out, const struct walk_check *check)
{
	if (check->addresses)
		fprintf(out, "check: ept02 leads where ept01(ept12) leads, for %u of %u L2 addresses", check->leads,
			check->addresses);
	if (check->absent)
		fprintf(out, "; for %u it has no entry yet", check->absent);
	if (check->addresses)
		fputc('\n', out);
	if (check->memory)
		fprintf(out, "check: ept01 leads where the VMM's pagemap has the memory, for %u of %u L1 addresses\n",
			check->found, check->memory);
}

/*
 * KVM makes its entries with the A flag set, except for pages that it maps in advance. A set flag
 * therefore does not prove that the CPU read the entry.
 *
 * A read entry must have the flag set if L1's EPTP enables accessed and dirty flags. KVM then
 * enables them for L2 too.
 */
static bool print_accessed(FILE *out, const struct walk_list *list, const struct walk_steps *steps, bool fetched)
{
	unsigned set = 0;

	for (unsigned i = 0; i < list->count; i++) {
		const struct walk_reference *r = &list->reference[i];

		set += r->table == WALK_EPT02 && !r->again && r->value & EPT_ACCESSED;
	}
	if (!(steps->eptp & EPTP_ACCESSED_DIRTY))
		return true;
	fprintf(out,
		"accessed flags: set in %u of ept02's %u entries. A clear one would say that the CPU has not read it; a set one "
		"proves nothing, as KVM makes entries so\n",
		set, list->distinct_of[WALK_EPT02]);
	if (!fetched || list->cut || set == list->distinct_of[WALK_EPT02])
		return true;
	pr_err("L2 has fetched by ept02, but not all its entries have been read");
	return false;
}

static bool print_cpu(FILE *out, const struct walk_steps *steps, const struct nb_run *run, const char *ept02)
{
	const char *cpu = walk__text(run, "walk.cpu");
	const bool entered = strcmp(ept02, "1") == 0;
	struct walk_list list;

	if (strcmp(ept02, "none") == 0) {
		fprintf(out, "\nKVM has no ept02 for this ept12 at present\n");
		return true;
	}
	fprintf(out, "\nas the CPU walks: L2's tables and ept02, KVM's own of ept12 and ept01; %s\n",
		entered ? "L2 was last entered by it" : "L2 was last entered by another");
	if (!walk_list__cpu(&list, steps, run))
		return false;
	return print_list(out, &list, steps->end == WALK_PAGE && !list.cut) &&
	       print_accessed(out, &list, steps, entered && cpu && strncmp(cpu, "untried", 7) != 0);
}

bool walk__print_below(FILE *out, const struct nb_run *run)
{
	const char *tables = walk__text(run, "walk.tables"), *ept02 = walk__text(run, "walk.ept02");
	struct walk_steps steps;
	struct walk_check check;
	struct walk_list list;

	if (!tables)
		return true;
	if (strncmp(tables, "untried ", 8) == 0) {
		fprintf(out, "KVM's own tables, the third dimension, are not shown: %s\n", tables + 8);
		return true;
	}
	if (!walk_steps__read(&steps, run) || !ept02) {
		pr_err("the records lack some entries that were read from KVM's tables");
		return false;
	}
	fprintf(out, "\nthree dimensions: each L1-physical address above is KVM's to translate, by ept01\n");
	if (!walk_list__three(&list, &steps, run) || !print_list(out, &list, steps.end == WALK_PAGE && !list.cut))
		return false;
	if (!print_cpu(out, &steps, run, ept02) || !walk__compare(&check, &steps, run))
		return false;
	print_check(out, &check);
	return true;
}

/*
 * Writes the rows of one list. read tells whether the CPU was seen to read the entries: "yes", or
 * "" if this was not checked.
 */
static void put_list(FILE *out, const char *machine, const struct nb_run *run, const char *walk,
		     const struct walk_list *list, const char *read)
{
	for (unsigned i = 0; i < list->count; i++) {
		const struct walk_reference *r = &list->reference[i];

		fprintf(out, "%s,%s,%s,%s,%u,%s,%u,%#" PRIx64 ",%#" PRIx64 ",%#" PRIx64 ",%s,%s\n", machine, run->l0,
			run->config, walk, i + 1, walk_table_text[r->table], r->level, r->address, r->at, r->value,
			r->again ? "yes" : "no", read);
	}
}

/*
 * Returns "yes" if a fetch was checked. The CPU then read all these entries and no others, or
 * walk__print_steps() has failed before.
 */
static const char *were_read(const struct nb_run *run)
{
	const char *cpu = walk__text(run, "walk.cpu");

	return cpu && strncmp(cpu, "untried ", 8) != 0 ? "yes" : "";
}

void walk__put_steps_csv(FILE *out, const char *machine, const struct nb_run *run)
{
	const char *tables = walk__text(run, "walk.tables"), *ept02 = walk__text(run, "walk.ept02");
	struct walk_steps steps;
	struct walk_list list;

	fprintf(out, "machine,l0,config,walk,step,table,level,address,at,value,again,read\n");
	if (!walk_steps__read(&steps, run))
		return;
	walk_list__two(&list, &steps);
	put_list(out, machine, run, "two", &list, were_read(run));
	if (!tables || strcmp(tables, "read") != 0)
		return;
	if (walk_list__three(&list, &steps, run))
		put_list(out, machine, run, "three", &list, "");
	if (ept02 && strcmp(ept02, "none") != 0 && walk_list__cpu(&list, &steps, run))
		put_list(out, machine, run, "cpu", &list, "");
}
