# SPDX-License-Identifier: GPL-2.0-only
# Latency of dependent loads over the working set, and the part of it that is the translation's. Loaded by frame.gp. Written
# by l0/plots/chase_figure.c: "curve 001"...: bytes, ticks, low, high; "curves": panel and series of each; "series": level, layout,
# name; "ticks": ends of the axis.

array curve_panel[256]
array curve_series[256]
curves = 0
stats data index "curves" using (curves = curves + 1, curve_panel[curves] = int(column(1)), \
	curve_series[curves] = int(column(2)), 0) nooutput
array series_level[64]
array series_layout[64]
array series_name[64]
series = 0
stats data index "series" using (series = series + 1, series_level[series] = int(column(1)), \
	series_layout[series] = int(column(2)), series_name[series] = strcol(3), 0) nooutput
stats data index "ticks" using (low = column(1), high_tick = column(2), 0) nooutput
# A curve may have no points: then its block is not plotted.
array points[256]
do for [i = 1:curves] {
	points[i] = 0
	stats data index sprintf("curve %03d", i) using (points[i] = points[i] + 1, 0) nooutput
}

# Levels by shade, layouts by dash and shape.
shade(i) = word("#7f9488 #3f8fb5 #1b4971", series_level[i] + 1)
dash(i) = int(word("1 4 3", series_layout[i] + 1))
shape(i) = int(word("7 5 1", series_layout[i] + 1))

set logscale xy
set yrange [low:high_tick]
set grid ytics
set xtics font ",12"
set ytics font ",12"
set bars 0
do for [panel = 1:panels] {
	eval begin_panel
	set xtics ("16 KiB" 2**14, "" 2**15, "" 2**16, "" 2**17, "256 KiB" 2**18, "" 2**19, "" 2**20, "" 2**21, "4 MiB" 2**22, \
		"" 2**23, "" 2**24, "" 2**25, "64 MiB" 2**26, "" 2**27, "" 2**28, "" 2**29, "1 GiB" 2**30, "" 2**31, "" 2**32)
	set ytics ("1" 1, "2" 2, "5" 5, "10" 10, "20" 20, "50" 50, "100" 100, "200" 200, "500" 500, "1,000" 1000, "2,000" 2000, \
		"5,000" 5000, "10,000" 10000)
	if (panel > 1) { set format y "" } else { set format y "%g" }
	if (panel > 1) { set ytics ("" 1, "" 2, "" 5, "" 10, "" 20, "" 50, "" 100, "" 200, "" 500, "" 1000, "" 2000, "" 5000, "" 10000) }
	plot NaN notitle, \
		for [i = 1:curves] data index sprintf("curve %03d", i) \
			using (curve_panel[i] == panel ? $1 : NaN):2:3:4 with yerrorbars \
			linewidth 1 pointtype -1 linecolor rgb shade(curve_series[i]) notitle, \
		for [i = 1:curves] data index sprintf("curve %03d", i) \
			using (curve_panel[i] == panel ? $1 : NaN):2 with linespoints \
			linewidth 1.9 dashtype dash(curve_series[i]) pointtype shape(curve_series[i]) pointsize mark(0.8) \
			linecolor rgb shade(curve_series[i]) notitle
	eval end_panel
}
eval begin_legend
eval unit_below
set key samplen 4 maxcols 3
plot @nothing, \
	for [i = 1:series] keyentry with linespoints linewidth 1.9 dashtype dash(i) pointtype shape(i) pointsize mark(0.8) \
		linecolor rgb shade(i) title series_name[i]
