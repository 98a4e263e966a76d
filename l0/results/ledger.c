// SPDX-License-Identifier: GPL-2.0-only
/*
 * Assigns exits to L0 to their origin: exits of L2 that L1 handles, trapped instructions of L1 on
 * the way, and the rest, which L0 handles alone.
 */
#include "l0/results/ledger.h"

#include <math.h>
#include <string.h>

#include "l0/request/config.h"
#include "vmcs-shadow/fields.h"

#define VMREAD  "hv.vmread."
#define VMWRITE "hv.vmwrite."

static bool begins(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

static double sum(const struct nb_loaded_row *row, const char *prefix)
{
	double total = 0;

	for (size_t i = 0; i < row->counter_count; i++)
		if (begins(row->counters[i].key, prefix))
			total += (double)row->counters[i].value;
	return total;
}

static const struct nb_loaded_row *empty_of(const struct nb_loaded *loaded, const struct nb_loaded_row *row)
{
	for (size_t i = 0; i < loaded->row_count; i++) {
		const struct nb_loaded_row *other = &loaded->rows[i];

		if (strcmp(other->op, "empty") == 0 && strcmp(other->level, row->level) == 0 &&
		    strcmp(other->config, row->config) == 0 && strcmp(other->l0, row->l0) == 0 &&
		    nb_loaded_same_machine(other, row))
			return other;
	}
	return NULL;
}

double nb_counted(const struct nb_loaded *loaded, const struct nb_loaded_row *row, const char *prefix)
{
	const struct nb_loaded_row *empty = empty_of(loaded, row);
	double counted;

	if (!empty || strcmp(empty->status, "ok") != 0 || !(empty->windows > 0) || !(row->windows > 0) ||
	    !row->sample_count)
		return NAN;
	counted = (sum(row, prefix) - row->windows * sum(empty, prefix) / empty->windows) / (double)row->sample_count;
	return counted == 0 ? 0 : counted; /* turns -0 into 0 */
}

/* KVM shadows read-only fields only for VMREAD. */
bool nb_ledger_traps(const char *key, bool shadowing)
{
	bool write = begins(key, VMWRITE);
	int field;

	if (!write && !begins(key, VMREAD))
		return false;
	field = vmcs_field_index_of_name(key + strlen(write ? VMWRITE : VMREAD));
	if (!shadowing || field < 0)
		return true;
	return vmcs_field_info[field].shadowed == (uint8_t)VMCS_SHADOWED_NONE ||
	       (write && vmcs_field_info[field].shadowed != (uint8_t)VMCS_SHADOWED_RW);
}

struct nb_ledger nb_ledger_of(const struct nb_loaded *loaded, const struct nb_loaded_row *row)
{
	const bool shadowing = config__of(row->config).shadow_vmcs == CONFIG_SHADOWING_ON;
	struct nb_ledger ledger = {
		.to_l1 = nb_counted(loaded, row, "hv.exit."),
		.housekeeping = nb_counted(loaded, row, "hv.housekeeping"),
	};

	for (size_t i = 0; i < row->counter_count; i++)
		if (nb_ledger_traps(row->counters[i].key, shadowing))
			ledger.accesses += nb_counted(loaded, row, row->counters[i].key);
	ledger.rest = row->exits - 2 * ledger.to_l1 - ledger.accesses - ledger.housekeeping;
	return ledger;
}
