// SPDX-License-Identifier: GPL-2.0-only
/* A claim about the ledger: each L0 exit of each operation at L2 has a known cause. */
#include <math.h>
#include <string.h>

#include "l0/claims/claims.h"
#include "l0/results/ledger.h"
#include "microbench/ops.h"

/*
 * Writes the fields that trap even with shadowing on. An access that only the window overhead makes
 * counts as zero.
 */
static void put_trapped(const struct claims_evidence *e, const struct nb_loaded_row *row, FILE *out)
{
	const char *separator = "";

	for (size_t i = 0; i < row->counter_count; i++) {
		const char *key = row->counters[i].key;

		if (!nb_ledger_traps(key, true) || !(nb_counted(e->loaded, row, key) > 0.005))
			continue;
		fprintf(out, "%s%s", separator, key + strlen("hv."));
		separator = ", ";
	}
}

/*
 * Returns true if the exits follow from the instruction alone. For other operations ops.h predicts
 * nothing.
 */
static bool is_predicted(const char *op)
{
	const struct nb_op_info *info = nb_op_get(op);

	return info && info->l1 != NB_COUNTED && info->l0 != NB_COUNTED;
}

static bool is_plain(const struct nb_ledger *on, const struct nb_ledger *off)
{
	return claims__same(on->accesses, 0) && claims__same(on->housekeeping, 0) && claims__same(on->rest, 0) &&
	       claims__same(off->rest, 0);
}

static void put_entry(const struct claims_evidence *e, const struct nb_loaded_row *on, const struct nb_loaded_row *off,
		      const struct nb_ledger *with, const struct nb_ledger *without, FILE *out)
{
	fprintf(out, "| %s | %s | %s | %s | %s ", on->op, NUMBER(on->exits), NUMBER(off->exits), NUMBER(with->to_l1),
		NUMBER(with->accesses));
	if (!claims__same(with->accesses, 0)) {
		fputs("(", out);
		put_trapped(e, on, out);
		fputs(") ", out);
	}
	fprintf(out, "| %s | %s | %s | %s |\n", NUMBER(without->accesses), NUMBER(with->housekeeping),
		NUMBER(with->rest), NUMBER(without->rest));
}

enum claims_verdict measure_ledger(const struct claims_evidence *e, const struct nb_loaded_row *const *row, FILE *out)
{
	unsigned rows = 0, plain = 0, predicted = 0, wrong = 0;

	(void)row;
	fputs("The table has the operations at L2 that do not take 2 exits for each exit to L1 with shadowing on, or that have "
	      "exits left over. [exits-per-op.md](exits-per-op.md) explains them:\n\n"
	      "| operation | L0 exits, on | off | exits to L1 | accesses that trap, on | off | own trapping instructions "
	      "| left over, on | off |\n|---|---|---|---|---|---|---|---|---|\n",
	      out);
	for (size_t i = 0; i < e->loaded->row_count; i++) {
		const struct nb_loaded_row *on = &e->loaded->rows[i], *off;
		struct nb_ledger with, without;

		if (strcmp(on->level, "L2") != 0 || strcmp(on->config, SHADOW_ON) != 0 ||
		    strcmp(on->route, "L1") != 0 || strcmp(on->l0, "kvm") != 0)
			continue;
		off = claims__find(e, on->op, "L2", SHADOW_OFF);
		if (!claims__usable(on) || !claims__usable(off))
			continue;
		with = nb_ledger_of(e->loaded, on);
		without = nb_ledger_of(e->loaded, off);
		if (isnan(with.rest) || isnan(without.rest))
			continue;
		rows++;
		if (is_predicted(on->op)) {
			predicted++;
			wrong += !claims__same(with.rest, 0) || !claims__same(without.rest, 0);
		}
		if (is_plain(&with, &without))
			plain++;
		else
			put_entry(e, on, off, &with, &without, out);
	}
	if (predicted == 0) {
		fputs("\nMissing: operations at L2 that L1 handles, and `empty`, with shadowing on and off.\n", out);
		return CLAIMS_NOT_MEASURED;
	}
	fprintf(out,
		"\nNo exit is left over in %u of the %u operations whose exits follow from the instruction alone. Of all %u "
		"operations that L1 handles, %u are not in this table.\n",
		predicted - wrong, predicted, rows, plain);
	return wrong ? CLAIMS_CONTRADICTED : CLAIMS_REPRODUCED;
}
