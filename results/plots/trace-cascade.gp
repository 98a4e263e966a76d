# SPDX-License-Identifier: GPL-2.0-only
# One cascade, time going down. Loaded by frame.gp. "steps" and "arrows", as l0/plots/trace_figures.c writes them: who runs in
# panel 1, and in panel 2 what the steps are.

load script[1:strstrt(script, "trace-cascade.gp") - 1] . "parts.gp"
stats data index "time" using (begin_time = column(1), last_time = column(2), end_time = column(3), guest = column(4), 0) nooutput
lane_name(i) = word("L2 L1 L0 L0", i + 1) . (i == 2 ? " kernel" : i == 3 ? " user space" : "")
half = 0.24

panel = 1
eval begin_panel
set yrange [last_time:begin_time]
unset xtics
unset label 10
do for [i = 0:3] { set label 20 + i lane_name(i) at i + 0.5, graph 1 offset 0, 0.9 center font bold(13) textcolor rgb ink }
unset grid
set grid ytics back lt 1 lc rgb rule lw 0.8
set format y "%.0s%c"
set ytics
set label 5 unit at screen sx(20), screen sy(panel_top[1] + panel_high[1] + 34) font ",12" textcolor rgb faint noenhanced
do for [i = 0:3] { set arrow 20 + i from i + 0.5, begin_time to i + 0.5, last_time nohead back dashtype 3 linecolor rgb rule linewidth 1.5 }
# The guest, before and after.
set object 1 rectangle from guest + 0.5 - half, begin_time to guest + 0.5 + half, 0 behind fillcolor rgb "#eceff1" fillstyle solid 1 border rgb faint
set object 2 rectangle from guest + 0.5 - half, end_time to guest + 0.5 + half, last_time behind fillcolor rgb "#eceff1" fillstyle solid 1 border rgb faint
edge(from, to) = from + 0.5 + (to > from ? half : -half)
plot for [part = 1:6] data index "steps" using ($2 == part ? $1 + 0.5 : NaN):3:($1 + 0.5 - half):($1 + 0.5 + half):3:4 \
		with boxxyerror fillstyle solid 1 border rgb ink linewidth 0.6 linecolor rgb part_shade(part) notitle, \
	data index "arrows" using ($5 == 0 ? edge($1, $2) : NaN):3:(edge($2, $1) - edge($1, $2)):($4 - $3) \
		with vectors filled head size screen 0.008, 18 linewidth 1.3 linecolor rgb ink notitle, \
	data index "arrows" using ($5 == 1 ? edge($1, $2) : NaN):3:(edge($2, $1) - edge($1, $2)):($4 - $3) \
		with vectors filled head size screen 0.011, 20 linewidth 3 linecolor rgb "#b5524a" notitle
eval end_panel
unset object
unset arrow
do for [i = 0:3] { unset label 20 + i }

panel = 2
eval begin_panel
unset label 10
unset ytics
unset grid
plot data index "steps" using (0.0):3:(0.05):($5 - $3) with vectors nohead linewidth 0.8 linecolor rgb "#9aa3ab" notitle, \
	data index "steps" using (0.05):5:(0.02):(0) with vectors nohead linewidth 0.8 linecolor rgb "#9aa3ab" notitle, \
	data index "steps" using (0.08):5:6 with labels left font ",12" textcolor rgb ink noenhanced notitle
eval end_panel

eval begin_legend
set yrange [0:1]
injected = 0
do for [i = 1:parts] { if (part_number[i] == 4) { injected = 1 } }
plot @nothing, \
	for [i = 1:parts] keyentry with boxes fillstyle solid 1 border rgb ink linecolor rgb part_shade(part_number[i]) \
		title part_name[i], \
	for [i = 1:injected] keyentry with lines linewidth 3 linecolor rgb "#b5524a" title "virtual exit"
