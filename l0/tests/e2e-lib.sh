# SPDX-License-Identifier: GPL-2.0-only
# For end-to-end tests: TAP output, running nestbed, reading cells of results.csv. Sourced by the
# e2e-* scripts.
set -u
BUILD=$(dirname "${NESTBED:-build/nestbed}")
work=$(mktemp -d)
export TMPDIR=$work/tmp # where nestbed puts temporary files: they must be gone afterwards
mkdir -p "$TMPDIR"
chmod 711 "$work" # a test may run a command as a user without rights
# A child that a signal ends before it has become its command would run the trap, too.
trap '[ "$BASHPID" -ne $$ ] || rm -rf "$work"' EXIT
tap=0

# use_programs FOLDER: from now on $NESTBED is the one there. With NESTBED_KERNEL=6.12 (`make test
# KERNEL=6.12`) it is a script that adds `--kernel 6.12` wherever KVM is L0 on the emulated machine,
# so that no test has to name a kernel.
use_programs() {
	NESTBED=$1/nestbed
	[ -n "${NESTBED_KERNEL:-}" ] || return 0
	[[ $("$NESTBED" run --help) == *--kernel=* ]] || {
		echo "Bail out! NESTBED_KERNEL=$NESTBED_KERNEL, but $NESTBED has no --kernel"
		exit 1
	}
	cat >"$work/nestbed" <<-END
		#!/bin/bash
		words=" \$* "
		has() { [[ \$words == *" \$1 "* ]]; }
		wants_kernel() {
			[[ \$words != *" --kernel"* ]] && ! has --help && ! has "--l0 own" && ! has "--l0 none" || return 1
			case \$1 in
			run | trace | fields) has "--machine bochs" ;;
			walk) has "--machine bochs" && has "--l0 kvm" ;;
			boot) has "--l0 kvm" ;;
			*) false ;;
			esac
		}
		if wants_kernel "\$1"; then set -- "\$@" --kernel "$NESTBED_KERNEL"; fi
		exec "$NESTBED" "\$@"
	END
	chmod +x "$work/nestbed"
	NESTBED=$work/nestbed
}
export NESTBED
use_programs "$BUILD"

# check NAME COMMAND...: one TAP line by the command's success; what it said is shown if it failed.
# Seconds of the CPU if they are many.
check() {
	local name=$1 status TIMEFORMAT='%U %S'
	shift
	tap=$((tap + 1))
	{ time "$@" >"$work/check.log" 2>&1; } 2>"$work/check.time"
	status=$?
	if [ $status -eq 0 ]; then
		echo "ok $tap - $name"
	else
		echo "not ok $tap - $name"
		sed 's/^/#   /' "$work/check.log"
	fi
	awk '{ if ($1 + $2 >= 1) printf "#   took %.1f s of the CPU\n", $1 + $2 }' "$work/check.time"
}

skip() {
	tap=$((tap + 1))
	echo "ok $tap - $1 # SKIP $2"
}

# run FOLDER EXPECTED_STATUS OPTION...: nestbed run into a new $work/FOLDER, all it says in
# $work/FOLDER.log.
run() {
	local folder=$work/$1 expected=$2 status
	shift 2
	rm -rf "$folder"
	"$NESTBED" run -o "$folder" "$@" >"$folder.out" 2>"$folder.log"
	status=$?
	[ $status -eq "$expected" ] && return 0
	echo "nestbed run $* ended with $status, not $expected:"
	cat "$folder.log" "$folder.out"
	return 1
}

# cell FOLDER "op level config" COLUMN: prints the cell. config may be a pattern.
cell() {
	awk -F, -v want="$2" -v column="$3" '
		NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
		{ key = $at["op"] " " $at["level"] " " $at["config"] }
		key == want { print $at[column]; found = 1 }
		END { exit !found }' "$work/$1/results.csv"
}

# equals FOLDER "op level config" COLUMN VALUE
equals() {
	local value
	value=$(cell "$1" "$2" "$3") || { echo "no row $2 in $1"; cat "$work/$1/results.csv"; return 1; }
	[ "$value" = "$4" ] || { echo "$2: $3 is $value, not $4"; return 1; }
}

# at_most FOLDER "op level config" COLUMN VALUE
at_most() {
	local value
	value=$(cell "$1" "$2" "$3") && [ -n "$value" ] && awk -v a="$value" -v b="$4" 'BEGIN { exit !(a <= b) }' ||
		{ echo "$2: $3 is ${value:-empty}, not at most $4"; return 1; }
}

# near FOLDER "op level config" COLUMN VALUE: it is within 5%, or 8 ticks (the clock of an emulator
# may go by more than an instruction).
near() {
	local value
	value=$(cell "$1" "$2" "$3") && [ -n "$value" ] && [ -n "$4" ] && awk -v a="$value" -v b="$4" '
		BEGIN { d = a > b ? a - b : b - a; exit !(d <= 8 || d <= 0.05 * b) }' || { echo "$2: $3 is ${value:-empty}, not near ${4:-empty}"; return 1; }
}

# steady FOLDER "op level config": nearly all samples take as long as the median.
steady() {
	near "$1" "$2" p90_ticks "$(cell "$1" "$2" p50_ticks)"
}

# more FOLDER "op level config" COLUMN "op level config": the first row has more in that column than
# the second.
more() {
	local a b
	a=$(cell "$1" "$2" "$3") && b=$(cell "$1" "$4" "$3") && [ -n "$a" ] && [ -n "$b" ] && awk -v a="$a" -v b="$b" 'BEGIN { exit !(a > b) }' ||
		{ echo "$3: ${a:-empty} of $2 is not more than ${b:-empty} of $4"; return 1; }
}

# suite FOLDER: the whole suite, all levels, VMCS shadowing on and off. It is measured once, for all
# tests of a `make test`.
suite() {
	local all=${NESTBED_SHARED:-$work}/measured-suite status
	(
		flock 9
		[ ! -e "$all.status" ] || exit 0
		"$NESTBED" run -o "$all" --machine bochs --op all -n 40 --warmup 8 --no-plot >"$all.out" 2>"$all.log"
		echo $? >"$all.status"
	) 9>"$all.lock"
	ln -sfn "$all" "$work/$1"
	cp "$all.log" "$work/$1.log"
	read -r status <"$all.status"
	[ "$status" -eq 0 ] || { cat "$all.log"; return 1; }
}

# fetch_kernel VERSION LOG: from this release of Debian, or from the one that has it.
fetch_kernel() {
	"$NESTBED" kernels fetch "$1" >"$2" 2>&1 || "$NESTBED" kernels fetch --suite bookworm "$1" >>"$2" 2>&1
}

# says FOLDER TEXT: standard error has it.
says() {
	grep -qF -- "$2" "$work/$1.log" || { echo "no \"$2\" in:"; cat "$work/$1.log"; return 1; }
}

# Nothing is left of this script's runs: no process (they all have its TMPDIR), no temporary file.
leaves_nothing() {
	local left process
	left=$(find "$TMPDIR" -mindepth 1)
	for process in /proc/[0-9]*; do
		case $(cat "$process/comm" 2>/dev/null) in
		bochs* | nestbed* | qemu-system*)
			cat "$process/environ" 2>/dev/null | tr "\0" "\n" | grep -qxF "TMPDIR=$TMPDIR" &&
				left="$left process $(tr '\0' ' ' <"$process/cmdline")" ;;
		esac
	done
	[ -z "$left" ] || { echo "left: $left"; return 1; }
}

marked_incomplete() {
	[ -e "$work/$1/INCOMPLETE" ] && grep -q ',no,' "$work/$1/results.csv" ||
		{ echo "not marked incomplete"; ls "$work/$1"; cat "$work/$1/results.csv"; return 1; }
}

not_marked() {
	[ ! -e "$work/$1/INCOMPLETE" ]
}

finish() {
	echo "1..$tap"
}
