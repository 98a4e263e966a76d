# SPDX-License-Identifier: GPL-2.0-only
# Where the time of operations' cascades goes. Loaded by frame.gp. "bars" and "totals", as l0/plots/trace_figures.c writes
# them: panel 1 in the clock's unit, panel 2 in percent.

load script[1:strstrt(script, "trace-breakdown.gp") - 1] . "parts.gp"
eval read_rows
do for [panel = 1:2] {
	eval begin_rows
	set format x (panel == 1 ? "%.0s%c" : "%g %%")
	set format x2 (panel == 1 ? "%.0s%c" : "%g %%")
	set xlabel (panel == 1 ? unit : "share of the sum") offset 0, -0.1 textcolor rgb ink noenhanced
	if (top_axis(0)) { set x2tics }
	plot @stripes, \
		for [part = 1:6] data index "bars" using (of2(panel, part, $5)):3:5:6:3:4 \
			with boxxyerror fillstyle solid 1 border rgb ink linewidth 0.6 linecolor rgb part_shade(part) notitle, \
		data index "totals" using (panel == 1 ? $2 : NaN):1:3 with labels left offset character 0.6, 0 font ",12" \
			textcolor rgb ink noenhanced notitle
	eval end_panel
}
eval begin_legend
plot @nothing, \
	for [i = 1:parts] keyentry with boxes fillstyle solid 1 border rgb ink linecolor rgb part_shade(part_number[i]) \
		title part_name[i]
