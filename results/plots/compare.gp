# SPDX-License-Identifier: GPL-2.0-only
# Ratios of each side to the first. Loaded by frame.gp. "points" and "means", as l0/plots/compare_figure.c writes them: panel,
# series, y, ratio, its text; "scale": 1 if the axis is linear; "configs": number and title of each series.

eval read_rows
array config_name[64]
configs = 0
stats data index "configs" using (configs = configs + 1, config_name[configs] = strcol(2), 0) nooutput
stats data index "scale" using (linear = int(column(1)), 0) nooutput

if (linear) {
	span = panel_to[1] - panel_from[1]
	pixels = panel_wide[1] / 46.0
	step = 1.0
	do for [try in "0.5 0.25 0.2 0.1 0.05 0.02 0.01 0.005"] { if (span / try <= pixels) { step = try + 0 } }
	set xtics step
	set x2tics step
	set format x "%g"
	set format x2 "%g"
} else {
	set logscale x
	set logscale x2
	set xtics ()
	set x2tics ()
	do for [decade = -3:5] {
		do for [i = 1:3] {
			value = int(word("1 2 5", i)) * 10.0 ** decade
			if (i == 1 || panel_to[1] / panel_from[1] < 300) {
				set xtics add (sprintf("%g", value) value)
				set x2tics add (sprintf("%g", value) value)
			}
		}
	}
}

# Six shapes and six shades make 36 different marks.
shade(i) = config_shade(i + (i - 1) / 6)

# One series has its numbers beside it. Marks of several get smaller, so that none is hidden by one at the same place.
size(i) = configs == 1 ? 1.3 : 1.6 - 0.2 * (i > 5 ? 5 : i)
do for [panel = 1:panels] {
	eval begin_rows
	set arrow 1 from 1, graph 0 to 1, graph 1 nohead front linecolor rgb ink linewidth 1.4
	plot @stripes, \
		data index "points" using (of2(panel, 1, 1)):3:(column(4) - 1):(0) \
			with vectors nohead linewidth 1.6 linecolor rgb "#9aa3ab" notitle, \
		data index "means" using (of2(panel, 1, 1)):3:(column(4) - 1):(0) \
			with vectors nohead linewidth 3 linecolor rgb "#9aa3ab" notitle, \
		for [i = 2:2 * configs + 1] data index "points" using (of2(panel, i / 2, column(4))):3 \
			with points pointtype config_point(i / 2) pointsize mark(size(i / 2) + (i % 2 ? 0 : 0.3)) \
			linecolor rgb (i % 2 ? shade(i / 2) : ink) notitle, \
		for [i = 2:2 * configs + 1] data index "means" using (of2(panel, i / 2, column(4))):3 \
			with points pointtype config_point(i / 2) pointsize mark(size(i / 2) + (i % 2 ? 0.3 : 0.6)) \
			linecolor rgb (i % 2 ? shade(i / 2) : ink) notitle, \
		for [name in "points means"] data index name using \
			(configs > 1 ? NaN : of2(panel, 1, column(4) > 1 ? column(4) : 1)):3:5 \
			with labels left offset character 0.9, 0 font ",11" textcolor rgb ink noenhanced notitle
	eval end_panel
}
eval begin_legend
eval unit_below
plot @nothing, \
	for [i = 1:configs] keyentry with points pointtype config_point(i) pointsize mark(size(1)) \
		linecolor rgb shade(i) title config_name[i]
