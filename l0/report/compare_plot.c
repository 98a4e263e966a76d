// SPDX-License-Identifier: GPL-2.0-only
/*
 * Draws the figure of a comparison: compare.svg and compare.png. Creates the folder if it is
 * missing.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "l0/base/layout.h"
#include "l0/base/util.h"
#include "l0/plots/compare_figure.h"
#include "l0/plots/single_plot.h"
#include "l0/report/compare.h"

bool compare_plot__draw(const struct comparison *c, const char *folder)
{
	struct nb_single single;
	char programs[512];
	const char *lack;
	FILE *data;

	if (!programs__folder(programs, sizeof(programs)))
		return false;
	if (mkdir(folder, 0777) != 0 && errno != EEXIST) {
		pr_err("cannot make the folder %s for the plot: %s", folder, strerror(errno));
		return false;
	}
	if (!nb_single_begin(&single, folder, programs))
		return false;
	data = nb_single_data(&single);
	if (!data)
		return false;
	lack = nb_compare_figure_write(data, &c->matches);
	if (lack) {
		nb_single_drop(&single, data);
		pr_err("no plot compare: %s", lack);
		return false;
	}
	return nb_single_draw(&single, data, "compare", "compare");
}
