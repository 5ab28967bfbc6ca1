#!/usr/bin/env bash
# The compliance table of docs/sip.md: each row names tests that are there and that
# the suites run, and code that is there; the one below it, of SIPp's two roles: each
# title is that of a test; and the tables of docs/flows.md. Prints each breach as file:line
# and fails when there is one.
set -uo pipefail
cd "$(dirname "$(readlink -f "$0")")/.." || exit

PAGE=docs/sip.md
FLOWS=docs/flows.md

# "line number|code|test" of each row.
rows() {
	awk -F ' *[|] *' '/^## / { inside = /^## Compliance$/ }
		inside && /^\|/ && !/^\| *(RFC *\||-)/ { print FNR "|" $4 "|" $5 "|" NF }' "$PAGE"
}

# Two rows of one RFC and section would be two truths.
repeated() {
	awk -F ' *[|] *' -v page="$PAGE" '/^## / { inside = /^## Compliance$/ }
		inside && /^\|/ && !/^\| *-/ && seen[$2]++ {
			print page ":" FNR ": a second row for \"" $2 "\"" }' "$PAGE"
}

# What stands in backquotes, a word a line.
quoted() {
	grep -oE '`[^`]+`' <<<"$1" | tr -d '`'
}

# A program or script of tests/, which the suite's Makefile.inc runs.
is_test() {
	local suite=${1%%/*} name=${1#*/}
	{ [ -f "tests/$1.c" ] || [ -x "tests/$1.py" ]; } &&
		grep -qE "tests/$suite/$name(\.py)?\b" "tests/$suite/Makefile.inc"
}

is_code() {
	compgen -G "channels/sip/$1" >/dev/null || compgen -G "$1" >/dev/null
}

check_row() {
	local line=$1 code=$2 test=$3 fields=$4 word
	((fields == 6)) || echo "$PAGE:$line: a row has four columns"
	[[ $test == *'`'* ]] || echo "$PAGE:$line: no test is named"
	for word in $(quoted "$test"); do
		is_test "$word" || echo "$PAGE:$line: no test '$word' is run"
	done
	for word in $(quoted "$code"); do
		is_code "$word" || echo "$PAGE:$line: no file '$word'"
	done
}

# What the rows of tests/call are called ("RFC", "title", ...), and its methods, as titles.
titles() {
	sed -nE 's/^[[:space:]]*\("[0-9][0-9A-Za-z;,. ]*", "([^"]+)".*/\1/p' tests/call/test_*.py
	sed -nE 's/^ *def test_(rfc_[0-9_]+_)?([A-Za-z0-9_]+)\(.*/\2/p' tests/call/test_*.py |
		tr _ ' '
}

is_title() {
	grep -qFx "${1//-/ }" <<<"$TITLES" || grep -qFx "$1" <<<"$TITLES"
}

# "line number:row" of the table of roles.
roles() {
	awk '/^## / { inside = /^## SIPp in both roles$/ }
		inside && /^\|/ { print FNR ":" $0 }' "$PAGE"
}

check_roles() {
	local row word seen=0
	while IFS= read -r row; do
		while IFS= read -r word; do
			seen=$((seen + 1))
			if [[ $word == */* ]]; then is_test "$word"; else is_title "$word"; fi ||
				echo "$PAGE:${row%%:*}: no test '$word'"
		done < <(quoted "${row#*:}")
	done < <(roles)
	((seen)) || echo "$PAGE: no table of SIPp's roles"
}

# "line number:row" of the tables of flows.
flows() {
	awk '/^\| [0-9]/ { print FNR ":" $0 }' "$FLOWS"
}

is_function() {
	grep -qE "^static void $1\(void \*\*state\)" tests/sim/test_*.c
}

# A row says in which role a figure is drawn, and one that is drawn stands there.
check_drawn() {
	local line=${1%%:*} section=$2 role=$3 cell=$4 drawn=0
	grep -qE "\b${role}(_TO)?\((\"[a-z]+\", )?\"${section}[\",]" \
		tests/sim/test_sip_figures.c && drawn=1
	[[ $cell == figure* ]] && ((!drawn)) && echo "$FLOWS:$line: $section is not drawn for $role"
	[[ $cell == figure* ]] || ((!drawn)) || echo "$FLOWS:$line: $section is drawn for $role"
}

check_flows() {
	local row word section called calling seen=0
	while IFS= read -r row; do
		seen=$((seen + 1))
		IFS='|' read -r _ section called calling _ <<<"$row"
		section=$(grep -oE '[0-9]{4} [0-9A-E.]+' <<<"$section" | head -1)
		check_drawn "$row" "$section" BOB "${called# }"
		check_drawn "$row" "$section" ALICE "${calling# }"
		while IFS= read -r word; do
			if [[ $word == */* ]]; then is_test "$word"
			else is_function "$word" || is_title "$word"; fi ||
				echo "$FLOWS:${row%%:*}: no test '$word'"
		done < <(quoted "$row")
	done < <(flows)
	((seen)) || echo "$FLOWS: no table of flows"
}

TITLES=$(titles)
seen=0 breaches=0
while read -r breach; do
	echo "$breach"
	breaches=$((breaches + 1))
done < <(repeated; check_roles; check_flows)
while IFS='|' read -r line code test fields; do
	seen=$((seen + 1))
	while read -r breach; do
		echo "$breach"
		breaches=$((breaches + 1))
	done < <(check_row "$line" "$code" "$test" "$fields")
done < <(rows)
((seen)) || { echo "$PAGE: no table of compliance"; exit 1; }
((breaches == 0))
