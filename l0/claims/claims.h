/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Claims of the literature. Each claim has a function that examines a stored result and returns a
 * verdict. The claims are one table in claims_table.c. The measuring functions are in
 * claims_exits.c, claims_formulas.c and the other claims_*.c files.
 */
#ifndef NB_L0_CLAIMS_H
#define NB_L0_CLAIMS_H

#include <stdbool.h>
#include <stdio.h>

#include "l0/results/load.h"

enum claims_verdict {
	CLAIMS_REPRODUCED,
	CLAIMS_CONTRADICTED,
	CLAIMS_NOT_TESTABLE, /* no result of this machine can test it; the text says why */
	CLAIMS_NOT_MEASURED, /* this result lacks the data; the text says which */
	CLAIMS_VERDICTS,
};

/*
 * L0 sometimes exits to map pages for itself. These chance exits raise the mean of an execution by
 * less than this.
 */
#define CLAIMS_BY_CHANCE 0.1

#define CLAIMS_NEEDS_MAX 18 /* rows that one claim can examine */

#define SHADOW_ON  "shadow_vmcs=on"
#define SHADOW_OFF "shadow_vmcs=off"

struct claims_evidence {
	const struct nb_loaded *loaded;
	const char *folder; /* folder of the result, which may hold more files; NULL: none */
	bool latencies;     /* true: ticks are cycles; false: ticks are instructions, which do not show time */
	const char *unit;   /* name of the tick unit, for texts */
};

struct claims_need {
	const char *op, *level, *config;
};

/*
 * Writes the measurement as Markdown and returns the verdict. row[] holds the rows that the claim
 * needs, in the order of its needs[]. No needed row is NULL.
 */
typedef enum claims_verdict (*claims_measure)(const struct claims_evidence *e, const struct nb_loaded_row *const *row,
					      FILE *out);

struct claims_claim {
	const char *name;
	const char *text;
	const char *source;
	const char *predicted; /* the prediction, and the condition for "reproduced" */
	const char *method;
	const char *command; /* command that makes a result with these rows; NULL: no command can */
	claims_measure measure;
	struct claims_need needs[CLAIMS_NEEDS_MAX]; /* ends at the first entry without op */
};

extern const struct claims_claim claims_table[];
extern const size_t claims_count;

/* --- Reading the result: claims_rows.c --- */

/* Returns the row whose L0 is KVM, or NULL if the result has none. */
const struct nb_loaded_row *claims__find(const struct claims_evidence *e, const char *op, const char *level,
					 const char *config);

/* Returns true if the row was measured and its witnesses agreed. row may be NULL. */
bool claims__usable(const struct nb_loaded_row *row);

/*
 * Writes the defect of the row, for example "cpuid on L2 (shadow_vmcs=on): no such row". row may be
 * NULL.
 */
void claims__put_missing(const struct nb_loaded_row *row, const struct claims_need *need, FILE *out);

/*
 * Opens a CSV file that another run or command has stored in the result's folder. Returns false if
 * the file does not exist, or if it cannot be read as CSV. In the second case it prints one line on
 * stderr.
 */
struct nb_csv;
bool claims__open_csv(const struct claims_evidence *e, const char *name, struct nb_csv *csv);

/*
 * Returns a number from a CSV file that has the columns of results.csv. Returns NAN if the row does
 * not exist or its status is not "ok".
 */
double claims__cell(const struct nb_csv *csv, const char *op, const char *level, const char *config,
		    const char *column);

/*
 * The ways to give L2 its memory, in the order in which claims list them, with their configurations
 * in paging.csv.
 */
enum { WAY_EPT_ON_EPT, WAY_SHADOW_ON_EPT, WAY_VIRTUAL_TLB, WAY_SHADOW_ON_SHADOW, CLAIMS_WAYS };
struct claims_way {
	const char *name, *config;
};
extern const struct claims_way claims_ways[CLAIMS_WAYS];

#define CLAIMS_NO_PAGING                                                                                               \
	"The result has no paging.csv: the script `suite` (`make bench`) measures the ways one after the other.\n"

/*
 * Compares two mean numbers of exits. Interrupts and rounding make a mean differ slightly from a
 * whole number.
 */
bool claims__same(double a, double b);

/* Formats a number for a text: 10230 -> "10,230"; 4.5 -> "4.50". Returns text. */
#define CLAIMS_NUMBER 40
const char *claims__number(char text[CLAIMS_NUMBER], double value);
#define NUMBER(value) claims__number((char[CLAIMS_NUMBER]){0}, value)

/* A line through points, by least squares. r2 is NAN if all y are equal. */
struct claims_fit {
	double start, slope;
	double r2;
	double largest; /* largest distance of a point from the line, in y */
};
struct claims_fit claims__fit(const double *x, const double *y, size_t n);

/* --- How claims are measured --- */

#define CLAIMS_MEASURES(X)                                                                                             \
	X(cpuid_direct)                                                                                                \
	X(cpuid_trapped)                                                                                               \
	X(pio_exits)                                                                                                   \
	X(ledger)                                                                                                      \
	X(shadowing_exits)                                                                                             \
	X(shadowing_overhead)                                                                                          \
	X(rdtsc_loop)                                                                                                  \
	X(exit_dominates)                                                                                              \
	X(throughput)                                                                                                  \
	X(message_order)                                                                                               \
	X(batching)                                                                                                    \
	X(checked)                                                                                                     \
	X(holes)                                                                                                       \
	X(holes_closed)                                                                                                \
	X(popf_exit)                                                                                                   \
	X(umip)                                                                                                        \
	X(dvh_hypercall)                                                                                               \
	X(dvh_ipi)                                                                                                     \
	X(dvh_timer)                                                                                                   \
	X(depth)                                                                                                       \
	X(depth_exits)                                                                                                 \
	X(shadowed_fields)                                                                                             \
	X(shadow_policy)                                                                                               \
	X(clock_page)                                                                                                  \
	X(kept)                                                                                                        \
	X(walk)                                                                                                        \
	X(walk_steps)                                                                                                  \
	X(invalidations)                                                                                               \
	X(dirty_logging)                                                                                               \
	X(tlb_miss)                                                                                                    \
	X(first_touch)                                                                                                 \
	X(demand)                                                                                                      \
	X(churn)

#define X(name)                                                                                                        \
	enum claims_verdict measure_##name(const struct claims_evidence *e, const struct nb_loaded_row *const *row,    \
					   FILE *out);
CLAIMS_MEASURES(X)
#undef X

/* --- All claims --- */

/*
 * Writes the text of claims.md to out. folder is the folder of the result, or NULL. If only is not
 * NULL, it writes that claim alone.
 */
void claims__put(const struct nb_loaded *loaded, const char *folder, const struct claims_claim *only, FILE *out);

/*
 * Makes the table of verdicts without the evidence, one row for each claim. The caller frees the
 * table.
 */
struct table;
void claims__make_table(const struct nb_loaded *loaded, const char *folder, const struct claims_claim *only,
			struct table *table);

#endif
