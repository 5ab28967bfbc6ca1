# Completion of ringdown's command line in bash. Commands of the console after -x are
# asked of the daemon that runs, of the one that the words before mean.

# Into the array daemon: the program, and where -C and -S say that its files are.
_ringdown_daemon()
{
	local i word option=

	daemon=("${COMP_WORDS[0]/#\~\//$HOME/}")
	for ((i = 1; i < COMP_CWORD - 1; i++)); do
		word=${COMP_WORDS[i]}
		case $word in
		-C | --config | -S | --state) option=$word ;;
		=) ;; # bash makes three words of --config=FOLDER
		-C?* | -S?*) daemon+=("${word:0:2}" "${word:2}") ;;
		*)
			word=${word//[\"\'\\]/}
			[ -n "$option" ] && daemon+=("$option" "${word/#\~\//$HOME/}")
			option=
			;;
		esac
	done
}

_ringdown()
{
	local daemon other modes="doctor top report"
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
	local options="-f --foreground -v --verbose -C --config -S --state -r --remote
		-x --execute --check --version --help"

	COMPREPLY=()
	case $before in
	-C | --config | -S | --state)
		mapfile -t COMPREPLY < <(compgen -d -- "$word")
		compopt -o filenames 2>/dev/null
		return
		;;
	-x | --execute)
		_ringdown_daemon
		local IFS=$'\n'
		word=${word#[\"\']}
		mapfile -t COMPREPLY < <(compgen -W "$("${daemon[@]}" -x help 2>/dev/null |
			sed 's/   .*//')" -- "$word")
		COMPREPLY=("${COMPREPLY[@]/#/\"}")
		COMPREPLY=("${COMPREPLY[@]/%/\"}")
		return
		;;
	esac
	for other in "${COMP_WORDS[@]:1:COMP_CWORD - 1}"; do
		case $other in
		doctor | top) options="-C --config -S --state" modes= ;;
		report) options='' modes=calls ;;
		calls) modes= ;;
		esac
	done
	mapfile -t COMPREPLY < <(compgen -W "$options $modes" -- "$word")
} && complete -F _ringdown ringdown
