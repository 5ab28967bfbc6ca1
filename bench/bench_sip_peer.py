#!/usr/bin/python3
"""The same load on Ringdown and on Kamailio, in turn, and the ratio of what they
pay: a slow day slows both. Kamailio only proxies the calls that Ringdown takes
apart into two legs, with ports for their sound and a record of each."""

import os
import shutil
import tempfile

from load import (Sipp, cpu_us, print_bare, register_scenario, run_calls, start,
                  tap, write_users)
from lib.kamailio import BEGIN, Kamailio
from lib.scenario import Scenario

PHONES = 5000
RATES = 200, 400, 800
SECONDS = int(os.environ.get("SECONDS", "12"))
OURS, THEIRS = "127.0.0.1:5060", "127.0.0.9:5060"

ROUTE = BEGIN + """\
	if (is_method("OPTIONS")) {{
		sl_send_reply("200", "OK");
		exit;
	}}
	if (is_method("REGISTER")) {{
		if (!pv_www_authenticate("$fd", "secret-$fU", "0")) {{
			www_challenge("$fd", "1");
			exit;
		}}
		save("location");
		exit;
	}}
	record_route();
	$du = "sip:127.0.0.6:5080";
	t_relay();
}}
"""


class Peer(Kamailio):
    modules = 'loadmodule "auth.so"'
    route = ROUTE.replace("{{", "{").replace("}}", "}")
    memory = 256, 16
    seconds = 600


def options_scenario():
    scenario = Scenario()
    scenario.send("OPTIONS sip:[remote_ip] SIP/2.0",
                  ["Via: SIP/2.0/[transport] [local_ip]:[local_port];"
                   "branch=[branch]",
                   "From: <sip:probe@[local_ip]>;tag=[call_number]",
                   "To: <sip:[remote_ip]>", "Call-ID: [call_id]",
                   "CSeq: 1 OPTIONS", "Max-Forwards: 70"], retrans=True)
    return scenario.receive(200)


def run(folder, daemon, server, scenario, count, rate, more=()):
    """CPU per round of the scenario, after one that warms up."""
    for port in 5090, 5091:
        before = cpu_us(daemon)
        Sipp(folder, scenario, port, "127.0.0.5", calls=count, server=server,
             extra=["-r", str(rate), *more], trace=False, timeout=60).finish(70)
    return (cpu_us(daemon) - before) / count


def costs(folder, daemon, server):
    """Of each unit of work: name, microseconds."""
    users = os.path.join(folder, "users.csv")
    write_users(users, PHONES)
    yield "REGISTER with its 401, digest, 1000/s", run(
        folder, daemon, server, register_scenario(), PHONES, 1000,
        ["-inf", users])
    yield "OPTIONS answered, 1000/s", run(
        folder, daemon, server, options_scenario(), PHONES, 1000)
    run_calls(folder, daemon, 2 * RATES[0], RATES[0], 0, server)  # warm up
    for rate in RATES:
        cost, _ = run_calls(folder, daemon, rate * SECONDS, rate, 0, server)
        yield "call up and down, %d/s" % rate, cost


def compare(folder, daemon, peer):
    print("%-44s %8s %12s %6s" % ("microseconds of CPU", "ringdown",
                                  "kamailio", "ratio"))
    try:
        for (what, ours), (_, theirs) in zip(costs(folder, daemon, OURS),
                                             costs(folder, peer, THEIRS)):
            print("%-44s %8.1f %12.1f %6.2f" % (what, ours, theirs,
                                                ours / theirs), flush=True)
    except AssertionError:
        print("calls were refused: the machine is too busy")


def main():
    tap.enter_namespace()
    folder = tempfile.mkdtemp(prefix="ringdown-bench-")
    running = []
    try:
        print_bare()
        running.append(start(folder, "peer", PHONES))
        running.append(Peer(folder, None))
        compare(folder, *running)
        print_bare()
    finally:
        for one in running:
            one.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
