// SPDX-License-Identifier: GPL-2.0-only
/* The counters of each of our hypervisors, found by its name. */
#include "l0/witness/chain.h"

#include <stdio.h>
#include <string.h>

int nb_level_number(const char *level)
{
	return level[0] == 'L' && level[1] >= '0' && level[1] <= '9' && level[2] == '\0' ? level[1] - '0' : -1;
}

const char *nb_chain_part(const struct nb_counter *counter, const char *name, const char *group)
{
	const size_t length = strlen(name), more = strlen(group);
	const char *key = counter->key;

	if (strncmp(key, name, length) != 0 || key[length] != '.' || strncmp(key + length + 1, group, more) != 0)
		return NULL;
	return key + length + 1 + more;
}

/*
 * Counters that are 0 are left out, so any counter of this name shows that the hypervisor counted.
 */
static bool has_said(const struct nb_window_set *set, const char *name)
{
	for (size_t i = 0; i < set->counter_count; i++)
		if (nb_chain_part(&set->counters[i], name, ""))
			return true;
	return false;
}

void nb_chain_find(struct nb_chain *chain, const struct nb_window_set *set)
{
	const int level = nb_level_number(set->level), first = strcmp(set->l0, "kvm") == 0;

	memset(chain, 0, sizeof(*chain));
	for (int i = first; i < level && chain->count < NB_CHAIN_MAX; i++)
		snprintf(chain->name[chain->count++], sizeof(chain->name[0]), "l%d", i % 10);
	if (chain->count > 0 && !has_said(set, chain->name[chain->count - 1]))
		strcpy(chain->name[chain->count - 1], "hv");
	while (chain->said < chain->count && has_said(set, chain->name[chain->said]))
		chain->said++;
}

static uint64_t value_of(const struct nb_window_set *set, const char *name, const char *group, const char *rest)
{
	for (size_t i = 0; i < set->counter_count; i++) {
		const char *part = nb_chain_part(&set->counters[i], name, group);

		if (part && strcmp(part, rest) == 0)
			return set->counters[i].value;
	}
	return 0;
}

uint64_t nb_chain_value(const struct nb_window_set *set, const char *name, const char *key)
{
	return value_of(set, name, key, "");
}

bool nb_is_made_of_interrupt(const char *key)
{
	const char *dot = strchr(key, '.');

	return dot && (strcmp(dot, ".exit.EXTERNAL_INTERRUPT") == 0 || strcmp(dot, ".exit.PREEMPTION_TIMER") == 0);
}

uint64_t nb_chain_sum(const struct nb_window_set *set, const char *name, const char *group)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < set->counter_count; i++)
		if (nb_chain_part(&set->counters[i], name, group) && !nb_is_made_of_interrupt(set->counters[i].key))
			sum += set->counters[i].value;
	return sum;
}

bool nb_chain_reason(const struct nb_window_set *set, size_t i, const char *below, const char *above,
		     const char **reason, uint64_t *passed_on, uint64_t *handled)
{
	const char *exit = nb_chain_part(&set->counters[i], above, "exit.");

	*reason = exit ? exit : nb_chain_part(&set->counters[i], below, "nested.");
	if (!*reason)
		return false;
	*handled = value_of(set, above, "exit.", *reason);
	if (!exit && *handled) /* the hypervisor's own counter already stands for this reason */
		return false;
	*passed_on = value_of(set, below, "nested.", *reason);
	return true;
}
