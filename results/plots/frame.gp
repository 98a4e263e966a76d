# SPDX-License-Identifier: GPL-2.0-only
# What all plots share: reads the figure's data, sets the style, and loads the plot's own script for its panels, once a
# format. Run by `nestbed plot`; by hand: gnuplot -c frame.gp PLOT.gp DATA.tsv BASE, which makes BASE.svg and BASE.png.

if (ARGC < 3) {
	print "usage: gnuplot -c frame.gp PLOT.gp DATA.tsv BASE"
	exit status 2
}
script = ARG1
data = ARG2
base = ARG3

set encoding utf8
set datafile separator tab

# --- The data: named blocks; places are pixels from the top left ------------------------------------------------------

stats data index "figure" using (wide = column(1), high = column(2), title = strcol(3), facts = strcol(4), \
	reading = strcol(5), unit = strcol(6), note = strcol(7), 0) nooutput

# x runs from `from` to `to` in a panel.
array panel_left[64]
array panel_top[64]
array panel_wide[64]
array panel_high[64]
array panel_from[64]
array panel_to[64]
array panel_head[64]
panels = 0
stats data index "panels" using (panels = panels + 1, panel_left[panels] = column(1), panel_top[panels] = column(2), \
	panel_wide[panels] = column(3), panel_high[panels] = column(4), panel_from[panels] = column(5), \
	panel_to[panels] = column(6), panel_head[panels] = strcol(7), 0) nooutput

# x if the row is one of panel p, which is what its first column says.
of(p, x) = column(1) == p ? x : NaN
# The same if its second column is i, too.
of2(p, i, x) = column(1) == p && column(2) == i ? x : NaN

# --- The style: everything differs by lightness, dash or shape, so it reads without colour, too -----------------------

ink = "#22262b"
faint = "#666d75"
rule = "#d3d7db"
# L0, L1, L2...: the deeper, the darker.
level_shade(level) = word("#d9e2dc #86b4cd #1b4971 #0f2842 #000000", level + 1)
# Configurations: shape and shade.
config_point(i) = int(word("7 5 9 13 11 15", (i - 1) % 6 + 1))
config_shade(i) = word("#1b4971 #edb440 #b5524a #9aa3ab #000000 #cdd6cf", (i - 1) % 6 + 1)

# An SVG must do with the fonts of whoever looks at it; DejaVu Sans is wide, so there is room for any of them.
family(format) = format eq "svg" ? "sans-serif" : "DejaVu Sans"
# A point of gnuplot's PNGs is 4/3 of a pixel, one of its SVGs is a pixel.
terminal_of(format) = format eq "svg" \
	? sprintf("set terminal svg size %d,%d font '%s,13' enhanced background '#ffffff'", wide, high, family(format)) \
	: sprintf("set terminal pngcairo size %d,%d font '%s,13' fontscale 0.75 enhanced background '#ffffff'", \
		wide, high, family(format))

# With its family, as a font without one is not the terminal's in an SVG, where only enhanced text can be bold.
bold(size) = sprintf("%s:Bold,%d", family(format), size)
plain(s) = strlen(s) == 0 ? "" : (strstrt("_^@&~{}\\", s[1:1]) ? "\\" : "") . s[1:1] . plain(s[2:*])
# Points, too, are of another size.
mark(size) = format eq "svg" ? size * 0.75 : size

sx(x) = x / wide
sy(y) = 1 - y / high

# --- Panels: strings to be evaluated, most of them in a loop over `panel` ---------------------------------------------

# Labels 1 to 9 are the figure's and stand once; 10 is a panel's head.
head_lift = 0.8
begin_panel = "\
	set lmargin at screen sx(panel_left[panel]); \
	set rmargin at screen sx(panel_left[panel] + panel_wide[panel]); \
	set tmargin at screen sy(panel_top[panel]); \
	set bmargin at screen sy(panel_top[panel] + panel_high[panel]); \
	set xrange [panel_from[panel]:panel_to[panel]]; \
	set label 10 plain(panel_head[panel]) at graph 0, graph 1 offset character 0, head_lift font bold(13) \
		textcolor rgb ink"
end_panel = "do for [i = 1:9] { unset label i }"

# Panels whose rows are operations: names and families at the left of the first one, a stripe under every other row.
# Where the axis at the bottom is far away there is one at the top, too, and room for it was left; so what a script sets
# for x it sets for x2.
top_axis(dummy) = panel_top[1] > 140
array op_top[4096]
array op_bottom[4096]
array op_name[4096]
array family_at[4096]
array family_name[4096]
read_rows = "\
	ops = 0; \
	stats data index 'ops' using (ops = ops + 1, op_top[ops] = column(1), op_bottom[ops] = column(2), \
		op_name[ops] = strcol(3), family_at[ops] = column(4), family_name[ops] = strcol(5), 0) nooutput"
begin_rows = "\
	head_lift = top_axis(0) ? 2.5 : 0.8; \
	eval begin_panel; \
	set x2range [panel_from[panel]:panel_to[panel]]; \
	if (!top_axis(0)) { unset x2tics }; \
	set yrange [panel_high[panel]:0]; \
	if (panel == 1) { \
		set ytics () noenhanced; \
		do for [i = 1:ops] { \
			set ytics add (op_name[i] (op_top[i] + op_bottom[i]) / 2); \
			if (family_name[i] ne '-') { \
				set label 20 + i plain(family_name[i]) at screen sx(20), first family_at[i] \
					font bold(13) textcolor rgb faint \
			} \
		} \
	} else { \
		unset ytics; \
		do for [i = 1:ops] { unset label 20 + i } \
	}"
stripes = "data index 'ops' every 2 using (panel_from[panel]):1:(panel_from[panel]):(panel_to[panel]):1:2 \
	with boxxyerror fillstyle transparent solid 0.045 noborder fillcolor rgb '#000000' notitle"

# After the panels: one below them for the legend and, if they share it, the axis' unit; then plot @nothing and keys.
unit_below = "set label 5 unit at screen sx((panel_left[1] + panel_left[panels] + panel_wide[panels]) / 2), \
	screen sy(high - 66) center font ',13' textcolor rgb ink noenhanced"
begin_legend = "\
	unset label; unset arrow; unset tics; unset xlabel; unset ylabel; unset logscale; \
	set lmargin at screen 0; set rmargin at screen 1; \
	set tmargin at screen sy(high - 46); set bmargin at screen sy(high - 14); \
	set key inside center center horizontal Left reverse samplen 2 width 3 font ',13' textcolor rgb ink noenhanced"
nothing = "[0:1][0:1] NaN notitle"

# --- Both formats -----------------------------------------------------------------------------------------------------

do for [format in "svg png"] {
	# What the script set for one format is forgotten before the other.
	reset
	set datafile separator tab
	set border 0
	set tics nomirror scale 0 textcolor rgb ink
	set grid xtics back lt 1 lc rgb rule lw 0.8
	unset key
	eval terminal_of(format)
	set output base . "." . format
	set multiplot
	set label 1 plain(title) at screen sx(20), sy(32) font bold(19) textcolor rgb ink
	set label 2 facts at screen sx(20), sy(58) font ",14" textcolor rgb ink noenhanced
	set label 3 reading at screen sx(20), sy(80) font ",12" textcolor rgb faint noenhanced
	if (note ne "-") {
		set label 4 note at screen 1 - sx(20), sy(58) right font ",12" textcolor rgb faint noenhanced
	}
	load script
	unset multiplot
	unset output
}
