# SPDX-License-Identifier: GPL-2.0-only
# How much slower an operation gets one level deeper. Loaded by frame.gp. "points", as l0/plots/slowdown.c writes them:
# panel, configuration, y, ratio, and the first configuration's ratio as text.

eval read_rows
array config_name[64]
configs = 0
stats data index "configs" using (configs = configs + 1, config_name[configs] = strcol(2), 0) nooutput

set logscale x
set logscale x2
set xtics ()
set x2tics ()
do for [decade = 0:5] {
	do for [i = 1:3] {
		value = int(word("1 2 5", i)) * 10 ** decade
		text = sprintf("%d", value)
		# In thousands there is no room for all.
		if (i == 1 || panel_to[1] < 2000) { set xtics add (text value); set x2tics add (text value) }
	}
}

# Marks get smaller from the first to the last, so that none is hidden by one at the same place. i counts outlines, too.
size(config) = 1.7 - 0.25 * (config > 5 ? 5 : config)
do for [panel = 1:panels] {
	eval begin_rows
	set arrow 1 from 1, graph 0 to 1, graph 1 nohead front linecolor rgb ink linewidth 1.4
	plot @stripes, \
		data index "points" using (of2(panel, 1, 1)):3:(column(4) - 1):(0) \
			with vectors nohead linewidth 1.6 linecolor rgb "#9aa3ab" notitle, \
		for [i = 2:2 * configs + 1] data index "points" using (of2(panel, i / 2, column(4))):3 \
			with points pointtype config_point(i / 2) pointsize mark(size(i / 2) + (i % 2 ? 0 : 0.3)) \
			linecolor rgb (i % 2 ? config_shade(i / 2) : ink) notitle, \
		data index "points" using (of2(panel, 1, panel_to[panel])):3:(strcol(5) . "×") \
			with labels left offset character 0.6, 0 font ",12" textcolor rgb ink noenhanced notitle
	eval end_panel
}
eval begin_legend
eval unit_below
plot @nothing, \
	for [i = 1:configs] keyentry with points pointtype config_point(i) pointsize mark(size(1)) \
		linecolor rgb config_shade(i) title config_name[i]
