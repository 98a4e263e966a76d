// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claims that are formulas. Each formula is fitted to the measurements, and the text reports the
 * largest residual.
 */
#include <math.h>

#include "l0/claims/claims.h"

/*
 * --- A loop of RDTSC and 40 cycles of arithmetic; the cycles are hypothetical, from the tutorial
 * text ---
 */

#define LOOP_ARITHMETIC 40.0
#define LOOP_RDTSC      25.0
#define LOOP_EXIT       1500.0
#define LOOP_EMULATION  200.0
#define LOOP_FACTOR     10.0 /* our threshold for "an order of magnitude" */

static void put_loop(const struct claims_evidence *e, const char *place, const struct nb_loaded_row *native,
		     const struct nb_loaded_row *trapped, FILE *out)
{
	double before = LOOP_ARITHMETIC + native->net_p50, after = LOOP_ARITHMETIC + trapped->net_p50;

	/* A sample of rdtsc_trap contains two RDTSCs, one exit apart. */
	fprintf(out, "| %s | %s %s | %s | %.0f | %s |\n", place, NUMBER(before), e->unit, NUMBER(after), after / before,
		NUMBER(trapped->exits / 2));
}

enum claims_verdict measure_rdtsc_loop(const struct claims_evidence *e, const struct nb_loaded_row *const *row,
				       FILE *out)
{
	double least = fmin(row[1]->net_p50, row[2]->net_p50);

	fprintf(out,
		"One iteration, %.0f %s of arithmetic and the RDTSC, at L2:\n\n"
		"| VMCS shadowing | not trapped | trapped | factor | L0 exits of one iteration |\n|---|---|---|---|---|\n",
		LOOP_ARITHMETIC, e->unit);
	put_loop(e, "on", row[0], row[1], out);
	put_loop(e, "off", row[0], row[2], out);
	fprintf(out,
		"\nThe source's cycles give %.0f / %.0f = %.1f at one level. This tests only the direction, and that "
		"nesting increases the factor. The factor here is of %s, at two levels.\n",
		LOOP_ARITHMETIC + LOOP_EXIT + LOOP_EMULATION, LOOP_ARITHMETIC + LOOP_RDTSC,
		(LOOP_ARITHMETIC + LOOP_EXIT + LOOP_EMULATION) / (LOOP_ARITHMETIC + LOOP_RDTSC), e->unit);
	return (LOOP_ARITHMETIC + least) / (LOOP_ARITHMETIC + row[0]->net_p50) > LOOP_FACTOR ? CLAIMS_REPRODUCED
											     : CLAIMS_CONTRADICTED;
}

enum claims_verdict measure_exit_dominates(const struct claims_evidence *e, const struct nb_loaded_row *const *row,
					   FILE *out)
{
	double predicted = LOOP_EXIT / (LOOP_EXIT + LOOP_EMULATION), on = row[0]->net_p50 / row[1]->net_p50,
	       off = row[2]->net_p50 / row[3]->net_p50;

	fprintf(out,
		"An exit to our hypervisor and back without any handler (vmresume_exit): %s %s. A hypercall that it handles "
		"(vmcall): %s. So %.1f%% is the exit itself. The source's cycles give %.1f%%. Without VMCS shadowing it is "
		"%s of %s, %.1f%%. The handler then adds mostly its own exits: %s.\n",
		NUMBER(row[0]->net_p50), e->unit, NUMBER(row[1]->net_p50), 100 * on, 100 * predicted,
		NUMBER(row[2]->net_p50), NUMBER(row[3]->net_p50), 100 * off, NUMBER(row[3]->exits - row[2]->exits));
	if (!e->latencies)
		fputs("\nThe exit here is L0's software: KVM's path to L1 and back. The hardware's part of it counts as "
		      "no instruction, and would make the share larger.\n",
		      out);
	return on >= predicted ? CLAIMS_REPRODUCED : CLAIMS_CONTRADICTED;
}

/* --- T(n) = T0 (1 - n dt) --- */

#define WORKS 5
static const double traps[WORKS] = {0, 1, 2, 4, 8};
#define THROUGHPUT_R2 0.999
/*
 * The largest residual, as a part of T0. An event request slows a nested exit by 3%
 * (paper-notes/event-requests.md).
 */
#define THROUGHPUT_NEAR 0.02

/*
 * Returns true if the model holds for the rows work_0 ... work_8. cpuid is the row of one CPUID
 * alone.
 */
static bool put_throughput(const char *place, const struct nb_loaded_row *const *work,
			   const struct nb_loaded_row *cpuid, FILE *out)
{
	double rate[WORKS], throughput[WORKS], t0;
	struct claims_fit fit;

	for (size_t i = 0; i < WORKS; i++) {
		throughput[i] = 1 / work[i]->net_p50;
		rate[i] = traps[i] / work[i]->net_p50;
	}
	fit = claims__fit(rate, throughput, WORKS);
	t0 = fit.start;
	fprintf(out, "| %s | %s | %s | %s | %s | %s | %s | %.6f | %.2f%% |\n", place, NUMBER(work[0]->net_p50),
		NUMBER(work[4]->net_p50), NUMBER(1e6 * rate[4]), NUMBER(1 / t0), NUMBER(-fit.slope / t0),
		NUMBER(cpuid->net_p50), fit.r2, 100 * fit.largest / t0);
	return fit.r2 >= THROUGHPUT_R2 && fit.largest <= THROUGHPUT_NEAR * t0;
}

enum claims_verdict measure_throughput(const struct claims_evidence *e, const struct nb_loaded_row *const *row,
				       FILE *out)
{
	bool holds;

	for (size_t i = 0; i < 15; i++)
		if (!(row[i]->net_p50 > 0)) {
			fputs("Missing: a positive time of each loop.\n", out);
			return CLAIMS_NOT_MEASURED;
		}
	fprintf(out,
		"The same work with 0, 1, 2, 4 and 8 CPUIDs; T = 1 / %s, n = traps / %s, least squares over the five:\n\n"
		"| where | no trap: %s | 8 traps | 8 traps: n in a million %s | fitted 1 / T0 | fitted dt | one CPUID alone | R2 | "
		"largest residual, of T0 |\n|---|---|---|---|---|---|---|---|---|\n",
		e->unit, e->unit, e->unit, e->unit);
	holds = put_throughput("L1", row, row[15], out);
	holds = put_throughput("L2, shadowing on", row + 5, row[16], out) && holds;
	holds = put_throughput("L2, shadowing off", row + 10, row[17], out) && holds;
	fputs("\nThe formula is an identity if every trap takes dt. This tests that dt does not depend on the number of "
	      "traps.\n",
	      out);
	if (!e->latencies)
		fputs("In a window with [event requests](event-requests.md) a nested exit costs 3% more, which makes a residual. "
		      "The source's typical dt, about 500 ns, is a latency and is not tested.\n",
		      out);
	return holds ? CLAIMS_REPRODUCED : CLAIMS_CONTRADICTED;
}

/* --- Latency t_s + t_n / B + (B - 1) / (2 lambda) --- */

#define BATCHES 4
static const double batches[BATCHES] = {1, 4, 16, 64};
#define BATCHING_NEAR 0.02 /* largest residual, as a part of the measured value */

static double latency(double service, double notification, double batch, double rate)
{
	return service + notification / batch + (batch - 1) / (2 * rate);
}

static void put_batches(const struct nb_loaded_row *const *row, const struct claims_fit *fit, FILE *out)
{
	/* The arrival rate is half of the throughput without batches. */
	double rate = 0.5 / row[0]->net_p50;

	for (size_t i = 0; i < BATCHES; i++) {
		double b = batches[i], ticks = row[i]->net_p50;

		fprintf(out, "| %.0f | %s | %s | %s | %s | %s | %.3f | %s |\n", b, NUMBER(ticks),
			NUMBER(fit->start + fit->slope * b), NUMBER(ticks / b), NUMBER(fit->slope + fit->start / b),
			NUMBER(1e6 * b / ticks), row[i]->exits / b, NUMBER(latency(fit->slope, fit->start, b, rate)));
	}
}

/* Returns true if t_n + B t_s fits the measurements. */
static bool put_batching(const struct claims_evidence *e, const char *place, const struct nb_loaded_row *const *row,
			 FILE *out)
{
	double ticks[BATCHES], worst = 0;
	struct claims_fit fit;

	for (size_t i = 0; i < BATCHES; i++)
		ticks[i] = row[i]->net_p50;
	fit = claims__fit(batches, ticks, BATCHES);
	for (size_t i = 0; i < BATCHES; i++)
		worst = fmax(worst, fabs(fit.start + fit.slope * batches[i] - ticks[i]) / ticks[i]);
	fprintf(out,
		"VMCS shadowing %s: t_n = %s and t_s = %s %s by least squares, R2 = %.6f, at most %.2f%% from the "
		"measurement.\n\n"
		"| B | one kick: %s | t_n + B t_s | one packet | t_s + t_n / B | packets in a million %s | L0 exits of a packet | "
		"latency by the formula |\n|---|---|---|---|---|---|---|---|\n",
		place, NUMBER(fit.start), NUMBER(fit.slope), e->unit, fit.r2, 100 * worst, e->unit, e->unit);
	put_batches(row, &fit, out);
	fputs("\n", out);
	return worst <= BATCHING_NEAR;
}

enum claims_verdict measure_batching(const struct claims_evidence *e, const struct nb_loaded_row *const *row, FILE *out)
{
	bool holds;

	for (size_t i = 0; i < 2 * BATCHES; i++)
		if (!(row[i]->net_p50 > 0)) {
			fputs("Missing: a positive time of each kick.\n", out);
			return CLAIMS_NOT_MEASURED;
		}
	holds = put_batching(e, "on", row, out);
	holds = put_batching(e, "off", row + BATCHES, out) && holds;
	fprintf(out,
		"The measurement is t_s + t_n / B, the cost of a packet. The last column adds the wait for the batch to fill. This wait "
		"is computed, not measured: (B - 1) / (2 lambda) with lambda at half of the throughput of B = 1. "
		"t_s + t_n / B is also not the time until a packet is back. In our echo that is the whole kick. The source's own example, "
		"t_s = 1.0 us, t_n = 0.32 us, lambda = 300,000 a second, recomputed: %.2f us with B = 1, %.2f us with B = "
		"4.\n",
		latency(1.0, 0.32, 1, 0.3), latency(1.0, 0.32, 4, 0.3));
	return holds ? CLAIMS_REPRODUCED : CLAIMS_CONTRADICTED;
}
