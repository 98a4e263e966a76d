/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Claims of the literature, each with a function that looks at a stored result and says what came of it.
 * The claims themselves are one table, in claims_table.c; how they are measured is in claims_exits.c, claims_models.c, and so on.
 */
#ifndef NB_L0_CLAIMS_H
#define NB_L0_CLAIMS_H

#include <stdbool.h>
#include <stdio.h>

#include "l0/results/load.h"

enum claims_verdict {
	CLAIMS_REPRODUCED,
	CLAIMS_CONTRADICTED,
	CLAIMS_NOT_TESTABLE, /* by no result of this machine; the text says why */
	CLAIMS_NOT_MEASURED, /* in this result; the text says what is missing */
	CLAIMS_VERDICTS,
};

/* Exits of an execution that L0 has by chance, as it maps pages for itself: a mean may be above what is predicted by less than that. */
#define CLAIMS_BY_CHANCE 0.1

#define CLAIMS_NEEDS_MAX 18 /* rows that one claim looks at */

#define SHADOW_ON  "shadow_vmcs=on"
#define SHADOW_OFF "shadow_vmcs=off"

struct claims_evidence {
	const struct nb_loaded *loaded;
	const char *folder; /* of the result, for what else lies there; NULL: nothing */
	bool latencies;     /* ticks are cycles; else they are instructions, and say nothing about time */
	const char *unit;   /* of ticks, for texts */
};

struct claims_need {
	const char *op, *level, *config;
};

/* Writes what was measured as Markdown and returns the verdict. row[] is what the claim needs, in its order: none is NULL. */
typedef enum claims_verdict (*claims_measure)(const struct claims_evidence *e, const struct nb_loaded_row *const *row,
					      FILE *out);

struct claims_claim {
	const char *name;
	const char *text;
	const char *source;
	const char *predicted; /* and when it counts as reproduced */
	const char *method;
	const char *command; /* makes a result that has the rows; NULL: none can */
	claims_measure measure;
	struct claims_need needs[CLAIMS_NEEDS_MAX]; /* up to the first without op */
};

extern const struct claims_claim claims_table[];
extern const size_t claims_count;

/* --- Reading the result: claims_rows.c --- */

/* The row of KVM as L0, or NULL. */
const struct nb_loaded_row *claims__find(const struct claims_evidence *e, const char *op, const char *level,
					 const char *config);

/* True if it was measured, and its witnesses agreed. row may be NULL. */
bool claims__usable(const struct nb_loaded_row *row);

/* Writes "cpuid on L2 (shadow_vmcs=on): no such row", or what else is wrong with it. */
void claims__put_missing(const struct nb_loaded_row *row, const struct claims_need *need, FILE *out);

/* A file that another run or command has left with the result. False: it is not there, or no CSV, which a line on stderr then says. */
struct nb_csv;
bool claims__open_csv(const struct claims_evidence *e, const char *name, struct nb_csv *csv);

/* A number of such a file, if its columns are those of results.csv. NAN without that row, or if it is not a good one. */
double claims__cell(const struct nb_csv *csv, const char *op, const char *level, const char *config,
		    const char *column);

/* The ways to give L2 its memory, in the order in which claims list them, and their configurations in paging.csv. */
enum { WAY_EPT_ON_EPT, WAY_SHADOW_ON_EPT, WAY_VIRTUAL_TLB, WAY_SHADOW_ON_SHADOW, CLAIMS_WAYS };
struct claims_way {
	const char *name, *config;
};
extern const struct claims_way claims_ways[CLAIMS_WAYS];

#define CLAIMS_NO_PAGING                                                                                               \
	"The result has no paging.csv: the script `suite` (`make bench`) measures the ways one after the other.\n"

/* Whole numbers of exits are whole but for what interrupts do to an average. */
bool claims__same(double a, double b);

/* 10230 -> "10,230"; 4.5 -> "4.50". */
#define CLAIMS_NUMBER 40
const char *claims__number(char text[CLAIMS_NUMBER], double value);
#define NUMBER(value) claims__number((char[CLAIMS_NUMBER]){0}, value)

/* A line through points, by least squares. */
struct claims_fit {
	double start, slope;
	double r2;
	double largest; /* distance of a point from the line, in y */
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

/* --- All of them --- */

/* Writes claims.md of a result, in its folder if that is not NULL; with `only`, that one claim. */
void claims__put(const struct nb_loaded *loaded, const char *folder, const struct claims_claim *only, FILE *out);

/* The same without the evidence: a row a claim. The caller frees the table. */
struct table;
void claims__make_table(const struct nb_loaded *loaded, const char *folder, const struct claims_claim *only,
			struct table *table);

#endif
