#!/usr/bin/env bash
# clang-format for what is new: the lines that differ from main, and untracked
# files. With "all" the whole tree; with "check" it changes nothing and fails.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."

# Where this branch has left main; on main, what is not committed.
base=HEAD
for main in origin/main main; do
	! git rev-parse -q --verify "$main" >/dev/null || base=$(git merge-base HEAD "$main")
done

new_files() {
	git ls-files -z --others --exclude-standard '*.c' '*.h'
}

case ${1:-} in
all)
	git ls-files -z '*.c' '*.h' | xargs -0 clang-format -i
	;;
check)
	new_files | xargs -0 -r clang-format --dry-run -Werror
	! git clang-format --diff --extensions c,h "$base" | grep '^diff'
	;;
"")
	new_files | xargs -0 -r clang-format -i
	git clang-format --force --quiet --extensions c,h "$base"
	;;
*)
	echo "usage: tools/format.sh [all|check]" >&2
	exit 2
	;;
esac
