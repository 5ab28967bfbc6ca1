#!/usr/bin/env bash
# The binary interface that modules are built against, as it is built, beside the one on
# record in tools/abi: what is taken away or changed there breaks modules that exist.
#   abi.sh          prints what has changed, and fails; what is only new may be
#   abi.sh accept   the record is as it is built: for a change that is wanted (docs/modules.md)
# BUILD is the tree that was built, "build" without it.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
build=${BUILD:-build} record=tools/abi

# The functions of the core; the tables of a module, of which any will do; and all else that
# headers say, which modules have of one another (sip_event.h) or in numbers.
parts=(ringdown module headers)
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
declare -A objects=([ringdown]=$build/ringdown [module]=$build/modules/app_echo.so
	[headers]=$made/headers.so)
common=(--suppressions "$record/private" --exported-interfaces-only)

# Those of the form "#define RD_X 5" and of enumerations without a name. That of the SDK is
# there to be raised.
numbers() {
	sed -nE 's/^#define (RD_\w+)[[:space:]]+[-(0-9].*/\1/p' "$@"
	sed -nE 's/^enum \{ (.*) \};.*/\1/p; /^enum \{$/,/^\};/{ s|/\*.*||; p }' "$@" |
		sed 's/=[^,]*//g' | grep -o 'RD_\w*'
}

# "RD_SIP_EVENTS sip_events", a line for each "#define RD_SIP_EVENTS "sip_events"", in letters of
# names.
texts() {
	local name text i encoded
	sed -nE 's/^#define (RD_\w+)(\(\w+\))?[[:space:]]+"([^"]*)".*/\1 \3/p' "$@" |
		while read -r name text; do
			encoded=
			for ((i = 0; i < ${#text}; i++)); do
				case ${text:i:1} in
				[a-z0-9A-Z]) encoded+=${text:i:1} ;;
				*) encoded+=$(printf '_%02x' "'${text:i:1}") ;;
				esac
			done
			echo "$name $encoded"
		done
}

# A variable of each struct, union and enum, and one of an enum for each number, text and macro
# that makes a bit of a number: abidiff compares nothing else.
print_headers() {
	local headers number text
	mapfile -t headers < <(printf '%s\n' include/ringdown/*.h | grep -v /test.h)
	printf '#include <%s>\n' "${headers[@]#include/}"
	sed -nE 's/^(struct|union|enum) (rd_\w+) \{.*/\1 \2 rd_abi_\1_\2;/p' "${headers[@]}"
	numbers "${headers[@]}" | grep -v '^RD_SDK_MINOR$' | while read -r number; do
		echo "enum rd_abi_$number { rd_abi_is_$number = $number } rd_abi_number_$number;"
	done
	sed -nE 's/^#define (RD_\w+_BIT)\(\w+\).*/\1/p' "${headers[@]}" | while read -r number; do
		echo "enum rd_abi_$number { rd_abi_is_$number = $number(5)," \
			"rd_abi_size_$number = sizeof($number(5)) } rd_abi_bit_$number;"
	done
	texts "${headers[@]}" | grep -v '^RD_MODULE_NAME ' | while read -r number text; do
		echo "enum rd_abi_$number { rd_abi_is_${number}_$text } rd_abi_text_$number;"
	done
}

build_headers() {
	print_headers >"$made/headers.h"
	${CC:-cc} -std=c11 -D_GNU_SOURCE -g -shared -fPIC -I include \
		-o "$made/headers.so" -x c "$made/headers.h"
}

# A part that is as it was keeps its record.
accept() {
	local part
	for part in "${parts[@]}"; do
		! abidiff "${common[@]}" "$record/$part.abi" "${objects[$part]}" >/dev/null 2>&1 || continue
		abidw "${common[@]}" --headers-dir include/ringdown --headers-dir "$made" \
			--drop-private-types --no-corpus-path --no-comp-dir-path --no-show-locs \
			--type-id-style hash --no-elf-needed --no-parameter-names --no-write-default-sizes \
			--out-file "$record/$part.abi" "${objects[$part]}"
		sed -i "s|$made/||" "$record/$part.abi"
	done
}

# compare PART: its status is abidiff's. The record has private types by name only, and so
# nothing is said of these.
compare() {
	abidiff "${common[@]}" --no-added-syms "$record/$1.abi" "${objects[$1]}"
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
	build_headers
	accept
elif [ "$(uname -m)" != x86_64 ]; then
	echo "advice: the binary interface is looked at on x86_64" >&2
elif ! command -v abidiff >/dev/null; then
	echo "tools/abi.sh: without abidiff nobody sees the binary interface change: ./dev deps, or" \
		"install abigail-tools"
	exit 1
elif [ ! -e "$build/ringdown" ]; then
	echo "tools/abi.sh: there is no $build/ringdown to look at: ./dev build"
	exit 1
else
	build_headers
	check
fi
