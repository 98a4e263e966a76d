# SPDX-License-Identifier: GPL-2.0-only
# What VMCS shadowing saves. Loaded by frame.gp. "pairs", as l0/plots/shadowing.c writes them: y, cost without, cost
# with, percent saved, and its text. Panel 1 has the costs, panel 2 the savings.

eval read_rows

set logscale x
set logscale x2
set format x "10^{%T}"
set format x2 "10^{%T}"
set x2tics
panel = 1
eval begin_rows
set xlabel unit offset 0, -0.1 textcolor rgb ink noenhanced
plot @stripes, \
	data index "pairs" using 3:1:($2 - $3):(0) with vectors nohead linewidth 3 linecolor rgb "#aab4bc" notitle, \
	data index "pairs" using 2:1 with points pointtype 7 pointsize mark(1.45) linecolor rgb ink notitle, \
	data index "pairs" using 2:1 with points pointtype 7 pointsize mark(1.05) linecolor rgb "#ffffff" notitle, \
	data index "pairs" using 3:1 with points pointtype 7 pointsize mark(1.3) linecolor rgb level_shade(2) notitle
eval end_panel

unset logscale x
unset logscale x2
panel = 2
eval begin_rows
set format x "%g %%"
set format x2 "%g %%"
set xtics (panel_from[panel] < -40 ? 50 : 25)
set x2tics (panel_from[panel] < -40 ? 50 : 25)
if (!top_axis(0)) { unset x2tics }
set xlabel "share of the cost with shadow_vmcs=off" offset 0, -0.1 textcolor rgb ink noenhanced
set arrow 1 from 0, graph 0 to 0, graph 1 nohead front linecolor rgb ink linewidth 1
plot @stripes, \
	data index "pairs" using 4:1:(0):4:($1 - 5):($1 + 5) with boxxyerror fillstyle solid 1 border rgb ink \
		linewidth 0.6 linecolor rgb level_shade(1) notitle, \
	data index "pairs" using ($4 > 0 ? $4 : 0):1:5 with labels left offset character 0.6, 0 font ",12" \
		textcolor rgb ink noenhanced notitle
eval end_panel

eval begin_legend
plot @nothing, \
	keyentry with points pointtype 6 pointsize mark(1.2) linewidth 1.8 linecolor rgb ink title "shadow_vmcs=off", \
	keyentry with points pointtype 7 pointsize mark(1.3) linecolor rgb level_shade(2) title "shadow_vmcs=on"
