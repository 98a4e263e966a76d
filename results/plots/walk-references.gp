# SPDX-License-Identifier: GPL-2.0-only
# References of a page walk by the levels of both dimensions. Loaded by frame.gp. "cells", as l0/plots/walk_figure.c writes
# them: panel, EPT's levels, guest's levels, value, text.

most = 0
stats data index "cells" using (most = column(4) > most ? column(4) : most, 0) nooutput
# From nearly white to the dark blue of the other plots.
part_of(v, light, dark) = int(light + (dark - light) * v / most)
shade(v) = 65536 * part_of(v, 0xee, 0x1b) + 256 * part_of(v, 0xf3, 0x49) + part_of(v, 0xf6, 0x71)
letters(v) = v > 0.55 * most ? 0xffffff : 0x22262b
page_of(levels) = levels == 4 ? "4 KiB" : levels == 3 ? "2 MiB" : "1 GiB"

do for [panel = 1:3] {
	eval begin_panel
	set yrange [1.5:4.5]
	unset grid
	set xtics ()
	set ytics ()
	do for [i = 2:4] { set xtics add (sprintf("%d\n%s", i, page_of(i)) i) }
	if (panel == 1) {
		do for [i = 2:4] { set ytics add (sprintf("%d  (%s)", i, page_of(i)) i) }
		set label 11 "guest's levels" at screen sx(20), screen sy(panel_top[1] + panel_high[1] + 16) font ",12" textcolor rgb faint
	} else {
		unset label 11
		unset ytics
	}
	set xlabel (panel == 2 ? unit : "") offset 0, -0.8 textcolor rgb ink noenhanced
	plot data index "cells" using (of(panel, $2)):3:(0.485):(0.485):(shade($4)) with boxxyerror \
			fillstyle solid 1 noborder linecolor rgb variable notitle, \
		data index "cells" using (of(panel, $2)):($3 + 0.08):(strcol(4)):(letters($4)) with labels center \
			font bold(22) textcolor rgb variable notitle, \
		data index "cells" using (of(panel, $2)):($3 - 0.24):5:(letters($4)) with labels center font ",12" \
			textcolor rgb variable notitle
	eval end_panel
}
