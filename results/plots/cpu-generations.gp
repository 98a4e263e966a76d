# SPDX-License-Identifier: GPL-2.0-only
# What an operation in L2 costs, from CPU generation to CPU generation. Loaded by frame.gp. As l0/plots/cpu_generations.c writes
# them: "points": panel, setting (1: VMCS shadowing on, 2: off), place, cost, exits; "cpus": place, name and year;
# "line 001"...: place and cost, two for each panel, in the order of settings; "features": place before which one begins, its row, its name; "axes": ends of y, panel by panel.

array low[64]
array high_end[64]
axes = 0
stats data index "axes" using (axes = axes + 1, low[axes] = column(1), high_end[axes] = column(2), 0) nooutput
array cpu_text[64]
cpus = 0
stats data index "cpus" using (cpus = cpus + 1, cpu_text[cpus] = strcol(2), 0) nooutput
array feature_at[64]
array feature_row[64]
array feature_name[64]
features = 0
stats data index "features" using (features = features + 1, feature_at[features] = column(1), \
	feature_row[features] = column(2), feature_name[features] = strcol(3), 0) nooutput

set logscale y
unset grid
set grid ytics back lt 1 lc rgb rule lw 0.8
set xtics () rotate by 45 right font ",11" noenhanced
do for [i = 1:cpus] { set xtics add (cpu_text[i] i) }
# A setting of its own: shadowing on is filled, off is hollow.
point_of(p, s, y) = column(1) == p && column(2) == s ? y : NaN

do for [panel = 1:panels] {
	eval begin_panel
	set yrange [low[panel]:high_end[panel]]
	set ytics () font ",12"
	do for [decade = 0:11] {
		# Three labels a decade, or one where there are many decades.
		do for [step in (high_end[panel] / low[panel] < 1000 ? "1 2 5" : "1")] {
			value = int(step) * 10 ** decade
			set ytics add ((decade < 3 ? sprintf("%d", value) : decade < 6 ? sprintf("%dk", value / 1000) \
				: sprintf("%dM", value / 1000000)) value)
		}
	}
	do for [i = 1:features] {
		if (feature_at[i] > 0) {
			set arrow 20 + i from feature_at[i] - 0.5, graph 0 to feature_at[i] - 0.5, graph 1 nohead back \
				dashtype 3 linewidth 1 linecolor rgb faint
			set label 40 + i feature_name[i] at feature_at[i] - 0.5, graph 0.97 - 0.065 * feature_row[i] \
				offset character 0.4, 0 left font ",11" textcolor rgb faint noenhanced
		}
	}
	plot data index sprintf("line %03d", 2 * panel) using 1:2 with lines linewidth 1.2 dashtype 2 \
			linecolor rgb level_shade(1) notitle, \
		data index sprintf("line %03d", 2 * panel - 1) using 1:2 with lines linewidth 1.9 \
			linecolor rgb level_shade(2) notitle, \
		data index "points" using 3:(point_of(panel, 2, $4)) with points pointtype 7 pointsize mark(1.45) \
			linecolor rgb ink notitle, \
		data index "points" using 3:(point_of(panel, 2, $4)) with points pointtype 7 pointsize mark(1.05) \
			linecolor rgb "#ffffff" notitle, \
		data index "points" using 3:(point_of(panel, 1, $4)) with points pointtype 7 pointsize mark(1.3) \
			linecolor rgb level_shade(2) notitle, \
		data index "points" using 3:(point_of(panel, 2, $4)):5 with labels offset character 0, 0.8 font ",10" \
			textcolor rgb faint noenhanced notitle, \
		data index "points" using 3:(point_of(panel, 1, $4)):5 with labels offset character 0, -0.9 font ",10" \
			textcolor rgb ink noenhanced notitle
	eval end_panel
	unset arrow
	do for [i = 1:features] { unset label 40 + i }
}
eval begin_legend
eval unit_below
plot @nothing, \
	keyentry with points pointtype 6 pointsize mark(1.2) linewidth 1.8 linecolor rgb ink title "without VMCS shadowing", \
	keyentry with points pointtype 7 pointsize mark(1.3) linecolor rgb level_shade(2) title "with VMCS shadowing"
