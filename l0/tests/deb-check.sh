#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Checks the Debian package in a fresh Debian, as root: deb-check.sh PACKAGE.deb. `make test-deb`
# runs it, in a folder with e2e-lib.sh. It installs the package with what it recommends, runs it as
# a user, and purges it: nothing may be left outside /home.
if [ $# -eq 1 ]; then # once more, to count what has failed
	log=$(mktemp)
	"$0" "$1" inner | tee "$log"
	! grep -q '^not ok' "$log" && grep -q '^1\.\.' "$log"
	status=$?
	rm "$log"
	exit $status
fi
. "$(dirname "$0")/e2e-lib.sh"
package=$(realpath "$1")
export DEBIAN_FRONTEND=noninteractive
user=nobody home=/home/tester
chmod 755 "$work" "$TMPDIR"
mkdir -p $home && chown $user $home

as_user() { # COMMAND...: in the user's home, with no more than a login has
	(cd $home && runuser -u $user -- env -i HOME=$home PATH=/usr/local/bin:/usr/bin:/bin TERM=dumb LANG=C.UTF-8 "$@")
}
status() { # EXPECTED COMMAND...: the exit code; what it says is in said.log
	local expected=$1 got=0
	shift
	"$@" >"$work/said.log" 2>&1 || got=$?
	[ $got -eq "$expected" ] || { echo "$* ended with $got, not $expected:"; cat "$work/said.log"; return 1; }
}
said() { grep -qF -- "$1" "$work/said.log" || { echo "no \"$1\" in:"; cat "$work/said.log"; return 1; }; }

# All files but what belongs to the user, the kernel, or the package manager itself.
files() {
	find / -xdev \( -path /home -o -path /root -o -path /tmp -o -path /proc -o -path /sys -o -path /dev -o -path "$work" \
		-o -path /var/cache -o -path /var/log -o -path /var/lib/apt -o -path /var/lib/dpkg \) -prune -o -print | sort
}

check "the package lists are there" apt-get update -qq
check "tools that read manual pages come" apt-get install -y -qq man-db groff
check "apt installs the package, and what it depends on" apt-get install -y "$package"
check "no part of it is missing" status 0 dpkg --verify nestbed
check "it lies where a distribution's programs lie" test -x /usr/bin/nestbed
check "what it recommends has come" command -v bochs gnuplot
check "--version" status 0 as_user nestbed --version
check "says the package's version" said "nestbed $(dpkg-query -W -f '${Version}' nestbed)"
check "list" status 0 as_user nestbed list
check "has the operations" said "vmcall"

# This computer may offer nested VMX, and then no kernel is wanted.
as_user nestbed doctor >"$work/doctor.log" 2>&1
verdict=$?
offers_a_machine() { [ $verdict -eq 0 ] || [ $verdict -eq 77 ] || { cat "$work/doctor.log"; return 1; }; }
check "doctor knows the machines" offers_a_machine
no_way_of_the_source_tree() { ! grep -E 'make (all|kernel|run)|build/' "$work"/*.log; }
check "and sends nobody to make" no_way_of_the_source_tree
if [ $verdict -eq 77 ]; then
	check "run without a kernel is not possible" status 77 as_user nestbed run
	check "and one command brings it" said "nestbed kernels fetch"
	check "and sends nobody to make" no_way_of_the_source_tree
	check "that command, as a user" status 0 as_user nestbed kernels fetch
	check "keeps it in the user's folder" compgen -G "$home/.cache/nestbed/kernels/*/boot/vmlinuz-*"
	check "and then the run is possible" status 0 as_user nestbed run -n 100 --timeout 300
	check "with L2" grep -q ',L2,' $home/results/out/latest/results.csv
fi

check "a measurement on an emulated machine" status 0 as_user nestbed run --machine bochs --l0 own -n 20 --timeout 300
check "its results lie below the current folder" test -s $home/results/out/latest/results.csv
check "and so do its plots" test -s $home/results/out/latest/exit-latency.svg
check "plot draws them again" status 0 as_user nestbed plot
check "compare" status 0 as_user nestbed compare results/out/latest results/out/latest
check "claims, of the reference that came along" status 0 as_user nestbed claims /usr/share/nestbed/reference
unwritable() {
	(cd /usr && runuser -u $user -- nestbed run --machine bochs --l0 own -n 20 --timeout 300) >"$work/said.log" 2>&1
	[ $? -eq 1 ] && said "name another with -o" && said "Permission denied"
}
check "a folder that cannot be written to is named, with the way out" unwritable

completes() { # LINE WORD: the completion offers it
	bash -c '. /usr/share/bash-completion/completions/nestbed && COMP_LINE=$1 COMP_POINT=${#1} COMP_WORDS=($1)
		[ "${1% }" = "$1" ] || COMP_WORDS+=("")
		COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _nestbed nestbed; printf "%s\n" "${COMPREPLY[@]}"' _ "$1" >"$work/said.log" 2>&1
	grep -qxF -- "$2" "$work/said.log" || { echo "no $2 in:"; head -n 20 "$work/said.log"; return 1; }
}
check "completion of a command" completes "nestbed com" compare
check "completion of an option" completes "nestbed run --mach" --machine
check "completion of a value" completes "nestbed run --machine bo" bochs

renders() { # PAGE: without a warning, and with a name that apropos finds
	local said
	said=$(MANROFFSEQ='' LC_ALL=C.UTF-8 man --warnings -E UTF-8 -l -Tutf8 -Z "$1" 2>&1 >/dev/null)
	[ -z "$said" ] || { echo "$said"; return 1; }
	lexgrog "$1"
}
for command in "" $(nestbed --help | sed -n 's/^  \([a-z][a-z-]*\) .*/-\1/p'); do
	check "the page nestbed$command(1) renders" renders "/usr/share/man/man1/nestbed$command.1.gz"
done

check "remove" apt-get remove -y nestbed
check "the program is gone" test ! -e /usr/bin/nestbed
check "purge" dpkg --purge nestbed # apt does not know a package any more of which nothing is left
files >"$work/before"
check "it can be installed again" apt-get install -y "$package"
check "and run" status 0 as_user nestbed run --machine bochs --l0 own -n 20 --timeout 300
check "and purged" apt-get purge -y nestbed
files >"$work/after"
check "nothing is left outside /home" diff "$work/before" "$work/after"
no_trace() { ! find / -xdev \( -path /home -o -path /root -o -path /proc -o -path /sys \) -prune -o -name '*nestbed*' -print | grep . ; }
check "nothing of that name, either" no_trace
finish
