# SPDX-License-Identifier: GPL-2.0-only
# How samples spread: cumulative distributions whose axis counts nines, so that the tail is seen. Loaded by frame.gp.
# Written by l0/plots/distribution.c: "curve 001"...: ticks, nines; "curves": panel and series of each; "series": level,
# configuration, name; "shares": the end of the axis.

array curve_panel[4096]
array curve_series[4096]
curves = 0
stats data index "curves" using (curves = curves + 1, curve_panel[curves] = int(column(1)), \
	curve_series[curves] = int(column(2)), 0) nooutput
array series_level[64]
array series_config[64]
array series_name[64]
series = 0
stats data index "series" using (series = series + 1, series_level[series] = int(column(1)), \
	series_config[series] = int(column(2)), series_name[series] = strcol(3), 0) nooutput
stats data index "shares" using (top = column(1), 0) nooutput

# The first configuration's lines are whole; the others have a dash and a shade of their own.
dash(i) = int(word("1 2 4 3 5", series_config[i] % 5 + 1))
weight(i) = series_config[i] == 0 && series_level[i] >= 2 ? 2.4 : 1.9
shade(i) = series_config[i] > 0 ? config_shade(series_config[i] + 1) \
	: word("#b3bfb6 #6fa5c2 #1b4971 #0f2842 #000000", series_level[i] + 1)

set logscale x
set format x "10^{%T}"
set xtics font ",12"
set yrange [0:top * 1.06]
set grid ytics
head_lift = 0.8
columns = 1
do for [i = 2:panels] { if (panel_top[i] == panel_top[1]) { columns = i } }

do for [panel = 1:panels] {
	eval begin_panel
	# Panels share both axes; shares stand at the left ones.
	set ytics ("0" 0, "50 %%" log10(2), "90 %%" 1, "99 %%" 2, "99.9 %%" 3, "99.99 %%" 4, "99.999 %%" 5, \
		"99.9999 %%" 6) font ",12"
	if ((panel - 1) % columns > 0) { set ytics ("" 0, "" log10(2), "" 1, "" 2, "" 3, "" 4, "" 5, "" 6) }
	first = 0
	last = -1
	do for [i = 1:curves] {
		if (curve_panel[i] == panel) { first = first ? first : i; last = i }
	}
	plot for [i = first:last] data index sprintf("curve %03d", i) using 1:2 with steps \
			linewidth weight(curve_series[i]) dashtype dash(curve_series[i]) \
			linecolor rgb shade(curve_series[i]) notitle
	eval end_panel
}
eval begin_legend
eval unit_below
set key samplen 4
plot @nothing, \
	for [i = 1:series] keyentry with lines linewidth weight(i) dashtype dash(i) linecolor rgb shade(i) \
		title series_name[i]
