// SPDX-License-Identifier: GPL-2.0-only
/*
 * Published times. They are compared as ratios if the clock counts cycles; otherwise they are only
 * shown.
 */
#include "l0/claims/claims.h"

/*
 * DVH, ASPLOS 2020, in cycles. Computers and kernels differ, so ratios within a factor of two count
 * as equal.
 */
#define DVH_NEAR 2.0

static enum claims_verdict compare(const struct claims_evidence *e, const struct nb_loaded_row *const *row, double vm,
				   double nested, const char *difference, FILE *out)
{
	double published = nested / vm, measured = row[1]->net_p50 / row[0]->net_p50;

	fprintf(out,
		"%s to %s %s: L2 takes %.1f times as many as L1, by %s L0 exits to %s. Published: %.0f to %.0f cycles, %.1f "
		"times as many.\n",
		NUMBER(row[0]->net_p50), NUMBER(row[1]->net_p50), e->unit, measured, NUMBER(row[1]->exits),
		NUMBER(row[0]->exits), vm, nested, published);
	if (*difference)
		fprintf(out, "%s\n", difference);
	if (!e->latencies) {
		fputs("\nNot testable: the claim is about time. Instructions are not cycles, and an exit of hardware costs "
		      "time but no instruction.\n",
		      out);
		return CLAIMS_NOT_TESTABLE;
	}
	return measured <= DVH_NEAR * published && measured >= published / DVH_NEAR ? CLAIMS_REPRODUCED
										    : CLAIMS_CONTRADICTED;
}

enum claims_verdict measure_dvh_hypercall(const struct claims_evidence *e, const struct nb_loaded_row *const *row,
					  FILE *out)
{
	return compare(e, row, 1575, 37733, "", out);
}

enum claims_verdict measure_dvh_ipi(const struct claims_evidence *e, const struct nb_loaded_row *const *row, FILE *out)
{
	return compare(
		e, row, 3273, 39456,
		"Our IPI goes to the same CPU, and includes taking the interrupt and its EOI. The published one goes to another CPU.",
		out);
}

enum claims_verdict measure_dvh_timer(const struct claims_evidence *e, const struct nb_loaded_row *const *row,
				      FILE *out)
{
	return compare(
		e, row, 2005, 43359,
		"Ours arms the timer, waits, takes the interrupt and writes EOI. The published one only arms the timer.",
		out);
}
