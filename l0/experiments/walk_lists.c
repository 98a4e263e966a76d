// SPDX-License-Identifier: GPL-2.0-only
/*
 * Combines steps and paths into lists, counts the references, and compares the addresses to which
 * they lead.
 */
#include "l0/experiments/walk_lists.h"

#include <inttypes.h>
#include <string.h>

#include "l0/base/util.h"

const char *const walk_table_text[WALK_TABLES] = {"L2", "ept12", "ept01", "ept02"};

static void add(struct walk_list *list, struct walk_reference reference)
{
	if (list->count == WALK_REFERENCES_MAX)
		return; /* no walk is so long: at most EPT_LEVELS_MAX entries a path, WALK_STEPS_MAX steps */
	for (unsigned i = 0; i < list->count; i++)
		reference.again = reference.again || list->reference[i].at == reference.at;
	list->reference[list->count++] = reference;
	list->of[reference.table]++;
	list->distinct += !reference.again;
	list->distinct_of[reference.table] += !reference.again;
}

/*
 * Records the number of entries that translate another address. It stores 0 if the numbers differ
 * between addresses.
 */
static void add_levels(struct walk_list *list, enum walk_table table, unsigned levels, bool *differ)
{
	*differ = *differ || (list->levels[table] && list->levels[table] != levels);
	list->levels[table] = *differ ? 0 : levels;
}

static void add_step(struct walk_list *list, const struct walk_step *step, uint64_t at)
{
	add(list, (struct walk_reference){.table = step->kind == 'g' ? WALK_L2 : WALK_EPT12,
					  .level = step->level,
					  .address = step->physical,
					  .at = at,
					  .value = step->value});
}

/* Records the levels of L2's tables and of ept12 in a walk. */
static void add_step_levels(struct walk_list *list, const struct walk_steps *steps)
{
	bool differ = false;
	unsigned run = 0;

	list->levels[WALK_L2] = steps->guest;
	for (unsigned i = 0; i <= steps->count; i++) {
		if (i < steps->count && steps->step[i].kind == 'e') {
			run++;
			continue;
		}
		if (run)
			add_levels(list, WALK_EPT12, run, &differ);
		run = 0;
	}
}

void walk_list__two(struct walk_list *list, const struct walk_steps *steps)
{
	*list = (struct walk_list){0};
	add_step_levels(list, steps);
	for (unsigned i = 0; i < steps->count; i++)
		add_step(list, &steps->step[i], steps->step[i].address);
}

static bool find_path(struct ept_path *path, const struct nb_run *run, enum walk_table table, uint64_t address)
{
	const char *text;
	char key[48];

	text__format(key, sizeof(key), "walk.%s.%" PRIx64, walk_table_text[table], address);
	text = walk__text(run, key);
	if (text && ept_path__parse(text, path))
		return true;
	pr_err("the run does not say how %s translates %#" PRIx64 "%s%s", walk_table_text[table], address,
	       text ? ": " : "", text ? text : "");
	return false;
}

/*
 * Finds the address to which a table leads. Returns false after a message if the run does not hold
 * the path, or if the path is broken.
 */
static bool follow(struct ept_path *path, const struct nb_run *run, enum walk_table table, uint64_t address,
		   enum ept_end *end, uint64_t *to)
{
	uint64_t size;

	if (!find_path(path, run, table, address))
		return false;
	*end = ept_path__end(path, address, to, &size);
	if (*end == EPT_BROKEN)
		pr_err("the entries of %s for %#" PRIx64 " make no path", walk_table_text[table], address);
	return *end != EPT_BROKEN;
}

struct adding {
	struct walk_list *list;
	const struct nb_run *run;
	enum walk_table table;
	bool differ;
	uint64_t root; /* the same for every address; 0: not known yet */
};

/*
 * Adds all entries of an address's path, which leads to *to. If the path does not reach a page, it
 * marks the list as cut. Returns false after a message.
 */
static bool add_path(struct adding *a, uint64_t address, uint64_t *to)
{
	struct ept_path path;
	enum ept_end end;

	if (!follow(&path, a->run, a->table, address, &end, to))
		return false;
	if (a->root && a->root != path.root) {
		pr_err("%s has two topmost tables, at %#" PRIx64 " and %#" PRIx64, walk_table_text[a->table], a->root,
		       path.root);
		return false;
	}
	a->root = path.root;
	for (unsigned i = 0; i < path.entries; i++)
		add(a->list, (struct walk_reference){.table = a->table,
						     .level = ept_path__level(&path, i),
						     .address = address,
						     .at = ept_path__at(&path, address, i),
						     .value = path.entry[i]});
	add_levels(a->list, a->table, path.entries, &a->differ);
	a->list->paths[path.entries]++;
	a->list->cut = end != EPT_PAGE;
	return true;
}

bool walk_list__three(struct walk_list *list, const struct walk_steps *steps, const struct nb_run *run)
{
	struct adding a = {.list = list, .run = run, .table = WALK_EPT01};
	uint64_t at;

	*list = (struct walk_list){0};
	add_step_levels(list, steps);
	for (unsigned i = 0; i < steps->count; i++) {
		if (!add_path(&a, steps->step[i].address, &at))
			return false;
		if (list->cut)
			return true;
		add_step(list, &steps->step[i], at);
	}
	return steps->end != WALK_PAGE || add_path(&a, steps->address, &at);
}

bool walk_list__cpu(struct walk_list *list, const struct walk_steps *steps, const struct nb_run *run)
{
	struct adding a = {.list = list, .run = run, .table = WALK_EPT02};
	uint64_t at;

	*list = (struct walk_list){0};
	list->levels[WALK_L2] = steps->guest;
	for (unsigned i = 0; i < steps->count; i++) {
		if (steps->step[i].kind != 'g')
			continue;
		if (!add_path(&a, steps->step[i].physical, &at))
			return false;
		if (list->cut)
			return true;
		add_step(list, &steps->step[i], at);
	}
	return steps->end == WALK_NOT_PRESENT || add_path(&a, steps->physical, &at);
}

unsigned walk_list__formula(const struct walk_list *list)
{
	unsigned product = 1, sum = 0;
	bool one = true;

	for (unsigned table = 0; table < WALK_TABLES; table++) {
		one = one && (list->levels[table] || !list->of[table]);
		product *= list->levels[table] + 1;
	}
	for (unsigned levels = 1; levels <= EPT_LEVELS_MAX; levels++)
		sum += list->paths[levels] * (levels + 1);
	return (one ? product : sum) - 1;
}

/*
 * Compares both translations of an L2-physical address. l1 is the L1-physical address that ept12
 * gives for it.
 */
static bool compare(struct walk_check *check, const struct nb_run *run, uint64_t l2, uint64_t l1)
{
	uint64_t composed = 0, real = 0;
	enum ept_end end01, end02;
	struct ept_path path;

	if (!follow(&path, run, WALK_EPT01, l1, &end01, &composed) ||
	    !follow(&path, run, WALK_EPT02, l2, &end02, &real))
		return false;
	check->addresses++;
	check->absent += end02 != EPT_PAGE;
	check->leads += end02 == EPT_PAGE && end01 == EPT_PAGE && real == composed;
	if (end02 != EPT_PAGE || (end01 == EPT_PAGE && real == composed))
		return true;
	if (end01 == EPT_PAGE)
		pr_err("L2-physical %#" PRIx64 ": ept02 leads to host-physical %#" PRIx64
		       ", ept12 to L1-physical %#" PRIx64 " and ept01 from there to %#" PRIx64,
		       l2, real, l1, composed);
	else
		pr_err("L2-physical %#" PRIx64 ": ept02 leads to host-physical %#" PRIx64
		       ", ept12 to L1-physical %#" PRIx64 ", for which ept01 has nothing",
		       l2, real, l1);
	return false;
}

/*
 * Checks that ept01 leads to the host-physical page that the kernel's pagemap gives for our memory.
 */
static bool compare_memory(struct walk_check *check, const struct nb_run *run, uint64_t l1)
{
	struct ept_path path;
	uint64_t to, memory;
	enum ept_end end;
	const char *text;
	char key[40];

	text__format(key, sizeof(key), "walk.host.%" PRIx64, l1);
	text = walk__text(run, key);
	if (!text)
		return true;
	if (!follow(&path, run, WALK_EPT01, l1, &end, &to))
		return false;
	check->memory++;
	if (sscanf(text, "%" SCNx64, &memory) == 1 && (end != EPT_PAGE || memory == to)) {
		check->found += end == EPT_PAGE;
		return true;
	}
	pr_err("L1-physical %#" PRIx64 ": ept01 leads to host-physical %#" PRIx64
	       ", the VMM's memory there is at 0x%s by its pagemap",
	       l1, to, text);
	return false;
}

/* ept12 does not map this address, so ept02 must not map it either. */
static bool compare_violation(const struct nb_run *run, uint64_t l2)
{
	struct ept_path path;
	enum ept_end end;
	uint64_t to;

	if (!follow(&path, run, WALK_EPT02, l2, &end, &to))
		return false;
	if (end == EPT_PAGE)
		pr_err("L2-physical %#" PRIx64 ": ept12 has nothing there, but ept02 leads to host-physical %#" PRIx64,
		       l2, to);
	return end != EPT_PAGE;
}

bool walk__compare(struct walk_check *check, const struct walk_steps *steps, const struct nb_run *run)
{
	const bool has_ept02 = strcmp(walk__text(run, "walk.ept02"), "none") != 0;
	bool good = true;

	*check = (struct walk_check){0};
	for (unsigned i = 0; i < steps->count; i++) {
		const struct walk_step *step = &steps->step[i];
		bool known = false;

		if (step->kind == 'g' && has_ept02)
			good = compare(check, run, step->physical, step->address) && good;
		for (unsigned k = 0; k < i; k++)
			known = known || steps->step[k].address == step->address;
		if (!known)
			good = compare_memory(check, run, step->address) && good;
	}
	if (steps->end == WALK_PAGE) {
		good = compare_memory(check, run, steps->address) && good;
		good = (!has_ept02 || compare(check, run, steps->physical, steps->address)) && good;
	} else if (steps->end == WALK_VIOLATION && has_ept02) {
		good = compare_violation(run, steps->physical) && good;
	}
	return good;
}
