# SPDX-License-Identifier: GPL-2.0-only
# What one operation costs at each level. Loaded by frame.gp. "bars", as l0/plots/exit_latency.c writes them: panel,
# level, top, bottom, median, minimum, 99th percentile, the first panel's median, and y, x and text of the value.

eval read_rows
set logscale x
set logscale x2
set x2tics
set format x "10^{%T}"
set format x2 "10^{%T}"
left(dummy) = panel_from[panel]
middle(dummy) = (column(3) + column(4)) / 2
reach(dummy) = column(7) - column(6)
load script[1:strstrt(script, "exit-latency.gp") - 1] . "levels.gp"

do for [panel = 1:panels] {
	eval begin_rows
	plot @stripes, \
		for [i = 1:levels] data index "bars" using (left(0)):3:(left(0)):(of2(panel, level_number[i], column(5))):3:4 \
			with boxxyerror fillstyle solid 1 border rgb ink linewidth 0.6 \
			linecolor rgb level_shade(level_number[i]) notitle, \
		data index "bars" using (of(panel, column(6))):(middle(0)):(reach(0)):(0) \
			with vectors nohead linewidth 3.6 linecolor rgb "#ffffff" notitle, \
		data index "bars" using (of(panel, column(6))):(middle(0)):(reach(0)):(0) \
			with vectors nohead linewidth 1.5 linecolor rgb ink notitle, \
		data index "bars" using (of(panel, column(8))):(middle(0)) \
			with points pointtype 13 pointsize mark(0.95) linecolor rgb ink notitle, \
		data index "bars" using (of(panel, column(8))):(middle(0)) \
			with points pointtype 13 pointsize mark(0.6) linecolor rgb "#ffffff" notitle, \
		data index "bars" using (of(panel, column(10))):9:11 \
			with labels left offset character 0.8, 0 font ",11" textcolor rgb ink noenhanced notitle
	eval end_panel
}
eval begin_legend
eval unit_below
plot @nothing, \
	for [i = 1:levels] keyentry with boxes fillstyle solid 1 border rgb ink linecolor rgb level_shade(level_number[i]) \
		title sprintf("L%d", level_number[i])
