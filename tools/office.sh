#!/usr/bin/env bash
# Starts the office of configs/office in the foreground, with its state in a
# folder of its own; gives each phone a password the first time.
# Usage: tools/office.sh BUILD STATE [more options of ringdown]
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."

build=$1 state=$2
shift 2
config=configs/office
passwords=$state/passwords

phones() {
	sed -nE 's/^\[([A-Za-z0-9._-]+)\]\(phone\).*/\1/p' "$config/sip.conf"
}

# Those of people; the door has a name.
numbers() {
	phones | grep '^[0-9]'
}

address() {
	local found
	found=$(ip -4 route get 192.0.2.1 2>/dev/null | sed -nE 's/.* src ([0-9.]+).*/\1/p') || true
	[ -n "$found" ] || found=$(hostname -I 2>/dev/null | cut -d' ' -f1) || true
	echo "${found:-127.0.0.1}"
}

tell() {
	cat <<-END

	  Ringdown, a small office. Set up a phone with

	    server      $(address), port 5060, UDP or TCP
	    user        one of $(numbers | head -n 1) to $(numbers | tail -n 1)
	    password    its line in $passwords

	  and dial

	    $(numbers | head -n 1)-$(numbers | tail -n 1)   another phone
	    600         echo test                  603   ring group: $(numbers | head -n 3 | xargs)
	    601         speaking clock             604   greeting of the hour
	    602         menu                       605   test tone
	    607, 617    conference room, lead it   606   your own number
	    608         queue                      609   answer for the queue
	    610         speak to all phones        *80   and a number: intercom
	    612         dial by name               *34, *35   block a number, end
	    *97         your mailbox               *98   another mailbox
	    *72, *73    forward to a number, end   *78, *79   do not disturb, do
	    *11, *12    sit down here, leave       *28   the night switch
	    all others: $config/extensions.conf

	  Console:  $build/ringdown -r -C $config
	  Stop:     Ctrl-C

	END
}

(umask 077 && mkdir -p "$state")
tools/make-passwords "$config/sip.conf" "$passwords"
chmod 600 "$passwords"
tell
exec "$build/ringdown" -f -C "$config" -S "$state" "$@"
