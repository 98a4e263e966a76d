// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes the figure `fault-cascades`: the exits to L0 that one page fault in L2 causes, stacked by
 * their origin. Each configuration is a panel.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "l0/plots/figure.h"
#include "l0/plots/plots.h"
#include "l0/results/ledger.h"

#define LEVEL         2
#define LANE          30.0
#define PANEL_WIDE    330.0
#define ROOM_FOR_TEXT 44.0

enum part { FROM_L2, VMRESUME, ACCESSES, OTHERS, OF_L0, PARTS };

static const char *const part_text[PARTS] = {
	"L2's exit, which L1 handles", "L1's VMRESUME", "L1's VMREADs and VMWRITEs", "L1's other instructions",
	"exits that L0 handles alone",
};

/*
 * Operations that are one fault are named by the kind of fault, the page size unless it is 4 KiB,
 * and a digit n. The digit is the number of levels of page tables.
 */
static const char *const faults[] = {"touch_", "demand_"}, *const sizes[] = {"", "2m_", "1g_"};

/* Returns the text after the prefix, or NULL if the text has another prefix. */
static const char *behind(const char *text, const char *prefix)
{
	const size_t length = strlen(prefix);

	return text && strncmp(text, prefix, length) == 0 ? text + length : NULL;
}

/*
 * Returns the number of table levels that the fault adds to. Returns 0 if the operation is no such
 * fault.
 */
static unsigned levels_of(const char *op)
{
	for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++)
		for (size_t j = 0; j < sizeof(sizes) / sizeof(*sizes); j++) {
			const char *digit = behind(behind(op, faults[i]), sizes[j]);

			if (digit && *digit >= '1' && *digit <= '9' && !digit[1])
				return (unsigned)(*digit - '0');
		}
	return 0;
}

/*
 * Returns the number of exits according to PVM (SOSP 2023), or NAN. PVM gives numbers for a fault
 * with EPT on EPT, and for a fault whose handler changes page tables that are shadowed on EPT.
 */
static double published(const char *op, const struct config *config)
{
	const bool touches = behind(op, faults[0]), shadows = config->mmu > CONFIG_MMU_EPT;

	if (config->ept == CONFIG_OFF || touches == shadows)
		return NAN;
	return touches ? levels_of(op) + 3 : 2 * levels_of(op) + 4;
}

/*
 * Splits the exits by origin, from the counters. Returns false without counters. L0 can report an
 * exit to L1 that no CPU made. That exit makes the rest negative, and is subtracted.
 */
static bool parts_of(const struct nb_plot_input *input, size_t op, size_t config, double parts[PARTS])
{
	const struct nb_suite *suite = input->suite;
	const struct nb_loaded *loaded = input->samples;

	for (size_t i = 0; loaded && i < loaded->row_count; i++) {
		const struct nb_loaded_row *row = &loaded->rows[i];
		struct nb_ledger ledger;

		if (strcmp(row->op, suite->ops[op].name) != 0 || strcmp(row->level, "L2") != 0 ||
		    strcmp(row->l0, "kvm") != 0 || strcmp(suite->configs[config].l0, "kvm") != 0 ||
		    strcmp(row->config, suite->configs[config].words) != 0 ||
		    !nb_suite_is_of(suite, row->kernel, row->kernel_args, row->cpu))
			continue;
		ledger = nb_ledger_of(loaded, row);
		parts[FROM_L2] = ledger.to_l1 + fmin(ledger.rest, 0);
		parts[VMRESUME] = ledger.to_l1;
		parts[ACCESSES] = ledger.accesses;
		parts[OTHERS] = ledger.housekeeping;
		parts[OF_L0] = fmax(ledger.rest, 0);
		return isfinite(ledger.rest);
	}
	return false;
}

static bool has_panel(const struct nb_plot_input *input, size_t config)
{
	double parts[PARTS];

	for (size_t op = 0; op < input->suite->op_count; op++)
		if (levels_of(input->suite->ops[op].name) && parts_of(input, op, config, parts))
			return true;
	return false;
}

/*
 * Writes lines of the block "bars": panel, part, top, bottom, from, to. Returns the end of the last
 * part.
 */
static double write_bar(FILE *out, size_t panel, double middle, double half, const double parts[PARTS],
			bool there[PARTS])
{
	double at = 0;

	for (size_t i = 0; i < PARTS; i++) {
		if (parts[i] < 0.03) /* too small to see, so it is not in the legend */
			continue;
		there[i] = true;
		fprintf(out, "%zu\t%zu\t%.1f\t%.1f\t%.6g\t%.6g\n", panel, i + 1, middle - half, middle + half, at,
			at + parts[i]);
		at += parts[i];
	}
	return at;
}

/*
 * Writes the blocks "bars", "published" (panel, y, exits) and "totals" (panel, y, exits, text). If
 * the published mark would overlap the text, the text moves behind the mark. Returns the largest
 * number of exits.
 */
static double write_panels(FILE *out, const struct nb_plot_input *input, const struct nb_rows *rows, bool there[PARTS])
{
	static const char *const blocks[] = {"bars", "published", "totals"};
	const struct nb_suite *suite = input->suite;
	double most = 1, parts[PARTS];

	for (size_t block = 0; block < sizeof(blocks) / sizeof(*blocks); block++) {
		size_t panel = 0;

		nb_block(out, blocks[block]);
		for (size_t config = 0; config < suite->config_count; config++) {
			if (!has_panel(input, config))
				continue;
			panel++;
			for (size_t op = 0; op < suite->op_count; op++) {
				double exits = fmax(nb_suite_cell(suite, op, config, LEVEL)->exits, 0);
				double said = published(suite->ops[op].name, &suite->configs[config].config);
				double y = nb_rows_middle(rows, op);
				char text[NB_SHORT];

				if (isnan(rows->top[op]) || !parts_of(input, op, config, parts))
					continue;
				if (block == 0)
					most = fmax(most, write_bar(out, panel, y, rows->lane * 0.34, parts, there));
				else if (block == 1 && !isnan(said))
					fprintf(out, "%zu\t%.1f\t%.6g\n", panel, y, said);
				else if (block == 2)
					fprintf(out, "%zu\t%.1f\t%.6g\t%s\n", panel, y,
						said > exits && said < exits + 0.17 * most ? said : exits,
						nb_short(text, exits));
				most = fmax(most, isnan(said) ? 0 : said);
			}
		}
	}
	return most;
}

const char *nb_plot_fault_cascades(const struct nb_plot_input *input, FILE *out)
{
	const struct nb_suite *suite = input->suite;
	struct nb_figure figure = {
		.title = "Exits to L0 that a page fault in L2 causes",
		.reading =
			"touch_n: L1 adds to n levels of its tables; demand_n: L2's own handler adds to n levels of its tables. "
			"2m, 1g: a page of this size. An exit is two world switches",
		.axis = "exits to L0 for one execution",
	};
	bool there[PARTS] = {false}, measured = false;
	size_t panels = 0;
	struct nb_rows rows;
	unsigned *lanes;
	double most, left, end;

	for (size_t op = 0; op < suite->op_count; op++)
		measured = measured || levels_of(suite->ops[op].name);
	if (!measured)
		return "";
	if (!input->samples)
		return "there is no results.json";
	for (size_t config = 0; config < suite->config_count; config++)
		panels += has_panel(input, config);
	if (panels == 0)
		return "no first touch and no page on demand was measured at L2 with KVM as L0, beside `empty`";
	lanes = nb_zeroed(suite->op_count, sizeof(*lanes));
	for (size_t op = 0; op < suite->op_count; op++)
		lanes[op] = levels_of(suite->ops[op].name) > 0;
	nb_rows_place(&rows, suite, lanes, LANE, LANE);
	free(lanes);
	most = write_panels(out, input, &rows, there);
	end = most * PANEL_WIDE / (PANEL_WIDE - ROOM_FOR_TEXT);
	nb_block(out, "panels");
	left = rows.labels;
	for (size_t config = 0; config < suite->config_count; config++) {
		if (!has_panel(input, config))
			continue;
		nb_panel_write(out, &(struct nb_panel){left, rows.above, PANEL_WIDE, rows.total, 0, end,
						       suite->configs[config].title});
		left += PANEL_WIDE + NB_FIGURE_GAP;
	}
	nb_block(out, "parts");
	for (size_t i = 0; i < PARTS; i++)
		if (there[i])
			fprintf(out, "%zu\t%s\n", i + 1, part_text[i]);
	figure.wide = left + NB_FIGURE_SIDE - NB_FIGURE_GAP;
	nb_figure_end(out, suite, &figure, &rows, NULL);
	return NULL;
}
