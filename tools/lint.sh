#!/usr/bin/env bash
# The measures of the house style that a machine can take. Prints each breach
# as file:line and fails when there is one; formatting is only advised.
set -uo pipefail
cd "$(dirname "$(readlink -f "$0")")/.." || exit

FUNCTION_LIMIT=100 FILE_LIMIT=1000 HEADER_LIMIT=300 LINE_LIMIT=100

# But for headers of former versions, which are kept as they were.
mapfile -t c_files < <(git ls-files --cached --others --exclude-standard '*.c' '*.h' '*.S' |
	grep -v '^tests/modules/sdk-')
mapfile -t scripts < <(git grep -lI --untracked -E '^#!.*\b(ba)?sh\b' -- ':!*.md')
breaches=0

# Each line read is a breach.
report() {
	local line
	while read -r line; do
		echo "$line"
		breaches=$((breaches + 1))
	done
}

# A function is what stands between { and } in the first column.
functions() {
	awk 'FNR == 1 { inside = 0 }
	     /^{/ { inside = 1; start = FNR; name = previous }
	     /^}/ && inside { print FNR - start - 1, FILENAME ":" start, name; inside = 0 }
	     /^[a-zA-Z].*\(/ { previous = $0 }' "${c_files[@]}"
}

long_functions() {
	functions | awk -v limit=$FUNCTION_LIMIT '$1 > limit {
		printf "%s: function of %d lines (limit %d):", $2, $1, limit
		for (i = 3; i <= NF; i++) printf " %s", $i
		print "" }'
}

long_files() {
	local file lines limit
	for file in "${c_files[@]}"; do
		lines=$(wc -l <"$file")
		limit=$FILE_LIMIT
		[[ $file != include/* ]] || limit=$HEADER_LIMIT
		((lines <= limit)) || echo "$file: $lines lines (limit $limit)"
	done
}

# A tab goes to the next multiple of eight.
long_lines() {
	expand_width='{ width = 0; n = length($0)
		for (i = 1; i <= n; i++)
			width += substr($0, i, 1) == "\t" ? 8 - width % 8 : 1
		if (width > limit) print FILENAME ":" FNR ": line of " width " columns (limit " limit ")" }'
	awk -v limit=$LINE_LIMIT "$expand_width" "${c_files[@]}"
}

no_opening_comment() {
	local file
	for file in "${c_files[@]}"; do
		[[ $(head -c 2 "$file") == "/*" ]] || echo "$file:1: no opening comment"
	done
}

unfinished() {
	grep -nHE '\b(TODO|FIXME|XXX|HACK)\b|not implemented' "${c_files[@]}" |
		sed 's/$/   <- finish it or leave it out/'
}

# includes FOLDERS FORBIDDEN: files under FOLDERS must not include what matches.
includes() {
	local folders=$1 forbidden=$2 why=$3
	# shellcheck disable=SC2086 # folders are several words
	git grep -nE --untracked "^ *# *include *\"$forbidden" -- $folders | sed "s|\$|   <- $why|"
}

include_rule() {
	local own='(channels|apps|dialplan|modules|core|tests)/'
	includes "apps channels dialplan modules" '(\.\./)*core/' "modules see include/ringdown only"
	includes "apps" "${own/apps|/}" "only its own folder"
	includes "channels" "${own/channels|/}" "only its own folder"
	includes "dialplan" "${own/dialplan|/}" "only its own folder"
	includes "modules" "${own/modules|/}" "only its own folder"
	includes "core/base" 'core/[^b]' "the lowest layer"
	includes "core/sched core/config core/store" 'core/(call|media|module|cli)/' \
		"knows nothing of calls"
	includes "core/cli" 'core/(call|media|module|store)/' "the console knows no other folder"
	includes "core/media" 'core/(call|module|cli|store)/' "media knows no channel"
	includes "core/call" 'core/(module|cli|store)/' "calls know neither modules nor console"
	includes "core include" '(channels|apps|dialplan|modules)/' "the core knows no module"
	includes "include" '' "the SDK includes <ringdown/...> only"
}

# One form of include: "the path from the root of the tree", which is there.
include_form() {
	local file line path
	while IFS=: read -r file line path; do
		path=${path#*\"} path=${path%%\"*}
		[[ -f $path && $path != *./* ]] ||
			echo "$file:$line: \"$path\" is no path from the root of the tree"
	done < <(grep -nE '^ *# *include *"' "${c_files[@]}")
}

# The guard of a header is what includes write, in capitals.
include_guard() {
	local file path guard
	for file in "${c_files[@]}"; do
		[[ $file == *.h ]] || continue
		path=${file#include/} path=${path//[^a-zA-Z0-9]/_} guard=${path^^}
		[[ $(grep -m 1 -A 1 '^#ifndef' "$file") == "#ifndef $guard"$'\n'"#define $guard" ]] ||
			echo "$file:1: its guard is to be $guard"
	done
}

# What we have needs no row that tells what to take instead of it.
not_foreign() {
	local file=dialplan/foreign.c name
	comm -12 <(grep -oP '^\t\{ "\K\w+(?=",)' "$file" | sort -u) \
		<(git grep -hoP --untracked '\.name = "\K\w+(?=")' -- apps channels core dialplan modules |
			sort -u) |
		while read -r name; do
			echo "$file:$(grep -nFm 1 "{ \"$name\"," "$file" | cut -d: -f1): we have $name"
		done
}

shell_syntax() {
	local script
	for script in "${scripts[@]}"; do
		bash -n "$script" 2>&1
	done
	! command -v shellcheck >/dev/null || shellcheck -S warning -f gcc "${scripts[@]}"
}

binary_interface() {
	tools/abi.sh
}

compliance() {
	tools/compliance.sh
}

advise_format() {
	command -v git-clang-format >/dev/null || return 0
	tools/format.sh check >/dev/null 2>&1 ||
		echo "advice: clang-format would change what you changed (./dev format)"
}

statistics() {
	functions | sort -n | awk '{ n[NR] = $1 } END { if (NR)
		printf "functions: %d, median %d, p95 %d, longest %d lines\n", NR,
			n[int((NR + 1) / 2)], n[int(NR * 0.95 + 0.5)], n[NR] }'
}

for check in long_functions long_files long_lines no_opening_comment unfinished include_rule \
	include_form include_guard not_foreign shell_syntax binary_interface compliance; do
	report < <($check)
done
advise_format
statistics
((breaches == 0)) || { echo "lint: $breaches breaches"; exit 1; }
