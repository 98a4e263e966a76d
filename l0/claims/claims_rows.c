// SPDX-License-Identifier: GPL-2.0-only
/*
 * Access to a stored result for claims: rows by name, files in the result's folder, and the fit of
 * a line.
 */
#include <gsl/gsl_fit.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "l0/base/util.h"
#include "l0/claims/claims.h"
#include "l0/results/csv.h"

/* Tolerance of a mean number of exits. results.json has two decimals. */
#define EXITS_OFF 0.011

const struct nb_loaded_row *claims__find(const struct claims_evidence *e, const char *op, const char *level,
					 const char *config)
{
	for (size_t i = 0; i < e->loaded->row_count; i++) {
		const struct nb_loaded_row *row = &e->loaded->rows[i];

		if (strcmp(row->op, op) == 0 && strcmp(row->level, level) == 0 && strcmp(row->config, config) == 0 &&
		    strcmp(row->l0, "kvm") == 0)
			return row;
	}
	return NULL;
}

bool claims__usable(const struct nb_loaded_row *row)
{
	return row && strcmp(row->status, "ok") == 0 && row->sample_count && isfinite(row->net_p50) &&
	       isfinite(row->exits);
}

void claims__put_missing(const struct nb_loaded_row *row, const struct claims_need *need, FILE *out)
{
	fprintf(out, "%s on %s (%s): ", need->op, need->level, need->config);
	if (!row)
		fputs("no such row", out);
	else if (strcmp(row->status, "ok") != 0)
		fprintf(out, "%s%s%s", row->status, *row->note ? ", " : "", row->note);
	else
		fputs("its row has no median without the loop, or no count of exits", out);
}

bool claims__open_csv(const struct claims_evidence *e, const char *name, struct nb_csv *csv)
{
	char path[600] = "";

	if (e->folder)
		text__format(path, sizeof(path), "%s/%s", e->folder, name);
	if (!*path || access(path, F_OK) != 0 || !nb_csv_read(csv, path))
		return false;
	nb_csv_keep_first_machine(csv);
	return true;
}

double claims__cell(const struct nb_csv *csv, const char *op, const char *level, const char *config, const char *column)
{
	for (size_t row = 0; row < csv->rows; row++)
		if (strcmp(nb_csv_cell(csv, row, "op"), op) == 0 &&
		    strcmp(nb_csv_cell(csv, row, "level"), level) == 0 &&
		    strcmp(nb_csv_cell(csv, row, "config"), config) == 0 &&
		    strcmp(nb_csv_cell(csv, row, "status"), "ok") == 0)
			return nb_csv_number(csv, row, column);
	return NAN;
}

bool claims__same(double a, double b)
{
	return fabs(a - b) < EXITS_OFF;
}

const char *claims__number(char text[CLAIMS_NUMBER], double value)
{
	char digits[CLAIMS_NUMBER];
	size_t length, whole, out = 0;

	if (!(fabs(value) < 1e15)) { /* includes NAN */
		snprintf(text, CLAIMS_NUMBER, "%g", value);
		return text;
	}
	snprintf(digits, sizeof(digits), fabs(value - round(value)) < 0.005 ? "%.0f" : "%.2f", fabs(value));
	length = strlen(digits);
	whole = strcspn(digits, ".");
	if (value < 0 && strspn(digits, "0.") != length)
		text[out++] = '-';
	for (size_t i = 0; i < length; i++) {
		if (i > 0 && i < whole && (whole - i) % 3 == 0)
			text[out++] = ',';
		text[out++] = digits[i];
	}
	text[out] = '\0';
	return text;
}

struct claims_fit claims__fit(const double *x, const double *y, size_t n)
{
	double cov00, cov01, cov11, squares, all = gsl_stats_tss(y, 1, n);
	struct claims_fit fit = {.largest = 0};

	gsl_fit_linear(x, 1, y, 1, n, &fit.start, &fit.slope, &cov00, &cov01, &cov11, &squares);
	fit.r2 = all > 0 ? 1 - squares / all : NAN;
	for (size_t i = 0; i < n; i++)
		fit.largest = fmax(fit.largest, fabs(fit.start + fit.slope * x[i] - y[i]));
	return fit;
}
