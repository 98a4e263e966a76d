# SPDX-License-Identifier: GPL-2.0-only
# What one operation costs at each level: a bar is the median, its whisker goes from the minimum to the 99th
# percentile. Run: gnuplot -c exit-latency.gp results.csv BASE, which makes BASE.svg and BASE.png.

if (ARGC < 2) {
	print "usage: gnuplot -c exit-latency.gp results.csv BASE"
	exit status 2
}
csv = ARG1
base = ARG2

set datafile separator comma
set datafile columnheaders
set encoding utf8

# First pass: the operations (x) and the series (bars of one shade), each in the order of the file. A name may hold
# blanks, so the lists are of quoted words. A skipped row has no samples, hence no bar and no series.
drawn(n) = n > 0
quoted(s) = "\"" . s . "\""
add(list, s) = strstrt(list, quoted(s)) ? list : list . quoted(s) . " "
index_in(list, s) = (at = 0, sum [i = 1:words(list)] (word(list, i) eq s ? (at = i) : 0), at)
# One level under another L0 is another series.
series(l0, level, config) = level . (config eq "" ? "" : "  " . config) . (l0 eq "none" ? "  l0=none" : "")
key_of(dummy) = series(strcol("l0"), strcol("level"), strcol("config"))

ops = ""
all = ""
machine = ""
clock = ""
others = 0
n_min = 1e18
n_max = 0
lowest = 1e18
highest = 0
read_row(n) = (machine = machine eq "" ? strcol("machine") : machine, clock = strcol("clock"), \
	others = others + (strcol("machine") ne machine), ops = add(ops, strcol("op")), all = add(all, key_of(0)), \
	n_min = n < n_min ? n : n_min, n_max = n > n_max ? n : n_max, \
	lowest = column("min_ticks") < lowest ? column("min_ticks") : lowest, \
	highest = column("p99_ticks") > highest ? column("p99_ticks") : highest, 0)
stats csv using (drawn(column("n")) ? read_row(column("n")) : 0) nooutput

if (ops eq "") {
	print "exit-latency.gp: ", csv, " holds no samples"
	exit status 1
}
# Emulated ticks and hardware ticks are different things: they never stand in one plot.
if (others) {
	print "exit-latency.gp: ", csv, " mixes machines; draw one at a time"
	exit status 1
}

groups = words(ops)
bars = words(all)
width = 0.86 / bars
place(op, key) = index_in(ops, op) + (index_in(all, key) - (bars + 1) / 2.0) * width

# Neighbours differ in lightness or hatching, so the plot reads without colour, too.
shades = "#efe9d9 #86b6cc #1d4a73 #1d4a73 #000000 #8a8a8a #1d4a73 #000000"
patterns = "3 3 3 4 3 3 2 5"
pick(list, i) = word(list, (i - 1) % words(list) + 1)

# 1234567 -> 1.23M: three digits are what a bar can show; the file has them all.
short(v) = v < 1000 ? sprintf("%.0f", v) : v < 1e4 ? sprintf("%.2fk", v / 1e3) : v < 1e5 ? \
	sprintf("%.1fk", v / 1e3) : v < 1e6 ? sprintf("%.0fk", v / 1e3) : sprintf("%.2fM", v / 1e6)
# An asterisk marks a bar that the file itself doubts.
mark(status, complete) = status eq "ok" && complete eq "yes" ? "" : "*"
doubts = 0
count_doubt(dummy) = (doubts = doubts + (mark(strcol("status"), strcol("complete")) ne ""), 0)
stats csv using (drawn(column("n")) ? count_doubt(0) : 0) nooutput

x(dummy) = drawn(column("n")) ? place(strcol("op"), key_of(0)) : NaN
x_of(key) = key_of(0) eq key ? x(0) : NaN
reach(dummy) = column("p99_ticks") - column("min_ticks")
label(dummy) = short(column("p50_ticks")) . mark(strcol("status"), strcol("complete"))
# Exits to L0 stand between bar and median, where they were counted and are not 0.
few(s) = strlen(s) == 0 || s + 0 < 0.005
exits(s) = few(s) ? "" : sprintf("%.3g exit%s", s + 0, abs(s - 1) < 0.005 ? "" : "s")
# In a title an underscore would lower the next letter.
plain(s) = strstrt(s, "_") ? s[1:strstrt(s, "_") - 1] . "\\_" . plain(s[strstrt(s, "_") + 1:*]) : s

emulated = clock eq "instructions"
bottom = lowest < 1 ? 1 : 10 ** floor(log10(lowest * 0.9))
n_text = n_min == n_max ? sprintf("n = %.0f", n_min) : sprintf("n = %.0f to %.0f", n_min, n_max)

heading = "What one operation costs at each level: machine " . plain(machine) . ", clock " . plain(clock) . "\n" . \
	"{/*0.72 bar: median, loop included (its number on top); line: minimum to 99th percentile; " . \
	"exits: to L0, an operation; " . n_text . " samples a bar}" . \
	(doubts ? "\n{/*0.72 * incomplete, or its witnesses disagree}" : "")
set ylabel emulated ? "instructions (emulated; never a latency)" : "latency in TSC cycles" noenhanced
set logscale y
set yrange [bottom:highest * 4]
set format y "10^{%T}"
set xtics () scale 0 noenhanced
do for [i = 1:groups] { set xtics add (word(ops, i) i) }
set grid ytics mytics lt 1 lc rgb "#d8d8d8" lw 1, lt 1 lc rgb "#eeeeee" lw 0.6
set border 3 lc rgb "#404040"
set tics nomirror
set key outside bottom center horizontal noenhanced samplen 2.2 width 1 height 0.6 Left reverse

# Bars keep a width in which a label can be read; many of them stand in panels, one below the other.
panels = ceil(groups * bars / 20.0)
per_panel = ceil(groups / (panels + 0.0))
panels = ceil(groups / (per_panel + 0.0))
wide = 260 + per_panel * bars * 72
wide = wide < 1100 ? 1100 : wide
high = 160 + panels * 480

do for [format in "svg png"] {
	if (format eq "svg") {
		set terminal svg size wide, high font "DejaVu Sans,16" enhanced background "#ffffff" linewidth 1.3
	} else {
		set terminal pngcairo size wide, high font "DejaVu Sans,15" enhanced background "#ffffff" linewidth 1.3
	}
	set output base . "." . format
	set multiplot layout panels, 1 title heading
	do for [panel = 1:panels] {
		set xrange [(panel - 1) * per_panel + 0.5:panel * per_panel + 0.5]
		# The legend stands once, below the last panel.
		if (panel == panels) { set key } else { unset key }
		plot for [i = 1:bars] csv using (x_of(word(all, i))):"p50_ticks":(width * 0.92) with boxes \
				fillstyle pattern int(pick(patterns, i)) border lc rgb "#303030" \
				lc rgb pick(shades, i) title word(all, i), \
			csv using (x(0)):"min_ticks":(0):(reach(0)) with vectors nohead lw 4 lc rgb "#ffffff" \
				notitle, \
			csv using (x(0)):"min_ticks":(0):(reach(0)) with vectors nohead lw 1.6 lc rgb "#202020" \
				notitle, \
			csv using (x(0)):"p99_ticks":(exits(strcol("l0_exits_per_op"))) with labels \
				offset 0, 0.55 font ",11" textcolor rgb "#505050" noenhanced notitle, \
			csv using (x(0)):"p99_ticks":(few(strcol("l0_exits_per_op")) ? label(0) : "") with labels \
				offset 0, 0.6 font "DejaVu Sans Bold,12" noenhanced notitle, \
			csv using (x(0)):"p99_ticks":(few(strcol("l0_exits_per_op")) ? "" : label(0)) with labels \
				offset 0, 1.45 font "DejaVu Sans Bold,12" noenhanced notitle
	}
	unset multiplot
	unset output
}
