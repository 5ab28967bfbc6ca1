#!/usr/bin/env bash
# Builds the Debian packages from the tree as it is, has lintian look at them, and lets them
# be installed, started, upgraded, removed and purged in a copy of this machine that goes
# with it (an overlay; root is needed). Usage: tools/package.sh FOLDER [build|try]
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."

folder=$1 what=${2:-all}

say() { printf '\033[1m== %s\033[0m\n' "$*" >&2; }

build() {
	say "building in $folder"
	rm -rf "$folder/ringdown"
	mkdir -p "$folder/ringdown"
	git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents -t "$folder/ringdown"
	(cd "$folder/ringdown" && DEB_BUILD_OPTIONS="parallel=$(nproc) nocheck" \
		dpkg-buildpackage -us -uc -b -d) >"$folder/build.log" 2>&1 ||
		{ tail -n 30 "$folder/build.log"; return 1; }
	say "lintian"
	lintian --fail-on error,warning --suppress-tags initial-upload-closes-no-bugs \
		"$folder"/ringdown_*.changes
}

# What runs in the copy; its services are started by hand, for no systemd runs there.
# shellcheck disable=SC2317
inside() {
	set -e
	local package=$1 newer=$2 older=$3 phones
	export DEBIAN_FRONTEND=noninteractive
	ip link set lo up
	fails() { echo "FAILED: $*"; exit 1; }
	# "$@" as the daemon's user.
	start() {
		install -d -o ringdown -g ringdown -m 700 /run/ringdown
		RUNTIME_DIRECTORY=/run/ringdown setpriv --reuid ringdown --regid ringdown --clear-groups "$@" >/tmp/ringdown.out 2>&1 &
		daemon=$!
		for _ in $(seq 100); do
			ringdown -x 'core waitfullybooted' >/dev/null 2>&1 && return
			sleep 0.1
		done
		cat /tmp/ringdown.out
		fails "it does not start"
	}
	stop() { ringdown -x 'core stop now'; wait "$daemon"; }

	say "upgrading one that had a file for logrotate"
	dpkg -i "$older" || fails "install the older one"
	[ -e /etc/logrotate.d/ringdown ] || fails "it is no older one"
	dpkg -i "$package" || fails "upgrade the older one"
	[ ! -e /etc/logrotate.d/ringdown ] || fails "two would rotate the log"
	dpkg -P ringdown || fails "purge the older one"
	say "installing"
	dpkg -i "$package" || fails "install"
	id ringdown >/dev/null || fails "no user"
	[ "$(stat -c %a:%U /var/lib/ringdown/passwords)" = 600:ringdown ] || fails "passwords"
	phones=$(grep -c '^\[.*\](phone)' /etc/ringdown/sip.conf)
	[ "$(wc -l </var/lib/ringdown/passwords)" = "$phones" ] || fails "a password for each phone"
	ringdown --check
	say "as the container starts it"
	rm /var/lib/ringdown/passwords
	start /packages/container-start
	[ "$(wc -l </var/lib/ringdown/passwords)" = "$phones" ] || fails "passwords of the container"
	stop
	start ringdown -f
	ringdown -x 'database put office word kept'
	ringdown -x 'core show health'
	echo '; ours' >>/etc/ringdown/sip.conf
	cp /var/lib/ringdown/passwords /tmp/passwords
	say "upgrading, where a link waits for root"
	install -m 644 /tmp/passwords /tmp/of_root
	ln -sf /tmp/of_root /var/lib/ringdown/passwords
	dpkg -i "$newer" </dev/null || fails "upgrade"
	[ "$(stat -c %a:%U /tmp/of_root)" = 644:root ] || fails "root followed a link of ringdown's"
	rm /var/lib/ringdown/passwords # the link
	install -o ringdown -g ringdown -m 600 /tmp/passwords /var/lib/ringdown/passwords
	ringdown -x 'core show uptime' || fails "the upgrade stopped it"
	stop
	start ringdown -f
	ringdown -x 'database get office word' | grep -q kept || fails "the database"
	grep -q '; ours' /etc/ringdown/sip.conf || fails "our configuration"
	cmp /tmp/passwords /var/lib/ringdown/passwords || fails "passwords changed"
	stop
	say "removing"
	dpkg -r ringdown || fails "remove"
	[ ! -e /usr/sbin/ringdown ] || fails "it is still there"
	[ -e /etc/ringdown/sip.conf ] && [ -e /var/lib/ringdown/ringdown.db ] ||
		fails "the configuration and the data are to stay"
	dpkg -P ringdown || fails "purge"
	[ ! -e /etc/ringdown ] && [ ! -e /var/lib/ringdown ] || fails "something is left"
	echo "installed, started, upgraded, removed, purged"
}

# The package with something behind its version, changed by what follows: "$@" in its folder.
another() {
	local package=$1 name=$2 behind=$3
	shift 3
	rm -rf "${folder:?}/$name"
	dpkg-deb -R "$package" "$folder/$name"
	sed -i "s/^Version: .*/&$behind/" "$folder/$name/DEBIAN/control"
	(cd "$folder/$name" && "$@")
	dpkg-deb -b "$folder/$name" "$folder/$name.deb" >/dev/null
	rm -rf "${folder:?}/$name"
}

# As packages were before the daemon rotated its log by itself.
with_logrotate() {
	install -D -m 644 usr/share/doc/ringdown/examples/ringdown.logrotate etc/logrotate.d/ringdown
	echo /etc/logrotate.d/ringdown >>DEBIAN/conffiles
}

try() {
	local package newer=$folder/newer.deb older=$folder/older.deb copy=$folder/copy
	package=$(ls "$folder"/ringdown_*_"$(dpkg --print-architecture)".deb)
	say "a newer and an older one of the same"
	another "$package" newer +newer true
	another "$package" older "~older" with_logrotate
	say "trying in a copy"
	mkdir -p "$copy"
	{ declare -f inside say; echo 'inside /packages/first.deb /packages/newer.deb /packages/older.deb'; } >"$folder/inside.sh"
	unshare -mnpf --mount-proc bash -c "
		set -e
		mount -t tmpfs tmpfs '$copy'
		mkdir '$copy'/{upper,work,root}
		mount -t overlay overlay -o lowerdir=/,upperdir='$copy'/upper,workdir='$copy'/work '$copy'/root
		mkdir -p '$copy'/root/packages
		cp '$package' '$copy'/root/packages/first.deb
		cp '$newer' '$older' '$copy'/root/packages
		cp '$folder'/inside.sh dist/container-start '$copy'/root/packages
		mount -t proc proc '$copy'/root/proc
		mount --rbind /dev '$copy'/root/dev
		mount -t tmpfs tmpfs '$copy'/root/run
		mount -t tmpfs tmpfs '$copy'/root/tmp
		chroot '$copy'/root bash /packages/inside.sh
	"
	rmdir "$copy"
	rm -f "$newer" "$older" "$folder/inside.sh"
}

case $what in
build) build ;;
try) try ;;
all) build && try ;;
*) echo "usage: tools/package.sh FOLDER [build|try]" >&2; exit 2 ;;
esac
