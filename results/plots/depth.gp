# SPDX-License-Identifier: GPL-2.0-only
# What an operation costs from level to level. Loaded by frame.gp. As l0/plots/depth_figure.c writes them: "line 001"...: level, value;
# "lines": panel, operation and configuration of each, 0 of what is published; "names": operation, configuration, text; "axes": ends of y.

array line_panel[512]
array line_op[512]
array line_config[512]
lines = 0
stats data index "lines" using (lines = lines + 1, line_panel[lines] = int(column(1)), line_op[lines] = int(column(2)), \
	line_config[lines] = int(column(3)), 0) nooutput
array name_op[256]
array name_config[256]
array name_text[256]
names = 0
stats data index "names" using (names = names + 1, name_op[names] = int(column(1)), name_config[names] = int(column(2)), \
	name_text[names] = strcol(3), 0) nooutput
array low[3]
array high_end[3]
axes = 0
stats data index "axes" using (axes = axes + 1, low[axes] = column(1), high_end[axes] = column(2), 0) nooutput
# A line may have no points: then its block is not plotted.
array points[512]
do for [i = 1:lines] {
	points[i] = 0
	stats data index sprintf("line %03d", i) using (points[i] = points[i] + 1, 0) nooutput
}

# Configurations by shade and dash, operations by shape; what is published is hollow, and of no shade of theirs.
shade(op, config) = op == 0 ? "#666d75" : config_shade(config)
dash(op, config) = op == 0 ? 3 : int(word("1 2 4 5", (config - 1) % 4 + 1))
shape(op) = op == 0 ? 12 : int(word("7 5 9 13", (op - 1) % 4 + 1))

set logscale y
set grid ytics
set xtics ("L1" 1, "L2" 2, "L3" 3, "L4" 4) font ",12"
set ytics () font ",12"
do for [decade = 0:11] {
	do for [step in "1 2 5"] {
		value = int(step) * 10 ** decade
		set ytics add ((decade < 3 ? sprintf("%d", value) : decade < 6 ? sprintf("%dk", value / 1000) \
			: sprintf("%dM", value / 1000000)) value)
	}
}
do for [panel = 1:panels] {
	eval begin_panel
	set yrange [low[panel]:high_end[panel]]
	plot NaN notitle, \
		for [i = 1:lines] data index sprintf("line %03d", i) using (line_panel[i] == panel ? $1 : NaN):2 \
			with linespoints linewidth 1.9 dashtype dash(line_op[i], line_config[i]) \
			pointtype shape(line_op[i]) pointsize mark(line_op[i] == 0 ? 1.6 : 1.2) \
			linecolor rgb shade(line_op[i], line_config[i]) notitle
	eval end_panel
}
eval begin_legend
eval unit_below
set key samplen 4 maxcols 3
plot @nothing, \
	for [i = 1:names] keyentry with linespoints linewidth 1.9 dashtype dash(name_op[i], name_config[i]) \
		pointtype shape(name_op[i]) pointsize mark(name_op[i] == 0 ? 1.6 : 1.2) \
		linecolor rgb shade(name_op[i], name_config[i]) title name_text[i]
