# Completion of ringdown's command line in bash. Commands of the console after -x are
# asked of the daemon that runs.

_ringdown()
{
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
		local IFS=$'\n'
		word=${word#[\"\']}
		mapfile -t COMPREPLY < <(compgen -W "$(ringdown -x help 2>/dev/null |
			sed 's/   .*//')" -- "$word")
		COMPREPLY=("${COMPREPLY[@]/#/\"}")
		COMPREPLY=("${COMPREPLY[@]/%/\"}")
		return
		;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$options doctor top report" -- "$word")
} && complete -F _ringdown ringdown
