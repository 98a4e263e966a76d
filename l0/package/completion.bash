# bash completion for nestbed. The program itself knows what a word can become: `nestbed complete WORD...`
# SPDX-License-Identifier: GPL-2.0-only

_nestbed()
{
	local typed=${COMP_WORDS[COMP_CWORD]} i

	mapfile -t COMPREPLY < <("${COMP_WORDS[0]/#\~/$HOME}" complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
	case ${COMPREPLY[0]-} in
	:files | :folders)
		[ "$typed" != = ] || typed=
		local kind=-f
		[ "${COMPREPLY[0]}" = :files ] || kind=-d
		mapfile -t COMPREPLY < <(compgen $kind -- "$typed")
		compopt -o filenames 2>/dev/null
		return
		;;
	*=) compopt -o nospace 2>/dev/null ;;
	esac
	# Where "=" parts words, bash replaces only what stands behind it.
	if [[ $COMP_WORDBREAKS == *=* ]] && { [ "$typed" = = ] || [ "${COMP_WORDS[COMP_CWORD - 1]}" = = ]; }; then
		for i in "${!COMPREPLY[@]}"; do
			COMPREPLY[i]=$(_nestbed_behind "${COMPREPLY[i]}" "$typed")
		done
	fi
}

# Prints a candidate without what stands before the word at the cursor, which begins behind the last "=" that was typed.
_nestbed_behind()
{
	local candidate=$1 ending=

	case $candidate in
	*=) ending== candidate=${candidate%=} ;;
	esac
	printf '%s\n' "${candidate##*=}$ending"
}

complete -F _nestbed nestbed
