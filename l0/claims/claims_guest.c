// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claims about guest behaviour: events arrive exactly when they must, and some instructions do not
 * trap.
 */
#include <math.h>
#include <string.h>

#include "l0/claims/claims.h"
#include "l0/results/ledger.h"
#include "microbench/ops.h"
#include "vmcs-shadow/exit_reasons.h"

/*
 * The guest checks the events of each execution and ends the run if one is wrong. A row that exists
 * was therefore right.
 */
enum claims_verdict measure_checked(const struct claims_evidence *e, const struct nb_loaded_row *const *row, FILE *out)
{
	(void)e;
	fprintf(out,
		"Right in each of %s executions with shadowing on and %s with shadowing off. The guest checks this and ends "
		"the run if it is wrong: %s.\n",
		NUMBER((double)row[0]->sample_count), NUMBER((double)row[1]->sample_count),
		nb_op_get(row[0]->op) ? nb_op_get(row[0]->op)->text : row[0]->op);
	return CLAIMS_REPRODUCED;
}

enum claims_verdict measure_holes(const struct claims_evidence *e, const struct nb_loaded_row *const *row, FILE *out)
{
	unsigned trapped = 0;

	(void)e;
	fputs("| instruction | L0 exits at L1 | at L2 |\n|---|---|---|\n", out);
	for (size_t i = 0; i < 6; i++) {
		const struct nb_loaded_row *l1 = row[2 * i], *l2 = row[2 * i + 1];

		fprintf(out, "| %s | %s | %s |\n", l1->op, NUMBER(l1->exits), NUMBER(l2->exits));
		trapped += !claims__same(l1->exits, 0) || !claims__same(l2->exits, 0);
	}
	fputs("\nIn VMX non-root operation they read and change the guest's own state. So no host state leaks, "
	      "and POPF sets IF: the hole is closed without a trap. The claim is about deprivileged guests. Our guests "
	      "run in ring 0, so they do not test that part.\n",
	      out);
	return trapped ? CLAIMS_CONTRADICTED : CLAIMS_REPRODUCED;
}

enum claims_verdict measure_holes_closed(const struct claims_evidence *e, const struct nb_loaded_row *const *row,
					 FILE *out)
{
	unsigned wrong = 0;
	bool missing = false;

	fputs("| instruction | exits to L1 | L0 exits |\n|---|---|---|\n", out);
	for (size_t i = 0; i < 4; i++) {
		double to_l1 = nb_counted(e->loaded, row[i], "hv.exit.");

		fprintf(out, "| %s | %s | %s |\n", row[i]->op, NUMBER(to_l1), NUMBER(row[i]->exits));
		wrong += !claims__same(to_l1, 1);
		missing = missing || isnan(to_l1);
	}
	if (missing) {
		fputs("\nMissing: `empty` on L2, which counts the window's own exits.\n", out);
		return CLAIMS_NOT_MEASURED;
	}
	fputs("\nTheir emulation reads fields that KVM does not shadow. Each adds an exit even with VMCS shadowing: see "
	      "[ledger](#ledger).\n",
	      out);
	return wrong ? CLAIMS_CONTRADICTED : CLAIMS_REPRODUCED;
}

enum claims_verdict measure_popf_exit(const struct claims_evidence *e, const struct nb_loaded_row *const *row,
				      FILE *out)
{
	unsigned reasons = 0, of_popf = 0;

	(void)e;
	for (unsigned i = 0; i < VMX_EXIT_REASON_COUNT; i++) {
		const char *name = vmx_exit_reason_name(i);

		reasons += strcmp(name, "UNKNOWN") != 0;
		of_popf += strstr(name, "POPF") || strstr(name, "SMSW");
	}
	fprintf(out,
		"POPF: %s exits, SMSW: %s. Of the manual's %u exit reasons, %u are for them, and no VM-execution control "
		"names them (SDM 26.1.3). VMX needs no exit for POPF. IF in a guest's RFLAGS belongs to the guest, and "
		"external-interrupt exiting gives the interrupts to L0. SMSW reads CR0 through its mask and read shadow.\n",
		NUMBER(row[0]->exits), NUMBER(row[1]->exits), reasons, of_popf);
	return of_popf ? CLAIMS_REPRODUCED : CLAIMS_CONTRADICTED;
}

enum claims_verdict measure_umip(const struct claims_evidence *e, const struct nb_loaded_row *const *row, FILE *out)
{
	const char *cpu = nb_loaded_metadata(e->loaded, "emulated_cpu");

	(void)row;
	fputs("Not testable: no operation sets CR4.UMIP", out);
	if (cpu && strstr(cpu, "skylake"))
		fprintf(out, ", and the emulated CPU (%s) is older than UMIP", cpu);
	fputs(".\n", out);
	return CLAIMS_NOT_TESTABLE;
}
