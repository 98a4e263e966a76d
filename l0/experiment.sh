# SPDX-License-Identifier: GPL-2.0-only
# One experiment of many, for scripts that run them: a folder in $folder for each, what it said in a log of its name, one line of what came
# of it. Wants $nestbed and $folder.

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
