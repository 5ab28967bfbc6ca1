#!/usr/bin/python3
"""What the exchange tells a server of HEP: each message and report of a call, once, with the
addresses that were on the wire; read by a reader of our own and by Kamailio."""

import json
import os
import re
import shutil
import socket
import ssl
import struct
import subprocess
import threading
import time
import unittest

from lib import tap
from lib.case import CallTest
from lib.certificates import Authority
from lib.daemon import SIP_CONF, TCP_CONF
from lib.scenario import Caller
from lib.sipp import Sipp

SERVER = "127.0.0.8", 9060
HEP_CONF = """\
[general]
enabled = yes
capture_address = 127.0.0.8:9060
capture_password = word
capture_id = 2001
capture_name = office
uuid_type = call-id
"""
EXTENSIONS = """\
[office]
exten => _10XX,1,Dial(SIP/${EXTEN},20)
exten => 600,1,Answer()
 same => n,Wait(1)
"""
FILES = {
    "sip.conf": SIP_CONF + "\n[sipp]\ntype = phone\nmatch = 127.0.0.5\ncontext = office\n",
    "rtp.conf": "[general]\nrtcpinterval = 500\n",
    "hep.conf": HEP_CONF,
}
KAMAILIO = "/usr/lib/x86_64-linux-gnu/kamailio/modules/sipcapture.so"


def chunks(packet):
    """By type. All of it must be chunks."""
    assert packet[:4] == b"HEP3" and len(packet) == struct.unpack("!H", packet[4:6])[0], packet
    at, found = 6, {}
    while at < len(packet):
        vendor, kind, length = struct.unpack("!HHH", packet[at:at + 6])
        assert vendor == 0 and kind not in found and length >= 6, (vendor, kind, length)
        found[kind] = packet[at + 6:at + length]
        at += length
    return found


class Seen:
    """A packet, read."""

    def __init__(self, packet):
        self.chunks = chunks(packet)
        family = socket.AF_INET if self.number(1) == socket.AF_INET else socket.AF_INET6
        v4 = family == socket.AF_INET
        self.source, self.target = (
            "%s:%d" % (socket.inet_ntop(family, self.chunks[host]), self.number(port))
            for host, port in ((3 if v4 else 5, 7), (4 if v4 else 6, 8)))
        self.at = self.number(9) + self.number(10) / 1e6
        self.protocol, self.kind, self.agent = (self.number(n) for n in (2, 11, 12))
        self.password, self.text, self.call_id, self.name = (
            self.chunks.get(n, b"").decode() for n in (14, 15, 17, 19))

    def number(self, kind):
        return int.from_bytes(self.chunks[kind], "big")


class HepTest(CallTest):
    files = FILES
    extensions = EXTENSIONS

    def setUp(self):
        self.server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(self.server.close)
        self.server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        if self.listens():
            self.server.bind(SERVER)
        super().setUp()

    def listens(self):
        return True

    def seen(self):
        """All that came."""
        self.server.settimeout(0.5)
        found = []
        while True:
            try:
                found.append(Seen(self.server.recv(65536)))
            except socket.timeout:
                return found

    def sipp_call(self, extra=(), trace=True):
        caller = Sipp(self.folder, Caller("600").invite().answered().ack().receive("BYE").reply(),
                      5090, "127.0.0.5", extra=extra, trace=trace)
        caller.finish()
        return caller


class Hep(HepTest):
    def check_messages(self, caller, local, protocol):
        """Those that went are those that came, in order, and each says who sent it to whom."""
        began = time.time() - 60
        seen = [one for one in self.seen() if one.kind == 1]
        on_wire = caller.messages()
        self.assertEqual(len(seen), len(on_wire))
        for one, (sent, text) in zip(seen, on_wire):
            self.assertEqual(one.text.replace("\r", "").strip(), text.replace("\r", "").strip())
            ways = ["127.0.0.5", local] if sent else [local, "127.0.0.5"]
            self.assertEqual([one.source.split(":")[0], one.target.split(":")[0]], ways)
            self.assertEqual((one.target if sent else one.source).split(":")[1], "5060")
            self.assertEqual(one.call_id, re.search(r"(?m)^Call-ID: (\S+)", text)[1])
            self.assertEqual((one.protocol, one.agent, one.password, one.name),
                             (protocol, 2001, "word", "office"))
            self.assertTrue(began < one.at <= time.time())

    def test_every_message_is_told_as_it_was_on_the_wire(self):
        self.check_messages(self.sipp_call(), "127.0.0.1", socket.IPPROTO_UDP)

    def test_reports_of_a_call_are_told_by_its_call_id(self):
        alice, bob = self.phone("1001", 440), self.phone("1002", 1000)
        alice.dial("1002")
        alice.wait_for("CALL_ESTABLISHED")
        time.sleep(7)  # baresip reports every five
        streams = [line.split()[:2] for line in
                   self.exchange.ask("rtp show streams").splitlines()[1:3]]
        alice.hangup()
        bob.wait_for("CALL_CLOSED")
        seen = self.seen()
        legs = {one.call_id for one in seen if one.kind == 1 and one.text.startswith("INVITE")}
        self.assertEqual(len(legs), 2)
        reports = [one for one in seen if one.kind == 5]
        self.assertEqual({one.call_id for one in reports}, legs)
        self.assertEqual({one.protocol for one in reports}, {socket.IPPROTO_UDP})

        def above(address):
            host, port = address.rsplit(":", 1)
            return "%s:%d" % (host, int(port) + 1)
        ways = {(one.source, one.target) for one in reports}
        for local, remote in streams:
            self.assertIn((above(local), above(remote)), ways)
            self.assertIn((above(remote), above(local)), ways)
        self.assertEqual(len(ways), 4)
        for one in reports:
            told = json.loads(one.text)
            self.assertIn(told["type"], (200, 201))
            self.assertEqual(len(told["report_blocks"]), told["report_count"])
        blocks = [block for one in reports for block in json.loads(one.text)["report_blocks"]]
        self.assertTrue(any(block["lsr"] and not block["packets_lost"] for block in blocks))
        self.assertRegex(self.exchange.ask("hep show"), r"\d+ messages, %d reports; 0 lost"
                         % len(reports))

    def test_a_reload_turns_it_off_and_on(self):
        self.exchange.write("hep.conf", HEP_CONF.replace("enabled = yes", "enabled = no"))
        self.exchange.ask("core reload")
        self.sipp_call()
        self.assertEqual(self.seen(), [])
        self.assertIn("Nothing is sent", self.exchange.ask("hep show"))
        self.exchange.write("hep.conf", HEP_CONF.replace("2001", "7"))
        self.exchange.ask("core reload")
        self.sipp_call()
        self.assertEqual({one.agent for one in self.seen()}, {7})
        self.exchange.ask("module unload hep")
        self.sipp_call()
        self.assertEqual(self.seen(), [])
        self.exchange.ask("module load hep")
        self.sipp_call()
        self.assertTrue(self.seen())

    def test_a_mistake_says_where_it_is(self):
        for wrong, said in (("9060", "nowhere:9060"), ("2001", "many")):
            self.exchange.write("hep.conf", HEP_CONF.replace(wrong, said))
            status, output = self.exchange.run("core reload")
            self.assertEqual(status, 1, output)
            self.assertRegex(output, r"hep\.conf:\d+: ")
        self.exchange.write("hep.conf", HEP_CONF.replace("call-id", "channel"))
        self.assertIn("uuid_type = channel has no effect", self.exchange.ask("core reload"))
        self.exchange.write("hep.conf", "[general]\nenabled = yes\n")
        status, output = self.exchange.run("core reload")
        self.assertIn("no capture_address", output)
        self.sipp_call()
        self.assertTrue(self.seen())  # what was in force stays

    def open_files(self):
        return len(os.listdir("/proc/%d/fd" % self.exchange.process.pid))

    def test_a_load_that_fails_leaves_nothing_open(self):
        counts = []
        self.exchange.ask("module unload hep")
        self.exchange.write("hep.conf", HEP_CONF.replace(SERVER[0], "255.255.255.255"))
        for _ in range(8):
            status, output = self.exchange.run("module load hep")
            self.assertEqual(status, 1, output)
            counts.append(self.open_files())
        # Seven of them; a connection of the console may not have gone yet.
        self.assertLess(counts[-1] - counts[0], 4, counts)
        self.exchange.write("hep.conf", HEP_CONF)
        self.exchange.ask("module load hep")
        self.sipp_call()
        self.assertTrue(self.seen())


class Everywhere(Hep):
    """Of a socket that is bound to no address, and by TCP."""
    files = {**FILES, "sip.conf": (FILES["sip.conf"] + TCP_CONF)
             .replace("bind = 127.0.0.1:5060", "bind = 0.0.0.0:5060")}

    def test_by_tcp_it_says_so(self):
        self.check_messages(self.sipp_call(["-t", "t1"]), "127.0.0.1", socket.IPPROTO_TCP)


class Collector:
    """A server of HEP by TCP, or by TLS: what comes on each of its connections."""

    def __init__(self, case, context=None):
        self.context, self.seen, self.connections, self.refused = context, [], [], 0
        self.socket = socket.create_server(SERVER)
        case.addCleanup(self.close)
        threading.Thread(target=self.accept, daemon=True).start()

    def close(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.hang_up()

    def hang_up(self):
        for connection in self.connections:
            connection.shutdown(socket.SHUT_RDWR)
            connection.close()
        self.connections = []

    def accept(self):
        while True:
            try:
                connection, _ = self.socket.accept()
                if self.context:
                    connection = self.context.wrap_socket(connection, server_side=True)
            except ssl.SSLError:
                self.refused += 1
                continue
            except OSError:
                return
            self.connections.append(connection)
            threading.Thread(target=self.read, args=[connection], daemon=True).start()

    def read(self, connection):
        stream = connection.makefile("rb")
        try:
            while head := stream.read(6):
                self.seen.append(Seen(head + stream.read(struct.unpack("!H", head[4:6])[0] - 6)))
        except OSError:
            pass


class ByConnection(HepTest):
    def listens(self):
        return False

    def use(self, more):
        self.exchange.write("hep.conf", HEP_CONF + more)
        self.exchange.ask("core reload")

    def calls_of(self, collector):
        """The Call-ID of each call that was told as a whole, after a while."""
        time.sleep(0.5)
        return {one.call_id for one in collector.seen if one.text.startswith("BYE ")}

    def dial(self):
        return re.search(r"(?m)^Call-ID: (\S+)", self.sipp_call().messages()[0][1])[1]

    def test_by_tcp_packets_come_whole_and_again_after_the_server_was_away(self):
        collector = Collector(self)
        self.use("transport = tcp\n")
        first = self.dial()
        self.assertEqual(self.calls_of(collector), {first})
        self.exchange.ask("core reload")
        self.assertEqual(len(collector.connections), 1)  # the same one
        collector.hang_up()
        second = self.dial()
        self.exchange.wait_log("hep: the server is not reached")
        for _ in range(40):
            if second in self.calls_of(collector):
                break
        self.assertEqual(self.calls_of(collector), {first, second})
        self.assertIn(" 0 lost", self.exchange.ask("hep show"))
        self.exchange.ask("module unload hep")
        self.exchange.ask("module load hep")

    def test_by_tls_the_server_is_who_it_says(self):
        authority = Authority(self.folder)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        base = authority.sign("homer", "DNS:homer.example")
        context.load_cert_chain(base + ".crt", base + ".key")
        collector = Collector(self, context)
        trust = "transport = tls\nca_list_file = %s\n" % authority.path
        self.use(trust + "server_name = other.example\n")
        self.dial()
        self.exchange.wait_log("hep: the server is not reached")
        self.assertEqual(collector.seen, [])
        self.use(trust + "server_name = homer.example\n")
        call = self.dial()
        self.assertEqual(self.calls_of(collector), {call})

    def test_whom_to_trust_is_to_be_there(self):
        self.exchange.write("hep.conf", HEP_CONF + "transport = tls\nca_list_file = /nowhere\n")
        status, output = self.exchange.run("core reload")
        self.assertEqual(status, 1)
        self.assertRegex(output, 'hep.conf: .general. ca_list_file = "/nowhere": ')


class NobodyThere(HepTest):
    def listens(self):
        return False

    def test_calls_go_on_and_what_is_lost_is_counted(self):
        for _ in range(3):
            self.sipp_call()
            self.exchange.run("core reload")
        self.assertRegex(self.exchange.ask("hep show"), r"[1-9]\d* lost")
        self.assertEqual(len(re.findall("hep: a packet is lost: ", self.exchange.log())), 1)
        self.assertNotIn("holds the switch thread", self.exchange.log())


CONFIG = """\
debug=2
log_stderror=yes
children=1
auto_aliases=no
listen=udp:127.0.0.8:9060
mpath="/usr/lib/x86_64-linux-gnu/kamailio/modules/:/usr/lib/kamailio/modules/"
loadmodule "pv.so"
loadmodule "xlog.so"
loadmodule "db_text.so"
loadmodule "sipcapture.so"
modparam("sipcapture", "db_url", "text://%s")
modparam("sipcapture", "capture_on", 1)
modparam("sipcapture", "hep_capture_on", 1)
modparam("sipcapture", "nonsip_hook", 1)
request_route {
	xlog("L_ERR", "got $rm $ci from $si:$sp\\n");
	drop;
}
onreply_route {
	xlog("L_ERR", "got $rs $ci from $si:$sp\\n");
	drop;
}
event_route[sipcapture:request] {
	xlog("L_ERR", "hep $hep(version) $hep(0x00b) $hep(0x003):$hep(0x007) \
$hep(0x004):$hep(0x008) $hep(0x00c) $hep(0x011) $hep(0x00f)\\n");
	if ($hep(0x00b) == 1) return 1;
	return 0;
}
"""


@unittest.skipUnless(shutil.which("kamailio") and os.path.exists(KAMAILIO),
                     "there is no Kamailio that captures")
class ByKamailio(HepTest):
    def listens(self):
        return False

    def start_kamailio(self):
        tables = os.path.join(self.folder, "tables")
        os.mkdir(tables)
        with open(os.path.join(tables, "version"), "w") as f:
            f.write("table_name(string) table_version(int)\nsip_capture:4\n")
        path = os.path.join(self.folder, "kamailio.cfg")
        with open(path, "w") as f:
            f.write(CONFIG % tables)
        self.log_path = os.path.join(self.folder, "kamailio.log")
        with open(self.log_path, "w") as log:
            process = subprocess.Popen(
                ["kamailio", "-DD", "-E", "-f", path, "-P",
                 os.path.join(self.folder, "kamailio.pid"), "-Y", self.folder],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)

    def log(self):
        with open(self.log_path, errors="replace") as f:
            return f.read()

    def test_it_reads_messages_and_reports(self):
        self.start_kamailio()
        time.sleep(2)
        alice, bob = self.phone("1001", 440), self.phone("1002", 1000)
        alice.dial("1002")
        alice.wait_for("CALL_ESTABLISHED")
        time.sleep(3)
        alice.hangup()
        bob.wait_for("CALL_CLOSED")
        time.sleep(1)
        for pattern in (r"hep 3 1 127\.0\.0\.1:6000 127\.0\.0\.1:5060 2001 \S+ INVITE ",
                        r"hep 3 1 127\.0\.0\.1:5060 127\.0\.0\.1:6020 2001 \S+ INVITE ",
                        r"hep 3 5 127\.0\.0\.1:\d+ 127\.0\.0\.1:\d+ 2001 \S+ \{.*report_blocks"):
            self.assertRegex(self.log(), pattern)


if __name__ == "__main__":
    tap.main()
