// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claims about keeping an EPT up to date: invalidations, changes of entries, and dirty-page
 * logging.
 */
#include <math.h>
#include <string.h>

#include "l0/claims/claims.h"
#include "l0/results/ledger.h"
#include "microbench/abi/services.h"

static void put_cells(const struct nb_loaded_row *on, const struct nb_loaded_row *off, FILE *out)
{
	fprintf(out, "| %s | %s | %s | %s | %s |\n", on->op, NUMBER(on->exits), NUMBER(off->exits), NUMBER(on->net_p50),
		NUMBER(off->net_p50));
}

/*
 * row[] holds each operation with shadowing on, then off. The other operations are listed but not
 * judged.
 */
enum claims_verdict measure_invalidations(const struct claims_evidence *e, const struct nb_loaded_row *const *row,
					  FILE *out)
{
	static const char *const others[] = {"invvpid_globals", "ept_change"};
	bool one = true;

	fprintf(out, "| operation of L1 | L0 exits, shadowing on | off | net %s, on | off |\n|---|---|---|---|---|\n",
		e->unit);
	for (size_t i = 0; i < CLAIMS_NEEDS_MAX && row[i]; i += 2) {
		put_cells(row[i], row[i + 1], out);
		one = one && claims__same(row[i]->exits, 1) && claims__same(row[i + 1]->exits, 1);
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		const struct nb_loaded_row *on = claims__find(e, others[i], "L1", SHADOW_ON);
		const struct nb_loaded_row *off = claims__find(e, others[i], "L1", SHADOW_OFF);

		if (claims__usable(on) && claims__usable(off))
			put_cells(on, off, out);
	}
	fputs("\nVMCS shadowing removes no such exit. How much is invalidated matters only to L0, after the exit. `ept_change` removes "
	      "an entry from ept12, restores it, and executes one INVEPT for both.\n",
	      out);
	return one ? CLAIMS_REPRODUCED : CLAIMS_CONTRADICTED;
}

/*
 * row[] holds write protection, dirty flags and the page-modification log, all with shadowing on.
 * One execution ends in a hypercall, which is one more exit.
 */
enum claims_verdict measure_dirty_logging(const struct claims_evidence *e, const struct nb_loaded_row *const *row,
					  FILE *out)
{
	static const double per_page[] = {1, 0, 0};
	bool same = true;

	fprintf(out,
		"For %u pages that L2 writes and L1 then collects, which takes one hypercall:\n\n"
		"| operation | virtual exits to L1 | for each page | L0 exits | of these, L0's own | net %s | for each page |\n"
		"|---|---|---|---|---|---|---|\n",
		NB_LOGGED_PAGES, e->unit);
	for (size_t i = 0; i < sizeof(per_page) / sizeof(*per_page); i++) {
		const struct nb_ledger ledger = nb_ledger_of(e->loaded, row[i]);
		const double a_page = (ledger.to_l1 - 1) / NB_LOGGED_PAGES;

		if (isnan(ledger.rest)) {
			fprintf(out, "\nMissing: counters of %s and of `empty`.\n", row[i]->op);
			return CLAIMS_NOT_MEASURED;
		}
		fprintf(out, "| %s | %s | %s | %s | %s | %s | %s |\n", row[i]->op, NUMBER(ledger.to_l1), NUMBER(a_page),
			NUMBER(row[i]->exits), NUMBER(ledger.rest), NUMBER(row[i]->net_p50),
			NUMBER(row[i]->net_p50 / NB_LOGGED_PAGES));
		same = same && claims__same(a_page, per_page[i]);
	}
	fputs("\nThe log has 512 entries and is emptied before it is full, so its one exit for 512 pages is not included. L1 does not see L0's own exits. "
	      "Their number is the same in all three ways. Flags and the log save only the virtual exits. "
	      "[page-table-churn.md](page-table-churn.md#dirty-logging) explains what L0 does.\n",
	      out);
	return same ? CLAIMS_REPRODUCED : CLAIMS_CONTRADICTED;
}
