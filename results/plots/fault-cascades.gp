# SPDX-License-Identifier: GPL-2.0-only
# Exits to L0 that a fault sets off, stacked by who made them. Loaded by frame.gp. "bars", "totals" and "published", as
# l0/plots/fault_cascades.c writes them.

load script[1:strstrt(script, "fault-cascades.gp") - 1] . "parts.gp"
eval read_rows
do for [panel = 1:panels] {
	eval begin_rows
	plot @stripes, \
		for [part = 1:5] data index "bars" using (of2(panel, part, $5)):3:5:6:3:4 \
			with boxxyerror fillstyle solid 1 border rgb ink linewidth 0.6 linecolor rgb part_shade(part) notitle, \
		data index "published" using (of(panel, $3)):2 with points pointtype 13 pointsize mark(1.5) \
			linecolor rgb "#ffffff" notitle, \
		data index "published" using (of(panel, $3)):2 with points pointtype 12 pointsize mark(1.5) linewidth 1.6 \
			linecolor rgb ink notitle, \
		data index "totals" using (of(panel, $3)):2:4 with labels left offset character 1, 0 font ",12" \
			textcolor rgb ink noenhanced notitle
	eval end_panel
}
eval begin_legend
eval unit_below
plot @nothing, \
	for [i = 1:parts] keyentry with boxes fillstyle solid 1 border rgb ink linecolor rgb part_shade(part_number[i]) \
		title part_name[i], \
	keyentry with points pointtype 12 pointsize mark(1.5) linewidth 1.6 linecolor rgb ink \
		title "published: n + 3, 2n + 4 (PVM, SOSP 2023)"
