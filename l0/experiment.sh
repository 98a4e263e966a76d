# SPDX-License-Identifier: GPL-2.0-only
# One experiment of many, for scripts that run them: a folder in $folder for each, what it said in a
# log of its name, one line of what came of it. Wants $nestbed and $folder.

# A folder that no other run has: FOLDER, or, if it is -, a new one in results/out with
# TIME-HOST-KIND as its name. It is marked INCOMPLETE from its first moment on.
# make_folder FOLDER KIND: sets $folder; ends with 2 if FOLDER is taken.
make_folder() {
	local base number=1
	folder=$1
	if [ "$folder" = - ]; then
		base=results/out/$(date -u +%Y-%m-%dT%H-%M-%SZ)-$(uname -n | tr -c 'a-zA-Z0-9._\n-' _)-$2
		folder=$base
	fi
	mkdir -p "$(dirname "$folder")" || exit 1
	until mkdir "$folder" 2>/dev/null; do
		if [ -z "${base:-}" ] && [ -d "$folder" ] && [ -z "$(ls -A "$folder")" ]; then
			break # an empty folder holds nothing that could be lost
		elif [ -z "${base:-}" ] && [ -e "$folder" ]; then
			echo "nestbed: the output folder $folder is not empty: name another" >&2
			exit 2
		elif [ ! -e "$folder" ]; then
			mkdir "$folder" # which says why that cannot be
			exit 1
		fi
		number=$((number + 1))
		folder=$base-$number
	done
	# No two shells write the mark: the second one finds it.
	(set -C && echo "These experiments have not come to a good end, or go on. \`nestbed recover\` takes the folder of each." \
		>"$folder/INCOMPLETE") || exit 2
	made_new=${base:+yes}
}

# close_folder FAILED: the end of all experiments.
close_folder() {
	if [ "$1" -eq 0 ]; then
		sync -f "$folder" && rm -f "$folder/INCOMPLETE"
	fi
	[ -z "$made_new" ] || ln -sfn "$(basename "$folder")" "$(dirname "$folder")/latest"
}

# find_machine MACHINE: sets $machine to host or bochs, what nestbed takes for auto; ends with 1
# where none can run.
find_machine() {
	local said status=0
	machine=$1
	[ "$machine" = auto ] || return 0
	said=$("$nestbed" run --machine auto --op empty --dry-run 2>&1 >/dev/null) || status=$?
	machine=$(sed -n 's/^nestbed: machine \([a-z]*\):.*/\1/p' <<<"$said")
	[ -n "$machine" ] || {
		echo "$said" >&2
		exit $((status ? status : 1))
	}
}

# choose_kvm RELOAD: sets $kvm to the options of experiments whose L0 is KVM, $on to the one that
# switches VMCS shadowing on, and $ways to the ways to give L2 its memory. Without --reload-kvm the
# KVM of this computer is measured as it is set, and what that leaves out is said.
choose_kvm() {
	kvm="--machine $machine $1"
	on="--config shadow_vmcs=on"
	ways=ept-on-ept,shadow-wp-on-ept,shadow,shadow-wp-on-shadow
	if [ "$machine" = host ] && [ -z "$1" ]; then
		on=
		ways=ept,shadow-wp,shadow
		echo "  left out, as kvm_intel stays as it is set: its other settings, among them shadow paging below (shadow-wp-on-shadow)"
		echo "          to do: --reload-kvm lets nestbed reload it (make: RELOAD=1)"
	fi
}

# experiment NAME COMMAND...: false if it failed. What a machine lacks is said, and no failure.
experiment() {
	local name=$1 from=$SECONDS status=0 said
	shift
	"$nestbed" "$@" -o "$folder/$name" >"$folder/$name.log" 2>&1 || status=$?
	said="$name ($((SECONDS - from)) s): nestbed $*"
	case $status in
	0) echo "  done    $said" ;;
	77) echo "  skipped $said"; tail -n 1 "$folder/$name.log" | sed 's/^/          /' ;;
	*) echo "  FAILED  $said"; tail -n 5 "$folder/$name.log" | sed 's/^/          /'; return 1 ;;
	esac
}
