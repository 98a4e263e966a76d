# SPDX-License-Identifier: GPL-2.0-only
# Exits to L0 that one operation causes. Loaded by frame.gp. "bars", as l0/plots/exits.c writes them: panel, level, top,
# bottom, exits, text. Panels run to log10(1 + exits).

eval read_rows
load script[1:strstrt(script, "exits.gp") - 1] . "levels.gp"
# 0 must have a place, 1 and 2 be told apart, and hundreds fit.
place(exits) = log10(1 + exits)
# Of the round numbers those that leave room for each other.
set xtics ()
set x2tics ()
free = -1
do for [value in "0 1 2 5 10 20 50 100 200 500 1000 2000 5000 10000"] {
	pixel = place(value) / panel_to[1] * panel_wide[1]
	if (pixel > free) {
		set xtics add (value place(value))
		set x2tics add (value place(value))
		free = pixel + 7 + 7 * strlen(value)
	}
}

do for [panel = 1:panels] {
	eval begin_rows
	set arrow 1 from 0, graph 0 to 0, graph 1 nohead front linecolor rgb ink linewidth 1
	plot @stripes, \
		for [i = 1:levels] data index "bars" using (0):3:(0):(of2(panel, level_number[i], place(column(5)))):3:4 \
			with boxxyerror fillstyle solid 1 border rgb ink linewidth 0.6 \
			linecolor rgb level_shade(level_number[i]) notitle, \
		data index "bars" using (of(panel, place(column(5)))):(($3 + $4) / 2):6 \
			with labels left offset character 0.5, 0 font ",12" textcolor rgb ink noenhanced notitle
	eval end_panel
}
eval begin_legend
eval unit_below
plot @nothing, \
	for [i = 1:levels] keyentry with boxes fillstyle solid 1 border rgb ink linecolor rgb level_shade(level_number[i]) \
		title sprintf("L%d", level_number[i])
