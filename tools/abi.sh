#!/usr/bin/env bash
# The binary interface that modules are built against, as it is built, beside the one on
# record in tools/abi: what is taken away or changed there breaks modules that exist.
#   abi.sh          prints what has changed, and fails; what is only new may be
#   abi.sh accept   the record is as it is built: for a change that is wanted (docs/modules.md)
# BUILD is the tree that was built, "build" without it.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
build=${BUILD:-build} record=tools/abi

# The functions of the core; and the tables of a module, of which any will do.
parts=(ringdown module)
declare -A objects=([ringdown]=ringdown [module]=modules/app_echo.so)
common=(--suppressions "$record/private" --exported-interfaces-only)

accept() {
	local part
	for part in "${parts[@]}"; do
		abidw "${common[@]}" --headers-dir include/ringdown --drop-private-types --no-corpus-path --no-comp-dir-path \
			--no-show-locs --no-elf-needed --no-parameter-names --no-write-default-sizes \
			--out-file "$record/$part.abi" "$build/${objects[$part]}"
	done
}

# compare PART: its status is abidiff's. The record has private types by name only, and so
# nothing is said of these.
compare() {
	abidiff "${common[@]}" --no-added-syms "$record/$1.abi" "$build/${objects[$1]}"
}

check() {
	local part output broken=0
	for part in "${parts[@]}"; do
		output=$(compare "$part" 2>&1) && continue
		printf '%s\n' "$output" | sed "/^\$/d; s|^|$record/$part.abi: |"
		broken=1
	done
	((!broken)) || echo "$record: modules that were built before would break; docs/modules.md" \
		"says what may change, and how a change that is wanted is put on record"
	return $broken
}

if [ "${1:-}" = accept ]; then
	accept
elif ! command -v abidiff >/dev/null; then
	echo "advice: without abidiff (abigail-tools) nobody sees the binary interface change" >&2
elif [ ! -e "$build/ringdown" ] || [ "$(uname -m)" != x86_64 ]; then
	echo "advice: the binary interface is looked at on x86_64, in a tree that is built" >&2
else
	check
fi
