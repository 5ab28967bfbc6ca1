#!/usr/bin/env bash
# Builds the image of dist/Containerfile, also where no registry of images is in reach: upon
# one of the distribution's packages (mmdebstrap), with buildah. Then starts it as a container
# is started, in a network of its own, and has the doctor look and call itself there, and the
# office play a prompt. Root is needed. Usage: tools/container.sh FOLDER [base|build|try]
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."

mkdir -p "$1"
folder=$(readlink -f "$1") what=${2:-all}
release=bookworm
name=ringdown-tried
# No other isolation works within a container or a small virtual machine.
export BUILDAH_ISOLATION=chroot

say() { printf '\033[1m== %s\033[0m\n' "$*" >&2; }

b() { buildah --root "$folder/images" --runroot "$folder/run" "$@"; }

# Under the names that the file asks for.
base() {
	local container
	say "an image of $release"
	[ -e "$folder/$release.tar" ] ||
		mmdebstrap --variant=minbase --include=ca-certificates $release "$folder/$release.tar"
	container=$(b from scratch)
	b add -q "$container" "$folder/$release.tar" /
	b commit -q --rm "$container" docker.io/library/debian:$release
	b tag docker.io/library/debian:$release docker.io/library/debian:$release-slim
}

build() {
	say "building, see $folder/build.log"
	b bud --pull-never --format docker -f dist/Containerfile -t ringdown . >"$folder/build.log" 2>&1 ||
		{ tail -n 30 "$folder/build.log"; return 1; }
}

inside() { b run "$name" -- "$@"; }

# Until the daemon has said so.
await() {
	for _ in $(seq 150); do
		! grep -q "$1" "$folder/daemon.log" || return 0
		sleep 0.2
	done
	return 1
}

# In a network of its own.
run() {
	local health
	fails() { cat "$folder/daemon.log"; echo "FAILED: $*"; exit 1; }
	ip link set lo up
	b rm $name >/dev/null 2>&1 || true
	b from -q --pull-never --name $name localhost/ringdown
	trap 'b rm $name >/dev/null' EXIT
	health=$(b inspect --format '{{index .Docker.Config.Healthcheck.Test 1}}' $name)
	[ "$health" ] || fails "no health check"
	inside ringdown-container >"$folder/daemon.log" 2>&1 &
	trap 'inside ringdown -x "core stop now" >/dev/null 2>&1; wait; b rm $name >/dev/null' EXIT
	await "accepts calls" || fails "it does not start"
	inside sh -c "$health" || fails "it is not healthy"
	[ "$(inside id -un)" = ringdown ] || fails "it runs as somebody else"
	inside ringdown doctor | tee "$folder/doctor.log"
	grep -q "^ok    prompts" "$folder/doctor.log" || fails "prompts"
	grep -q "^ok    test call" "$folder/doctor.log" || fails "the test call"
	inside ringdown -x "channel originate Local/600@office application Wait 60" || fails "no call"
	sleep 10 # it lasts for 22 s
	! grep -E "WARNING|600,3: Echo" "$folder/daemon.log" || fails "the prompt is not played"
	await "600,3: Echo" || fails "the prompt does not end"
	echo "built, started, healthy, called"
}

try() {
	say "starting it"
	declare -fx say b inside await run
	folder=$folder name=$name unshare -n bash -euo pipefail -c run
}

case $what in
base) base ;;
build) build ;;
try) try ;;
all) base && build && try ;;
*) echo "usage: tools/container.sh FOLDER [base|build|try]" >&2; exit 2 ;;
esac
