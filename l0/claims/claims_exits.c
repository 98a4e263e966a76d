// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claims about numbers of exits: the L0 exits of one L2 instruction, and the exits that L0 does not
 * forward to L1.
 */
#include <math.h>
#include <string.h>

#include "l0/claims/claims.h"
#include "l0/results/ledger.h"

/* Turtles, OSDI 2010. */
#define TURTLES_CPUID        13
#define TURTLES_CPUID_DIRECT 2
#define TURTLES_READS        7
#define TURTLES_WRITES       4
#define TURTLES_PIO          31
#define TURTLES_PIO_DIRECT   14

enum claims_verdict measure_cpuid_direct(const struct claims_evidence *e, const struct nb_loaded_row *const *row,
					 FILE *out)
{
	(void)e;
	fprintf(out,
		"L0 exits: %s. These are CPUID itself and our VMRESUME. Our hypervisor made VMREADs: %s, VMWRITEs: %s. None "
		"of them exited. VMCS shadowing does in hardware what the paper's direct access did in software.\n",
		NUMBER(row[0]->exits), NUMBER(row[0]->vmreads), NUMBER(row[0]->vmwrites));
	return claims__same(row[0]->exits, TURTLES_CPUID_DIRECT) ? CLAIMS_REPRODUCED : CLAIMS_CONTRADICTED;
}

enum claims_verdict measure_cpuid_trapped(const struct claims_evidence *e, const struct nb_loaded_row *const *row,
					  FILE *out)
{
	double accesses = row[0]->vmreads + row[0]->vmwrites;

	(void)e;
	fprintf(out,
		"L0 exits: %s. These are VMREADs: %s, VMWRITEs: %s, CPUID and VMRESUME. The number depends on the hypervisor that handles "
		"the exit, and not on the architecture. The general rule is exits = 2 + accesses: ours %s = 2 + %s, "
		"the paper's %d = 2 + %d.\n",
		NUMBER(row[0]->exits), NUMBER(row[0]->vmreads), NUMBER(row[0]->vmwrites), NUMBER(row[0]->exits),
		NUMBER(accesses), TURTLES_CPUID, TURTLES_READS + TURTLES_WRITES);
	if (!claims__same(row[0]->exits, 2 + accesses))
		fputs("\nBut here our exits are not 2 + accesses.\n", out);
	return claims__same(row[0]->exits, TURTLES_CPUID) ? CLAIMS_REPRODUCED : CLAIMS_CONTRADICTED;
}

enum claims_verdict measure_pio_exits(const struct claims_evidence *e, const struct nb_loaded_row *const *row,
				      FILE *out)
{
	(void)e;
	fprintf(out,
		"L0 exits with trapped accesses: %s (VMREADs: %s, VMWRITEs: %s), with shadowing: %s; for CPUID %s and %s. "
		"On this path only VMCS accesses of our hypervisor trap. The paper's L1 was KVM "
		"and had %d exits left with direct access. Every nested exit needs two of them. As with CPUID, the "
		"other exits depend on the hypervisor.\n",
		NUMBER(row[1]->exits), NUMBER(row[1]->vmreads), NUMBER(row[1]->vmwrites), NUMBER(row[0]->exits),
		NUMBER(row[3]->exits), NUMBER(row[2]->exits), TURTLES_PIO_DIRECT);
	return claims__same(row[1]->exits, TURTLES_PIO) && claims__same(row[0]->exits, TURTLES_PIO_DIRECT)
		       ? CLAIMS_REPRODUCED
		       : CLAIMS_CONTRADICTED;
}

/* L1 does not intercept these operations, so L0 handles their exits itself. ops.h lists them. */
static const char *const kept_ops[] = {"pio_kernel", "pio_user", "mmio_kernel", "mmio_user",
				       "rdmsr_l0",   "wbinvd",   "ud"};

enum claims_verdict measure_kept(const struct claims_evidence *e, const struct nb_loaded_row *const *row, FILE *out)
{
	unsigned measured = 0, wrong = 0;

	fprintf(out,
		"Compared with the same kind of exit handled by L1 (pio, %s %s):\n\n"
		"| operation at L2 | L0 exits | exits to L1 | %s | pio / this |\n|---|---|---|---|---|\n",
		NUMBER(row[0]->net_p50), e->unit, e->unit);
	for (size_t i = 0; i < sizeof(kept_ops) / sizeof(kept_ops[0]); i++) {
		const struct nb_loaded_row *kept = claims__find(e, kept_ops[i], "L2", SHADOW_ON);
		double to_l1 = claims__usable(kept) ? nb_counted(e->loaded, kept, "hv.exit.") : NAN;

		if (isnan(to_l1)) {
			fprintf(out, "| %s | not measured | | | |\n", kept_ops[i]);
			continue;
		}
		fprintf(out, "| %s | %s | %s | %s | %.1f |\n", kept_ops[i], NUMBER(kept->exits), NUMBER(to_l1),
			NUMBER(kept->net_p50), row[0]->net_p50 / kept->net_p50);
		measured++;
		wrong += !(kept->exits > 0.99 && kept->exits < 1 + CLAIMS_BY_CHANCE) || !claims__same(to_l1, 0);
	}
	if (measured == 0)
		return CLAIMS_NOT_MEASURED;
	return wrong ? CLAIMS_CONTRADICTED : CLAIMS_REPRODUCED;
}

enum claims_verdict measure_clock_page(const struct claims_evidence *e, const struct nb_loaded_row *const *row,
				       FILE *out)
{
	/*
	 * A sample of rdtsc_trap contains two RDTSCs, one exit apart. Its exits belong to two
	 * RDTSCs, and its ticks to one.
	 */
	double exits = row[1]->exits / 2;

	fprintf(out,
		"The clock page: %s exits and %s %s. A trapped RDTSC: %s exits and %s %s, %.0f times as many. A read of the page "
		"includes an RDTSC, so this holds for a guest whose RDTSC does not trap.\n",
		NUMBER(row[0]->exits), NUMBER(row[0]->net_p50), e->unit, NUMBER(exits), NUMBER(row[1]->net_p50),
		e->unit, row[1]->net_p50 / row[0]->net_p50);
	return claims__same(row[0]->exits, 0) && exits > 0 && row[0]->net_p50 < row[1]->net_p50 ? CLAIMS_REPRODUCED
												: CLAIMS_CONTRADICTED;
}

/*
 * A KVM event request makes a nested exit 3% slower (paper-notes/event-requests.md). A smaller
 * difference than this counts as none.
 */
#define MESSAGE_NEAR 0.05

enum claims_verdict measure_message_order(const struct claims_evidence *e, const struct nb_loaded_row *const *row,
					  FILE *out)
{
	static const char *const places[] = {"L2, handled by L1, shadowing on", "L2, handled by L1, shadowing off",
					     "L1, handled by KVM and its user space"};
	bool ordered = true;

	fprintf(out,
		"| where | hypercall: %s (exits) | port I/O | MMIO | port I/O / hypercall | MMIO / hypercall |\n"
		"|---|---|---|---|---|---|\n",
		e->unit);
	for (size_t i = 0; i < 3; i++) {
		const struct nb_loaded_row *const *three = row + 3 * i;

		fprintf(out, "| %s | %s (%s) | %s (%s) | %s (%s) | %.2f | %.2f |\n", places[i],
			NUMBER(three[0]->net_p50), NUMBER(three[0]->exits), NUMBER(three[1]->net_p50),
			NUMBER(three[1]->exits), NUMBER(three[2]->net_p50), NUMBER(three[2]->exits),
			three[1]->net_p50 / three[0]->net_p50, three[2]->net_p50 / three[0]->net_p50);
		ordered = ordered && three[1]->net_p50 > (1 - MESSAGE_NEAR) * three[0]->net_p50 &&
			  three[2]->net_p50 > (1 + MESSAGE_NEAR) * three[0]->net_p50;
	}
	fputs("\nAt L2 each has the same number of exits to L1: one. The device needs more accesses to the VMCS. Port I/O needs the "
	      "qualification. MMIO needs the guest-physical address and the fields for reading the instruction. Without shadowing each "
	      "access is an exit. At L1, L0's kernel answers the hypercall and its user space answers for the devices. This is the larger "
	      "part of the ratio there.\n",
	      out);
	if (fabs(row[1]->net_p50 / row[0]->net_p50 - 1) < MESSAGE_NEAR)
		fputs("\nWith shadowing, the measurement cannot distinguish the hypercall from the port: an "
		      "[event request](event-requests.md) of KVM changes a nested exit by as much.\n",
		      out);
	return ordered ? CLAIMS_REPRODUCED : CLAIMS_CONTRADICTED;
}
